"""What a person sees and does in a `FeatureMaps`: each tile shows its map, pixel by pixel."""

import math

import keras
import numpy as np
import pytest

from nbviz.page.save import save_html
from nbviz.style.colour import GROUND, NEGATIVE, POSITIVE
from nbviz.widgets.feature_maps.feature_maps import FeatureMaps

from .page import set_from_python, settle, show
from .picture import changed_share, colour_share, screenshot

L = keras.layers
SCROLLER = ".nbviz-maps-scroller"


def mixed(value, ground=GROUND):
    end = np.array(NEGATIVE if value < 0 else POSITIVE)
    return np.array(ground) + (end - np.array(ground)) * min(1, abs(value))


FACTORS = [1.0, -1.0, 0.5, -0.25, 0.0]


def known_net(activation="relu"):
    """Map k is the picture times FACTORS[k]: what the tiles must show is known without running anything."""
    inputs = keras.Input((4, 4, 1), name="picture")
    maps = L.Conv2D(5, 1, activation=activation, name="maps")
    hidden = maps(inputs)
    head = L.Dense(2, activation="softmax", name="head")
    model = keras.Model(inputs, head(L.GlobalAveragePooling2D(name="average")(hidden)))
    maps.set_weights([np.array(FACTORS).reshape(1, 1, 1, 5), np.zeros(5)])
    kernel = np.zeros((5, 2))
    kernel[0, 0], kernel[2, 0], kernel[1, 1] = 16, -16, 32
    head.set_weights([kernel, np.zeros(2)])
    return model


@pytest.fixture
def picture():
    values = np.zeros((2, 4, 4, 1), "float32")
    values[0, :, :, 0] = [[1, 0.5, 0, 0], [0, 0.75, 0, 0], [-0.5, 0, 0.25, 0], [0, 0, 0, -1]]
    values[1, 0, 0, 0] = 1
    return values


def columns_of(page):
    return int(page.locator(SCROLLER).get_attribute("aria-colcount"))


def go_to(page, place):
    """Where a tile is: the keys go there, and the cell that screen readers magnify lies over it."""
    columns = columns_of(page)
    page.locator(SCROLLER).focus()
    page.keyboard.press("Control+Home")
    for key, count in (("ArrowDown", place // columns), ("ArrowRight", place % columns)):
        for _ in range(count):
            page.keyboard.press(key)
    settle(page)
    return page.locator(f"{SCROLLER} [role=gridcell]").bounding_box()


def cells_in(page, box, rows, columns):
    """The colour in the middle of each number of a tile or picture: (rows, columns, 3)."""
    shot = screenshot(page).astype(int)
    down = box["y"] + (np.arange(rows) + 0.5) * box["height"] / rows
    across = box["x"] + (np.arange(columns) + 0.5) * box["width"] / columns
    return shot[np.ix_(down.astype(int), across.astype(int))]


def tiles_of_pictures(page, scroller, step):
    """How many tiles each picture has drawn while one scrolls on by `step` px, twenty times."""
    return page.evaluate(
        """async ([selector, step]) => {
            const scroller = document.querySelector(selector);
            const { clearRect, strokeRect } = CanvasRenderingContext2D.prototype;
            const drawn = [];
            CanvasRenderingContext2D.prototype.clearRect = function (...box) {
                drawn.push(0);
                return clearRect.apply(this, box);
            };
            CanvasRenderingContext2D.prototype.strokeRect = function (...box) {
                drawn[drawn.length - 1] += 1;
                return strokeRect.apply(this, box);
            };
            for (let at = 0; at < 20; at++) {
                scroller.scrollTop = at * step;
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            }
            Object.assign(CanvasRenderingContext2D.prototype, { clearRect, strokeRect });
            return drawn;
        }""",
        [scroller, step],
    )


def tiles_that_fit(page, scroller):
    """As many tiles as can be in sight, and two lines beside."""
    sight = page.locator(scroller).bounding_box()
    tile = page.locator(f"{scroller} [role=gridcell]").bounding_box()
    return math.ceil(sight["width"] / tile["width"]) * (math.ceil(sight["height"] / tile["height"]) + 2)


def saved(page):
    return {key: value for change in page.evaluate("window.changes.splice(0)") for key, value in change.items()}


def order(page, count):
    found = []
    for place in range(count):
        go_to(page, place)
        found.append(page.locator(f"{SCROLLER} [role=gridcell]").get_attribute("aria-label").split(";")[0])
    return [int(name.removeprefix("map ")) for name in found]


@pytest.mark.parametrize("stage", ["after", "before"])
def test_each_tile_shows_exactly_its_map(page, tmp_path, picture, stage):
    show(page, FeatureMaps(known_net(), picture, activation=stage), tmp_path, width=700)
    for channel, factor in enumerate(FACTORS):
        values = picture[0, :, :, 0] * factor
        if stage == "after":
            values = np.maximum(values, 0)
        expected = [[mixed(value) for value in row] for row in values]
        np.testing.assert_allclose(cells_in(page, go_to(page, channel), 4, 4), expected, atol=2)


def test_before_and_after_and_the_scale_are_switched_in_the_browser(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(), picture), tmp_path, width=700)
    np.testing.assert_allclose(cells_in(page, go_to(page, 1), 4, 4)[0, 0], GROUND, atol=2)
    page.get_by_role("button", name="before").click()
    np.testing.assert_allclose(cells_in(page, go_to(page, 1), 4, 4)[0, 0], NEGATIVE, atol=2)
    np.testing.assert_allclose(cells_in(page, go_to(page, 3), 4, 4)[0, 0], mixed(-0.25), atol=2)
    page.get_by_role("button", name="per map").click()
    np.testing.assert_allclose(cells_in(page, go_to(page, 3), 4, 4)[0, 0], NEGATIVE, atol=2)
    assert saved(page) == {"activation": "before", "scale": "own"}


def test_a_layer_without_an_activation_says_so(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(None), picture), tmp_path, width=700)
    button = page.get_by_role("button", name="before")
    assert button.get_attribute("aria-disabled") == "true"
    assert button.get_attribute("title") == "maps has no activation of its own"
    button.click(force=True)
    assert saved(page) == {}


def test_a_sequence_is_shown_as_strips(page, tmp_path):
    inputs = keras.Input((4, 1))
    layer = L.Conv1D(2, 1, use_bias=False, name="maps")
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([np.array([[[1.0, -0.5]]])])
    show(page, FeatureMaps(model, np.array([[[1.0], [0.5], [-1.0], [0.0]]])), tmp_path, width=600)
    values = [1, 0.5, -1, 0]
    np.testing.assert_allclose(cells_in(page, go_to(page, 0), 1, 4)[0], [mixed(v) for v in values], atol=2)
    np.testing.assert_allclose(cells_in(page, go_to(page, 1), 1, 4)[0], [mixed(-v / 2) for v in values], atol=2)


def input_box(page):
    return page.locator(".nbviz-maps-picture canvas").first.bounding_box()


def test_the_input_stands_beside_the_maps(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(), picture), tmp_path, width=700)
    cells = cells_in(page, input_box(page), 4, 4).astype(float)
    # The smallest number over the samples, -1, is the ground; the largest the ink.
    ink = cells[0, 0]
    assert ink.max() < 60
    expected = np.array(GROUND) + (ink - np.array(GROUND)) * ((picture[0] + 1) / 2)
    np.testing.assert_allclose(cells, expected, atol=2)


def test_a_picture_of_three_channels_has_their_colours(page, tmp_path):
    x = np.zeros((1, 2, 2, 3), "float32")
    x[0, 0, 0], x[0, 0, 1], x[0, 1, 1] = [255, 0, 0], [0, 128, 255], [255, 255, 255]
    inputs = keras.Input((2, 2, 3))
    show(page, FeatureMaps(keras.Model(inputs, L.Conv2D(1, 1)(inputs)), x), tmp_path, width=600)
    np.testing.assert_allclose(cells_in(page, input_box(page), 2, 2), x[0], atol=2)


def test_grad_cam_lies_over_the_input_where_the_evidence_is(page, tmp_path, picture):
    """Class a: A0 weighs 16 / 16 = 1, A2 -1, so the map is relu(x) - relu(x) / 2; the largest is 0.5."""
    show(page, FeatureMaps(known_net(), picture, class_names=["a", "b"]), tmp_path, width=700)
    set_from_python(page, {"selected_class": 0})
    plain = screenshot(page)
    page.evaluate("window.model.receive({type: 'alive'})")
    page.get_by_label("Over the input").select_option("grad_cam")
    settle(page)
    cells = cells_in(page, input_box(page), 4, 4).astype(float)
    blueness = cells[..., 2] - cells[..., 0]
    values = np.maximum(picture[0, :, :, 0], 0)
    # The grey beneath has no hue: blue is 0.85 of the map over its largest number.
    full = POSITIVE[2] - POSITIVE[0]
    np.testing.assert_allclose(blueness, 0.85 * values * full + (1 - 0.85 * values) * 5, atol=8)
    assert blueness[3, 3] < 8
    assert "Grad-CAM of maps for a, 0 to 0.50" in page.locator(".nbviz-maps-overlay-words").inner_text()
    assert saved(page)["overlay"] == "grad_cam"
    page.get_by_label("Class").select_option("1")
    settle(page)
    # Class b: A1 = relu(-x) weighs 2; the largest is at x = -1.
    cells = cells_in(page, input_box(page), 4, 4).astype(float)
    assert cells[3, 3, 2] - cells[3, 3, 0] > 0.8 * 0.85 * full
    assert "for b, 0 to 2.00" in page.locator(".nbviz-maps-overlay-words").inner_text()
    assert saved(page) == {"selected_class": 1}
    page.get_by_label("Class").select_option("0")
    page.get_by_label("Over the input").select_option("none")
    settle(page)
    box = {key: round(value) for key, value in input_box(page).items()}
    region = np.s_[box["y"] : box["y"] + box["height"], box["x"] : box["x"] + box["width"]]
    assert changed_share(plain[region], screenshot(page)[region]) == 0


def test_the_attribution_lies_over_the_input_with_its_sign(page, tmp_path, picture):
    model = known_net(None)  # linear: logit a - mean is known
    maps = FeatureMaps(model, picture, attribution="gradient_x_input", overlay="attribution", class_names=["a", "b"])
    show(page, maps, tmp_path, width=700)
    set_from_python(page, {"selected_class": 0})
    # a: (16 x - 8 x) / 16 = x / 2 a pixel; b: -32 x / 16 = -2 x. Centred: 1.25 x for a.
    assert "for a: blue raises, orange lowers, ±1.25" in page.locator(".nbviz-maps-overlay-words").inner_text()
    cells = cells_in(page, input_box(page), 4, 4).astype(float)
    hue = cells[..., 2] - cells[..., 0]
    assert hue[0, 0] > 120
    assert hue[3, 3] < -120
    assert abs(hue[0, 2]) < 8


def test_importance_is_a_bar_under_each_map_and_an_order(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(), picture, class_names=["a", "b"]), tmp_path, width=700)
    set_from_python(page, {"selected_class": 0})
    mean = np.maximum(picture[0], 0).mean()
    box = go_to(page, 0)
    shot = screenshot(page).astype(int)
    middle, top = box["x"] + box["width"] / 2, int(box["y"] + box["height"]) + 6
    # Map 0 raises a by 1 * mean: to the right. Map 2 lowers it by half of that: half as long, to the left.
    np.testing.assert_allclose(shot[top, int(middle + box["width"] / 2 - 4)], POSITIVE, atol=2)
    box = go_to(page, 2)
    middle = box["x"] + box["width"] / 2
    np.testing.assert_allclose(shot[top, int(middle - box["width"] / 4 + 3)], NEGATIVE, atol=2)
    assert colour_share(shot[top : top + 1, int(middle + 2) : int(middle + 30)], "#f59322") == 0
    page.mouse.move(middle, box["y"] + 10)
    settle(page)
    text = page.locator(".nbviz-maps-panel").inner_text()
    assert f"importance for a \u2212{mean / 2:.2f}" in text
    assert "Grad-CAM's channel weight × mean activation" in text
    page.get_by_label("Order of the maps").select_option("importance")
    assert order(page, 5) == [0, 2, 1, 3, 4]
    page.get_by_label("Class").select_option("1")
    assert order(page, 5)[0] == 1
    page.get_by_label("Order of the maps").select_option("activation")
    # Means after relu: x+ , x-, x+ / 2, x- / 4, 0 with x+ = 2.5 / 16 and x- = 1.5 / 16.
    assert order(page, 5) == [0, 1, 2, 3, 4]


def test_pointing_at_a_map_tells_number_place_and_unit(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(), picture, activation="before"), tmp_path, width=700)
    box = go_to(page, 1)
    page.mouse.move(box["x"] + box["width"] * 3 / 8, box["y"] + box["height"] * 3 / 8)  # row 1, column 1
    settle(page)
    text = page.locator(".nbviz-maps-panel").inner_text()
    assert "map 1, row 1, column 1" in text
    assert "\u22120.75 here" in text
    box = input_box(page)
    page.mouse.move(box["x"] + box["width"] * 3 / 8, box["y"] + 4)
    assert page.locator(".nbviz-maps-input-value").inner_text() == "row 0, column 1: 0.50"


def test_a_click_selects_the_map_and_escape_clears_it(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(), picture, first_unit=100), tmp_path, width=700)
    box = go_to(page, 3)
    before = screenshot(page)
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    settle(page)
    assert saved(page) == {"selected_unit": 103, "selected_channel": 3}
    assert colour_share(screenshot(page), "#6b46c1") > colour_share(before, "#6b46c1")
    assert page.locator("[aria-live]").inner_text() == "map 3 of maps selected"
    page.keyboard.press("Escape")
    assert saved(page) == {"selected_unit": None, "selected_channel": None}


def test_either_selection_from_elsewhere_brings_the_other(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(), picture, first_unit=100), tmp_path, width=700)
    set_from_python(page, {"selected_channel": 2})
    assert page.evaluate("window.model.get('selected_unit')") == 102
    set_from_python(page, {"selected_unit": 104})
    assert page.evaluate("window.model.get('selected_channel')") == 4
    set_from_python(page, {"selected_unit": 7})
    assert page.evaluate("window.model.get('selected_channel')") is None


def test_keys_move_and_select(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(), picture), tmp_path, width=700)
    page.locator(SCROLLER).focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    settle(page)
    assert saved(page) == {"selected_unit": 2, "selected_channel": 2}
    assert page.locator(f"{SCROLLER} [role=gridcell]").get_attribute("aria-selected") == "true"
    assert page.locator(".nbviz-feature-maps").get_attribute("data-lm-suppress-shortcuts") == "true"


def test_samples_and_layers_are_asked_of_python_only_with_a_kernel(page, tmp_path, picture):
    widget = FeatureMaps(known_net(), picture)
    show(page, widget, tmp_path, width=700)
    following = page.get_by_role("button", name="next sample")
    assert following.get_attribute("title") == "needs a running kernel"
    following.click(force=True)
    assert saved(page) == {}
    page.evaluate("window.model.receive({type: 'alive'})")
    settle(page)
    following.click()
    assert saved(page) == {"selected_sample": 1}
    settle(page)
    assert page.locator(".nbviz-maps-body[data-stale]").count() == 1
    widget.selected_sample = 1
    set_from_python(page, {key: widget.get_state()[key] for key in ("maps", "numbers")})
    assert page.locator(".nbviz-maps-body[data-stale]").count() == 0
    expected = np.full((4, 4, 3), GROUND, float)
    expected[0, 0] = POSITIVE
    np.testing.assert_allclose(cells_in(page, go_to(page, 0), 4, 4), expected, atol=2)
    assert "sample 1 of 2" in page.locator(".nbviz-maps-caption").inner_text()


def test_what_is_no_number_is_marked_and_named(page, tmp_path, picture):
    model = known_net()
    layer = model.get_layer("maps")
    kernel, bias = layer.get_weights()
    kernel[0, 0, 0, 2] = np.nan
    layer.set_weights([kernel, bias])
    show(page, FeatureMaps(model, picture, activation="before"), tmp_path, width=700)
    box = go_to(page, 2)
    left, top, side = round(box["x"]), round(box["y"]), round(box["width"])
    shot = screenshot(page)[top : top + side, left : left + side]
    assert colour_share(shot, "#9a5b00", tolerance=60) > 0.15
    warning = page.locator(".nbviz-maps-warning").inner_text()
    assert warning.startswith("maps: NaN or infinity in 1 of 5 maps")
    np.testing.assert_allclose(cells_in(page, go_to(page, 0), 4, 4)[0, 0], POSITIVE, atol=2)


def test_a_model_without_maps_says_so(page, tmp_path):
    model = keras.Sequential([keras.Input((4,)), L.Dense(2)])
    show(page, FeatureMaps(model, np.zeros((1, 4))), tmp_path, width=500)
    words = "No feature maps: this model has no layer with rows and columns, or steps."
    assert page.locator(".nbviz-feature-maps").inner_text() == words


def test_two_thousand_channels_are_drawn_where_one_looks(page, tmp_path):
    inputs = keras.Input((7, 7, 1))
    layer = L.Conv2D(2048, 1, use_bias=False, name="wide")
    model = keras.Model(inputs, layer(inputs))
    kernel = np.zeros((1, 1, 1, 2048))
    kernel[..., 2000] = 1
    layer.set_weights([kernel])
    show(page, FeatureMaps(model, np.ones((1, 7, 7, 1))), tmp_path, width=800)
    page.locator(SCROLLER).focus()
    set_from_python(page, {"selected_unit": 2000})
    box = page.locator(f"{SCROLLER} [role=gridcell]").bounding_box()
    np.testing.assert_allclose(cells_in(page, box, 7, 7), np.broadcast_to(POSITIVE, (7, 7, 3)), atol=2)
    tiles = tiles_of_pictures(page, SCROLLER, 600)
    assert len(tiles) >= 20
    assert max(tiles) <= tiles_that_fit(page, SCROLLER) < 2048


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1200])
def test_nothing_is_wider_than_the_widget(page, tmp_path, picture, theme, width):
    show(page, FeatureMaps(known_net(), picture, overlay="grad_cam"), tmp_path, theme=theme, width=width)
    over = page.evaluate(
        """width => [...document.querySelectorAll(".nbviz-feature-maps *")]
            .filter(element => !element.closest(".nbviz-maps-scroller") && element.getClientRects().length)
            .filter(element => element.getBoundingClientRect().right > width + 0.5)
            .map(element => element.className)""",
        width,
    )
    assert over == []


def test_names_are_text(page, tmp_path, picture):
    model = known_net()
    evil = "<img src=x onerror=alert(1)>"
    show(page, FeatureMaps(model, picture, class_names=[evil, "b"], overlay="grad_cam"), tmp_path, width=700)
    set_from_python(page, {"selected_class": 0})
    assert evil in page.locator(".nbviz-maps-overlay-words").inner_text()
    assert page.locator(".nbviz-feature-maps img").count() == 0


def test_two_views_of_one_widget_and_one_removed(page, tmp_path, picture):
    show(page, FeatureMaps(known_net(), picture), tmp_path, width=700)
    page.evaluate("window.show_again()")
    settle(page)
    assert page.locator(SCROLLER).count() == 2
    listeners = page.evaluate("window.model.listener_count()")
    page.evaluate("window.remove_view(0)")
    settle(page)
    assert page.locator(SCROLLER).count() == 1
    assert page.evaluate("window.model.listener_count()") == listeners / 2


def test_an_exported_page_works_for_the_sample_shown(page, tmp_path, picture):
    path = save_html(FeatureMaps(known_net(), picture, class_names=["a", "b"]), tmp_path / "maps.html")
    page.goto(path.as_uri())
    page.locator(SCROLLER).wait_for()
    settle(page)
    np.testing.assert_allclose(cells_in(page, go_to(page, 0), 4, 4)[0, 0], POSITIVE, atol=2)
    page.get_by_label("Over the input").select_option("grad_cam")
    page.get_by_label("Class").select_option("1")
    settle(page)
    assert "Grad-CAM of maps for b" in page.locator(".nbviz-maps-overlay-words").inner_text()
    page.get_by_role("button", name="before").click()
    settle(page)
    np.testing.assert_allclose(cells_in(page, go_to(page, 1), 4, 4)[0, 0], NEGATIVE, atol=2)

"""A pixel of a map is taken apart: patch, kernel, products and sum, in the browser alone."""

from itertools import pairwise

import keras
import numpy as np
import pytest

from nbviz.page.save import save_html
from nbviz.style.colour import GROUND, POSITIVE
from nbviz.widgets.feature_maps.feature_maps import FeatureMaps

from .page import set_from_python, settle, show
from .picture import colour_share, screenshot
from .test_feature_maps import SCROLLER, go_to, input_box, mixed

L = keras.layers
RNG = np.random.default_rng(2)
CARD = ".nbviz-maps-sum"
ACCENT = "#6b46c1"


def only_layer(layer, shape, rows=2):
    inputs = keras.Input(shape, name="picture")
    model = keras.Model(inputs, layer(inputs))
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.get_weights()])
    return model, RNG.normal(size=(rows, *shape)).astype("float32")


def two_layers():
    inputs = keras.Input((6, 6, 1), name="picture")
    hidden = L.Conv2D(3, 3, activation="relu", name="first")(inputs)
    model = keras.Model(inputs, L.Conv2D(2, 3, padding="same", activation="tanh", name="second")(hidden))
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.get_weights()])
    return model, RNG.normal(size=(2, 6, 6, 1)).astype("float32")


def point(page, widget, channel, row, column):
    """Moves the pointer over a pixel of a map."""
    box = go_to(page, channel)
    rows, columns = widget.maps["rows"], widget.maps["columns"]
    x, y = box["x"] + (column + 0.5) * box["width"] / columns, box["y"] + (row + 0.5) * box["height"] / rows
    page.mouse.move(x, y)
    settle(page)
    return x, y


def tables(page):
    """Patch, kernel, products as written: lists of words."""
    found = page.locator(f"{CARD} .nbviz-number-table").all()
    return [[text.replace("\u2212", "-") for text in table.locator("span").all_inner_texts()] for table in found]


def ledger(page):
    """Name -> number with all its figures."""
    rows = page.locator(f"{CARD} [role=row]").all()
    return {
        row.locator("[role=rowheader]").inner_text(): float(row.locator("[role=cell]").get_attribute("title"))
        for row in rows
    }


def test_patch_kernel_products_and_sum_are_the_layers_own_numbers(page, tmp_path):
    model, x = only_layer(L.Conv2D(2, 3, activation="relu", name="conv"), (5, 5, 1))
    maps = FeatureMaps(model, x, sample=1)
    show(page, maps, tmp_path, width=1000)
    point(page, maps, 1, 2, 0)
    kernel, bias = model.get_layer("conv").get_weights()
    patch = x[1, 2:5, 0:3, 0]
    for words, numbers in zip(tables(page), [patch, kernel[:, :, 0, 1], patch * kernel[:, :, 0, 1]], strict=True):
        np.testing.assert_allclose([float(word) for word in words], numbers.ravel(), atol=0.00501)
    found = ledger(page)
    total = float((patch * kernel[:, :, 0, 1]).sum())
    assert found["sum of products"] == pytest.approx(total, abs=1e-5)
    assert found["bias"] == pytest.approx(float(bias[1]), abs=1e-6)
    assert found["before relu"] == pytest.approx(maps.values_before[2, 0, 1], abs=1e-4)
    assert found["after relu"] == pytest.approx(maps.values[2, 0, 1], abs=1e-4)


CASES = {
    "valid": (L.Conv2D(3, 3, activation="relu"), (7, 6, 3)),
    "same, strides": (L.Conv2D(3, (3, 2), strides=(2, 3), padding="same", activation="relu"), (7, 6, 3)),
    "dilation": (L.Conv2D(3, 3, dilation_rate=2, padding="same", activation="relu"), (7, 6, 3)),
    "depthwise": (L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="relu"), (7, 6, 3)),
    "sequence": (L.Conv1D(3, 4, strides=2, padding="same", activation="relu"), (9, 2)),
    "causal": (L.Conv1D(3, 3, dilation_rate=2, padding="causal", activation="relu"), (9, 2)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_sum_is_the_value_before_the_activation_everywhere(page, tmp_path, case):
    layer, shape = CASES[case]
    model, x = only_layer(layer, shape)
    maps = FeatureMaps(model, x)
    show(page, maps, tmp_path, width=1000)
    before = maps.values_before
    rows, columns = (1, *before.shape[:-1])[-2:]
    for row, column in {(0, 0), (rows - 1, columns - 1), (rows // 2, 1)}:
        for channel in (0, 2):
            point(page, maps, channel, row, column)
            expected = before.reshape(rows, columns, -1)[row, column, channel]
            assert ledger(page)["before relu"] == pytest.approx(expected, abs=1e-4)


def test_padding_is_drawn_as_what_it_is(page, tmp_path):
    model, x = only_layer(L.Conv2D(1, 3, padding="same", name="conv"), (4, 4, 1))
    maps = FeatureMaps(model, x)
    show(page, maps, tmp_path, width=1000)
    point(page, maps, 0, 0, 3)
    patch = page.locator(f"{CARD} .nbviz-number-table").first.locator("span")
    outside = [cell.get_attribute("data-outside") == "true" for cell in patch.all()]
    assert outside == [True, True, True, False, False, True, False, False, True]
    assert patch.nth(0).inner_text() == "0"
    border = patch.nth(0).evaluate("cell => getComputedStyle(cell).borderTopStyle")
    assert border == "dashed"
    assert list(ledger(page)) == ["sum of products", "bias", "value"]


def test_numbers_stand_in_cells_of_their_colours(page, tmp_path):
    model, _ = only_layer(L.Conv2D(1, 2, use_bias=False, name="conv"), (2, 2, 1))
    model.get_layer("conv").set_weights([np.array([1.0, -0.5, 0, 0.25]).reshape(2, 2, 1, 1)])
    maps = FeatureMaps(model, np.array([1.0, 0.5, 0, 1]).reshape(1, 2, 2, 1))
    show(page, maps, tmp_path, width=1000)
    point(page, maps, 0, 0, 0)
    assert tables(page) == [
        ["1.00", "0.50", "0.00", "1.00"],
        ["+1.00", "-0.50", "0.00", "+0.25"],
        ["+1.00", "-0.25", "0.00", "+0.25"],
    ]
    colour = "cell => getComputedStyle(cell).backgroundColor.match(/[0-9]+/g).map(Number)"
    patch = page.locator(f"{CARD} .nbviz-number-table").first.locator("span")
    found = [cell.evaluate(colour) for cell in patch.all()]
    np.testing.assert_allclose(found, [POSITIVE, mixed(0.5), GROUND, POSITIVE], atol=1)


def test_the_patch_is_framed_on_the_picture_and_the_pixel_on_the_map(page, tmp_path):
    inputs = keras.Input((4, 4, 1))
    layer = L.Conv2D(1, 2, name="conv")
    model = keras.Model(inputs, layer(inputs))
    maps = FeatureMaps(model, np.zeros((1, 4, 4, 1), "float32"))
    show(page, maps, tmp_path, width=1000)
    clean = screenshot(page)
    point(page, maps, 0, 1, 2)
    shot = screenshot(page)
    picture = input_box(page)
    side = picture["width"] / 4

    def share(box):
        left, top, width, height = (round(value) for value in box)
        region = np.s_[top : top + height, left : left + width]
        return colour_share(shot[region], ACCENT) - colour_share(clean[region], ACCENT)

    # Rows 1 and 2, columns 2 and 3: lines along their edges, none inside, none elsewhere on the picture.
    left, top = picture["x"] + 2 * side, picture["y"] + side
    for edge in (
        (left - 2, top + 5, 4, 2 * side - 10),
        (left + 2 * side - 2, top + 5, 4, 2 * side - 10),
        (left + 5, top - 2, 2 * side - 10, 4),
        (left + 5, top + 2 * side - 2, 2 * side - 10, 4),
    ):
        assert share(edge) > 0.4
    assert share((left + 5, top + 5, 2 * side - 10, 2 * side - 10)) == 0
    assert share((picture["x"], picture["y"], 2 * side - 5, 4 * side)) == 0
    tile = page.locator(f"{SCROLLER} [role=gridcell]").bounding_box()
    cell = tile["width"] / 3
    assert share((tile["x"] + 2 * cell - 2, tile["y"] + cell + 4, 4, cell - 8)) > 0.4


def test_one_input_channel_is_shown_at_a_time_the_largest_first(page, tmp_path):
    model, x = two_layers()
    maps = FeatureMaps(model, x, "second")
    show(page, maps, tmp_path, width=1000)
    pixel = point(page, maps, 1, 2, 1)
    kernel, bias = model.get_layer("second").get_weights()
    entering = np.maximum(keras.Model(model.inputs, model.get_layer("first").output).predict(x[:1], verbose=0)[0], 0)
    sums = (entering[1:4, 0:3] * kernel[..., 1]).sum(axis=(0, 1))
    order = np.argsort(-np.abs(sums))
    page.mouse.click(*pixel)
    page.mouse.move(990, 5)
    settle(page)
    for rank, channel in enumerate(order):
        assert f"input {channel} · {rank + 1} of 3 by size" in page.locator(CARD).inner_text()
        found = ledger(page)
        assert found[f"input {channel}"] == pytest.approx(float(sums[channel]), abs=1e-4)
        assert found["2 other inputs"] == pytest.approx(float(sums.sum() - sums[channel]), abs=1e-4)
        assert found["before tanh"] == pytest.approx(float(sums.sum() + bias[1]), abs=1e-4)
        if rank < 2:
            page.get_by_role("button", name="input channel that adds less").click()
            settle(page)
    last = page.get_by_role("button", name="input channel that adds less")
    assert last.get_attribute("aria-disabled") == "true"
    # What enters is no picture here: it stands beside, with the patch on it.
    assert page.locator(".nbviz-maps-sum-map").is_visible()


def test_a_click_keeps_the_pixel_until_escape(page, tmp_path):
    model, x = only_layer(L.Conv2D(2, 3, name="conv"), (5, 5, 1))
    maps = FeatureMaps(model, x)
    show(page, maps, tmp_path, width=1000)
    pixel = point(page, maps, 0, 1, 1)
    page.mouse.move(990, 5)
    settle(page)
    assert tables(page)[0] == [""] * 9
    page.mouse.click(*pixel)
    page.mouse.move(990, 5)
    settle(page)
    kept = tables(page)
    assert "map 0, row 1, column 1" in page.locator(".nbviz-maps-panel").inner_text()
    assert kept[0][0] != ""
    # Another sample: the same pixel, its new numbers.
    maps.selected_sample = 1
    set_from_python(page, {key: maps.get_state()[key] for key in ("maps", "numbers", "selected_sample")})
    np.testing.assert_allclose([float(word) for word in tables(page)[0]], x[1, 1:4, 1:4, 0].ravel(), atol=0.00501)
    page.keyboard.press("Escape")
    settle(page)
    assert tables(page)[0] == [""] * 9
    assert page.evaluate("window.model.get('selected_unit')") is None


def test_a_selection_elsewhere_lets_the_pixel_go(page, tmp_path):
    model, x = only_layer(L.Conv2D(2, 3, name="conv"), (5, 5, 1))
    maps = FeatureMaps(model, x)
    show(page, maps, tmp_path, width=1000)
    page.mouse.click(*point(page, maps, 0, 1, 1))
    page.mouse.move(990, 5)
    set_from_python(page, {"selected_unit": 1})
    assert tables(page)[0] == [""] * 9


def test_keys_walk_through_the_pixels(page, tmp_path):
    model, x = only_layer(L.Conv2D(2, 3, activation="relu", name="conv"), (5, 5, 1))
    maps = FeatureMaps(model, x)
    show(page, maps, tmp_path, width=1000)
    page.locator(SCROLLER).focus()
    for key in ("ArrowRight", "Enter", "Enter", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        settle(page)
    label = page.locator(f"{SCROLLER} [role=gridcell]").get_attribute("aria-label")
    assert label.startswith("map 1, row 2, column 0; input 0 adds ")
    assert ledger(page)["before relu"] == pytest.approx(maps.values_before[2, 0, 1], abs=1e-4)
    for _ in range(4):  # stops at the edge
        page.keyboard.press("ArrowRight")
    settle(page)
    assert "row 2, column 2" in page.locator(".nbviz-maps-panel").inner_text()
    page.keyboard.press("Escape")
    settle(page)
    assert tables(page)[0] == [""] * 9
    assert page.evaluate("window.model.get('selected_unit')") == 1
    page.keyboard.press("ArrowLeft")
    settle(page)
    assert page.locator(f"{SCROLLER} [role=gridcell]").get_attribute("aria-label").startswith("map 0;")


def test_the_mean_over_samples_says_that_it_is_one(page, tmp_path):
    model, x = only_layer(L.Conv2D(1, 3, activation="relu", name="conv"), (5, 5, 1), rows=6)
    maps = FeatureMaps(model, x, sample=None)
    show(page, maps, tmp_path, width=1000)
    point(page, maps, 0, 1, 2)
    found = ledger(page)
    kernel, bias = model.get_layer("conv").get_weights()
    each = (x[:, 1:4, 2:5, 0] * kernel[:, :, 0, 0]).sum(axis=(1, 2)) + bias[0]
    assert found["before relu"] == pytest.approx(float(each.mean()), abs=1e-4)
    assert found["mean after relu"] == pytest.approx(float(np.maximum(each, 0).mean()), abs=1e-4)


def test_what_is_too_large_says_so(page, tmp_path):
    inputs = keras.Input((300, 300, 1))
    model = keras.Model(inputs, L.Conv2D(2, 3, name="conv")(inputs))
    show(page, FeatureMaps(model, np.zeros((1, 300, 300, 1), "float32")), tmp_path, width=800)
    assert page.locator(CARD).inner_text().startswith("Too large to show how a number is made: an input of 300 × 300")
    assert page.locator(f"{CARD} .nbviz-number-table").count() == 0


def test_a_layer_without_kernels_has_no_card(page, tmp_path):
    model, x = only_layer(L.MaxPooling2D(name="pool"), (4, 4, 1))
    maps = FeatureMaps(model, x)
    show(page, maps, tmp_path, width=800)
    point(page, maps, 0, 1, 1)
    assert not page.locator(CARD).is_visible()


def test_nothing_is_no_number_without_being_marked(page, tmp_path):
    model, x = only_layer(L.Conv2D(1, 2, use_bias=False, name="conv"), (3, 3, 1))
    kernel = np.ones((2, 2, 1, 1))
    kernel[0, 1] = np.nan
    model.get_layer("conv").set_weights([kernel])
    maps = FeatureMaps(model, x)
    show(page, maps, tmp_path, width=900)
    point(page, maps, 0, 0, 0)
    cell = page.locator(f"{CARD} .nbviz-number-table").nth(1).locator("span").nth(1)
    assert (cell.inner_text(), cell.get_attribute("data-unknown")) == ("NaN", "true")
    assert page.locator(f"{CARD} [role=row]").last.inner_text().split() == ["value", "NaN"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 600, 1000, 1400])
@pytest.mark.parametrize("size", [3, 7])
def test_nothing_overlaps_and_nothing_is_cut_off(page, tmp_path, theme, width, size):
    model, x = only_layer(L.Conv2D(4, size, padding="same", activation="relu", name="conv"), (9, 9, 3))
    maps = FeatureMaps(model, x)
    show(page, maps, tmp_path, theme=theme, width=width)
    point(page, maps, 1, 0, 0)
    boxes = page.evaluate(
        """() => [".nbviz-maps-header", ".nbviz-maps-body", ".nbviz-maps-panel"].map(selector => {
            const { top, bottom, right } = document.querySelector(selector).getBoundingClientRect();
            return { top, bottom, right };
        })"""
    )
    assert all(above["bottom"] <= below["top"] + 0.5 for above, below in pairwise(boxes))
    over = page.evaluate(
        """() => [...document.querySelectorAll(".nbviz-maps-panel *")]
            .filter(element => element.getClientRects().length)
            .filter(element => element.getBoundingClientRect().right > innerWidth
                || element.getBoundingClientRect().bottom
                    > document.querySelector(".nbviz-maps-panel").getBoundingClientRect().bottom + 0.5)
            .map(element => element.className)"""
    )
    assert over == []


def test_an_exported_page_takes_pixels_apart(page, tmp_path):
    model, x = only_layer(L.Conv2D(2, 3, activation="relu", name="conv"), (5, 5, 1))
    maps = FeatureMaps(model, x)
    page.goto(save_html(maps, tmp_path / "maps.html").as_uri())
    page.locator(SCROLLER).wait_for()
    settle(page)
    point(page, maps, 1, 1, 2)
    assert ledger(page)["before relu"] == pytest.approx(maps.values_before[1, 2, 1], abs=1e-4)

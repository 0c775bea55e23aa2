"""Channels of convolutions as nodes with their feature maps as faces, in a page."""

import keras
import numpy as np
import pytest

import nbviz

from .page import rest, set_from_python, show
from .picture import screenshot

POSITIVE = np.array([0x08, 0x77, 0xBD])  # the ramp's end in the light theme; its zero is white
NEGATIVE = np.array([0xF5, 0x93, 0x22])
GAIN = (1.0, -1.0, 0.25)  # what the filters of `copy` make of the picture


@pytest.fixture(scope="module")
def picture():
    """A picture (8, 8) of 0 to 1."""
    return np.random.default_rng(2).integers(0, 6, (8, 8)) / 5


@pytest.fixture(scope="module")
def model():
    """`copy`: 3 filters, each the picture times a number; pooling; 20 filters of which 10 are shown; 3 classes."""
    keras.utils.set_random_seed(4)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            keras.layers.Conv2D(3, 3, padding="same", name="copy"),
            keras.layers.MaxPooling2D(name="pool"),
            keras.layers.Conv2D(20, 3, padding="same", activation="relu", name="wide"),
            keras.layers.MaxPooling2D(name="small"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(3, activation="softmax", name="kind"),
        ],
        name="convnet",
    )
    kernel = np.zeros((3, 3, 1, 3), "float32")
    kernel[1, 1, 0] = GAIN
    model.get_layer("copy").set_weights([kernel, np.zeros(3, "float32")])
    return model


@pytest.fixture
def diagram(model, picture):
    x = np.stack([picture, np.eye(8)]).astype("float32")[..., None]
    return nbviz.NetworkDiagram(model, x, class_names=["a", "b", "c"]).show(0)


def _node(page, diagram, layer, unit):
    return page.locator(f"[data-unit='{diagram.unit_id(layer, unit)}']")


def _cells(page, node, rows, columns):
    """Colour in the middle of each cell of a face: (rows, columns, 3)."""
    box = node.bounding_box()
    pixels = screenshot(page).astype(float)
    across = box["x"] + (np.arange(columns) + 0.5) * box["width"] / columns
    down = box["y"] + (np.arange(rows) + 0.5) * box["height"] / rows
    return pixels[np.ix_(down.astype(int), across.astype(int))]


def _on_ramp(ratios):
    """Colours of signed ratios (...,) between white and the ends of the ramp."""
    ends = np.where(ratios[..., None] < 0, NEGATIVE, POSITIVE)
    return 255 + (ends - 255) * np.abs(ratios)[..., None]


def _point_at(page, x, y):
    page.mouse.move(x, y)
    rest(page)  # the card waits 80 ms


def test_the_face_of_a_filter_is_its_feature_map_in_crisp_pixels(page, diagram, picture, tmp_path):
    show(page, diagram, tmp_path)
    for unit, gain in enumerate(GAIN):
        face = _cells(page, _node(page, diagram, "copy", unit), 8, 8)
        # The lower left corner may be under the bias.
        seen = np.ones((8, 8), bool)
        seen[-1, 0] = False
        np.testing.assert_allclose(face[seen], _on_ramp(gain * picture)[seen], atol=6)


def test_a_pooled_map_is_drawn_beside_the_map_it_comes_from(page, diagram, picture, tmp_path):
    show(page, diagram, tmp_path)
    pooled = picture.reshape(4, 2, 4, 2).max((1, 3))
    face = _cells(page, _node(page, diagram, "pool", 0), 4, 4)
    np.testing.assert_allclose(face, _on_ramp(pooled / pooled.max()), atol=6)
    conv, pool = (_node(page, diagram, layer, 0).bounding_box() for layer in ("copy", "pool"))
    assert conv["y"] + conv["height"] / 2 == pytest.approx(pool["y"] + pool["height"] / 2, abs=1)
    assert pool["width"] < conv["width"]


def test_a_scale_for_each_map_brings_out_the_faint_ones_without_python(page, diagram, picture, tmp_path):
    show(page, diagram, tmp_path)
    page.get_by_role("radio", name="per map").click()
    rest(page)
    face = _cells(page, _node(page, diagram, "copy", 2), 8, 8)
    np.testing.assert_allclose(face[:-1], _on_ramp(picture)[:-1], atol=10)
    page.get_by_role("radio", name="per layer").click()
    rest(page)
    face = _cells(page, _node(page, diagram, "copy", 2), 8, 8)
    np.testing.assert_allclose(face[:-1], _on_ramp(0.25 * picture)[:-1], atol=6)
    assert page.evaluate("window.changes") == []


def test_without_maps_there_is_no_scale_to_choose(page, model, tmp_path):
    show(page, nbviz.NetworkDiagram(model), tmp_path)
    assert page.get_by_role("radio", name="Weight", exact=True).is_visible()
    assert not page.get_by_role("radio", name="per map").is_visible()


def test_a_channel_is_called_so_and_says_what_it_answers(page, diagram, picture, tmp_path):
    show(page, diagram, tmp_path)
    words = _node(page, diagram, "copy", 0).text_content()
    assert words.startswith("channel 0 of copy, mean activation ")
    assert float(words.split("activation ")[1].split(",")[0]) == pytest.approx(picture.mean(), abs=0.006)


def test_the_card_of_a_channel_shows_range_and_kernels(page, diagram, picture, tmp_path):
    show(page, diagram, tmp_path)
    box = _node(page, diagram, "copy", 1).bounding_box()
    _point_at(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator(".nbviz-card")
    assert "copy · channel 1" in card.inner_text()
    facts = dict(row.inner_text().splitlines()[:2] for row in card.locator(".nbviz-card-fact").all())
    assert facts["lowest"] == "−1.00"
    assert facts["highest"] == "0.00"
    # The kernel of one input channel: its norm is 1, and it takes each pixel times -1.
    mean = f"−{picture.mean():.2f}"
    assert card.locator(".nbviz-card-term").inner_text().split() == ["image", "‖k‖", "1.00", mean]
    assert card.locator("canvas").count() == 2


def test_the_card_of_a_channel_adds_up_to_what_keras_answers_at_the_border_too(page, diagram, model, tmp_path):
    show(page, diagram, tmp_path)
    x = diagram.frames.observation.sample[0]
    pooled = model.get_layer("pool")(model.get_layer("copy")(x))
    kernel, bias = model.get_layer("wide").get_weights()
    z = np.asarray(keras.ops.conv(pooled, kernel, padding="same"))[0].mean(axis=(0, 1)) + bias
    for unit in diagram.network["layers"][3]["shown"][:3]:
        box = _node(page, diagram, "wide", unit).bounding_box()
        _point_at(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        card = page.locator(".nbviz-card")
        assert f"wide · channel {unit}" in card.inner_text()
        symbol, number = card.locator(".nbviz-card-formula").inner_text().split("=")[-1].rsplit(maxsplit=1)
        assert symbol.strip() == "mean z"
        assert float(number.replace("−", "-")) == pytest.approx(z[unit], abs=0.0051)


def test_the_card_of_an_edge_shows_the_numbers_of_its_kernel(page, diagram, model, tmp_path):
    show(page, diagram, tmp_path)
    kernel = model.get_layer("wide").get_weights()[0]
    unit = diagram.network["layers"][3]["shown"][0]
    start, end = _node(page, diagram, "pool", 0).bounding_box(), _node(page, diagram, "wide", unit).bounding_box()
    set_from_python(page, {"selected_unit": diagram.unit_id("wide", unit)})
    rest(page)
    # Just before the end the edges of a unit lie on one another; just behind the start those of a source do.
    y = start["y"] + start["height"] / 2
    for x in np.arange(start["x"] + start["width"] + 3, end["x"], 3):
        _point_at(page, x, y)
        card = page.locator(".nbviz-card")
        if card.is_visible() and f"channel 0 → channel {unit}\n" in card.inner_text() + "\n":
            break
        y = _height_of_edge(start, end, x + 3)
    else:
        pytest.fail("Expected to find the edge.")
    numbers = [float(text.replace("−", "-")) for text in card.locator(".nbviz-card-numbers span").all_inner_texts()]
    np.testing.assert_allclose(numbers, kernel[:, :, 0, unit].ravel(), atol=0.0051)


def _height_of_edge(start, end, x):
    """Of a cubic with horizontal tangents from node to node."""
    x0, x1 = start["x"] + start["width"], end["x"]
    y0, y1 = (box["y"] + box["height"] / 2 for box in (start, end))
    u = np.linspace(0, 1, 500)
    along = x0 + (x1 - x0) * (1.5 * u - 1.5 * u**2 + u**3)
    return float(np.interp(x, along, y0 + (y1 - y0) * (3 * u**2 - 2 * u**3)))


def test_a_selected_channel_lights_the_same_channel_behind_it(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    shown = diagram.network["layers"][3]["shown"]
    before = screenshot(page)
    set_from_python(page, {"selected_unit": diagram.unit_id("wide", shown[0])})
    rest(page)
    after = screenshot(page)

    def faded(layer, unit):
        box = _node(page, diagram, layer, unit).bounding_box()
        inside = np.s_[int(box["y"]) : int(box["y"] + box["height"]), int(box["x"]) : int(box["x"] + box["width"])]
        return np.abs(before[inside].astype(int) - after[inside].astype(int)).max()

    assert faded("small", shown[0]) < 20
    assert faded("small", shown[1]) > 40
    assert "3 kernels in and 3 edges out are lit" in page.locator(".nbviz-status").inner_text()


def test_a_channel_pulled_into_view_brings_its_pooled_map(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    hidden = next(unit for unit in range(20) if unit not in diagram.network["layers"][3]["shown"])
    for layer in ("wide", "small"):
        assert _node(page, diagram, layer, hidden).count() == 0
    set_from_python(page, {"selected_unit": diagram.unit_id("wide", hidden)})
    rest(page)
    boxes = [_node(page, diagram, layer, hidden).bounding_box() for layer in ("wide", "small")]
    middles = [box["y"] + box["height"] / 2 for box in boxes]
    assert middles[0] == pytest.approx(middles[1], abs=1)


def test_what_an_edge_between_channels_is_stands_beneath(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=1600)
    status = page.locator(".nbviz-status-left")
    assert "width is the norm of its kernel, its colour the sign of its sum" in status.inner_text()
    set_from_python(page, {"edge_meaning": "weight_activation"})
    assert "what its kernel k makes of its map a" in status.inner_text()


@pytest.mark.parametrize("width", [600, 800, 1000, 1600])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_leaves_the_page_at_any_width(page, diagram, tmp_path, screenshots, theme, width):
    show(page, diagram, tmp_path, theme=theme, width=width)
    page.screenshot(path=screenshots / f"channels_{theme}_{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    outer = page.locator(".nbviz-toolbar").bounding_box()
    for control in page.locator(".nbviz-toolbar button:visible, .nbviz-toolbar select:visible").all():
        box = control.bounding_box()
        assert box["x"] >= outer["x"]
        assert box["x"] + box["width"] <= outer["x"] + outer["width"]
        assert box["y"] + box["height"] <= outer["y"] + outer["height"]

"""What a person sees and does in a `KernelGrid`: each tile shows its kernel, pixel by pixel."""

import itertools

import keras
import numpy as np
import pytest
from playwright.sync_api import expect

from nbviz.page.save import save_html
from nbviz.style.colour import GROUND, NEGATIVE, POSITIVE, ZERO
from nbviz.widgets.kernel_grid.kernel_grid import KernelGrid

from .page import set_from_python, settle, show
from .picture import changed_share, colour_share, screenshot
from .test_feature_maps import tiles_of_pictures, tiles_that_fit

L = keras.layers
SCROLLER = ".nbviz-kernel-scroller"
RNG = np.random.default_rng(5)


def around(layer, *shape):
    inputs = keras.Input(shape)
    return keras.Model(inputs, layer(inputs))


def wanted(filters, channels, *size):
    """What the tiles must show, (filters, channels, *size): quarters from -1 to 1, so that 1 has the whole colour."""
    return RNG.integers(-4, 5, size=(filters, channels, *size)) / 4


def mixed(value, zero=ZERO):
    end = np.array(NEGATIVE if value < 0 else POSITIVE)
    return np.array(zero) + (end - np.array(zero)) * min(1, abs(value))


def written_in_loops(layer, values):
    """A layer whose weights are set number by number, so that filter f looks for values[f]."""
    raw = [np.zeros_like(weight) for weight in layer.get_weights()]
    filters, channels = values.shape[:2]
    for f, c in itertools.product(range(filters), range(channels)):
        for at in np.ndindex(values.shape[2:]):
            value = values[(f, c, *at)]
            if isinstance(layer, (L.Conv1DTranspose, L.Conv2DTranspose)):
                raw[0][(*at, f, c)] = value
            elif isinstance(layer, (L.DepthwiseConv1D, L.DepthwiseConv2D)):
                raw[0][(*at, f // layer.depth_multiplier, f % layer.depth_multiplier)] = value
            else:
                raw[0][(*at, c, f)] = value
    raw[-1][:] = np.arange(filters)
    layer.set_weights(raw)


def cases():
    yield "Conv1D", L.Conv1D(4, 3), (9, 2), (4, 2, 3)
    yield "Conv2D", L.Conv2D(5, 3), (8, 8, 4), (5, 4, 3, 3)
    yield "Conv2D, channels first", L.Conv2D(3, (2, 3), data_format="channels_first"), (2, 8, 8), (3, 2, 2, 3)
    yield "Conv2D, one input", L.Conv2D(6, (3, 2)), (8, 8, 1), (6, 1, 3, 2)
    yield "Conv2D, groups", L.Conv2D(6, 3, groups=2), (8, 8, 4), (6, 2, 3, 3)
    yield "Conv2DTranspose", L.Conv2DTranspose(3, 3), (8, 8, 5), (3, 5, 3, 3)
    yield "Conv1DTranspose", L.Conv1DTranspose(3, 4), (8, 2), (3, 2, 4)
    yield "DepthwiseConv2D", L.DepthwiseConv2D(3, depth_multiplier=2), (8, 8, 3), (6, 1, 3, 3)
    yield "DepthwiseConv1D", L.DepthwiseConv1D(3, depth_multiplier=2), (8, 3), (6, 1, 3)
    yield "Conv3D", L.Conv3D(3, 3), (5, 5, 5, 2), (3, 2, 3, 3, 3)


def tile_box(page, spot, columns):
    """Where a tile is: the keys go there, and the cell that screen readers magnify lies over it."""
    page.locator(SCROLLER).focus()
    page.keyboard.press("Control+Home")
    for key, count in (("ArrowDown", spot // columns), ("ArrowRight", spot % columns)):
        for _ in range(count):
            page.keyboard.press(key)
    settle(page)
    return page.locator(f"{SCROLLER} [role=gridcell]").bounding_box()


def columns_of(page):
    return int(page.locator(SCROLLER).get_attribute("aria-colcount"))


def shown_cells(page, box, rows, columns, depth=1):
    """The colour in the middle of each number of a tile: (depth, rows, columns, 3)."""
    picture = screenshot(page).astype(int)
    gap = 4
    width = (box["width"] - (depth - 1) * gap) / depth / columns
    height = box["height"] / rows
    cells = np.zeros((depth, rows, columns, 3))
    for d, r, c in np.ndindex(depth, rows, columns):
        x = box["x"] + d * (columns * width + gap) + (c + 0.5) * width
        y = box["y"] + (r + 0.5) * height
        cells[d, r, c] = picture[int(y), int(x)]
    return cells


@pytest.mark.parametrize(("name", "layer", "shape", "size"), list(cases()), ids=[case[0] for case in cases()])
def test_the_tile_of_a_filter_shows_exactly_its_kernel(page, tmp_path, name, layer, shape, size):
    model = around(layer, *shape)
    values = wanted(*size)
    written_in_loops(layer, values)
    show(page, KernelGrid(model, height=900), tmp_path, width=700)
    filters, channels = size[:2]
    columns = columns_of(page)
    depth, rows, across = (1,) * (3 - len(size[2:])) + size[2:]
    for f, c in itertools.product(range(filters), range(channels)):
        spot = f * columns + c if channels > 1 else f
        cells = shown_cells(page, tile_box(page, spot, columns), rows, across, depth)
        expected = np.array([mixed(value) for value in values[f, c].ravel()]).reshape(cells.shape)
        np.testing.assert_allclose(cells, expected, atol=2, err_msg=f"filter {f}, channel {c}")


def test_the_tile_of_a_separable_layer_shows_both_steps_as_one(page, tmp_path):
    layer = L.SeparableConv2D(2, 3)
    model = around(layer, 8, 8, 2)
    depthwise, pointwise = np.zeros((3, 3, 2, 1)), np.zeros((1, 1, 2, 2))
    depthwise[0, 0, 0, 0], depthwise[2, 1, 1, 0] = 1, 0.5
    pointwise[0, 0] = [[1, -0.5], [0, 2]]  # (depthwise channel, filter)
    layer.set_weights([depthwise, pointwise, np.zeros(2)])
    show(page, KernelGrid(model), tmp_path, width=500)
    expected = np.zeros((2, 2, 3, 3))  # filter, channel
    expected[0, 0, 0, 0], expected[1, 0, 0, 0], expected[1, 1, 2, 1] = 1, -0.5, 1
    for f, c in np.ndindex(2, 2):
        cells = shown_cells(page, tile_box(page, 2 * f + c, 2), 3, 3)[0]
        np.testing.assert_allclose(cells, [[mixed(v) for v in row] for row in expected[f, c]], atol=2)


@pytest.fixture
def colour_layer():
    layer = L.Conv2D(3, 2, name="first")
    model = around(layer, 8, 8, 3)
    values = np.zeros((2, 2, 3, 3))
    values[0, 0, :, 0] = [1, -1, 0]
    values[0, 1, :, 0] = [0, 0, 1]
    values[1, 0, :, 1] = [0.5, 0.5, 0.5]
    layer.set_weights([values, np.zeros(3)])
    return model


def test_three_inputs_are_red_green_and_blue_and_zero_is_grey(page, tmp_path, colour_layer):
    show(page, KernelGrid(colour_layer), tmp_path, width=500)
    cells = shown_cells(page, tile_box(page, 0, 9), 2, 2)[0]
    grey = 127.5
    np.testing.assert_allclose(cells[0, 0], [255, 0, grey], atol=2)
    np.testing.assert_allclose(cells[0, 1], [grey, grey, 255], atol=2)
    np.testing.assert_allclose(cells[1, 1], [grey, grey, grey], atol=2)
    second = shown_cells(page, tile_box(page, 1, 9), 2, 2)[0]
    np.testing.assert_allclose(second[1, 0], [191, 191, 191], atol=2)


def test_the_norm_over_the_inputs_starts_from_the_ground(page, tmp_path, colour_layer):
    show(page, KernelGrid(colour_layer, view="norm"), tmp_path, width=500)
    cells = shown_cells(page, tile_box(page, 0, 9), 2, 2)[0]
    # Norms of the cells of filter 0: sqrt(2), 1, 0, 0; the largest has the whole colour.
    np.testing.assert_allclose(cells[0, 0], POSITIVE, atol=2)
    np.testing.assert_allclose(cells[0, 1], mixed(1 / np.sqrt(2), GROUND), atol=2)
    np.testing.assert_allclose(cells[1, 0], GROUND, atol=2)


def test_each_tile_has_its_own_scale_where_that_is_asked_for(page, tmp_path):
    layer = L.Conv2D(2, 1)
    model = around(layer, 4, 4, 2)
    layer.set_weights([np.array([[[[1.0, 0.25], [-0.5, 0]]]]), np.zeros(2)])  # (1, 1, input, filter)
    show(page, KernelGrid(model), tmp_path, width=500)

    def at(spot):
        return shown_cells(page, tile_box(page, spot, 2), 1, 1)[0, 0, 0]

    np.testing.assert_allclose(at(2), mixed(0.25), atol=2)
    page.get_by_role("button", name="per tile").click()
    np.testing.assert_allclose(at(2), mixed(1), atol=2)
    np.testing.assert_allclose(at(1), mixed(-1), atol=2)
    np.testing.assert_allclose(at(3), ZERO, atol=2)
    assert {"scale": "own"} in page.evaluate("window.changes")


@pytest.fixture
def digits():
    """Two layers like those of a small digits network, all weights drawn."""
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), L.Conv2D(6, 3, name="conv"), L.MaxPooling2D(), L.Conv2D(8, 3, name="conv_1")]
    )
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(-1, 1, size=weight.shape) for weight in model.get_weights()])
    return model


def saved(page):
    return {key: value for change in page.evaluate("window.changes.splice(0)") for key, value in change.items()}


def centre(page, spot, columns):
    box = tile_box(page, spot, columns)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_pointing_at_a_tile_shows_its_numbers(page, tmp_path, digits):
    grid = KernelGrid(digits, "conv_1", height=700)
    show(page, grid, tmp_path, width=500)
    place = centre(page, 6 * 6 + 5, 6)
    page.mouse.move(*place)
    settle(page)
    panel = page.locator(".nbviz-kernel-panel")
    kernel = digits.get_layer("conv_1").get_weights()[0][:, :, 5, 6]
    words = [text.replace("\u2212", "-") for text in panel.locator(".nbviz-kernel-table span").all_inner_texts()]
    np.testing.assert_allclose([float(text) for text in words], kernel.ravel(), atol=0.00501)
    text = panel.inner_text().replace("\u2212", "-")
    assert "filter 6, input 5" in text
    assert f"‖k‖ {np.linalg.norm(kernel):.2f}" in text
    bias = digits.get_layer("conv_1").get_weights()[1][6]
    assert f"bias {bias:+.2f}" in text


def test_a_page_turns_to_another_layer_without_a_kernel(page, tmp_path, digits):
    page.goto(save_html(KernelGrid(digits, height=700), tmp_path / "kernels.html").as_uri())
    title, menu = page.locator(".nbviz-kernel-title"), page.get_by_label("Layer")
    expect(title).to_have_text("Kernels of conv")
    for name in ("conv_1", "conv"):
        menu.select_option(name)
        expect(title).to_have_text(f"Kernels of {name}")
        page.locator(SCROLLER).focus()
        page.keyboard.press("Control+End")
        settle(page)
        kernel = digits.get_layer(name).get_weights()[0][:, :, -1, -1]
        words = page.locator(".nbviz-kernel-panel .nbviz-kernel-table span").all_inner_texts()
        shown = [float(text.replace("\u2212", "-")) for text in words]
        np.testing.assert_allclose(shown, kernel.ravel(), atol=0.00501)


def test_a_click_selects_the_filter_and_escape_clears_it(page, tmp_path, digits):
    show(page, KernelGrid(digits, "conv_1", first_unit=100, height=700), tmp_path, width=500)
    place = centre(page, 3 * 6 + 2, 6)
    before = screenshot(page)
    page.mouse.click(*place)
    settle(page)
    assert saved(page) == {"selected_unit": 103, "selected_channel": 2}
    assert colour_share(screenshot(page), "#f3effc", tolerance=3) > colour_share(before, "#f3effc", tolerance=3) + 0.01
    assert page.locator("[aria-live]").inner_text() == "filter 3, input 2 selected"
    page.keyboard.press("Escape")
    assert saved(page) == {"selected_unit": None, "selected_channel": None}


def test_keys_move_and_select(page, tmp_path, digits):
    show(page, KernelGrid(digits, "conv_1", height=700), tmp_path, width=500)
    page.locator(SCROLLER).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    settle(page)
    assert saved(page) == {"selected_unit": 1, "selected_channel": 2}
    page.keyboard.press("Control+End")
    settle(page)
    label = page.locator(f"{SCROLLER} [role=gridcell]").get_attribute("aria-label")
    assert label.startswith("filter 7, input 5;")
    assert page.locator(f"{SCROLLER} [role=row]").get_attribute("aria-rowindex") == "8"


def test_a_selection_from_elsewhere_is_shown_and_scrolled_to(page, tmp_path):
    model = around(L.Conv2D(64, 3), 8, 8, 2)
    show(page, KernelGrid(model, first_unit=5), tmp_path, width=500)
    set_from_python(page, {"selected_unit": 5 + 60})
    settle(page)
    assert page.evaluate(f"document.querySelector('{SCROLLER}').scrollTop") > 1000
    assert page.locator(".nbviz-kernel-tile-title").inner_text() == "filter 60, input 0"


def test_filters_are_sorted_by_what_is_chosen(page, tmp_path):
    layer = L.Conv2D(4, 1, use_bias=False)
    model = around(layer, 4, 4, 1)
    layer.set_weights([np.array([0.5, -1, 0.25, 0.75]).reshape(1, 1, 1, 4)])
    show(page, KernelGrid(model, importance=[1, 2, 4, 3]), tmp_path, width=500)

    def order():
        settle(page)
        found = []
        for spot in range(4):
            tile_box(page, spot, 4)
            found.append(page.locator(f"{SCROLLER} [role=gridcell]").get_attribute("aria-label").split(";")[0])
        return [int(name.removeprefix("filter ")) for name in found]

    assert order() == [0, 1, 2, 3]
    menu = page.get_by_label("Order of the filters")
    menu.select_option("norm")
    assert order() == [1, 3, 0, 2]
    menu.select_option("importance")
    assert order() == [2, 3, 1, 0]
    assert saved(page)["sort"] == "importance"


def test_what_is_no_number_is_hatched_and_named(page, tmp_path):
    layer = L.Conv2D(2, 2)
    model = around(layer, 4, 4, 1)
    kernel = np.full((2, 2, 1, 2), 0.5)
    kernel[1, 0, 0, 0], kernel[0, 1, 0, 1] = np.nan, -np.inf
    layer.set_weights([kernel, np.zeros(2)])
    show(page, KernelGrid(model), tmp_path, width=500)
    for filter_, cell, words in ((0, (1, 0), "NaN"), (1, (0, 1), "\u2212∞")):
        box = tile_box(page, filter_, 2)
        picture = screenshot(page)
        side = round(box["width"] / 2)
        left, top = round(box["x"]) + cell[1] * side, round(box["y"]) + cell[0] * side
        hatched = picture[top + 1 : top + side - 1, left + 1 : left + side - 1]
        assert colour_share(hatched, "#9a5b00", tolerance=60) > 0.15
        assert colour_share(hatched, "#fff6e6", tolerance=60) > 0.15
        assert words in page.locator(".nbviz-kernel-table").inner_text()


def test_a_model_without_kernels_says_so(page, tmp_path):
    show(page, KernelGrid(around(L.Dense(2), 3)), tmp_path, width=400)
    assert page.locator(".nbviz-kernel-grid").inner_text() == "No kernels: this model has no conv layer."


def test_the_layer_menu_asks_python_for_another_layer_only_with_a_kernel(page, tmp_path, digits):
    grid = KernelGrid(digits)
    show(page, grid, tmp_path, width=500)
    menu = page.get_by_label("Layer")
    assert not menu.is_visible()
    page.evaluate("window.model.receive({type: 'alive'})")
    settle(page)
    menu.select_option("conv_1")
    assert saved(page) == {"layer": "conv_1"}
    grid.layer = "conv_1"
    state = {key: grid.get_state()[key] for key in ("grid", "numbers", "layer")}
    set_from_python(page, state)
    assert "Kernels of conv_1" in page.locator(".nbviz-kernel-grid").inner_text()
    assert columns_of(page) == 6


def test_update_draws_what_the_model_holds_now(page, tmp_path, digits):
    grid = KernelGrid(digits, "conv")
    show(page, grid, tmp_path, width=500)
    before = screenshot(page)
    layer = digits.get_layer("conv")
    layer.set_weights([-weight for weight in layer.get_weights()])
    grid.update()
    set_from_python(page, {key: grid.get_state()[key] for key in ("grid", "numbers")})
    assert changed_share(before, screenshot(page)) > 0.01
    cells = shown_cells(page, tile_box(page, 2, 6), 3, 3)[0]
    kernel = layer.get_weights()[0][:, :, 0, 2] / grid.grid["scale"]
    np.testing.assert_allclose(cells, [[mixed(v) for v in row] for row in kernel], atol=2)


def test_two_thousand_channels_are_drawn_where_one_looks(page, tmp_path):
    layer = L.Conv2D(2048, 1, use_bias=False)
    model = around(layer, 2, 2, 2048)
    weights = np.zeros((1, 1, 2048, 2048), "float32")
    weights[0, 0, 200, 2000], weights[0, 0, 0, 0] = 1, -1  # input 200 of filter 2000
    layer.set_weights([weights])
    show(page, KernelGrid(model), tmp_path, width=800)
    page.locator(SCROLLER).focus()
    set_from_python(page, {"selected_unit": 2000, "selected_channel": 200})
    box = page.locator(f"{SCROLLER} [role=gridcell]").bounding_box()
    np.testing.assert_allclose(shown_cells(page, box, 1, 1)[0, 0, 0], POSITIVE, atol=2)
    assert "inputs 0 to 291 of 2\u2009048" in page.locator(".nbviz-kernel-header").inner_text()
    tiles = tiles_of_pictures(page, SCROLLER, 3000)
    assert len(tiles) >= 20
    assert max(tiles) <= tiles_that_fit(page, SCROLLER) < 2048
    page.evaluate("window.model.receive({type: 'alive'})")
    settle(page)
    page.get_by_role("button", name="later input channels").click()
    assert saved(page)["first_channel"] == 292


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1200])
def test_nothing_is_wider_than_the_widget(page, tmp_path, digits, theme, width):
    show(page, KernelGrid(digits, "conv_1"), tmp_path, theme=theme, width=width)
    over = page.evaluate(
        """width => [...document.querySelectorAll(".nbviz-kernel-grid *")]
            .filter(element => !element.closest(".nbviz-kernel-scroller") && element.getClientRects().length)
            .filter(element => element.getBoundingClientRect().right > width + 0.5)
            .map(element => element.className)""",
        width,
    )
    assert over == []


def test_a_layer_name_is_text(page, tmp_path):
    layer = L.Conv2D(2, 3, name="<img src=x onerror=alert(1)>")
    show(page, KernelGrid(around(layer, 5, 5, 1)), tmp_path, width=500)
    assert "Kernels of <img src=x onerror=alert(1)>" in page.locator(".nbviz-kernel-grid").inner_text()
    assert page.locator(".nbviz-kernel-grid img").count() == 0


def test_two_views_of_one_grid_and_one_removed(page, tmp_path, digits):
    show(page, KernelGrid(digits, "conv_1"), tmp_path, width=500)
    page.evaluate("window.show_again()")
    settle(page)
    assert page.locator(SCROLLER).count() == 2
    listeners = page.evaluate("window.model.listener_count()")
    page.evaluate("window.remove_view(0)")
    settle(page)
    assert page.locator(SCROLLER).count() == 1
    assert page.evaluate("window.model.listener_count()") == listeners / 2

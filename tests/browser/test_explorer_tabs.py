"""The weights and layers tabs: linked to the diagram in a page without a kernel, and in JupyterLab with one."""

import keras
import numpy as np
import pytest
from playwright.sync_api import expect
from sklearn.datasets import load_digits

import nbviz

from .jupyter import cell_errors, comes_to, execute, run_all, wait_until_run
from .page import rest, rest_with_figures, set_from_python, show
from .picture import changed_share, colour_share, screenshot, wait_for_change

ACCENT = "#6b46c1"
NETWORK = """
keras.Sequential([
    keras.Input((8, 8, 1), name="image"), keras.layers.Conv2D(6, 3, padding="same", activation="relu", name="edges"),
    keras.layers.MaxPooling2D(name="pool"),
    keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="corners"),
    keras.layers.Flatten(name="flat"), keras.layers.Dense(10, activation="softmax", name="digit"),
], name="digits")
"""
EXPLORE = f"""
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, nbviz, numpy as np
from sklearn.datasets import load_digits
keras.utils.set_random_seed(1)
digits = load_digits()
x, y = (digits.images[:200] / 16).astype("float32")[..., None], digits.target[:200]
model = {NETWORK.strip()}
model.compile("adam", "sparse_categorical_crossentropy")
explorer = nbviz.explore(model, x, y)
explorer.wait()
explorer
"""


@pytest.fixture(scope="module")
def explorer():
    keras.utils.set_random_seed(1)
    digits = load_digits()
    x = (digits.images / 16).astype("float32")[..., None]
    model = eval(NETWORK)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[:1500], digits.target[:1500], epochs=6, verbose=0)
    return nbviz.explore(model, x[1500:1600], digits.target[1500:1600])


@pytest.fixture(scope="module")
def saved(explorer, tmp_path_factory):
    return nbviz.save_html(explorer, tmp_path_factory.mktemp("explorer") / "digits.html")


@pytest.fixture
def opened(saved, page):
    page.set_viewport_size({"width": 1312, "height": 1300})
    page.goto(saved.as_uri())
    page.wait_for_selector("html[data-drawn=true]")
    page.wait_for_selector(".nbviz-network canvas")
    rest_with_figures(page)
    return page


def tab(page, name):
    chosen = page.get_by_role("tab", name=name, exact=True)
    chosen.click()
    expect(chosen).to_have_attribute("aria-selected", "true")
    rest_with_figures(page)


def selected(page):
    """What the diagram's tree says is selected."""
    return page.eval_on_selector_all(
        ".nbviz-network [role=treeitem][aria-selected=true]", "all => all.map(item => item.textContent)"
    )


def choose(page, part, *keys):
    page.locator(part).focus()
    for key in keys:
        page.keyboard.press(key)
    rest(page)


@pytest.mark.parametrize("name", ["Weights", "Layers"])
def test_a_tab_fits_at_every_width(opened, screenshots, name):
    tab(opened, name)
    for width in (640, 1312, 1600):
        opened.set_viewport_size({"width": width, "height": 1300})
        rest_with_figures(opened)
        opened.screenshot(path=screenshots / f"explorer_{name.lower()}_{width}.png", full_page=True)
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_filter_clicked_among_the_kernels_is_selected_in_the_diagram_and_among_the_maps(opened):
    before = screenshot(opened.locator(".nbviz-network .nbviz-stage"))
    tab(opened, "Weights")
    choose(opened, ".nbviz-kernel-scroller", "ArrowRight", "ArrowRight", "Enter")
    (name,) = selected(opened)
    assert "channel 2" in name
    assert changed_share(before, screenshot(opened.locator(".nbviz-network .nbviz-stage"))) > 0.01
    tab(opened, "Layers")
    assert opened.locator(".nbviz-maps-panel").get_by_text("map 2", exact=False).count()


def test_a_map_clicked_is_selected_in_the_diagram_and_among_the_kernels(opened):
    tab(opened, "Layers")
    choose(opened, ".nbviz-maps-scroller", "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    (name,) = selected(opened)
    assert "channel 3" in name
    tab(opened, "Weights")
    assert opened.locator(".nbviz-kernel-panel").get_by_text("filter 3", exact=False).count()
    assert colour_share(screenshot(opened.locator(".nbviz-kernel-scroller")), ACCENT) > 0.001


def test_the_maps_follow_the_sample_without_a_kernel(opened, explorer):
    tab(opened, "Layers")
    maps = opened.locator(".nbviz-feature-maps")
    first = screenshot(maps.locator(".nbviz-maps-scroller"))
    assert f"sample {explorer.selected_sample}" in maps.inner_text()
    tab(opened, "Sample")
    others = opened.locator(".nbviz-picker [role=option]:not([aria-disabled=true]):not([aria-selected=true])")
    number = others.nth(3).get_attribute("data-sample")
    others.nth(3).click()
    tab(opened, "Layers")
    assert f"sample {number}" in maps.inner_text()
    assert changed_share(first, screenshot(maps.locator(".nbviz-maps-scroller"))) > 0.02


def test_weights_and_layers_are_named_and_described(opened):
    tab(opened, "Weights")
    labels = opened.eval_on_selector_all(
        ".nbviz-weight-panel svg", "all => all.map(one => one.getAttribute('aria-label'))"
    )
    assert [label.split(":")[0] for label in labels] == [
        f"{array} of {layer}" for layer in ("edges", "corners", "digit") for array in ("kernel", "bias")
    ]
    tab(opened, "Layers")
    table = opened.get_by_role("table").last
    assert table.get_by_role("rowheader").all_inner_texts() == ["image", "edges", "pool", "corners", "flat", "digit"]


def test_a_channel_that_comes_with_another_layer_is_one_of_that_layer(page, tmp_path):
    model, x = eval(NETWORK), np.ones((1, 8, 8, 1), "float32")
    maps = nbviz.FeatureMaps(model, x, "edges", first_unit={"edges": 1, "corners": 13})
    other = nbviz.FeatureMaps(model, x, "corners", first_unit={"edges": 1, "corners": 13})
    show(page, maps, tmp_path)
    # What the kernel answers when channel 3 of the other layer has been selected in the diagram.
    set_from_python(page, {"selected_unit": 16})
    set_from_python(page, {"layer": "corners", "maps": other.maps, "numbers": other.numbers, "selected_channel": 3})
    assert page.evaluate("window.model.get('selected_unit')") == 16


@pytest.mark.slow
def test_in_jupyterlab_every_tab_turns_to_the_layer_of_what_is_selected(notebook, screenshots):
    page = notebook([EXPLORE])
    page.set_viewport_size({"width": 1500, "height": 1500})
    run_all(page)
    page.wait_for_selector(".nbviz-explorer canvas", timeout=120_000)
    wait_until_run(page)
    tab(page, "Weights")
    page.locator(".nbviz-explorer").evaluate("explorer => explorer.scrollIntoView({ block: 'start' })")
    page.locator(".nbviz-kernel-grid").get_by_label("Layer").select_option("corners")
    page.get_by_text("Kernels of corners").wait_for()
    choose(page, ".nbviz-kernel-scroller", "ArrowDown", "ArrowDown", "ArrowDown", "Enter")
    code = "print((explorer.selected_unit == explorer.diagram.unit_id('corners', 0) + 3, explorer.layers.maps.layer, "
    code += "explorer.layers.maps.selected_map, explorer.weights.kernels.selected_filter))"
    assert comes_to(page, code, "(True, 'corners', 3, 3)\n")
    rest_with_figures(page)
    page.screenshot(path=screenshots / "explorer_weights_in_jupyterlab.png")
    tab(page, "Layers")
    page.get_by_text("Maps of corners").wait_for()
    # A trained model's weights are read while somebody looks at them.
    tab(page, "Weights")
    before = screenshot(page.locator(".nbviz-weights"))
    execute(page, "explorer.training.trainer.step('epoch'); explorer.training.trainer.wait(120)")
    wait_for_change(page, page.locator(".nbviz-weights"), before, 0.002)
    page.screenshot(path=screenshots / "explorer_weights_trained_in_jupyterlab.png")
    errors = [error for error in cell_errors(page) if "port.cc" not in error and "absl" not in error]
    assert [error for error in errors if "of 200 rows" not in error] == []

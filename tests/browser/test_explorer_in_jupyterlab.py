"""The explorer in a real JupyterLab: linked while the kernel is busy, heard by Python afterwards, and answering."""

import re

import pytest
from playwright.sync_api import expect

from .jupyter import cell_errors, comes_to, execute, heard, run_all, wait_until_run, waiting_for
from .page import rest, rest_with_figures
from .picture import changed_share, screenshot

pytestmark = pytest.mark.slow

EXPLORE = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, nbviz
from sklearn.datasets import load_wine
keras.utils.set_random_seed(1)
wine = load_wine(as_frame=True)
x = ((wine.data - wine.data.mean()) / wine.data.std()).astype("float32")
model = keras.Sequential([
    keras.Input((13,), name="chemistry"), keras.layers.Dense(32, activation="relu"), keras.layers.Dropout(0.2),
    keras.layers.Dense(16, activation="relu"), keras.layers.Dense(3, activation="softmax"),
], name="wine")
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x[::2], wine.target[::2], epochs=30, verbose=0)
explorer = nbviz.explore(model, x[1::2], wine.target[1::2], class_names=["Barolo", "Grignolino", "Barbera"],
                         background=x[::2])
heard = []
explorer.observe(lambda change: heard.append((change.name, change.new)), ["selected_unit", "selected_class"])
explorer.wait()
explorer
"""


def _shown(page):
    page.wait_for_selector(".nbviz-explorer canvas", timeout=90_000)
    page.locator(".nbviz-explorer").scroll_into_view_if_needed()
    return page.locator(".nbviz-explorer .nbviz-network")


def _cell(page, row, column):
    return page.locator(".nbviz-importance-matrix [role=row]", has_text=row).locator("[role=gridcell]").nth(column)


def test_matrix_and_diagram_are_linked_while_a_cell_keeps_the_kernel_busy(notebook, screenshots, tmp_path):
    page = notebook([EXPLORE, waiting_for(tmp_path / "linked")])
    page.set_viewport_size({"width": 1600, "height": 1300})
    run_all(page)
    diagram = _shown(page)
    page.wait_for_function("() => document.querySelector('.jp-Notebook').innerText.includes('[*]')")
    rest_with_figures(page)
    before = screenshot(diagram)
    _cell(page, "proline", 0).click()
    page.locator(".nbviz-network .nbviz-status", has_text="proline → Barolo").wait_for()
    rest(page)
    assert changed_share(before, screenshot(diagram)) > 0.02
    page.screenshot(path=screenshots / "explorer_busy_cell.png")

    # The reverse: a feature's node selects its row, with the class as it was; so the path is another one.
    matrix = page.locator(".nbviz-importance-matrix")
    before = screenshot(matrix)
    node = page.locator(".nbviz-network [role=treeitem]").nth(6).bounding_box()
    canvas = page.locator(".nbviz-network canvas").last.bounding_box()
    page.mouse.click(node["x"] + node["width"] / 2, node["y"] + node["height"] / 2)
    assert canvas is not None
    page.locator(".nbviz-network .nbviz-status", has_text="flavanoids → Barolo").wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.nbviz-importance-matrix [role=row]:has([role=gridcell])')].some("
        "row => row.innerText.startsWith('flavanoids') && row.querySelector('[aria-selected=true]'))",
    )
    rest(page)
    assert changed_share(before, screenshot(matrix)) > 0.001
    assert page.locator(".jp-InputPrompt", has_text="[*]").count() == 1, "the kernel was to be busy all along"

    (tmp_path / "linked").touch()
    wait_until_run(page)
    assert comes_to(page, "print(('selected_class', 0) in heard)", "True\n")
    selected = "print(explorer.diagram.selected_feature, explorer.matrix.selected_class)"
    assert comes_to(page, selected, "flavanoids 0\n")
    assert cell_errors(page) == []


def test_the_sliders_change_the_diagram_and_go_back_to_the_sample(notebook, screenshots):
    page = notebook([EXPLORE])
    page.set_viewport_size({"width": 1600, "height": 1300})
    run_all(page)
    diagram = _shown(page)
    wait_until_run(page)
    page.get_by_text("What if", exact=True).first.click()
    slider = page.locator(".nbviz-what-if .noUi-handle").first
    slider.wait_for()
    heard(page)
    rest_with_figures(page)
    before = screenshot(diagram)
    page.screenshot(path=screenshots / "explorer_what_if.png")
    slider.focus()
    slider.press("End")
    page.locator(".nbviz-network", has_text="changed").wait_for()
    heard(page)
    page.screenshot(path=screenshots / "explorer_what_if_changed.png")
    assert changed_share(before, screenshot(diagram)) > 0.005
    page.get_by_role("button", name="back to sample").click()
    expect(page.locator(".nbviz-network")).not_to_contain_text("changed")
    heard(page)
    assert changed_share(before, screenshot(diagram)) < 0.002
    assert cell_errors(page) == []


TWO_OUTPUTS = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, nbviz
from sklearn.datasets import load_wine
keras.utils.set_random_seed(1)
wine = load_wine(as_frame=True)
x = ((wine.data - wine.data.mean()) / wine.data.std()).astype("float32")
inputs = keras.Input((13,), name="chemistry")
hidden = keras.layers.Dense(8, activation="relu")(inputs)
outputs = [keras.layers.Dense(3, activation="softmax", name="grape")(hidden), keras.layers.Dense(1, name="hue")(hidden)]
model = keras.Model(inputs, outputs)
model.compile("adam", ["sparse_categorical_crossentropy", "mse"])
explorer = nbviz.explore(model, x, [wine.target, x["hue"]])
explorer.wait()
explorer
"""


def test_another_output_keeps_the_sample_is_laid_out_as_its_own_and_has_the_path_told(notebook, screenshots):
    page = notebook([TWO_OUTPUTS])
    page.set_viewport_size({"width": 1700, "height": 1500})
    run_all(page)
    _shown(page)
    wait_until_run(page)
    sample = execute(page, "print(explorer.selected_sample)").strip()
    page.locator(".nbviz-explorer select").first.select_option("hue")
    plot = page.locator(".nbviz-explorer .nbviz-explorer-predicted")
    plot.wait_for()
    _cell(page, "flavanoids", 0).click()
    page.locator(".nbviz-network .nbviz-status", has_text="flavanoids → hue").wait_for()
    heard(page)
    rest_with_figures(page)
    page.screenshot(path=screenshots / "explorer_other_output.png")
    # Beside the reasons, as when it is explored from the start.
    fall, beside = page.locator(".nbviz-explorer-fall").bounding_box(), plot.bounding_box()
    assert fall["x"] + fall["width"] <= beside["x"] + 2
    assert abs(fall["y"] - beside["y"]) < 2
    assert comes_to(page, "print(explorer.selected_sample, explorer.what_if.is_sample)", f"{sample} True\n")
    credit = float(execute(page, "print(explorer.waterfall.sample.local.values[list(x).index('flavanoids'), 0])"))
    status = page.locator(".nbviz-network .nbviz-status").inner_text().replace("\n", " ")
    told = re.search(r": (\S+) to the output", status)
    assert told, status
    assert float(told[1].replace("−", "-")) == pytest.approx(credit, rel=0.06)  # two digits are told
    assert cell_errors(page) == []

"""A `FeatureMaps` in a real JupyterLab: samples come from Python, selections are shared, pixels are taken apart."""

import ast

import pytest

from .jupyter import cell_errors, execute, run_all, wait_until_run

pytestmark = pytest.mark.slow

SHOW = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, numpy as np, ipywidgets
from nbviz.widgets.feature_maps.feature_maps import FeatureMaps
from nbviz.widgets.kernel_grid.kernel_grid import KernelGrid
model = keras.Sequential([
    keras.Input((8, 8, 1)), keras.layers.Conv2D(6, 3, name="first", activation="relu"),
    keras.layers.Conv2D(8, 3, name="second"), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax"),
])
x = np.random.default_rng(0).normal(size=(9, 8, 8, 1))
maps = FeatureMaps(model, x)
grid = KernelGrid(model, "first")
behind = KernelGrid(model, "second")
same = ipywidgets.jslink((maps, "selected_unit"), (grid, "selected_unit"))
next_layer = ipywidgets.jslink((maps, "selected_channel"), (behind, "selected_channel"))
ipywidgets.VBox([maps, grid, behind])
"""


def test_a_map_is_selected_in_the_kernels_too_and_samples_come_from_python(notebook, page, screenshots):
    notebook([SHOW])
    run_all(page)
    page.wait_for_selector(".nbviz-maps-scroller canvas", timeout=90_000)
    wait_until_run(page)
    root = page.locator(".nbviz-feature-maps")
    root.locator(".nbviz-maps-scroller").focus()
    # In Lab, arrows and Enter would otherwise move between cells.
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    root.get_by_text("map 3").first.wait_for()
    page.locator(".nbviz-kernel-grid").first.get_by_text("filter 3").first.wait_for()
    page.screenshot(path=screenshots / "feature_maps_in_jupyterlab.png")
    for key in ("Enter", "ArrowDown"):  # into the pixels, from the middle one down
        page.keyboard.press(key)
    root.get_by_text("map 3, row 3, column 2").first.wait_for()
    total = root.locator(".nbviz-maps-sum [role=row]", has_text="before relu").locator("[role=cell]")
    found = float(total.get_attribute("title"))
    assert found == pytest.approx(float(execute(page, "print(maps.values_before[3, 2, 3])")), abs=1e-4)
    page.keyboard.press("Escape")
    root.get_by_role("button", name="next sample").click()
    root.get_by_text("sample 1 of 9").wait_for()
    root.get_by_label("Over the input").select_option("attribution")
    root.get_by_text("blue raises, orange lowers").wait_for()
    heard = execute(page, "print((maps.selected_map, grid.selected_filter, behind.selected_channel, maps.overlay))")
    assert ast.literal_eval(heard) == (3, 3, 3, "attribution")
    root.get_by_label("Layer", exact=True).select_option("second")
    root.get_by_text("Maps of second").wait_for()
    errors = [error for error in cell_errors(page) if "port.cc" not in error and "absl" not in error]
    assert errors == []

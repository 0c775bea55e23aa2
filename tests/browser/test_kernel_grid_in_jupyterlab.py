"""A `KernelGrid` in a real JupyterLab: another layer comes from Python, and Python hears what is selected."""

import ast

import pytest

from .jupyter import cell_errors, execute, run_all, wait_until_run

pytestmark = pytest.mark.slow

SHOW = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras
from nbviz.widgets.kernel_grid.kernel_grid import KernelGrid
model = keras.Sequential([
    keras.Input((8, 8, 1)), keras.layers.Conv2D(6, 3, name="first"), keras.layers.Conv2D(8, 3, name="second"),
])
grid = KernelGrid(model)
grid
"""


def test_a_layer_is_chosen_a_filter_selected_and_the_model_read_again(notebook, page, screenshots):
    notebook([SHOW])
    run_all(page)
    page.wait_for_selector(".nbviz-kernel-scroller canvas", timeout=90_000)
    wait_until_run(page)
    root = page.locator(".nbviz-kernel-grid")
    root.get_by_label("Layer").select_option("second")
    root.get_by_text("Kernels of second").wait_for()
    scroller = root.locator(".nbviz-kernel-scroller")
    scroller.focus()
    # In Lab, arrows and Enter would otherwise move between cells.
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    root.get_by_text("filter 2, input 1").first.wait_for()
    page.screenshot(path=screenshots / "kernel_grid_in_jupyterlab.png")
    heard = ast.literal_eval(execute(page, "print((grid.layer, grid.selected_filter, grid.selected_channel))"))
    assert heard == ("second", 2, 1)
    execute(
        page,
        "layer = model.get_layer('second'); layer.set_weights([w * 0 + 3 for w in layer.get_weights()]); grid.update()",
    )
    root.locator(".nbviz-kernel-table", has_text="+3.00").wait_for()
    errors = [error for error in cell_errors(page) if "port.cc" not in error and "absl" not in error]
    assert errors == []

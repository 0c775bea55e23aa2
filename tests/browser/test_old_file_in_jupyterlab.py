"""A model saved by TensorFlow 2.12, drawn in a JupyterLab window in which the widget is 900 px wide."""

import itertools

import pytest

from .jupyter import cell_errors, run_all, wait_until_run
from .page import rest
from .picture import colour_share, screenshot

pytestmark = pytest.mark.slow


def test_a_file_of_tensorflow_2_12_is_drawn_with_all_20_inputs_at_900_px(notebook, project, screenshots, page):
    path = project / "tests" / "fixtures" / "tf212_mlp_20_256_256_256_3.h5"
    page.set_viewport_size({"width": 1068, "height": 900})
    notebook(
        [
            "import warnings\nwarnings.simplefilter('ignore')\nimport keras, numpy as np, nbviz\n"
            f"model = keras.models.load_model({str(path)!r})\n"
            "x = np.random.default_rng(0).random((200, 20))",
            "nbviz.NetworkDiagram(model, x, class_names=['low', 'mid', 'high']).show(3)",
        ]
    )
    run_all(page)
    page.wait_for_selector(".jp-OutputArea-output canvas", timeout=90_000)
    wait_until_run(page)
    output = page.locator(".jp-OutputArea-output:has(canvas)").first
    output.scroll_into_view_if_needed()
    rest(page)
    page.screenshot(path=screenshots / "tensorflow_2_12_in_jupyterlab.png")
    errors = [error for error in cell_errors(page) if "port.cc" not in error and "absl" not in error]
    assert errors == []
    assert output.bounding_box()["width"] == pytest.approx(900, abs=15)
    shown = output.locator("[role=treeitem]")
    names = [text for text in shown.all_inner_texts() if " of dense_input" in text]
    assert [name.split(" ")[0] for name in names] == [f"x{index}" for index in range(20)]
    tops = [shown.nth(index).bounding_box()["y"] for index in range(20)]
    assert all(below - above >= 15 for above, below in itertools.pairwise(tops))
    picture = screenshot(output)
    assert colour_share(picture, "#f59322", tolerance=60) > 0.001
    assert colour_share(picture, "#0877bd", tolerance=60) > 0.001

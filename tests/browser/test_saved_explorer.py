"""The committed lesson with the explorer, opened but not run: a picture and a table, or the linked widgets."""

import nbclient
import nbformat
import pytest
from playwright.sync_api import expect

from .jupyter import execute, write_notebook
from .page import rest, rest_with_figures
from .picture import changed_share, colour_share, screenshot

pytestmark = pytest.mark.slow

ALONE = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, nbviz, numpy as np
keras.utils.set_random_seed(1)
x = np.random.default_rng(1).normal(size=(60, 3)).astype("float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(6, activation="relu"), keras.layers.Dense(2)])
names = {"feature_names": ["humidity", "light", "warmth"], "class_names": ["healthy", "wilted"]}
diagram = nbviz.NetworkDiagram(model, x, **names)
matrix = nbviz.ImportanceMatrix(nbviz.importance(model, x, **names))
"""


@pytest.fixture
def lesson(notebook, project):
    """The lesson in JupyterLab, without trust."""
    page = notebook(project / "notebooks" / "02_explore_a_model.ipynb")
    page.set_viewport_size({"width": 1600, "height": 1500})
    return page


def _trust(page):
    """Open the notebook again, trusted; no cell of it runs, and what is shown comes from the file alone."""
    name = page.url.split("?")[0].rsplit("/", 1)[1]
    execute(page, f"import subprocess, sys; subprocess.run([sys.executable, '-m', 'jupyter', 'trust', {name!r}])")
    page.reload()


@pytest.fixture
def trusted(lesson):
    """The lesson, trusted."""
    _trust(lesson)
    lesson.locator(".nbviz-explorer .nbviz-network canvas").first.wait_for()
    lesson.locator(".nbviz-explorer").evaluate("explorer => explorer.scrollIntoView({ block: 'start' })")
    lesson.locator(".nbviz-explorer .nbviz-fall svg rect, .nbviz-explorer .nbviz-fall .label").first.wait_for()
    rest_with_figures(lesson)
    return lesson


def _cell(page, row, column):
    return page.locator(".nbviz-importance-matrix [role=row]", has_text=row).locator("[role=gridcell]").nth(column)


def test_without_trust_a_picture_and_the_table_are_shown(lesson, screenshots):
    picture = lesson.locator(".jp-OutputArea-output img[alt='Network diagram']")
    picture.wait_for()
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    lesson.screenshot(path=screenshots / "saved_explorer_untrusted.png")
    assert colour_share(screenshot(picture), "#f59322", tolerance=60) > 0.0005
    assert colour_share(screenshot(picture), "#0877bd", tolerance=60) > 0.0005
    table = lesson.locator(".jp-OutputArea-output:has(img) table")
    assert {"benign", "malignant"} <= set(table.locator("thead th").all_inner_texts())
    first = table.locator("tbody tr", has_text="worst texture")
    assert first.count() == 1
    assert "0.09" in first.inner_text()
    assert lesson.locator(".nbviz-explorer").count() == 0


def test_with_trust_the_explorer_fills_its_cell_and_draws(trusted, screenshots):
    trusted.screenshot(path=screenshots / "saved_explorer_trusted.png")
    explorer = trusted.locator(".nbviz-explorer").bounding_box()
    diagram = trusted.locator(".nbviz-network").bounding_box()
    matrix = trusted.locator(".nbviz-importance-matrix").bounding_box()
    assert diagram["x"] - explorer["x"] < 4
    assert abs(diagram["width"] + matrix["width"] - explorer["width"]) < 8
    picture = screenshot(trusted.locator(".nbviz-network"))
    assert colour_share(picture, "#f59322", tolerance=60) > 0.0005
    assert colour_share(picture, "#0877bd", tolerance=60) > 0.0005
    # The staircase and the confusion matrix come from the file as well.
    assert trusted.locator(".nbviz-explorer .nbviz-fall svg").first.is_visible()
    assert trusted.locator(".nbviz-explorer .nbviz-confusion").first.is_visible()


def test_with_trust_matrix_and_diagram_are_linked(trusted, screenshots):
    diagram = trusted.locator(".nbviz-network")
    before = screenshot(diagram)
    _cell(trusted, "worst radius", 0).click()
    diagram.locator(".nbviz-status", has_text="worst radius → benign").wait_for()
    rest(trusted)
    after = screenshot(diagram)
    trusted.screenshot(path=screenshots / "saved_explorer_linked.png")
    assert changed_share(before, after) > 0.02

    # The reverse: a node of the picture selects its row.
    node = diagram.locator("[role=treeitem]").first.bounding_box()
    trusted.mouse.click(node["x"] + node["width"] / 2, node["y"] + node["height"] / 2)
    diagram.locator(".nbviz-status", has_text="mean radius → benign").wait_for()
    expect(_cell(trusted, "mean radius", 0)).to_have_attribute("aria-selected", "true")
    rest(trusted)
    assert changed_share(after, screenshot(diagram)) > 0.02


def test_with_trust_the_rows_of_a_hidden_layer_are_at_hand(trusted):
    menu = trusted.locator(".nbviz-importance-matrix select").first
    menu.select_option("hidden_2")
    _cell(trusted, "14", 0).wait_for()
    _cell(trusted, "14", 0).click()
    trusted.locator(".nbviz-network .nbviz-status", has_text="unit 14").wait_for()


def test_diagram_and_matrix_alone_are_saved_as_well(notebook, tmp_path, screenshots):
    path = tmp_path / "alone.ipynb"
    write_notebook(path, [ALONE, "diagram", "matrix"])
    run = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(run, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    nbformat.write(run, path)

    page = notebook(path)
    page.locator("img[alt='Network diagram']").wait_for()
    table = page.locator(".jp-OutputArea-output table", has_text="humidity")
    assert {"healthy", "wilted"} <= set(table.locator("thead th").all_inner_texts())
    assert page.locator("canvas").count() == 0

    _trust(page)
    diagram = page.locator(".nbviz-network")
    diagram.locator("canvas").first.wait_for()
    rest(page)
    page.screenshot(path=screenshots / "saved_alone.png")
    assert colour_share(screenshot(diagram), "#f59322", tolerance=60) > 0.0005
    _cell(page, "light", 1).click()
    expect(_cell(page, "light", 1)).to_have_attribute("aria-selected", "true")

"""Diagram and matrix in front ends other than JupyterLab: both draw, and a cell of the matrix can be clicked."""

import re
import sys
import textwrap

import pytest
from playwright.sync_api import expect

from .jupyter import cell_errors, jupyter_lab, open_notebook, own_settings, run_all, wait_until_run, write_notebook
from .page import settle, wait_until
from .picture import changed_share, colour_share, screenshot
from .server import free_port, running

pytestmark = pytest.mark.slow

VIEWS = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, nbviz, numpy as np
keras.utils.set_random_seed(1)
x = np.random.default_rng(1).normal(size=(60, 4)).astype("float32")
model = keras.Sequential([
    keras.Input((4,), name="plant"),
    keras.layers.Dense(6, activation="relu"),
    keras.layers.Dense(3, activation="softmax"),
])
names = {"feature_names": ["humidity", "light", "moisture", "warmth"], "class_names": ["healthy", "mildew", "wilted"]}
diagram = nbviz.NetworkDiagram(model, x, **names)
matrix = nbviz.ImportanceMatrix(nbviz.importance(model, x, **names))
"""
# Notebook 7 asks for the settings of a plugin that it has not.
NOTEBOOKS_OWN = r"reading 'schema'"
# Voila takes icons and MathJax from the network, which a test has not, and loads an extension made for Notebook 7.
VOILAS_OWN = r"https://cdn\.|/voila/labextensions/@jupyter-notebook/"
LINK = """
import ipywidgets
links = [ipywidgets.jslink((diagram, name), (matrix, name)) for name in ("selected_unit", "selected_class")]
"""


def _rests(page, view):
    """Wait until a view rests, in the page itself or in a shadow tree."""
    for _ in range(3):
        expect(view).to_have_attribute("data-resting", "true")
        settle(page)


def _is_drawn(page):
    """The diagram, once it is on the canvas."""
    diagram = page.locator(".nbviz-network")
    diagram.locator("canvas").first.wait_for(timeout=180_000)
    diagram.scroll_into_view_if_needed()
    _rests(page, diagram)
    picture = screenshot(diagram)
    assert colour_share(picture, "#f59322", tolerance=60) > 0.0005
    assert colour_share(picture, "#0877bd", tolerance=60) > 0.0005
    return diagram


def _click_cell(page):
    """Click (light, mildew) of the matrix and see it selected."""
    matrix = page.locator(".nbviz-importance-matrix")
    matrix.scroll_into_view_if_needed()
    cell = matrix.locator("[role=row]", has_text="light").locator("[role=gridcell]").nth(1)
    _rests(page, matrix)
    before = screenshot(matrix)
    assert cell.get_attribute("aria-selected") != "true"
    cell.click()
    matrix.locator("[role=gridcell][aria-selected=true]").first.wait_for()
    assert cell.get_attribute("aria-selected") == "true"
    _rests(page, matrix)
    assert changed_share(before, screenshot(matrix)) > 0.001


def _leads_the_diagram(page, diagram):
    """A click on the matrix changes the linked diagram."""
    before = screenshot(diagram)
    _click_cell(page)
    wait_until(page, lambda: changed_share(before, screenshot(diagram)) > 0.005)


def _leave(page, problems, own=None):
    """Close the page before its server, and drop what is the front end's own trouble, with or without nbviz."""
    page.goto("about:blank")
    problems.texts[:] = [text for text in problems.texts if own is None or not re.search(own, text)]


def test_notebook_7(page, problems, tmp_path, screenshots):
    write_notebook(tmp_path / "reach.ipynb", [VIEWS + LINK, "diagram", "matrix"])
    page.set_viewport_size({"width": 1200, "height": 1500})
    with jupyter_lab(tmp_path, app="notebook") as server:
        open_notebook(page, server, "reach.ipynb")
        run_all(page)
        wait_until_run(page)
        diagram = _is_drawn(page)
        _leads_the_diagram(page, diagram)
        page.screenshot(path=screenshots / "reach_notebook_7.png")
        assert cell_errors(page) == []
        _leave(page, problems, NOTEBOOKS_OWN)


def test_voila(page, problems, tmp_path, screenshots):
    write_notebook(tmp_path / "reach.ipynb", [VIEWS + LINK, "diagram", "matrix"])
    page.set_viewport_size({"width": 1200, "height": 1500})
    port, state = free_port(), tmp_path / "state"
    state.mkdir()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "voila", "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", "--token="]
    # Its root page is a list of the notebooks; a notebook's page runs it.
    with running(command, address, environment=own_settings(state), folder=tmp_path, log=state / "log"):
        page.goto(f"{address}/voila/render/reach.ipynb", timeout=180_000)
        diagram = _is_drawn(page)
        _leads_the_diagram(page, diagram)
        page.screenshot(path=screenshots / "reach_voila.png")
        assert page.get_by_text("Traceback").count() == 0
        _leave(page, problems, VOILAS_OWN)


def test_marimo(page, problems, tmp_path, screenshots):
    cell = textwrap.indent(f"{VIEWS}\nreturn diagram, matrix", "    ")
    app = f"import marimo\n\napp = marimo.App()\n\n\n@app.cell\ndef _():\n{cell}\n\n\n"
    for name in ("diagram", "matrix"):
        app += f"@app.cell\ndef _({name}):\n    {name}\n    return\n\n\n"
    (tmp_path / "reach.py").write_text(app)
    page.set_viewport_size({"width": 1200, "height": 1500})
    port, home = free_port(), tmp_path / "home"
    home.mkdir()
    own = {f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "marimo", "run", "reach.py", "--headless", f"--port={port}", "--no-token"]
    with running(command, address, environment=own, folder=tmp_path, log=home / "log"):
        page.goto(address, timeout=180_000)
        _is_drawn(page)
        _click_cell(page)
        page.screenshot(path=screenshots / "reach_marimo.png")
        assert page.get_by_text("Traceback").count() == 0
        _leave(page, problems)

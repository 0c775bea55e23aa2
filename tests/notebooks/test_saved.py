"""What the committed notebooks carry, for readers who run nothing."""

import json
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(Path(__file__).parents[2].joinpath("notebooks").glob("*.ipynb"))
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
MOST_BYTES = 4_000_000


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def saved(request):
    return nbformat.read(request.param, as_version=4)


def _outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_every_code_cell_was_run_in_order_and_none_failed(saved):
    counts = [cell.execution_count for cell in saved.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert not [output for output in _outputs(saved) if output.output_type == "error" or output.get("name") == "stderr"]


def test_widgets_have_a_picture_beside_their_view_and_all_of_their_state(saved):
    shown = [output.data for output in _outputs(saved) if VIEW in output.get("data", {})]
    if not shown:
        assert "widgets" not in saved.metadata
        return
    state = saved.metadata.widgets[STATE]["state"]
    for data in shown:
        assert data[VIEW]["model_id"] in state
        assert "<img " in data["text/html"]
    # Every model that another one refers to is there: a missing one is a hole in the page.
    referred = set(re.findall(r'"IPY_MODEL_([0-9a-f]+)"', json.dumps(state)))
    assert referred <= set(state)


def test_the_explorers_have_the_importance_table_too(saved):
    explorers = [
        output.data["text/html"]
        for output in _outputs(saved)
        if output.get("data", {}).get("text/plain", "").startswith("ModelExplorer(")
    ]
    assert all("<img " in html and "<table" in html for html in explorers)
    assert len(explorers) == sum("nbviz.explore(" in cell.source for cell in saved.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_file_is_small(path):
    assert path.stat().st_size < MOST_BYTES

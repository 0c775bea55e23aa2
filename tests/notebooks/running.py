"""Runs a lesson as a reader would."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def run(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Run all cells; an error in one of them, or a warning, fails."""
    nbformat.validate(notebook)
    # The kernel starts in notebooks/, where a person's would, and so meets the installed nbviz.
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOKS)}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output.text for output in outputs if output.get("name") == "stderr" and "Warning" in output.text]
    return notebook

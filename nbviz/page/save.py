"""`save_html`: a widget as one HTML file."""

from __future__ import annotations

import os
from pathlib import Path

from ipywidgets import DOMWidget

from nbviz.page.document import document
from nbviz.page.inlined import inlined
from nbviz.page.state import page_state
from nbviz.page.writing import whole_file, writable


def save_html(widget: DOMWidget, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
    """Save a widget as one self-contained HTML file that works without a kernel and without a network.

    What links views in the browser goes on working: hover, selection, `ipywidgets.jslink`. A `ModelExplorer` also
    takes along what it shows for each sample. Nothing else of the kernel is in the file, and the live widget stays
    as it is.

    Args:
        widget: Any widget that can be displayed: a `NetworkDiagram`, a `ModelExplorer`, a bqplot `Figure`, a box.
        path: The file to write; an existing one is replaced once the new one is complete.
        title: Title of the page, by default "nbviz".

    Returns:
        The absolute path of the file.

    Raises:
        TypeError: Not a widget that can be displayed, or not a path.
        ValueError: The widget is closed.
        FileNotFoundError: The folder does not exist, or the code of a widget is not installed.
        OSError: The file cannot be written.
    """
    if not isinstance(widget, DOMWidget):
        raise TypeError(
            f"Expected a widget that can be displayed. Received {type(widget).__name__}; "
            "make one with nbviz.explore(model, x) or nbviz.NetworkDiagram(model)."
        )
    if widget.comm is None:
        raise ValueError(f"Expected a live widget. Received a closed {type(widget).__name__}; make it anew.")
    target = writable(path)
    state = page_state(widget)
    page = document("nbviz" if title is None else str(title), state, inlined(state.models))
    with whole_file(target) as part:
        # Not the system's line ends: the page's policy holds for its scripts as they are.
        part.write_text(page, "utf-8", newline="\n")
    return target

"""Widgets for the tests of pages, and a reader of the pages."""

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from ipywidgets import VBox

from nbviz.page.content import PageContent

ESM = """export default { render({ model, el }) {
  const show = () => { el.textContent = `sample ${model.get("selected_sample")}`; };
  model.on("change:selected_sample", show);
  show();
} };"""


class Driver(anywidget.AnyWidget):
    """A widget of nothing but a sample."""

    _esm = traitlets.Unicode(ESM).tag(sync=True)
    selected_sample = traitlets.Int(None, allow_none=True).tag(sync=True)
    data = traitlets.Bytes(b"live").tag(sync=True)


class Box(VBox):
    """A box that says what its page shows."""

    def __init__(self, children: Any, content: PageContent) -> None:
        """Children of the box, and its content."""
        super().__init__(children)
        self._content = content

    def page_content(self) -> PageContent:
        """What it was given."""
        return self._content


def scripts(path: Path, kind: str) -> list[str]:
    """The contents of a page's scripts of a type."""
    return re.findall(rf'<script type="{re.escape(kind)}"[^>]*>(.*?)</script>', path.read_text("utf-8"), re.DOTALL)


def unpacked(path: Path, part: str) -> bytes:
    """What a page carries compressed: its "code", "state" or "moments"."""
    (text,) = scripts(path, f"application/vnd.nbviz.{part}")
    return gzip.decompress(base64.b64decode(text, validate=True))


def code(path: Path) -> dict[str, Any]:
    """The styles and scripts of a page."""
    found: dict[str, Any] = json.loads(unpacked(path, "code"))
    return found


def saved_models(path: Path) -> dict[str, Any]:
    """The saved state of each model in a page, by id."""
    state: dict[str, Any] = json.loads(unpacked(path, "state"))["state"]
    return state


def packed(path: Path) -> tuple[dict[str, Any], bytes]:
    """The moments of a page: header and binary parts."""
    data = unpacked(path, "moments")
    length = int.from_bytes(data[:4], "little")
    return json.loads(data[4 : 4 + length]), data[4 + length :]


def whole_text(path: Path) -> str:
    """All that stands in a page, what is compressed too."""
    text = path.read_text("utf-8")
    parts = [part for part in ("code", "state", "moments") if scripts(path, f"application/vnd.nbviz.{part}")]
    return "\n".join([text, *(unpacked(path, part).decode("utf-8", "replace") for part in parts)])


def moment(path: Path, sample: str) -> dict[str, dict[str, Any]]:
    """What a page shows for a sample: model id -> trait -> JSON, or bytes where the value is binary."""
    header, parts = packed(path)
    found: dict[str, dict[str, Any]] = {}
    for identity, traits in header["followers"][0]["moments"][sample].items():
        for trait, index in traits.items():
            value = header["values"][index]
            whole = [parts[start : start + size] for where, start, size in value["buffers"] if not where]
            found.setdefault(identity, {})[trait] = whole[0] if whole else value["json"]
    return found

"""The built code of the views, held by a kernel once for all of its widgets."""

from __future__ import annotations

import threading

import ipywidgets
import traitlets

from nbviz.page.bundle import built_file
from nbviz.page.packing import packed


def _packed(text: str, _widget: object) -> str:
    return packed(text.encode()) if text else ""


class CodeFile(ipywidgets.Widget):
    """A file of the views' code: a model without a view, which widgets and other files refer to.

    Notebooks and pages save it along with what refers to it, so that each file is in them once. Source and style go to
    the browser packed, see `nbviz.page.packing`.

    Attributes:
        source: JavaScript, a module.
        style: CSS that goes with it; `""` without.
        imports: What the source imports -> the file that this is.
    """

    source = traitlets.Unicode().tag(sync=True, to_json=_packed)
    style = traitlets.Unicode().tag(sync=True, to_json=_packed)
    imports = traitlets.Dict().tag(sync=True, **ipywidgets.widget_serialization)

    def close(self) -> None:
        """Does nothing: all widgets of the kernel need their code, whoever tidies up widgets that nobody shows."""

    def files(self) -> dict[str, CodeFile]:
        """This file and all that it imports, by their ids."""
        found = {self.model_id: self}
        for file in self.imports.values():
            found |= file.files()
        return found


_files: dict[str, CodeFile] = {}
_making = threading.RLock()


def code_file(name: str) -> CodeFile:
    """The file of this name, made at its first use.

    Raises:
        FileNotFoundError: The front end has not been built.
    """
    with _making:
        known = _files.get(name)
        if known is None:
            built = built_file(name)
            known = _files[name] = CodeFile(
                source=built.source,
                style=built.style,
                imports={f"./{other}": code_file(other) for other in built.imports},
            )
        return known

"""The base of all widgets: their code in the browser, the greeting of a live kernel, the picture that is saved."""

from __future__ import annotations

from typing import Any, ClassVar

import anywidget
import traitlets

from nbviz.page.bundle import bundle


class SavedPicture:
    """A widget that a notebook shows without a kernel and without trust, as plain HTML; goes before the widget class.

    What has no picture of its own at the moment gives None.
    """

    def picture_html(self) -> str | None:
        """The picture as HTML without scripts; text of the user's is in it as text."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            picture = self.picture_html()
            if picture is not None:
                data["text/html"] = picture
            data["text/plain"] = repr(self)
        return bundle


class View(anywidget.AnyWidget):
    """A widget with code of ours in the browser."""

    # traits with a value of their own, so that saved notebooks and pages keep it
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    _view_folder: ClassVar[str]  # of the front end's src/widgets

    def __init__(self, **given: Any) -> None:
        """Traits as given."""
        super().__init__(**bundle(self._view_folder), **given)
        self.on_msg(self._receive)

    def _receive(self, _widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        # A view asks whether anybody is there: what needs the kernel is greyed out until then.
        if content.get("type") == "hello":
            self.send({"type": "alive"})
        else:
            self._answer(content, buffers)

    def _answer(self, content: dict[str, Any], buffers: list[Any]) -> None:
        """Take a message of the browser; any page may have sent it."""

"""The base of all widgets: their code in the browser, the greeting of a live kernel, the picture that is saved."""

from __future__ import annotations

import contextlib
import inspect
import threading
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

import anywidget
import ipywidgets
import traitlets

from nbviz.page.bundle import loader
from nbviz.widgets.code_file import CodeFile, code_file
from nbviz.widgets.owner import Owner


class SavedPicture:
    """A widget that a notebook shows without kernel or trust, as plain HTML; goes before the class of the widget."""

    def picture_html(self) -> str:
        """The picture as HTML without scripts; text of the user's is in it as text."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/html"] = self.picture_html()
            data["text/plain"] = repr(self)
        return bundle


class _OpenedWhole(type(anywidget.AnyWidget)):  # type: ignore[misc]
    """Has a widget told to the browser after its constructor, not within.

    So all that a constructor sets is in the first message, and the picture depends on no later one: a front end may
    lose those.
    """

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of the constructor, which help and completion would not see behind `__call__`."""
        own = inspect.signature(cls.__init__)  # type: ignore[misc]
        return own.replace(parameters=list(own.parameters.values())[1:])

    def __call__(cls, *given: Any, **named: Any) -> Any:
        widget = super().__call__(*given, **named)
        widget._is_whole = True
        widget.open()
        return widget


class View(Owner, anywidget.AnyWidget, metaclass=_OpenedWhole):
    """A widget with code of ours in the browser."""

    # A trait with a value of its own, not its default, so that saved notebooks and pages keep it.
    _esm = traitlets.Unicode().tag(sync=True)
    _code = traitlets.Instance(CodeFile).tag(sync=True, **ipywidgets.widget_serialization)
    # By which the code in the browser finds the whole of its model.
    _own_id = traitlets.Unicode().tag(sync=True)
    _view_folder: ClassVar[str]  # of the front end's src/widgets
    _is_whole = False

    def __init__(self, **given: Any) -> None:
        """Traits as given."""
        own_id = uuid.uuid4().hex
        code = code_file(f"{self._view_folder}.js")
        super().__init__(model_id=own_id, _own_id=own_id, _esm=loader(), _code=code, **given)
        self.on_msg(self._receive)

    @contextlib.contextmanager
    def hold_sync(self) -> Iterator[None]:
        """Send what is set inside at the end, together; whatever other threads set meanwhile as well.

        ipywidgets reads the names of what was set while it sends: another thread that sets something then ends it in an
        error, or has its own forgotten.
        """
        if self._holding_sync:  # type: ignore[has-type]
            yield
            return
        self._holding_sync = True
        try:
            yield
        finally:
            with self._names_lock:
                self._holding_sync = False
                names = set(self._states_to_send)
                self._states_to_send.clear()
            self.send_state(names)

    def _should_send_property(self, key: str, value: Any) -> bool:
        with self._names_lock:
            return bool(super()._should_send_property(key, value))

    @property
    def _names_lock(self) -> threading.RLock:
        # Asked for before any constructor of ours runs.
        lock: threading.RLock = self.__dict__.setdefault("_own_names_lock", threading.RLock())
        return lock

    def open(self) -> None:
        """Tell the browser of the widget, once that is whole."""
        if self._is_whole:
            super().open()
            self.own_parts()

    def _receive(self, _widget: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        # Each message is answered before anything is done about it: a view says when nobody is there.
        self.send({"type": "alive"})
        kind = content.get("type")
        if kind == "code":  # of a front end that does not hand widgets to one another
            files = {
                key: {
                    **file.get_state(["source", "style"]),
                    "imports": {name: other.model_id for name, other in file.imports.items()},
                }
                for key, file in self._code.files().items()
            }
            self.send({"type": "code", "entry": self._code.model_id, "files": files})
        elif kind != "hello":
            self._answer(content, buffers)

    def _answer(self, content: dict[str, Any], buffers: list[Any]) -> None:
        """Take a message of the browser; any page may have sent it."""

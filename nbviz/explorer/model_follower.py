"""`ModelFollower`: keeps all panels of an explorer of one and the same model, the live one."""

from __future__ import annotations

import contextlib
import time
import weakref
from collections.abc import Callable
from typing import Any

from nbviz.explorer.cell_runs import after_each_cell
from nbviz.explorer.model_version import model_version
from nbviz.explorer.panels import Panels
from nbviz.style.numbers import grouped
from nbviz.widgets.owner import ClosedError
from nbviz.widgets.scheduling.background_worker import Check, Worker


class ModelFollower:
    """The one place that tells when the model has changed, whoever changed it, and brings every panel up to it.

    Whatever reads the model anew (a frame of the diagram, a slider, maps of another layer), every jump of a training,
    and every cell that has run makes it look at the weights. Where they are others than the panels were made of, all
    of them are made anew in the background. While the model trains they rest, and `words` say of when they are.
    """

    def __init__(self, panels: Panels, tell: Callable[[str], None], reworded: Callable[[], None]) -> None:
        """Begin to follow.

        Args:
            panels: What is kept of the live model.
            tell: Given what went wrong in the background.
            reworded: Called when `words` have changed.
        """
        self._panels, self._reworded = panels, reworded
        self._model = panels.data.model
        self._made_of: bytes | None = model_version(self._model)  # what the panels show; None for what no model was
        self._step = self._recorded_step
        self._behind = False  # whether the model trains, so that the panels are of an earlier one
        self._looks_back = False  # whether the timeline shows a recorded moment
        self._again = True  # whether another attempt is worth while
        self._worker = Worker(lambda _kind, error: tell(f"The explorer could not follow the model: {error}"))
        self._ends = [after_each_cell(self.look)]
        panels.tables.outdated = self._make_anew
        panels.diagram.observe(lambda _: self.look(), "frame")
        panels.diagram.observe(self._timeline_moved, "shown_frame")
        panels.tabs.observe(lambda _: self.look(), "selected_index")
        panels.matrix.observe(lambda _: self.look(), "method")
        self.watch_sliders()
        for part, names in (
            (panels.maps, ["layer", "overlay", "selected_class"]),
            (panels.kernels, ["layer"]),
        ):
            if part is not None:
                part.observe(lambda _: self.look(), names)
        if panels.training is not None:
            panels.training.trainer.observe(lambda _: self.look(), "status")
            panels.training.trainer.observe(self._previewed, "state")
            self._ends.append(panels.training.recording.listen(_weakly(self._recorded)))

    def begin(self) -> None:
        """Work out in the background what nobody sees at first."""
        if self._panels.layers.maps is not None:
            self._worker.submit("layers", self._show_layers)

    def watch_sliders(self) -> None:
        """Look whenever the sliders ask the model; said anew when there are others."""
        if self._panels.what_if is not None:
            self._panels.what_if.observe(lambda _: self.look(), ["row", "feature"])

    def rest(self) -> None:
        """Wait until nothing is brought up to date."""
        self._panels.tables.give_up()
        self._worker.wait()

    @property
    def words(self) -> str:
        """Of when the panels are, while they are not all of the live model; empty when they are."""
        return self.words_of(self._looks_back)

    def words_of(self, looks_back: bool) -> str:
        """The same where the timeline shows a recorded moment, or the live model."""
        if looks_back:
            return "network and table are of an earlier step, all else of the live model"
        if not self._behind:
            return ""
        at = "before the training" if self._panels.training is None else f"step {grouped(self._step)}"
        return f"matrix and samples are of {at}, until it pauses"

    def look(self) -> None:
        """Look whether the model has changed, and follow it, in the background; returns at once."""
        with contextlib.suppress(ClosedError):  # its explorer, or a part of it, has been closed
            if self._is_training:
                self._rest()
            else:
                self._worker.submit("follow", self._follow)

    def update(self) -> None:
        """Make all of it anew, whether or not the model has changed; the tables follow in the background."""
        self._refresh()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all panels are of the live model; answers whether they are.

        Args:
            timeout: Seconds, None for as long as it takes.
        """
        self.look()
        return self.settle(timeout)

    def settle(self, timeout: float | None = None) -> bool:
        """The same of what is under way already."""
        end = None if timeout is None else time.monotonic() + timeout

        def left() -> float | None:
            return None if end is None else max(0.0, end - time.monotonic())

        # Twice: the tables may have found that the model has changed meanwhile.
        return all(self._worker.wait(left()) and self._panels.wait(left()) for _ in range(2))

    def settle_features(self) -> None:
        """Wait for the table of the features of the live model; where it trains, that of before stays."""
        self.look()
        for _ in range(2):  # it may have found that the model has changed meanwhile
            self._worker.wait()
            self._panels.tables.wait_for_features()

    def close(self) -> None:
        """Follow no more; when this returns, nothing is under way."""
        for end in self._ends:
            end()
        self._worker.close()

    @property
    def _is_training(self) -> bool:
        panels, training = self._panels, self._panels.training
        if training is not None and (training.trainer.status == "training" or training.recording.training):
            return True
        return panels.diagram.frames.progress.training

    @property
    def _recorded_step(self) -> int:
        return 0 if self._panels.training is None else self._panels.training.recording.step

    def _recorded(self, what: str) -> None:
        if what in ("progress", "cut"):
            self.look()

    def _previewed(self, change: Any) -> None:
        """For a moment the weights were those after an update by one row: what was read meanwhile may be of them."""
        if change.new.get("preview") is not None and not (self._worker.wait(0) and self._panels.tables.wait(0)):
            self._make_anew()

    def _timeline_moved(self, change: Any) -> None:
        looks_back = change.new is not None
        if looks_back != self._looks_back:
            self._looks_back = looks_back
            self._reworded()

    def _make_anew(self) -> None:
        """What the panels show is of no one state of the model."""
        self._made_of = None
        self.look()

    def _rest(self) -> None:
        if not self._behind:
            self._behind = True
            self._panels.tables.give_up()
            self._reworded()

    def _show_layers(self, _check: Check) -> None:
        with contextlib.suppress(ClosedError):
            self._panels.layers.update()

    def _follow(self, _check: Check) -> None:
        with contextlib.suppress(ClosedError):
            if self._is_training:
                self._rest()
            elif self._made_of != model_version(self._model) or self._panels.data.reader.stale:
                self._refresh()
            elif self._behind:
                # It did nothing, or came back: what was given up when it began is still wanted.
                self._behind = False
                self._reworded()
                self._panels.tables.make_anew()

    def _refresh(self) -> None:
        panels = self._panels
        before, version = self._made_of, model_version(self._model)
        panels.tables.give_up()
        panels.update()
        if model_version(self._model) != version:
            # Changed while it was read. Once more; of a fit that goes on unknown to us the end will be told.
            self._made_of = None
            if self._again and not self._is_training:
                self._again = False
                self._worker.submit("follow", self._follow)
            return
        if before != version and self._recorded_step <= self._step:
            panels.show_live()  # it has not trained on, so what the timeline shows is not on its way
        self._made_of, self._step = version, self._recorded_step
        self._behind, self._again = self._is_training, True
        self._reworded()
        panels.tables.make_anew()


def _weakly(method: Callable[[str], None]) -> Callable[[str], None]:
    """The same, without keeping its object alive."""
    held = weakref.WeakMethod(method)

    def call(what: str) -> None:
        alive = held()
        if alive is not None:
            alive(what)

    return call

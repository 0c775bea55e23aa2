"""Brings a recording to a diagram: as a whole when it rests, moment by moment while the model trains."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol, cast

from nbviz.picture.frame import Progress
from nbviz.picture.history_wire import MomentMessage, MomentPlace, MomentWire, history_bytes, moment_wire, unpacked
from nbviz.picture.live_frames import LiveFrames
from nbviz.training.background_thread import start_thread
from nbviz.training.recording.moment import Moment
from nbviz.training.recording.recording import Recording
from nbviz.training.recording.thinning import spread

MOST_MOMENTS = 400  # in the browser: as many as a timeline has room for
MOST_BYTES = 16_000_000
AT_REST = 0.5  # s without a new moment after which the whole history is sent


class HasTimeline(Protocol):
    """A widget with a timeline: a diagram."""

    history: Any
    shown_frame: Any

    @property
    def frames(self) -> LiveFrames:
        """What is drawn of the model."""

    def publish(self, progress: Progress) -> None:
        """Show the present state, and where the training run stands."""

    def send(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Send a message to the browser."""

    def observe(self, handler: Callable[[Any], None], names: str) -> None:
        """Be told of a change of the trait `network`."""

    def unobserve(self, handler: Callable[[Any], None], names: str) -> None:
        """Be told no more."""


class HistorySender:
    """Follows a recording and keeps a diagram's `history` up to date."""

    def __init__(self, diagram: HasTimeline, recording: Recording) -> None:
        """Send what is recorded so far, and follow what comes."""
        # The recording must not keep a diagram alive that nobody shows any more.
        self._diagram = weakref.ref(diagram)
        self._recording = recording
        self._sent: list[int] = []  # steps of the moments that the browser has
        self._remade: dict[tuple[str, int], bytes] = {}  # (layout, id of a moment) -> frame made from its weights
        self._timer: threading.Thread | None = None  # waits for rest
        self._stop_timer = threading.Event()
        self._newest = 0.0  # when the last moment was sent
        self._closed = False
        self._leave: Callable[[], None] = recording.listen(self)
        diagram.observe(self._network_changed, "network")
        self.send_all()

    def close(self) -> None:
        """Follow no more; the diagram's timeline goes."""
        self._closed = True
        self._leave()
        self._stop_waiting()
        diagram = self._diagram()
        if diagram is not None:
            diagram.unobserve(self._network_changed, "network")
            diagram.history = b""
            diagram.shown_frame = None

    def __call__(self, event: str) -> None:
        """Take what the recording tells; see `Recording.listen`."""
        diagram = self._diagram()
        if diagram is None or self._closed:
            self._leave()
        elif event == "moment":
            self._send_newest(diagram)
        elif event in ("thinned", "cut"):
            self.send_all()
        elif event == "progress":
            self.send_all()
            recording = self._recording
            diagram.publish(Progress(recording.training, recording.epoch or None, recording.batch or None))

    def send_all(self) -> None:
        """Set `history` anew."""
        diagram = self._diagram()
        if diagram is None or self._closed:
            return
        with diagram.frames.lock:
            self._stop_waiting()
            moments = self._recording.moments
            layout, version = diagram.frames.layout, diagram.frames.drawing.version
            steps, ranks = [moment.step for moment in moments], self._recording.ranks(moments)
            chosen = [moments[index] for index in spread(steps, _room(layout.stride), ranks)]
            packed = [self._packed(diagram, moment, layout.key, version) for moment in chosen]
            self._sent = [moment.step for moment in chosen]
            diagram.history = history_bytes(
                version,
                layout,
                self._recording.steps_per_epoch,
                [moment for moment, _ in packed],
                [payload for _, payload in packed],
                self._recording.events if chosen else [],
                self._recording.live_step,
            )

    def _send_newest(self, diagram: HasTimeline) -> None:
        moments = self._recording.moments
        with diagram.frames.lock:
            newest = moments[-1]
            layout, version = diagram.frames.layout, diagram.frames.drawing.version
            if not self._sent or newest.step <= self._sent[-1] or len(self._sent) >= _room(layout.stride):
                self.send_all()
                return
            wire, payload = self._packed(diagram, newest, layout.key, version)
            self._sent.append(newest.step)
            message: MomentMessage = {"type": "moment", "moment": wire, "count": len(self._sent)}
            diagram.send(cast(dict[str, Any], message), buffers=[payload])
            self._wait_for_rest()

    def _packed(self, diagram: HasTimeline, moment: Moment, key: str, version: int) -> tuple[MomentWire, bytes]:
        frame = moment.frame
        found, header, payload = unpacked(frame)
        if found != key:
            # Of other units than are drawn now: the weights are known, what flowed then is not.
            place = key, id(moment)
            if place not in self._remade:
                progress = Progress(False, moment.epoch or None, moment.batch or None)
                kernels = moment.state.drawn_kernels(diagram.frames.model)
                self._remade[place] = diagram.frames.of_weights(kernels, progress)
            _, header, payload = unpacked(self._remade[place])
        at = MomentPlace(moment.step, moment.epoch, moment.batch, self._recording.steps_per_epoch)
        return moment_wire(header, version, at, moment.metrics), payload

    def _network_changed(self, _change: object) -> None:
        self._remade.clear()
        self.send_all()

    def _wait_for_rest(self) -> None:
        self._newest = time.monotonic()
        if self._timer is None:
            self._start_timer(AT_REST)

    def _start_timer(self, seconds: float) -> None:
        time_is_up = weakref.WeakMethod(self._time_is_up)  # a diagram that is dropped, and its recording, need not wait

        stop = self._stop_timer = threading.Event()

        def wait() -> None:
            if stop.wait(seconds):
                return
            still_wanted = time_is_up()
            if still_wanted is not None:
                still_wanted()

        self._timer = start_thread("nbviz history", wait, stop.set)

    def _time_is_up(self) -> None:
        diagram = self._diagram()
        if diagram is None or self._closed:
            return
        with diagram.frames.lock:
            if threading.current_thread() is not self._timer:  # another one was started, or none is wanted
                return
            left = self._newest + AT_REST - time.monotonic()
            if left > 0:
                self._start_timer(left)
            else:
                self.send_all()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._stop_timer.set()
            self._timer = None


def _room(stride: int) -> int:
    """Moments that a browser gets of a network whose frames have so many bytes."""
    return int(min(MOST_MOMENTS, max(2, MOST_BYTES // max(1, stride))))

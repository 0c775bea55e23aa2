"""`TrainingChart`: loss and metrics over the epochs, live, with a cursor that is the timeline."""

from __future__ import annotations

import base64
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets
import traitlets

from nbviz.network.arguments import whole_number
from nbviz.style.numbers import short
from nbviz.style.text import html_text
from nbviz.style.theme import CLASS_COLOURS
from nbviz.training.fault import words_of
from nbviz.widgets.index_trait import Index
from nbviz.widgets.owner import Owner
from nbviz.widgets.scheduling.thread_throttle import ThreadThrottle
from nbviz.widgets.training_charts.metrics.curves import (
    Astray,
    Curve,
    astray,
    is_recording,
    metrics_of,
    named_runs,
    read_curves,
)
from nbviz.widgets.training_charts.metrics.plot import MetricPlot
from nbviz.widgets.training_charts.metrics.svg import draw_curves
from nbviz.widgets.training_charts.time_cursor import TimeCursor, Timing, epoch_words, short_epoch
from nbviz.widgets.view import SavedPicture
from nbviz.widgets.weak_registry import linked

MOST_EVENTS = 8
MOST_PLOTS = 12  # figures: a metric that is a vector has a curve for each of its elements


class TrainingChart(SavedPicture, Owner, ipywidgets.VBox):
    """A figure for the loss and one for each other metric, above one another, on one axis of epochs.

    Train is thin and grey, validation strong; of several runs each has its colour, and train is faint. The numbers at
    the end of the lines tell the moment shown, or where the mouse is. A click goes to a moment, a double click back
    to live; all of that works without a kernel.

    Attributes:
        shown_frame: Step of the moment shown, None for live.
        log: Whether the loss is drawn on a logarithmic axis.
    """

    shown_frame = Index().tag(sync=True)
    log = traitlets.Bool(False).tag(sync=True)
    cursor = traitlets.Instance(TimeCursor).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, runs: Any, *, height: int = 176) -> None:
        """Draw, and go on drawing while a recording grows: at most four times a second.

        Args:
            runs: A `Recording`, what `model.fit` returns (`keras.callbacks.History`), a DataFrame with a row an epoch
                (`epoch`, `loss`, `val_loss`, ...), or a dict of names and these to compare.
            height: Px of the loss; other metrics take four fifths.

        Raises:
            TypeError: Not a run.
            ValueError: An empty dict, or a height below 60.
        """
        whole_number("height", height, 60)
        self._given = named_runs(runs)
        self._height = height
        self._plots: dict[str, MetricPlot] = {}
        self._revision = 0  # of what the cursor is told
        self._suggested = False  # whether the logarithmic axis was chosen for a loss that explodes
        self._lock = threading.RLock()  # another axis is chosen while it draws
        self._words = ipywidgets.HTML()
        self._words.add_class("nbviz-curves-words")
        self._switch = ipywidgets.ToggleButton(False, description="log", tooltip="Logarithmic axis of the loss")
        self._switch.add_class("nbviz-switch")
        head = ipywidgets.HBox([self._words, self._switch])
        head.add_class("nbviz-curves-head")
        self._head = head
        super().__init__([head], cursor=TimeCursor())
        for name in ("nbviz-parts", "nbviz-time", "nbviz-curves"):
            self.add_class(name)
        self._links = [
            linked((self, "shown_frame"), (self.cursor, "shown_frame")),
            linked((self, "log"), (self.cursor, "log")),
            linked((self, "log"), (self._switch, "value")),
        ]
        self.refresh()
        self.observe(lambda _: self.refresh(), "log")
        self._throttle = ThreadThrottle(self._refresh_aside)
        self._endings = [run.listen(_forwarder(self)) for run in self._given.values() if is_recording(run)]
        self.own_parts()

    def refresh(self) -> None:
        """Draw what the runs hold now."""
        with self._lock:
            curves = [curve for name, run in self._given.items() for curve in read_curves(name, run)]
            self._show(curves)

    def picture_html(self) -> str:
        """The curves as an `<img>` element, which a notebook shows without a kernel and without trust."""
        curves = [curve for name, run in self._given.items() for curve in read_curves(name, run)]
        furthest = [float(curve.x[-1]) for curve in curves if len(curve.x)]
        if not furthest:
            return str(self._words.value)
        named = _named(_astray(*next(iter(self._given.items())), curves)) if len(self._given) == 1 else []
        drawn = draw_curves(curves, list(self._given), max(1.0, *furthest), log=self.log, named=named)
        image = base64.b64encode(drawn.encode()).decode()
        return f'<img alt="Training curves" src="data:image/svg+xml;base64,{image}">'

    def __repr__(self) -> str:
        """The runs; no markup."""
        return f"TrainingChart({', '.join(filter(None, self._given))})"

    def _refresh_aside(self) -> None:
        """In a thread, while the user's training goes on: an error is told where the picture is missed."""
        try:
            self.refresh()
        except Exception as error:
            if self.comm is not None:
                words = html_text(f"The curves could not be drawn: {words_of(error)}.")
                self._words.value = f'<span class="nbviz-curves-warning">{words}</span>'

    def _end(self) -> None:
        for end in getattr(self, "_endings", ()):
            end()
        if hasattr(self, "_throttle"):
            self._throttle.close()

    def _show(self, curves: Sequence[Curve]) -> None:
        metrics = (metrics_of(curves) or ["loss"])[:MOST_PLOTS]
        recording = next((run for run in self._given.values() if is_recording(run)), None)
        per_epoch = recording.steps_per_epoch if recording is not None else None
        # Before the length of an epoch is known, no moment has a place on the axis.
        steps = [moment.step for moment in recording.moments] if recording is not None and per_epoch else []
        furthest = [float(curve.x[-1]) for curve in curves if len(curve.x)]
        if steps:
            furthest.append(steps[-1] / per_epoch)
        end = max(1.0, *furthest) if furthest else 1.0
        if len(self._given) == 1 and len(steps) > 1 and end - steps[-1] / per_epoch < 1:
            # One axis with the timeline, which ends at the last moment: a batch or two may be drawn a little later.
            end = max(1.0, steps[-1] / per_epoch)
        events = _events(recording) if len(self._given) == 1 else []
        gone_astray = {name: _astray(name, run, curves) for name, run in self._given.items()}
        named = _named(*gone_astray.values()) if len(self._given) == 1 else []
        known = dict(self._plots)
        for metric in metrics:
            if metric not in known:
                height = self._height if not known else round(self._height * 0.8)
                known[metric] = MetricPlot(metric, list(self._given), height=height, first=not known)
        if not curves and len(known) > 1:
            metrics = list(known)
        for plot in known.values():
            plot.update(curves, end, events or [(epoch, "health") for epoch, _ in named], named)
        if list(known) != list(self._plots):
            for plot in known.values():
                plot.set_last(plot is list(known.values())[-1])
            self._plots = known
            self.children = [self._head, *(plot.figure for plot in known.values())]
            self.own_parts()
        log_possible = known["loss"].log_possible if "loss" in known else False
        if log_possible and not self._suggested and any(one.exploded is not None for one in gone_astray.values()):
            self._suggested = True
            self.log = True  # of a linear axis one would see either the explosion or what was before
        if "loss" in known:
            known["loss"].choose_axis(self.log)
        self._words.value = self._caption(curves, gone_astray)
        self._switch.disabled = not log_possible
        self._revision += 1
        timing: Timing = {
            "revision": self._revision,
            "steps": steps,
            "steps_per_epoch": per_epoch,
            "live": recording.live_step if recording is not None and steps else None,
            "end": end,
            "heights": [plot.heights for plot in known.values()],
            "ridges": [],
            "words": [],
            "shown_words": [],
        }
        places = [dict(plot.place) for plot in known.values()]
        if places != self.cursor.time_plots:
            self.cursor.time_plots = places
        self.cursor.timing = dict(timing)

    def _caption(self, curves: Sequence[Curve], gone_astray: Mapping[str, Astray]) -> str:
        words = []
        if len(self._given) > 1:
            for index, name in enumerate(self._given):
                colour = CLASS_COLOURS[index % len(CLASS_COLOURS)]
                words.append(f'<span class="nbviz-run"><i style="background:{colour}"></i>{html_text(name)}</span>')
            kinds = {curve.kind for curve in curves}
            if {"train", "validation"} <= kinds:
                words.append('<span class="nbviz-part-caption">validation strong, train faint</span>')
        elif any(curve.kind == "earlier" for curve in curves):
            words.append('<span class="nbviz-part-caption">dashed: the way left behind</span>')
        if len(self._given) == 1 and curves:
            words += _where_it_is(next(iter(self._given.values())))
        if not curves:
            words.append(
                '<span class="nbviz-part-caption">No epoch yet: press Train, or fit with the recording&rsquo;s '
                "callback.</span>"
            )
        for name, (exploded, lost) in gone_astray.items():
            whose = f"{name}: loss" if len(self._given) > 1 else "loss"
            told = [] if exploded is None else [f"explodes at epoch {short_epoch(exploded)}"]
            told += [] if lost is None else [f"is not finite since epoch {short_epoch(lost)}"]
            if told:
                said = html_text(f"{whose} {', '.join(told)}")
                words.append(f'<span class="nbviz-curves-warning">{said}</span>')
        words += self._gaps(curves)
        for plot in self._plots.values():
            if plot.beyond is not None and not (self.log and plot.metric == "loss"):
                words.append(
                    f'<span class="nbviz-part-caption">{html_text(plot.metric)} rises to {short(plot.beyond)}, '
                    "beyond the frame</span>"
                )
        return "".join(words)

    def _gaps(self, curves: Sequence[Curve]) -> list[str]:
        """What is not drawn, and why."""
        words = []
        unseen = metrics_of(curves)[MOST_PLOTS:]
        if unseen:
            words.append(f"{len(unseen)} more metrics are in the run&rsquo;s tables")
        for run in filter(is_recording, self._given.values()):
            left_out = getattr(run, "left_out", {})
            words += [html_text(f"{name} is left out: {what}") for name, what in list(left_out.items())[:3]]
        found = [f'<span class="nbviz-part-caption">{caption}</span>' for caption in words]
        faults = [run.fault for run in self._given.values() if is_recording(run) and getattr(run, "fault", None)]
        return found + [f'<span class="nbviz-curves-warning">{html_text(fault)}</span>' for fault in faults]


def _where_it_is(run: Any) -> list[str]:
    """A line where the model was put back, so that the curves go on beyond it."""
    if not is_recording(run) or run.live_step is None:
        return []
    at = epoch_words(run.live_step, run.steps_per_epoch)
    said = f"the model is back at epoch {at}; faded: what came after, kept until it trains on"
    return [f'<span class="nbviz-part-caption">{said}</span>']


def _forwarder(chart: Any) -> Any:
    """Asks a chart to draw; the recording must not keep a chart alive that nobody holds."""
    held = weakref.ref(chart)

    def forward(_: str) -> None:
        alive = held()
        if alive is not None:
            alive._throttle.request()

    return forward


def _events(recording: Any) -> list[tuple[float, str]]:
    """Epochs to mark: the best validation, and where something went wrong first."""
    if recording is None or not recording.steps_per_epoch:
        return []
    events = getattr(recording, "events", None)
    if events is not None:
        return [(event["step"] / recording.steps_per_epoch, event["kind"]) for event in events][:MOST_EVENTS]
    table = recording.metrics
    marked: dict[tuple[float, str], None] = {}
    if "val_loss" in table.columns and len(table) > 2:
        losses = table["val_loss"]
        best = int(losses.fillna(float("inf")).to_numpy().argmin())
        if losses.notna().any() and best < len(table) - 1:
            step = float(table["step"].iloc[best])
            marked[(step / recording.steps_per_epoch, "best")] = None
    for finding in getattr(recording, "findings", []):
        marked[(finding.step / recording.steps_per_epoch, "health")] = None
    return list(marked)[:MOST_EVENTS]


def _astray(name: str, run: Any, curves: Sequence[Curve]) -> Astray:
    """Where a run's loss exploded, and was lost: a recording has seen each batch, a curve may leave some out."""
    found = astray(curves, name)
    seen, per_epoch = getattr(run, "seen", None), getattr(run, "steps_per_epoch", None)
    if seen is None or not per_epoch:
        return found
    lost = [finding.step for finding in seen.findings if finding.layer is None]
    return Astray(
        None if seen.exploded is None else seen.exploded / per_epoch, min(lost) / per_epoch if lost else found.lost
    )


def _named(gone: Astray) -> list[tuple[float, str]]:
    """What is told beside the lines of the curve."""
    told = [(gone.exploded, "explodes"), (gone.lost, "not finite")]
    return [(epoch, words) for epoch, words in told if epoch is not None]

"""Curves of loss and metrics, from whatever a run of training left behind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from nbviz.style.numbers import short
from nbviz.training.log_numbers import log_numbers
from nbviz.training.recording.findings import explodes

MOST_POINTS = 600  # of a line
FEW_EPOCHS = 10  # up to which single batches are drawn
NOT_METRICS = frozenset({"epoch", "step", "batch", "seconds", "learning_rate", "lr", "time"})
Kind = Literal["earlier", "batches", "train", "validation"]
MOST_EARLIER = 2  # ways left behind that are drawn, the newest


@dataclass(frozen=True, eq=False)
class Curve:
    """One line.

    Attributes:
        run: Name of the run.
        metric: `"loss"`, `"accuracy"`, ...
        kind: What it was measured on; `"batches"` is Keras's running mean within the epoch, `"earlier"` a way that
            the run has left: of a validated one the validation.
        x: Epochs done, rising, shape (points,).
        y: Shape (points,); NaN where it is not known, or is NaN.
    """

    run: str
    metric: str
    kind: Kind
    x: np.ndarray
    y: np.ndarray


def named_runs(runs: Any) -> dict[str, Any]:
    """Runs by name; a single one is called "".

    Raises:
        TypeError: Not a run, nor a dict of runs.
        ValueError: An empty dict.
    """
    if isinstance(runs, Mapping):
        if not runs:
            raise ValueError("Expected at least one run. Received an empty dict.")
        for run in runs.values():
            _check(run)
        return {str(name): run for name, run in runs.items()}
    _check(runs)
    return {"": runs}


def is_recording(run: Any) -> bool:
    """Whether a run has moments to go back to."""
    return hasattr(run, "moments") and hasattr(run, "listen")


def read_curves(name: str, run: Any) -> list[Curve]:
    """The curves of one run, the loss first.

    Args:
        name: Of the run.
        run: A `Recording`, a `keras.callbacks.History`, or a DataFrame with a row an epoch; a column `epoch` counts
            from 1, or from 0 as `CSVLogger` writes it.
    """
    if is_recording(run):
        table = run.metrics
        x = _epochs_of_recording(run, table)
        batches = _batch_curves(name, run) if len(table) < FEW_EPOCHS else []
        batches = [*_earlier_curves(name, run), *batches]
    elif isinstance(run, pd.DataFrame):
        table, x, batches = run, _epochs_of_table(run), []
    else:
        (table, x), batches = _table_of_history(run), []
    curves = []
    diverged = (
        ~np.isfinite(pd.to_numeric(table["loss"], errors="coerce").to_numpy(dtype=float)) if "loss" in table else False
    )
    for column in _metric_columns(table):
        metric, kind = _metric_of(column)
        y = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
        # Validation now and then leaves holes; a diverged loss is NaN too, and stays.
        known = ~np.isnan(y) | diverged if kind == "validation" else np.ones(len(y), dtype=bool)
        if known.any():
            curves.append(Curve(name, metric, kind, *thin(x[known], y[known])))
    return [*batches, *curves]


def metrics_of(curves: Sequence[Curve]) -> list[str]:
    """The metrics there are, the loss first, then in order of appearance."""
    found = dict.fromkeys(curve.metric for curve in curves)
    return sorted(found, key=lambda metric: metric != "loss")


class Astray(NamedTuple):
    """Where a run's loss left the rails.

    Attributes:
        exploded: Epochs done when it first exploded, None where it never did.
        lost: Epochs done when it first was no number, None likewise.
    """

    exploded: float | None
    lost: float | None


def astray(curves: Sequence[Curve], run: str) -> Astray:
    """Where the training loss of a run exploded, and was lost."""
    found = [curve for curve in curves if (curve.run, curve.metric) == (run, "loss")]
    found = [curve for curve in found if curve.kind in ("batches", "train") and len(curve.x)]
    known = [curve for curve in found if np.isfinite(curve.y).any()]
    first = min((float(curve.y[np.isfinite(curve.y)][0]) for curve in known), default=math.nan)
    exploded = [x for curve in known for x, y in zip(curve.x, curve.y, strict=True) if explodes(y, first)]
    lost = [x for curve in found for x, y in zip(curve.x, curve.y, strict=True) if not math.isfinite(y)]
    return Astray(*(float(min(places)) if places else None for places in (exploded, lost)))


def thin(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most `most` points of a line: of each stretch the least and the greatest, and both ends.

    Args:
        x: Rising, shape (points,).
        y: Shape (points,).
        most: At least 4.
    """
    if len(x) <= most:
        return x, y
    stretches = np.array_split(np.arange(len(x)), (most - 2) // 2)
    kept = {0, len(x) - 1}
    for stretch in stretches:
        values = y[stretch]
        if np.isnan(values).all():
            kept.add(int(stretch[0]))
            continue
        kept |= {int(stretch[np.nanargmin(values)]), int(stretch[np.nanargmax(values)])}
    order = sorted(kept)
    return x[order], y[order]


def is_share(metric: str, curves: Sequence[Curve]) -> bool:
    """Whether a metric is an accuracy, which is told in per cent."""
    if "acc" not in metric.lower():
        return False
    known = [curve.y[np.isfinite(curve.y)] for curve in curves if curve.metric == metric]
    return all(((y >= 0) & (y <= 1)).all() for y in known)


def title(metric: str, share: bool) -> str:
    """A metric as a heading: `"Accuracy, %"`."""
    words = metric.replace("_", " ").strip() or metric
    return words[:1].upper() + words[1:] + (", %" if share else "")


def value_words(value: float, share: bool) -> str:
    """A value as the end of a line says it: `"0.101"`, `"95.6 %"`; the browser's `valueWords`, digit by digit."""
    if math.isfinite(value) and share:
        return f"{value:.1f} %"
    if math.isfinite(value) and 0.001 <= abs(value) < 10:
        return f"{value:.3f}".replace("-", "−")
    return short(value)


def _check(run: Any) -> None:
    if is_recording(run) or isinstance(run, pd.DataFrame):
        return
    if isinstance(getattr(run, "history", None), Mapping) and hasattr(run, "epoch"):
        return
    raise TypeError(
        "Expected a Recording, what model.fit returns (a History), a DataFrame with a row an epoch, or a dict of "
        f"names and these. Received {type(run).__name__}."
    )


def _table_of_history(run: Any) -> tuple[pd.DataFrame, np.ndarray]:
    """A row for each epoch of what `fit` returns, and epochs done; a validation now and then leaves NaN."""
    length = max((len(values) for values in run.history.values()), default=0)
    epochs = list(run.epoch) if len(run.epoch) == length else list(range(length))
    columns: dict[str, np.ndarray] = {}
    for name, values in run.history.items():
        places = _measured(epochs, len(values))
        for place, value in zip(places, values, strict=False):
            for column, number in log_numbers({name: value}).numbers.items():
                columns.setdefault(column, np.full(length, np.nan))[place] = number
    return pd.DataFrame(columns, index=range(length)), np.asarray(epochs, dtype=float) + 1


def _measured(epochs: Sequence[int], count: int) -> list[int]:
    """At which of the epochs so many values were measured: all, or each nth as `validation_freq=n` has it."""
    for each in range(1, len(epochs) + 1):
        places = [place for place, epoch in enumerate(epochs) if (epoch + 1) % each == 0]
        if len(places) == count:
            return places
    return []


def _metric_columns(table: pd.DataFrame) -> list[str]:
    return [
        column
        for column in map(str, table.columns)
        if column.removeprefix("val_") not in NOT_METRICS and pd.api.types.is_numeric_dtype(table[column])
    ]


def _metric_of(column: str) -> tuple[str, Kind]:
    return (column.removeprefix("val_"), "validation") if column.startswith("val_") else (column, "train")


def _epochs_of_table(table: pd.DataFrame) -> np.ndarray:
    if "epoch" not in table.columns:
        return np.arange(1.0, len(table) + 1)
    epochs: np.ndarray = pd.to_numeric(table["epoch"]).to_numpy(dtype=float)
    return epochs + 1 if len(epochs) and epochs[0] == 0 else epochs


def _epochs_of_recording(run: Any, table: pd.DataFrame) -> np.ndarray:
    if run.steps_per_epoch and "step" in table.columns:
        done: np.ndarray = table["step"].to_numpy(dtype=float) / run.steps_per_epoch
        return done
    return _epochs_of_table(table)


def _earlier_curves(name: str, run: Any) -> list[Curve]:
    curves = []
    for branch in getattr(run, "branches", ())[-MOST_EARLIER:]:
        table = branch.metrics
        columns = _metric_columns(table)
        x = _epochs_of_recording(run, table)
        for column in columns:
            metric, kind = _metric_of(column)
            y = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
            known = np.isfinite(y)
            if known.any() and (kind == "validation" or f"val_{metric}" not in columns):
                curves.append(Curve(name, metric, "earlier", *thin(x[known], y[known])))
    return curves


def _batch_curves(name: str, run: Any) -> list[Curve]:
    table = run.batch_metrics
    if not run.steps_per_epoch or not len(table):
        return []
    x = table["step"].to_numpy(dtype=float) / run.steps_per_epoch
    return [
        Curve(name, column, "batches", *thin(x, table[column].to_numpy(dtype=float)))
        for column in _metric_columns(table)
        if not column.startswith("val_")
    ]

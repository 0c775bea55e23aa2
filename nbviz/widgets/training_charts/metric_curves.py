"""Curves of loss and metrics, from whatever a run of training left behind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from nbviz.style.numbers import short

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
        table, batches = pd.DataFrame(run.history), []
        epochs = np.asarray(run.epoch, dtype=float)
        x = epochs + 1 if len(epochs) == len(table) else np.arange(1.0, len(table) + 1)
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


def limits(values: np.ndarray, first: float, *, share: bool) -> tuple[float, float, list[float]]:
    """Least and greatest height of a linear axis, and its ticks; values far above where training began are cut off.

    Args:
        values: All heights; only finite ones count.
        first: The greatest value any line begins with; NaN to cut nothing off.
        share: Whether they are per cent.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0, [0.0, 0.5, 1.0]
    low, high = float(known.min()), float(known.max())
    if math.isfinite(first) and first > 0 and high > 4 * first:
        high = 2 * first
    if low > 0 and low < 0.4 * high and not share:
        low = 0.0
    if high - low < 1e-9 * max(1.0, abs(high)):
        air = abs(high) * 0.1 or 1.0
        low, high = low - air, high + air
    step = _nice((high - low) / 4)
    bottom, top = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    if share:
        bottom, top = max(bottom, 0), min(top, math.ceil(100 / step))
    ticks = [index * step for index in range(bottom, top + 1)]
    return ticks[0], min(ticks[-1], 100.0) if share else ticks[-1], ticks


def log_limits(values: np.ndarray) -> tuple[float, float, list[float]] | None:
    """The same for a logarithmic axis; None without a positive value."""
    known = values[np.isfinite(values) & (values > 0)]
    if not known.size:
        return None
    low, high = math.log10(float(known.min())), math.log10(float(known.max()))
    if high - low < 0.05:
        low, high = low - 0.15, high + 0.15
    whole = range(math.floor(low), math.ceil(high) + 1)
    if high - low <= 2.2:
        ticks = [figure * 10.0**power for power in whole for figure in (1, 2, 5)]
        ticks = [tick for tick in ticks if low - 0.02 <= math.log10(tick) <= high + 0.02]
    else:
        ticks = [10.0**power for power in whole[:: max(1, math.ceil(len(whole) / 6))]]
    air = 0.04 * (high - low)
    return 10 ** (low - air), 10 ** (high + air), ticks


def _nice(rough: float) -> float:
    """The next step of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _check(run: Any) -> None:
    if is_recording(run) or isinstance(run, pd.DataFrame):
        return
    if isinstance(getattr(run, "history", None), Mapping) and hasattr(run, "epoch"):
        return
    raise TypeError(
        "Expected a Recording, what model.fit returns (a History), a DataFrame with a row an epoch, or a dict of "
        f"names and these. Received {type(run).__name__}."
    )


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

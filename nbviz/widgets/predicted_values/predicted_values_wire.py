"""What the chart of predicted against true values sends to the browser.

The numbers travel as bytes beside it, float32, little endian: `rows` and then `others`, each (outputs, 2, count),
predicted before true; NaN where a prediction is not finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from nbviz.style.numbers import grouped
from nbviz.widgets.axis_ticks import tick_labels, ticks
from nbviz.widgets.predicted_values.value_errors import value_errors

AIR = 0.04  # of an axis, beyond the outermost point


class AxisWire(TypedDict):
    """An axis: its ends, and what is written at which value."""

    low: float
    high: float
    ticks: list[float]
    labels: list[str]


class OutputValuesWire(TypedDict):
    """One number that the model predicts."""

    name: str
    captions: list[str]  # how good the predictions are, of the rows and of the others
    values: AxisWire  # of predicted and true ones alike
    errors: AxisWire


class PredictedValuesWire(TypedDict):
    """The rows, and the outputs to choose from."""

    count: int
    names: list[str] | None  # of the rows; None: "sample 32"
    other_count: int  # rows that are drawn behind, and cannot be chosen
    outputs: list[OutputValuesWire]


@dataclass(frozen=True, eq=False)
class OtherRows:
    """Rows that are shown for comparison.

    Attributes:
        words: What they are: `"trained on"`.
        truth: What is true, (rows, outputs).
        predicted: What the model says, (rows, outputs).
    """

    words: str
    truth: np.ndarray
    predicted: np.ndarray


def predicted_values_wire(
    truth: np.ndarray,
    predicted: np.ndarray,
    output_names: Sequence[str],
    *,
    names: Sequence[str] | None = None,
    others: OtherRows | None = None,
) -> tuple[PredictedValuesWire, bytes]:
    """The chart, and the numbers beside it.

    Args:
        truth: What is true, (rows, outputs).
        predicted: What the model says, (rows, outputs).
        output_names: One for each output.
        names: One for each row; None for `"sample 0"` and so on.
        others: Rows that are shown for comparison.

    Raises:
        ValueError: Shapes that do not fit.
    """
    shape = (len(truth), len(output_names))
    if truth.shape != shape or predicted.shape != shape or not len(output_names):
        raise ValueError(
            f"Expected truth and predicted of shape (rows, outputs) with {len(output_names)} outputs. "
            f"Received {truth.shape} and {predicted.shape}."
        )
    parts = [(truth, predicted)] + ([] if others is None else [(others.truth, others.predicted)])
    outputs: list[OutputValuesWire] = []
    for index, name in enumerate(output_names):
        columns = [(true[:, index], given[:, index]) for true, given in parts]
        outputs.append(
            {
                "name": str(name),
                "captions": _captions(columns, others),
                "values": _axis(np.concatenate([part for pair in columns for part in pair])),
                "errors": _axis(np.concatenate([given - true for true, given in columns] + [np.zeros(1)])),
            }
        )
    wire: PredictedValuesWire = {
        "count": shape[0],
        "names": None if names is None else [str(name) for name in names],
        "other_count": 0 if others is None else len(others.truth),
        "outputs": outputs,
    }
    return wire, b"".join(_bytes(true, given) for true, given in parts)


def _captions(columns: Sequence[tuple[np.ndarray, np.ndarray]], others: OtherRows | None) -> list[str]:
    words = [value_errors(true, given).words() for true, given in columns]
    return words if others is None else [words[0], f"hollow, {others.words}: {words[1]}"]


def _bytes(truth: np.ndarray, predicted: np.ndarray) -> bytes:
    both = np.stack([np.where(np.isfinite(predicted), predicted, np.nan), truth]).astype("<f4")
    return np.ascontiguousarray(np.moveaxis(both, -1, 0)).tobytes()


def _axis(values: np.ndarray) -> AxisWire:
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        half = abs(high) / 2 or 0.5
        low, high = low - half, high + half
    air = AIR * (high - low)
    low, high = low - air, high + air
    places = ticks(low, high, most=5)
    return {"low": low, "high": high, "ticks": places, "labels": list(tick_labels(places).values())}


def description(wire: PredictedValuesWire) -> str:
    """What is charted, for a repr."""
    return f"{grouped(wire['count'])} rows, {grouped(len(wire['outputs']))} outputs"

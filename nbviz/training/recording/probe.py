"""The fixed rows that each moment of a run is looked at with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.graph import input_specs
from nbviz.network.arguments import whole_number
from nbviz.network.samples import InputSpec, Samples, read_samples
from nbviz.picture.observation import Observation
from nbviz.training.loop.fit_check import has_loss_of_its_own, refuse_gaps_in
from nbviz.training.recording.gradients import rows_of

PROBE_ROWS = 256


@dataclass(frozen=True, eq=False, repr=False)
class Probe:
    """Rows that each moment is looked at with.

    Attributes:
        x: One array (rows, *input shape) for each input.
        y: What the loss compares the answers with, arranged as `fit` takes it; None without.
        rows: (rows,) their indices in the x that was given.
    """

    x: list[np.ndarray]
    y: Any
    rows: np.ndarray

    def __repr__(self) -> str:
        """How many rows; no arrays."""
        return f"Probe({len(self.rows)} rows{'' if self.y is None else ', with y'})"


def draw(model: keras.Model, x: Samples | None, y: Any, shown: Observation | None, seed: int) -> Probe | None:
    """Draw at most 256 rows, which keep their order; None without x.

    Args:
        model: A built model.
        x: Rows as `fit` takes them; None for those shown.
        y: As many rows of what the loss compares the answers with, or None.
        shown: What a diagram of the model looks at, whose columns may have names; None without.
        seed: Of the draw.

    Raises:
        TypeError: Data that are not numbers.
        ValueError: Data that do not fit the model or each other; y without x or without a loss.
    """
    specs: list[InputSpec] = input_specs(model)
    if x is not None:
        arrays = read_samples(x if shown is None else shown.columns.in_order(x, "columns of x"), specs)
    elif shown is not None and shown.x is not None:
        arrays = shown.x
    elif y is not None:
        raise ValueError("Expected x along with y. Received y alone; pass the rows that it belongs to as x.")
    else:
        return None
    whole_number("seed", seed, 0)
    count = len(arrays[0])
    if y is not None and not model.compiled:
        raise ValueError(
            "Expected a compiled model along with y, whose loss the gradients are of. Received one that is not; call "
            "model.compile(optimizer, loss) first, or leave out y."
        )
    rows = np.sort(np.random.default_rng(seed).permutation(count)[:PROBE_ROWS])
    if y is not None:
        answers = rows_of(y, np.arange(count), count)
        if not has_loss_of_its_own(model):
            refuse_gaps_in("y", answers)
        y = keras.tree.map_structure(lambda part: part[rows], answers)
    return Probe([array[rows] for array in arrays], y, rows)

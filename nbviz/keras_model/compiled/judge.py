"""The model's own answer is the judge of what was compiled of it: where the two differ nothing is shown.

A graph may answer otherwise than the layers do when they are called: a layer may decide by Python values that a trace
has only once, or miscount a size that it does not know yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.compiled.function import run_apart, to_numpy
from nbviz.keras_model.graph import arranged, batch_size_of

ROWS = 2  # that are compared: what depends on other rows shows with two
_CLOSE, _CLOSE_IN_HALF = 1e-4, 3e-2  # of the largest value; graphs join operations, which rounds in another order
_SMALL = 1e-2  # what the largest value counts as at least: sums of large terms may be anything near 0

Answer = Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]


def own_answers(model: keras.Model, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What a call of the model in inference mode returns for rows: one array for each output. The model stays as it is.

    Args:
        model: The model.
        inputs: One array (rows, *input shape) for each input.
    """
    count, wanted = len(inputs[0]), batch_size_of(model)
    filled = [np.concatenate([a, np.repeat(a[-1:], max(0, (wanted or 0) - count), axis=0)]) for a in inputs]

    def run(*rows: Any) -> list[Any]:
        with keras.StatelessScope():
            returned = keras.tree.flatten(model(arranged(model, rows), training=False))
            return [value for value in returned if hasattr(value, "shape")]

    return [to_numpy(answer)[:count] for answer in run_apart(run, filled)]


def judge(
    model: keras.Model,
    rows: Sequence[np.ndarray],
    found: Answer,
    wanted: Answer,
    blamed: Callable[[Sequence[np.ndarray], float], str],
) -> bool:
    """Compare what was compiled with what it should return.

    Args:
        model: The model, whose weights another thread may be changing.
        rows: Rows to compare them with, one array for each input.
        found: Computes for rows what was compiled.
        wanted: Computes for rows what it should be.
        blamed: (rows, how close is close) -> which layer it is due to.

    Returns:
        Whether this settled it: not where the weights changed meanwhile.

    Raises:
        ValueError: They differ by more than rounding explains.
    """
    close = _CLOSE_IN_HALF if _is_coarse(model) else _CLOSE
    if not first_difference(found(rows), wanted(rows), close):
        return True
    before = [to_numpy(variable).copy() for variable in model.variables]
    answers, truth, again, nearby = found(rows), wanted(rows), wanted(rows), wanted(_rounded_otherwise(rows))
    now = map(to_numpy, model.variables)
    if any(value.tobytes() != old.tobytes() for value, old in zip(now, before, strict=True)):
        return False
    difference = first_difference(answers, truth, close)
    if not difference or first_difference(again, truth, close) or first_difference(nearby, truth, close):
        # It answers differently each time, or rounding alone changes it as much: there is nothing to compare with.
        return True
    raise ValueError(
        "Expected the compiled model to answer as the model does when it is called. Received another answer, "
        f"{difference}, from {blamed(rows, close)} on: what it does when it is traced is not what it does when called."
    )


def first_difference(found: Sequence[np.ndarray], wanted: Sequence[np.ndarray], close: float) -> str:
    """How the first arrays that are not close differ; empty where all are."""
    return next((said for a, b in zip(found, wanted, strict=True) if (said := _difference(a, b, close))), "")


def _difference(found: np.ndarray, wanted: np.ndarray, close: float) -> str:
    if found.shape != wanted.shape:
        return f"of shape {found.shape} instead of {wanted.shape}"
    if found.dtype.kind not in "biuf":
        return "" if (found == wanted).all() else "other text"
    a, b = found.astype(float), wanted.astype(float)
    # NaN need not come out of both: joined to a matrix product, relu of NaN is 0. It is no slip of a trace.
    known = np.isfinite(b)
    if not np.isfinite(a[known]).all():
        return "not finite where it should be"
    gap, largest = np.abs(a[known] - b[known]).max(initial=0), np.abs(b[known]).max(initial=_SMALL)
    return f"off by {gap:.2g} where the largest is {largest:.2g}" if gap > close * largest else ""


def _is_coarse(model: keras.Model) -> bool:
    """Whether the model computes with fewer digits than float32 has."""
    kinds = [layer.compute_dtype for layer in model._flatten_layers(include_self=False)]
    quantized = any(getattr(layer, "quantization_mode", None) for layer in model._flatten_layers(include_self=False))
    return quantized or any(kind in ("float16", "bfloat16") for kind in kinds)


def _rounded_otherwise(rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The rows, where they are floating numbers, changed as much as a few roundings of float32 would."""
    signs = np.random.default_rng(0)
    changes = [1 + 1e-6 * signs.choice([-1, 1], array.shape) for array in rows]
    return [
        (array * change).astype(array.dtype) if array.dtype.kind == "f" else array
        for array, change in zip(rows, changes, strict=True)
    ]

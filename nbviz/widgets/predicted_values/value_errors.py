"""How far the predictions of a regression are from what is true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nbviz.style.numbers import grouped, short


@dataclass(frozen=True, slots=True)
class ValueErrors:
    """Errors of a regression over some rows.

    Attributes:
        rows: How many rows they are of: those with a finite prediction.
        left_out: How many have none.
        r2: Share of the variance of the true values that is explained, at most 1: 1 - sum of squared errors / sum of
            squared distances from the mean. None where all true values are the same, of which nothing is to explain.
        mae: Mean of the errors' sizes, in the units of y.
        rmse: Root of the mean squared error, in the units of y.
    """

    rows: int
    left_out: int
    r2: float | None
    mae: float
    rmse: float

    def words(self) -> str:
        """`"R² 0.46 · MAE 43.2 · RMSE 53.1 · 110 rows"`."""
        if self.rows == 0:
            return "no row has a finite prediction"
        r2 = "no R²: y is the same in every row" if self.r2 is None else f"R² {short(self.r2)}"
        left_out = f", {grouped(self.left_out)} without a finite prediction left out" if self.left_out else ""
        return (
            f"{r2} · MAE {short(self.mae)} · RMSE {short(self.rmse)} · {grouped(self.rows)} "
            f"row{'' if self.rows == 1 else 's'}{left_out}"
        )


def value_errors(truth: np.ndarray, predicted: np.ndarray) -> ValueErrors:
    """Errors of predictions.

    Args:
        truth: What is true, (rows,).
        predicted: What is predicted, (rows,); rows that are not finite do not count.
    """
    known = np.isfinite(predicted) & np.isfinite(truth)
    true, given = truth[known].astype(float), predicted[known].astype(float)
    if not len(true):
        return ValueErrors(0, len(truth), None, float("nan"), float("nan"))
    error = given - true
    spread = float(np.sum((true - true.mean()) ** 2))
    constant = bool((true == true[0]).all())
    return ValueErrors(
        len(true),
        int((~known).sum()),
        None if constant else 1 - float(np.sum(error**2)) / spread,
        float(np.abs(error).mean()),
        float(np.sqrt(np.mean(error**2))),
    )

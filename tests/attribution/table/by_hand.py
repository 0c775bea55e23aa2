"""Strengths by hand: three features, two classes."""

from typing import Any

import numpy as np
import pandas as pd

from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance

STRENGTH = [[6.0, 1.0], [3.0, 0.0], [1.0, 4.0]]  # columns sum to 10 and 5, rows to 7, 3 and 5, all to 15
FEATURES, CLASSES = ["hue", "ash", "alcohol"], ["Barolo", "Barbera"]


def importance(strength: Any = STRENGTH, features: Any = FEATURES, classes: Any = CLASSES, **given: Any) -> Importance:
    """A table of these numbers."""
    attrs = {"method": "expected_gradients", "output": "logit", "rows": 45, **given.pop("attrs", {})}
    error = given.pop("standard_error", None)
    # pd.Index of a MultiIndex would be one of tuples.
    features, classes = (names if isinstance(names, pd.Index) else pd.Index(names) for names in (features, classes))
    return Importance(np.array(strength), error, features, classes, attrs, **given)


def pointing(directions: Any, strength: Any = None) -> Importance:
    """An importance with these directions, in steps of 0.1: ten rows, of which so many more go up than down."""
    directions = np.array(directions)
    ups = np.round(10 * (1 + directions) / 2)
    rows = np.where(np.arange(10)[:, None, None] < ups, 1, -1).astype("float32")
    if strength is None:
        strength = np.ones(directions.shape)
    features, classes = directions.shape
    return importance(
        strength,
        [f"f{at}" for at in range(features)],
        [f"c{at}" for at in range(classes)],
        sample=LocalSample(rows),
        attrs={"direction": "gradient sign"},
    )

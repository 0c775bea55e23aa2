"""A recording as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False)
class Branch:
    """A way that was left: what a run told after the step from which it went another way.

    Attributes:
        step: The last step that both ways share.
        metrics: As `Recording.metrics`, of the epochs after it.
        batch_metrics: As `Recording.batch_metrics`, of the batches after it.
    """

    step: int
    metrics: pd.DataFrame
    batch_metrics: pd.DataFrame

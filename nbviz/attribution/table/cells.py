"""What each cell of an importance matrix shows: its number, hue, triangle and interval, and the scales they share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nbviz.attribution.table.strengths import Strengths, known_mean

TRIANGLE_FROM, HUE_FROM = 0.2, 0.5  # |direction| from which a cell has a triangle, a hue
FAINTEST = 0.12  # depth of a cell of next to nothing, so that its hue can be seen
SMALL_SHARES = 0.05  # where no share is as large, two decimals would leave little of them
Z_95 = 1.96  # standard errors on either side of a 95 % interval
HUES = ("quiet", "up", "down", "mixed")
WAYS = ("unclear", "raises", "lowers")


class TableCells:
    """The numbers of the cells, each of shape (features, classes), NaN where nothing is known.

    Attributes:
        share: |strength| as a share of its class, or of it what exceeds the noise floor.
        mean: (features,), its mean over classes.
        strength: In units of the output.
        direction: -1 to 1.
        error: Standard error of the strength.
        share_error: Standard error of the share, with its column's sum taken as known.
        total: (classes,), what a share is a share of.
        above_floor: Whether shares are of what exceeds the noise floor.
        quiet: Whether the strength is not above its noise floor.
        hue: Positions in `HUES`.
        way: Positions in `WAYS`.
        deepest: The share that gets the full depth.
        furthest: The share at the right end of the scale of intervals.
        longest: The mean share that gets the full bar.
        decimals: Of a share in its cell: more where many features have little each.
    """

    def __init__(
        self,
        table: Strengths,
        rows: np.ndarray | None = None,
        columns: np.ndarray | None = None,
        *,
        above_floor: bool = False,
    ) -> None:
        """Work the cells out.

        Args:
            table: The numbers.
            rows: Features in sight, which the scales are for; None for all.
            columns: Classes in sight; None for all.
            above_floor: Whether shares are of what exceeds the noise floor.
        """
        self.table, self.above_floor = table, above_floor
        self.share = table.shares_above_floor if above_floor else table.shares
        self.mean = known_mean(self.share) if above_floor else table.mean_share
        self.strength = table.strength.reshape(self.share.shape)
        self.direction = _like(table.direction, self.strength)
        self.error = _like(table.standard_error, self.strength).copy()
        counted = table.excess if above_floor else np.abs(self.strength)
        self.total = np.where(np.isfinite(self.strength), counted, 0).sum(axis=0)
        above, known = table.above_noise_floor, np.isfinite(self.strength)
        self.quiet = np.zeros(self.strength.shape, bool) if above is None else ~above & known
        if above_floor:
            self.error[self.quiet] = np.nan  # a share that is cut off at 0 has no such interval
        # The error of the share with its column's sum taken as known; the sum is far surer than one feature.
        self.share_error = np.divide(self.error, self.total, out=np.full_like(self.error, np.nan), where=self.total > 0)
        coloured = known & ~self.quiet
        steep = np.where(np.isfinite(self.direction), self.direction, 0)
        self.hue = np.select([~coloured, steep >= HUE_FROM, steep <= -HUE_FROM], [0, 1, 2], 3).astype(np.uint8)
        self.way = np.select([~coloured | (np.abs(steep) < TRIANGLE_FROM), steep > 0], [0, 1], 2).astype(np.uint8)
        shown = np.ix_(
            np.arange(self.share.shape[0]) if rows is None else rows,
            np.arange(self.share.shape[1]) if columns is None else columns,
        )
        self.deepest = _largest(self.share[shown])
        self.furthest = max(self.deepest, _largest((self.share + Z_95 * self.share_error)[shown], 0.0))
        self.longest = _largest(self.mean)
        self.decimals = 2 if self.deepest >= SMALL_SHARES else 3
        self.has_triangles = bool((np.abs(steep[shown]) >= TRIANGLE_FROM).any())
        self.hues = {HUES[code] for code in np.unique(self.hue[shown])}
        self.has_whiskers = bool(np.isfinite(self.share_error[shown]).any())


def _like(array: np.ndarray | None, strength: np.ndarray) -> np.ndarray:
    """(features, classes) as the strength is, NaN where nothing is known."""
    return np.full(strength.shape, np.nan) if array is None else array.reshape(strength.shape)


def _largest(values: np.ndarray | Sequence[float], otherwise: float = 1.0) -> float:
    """The largest finite value; where none is above 0, 1, so that one can divide by it."""
    finite = np.asarray(values)[np.isfinite(values)]
    return float(finite.max()) if finite.size and finite.max() > 0 else otherwise

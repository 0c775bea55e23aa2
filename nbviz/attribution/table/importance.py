"""How much each feature matters for each class, as a table: frames, the strongest features, text and HTML.

No strength is ever 0, not even that of a feature that means nothing, so shares of all strengths give noise a part of
the whole. Once the noise floor of each class is known, there are shares *above the floor* too, over features f and g:

    share[f, c] = max(0, |strength[f, c]| - floor[c]) / sum over g of max(0, |strength[g, c]| - floor[c])
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from nbviz.attribution.table.html_table import html
from nbviz.attribution.table.strengths import Strengths, known_mean, shares_along
from nbviz.attribution.table.table_words import floor_line, left_out_notes

Normalize = Literal["class", "all", "feature"] | None

ROWS_IN_REPR, CLASSES_IN_REPR, DECIMALS_IN_REPR = 20, 12, 3


@dataclass(frozen=True, eq=False, repr=False)
class Importance(Strengths):
    """The strength of each feature for each class.

    Attributes:
        strength: (*feature axes, classes), mean |attribution| over rows, in units of the output. Signed for
            `connection_weights`, and slightly negative at times for `permutation`.
        standard_error: Of the strength, same shape; None where the method has none.
        features: Names, one for each position of the feature axes, the last axis fastest; with several inputs a
            MultiIndex (input, feature), for sequences and images one of positions.
        classes: Names; with several heads a MultiIndex (output, class).
        attrs: What makes it reproducible: method, output, baseline, rows, seed, ...
        noise_floor: (classes,), the strength that pure noise reaches, see `with_noise_floor`.
        sample: Rows to find the direction from.
    """

    def to_frame(self, normalize: Normalize = "class", *, above_floor: bool = False) -> pd.DataFrame:
        """Features in rows, classes in columns; the frame's `attrs` say how the numbers came about.

        Args:
            normalize: `"class"`: each column sums to 1; `"feature"`: each row; `"all"`: everything. These are shares
                of |strength|, and 0 where all is 0. None: the strength as it is.
            above_floor: Count only what exceeds the noise floor, max(0, |strength| - floor), which is 0 for what is
                not above it. Needs `with_noise_floor`.

        Raises:
            ValueError: Another normalize, or above_floor for a table without a noise floor.
        """
        if normalize not in ("class", "all", "feature", None):
            raise ValueError(f"Expected normalize among 'class', 'all', 'feature', None. Received {normalize!r}.")
        size = self.excess if above_floor else self._size
        strength = size if above_floor else self._table(self.strength)
        if normalize is not None:
            strength = shares_along(size, axis={"class": 0, "feature": 1, "all": None}[normalize])
        frame = pd.DataFrame(strength.copy(), index=self.features, columns=self.classes)
        frame.attrs = _plain({**self.attrs, "normalize": normalize, "above_floor": above_floor})
        return frame

    def top(self, n: int = 10, class_name: Hashable = None) -> pd.DataFrame:
        """The strongest features, in order.

        Args:
            n: How many.
            class_name: For which class, by name or position. None: for all classes together, by the mean of their
                shares; direction and standard error differ by class, so they are left out, and a feature is above
                the noise floor if it is so for any class.

        Returns:
            Features in rows; columns strength, share (of its class) and, where known, direction, standard_error and
            above_noise_floor.
        """
        if n < 1:
            raise ValueError(f"Expected n of at least 1. Received {n}.")
        strength, above = self._table(self.strength), self.above_noise_floor
        columns: dict[str, np.ndarray]
        if class_name is None:
            columns = {"strength": known_mean(self._size), "share": self.mean_share}
            if above is not None:
                columns["above_noise_floor"] = np.asarray(above.any(axis=1))
        else:
            at = self._position(class_name)
            columns = {"strength": strength[:, at], "share": self.shares[:, at]}
            if self.direction is not None:
                columns["direction"] = self._table(self.direction)[:, at]
            if self.standard_error is not None:
                columns["standard_error"] = self._table(self.standard_error)[:, at]
            if above is not None:
                columns["above_noise_floor"] = above[:, at]
        # NaN comes last, equal shares stay in the order of the features.
        order = np.argsort(-columns["share"], kind="stable")[:n]
        frame = pd.DataFrame(columns, index=self.features).iloc[order]
        frame.attrs = _plain(self.attrs)
        return frame

    def with_noise_floor(self, floor: np.ndarray) -> Importance:
        """The same importance with the strength that pure noise reaches, of shape (classes,)."""
        return replace(self, noise_floor=floor)

    def __repr__(self) -> str:
        said = [f"{self.attrs.get('method', 'unknown method')} on {self.attrs.get('output', 'unknown output')}"]
        said += [f"{self.attrs['rows']} rows"] if self.attrs.get("rows") is not None else []
        has_floor = self.noise_floor is not None
        frame = self.to_frame(above_floor=has_floor)
        what = ", shares above the noise floor" if has_floor else ""
        lines = [
            f"Importance: {', '.join(said)}{what}; each column sums to 1",
            frame.head(ROWS_IN_REPR).round(DECIMALS_IN_REPR).to_string(max_cols=CLASSES_IN_REPR),
        ]
        lines += [f"… {len(frame) - ROWS_IN_REPR} more features"] if len(frame) > ROWS_IN_REPR else []
        lines += [floor_line(self, DECIMALS_IN_REPR)] if has_floor else []
        lines += left_out_notes(self.attrs)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_html(self, *, above_floor: bool | None = None) -> str:
        """The strongest features in rows, classes in columns, as HTML without scripts.

        Args:
            above_floor: Whether shares are of what exceeds the noise floor; None: where it is known.

        Raises:
            ValueError: above_floor for a table without a noise floor.
        """
        return html(self, self.noise_floor is not None if above_floor is None else above_floor)

    def _position(self, class_name: Hashable) -> int:
        names = list(self.classes)
        if class_name in names:
            return names.index(class_name)
        # Where classes are numbers, a number that is none of them is a mistake rather than a position.
        numbered = any(isinstance(name, (int, np.integer)) for name in names)
        if isinstance(class_name, (int, np.integer)) and not numbered and 0 <= class_name < len(names):
            return int(class_name)
        raise ValueError(f"Expected class_name among {names}, or its position. Received {class_name!r}.")


def _plain(value: Any) -> Any:
    """The value as JSON knows it: pandas compares attrs with ==, which arrays do not answer with yes or no."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset, pd.Index, pd.Series)):
        return [_plain(entry) for entry in value]
    return value if value is None or isinstance(value, (str, bool, int, float)) else str(value)

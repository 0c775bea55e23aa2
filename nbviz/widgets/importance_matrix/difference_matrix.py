"""`DifferenceMatrix`: by how much features matter more, or less, to one model than to another."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nbviz.attribution.table.importance import Importance
from nbviz.widgets.importance_matrix.difference_wire import difference_wire, share_change
from nbviz.widgets.importance_matrix.importance_matrix import FEATURES, ImportanceMatrix


class DifferenceMatrix(ImportanceMatrix):
    """The difference of two importance tables in a matrix: blue where a feature matters more to the second.

    `nbviz.compare` makes one.

    Attributes:
        before: The table of one model.
        after: That of the other one.
        names: What the two are called.
    """

    def __init__(
        self, before: Importance, after: Importance, *, names: tuple[str, str] = ("A", "B"), height: int = 480
    ) -> None:
        """Show a difference.

        Args:
            before: One table.
            after: Another one, of the same rows and columns and by the same method.
            names: What the two are called.
            height: px, at most; more rows are scrolled.

        Raises:
            ValueError: Tables of other rows, columns or methods; height is not positive.
        """
        self.names = names
        self._check(before, after)
        self.before, self.after = before, after
        super().__init__(None, height=height)
        self.show_difference(before, after)

    def show_difference(
        self, before: Importance, after: Importance, unit_ids: Sequence[int | None] | None = None
    ) -> None:
        """Show another difference.

        Args:
            before: As for the class.
            after: As for the class.
            unit_ids: As for `set_table`.

        Raises:
            ValueError: As for the class.
        """
        self._check(before, after)
        self.before, self.after = before, after
        ids = list(range(len(after.features))) if unit_ids is None else list(unit_ids)
        self._put(FEATURES, after, *difference_wire(before, after, self.names, ids))

    def to_frame(self) -> pd.DataFrame:
        """Features in rows, classes in columns: share in the second minus share in the first, each column of either 1.

        The frame's `attrs` have those of the second table, and the names of both.
        """
        before, after = self.before.to_frame(), self.after.to_frame()
        frame = pd.DataFrame(share_change(before.to_numpy(), after.to_numpy()), after.index, after.columns)
        frame.attrs = {**after.attrs, "before": self.names[0], "after": self.names[1]}
        return frame

    def picture_html(self) -> str:
        """The table as HTML, which a notebook shows without a kernel."""
        return self.to_frame().round(3).to_html(border=0)

    def __repr__(self) -> str:
        """Rows, columns and what is compared; no markup."""
        rows, columns = self.after.shares.shape
        return f"DifferenceMatrix({self.names[1]} minus {self.names[0]}, {rows} x {columns})"

    @staticmethod
    def _check(before: Importance, after: Importance) -> None:
        for what in ("features", "classes"):
            one, other = list(getattr(before, what)), list(getattr(after, what))
            if one != other:
                raise ValueError(
                    f"Expected tables of the same {what}. Received {one[:4]} and {other[:4]} among {len(one)} and "
                    f"{len(other)}."
                )
        methods = before.attrs.get("method"), after.attrs.get("method")
        if methods[0] != methods[1]:
            raise ValueError(f"Expected tables by one method. Received {methods[0]!r} and {methods[1]!r}.")

"""Which unit of the picture each row of a table stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nbviz.network.unit_ids import unit_ids

if TYPE_CHECKING:
    from nbviz.explorer.explored_data import ExploredData


class RowIds:
    """Tells ids in the picture as it is now: blocks of it may be opened and closed."""

    def __init__(self, data: ExploredData, first_units: Callable[[], Mapping[str, int]]) -> None:
        """Nothing is numbered yet.

        Args:
            data: The model.
            first_units: Asked for the id of unit 0 of each layer of the picture.
        """
        self._data, self._first_units = data, first_units

    def of_features(self) -> list[int | None]:
        """One for each feature, None for one that is not in the picture."""
        architecture, there = self._data.reader.architecture, self._first_units()
        every_id = unit_ids(architecture)
        inputs = [(layer.name, every_id[layer.name]) for layer in architecture.inputs]
        return [
            next((there[name] + ids.index(unit) for name, ids in inputs if unit in ids), None)
            for unit in self._data.explainer.feature_ids
        ]

    def of_rows(self, key: str, count: int) -> list[int | None]:
        """One for each row of a table, None for a row that is no single unit of the picture.

        Args:
            key: The layer whose units the rows are; `""` for the features.
            count: How many rows.
        """
        if key:
            first = self._first_units().get(key)
            return [None if first is None else first + row for row in range(count)]
        # A token stands at no one place.
        ids = [] if self._data.texts is not None else self.of_features()
        return ids if len(ids) == count else [None] * count

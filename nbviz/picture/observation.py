"""What a diagram looks at: rows of data, one sample of them or one given by its values, a plane of two inputs."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from nbviz.keras_model import ModelReader
from nbviz.network.arguments import a_list, whole_number
from nbviz.network.layer_arrays import ArrayKey
from nbviz.network.named_columns import NamedColumns
from nbviz.network.samples import Samples, read_row, read_samples
from nbviz.picture.frame import Signals

GRID_SIDE = 32


class Observation:
    """Rows of data for a model, and which of them is looked at.

    Attributes:
        reader: Of the model.
        x: One array (rows, *input shape) for each input; None without data.
        selected: Row of x that is looked at; None for the mean over x, or for a sample given by its values.
        columns: Names of the inputs' columns.
        row: A sample given by its values, one array (1, *input shape) for each input; None for a row of x.
        rows: Rows whose mean is looked at where no sample is, one array (n, *input shape) for each input; None for all.
        answers: (rows,), the true classes of the rows of x, units of `answered`; None where they are not known.
        answered: Layer whose units they are.
        row_names: What the rows of x are called; None for `"sample 0"` and so on.
    """

    def __init__(self, reader: ModelReader, x: Samples | None, columns: NamedColumns | None = None) -> None:
        """Check the rows.

        Args:
            reader: Of the model.
            x: Rows of data.
            columns: Names of the inputs' columns that were given; those of tables in x are known anyway.

        Raises:
            TypeError: Data that are not numbers.
            ValueError: Data that do not fit the model.
        """
        self.reader = reader
        self.columns = NamedColumns(reader.specs) if columns is None else columns
        x = self.columns.read(x)
        self.x = None if x is None else read_samples(x, reader.specs)
        self.selected: int | None = None
        self.row: list[np.ndarray] | None = None
        self.rows: list[np.ndarray] | None = None
        self.answers: np.ndarray | None = None
        self.answered: str | None = None
        self.row_names: Sequence[str] | None = None
        self._name: str | None = None
        self._named: int | None = None  # the row of x that the name is for; None for a sample given by its values

    @property
    def count(self) -> int:
        """Rows of x, 0 without x."""
        return 0 if self.x is None else len(self.x[0])

    @property
    def sample_name(self) -> str | None:
        """What is looked at is called: a sample, or the mean of some rows; None for the mean over x."""
        if self.sample is None:
            return None if self.rows is None else self._name
        if self.row is not None:
            return self._name or "the sample given"
        given = self._name if self._named == self.selected else None
        assert self.selected is not None
        return given or (f"sample {self.selected}" if self.row_names is None else self.row_names[self.selected])

    @property
    def truth(self) -> tuple[str, int] | None:
        """Layer and unit of the true class of the row of x that is looked at; None where it is not known."""
        if self.answers is None or self.answered is None or self.row is not None or self.selected is None:
            return None
        return self.answered, int(self.answers[self.selected])

    def check_sample(self, selected: int | None, name: str = "selected_sample") -> None:
        """Check a row of x.

        Raises:
            ValueError: There is no such row.
        """
        if selected is not None and not 0 <= selected < self.count:
            known = f"from 0 to {self.count - 1} or None" if self.count else "as None, since there are no rows x"
            raise ValueError(f"Expected {name} {known}. Received {selected}.")

    def select(self, selected: int | None) -> None:
        """Look at a row of x, or at the mean over x; a sample given by its values stays until another is selected."""
        self.selected = selected
        if selected is not None:
            self.row = self.rows = None

    def look_at_mean(self, rows: Sequence[int], name: str) -> None:
        """Look at the mean over some rows of x, see `NetworkDiagram.show_mean`.

        Raises:
            ValueError: None of them, or one that there is not.
        """
        found = [whole_number("rows", row, 0) for row in a_list("rows", rows, "rows")]
        if not found or max(found) >= self.count:
            raise ValueError(f"Expected rows from 0 to {self.count - 1}, one at least. Received {found}.")
        assert self.x is not None
        self.selected = self.row = self._named = None
        self.rows, self._name = [array[found] for array in self.x], name

    def look_at(self, sample: int | Samples | None, name: str | None = None) -> None:
        """Look at one sample; see `NetworkDiagram.show`.

        Args:
            sample: Row of x, values of one row, or None for the mean over x.
            name: What to call it.

        Raises:
            IndexError: No such row.
            TypeError: The values are not numbers.
            ValueError: The values do not fit the model, or an index came without x.
        """
        if sample is None:
            self.selected = self.row = self.rows = self._name = self._named = None
        elif isinstance(sample, (int, np.integer)) and not isinstance(sample, bool):
            if not self.count:
                raise ValueError("Expected the values of one row. Received an index, but the diagram has no x.")
            if not -self.count <= sample < self.count:
                raise IndexError(f"Expected a sample from 0 to {self.count - 1}. Received {sample}.")
            self.selected, self.row, self.rows = int(sample) % self.count, None, None
            self._name, self._named = name, self.selected
        else:
            self.row = self._read_row(sample)
            self.rows = None
            self.selected, self._name, self._named = None, name, None

    def with_sample(self, selected: int | None) -> Observation:
        """The same rows, of which another is looked at."""
        other = copy.copy(self)
        other.selected, other.row, other.rows, other._name, other._named = selected, None, None, None, None
        return other

    def beside(self, x: list[np.ndarray] | None) -> Observation:
        """The same sample beside other rows.

        Args:
            x: One array (rows, *input shape) for each input; None for none.
        """
        other = copy.copy(self)
        other.x, other.row, other._name, other._named = x, self.sample, self.sample_name, None
        return other

    @property
    def sample(self) -> list[np.ndarray] | None:
        """The values of the sample that is looked at, None for the mean over x."""
        if self.row is not None or self.x is None or self.selected is None:
            return self.row
        return [array[self.selected : self.selected + 1] for array in self.x]

    def signals(self, rows: int) -> tuple[Signals, str | None]:
        """What flows through the model, and what it is called.

        Args:
            rows: Rows of x that are looked at, at most.
        """
        reader = self.reader
        names = [layer.name for layer in reader.architecture.inputs]
        row, label = self.sample, self.sample_name
        grid: dict[ArrayKey, np.ndarray] | None = None
        if self.is_plane:
            plane = self._plane()
            grid = reader.forward(plane)
            grid.update({("a", name): part for name, part in zip(names, plane, strict=True)})
        if self.x is None:
            if row is None:
                return Signals(grid=grid), None
            flow = reader.forward(row)
            shown_values = dict(zip(names, row, strict=True))
            # Without x there is nothing to take a mean or a spread over.
            return Signals(
                shown=flow,
                shown_values=shown_values,
                of_channels=reader.mean_maps(row),
                pictures=reader.pictures(row),
                grid=grid,
            ), label
        probe = self.probe(rows)
        if row is None:
            row = self.rows
        looked_at = probe if row is None else row
        maps, pictures = reader.mean_maps(looked_at), reader.pictures(looked_at)
        both = probe if row is None else [np.concatenate(pair) for pair in zip(row, probe, strict=True)]
        flow = reader.forward(both)
        values = dict(zip(names, probe, strict=True))
        if row is None:
            count, used = self.count, len(probe[0])
            of_all = f"{used} of {count}" if used < count else str(count)
            signals = Signals(flow=flow, values=values, of_channels=maps, pictures=pictures, grid=grid)
            return signals, f"mean of {of_all} row{'s' * (count != 1)}"
        shown = len(row[0])
        return Signals(
            flow={key: value[shown:] for key, value in flow.items()},
            shown={key: value[:shown] for key, value in flow.items()},
            values=values,
            shown_values=dict(zip(names, row, strict=True)),
            of_channels=maps,
            pictures=pictures,
            grid=grid,
        ), label

    def _read_row(self, sample: Samples) -> list[np.ndarray]:
        row = read_row(self.columns.in_order(sample, "columns of the sample"), self.reader.specs)
        if len(row[0]) != 1:
            raise ValueError(f"Expected one sample. Received {len(row[0])} rows; pass them as x and show an index.")
        return row

    def probe(self, rows: int) -> list[np.ndarray]:
        """Evenly spread rows of x."""
        assert self.x is not None
        return _spread(self.x, rows)

    def mean_rows(self, rows: int) -> list[np.ndarray]:
        """The rows whose mean is looked at, where no sample is; of many some, evenly spread."""
        assert self.x is not None
        return _spread(self.x if self.rows is None else self.rows, rows)

    @property
    def is_plane(self) -> bool:
        """Whether the model's inputs are a plane: two numbers in all."""
        inputs = self.reader.architecture.inputs
        numeric = all(spec.dtype.startswith("float") for spec in self.reader.specs)
        return numeric and not any(layer.is_picture for layer in inputs) and sum(la.units for la in inputs) == 2

    def _plane(self) -> list[np.ndarray]:
        """A grid over the plane of the two inputs, top row first: the range of x and a tenth more."""
        flat = np.zeros((0, 2)) if self.x is None else np.concatenate([a.reshape(len(a), -1) for a in self.x], axis=1)
        low, high = (flat.min(axis=0), flat.max(axis=0)) if len(flat) else (-np.ones(2), np.ones(2))
        margin = np.where(high > low, (high - low) / 10, 1.0)
        across = np.linspace(low[0] - margin[0], high[0] + margin[0], GRID_SIDE)
        down = np.linspace(high[1] + margin[1], low[1] - margin[1], GRID_SIDE)
        points = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        specs = self.reader.specs
        if len(specs) == 1:
            return [points.astype(specs[0].dtype)]
        return [points[:, [index]].astype(spec.dtype) for index, spec in enumerate(specs)]


def _spread(arrays: list[np.ndarray], rows: int) -> list[np.ndarray]:
    """So many rows at most, evenly spread."""
    count = len(arrays[0])
    if count <= rows:
        return arrays
    return [array[np.linspace(0, count - 1, rows).astype(int)] for array in arrays]

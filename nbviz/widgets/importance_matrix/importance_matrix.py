"""`ImportanceMatrix`: the table of an `Importance` as a view that selects, sorts and links."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets

from nbviz.attribution.table.importance import Importance
from nbviz.network.arguments import whole_number
from nbviz.widgets.importance_matrix.matrix_wire import MatrixTableWire, moment_wires, table_wire
from nbviz.widgets.index_trait import Index
from nbviz.widgets.view import SavedPicture, View

FEATURES = ""  # the key of the table of the inputs
SORTS = ("mean", "name", "given")


class ImportanceMatrix(SavedPicture, View):
    """How much each feature, or each unit of a layer, matters for each class; cells, rows and columns can be selected.

    Works alone in every front end that shows anywidgets. The shared traits have the names and the meaning of
    `NetworkDiagram`'s, so `ipywidgets.jslink` joins the two without a kernel.

    Attributes:
        selected_unit: Id over all units, inputs included, of the selected row, None for none.
        selected_class: Index of the selected column, None for none.
        edge_meaning: What the edges of a linked diagram should show: `"path"` while a feature's cell is selected,
            `"contribution"` while a class or a unit's cell is; what it was before when the selection is cleared.
        shown_frame: Step of the recorded moment whose table is shown, the latest at or before it; None for the live
            network. See `set_history`.
        layer: Key of the table shown, `""` for the features.
        method: Name of the method chosen in the picker, None without one.
        above_floor: Whether shares are those of what exceeds the noise floor, in tables that have one.
        floor: `"offered"`: a button asks for the noise floor; `"running"`: it is worked out; `"known"`; `"none"`: this
            matrix has nobody to work it out.
        floor_words: Why there is no noise floor, a sentence; `""` for no reason.
        floor_progress: How much of it is done, 0 to 1.
        on_floor: Called when the button is pressed, with whether it is wanted.
        sort: `"mean"` over classes and `"class:2"` put the strongest rows first; `"name"`, `"given"`.
        busy: What is being computed, in words; `""` when nothing is.
        progress: How much of it is done, 0 to 1.
        methods: Names the method picker offers; none for no picker.
        layers: What the layer picker offers: `{"key": ..., "label": ...}`, tables still to be computed included.
        height: px, at most; few rows take less.
    """

    _view_folder = "importance_matrix"
    # down: Python writes
    tables = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    history = traitlets.Dict().tag(sync=True)
    history_numbers = traitlets.Bytes().tag(sync=True)
    layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    methods = traitlets.List(traitlets.Unicode()).tag(sync=True)
    busy = traitlets.Unicode("").tag(sync=True)
    progress = traitlets.Float(0.0).tag(sync=True)
    height = traitlets.Int(480).tag(sync=True)
    floor = traitlets.Enum(["none", "offered", "running", "known"], "none").tag(sync=True)
    floor_words = traitlets.Unicode("").tag(sync=True)
    floor_progress = traitlets.Float(0.0).tag(sync=True)
    # shared
    selected_unit = Index().tag(sync=True)
    selected_class = Index(of=lambda matrix: matrix._count_columns()).tag(sync=True)
    edge_meaning = traitlets.Enum(["weight", "weight_activation", "contribution", "path"], "weight").tag(sync=True)
    shown_frame = Index().tag(sync=True)
    # both ways
    layer = traitlets.Unicode(FEATURES).tag(sync=True)
    method = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    sort = traitlets.Unicode("mean").tag(sync=True)
    above_floor = traitlets.Bool(True).tag(sync=True)

    def __init__(self, importance: Importance | None, *, height: int = 480) -> None:
        """Show a table.

        Args:
            importance: What `nbviz.importance(model, x)` returns, or one table of `nbviz.layer_importance(model, x)`;
                None where `set_table` brings it later.
            height: px, at most; more rows are scrolled.

        Raises:
            TypeError: Not an `Importance`.
            ValueError: height is not positive.
        """
        if importance is not None:
            _check_importance(importance)
        whole_number("height", height)
        self._tables: dict[str, tuple[Importance, MatrixTableWire, bytes]] = {}
        self._past: list[tuple[Importance, MatrixTableWire, bytes]] = []  # tables of recorded moments
        self._latest = importance
        self.on_floor: Callable[[bool], object] = lambda wanted: None
        super().__init__(height=height)
        if importance is not None:
            self.set_table(FEATURES, importance)

    @property
    def importance(self) -> Importance:
        """The table shown; while it is still to be computed, the one set last."""
        if self._latest is None:
            raise ValueError("Expected a table in the matrix. It has none yet: it is still being worked out.")
        return self._tables[self.layer][0] if self.layer in self._tables else self._latest

    def set_table(self, key: str, importance: Importance, unit_ids: Sequence[int | None] | None = None) -> None:
        """Add a table, or replace one.

        Args:
            key: Name of the layer; `""` for the features. The layer picker offers it from now on.
            importance: The table.
            unit_ids: For each row the id over all units of the unit it stands for, None for what is not one unit,
                such as a group. By default 0, 1, ... for the features, and none for a layer's units.

        Raises:
            TypeError: Not an `Importance`, or an id that is not a whole number.
            ValueError: Not one id for each row, or the same id twice.
        """
        _check_importance(importance)
        if not isinstance(key, str):
            raise TypeError(f'Expected key as the name of a layer, or "". Received {key!r}.')
        rows = len(importance.features)
        if unit_ids is None:
            unit_ids = list(range(rows)) if key == FEATURES else [None] * rows
        self._put(key, importance, *table_wire(importance, _checked_ids(unit_ids, rows)))

    def _put(self, key: str, importance: Importance, wire: MatrixTableWire, numbers: bytes) -> None:
        self._tables[key] = (importance, wire, numbers)
        self._latest = importance
        with self.hold_sync():
            if key == FEATURES and any(not _same_names(wire, past) for _, past, _ in self._past):
                self.set_history([], [])
            if all(choice["key"] != key for choice in self.layers):
                self.layers = [*self.layers, {"key": key, "label": key or "features"}]
            self._send_tables()

    def set_history(
        self, steps: Sequence[int], tables: Sequence[Importance], labels: Sequence[str] | None = None
    ) -> None:
        """Set the tables of the features at recorded moments; `shown_frame` says which of them is shown.

        All of them are drawn to one scale, so that they can be compared. A table of the features with other rows or
        columns (`set_table`) drops them.

        Args:
            steps: Updates done at each moment, ascending; none for no history.
            tables: The tables, each with the rows and columns of the table of the features.
            labels: What to call each moment, `"epoch 44"`; by default `"step 120"`.

        Raises:
            TypeError: Not an `Importance`, or a step that is not a whole number.
            ValueError: The lengths differ, the steps do not ascend, or a table has other rows or columns.
        """
        steps, tables = list(steps), list(tables)
        labels = [f"step {step}" for step in steps] if labels is None else list(labels)
        if not len(steps) == len(tables) == len(labels):
            raise ValueError(
                f"Expected one table and one label for each of {len(steps)} steps. "
                f"Received {len(tables)} tables and {len(labels)} labels."
            )
        for step in steps:
            if isinstance(step, bool) or not isinstance(step, (int, np.integer)):
                raise TypeError(f"Expected steps of whole numbers. Received {step!r} among them.")
        if any(later <= step for step, later in itertools.pairwise(steps)):
            raise ValueError(f"Expected steps that ascend. Received {steps}.")
        known = {id(importance): past for past in self._past for importance in past[:1]}
        past = []
        for table in tables:
            _check_importance(table)
            past.append(known.get(id(table)) or (table, *table_wire(table, [None] * len(table.features))))
        present = self._tables[FEATURES][1] if FEATURES in self._tables else past[0][1] if past else None
        for step, (_, wire, _) in zip(steps, past, strict=True):
            if present is not None and not _same_names(wire, present):
                raise ValueError(
                    f"Expected tables with the rows {present['rows']} and columns {present['columns']}. "
                    f"Received {wire['rows']} and {wire['columns']} for step {step}."
                )
        self._past = past
        moments = moment_wires(
            [int(step) for step in steps],
            [str(label) for label in labels],
            [wire for _, wire, _ in past],
            [len(numbers) for *_, numbers in past],
        )
        with self.hold_sync():
            self.history = {"moments": moments}
            self.history_numbers = b"".join(numbers for *_, numbers in past)

    def forget_tables(self, *keep: str) -> None:
        """Drop the tables, as when another method makes them all out of date; views show the last one until the next.

        Args:
            *keep: Keys of tables that stay.
        """
        self._tables = {key: table for key, table in self._tables.items() if key in keep}
        self._send_tables()

    def _count_columns(self) -> int | None:
        """Classes of the tables that are there, those left out too; None while none is."""
        tables = [table for table, _, _ in self._tables.values()]
        return max((table.attrs.get("all_classes", len(table.classes)) for table in tables), default=None)

    @staticmethod
    def state(tables: Mapping[str, tuple[Importance, Sequence[int | None]]]) -> dict[str, Any]:
        """Trait -> its value for other tables; changes nothing.

        Args:
            tables: By key, each with the ids of its rows; see `set_table`.
        """
        return _placed({key: table_wire(table, list(ids)) for key, (table, ids) in tables.items()})

    def _send_tables(self) -> None:
        with self.hold_sync():
            for name, value in _placed({key: sent for key, (_, *sent) in self._tables.items()}).items():
                self.set_trait(name, value)

    @traitlets.validate("layer")
    def _valid_layer(self, proposal: traitlets.Bunch) -> str:
        offered = [choice["key"] for choice in self.layers]
        if self.layers and proposal.value not in offered:
            raise traitlets.TraitError(f"Expected layer among {offered}. Received {proposal.value!r}.")
        return str(proposal.value)

    @traitlets.validate("layers")
    def _valid_layers(self, proposal: traitlets.Bunch) -> list[dict[str, str]]:
        for choice in proposal.value:
            if set(choice) != {"key", "label"} or not all(isinstance(text, str) for text in choice.values()):
                raise traitlets.TraitError(
                    f'Expected layers as [{{"key": "dense", "label": "dense"}}, ...]. Received {choice!r} among them.'
                )
        return list(proposal.value)

    @traitlets.validate("method")
    def _valid_method(self, proposal: traitlets.Bunch) -> str | None:
        if self.methods and proposal.value not in (None, *self.methods):
            raise traitlets.TraitError(f"Expected method among {self.methods}. Received {proposal.value!r}.")
        return proposal.value  # type: ignore[no-any-return]

    @traitlets.validate("sort")
    def _valid_sort(self, proposal: traitlets.Bunch) -> str:
        value = str(proposal.value)
        known = [*SORTS, *(f"class:{at}" for at in range(self._count_columns() or 0))]
        if value not in known:
            shown = ", ".join(map(repr, known[:4])) + (f", ... {known[-1]!r}" if len(known) > 4 else "")
            raise traitlets.TraitError(f"Expected sort among {shown}. Received {value!r}.")
        return value

    def picture_html(self) -> str:
        """The table as HTML, which a notebook shows without a kernel."""
        table = self.importance
        return table.to_html(above_floor=self.above_floor and table.noise_floor is not None)

    def _answer(self, content: dict[str, Any], _buffers: list[Any]) -> None:
        if content.get("type") == "floor":
            self.on_floor(content.get("value") is True)

    def __repr__(self) -> str:
        """Rows and columns; no markup."""
        if self._latest is None:
            return "ImportanceMatrix(no table yet)"
        rows, columns = self.importance.shares.shape
        return f"ImportanceMatrix({rows} x {columns})"


def _placed(sent: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Tables and their numbers, one after the other."""
    placed, offset = {}, 0
    for key, (wire, numbers) in sent.items():
        placed[key] = {**wire, "offset": offset}
        offset += len(numbers)
    return {"tables": placed, "numbers": b"".join(numbers for _, numbers in sent.values())}


def _check_importance(importance: Any) -> None:
    if not isinstance(importance, Importance):
        hint = "one table of it" if isinstance(importance, dict) else "nbviz.importance(model, x) makes one"
        raise TypeError(f"Expected an nbviz.Importance. Received {type(importance).__name__}; {hint}.")


def _same_names(one: MatrixTableWire, other: MatrixTableWire) -> bool:
    return all(one[part] == other[part] for part in ("rows", "columns", "column_groups"))


def _checked_ids(unit_ids: Sequence[int | None], rows: int) -> list[int | None]:
    ids: list[int | None] = []
    for unit in unit_ids:
        if unit is not None and (isinstance(unit, bool) or not isinstance(unit, (int, np.integer))):
            raise TypeError(f"Expected unit_ids of whole numbers and None. Received {unit!r} among them.")
        ids.append(None if unit is None else int(unit))
    if len(ids) != rows:
        raise ValueError(f"Expected unit_ids with one entry for each of {rows} rows. Received {len(ids)}.")
    known = [unit for unit in ids if unit is not None]
    if len(set(known)) != len(known):
        twice = next(unit for unit in known if known.count(unit) > 1)
        raise ValueError(f"Expected unit_ids that differ. Received {twice} more than once.")
    return ids

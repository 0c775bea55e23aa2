"""The tables that an explorer's matrix offers: of the features and of every hidden layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nbviz.attribution.checks.no_floor import NoFloorError, NothingLearnedError
from nbviz.attribution.progress import reported_to
from nbviz.attribution.table.importance import Importance
from nbviz.explorer.data_tables import DataTables
from nbviz.explorer.model_version import model_version
from nbviz.explorer.row_ids import RowIds
from nbviz.style.numbers import grouped
from nbviz.widgets.importance_matrix.importance_matrix import FEATURES, ImportanceMatrix
from nbviz.widgets.owner import is_open
from nbviz.widgets.scheduling.background_worker import Check, Superseded, Worker

if TYPE_CHECKING:
    from nbviz.explorer.explored_data import ExploredData
    from nbviz.explorer.training_rows import TrainingRows
    from nbviz.network.architecture import Architecture

UNKNOWN_COST = 10.0  # s, of a table that is not there yet


class MatrixTables:
    """Fills a matrix in the background: another method, or other weights, make every table anew.

    Attributes:
        matrix: The matrix, once it is made.
        method: How importance is measured.
        asked: Works out each table.
        ids: Of the rows of tables, in the picture.
        cost: Seconds that the last table of the features took.
        is_partial: Whether the table of the features is of a few rows for now, and that of all is to follow.
        outdated: Called when the model has changed while a table was worked out: that table is dropped.
    """

    def __init__(
        self,
        data: ExploredData,
        method: str,
        told: Callable[[str | None], None],
        made: Callable[[Importance, bool], None],
        first_units: Callable[[], Mapping[str, int]],
        trained_rows: TrainingRows | None,
    ) -> None:
        """Work out the table of the features, of a few rows where all take long.

        The others, and that of pictures, come in the background.

        Args:
            data: The model and its rows.
            method: How importance is measured.
            told: Given what went wrong in the background, None once something succeeds.
            made: Given each table of the features that is worked out in the background, and whether it is of all rows.
            first_units: Asked for the id of unit 0 of each layer of the picture that the matrix is linked to.
            trained_rows: What the model is trained on, for the noise floor; None without y.
        """
        self._data, self._told, self._made, self.ids = data, told, made, RowIds(data, first_units)
        self._trained_rows = trained_rows
        self.asked = DataTables(data)
        # By version of the model and method: (classes,), shares of the sum of all strengths.
        self._floors: dict[tuple[bytes, str, str], np.ndarray] = {}
        self._rows: np.ndarray | None = None  # of which the tables are; None for all
        self._rows_name = ""
        self._rests = False  # whether nothing is to be worked out, as while the model trains
        self._shown: dict[str, Importance] = {}
        # While others are shown: what those of all rows are of, and they.
        self._of_all: tuple[tuple[bytes, str, str], dict[str, Importance]] | None = None
        self.outdated: Callable[[], None] = self.make_anew
        self._version = model_version(data.model)  # of the model that the tables are of
        self.method = method
        self._shown_of = self._made_of  # while others are worked out
        self._first: Importance | None = None
        self.cost, self.is_partial = UNKNOWN_COST, False
        if data.images is None or method not in self.asked.methods:  # the latter may have to be refused
            self._first = self._first_table()
        self._worker = Worker(self._failed)

    def _first_table(self) -> Importance:
        rows, began = self.asked.first_rows(self.method), time.monotonic()
        table = self.asked.importance(self.method, rows=rows)
        self.cost = time.monotonic() - began
        if rows is None:
            return table
        of = len(self.asked.tabled)
        self.cost *= of / len(rows)
        self.is_partial = True
        return replace(table, attrs=table.attrs | {"rows_name": f"drawn first of {grouped(of)}"})

    def make_matrix(self) -> ImportanceMatrix:
        """The matrix with the table of the features, where that is there; nothing is worked out for it."""
        matrix = self.matrix = ImportanceMatrix(self._first, height=620)
        if self._first is not None:
            self._set("", self._first)
        label = "features" if self._data.texts is None else "tokens"
        if self._data.images is not None:
            label = self._data.images.words
        self._choices = [{"key": "", "label": label}, *({"key": key, "label": key} for key in self._hidden())]
        matrix.layers = self._choices
        matrix.methods = self.asked.methods
        # A method that is not in the picker stays the one that was asked for.
        matrix.method = self.method if self.method in matrix.methods else None
        matrix.observe(lambda change: self.make_anew(change.new), "method")
        matrix.floor, matrix.on_floor = "offered", self._floor_asked
        return matrix

    def begin(self) -> None:
        """Work out in the background what is not there yet."""
        if self._first is None or self.is_partial:
            self.make_anew()
        else:
            self.add_layers()

    @property
    def features(self) -> Importance:
        """The table of the features, as it is shown."""
        return self._shown[""]

    @property
    def _made_of(self) -> tuple[bytes, str, str]:
        """What the tables are of: a version of the model, a method, an output."""
        return self._version, self.method, self._data.explainer.output.name

    @property
    def architecture(self) -> Architecture:
        """The structure whose layers have tables."""
        return self._data.reader.architecture

    def end(self) -> None:
        """Work nothing out any more; when this returns, nothing is under way."""
        self._worker.close()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all that is wanted is worked out; answers whether it is."""
        return self._worker.wait(timeout)

    def wait_for_features(self) -> bool:
        """Wait for the table of the features, where another one is wanted; answers whether it is there."""
        return self._worker.wait(kind="method")

    def make_anew(self, method: str | None = None) -> None:
        """Work every table out again, that of the features first.

        Args:
            method: Another method from now on.
        """
        chosen = self.method = method or self.method
        if not is_open(self.matrix):
            return

        def work(check: Check) -> None:
            began = time.monotonic()
            self._version = model_version(self._data.model)
            self.asked.choose_classes_anew()
            table = self._compute(chosen, None, check)
            self.cost = time.monotonic() - began
            self._check_version()
            self.matrix.forget_tables("")  # of the features the last one stays until the new one is there
            self._shown.clear()
            self._shown_of, self.is_partial = self._made_of, False
            self._show_features(table)
            self._made(table, self._rows is None)
            self._told(None)
            self.add_layers()

        self.give_up()
        self._rests = False
        self._worker.submit("method", work)

    def of_rows(self, rows: np.ndarray | None, name: str = "") -> None:
        """Work every table out of some of the rows from now on.

        Args:
            rows: Which of those that are explored; None for all.
            name: What they are called.
        """
        if self._rows is None and rows is not None and not self.is_partial:
            self._of_all = self._shown_of, dict(self._shown)
        before, self._rows, self._rows_name = self._rows, rows, name
        same = rows is None if before is None else rows is not None and np.array_equal(before, rows)
        if not same:
            self.make_anew()

    def of_all_rows(self) -> dict[str, Importance]:
        """The tables of all rows by their keys, whichever rows are shown; that of the features is always among them."""
        if self._rows is None and not self.is_partial:
            return dict(self._shown)
        made_of, tables = self._of_all or (None, {})
        if made_of != self._made_of or FEATURES not in tables:
            tables = {FEATURES: self.asked.importance(self.method)}
            if hidden := self._hidden():
                tables |= self.asked.channel_importance(None)
                tables |= {name: self.asked.importance(self.method, name) for name in self._dense(hidden)}
            self._of_all = self._made_of, tables
        return dict(tables)

    def state(self, tables: Mapping[str, Importance]) -> dict[str, Any]:
        """Trait of the matrix -> its value for such tables; changes nothing."""
        offered = [choice for choice in self._choices if choice["key"] in tables]
        shown = {"layer": self.matrix.layer if self.matrix.layer in tables else FEATURES, "layers": offered}
        return shown | self.matrix.state(
            {key: (table, self.ids.of_rows(key, len(table.features))) for key, table in tables.items()}
        )

    def give_up(self) -> None:
        """Stop what is being worked out, as while the model trains; tables that are done stay."""
        self._rests = True
        for kind in ("layers", "method", "floor"):
            self._worker.cancel(kind)
        if self.matrix.floor == "running":
            self.matrix.floor = "offered"

    def measure_floor(self) -> None:
        """Work out the noise floor of the table of the features, which the matrix then shows.

        Raises:
            NoFloorError: There is none for this model, or these rows, or not while it trains.
        """
        self.matrix.floor_words = ""
        if self._rests:
            raise NoFloorError(
                "Expected a model that rests for a noise floor. Received one that is trained; wait until it pauses.",
                "the model is being trained; once it pauses there can be one",
            )
        method = self.method
        run = self.asked.noise_floor(method, self._trained_rows)

        def work(check: Check) -> None:
            def listen(done: float, total: float | None) -> None:
                check()
                share = round(done / total, 2) if total else 0.0
                if share != self.matrix.floor_progress:
                    self.matrix.floor_progress = share

            self._check_version()
            with reported_to(listen):
                found = run.work_out()
            self._check_version()
            share = np.divide(found, run.total, out=np.zeros_like(found), where=run.total > 0)
            self._floors[self._version, method, self._data.explainer.output.name] = share
            self._show_features(replace(self._shown[""], noise_floor=None))

        self.matrix.floor_progress, self.matrix.floor = 0.0, "running"
        self._worker.submit("floor", work)

    def _floor_asked(self, wanted: bool) -> None:
        """In the matrix: what is wrong is told there."""
        if not wanted:
            self._worker.cancel("floor")
            self.matrix.floor = "offered"
            return
        try:
            self.measure_floor()
        except Exception as error:
            self._failed("floor", error)

    def _show_features(self, table: Importance) -> None:
        """The table of the features, with its noise floor where that is known of these weights."""
        found = self._floors.get(self._made_of)
        if self._rows is not None:
            found = None  # it is that of all
        if found is not None and self._trained_rows is not None:
            # The rows that it was measured on, and their background, may be others than those of the table.
            floor = np.maximum(found * table.strength.reshape(-1, len(found)).sum(axis=0), 0)
            attrs = table.attrs | {"noise_floor_rows": self._trained_rows.name}
            table = replace(table, noise_floor=floor, attrs=attrs)
        self._set("", table)
        with self.matrix.hold_sync():
            offered = "offered" if self._rows is None else "none"
            self.matrix.floor = offered if found is None else "known"
            self.matrix.floor_words = ""

    def add_layers(self) -> None:
        """The tables of all hidden layers, one after the other."""
        wanted, method = self._hidden(), self.method

        def work(check: Check) -> None:
            with reported_to(lambda _done, _total: check()):
                channels = {
                    name: self._named(table) for name, table in self.asked.channel_importance(self._rows).items()
                }
            self._check_version()
            units = self._dense(wanted)
            for name, table in channels.items():
                check()
                self._set(name, table)
            offered = [row for row in self._choices if row["key"] in ("", *channels, *units)]
            if all(row["key"] != self.matrix.layer for row in offered):
                self.matrix.layer = ""  # there will be no table of it
            self.matrix.layers = offered
            for name in units:
                table = self._compute(method, name, check)
                self._check_version()
                self._set(name, table)

        if wanted and is_open(self.matrix):
            self._worker.submit("layers", work)

    def _check_version(self) -> None:
        if model_version(self._data.model) != self._version:
            self.outdated()
            raise Superseded

    def _hidden(self) -> list[str]:
        if self.asked.few_classes is not None:
            return []  # as for maps, all classes would take hours
        hidden = ("dense", "conv", "maps")
        return [layer.name for layer in self.architecture.layers if layer.kind in hidden and layer.output is None]

    def _dense(self, layers: Sequence[str]) -> list[str]:
        return [name for name in layers if self.architecture[name].kind == "dense"]

    def renumber(self) -> None:
        """Units of the picture have other ids now: a block of it was opened or closed."""
        for key, table in list(self._shown.items()):
            self._set(key, table)

    def _set(self, key: str, table: Importance) -> None:
        self._shown[key] = table
        if is_open(self.matrix):
            self.matrix.set_table(key, table, self.ids.of_rows(key, len(table.features)))

    def _compute(self, method: str, layer: str | None, check: Check) -> Importance:
        words = method.replace("_", " ") + ("" if layer is None else f", {layer}")

        def listen(done: float, total: float | None) -> None:
            check()
            self.matrix.busy = f"{words}, {grouped(round(done))} of {grouped(round(total))}" if total else words
            self.matrix.progress = min(1.0, done / total) if total else 0.0

        try:
            with reported_to(listen):
                check()
                self.matrix.busy = words
                return self._named(self.asked.importance(method, layer, self._rows))
        finally:
            self.matrix.busy, self.matrix.progress = "", 0.0

    def _named(self, table: Importance) -> Importance:
        """A table that tells which rows it is of."""
        return replace(table, attrs=table.attrs | {"rows_name": self._rows_name}) if self._rows_name else table

    def _failed(self, kind: str, error: Exception) -> None:
        if kind == "floor":
            reason = f"a copy of the model could not be trained ({type(error).__name__})"
            if isinstance(error, (NoFloorError, NothingLearnedError)):
                reason = error.reason
            with self.matrix.hold_sync():
                self.matrix.floor, self.matrix.floor_words = "offered", f"No noise floor: {reason}."
            return
        if kind == "layers":
            # What is not there now will not come: nobody is to wait for it.
            if self.matrix.layer not in self._shown:
                self.matrix.layer = ""
            self.matrix.layers = [row for row in self._choices if row["key"] in ("", *self._shown)]
        what = "A layer's importance" if kind == "layers" else "The importance"
        self._told(f"{what} could not be worked out: {error}")

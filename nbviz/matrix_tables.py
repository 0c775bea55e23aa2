"""The tables that an explorer's matrix offers: of the features and of every hidden layer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from nbviz.attribution.progress import reported_to
from nbviz.attribution.result import Importance
from nbviz.explanation import first_units
from nbviz.importance_matrix import ImportanceMatrix
from nbviz.typeset import grouped
from nbviz.worker import Check, Worker

if TYPE_CHECKING:
    from nbviz.architecture import Architecture
    from nbviz.subject import Subject


class MatrixTables:
    """Fills a matrix in the background: another method, or other weights, make every table anew.

    Attributes:
        matrix: The matrix, once it is made.
        method: How importance is measured.
        cost: Seconds that the last table of the features took.
    """

    def __init__(
        self,
        subject: Subject,
        method: str,
        told: Callable[[str | None], None],
        made: Callable[[Importance], None],
    ) -> None:
        """Work out the table of the features.

        Args:
            subject: The model and its rows.
            method: How importance is measured.
            told: Given what went wrong in the background, None once something succeeds.
            made: Given each later table of the features.
        """
        self._subject, self._told, self._made = subject, told, made
        self.method = method
        began = time.monotonic()
        self._first = subject.importance(method)
        self.cost = time.monotonic() - began
        self._worker = Worker(self._failed)

    def make_matrix(self) -> ImportanceMatrix:
        """The matrix with the table of the features; nothing is worked out for it."""
        matrix = self.matrix = ImportanceMatrix(self._first, height=620)
        matrix.set_table("", self._first, self._feature_ids(self._first))
        matrix.layers = [{"key": "", "label": "features"}, *({"key": key, "label": key} for key in self._hidden())]
        matrix.methods = self._subject.methods
        # A method that is not in the picker stays the one that was asked for.
        matrix.method = self.method if self.method in matrix.methods else None
        matrix.observe(lambda change: self.make_anew(change.new), "method")
        return matrix

    @property
    def architecture(self) -> Architecture:
        """The structure whose layers have tables."""
        return self._subject.reader.architecture

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all that is wanted is worked out; answers whether it is."""
        return self._worker.wait(timeout)

    def make_anew(self, method: str | None = None) -> None:
        """Work every table out again, that of the features first.

        Args:
            method: Another method from now on.
        """
        chosen = self.method = method or self.method

        def work(check: Check) -> None:
            began = time.monotonic()
            table = self._compute(chosen, None, check)
            self.cost = time.monotonic() - began
            self.matrix.forget_tables()
            self.matrix.set_table("", table, self._feature_ids(table))
            self._made(table)
            self._told(None)
            self.add_layers()

        self.give_up()
        self._worker.submit("method", work)

    def give_up(self) -> None:
        """Stop what is being worked out; tables that are done stay."""
        self._worker.cancel("layers")
        self._worker.cancel("method")

    def add_layers(self) -> None:
        """The tables of all hidden layers, one after the other."""
        wanted, method = self._hidden(), self.method

        def work(check: Check) -> None:
            ids = first_units(self.architecture)
            for name in wanted:
                table = self._compute(method, name, check)
                count = len(table.features)
                self.matrix.set_table(name, table, range(ids[name], ids[name] + count))

        if wanted:
            self._worker.submit("layers", work)

    def _hidden(self) -> list[str]:
        return [layer.name for layer in self.architecture.layers if layer.kind == "dense" and layer.output is None]

    def _feature_ids(self, table: Importance) -> list[int | None]:
        ids = self._subject.explainer.feature_ids
        return list(ids) if len(ids) == len(table.features) else [None] * len(table.features)

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
                return self._subject.importance(method, layer)
        finally:
            self.matrix.busy, self.matrix.progress = "", 0.0

    def _failed(self, kind: str, error: Exception) -> None:
        what = "A layer's importance" if kind == "layers" else "The importance"
        self._told(f"{what} could not be worked out: {error}")

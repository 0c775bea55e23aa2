"""The importance of the features at moments of a run, worked out between its batches at a small share of the time."""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nbviz.attribution.table.importance import Importance
from nbviz.picture.history_wire import MomentPlace
from nbviz.training.recording.thinning import spread

if TYPE_CHECKING:
    from nbviz.training.recording.recording import Recording

SHARE_OF_TIME = 0.05  # of the training that tables may take
MOST = 120  # tables kept


class ImportanceOverTime:
    """Listens to a recording, and works out a table at as many of its moments as the time allows.

    A table is made in the training thread, where no batch changes the weights meanwhile.

    Attributes:
        steps: Updates done at each table, in order.
        tables: The tables.
    """

    def __init__(
        self,
        recording: Recording,
        compute: Callable[[], Importance],
        show: Callable[[Sequence[int], Sequence[Importance], Sequence[str]], object],
        *,
        cost: float = 0.0,
    ) -> None:
        """Begin to listen.

        Args:
            recording: The run.
            compute: Works out the table of the present weights.
            show: Given steps, tables and what the moments are called after each change.
            cost: Seconds that a table took before, so that the first one of a slow method comes late.
        """
        self.steps: list[int] = []
        self.tables: list[Importance] = []
        self._recording, self._compute, self._show = recording, compute, show
        self._cost, self._ended = cost, time.monotonic()
        heard = weakref.WeakMethod(self._heard)  # a recording may outlive its explorer

        def listen(what: str) -> None:
            alive = heard()
            if alive is not None:
                alive(what)

        self.close = recording.listen(listen)

    def add(self, step: int, table: Importance) -> None:
        """Add the table of a moment, or replace it; those of other rows or columns go, to which it has no like."""
        before = zip(self.steps, self.tables, strict=True)
        kept = [(at, known) for at, known in before if at != step and _are_alike(known, table)]
        kept = sorted([*kept, (step, table)], key=lambda pair: pair[0])
        kept = [kept[place] for place in spread([at for at, _ in kept], MOST)]
        self.steps, self.tables = [at for at, _ in kept], [known for _, known in kept]
        self._send()

    def forget(self) -> None:
        """Drop all tables, as when another method makes them incomparable."""
        self.steps, self.tables = [], []
        self._send()

    def _heard(self, what: str) -> None:
        if what == "cut":
            self._cut()
        elif what == "moment" and time.monotonic() - self._ended >= self._cost * (1 / SHARE_OF_TIME - 1):
            self._work_out()

    def _cut(self) -> None:
        last = self._recording.moments[-1].step
        count = sum(step <= last for step in self.steps)
        if count < len(self.steps):
            self.steps, self.tables = self.steps[:count], self.tables[:count]
            self._send()

    def _send(self) -> None:
        batches = self._recording.steps_per_epoch
        self._show(self.steps, self.tables, [_label(step, batches) for step in self.steps])

    def _work_out(self) -> None:
        began = time.monotonic()
        try:
            table = self._compute()
        except (ValueError, FloatingPointError) as error:
            # A network that has diverged has no importance; its training is not stopped for that.
            warnings.warn(f"No importance at this moment: {error}", RuntimeWarning, stacklevel=2)
        else:
            self.add(self._recording.moments[-1].step, table)
        self._ended = time.monotonic()
        self._cost = self._ended - began


def _are_alike(one: Importance, other: Importance) -> bool:
    return one.features.equals(other.features) and one.classes.equals(other.classes)


def _label(step: int, batches: int | None) -> str:
    if not batches:
        return f"step {step}"
    epoch, batch = divmod(step - 1, batches)
    return MomentPlace(step, epoch + 1, batch + 1, batches).label

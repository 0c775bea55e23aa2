"""A slider that shows the number of one row after the other, and tells what somebody moved from what comes late."""

from __future__ import annotations

from typing import Any

import ipywidgets

_MOST_BEFORE = 8  # rows that may be on their way at once


class RowSlider(ipywidgets.FloatSlider):
    """A slider whose front end may still speak of the row before.

    Once shown, and at every value that is set, the front end moves a slider to the nearest step and reports that as a
    change. The report of one row may come when the next is set already: it is no move of this one.
    """

    def __init__(self, **given: Any) -> None:
        """As for a `FloatSlider`."""
        super().__init__(**given)
        self._before: list[tuple[float, float]] = []  # (value, step)

    def __repr__(self) -> str:
        """Its value; no markup."""
        return f"RowSlider({self.value:g})"

    def place(self, low: float, high: float, step: float, value: float) -> None:
        """Set range and value, for a row."""
        was = float(self.value), float(self.step)  # type: ignore[has-type]
        self._before = [*self._before, was][-_MOST_BEFORE:]
        with self.hold_sync(), self.hold_trait_notifications():
            self.min, self.max, self.step, self.value = low, high, step, value

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the front end says, unless it says it of a row before."""
        value = sync_data.get("value")
        if isinstance(value, (int, float)) and self._is_late(value):
            super().set_state({key: told for key, told in sync_data.items() if key != "value"})
            self.send_state("value")
            return
        super().set_state(sync_data)

    def _is_late(self, value: float) -> bool:
        """Whether it is what was set before, but for rounding. Reports come in order: none of them comes later."""
        if abs(value - self.value) > self.step * 0.51:
            for place, (old, step) in enumerate(self._before):
                if abs(value - old) <= step * 0.51:
                    self._before = self._before[place + 1 :]
                    return True
        self._before = []
        return False

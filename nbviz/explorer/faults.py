"""What went wrong in the background of an explorer, told until the same succeeds."""

from __future__ import annotations

from collections.abc import Callable

Told = Callable[[str | None], None]


class Faults:
    """Keeps the fault of each part that works by itself, and tells the last one."""

    def __init__(self, tell: Told) -> None:
        """Nothing has gone wrong yet.

        Args:
            tell: Is given the sentence, None when nothing is left to tell.
        """
        self._tell = tell
        self._of: dict[str, str] = {}

    def of(self, part: str) -> Told:
        """What a part calls with what went wrong, with None once it succeeds: the faults of others stay told.

        Args:
            part: What it is called.
        """

        def told(error: str | None) -> None:
            self._of.pop(part, None)
            if error is not None:
                self._of[part] = error
            self._tell(next(reversed(self._of.values()), None))

        return told

    def forget(self) -> None:
        """Nothing that was told counts any more."""
        self._of.clear()
        self._tell(None)

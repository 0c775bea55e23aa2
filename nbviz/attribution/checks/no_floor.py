"""Why there is no noise floor: for whoever calls, and in words for a panel."""

from __future__ import annotations


class NoFloorError(ValueError):
    """A noise floor is asked for where none can be worked out.

    Attributes:
        reason: Why, in words without a name of a function, to be read after "No noise floor: ".
    """

    def __init__(self, message: str, reason: str) -> None:
        """Say what was expected and what came, and the reason alone."""
        super().__init__(message)
        self.reason = reason


class NothingLearnedError(RuntimeError):
    """A clone answers the same, or no number, whatever the features are.

    Attributes:
        reason: As of `NoFloorError`.
    """

    reason = "a copy of the model learned nothing of some outputs from these rows"

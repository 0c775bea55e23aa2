"""When a `Trainer` ends a run by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras

StopTest = Callable[[Mapping[str, float]], bool]


class StopRule:
    """Ends a run when a measure stops improving, or when a function of the epoch's measures says so.

    Attributes:
        callbacks: What the run needs for it.
    """

    def __init__(self, rule: Mapping[str, Any] | StopTest | None, *, validated: bool) -> None:
        """Read a rule.

        Args:
            rule: Arguments of `keras.callbacks.EarlyStopping`, such as `{"monitor": "val_loss", "patience": 10}`; or a
                function that is given the loss and metrics of each epoch and answers whether to stop; None for none.
            validated: Whether there are validation data.

        Raises:
            TypeError: Neither of these, or an argument that `EarlyStopping` does not know.
            ValueError: It watches a measure of validation data, and there are none.
        """
        self.callbacks: list[keras.callbacks.Callback] = []
        self._test: StopTest | None = None
        if isinstance(rule, Mapping):
            try:
                early = keras.callbacks.EarlyStopping(**rule)
            except (TypeError, ValueError) as error:
                known = list(inspect.signature(keras.callbacks.EarlyStopping).parameters)
                raise TypeError(f"Expected stop with arguments among {known}. Received {dict(rule)!r}.") from error
            if str(early.monitor).startswith("val_") and not validated:
                raise ValueError(
                    f"Expected validation_data for a stop rule on {early.monitor!r}. Received none; "
                    'pass validation_data= or stop={"monitor": "loss"}.'
                )
            self.callbacks.append(early)
        elif callable(rule):
            self._test = rule
        elif rule is not None:
            raise TypeError(
                'Expected stop as a dict such as {"monitor": "val_loss", "patience": 10} or a function of the '
                f"epoch's measures. Received {type(rule).__name__}."
            )

    def is_met(self, logs: Mapping[str, float]) -> bool:
        """Whether the function that was given wants the run to end, after an epoch with these measures."""
        return self._test is not None and bool(self._test(dict(logs)))

    def words(self) -> str:
        """Why the run has ended, when something did end it."""
        for early in self.callbacks:
            if early.stopped_epoch > 0:
                epochs = "epoch" if early.patience == 1 else "epochs"
                return f"{early.monitor} has not improved for {early.patience} {epochs}"
        return "a callback has ended the run"

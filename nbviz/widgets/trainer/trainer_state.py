"""What a trainer tells the browser, read from where its run is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nbviz.training.learning_rate import current_rate
from nbviz.training.loop.controls import BATCH_SIZES
from nbviz.widgets.trainer.trainer_wire import TrainerWire

if TYPE_CHECKING:
    from nbviz.keras_model import Model
    from nbviz.training.loop.driver import Driver
    from nbviz.training.recording.recording import Recording


class StateReader:
    """Reads the state of a driver and of its recording."""

    def __init__(
        self, driver: Driver, recording: Recording | None, *, epochs: int | None, fixed_rate: str | None
    ) -> None:
        """Remember what does not change.

        Args:
            driver: Whose state.
            recording: The run's history, None for none.
            epochs: To train for; None: until told to stop.
            fixed_rate: Why the learning rate cannot be changed, None where it can.
        """
        self._driver, self._recording, self._epochs, self._fixed_rate = driver, recording, epochs, fixed_rate
        self._activations = _activation_names(driver.run.model)

    def read(self) -> TrainerWire:
        """The state now."""
        driver, run = self._driver, self._driver.run
        rate = current_rate(run.model.optimizer)
        found = [] if self._recording is None else self._recording.findings
        moments = () if self._recording is None else self._recording.moments
        # After a rewind the recording keeps what came later until the run goes on.
        health = [finding for finding in found if finding.step <= run.step]
        return {
            "status": driver.status,
            "error": driver.error,
            "note": driver.note or (None if self._recording is None else self._recording.fault),
            "closed": driver.closed,
            "updates": run.step,
            "epoch": run.epoch,
            "batch": run.batch,
            "epochs": self._epochs,
            "steps_per_epoch": run.steps_per_epoch,
            "batch_size": run.batch_size,
            "batch_sizes": sorted({*(size for size in BATCH_SIZES if size < 2 * run.rows), run.batch_size}),
            "learning_rate": rate if rate is not None and math.isfinite(rate) else None,
            "fixed_rate": self._fixed_rate,
            "optimizer": type(run.model.optimizer).__name__,
            "updates_per_second": driver.updates_per_second,
            "speed": driver.speed,
            "latest": max([run.step, *(moment.step for moment in moments[-1:])]),
            "recorded": self._recording is not None,
            "health": [
                {"kind": finding.kind, "text": finding.text, "meaning": finding.meaning, "step": finding.step}
                for finding in health
            ],
            "checked": self._checked({finding.kind for finding in health}),
            "preview": driver.preview,
        }

    def _checked(self, found: set[str]) -> list[str]:
        """What was measured at the last recorded moment and found in order."""
        if self._recording is None or not self._recording.moments or "nan" in found:
            return []  # what is not a number is neither dead nor alive
        looked = bool(self._recording.moments[-1].activations)
        ends = bool(self._activations & {"tanh", "sigmoid"})
        checks = [
            ("nan", "no NaN or inf", True),
            ("dead", "no dead units", looked and "relu" in self._activations),
            ("saturated", "no saturated units", looked and ends),
        ]
        return [words for kind, words, measured in checks if measured and kind not in found]


def _activation_names(model: Model) -> set[str]:
    """Activations of the hidden layers: what an output layer does is not looked at."""
    outputs = getattr(model, "output_names", None) or [model.layers[-1].name]
    hidden = [layer for layer in model._flatten_layers(include_self=False) if layer.name not in outputs]
    functions = {str(getattr(getattr(layer, "activation", None), "__name__", "")) for layer in hidden}
    return functions | {type(layer).__name__.lower() for layer in hidden}

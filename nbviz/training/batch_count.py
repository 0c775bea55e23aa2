"""How many batches were trained on, where the index that a callback is told does not say so."""

from __future__ import annotations

from typing import Any

from nbviz.keras_model.forward import look_at


class OptimizerCount:
    """Follows the optimizer's own count, which goes up by one with each batch that is trained on.

    That is `_iterations`: with `gradient_accumulation_steps` the public one counts the updates of the weights.
    """

    def __init__(self, model: Any) -> None:
        """Begin at the present count.

        Args:
            model: Whose optimizer counts; it may be compiled later, or anew.
        """
        self._model = model
        self._optimizer: Any = None
        self._count: int | None = None
        self.passed()

    def passed(self) -> int | None:
        """Batches since this was asked last; None where the optimizer does not count, 0 where it was put back.

        An optimizer that came meanwhile has counted all of its batches since.
        """
        optimizer = getattr(self._model, "optimizer", None)
        known, before = optimizer is self._optimizer, self._count
        self._optimizer, self._count = optimizer, _count(optimizer)
        if self._count is None:
            return None
        return max(0, self._count - (before or 0 if known else 0))


def batches_done(before: int, index: int, steps: int | None, passed: int | None) -> int:
    """Batches done in an epoch once Keras has told of the end of the batch with this index.

    With `steps_per_execution` the index is that of the last batch that there might have been.

    Args:
        before: Batches done at the last call.
        index: Counted from 0.
        steps: Batches in the epoch, None where that is not known.
        passed: What the optimizer has counted since the last call, None where it does not.
    """
    told = index + 1
    if told <= before + 1:
        return told
    if passed is not None and 0 < passed <= told - before:
        return before + passed
    return min(told, steps) if steps is not None and steps > before else told


def _count(optimizer: Any) -> int | None:
    # One that scales the loss leaves out batches whose gradients are not finite, and counts them neither.
    if optimizer is None or hasattr(optimizer, "inner_optimizer"):
        return None
    variable = getattr(optimizer, "_iterations", None)
    return None if variable is None else int(look_at(variable))

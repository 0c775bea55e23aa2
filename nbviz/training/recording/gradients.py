"""Gradients of the compiled loss for fixed rows, without a trace in the model, its metrics or its optimizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.compiled.function import compiled_if_possible
from nbviz.keras_model.gradient_registry import check_gradients
from nbviz.keras_model.graph import arranged, input_specs
from nbviz.network.array_like import refuse_masked
from nbviz.network.distributions import quantiles
from nbviz.network.samples import InputSpec
from nbviz.training.fault import tell, words_of
from nbviz.training.loop.data import number_array
from nbviz.training.model_state import by_path, kernel_paths


class NoLossError(ValueError):
    """A model that has no loss outside its own `train_step`."""


class ProbeGradients:
    """d loss / d weights of a model for rows of data, in inference mode: no dropout, moving statistics.

    The loss is the one of `model.compile`, with what layers add and with regularization, without weights of samples
    or classes. Known for the TensorFlow backend only.
    """

    def __init__(self, model: keras.Model) -> None:
        """Prepare; nothing is computed.

        Args:
            model: A compiled model.
        """
        self._model = model
        self._specs = input_specs(model)
        self._run: Any = None
        self._broken = False
        self._key: tuple[Any, ...] = ()

    def __call__(self, x: Sequence[np.ndarray], y: Any) -> dict[str, np.ndarray]:
        """Gradients at the present weights.

        Args:
            x: Checked rows, one array (rows, *input shape) for each input.
            y: What the loss compares the answers with, arranged as `fit` takes it.

        Returns:
            Path of each trainable weight -> gradient of its shape, zeros where the loss does not depend on it. Empty
            where the backend is not TensorFlow.

        Raises:
            ValueError: y does not fit the loss, or there is none.
        """
        if keras.backend.backend() != "tensorflow":
            return {}
        check_gradients()
        weights = self._model.trainable_weights
        # Compiling anew and freezing layers change what is to be computed.
        key = (self._model._compile_loss, *map(id, weights))
        # Layers keep the ids of losses that they add, those of thrown away ones too.
        before = [(layer, set(layer._loss_ids)) for layer in self._model._flatten_layers()]
        try:
            if self._run is None or key != self._key:
                self._run, self._key = self._compiled(x, y), key
            slopes = self._run(*x, *keras.tree.flatten(y))
        except NoLossError:
            raise
        except Exception as error:
            self._run = None
            raise ValueError(f"Expected y that fits the compiled loss. It raised: {error}") from error
        finally:
            for layer, ids in before:
                layer._loss_ids = ids
        return {path: np.asarray(slope) for path, slope in zip(by_path(weights), slopes, strict=True)}

    def quantiles(self, x: Sequence[np.ndarray], y: Any) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
        """Layer with a trainable kernel -> quantiles (65,) of its kernel's gradient and its bias's (None without).

        Never raises, since a run may be under way that goes on without: empty from the first error on, which is told.
        """
        if self._broken:
            return {}
        try:
            slopes = self(x, y)
        except NoLossError:
            self._broken = True
            return {}
        except Exception as error:
            # Compiled anew with a loss that wants another y, for one.
            self._broken = True
            tell(f"The recording keeps no gradients any more: {words_of(error)}. All else is recorded.")
            return {}
        return {
            name: (quantiles(slopes[kernel]), quantiles(slopes[bias]) if bias in slopes else None)
            for name, (kernel, bias) in kernel_paths(self._model, by_path(self._model.variables)).items()
            if kernel in slopes
        }

    def _compiled(self, x: Sequence[np.ndarray], y: Any) -> Any:
        import tensorflow as tf

        model = self._model
        count = len(x)

        def answer(*rows: Any) -> Any:
            with keras.StatelessScope():
                return model(arranged(model, rows), training=False)

        def run(*given: Any) -> list[Any]:
            rows, truth = given[:count], keras.tree.pack_sequence_as(y, list(given[count:]))
            with keras.StatelessScope(collect_losses=True) as scope, tf.GradientTape() as tape:
                total = loss(rows, truth, model(arranged(model, rows), training=False), scope)
            weights = [variable.value for variable in model.trainable_weights]
            slopes = tape.gradient(total, weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return [tf.convert_to_tensor(slope) for slope in slopes]

        targets = [InputSpec(f"y{i}", part.shape[1:], part.dtype.name) for i, part in enumerate(keras.tree.flatten(y))]
        one_row = compiled_if_possible(answer, self._specs)(*(part[:1] for part in x))
        loss = _loss_of(model, keras.tree.map_structure(lambda part: part[:1], y), one_row)
        return compiled_if_possible(run, [*self._specs, *targets])


def _loss_of(model: keras.Model, y: Any, answers: Any) -> Callable[..., Any]:
    """A function (rows, y, answers, scope) -> loss of a model's own kind, with nothing shared with the model's own."""
    if type(model).compute_loss is not keras.Model.compute_loss:

        def own(rows: Any, truth: Any, answers: Any, _scope: Any) -> Any:
            return model.compute_loss(
                x=arranged(model, rows), y=truth, y_pred=answers, sample_weight=None, training=False
            )

        return own
    compiled = model._compile_loss
    fresh = None
    if compiled is not None:
        # The model's own keeps means of its parts, and may not be built before the first batch.
        fresh = type(compiled)(
            compiled._user_loss, compiled._user_loss_weights, output_names=getattr(compiled, "output_names", None)
        )
        fresh.build(y, answers)

    def total(_rows: Any, truth: Any, answers: Any, scope: Any) -> Any:
        parts = [] if fresh is None else [fresh(truth, answers)]
        parts += [keras.ops.sum(part) for part in scope.losses]
        parts += [weight.regularizer(weight) for weight in model.trainable_weights if weight.regularizer is not None]
        if not parts:
            raise NoLossError("Expected a model with a loss. Received one that is compiled without.")
        return sum(keras.ops.cast(part, "float32") for part in parts)

    return total


def rows_of(y: Any, rows: np.ndarray, count: int) -> Any:
    """Rows of what `fit` takes as y: an array, DataFrame or Series, or a list / dict of these.

    Raises:
        TypeError: y is not numbers.
        ValueError: There are not as many rows as in x, or some cells are masked.
    """

    def pick(part: Any) -> np.ndarray:
        refuse_masked("y", part)
        array = np.asarray(part)
        if array.ndim == 0 or len(array) != count:
            received = "a single number" if array.ndim == 0 else f"{len(array)} rows"
            raise ValueError(f"Expected y with as many rows as x, {count}. Received {received}.")
        return np.asarray((array if array.dtype.kind in "biuf" else number_array("y", array))[rows])

    if isinstance(y, dict):
        return {name: rows_of(part, rows, count) for name, part in y.items()}
    if isinstance(y, (list, tuple)) and y and np.ndim(y[0]) > 0:
        return [pick(part) for part in y]
    return pick(y)

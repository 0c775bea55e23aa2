"""How a shadow clone is trained, as its model was: the loss, the optimizer, the targets, and when to stop."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np

from nbviz.attribution.answers.label_numbers import categories_of, class_indices, plain_array
from nbviz.attribution.answers.labels import number_answers
from nbviz.attribution.checks.shadow_clone import SEEDS
from nbviz.attribution.sites import Head
from nbviz.keras_model.outputs.output_meanings import losses_of
from nbviz.network.architecture import Layer
from nbviz.network.array_like import refuse_gaps

MOST_EPOCHS = 100  # of a clone that stops by itself
PATIENCE = 5  # epochs without a better loss on the held-out rows
STEPS_PER_EPOCH = 300  # beyond it, batches grow instead


class Told(Protocol):
    """Who is told how far a clone has come."""

    def tell(self) -> None:
        """Another batch is done."""

    def epoch(self) -> None:
        """Another epoch is done."""


def training_loss(model: keras.Model, head: Layer) -> Any:
    """The model's loss, if it is compiled, else that of its head."""
    loss = losses_of(model)[0]
    if loss is not None:
        return loss
    if head.logits:
        losses = {"softmax": keras.losses.SparseCategoricalCrossentropy, "sigmoid": keras.losses.BinaryCrossentropy}
        return losses[str(head.output)](from_logits=True)
    by_head = {"softmax": "sparse_categorical_crossentropy", "sigmoid": "binary_crossentropy"}
    return by_head.get(str(head.output), "mean_squared_error")


def training_optimizer(model: keras.Model) -> Any:
    """An optimizer of the model's settings without its state; Adam where it has none."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return keras.optimizers.Adam(name="adam")
    return type(optimizer).from_config(optimizer.get_config())


@dataclass(frozen=True)
class RowOrder:
    """In what order a clone sees its rows.

    Attributes:
        kept: Rows that it is trained on.
        held_out: Rows whose loss says when to stop; none where the number of epochs is given.
        seed: Of the order in each epoch.
    """

    kept: np.ndarray
    held_out: np.ndarray
    seed: int

    @classmethod
    def draw(cls, rows: int, epochs: int | None, numbers: np.random.Generator) -> RowOrder:
        """Hold out 20 % unless the number of epochs is given."""
        order = numbers.permutation(rows)
        held_out, kept = np.split(order, [0 if epochs is not None else max(1, rows // 5)])
        return cls(kept, held_out, int(numbers.integers(SEEDS)))


def train(
    clone: keras.Model,
    columns: np.ndarray,
    targets: np.ndarray,
    epochs: int,
    order: RowOrder,
    told: Told,
) -> None:
    """Fit a clone, with early stopping where rows are held out.

    Args:
        clone: What is fitted.
        columns: (rows, columns of the clone).
        targets: Answers in the form that the loss takes.
        epochs: How many, at most where it stops early.
        order: Of the rows.
        told: Called as it goes on; what it raises ends the training.
    """
    import tensorflow as tf

    kept, held_out = order.kept, order.held_out
    batch_size = int(np.clip(len(kept) // STEPS_PER_EPOCH, 32, 1024))
    # Eager tensors outside: constants of a graph must stay below 2 GB.
    inputs, answers, rows = tf.constant(columns), tf.constant(targets), tf.constant(kept)

    def batches_of(epoch: Any) -> Any:
        # Stateless: TensorFlow's own shuffling depends on its global seed.
        shuffled = tf.random.experimental.stateless_shuffle(rows, seed=tf.stack([order.seed, epoch]))
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)

    def read(batch: Any) -> tuple[Any, Any]:
        return tf.gather(inputs, batch), tf.gather(answers, batch)

    as_written = tf.autograph.experimental.do_not_convert
    data = tf.data.Dataset.range(epochs).flat_map(as_written(batches_of)).map(as_written(read)).prefetch(2)
    callbacks: list[Any] = [
        keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: told.epoch(), on_train_batch_end=lambda batch, logs: told.tell()
        )
    ]
    if len(held_out):
        callbacks.append(keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True))
    clone.fit(
        data,
        epochs=epochs,
        steps_per_epoch=-(-len(kept) // batch_size),
        validation_data=(columns[held_out], targets[held_out]) if len(held_out) else None,
        validation_batch_size=1024,
        callbacks=callbacks,
        shuffle=False,  # it is shuffled already
        verbose=0,
    )


def read_targets(y: Any, rows: int, head: Layer, loss: Any) -> np.ndarray:
    """The answers in the form that the loss takes: class indices (rows,) int32, or numbers (rows, units) float32."""
    array = plain_array(y)
    labels = array.dtype.kind not in "biuf" or categories_of(y) is not None
    if head.output != "linear" and array.ndim == 1 and labels and len(array) == rows:
        # Labels are numbered as importance numbers them.
        array = number_answers(y, rows, Head(head.name, head.output or "softmax", head.units, False)).values
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2) or len(array) != rows:
        raise ValueError(f"Expected y with one entry for each of the {rows} rows of x. Received shape {array.shape}.")
    refuse_gaps("y", array)
    kind = _kind_of(loss)
    if array.ndim == 2:
        if array.shape[1] != head.units:
            raise ValueError(
                f"Expected y of shape ({rows}, {head.units}), one column per output. Received shape {array.shape}."
            )
        numbers = _numbers(array)
        return numbers.argmax(axis=1).astype(np.int32) if kind == "sparse" else numbers
    if head.output == "linear" and kind != "sparse":
        if head.units > 1 and kind != "own":
            raise ValueError(f"Expected y of shape ({rows}, {head.units}). Received shape {array.shape}.")
        return _numbers(array).reshape(rows, -1)
    if head.units == 1:
        if array.dtype.kind in "biuf" and array.min() >= 0 and array.max() <= 1:
            return _numbers(array)[:, None]
        return class_indices(array, 2)[:, None].astype(np.float32)
    indices = class_indices(array, head.units)
    return np.eye(head.units, dtype=np.float32)[indices] if kind == "keras" else indices


def _kind_of(loss: Any) -> str:
    """Of a loss: "sparse" takes class indices, "keras" a column per unit, and the user's "own" what the user gives."""
    loss = keras.losses.get(loss)
    if getattr(loss, "fn", loss) is keras.losses.sparse_categorical_crossentropy:
        return "sparse"
    known = vars(keras.losses).values()
    return "keras" if any(loss is one or type(loss) is one for one in known) else "own"


def _numbers(array: np.ndarray) -> np.ndarray:
    with contextlib.suppress(TypeError, ValueError):
        if array.dtype.kind in "biufO":
            return array.astype(np.float32)
    raise ValueError(f"Expected numbers in y. Received dtype {array.dtype}, such as {array.flat[0]!r}.")

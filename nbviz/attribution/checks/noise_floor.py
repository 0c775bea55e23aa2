"""The noise floor: how strong a feature looks that carries nothing.

The mean of |attribution| never reaches 0, also for a feature without any meaning. Shuffling a column under the
trained model tells nothing of that: its weights stay. So a model of the same make is trained on the data beside a copy
of it whose columns are each shuffled, the *shadow features*. They look like the true ones and carry nothing; whatever
strength they get is the noise floor.

Reference:
    Kursa & Rudnicki (2010), Feature selection with the Boruta package, Journal of Statistical Software 36(11).
"""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from tqdm.auto import tqdm

from nbviz.attribution.checks.shadow_clone import shadow_clone
from nbviz.attribution.checks.shadow_training import (
    MOST_EPOCHS,
    read_targets,
    train,
    training_loss,
    training_optimizer,
)
from nbviz.attribution.explain import importance
from nbviz.keras_model.graph import check_model, has_graph, input_specs
from nbviz.keras_model.reader import ModelReader
from nbviz.network.architecture import Layer, SaidKind
from nbviz.network.arguments import real_number, whole_number
from nbviz.network.samples import InputSpec, Samples, held_at_once, read_samples

_FEWEST_ROWS = 10
_MEASURED_ROWS = 1000  # the mean of |attribution| over more rows moves by less than another training does


def noise_floor(
    model: keras.Model,
    x: Samples,
    y: Any,
    *,
    method: str = "expected_gradients",
    epochs: int | None = None,
    repeats: int = 1,
    quantile: float = 1.0,
    seed: int = 0,
    output_kind: SaidKind | None = None,
) -> np.ndarray:
    """Strength that a feature without meaning would reach, for each class.

    A clone of the model with fresh weights and twice the columns is trained on x beside its shadow features. How
    large logits are depends on how long a model was trained, so the shadows count relative to the real features:

        floor[c] = quantile of strength in the clone (shadows, c)
                   * sum over features of strength in the model (f, c) / sum of strength in the clone (f, c)

    The model itself is never trained; Python's, numpy's and TensorFlow's random numbers go on as if nothing had been.

    Args:
        model: One input of numbers (n, features), one output (n, units), not subclassed.
        x: The rows that the model was trained on.
        y: What it was trained to answer: class indices, one-hot rows, one label of any kind per class (sorted, as
            `np.unique` does), or numbers for a regression.
        method: As of `importance`.
        epochs: How long a clone is trained, on all rows; as long as the model was is a good choice. None holds out a
            fifth of the rows and stops when their loss no longer falls, after 100 epochs at the most.
        repeats: Number of clones, each with other weights and other shadows; the floor is the mean over them. With
            few features it moves by a third from one to the next.
        quantile: Of the shadows, from 0 to 1. The default, their maximum, is Boruta's: beside F shadows a feature
            without meaning passes it with probability 1 / (F + 1); measured with F = 15: 5 to 8 %, and 7 to 12 %
            for the 0.95 quantile, which is of use for hundreds of features.
        seed: Of weights, shadows and order of rows. On a CPU the same seed gives the same floor.
        output_kind: As for `attributions`.

    Returns:
        (classes,), in the unit of the strength.

    Raises:
        TypeError: Not a `keras.Model`, or no numbers in x.
        ValueError: x, y or the model are of another form.
        RuntimeError: A clone answers the same, or no number, whatever the features are.
    """
    spec, head = _input_and_head(model, output_kind)
    _check_options(epochs, repeats, quantile, seed)
    x, y, _ = held_at_once(x, y, [spec])
    columns = read_samples(x, [spec])[0]
    if len(columns) < _FEWEST_ROWS:
        raise ValueError(
            f"Expected at least {_FEWEST_ROWS} rows to train on, better hundreds. Received {len(columns)}."
        )
    loss = training_loss(model, head)
    targets = read_targets(y, len(columns), head, loss)
    features = columns.shape[1]
    options: dict[str, Any] = {"method": method, "seed": seed, "output_kind": output_kind}
    with _random_numbers_kept(seed):
        numbers = np.random.default_rng(seed)
        measured = np.sort(numbers.permutation(len(columns))[:_MEASURED_ROWS])
        strength = _strength(model, columns[measured], targets[measured], options)
        floors = []
        limit = MOST_EPOCHS if epochs is None else epochs
        with tqdm(total=repeats * limit, desc="noise floor", unit="epoch", delay=1, leave=False) as bar:
            for repeat in range(repeats):
                beside = np.concatenate([columns, numbers.permuted(columns, axis=0)], axis=1)
                clone = shadow_clone(model, spec, numbers)
                clone.compile(optimizer=training_optimizer(model), loss=loss, jit_compile=False)
                train(clone, beside, targets, epochs, numbers, bar)
                bar.update((repeat + 1) * limit - bar.n)  # a clone may have stopped early
                cloned = _strength(clone, beside[measured], targets[measured], options)
                with np.errstate(divide="ignore", invalid="ignore"):
                    scale = strength.sum(axis=0) / cloned[:features].sum(axis=0)
                    floors.append(np.quantile(cloned[features:], quantile, axis=0) * scale)
    floor = np.asarray(np.mean(floors, axis=0))
    if not np.isfinite(floor).all():
        raise RuntimeError(
            "Expected a clone whose answers depend on the features. It learned nothing of the outputs "
            f"{np.flatnonzero(~np.isfinite(floor)).tolist()}; pass another seed, or a number of epochs."
        )
    return np.asarray(np.maximum(floor, 0))  # a rise of the loss may be slightly negative


def _strength(model: keras.Model, rows: np.ndarray, answers: np.ndarray, options: dict[str, Any]) -> np.ndarray:
    with warnings.catch_warnings():
        # Of correlated columns and the like the user is told by a call of `importance`.
        warnings.simplefilter("ignore")
        return np.asarray(importance(model, rows, answers, **options).strength, float)


def _input_and_head(model: keras.Model, output_kind: SaidKind | None) -> tuple[InputSpec, Layer]:
    """The input and the head of a model that can be cloned onto twice the columns."""
    check_model(model)
    expected = "Expected a Functional or Sequential model with one input of numbers (n, features) for noise_floor."
    if not has_graph(model):
        raise ValueError(
            f'{expected} Received {type(model).__name__} "{model.name}", which is subclassed: its layers cannot be '
            "cloned onto other columns; importance(model, x) works without a noise floor."
        )
    specs = input_specs(model)
    if len(specs) != 1:
        raise ValueError(
            f"{expected} Received {len(specs)} inputs, {[spec.name for spec in specs]}; importance(model, x) works "
            "without a noise floor."
        )
    [spec] = specs
    if len(spec.shape) != 1 or spec.shape[0] is None or not spec.dtype.startswith(("float", "bfloat")):
        raise ValueError(
            f'{expected} Received the input "{spec.name}" of shape {spec.expected} and dtype {spec.dtype}; '
            "importance(model, x) works without a noise floor."
        )
    outputs = ModelReader(model, output_kind=output_kind).architecture.outputs
    heads = [layer for layer in outputs if layer.output_shape == (layer.units,)]
    if len(model.outputs) != 1 or not heads:
        received = ", ".join(
            f'"{tensor._keras_history.operation.name}" of shape {tensor.shape}' for tensor in model.outputs
        )
        raise ValueError(
            f"Expected a model with one output (n, units) for noise_floor. Received {received}; pass the part of the "
            "model that leads to one output: keras.Model(model.inputs, output)."
        )
    return spec, heads[0]


def _check_options(epochs: int | None, repeats: int, quantile: float, seed: int) -> None:
    if epochs is not None:
        whole_number("epochs", epochs)
    whole_number("repeats", repeats)
    real_number("quantile", quantile, 0, 1)
    whole_number("seed", seed, 0)


@contextlib.contextmanager
def _random_numbers_kept(seed: int) -> Iterator[None]:
    """Python's and numpy's random numbers seeded inside, and afterwards as they were.

    Keras draws a seed from Python's for every initializer without one. Nothing here draws from TensorFlow's.
    """
    python, numpy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)

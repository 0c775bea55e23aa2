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
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
from tqdm.auto import tqdm

from nbviz.attribution.checks.no_floor import NoFloorError, NothingLearnedError
from nbviz.attribution.checks.shadow_clone import shadow_clone
from nbviz.attribution.checks.shadow_training import (
    MOST_EPOCHS,
    RowOrder,
    read_targets,
    train,
    training_loss,
    training_optimizer,
)
from nbviz.attribution.explain import importance
from nbviz.attribution.notes import untold
from nbviz.attribution.progress import current_listener, reported_to
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
    _check_options(epochs, repeats, quantile, seed)
    with _random_numbers_kept(seed):
        asked = _Asked(epochs, repeats, quantile, method, seed, output_kind)
        return NoiseFloorRun(model, x, y, asked).work_out()


def prepare_noise_floor(
    model: keras.Model, x: Samples, y: Any, *, method: str, seed: int = 0, output_kind: SaidKind | None = None
) -> NoiseFloorRun:
    """A noise floor with the settings that `noise_floor` has by default, to be worked out in another thread.

    All that draws Python's or numpy's random numbers is done when this returns: what else runs at the time draws its
    own as if nothing had been.

    Args:
        model: As of `noise_floor`.
        x: Likewise.
        y: Likewise.
        method: As of `importance`.
        seed: Of weights, shadows and order of rows.
        output_kind: As for `attributions`.

    Raises:
        NoFloorError: There is none for such a model, or so few rows.
        TypeError: As `noise_floor`.
        ValueError: Likewise.
    """
    with _random_numbers_kept(seed):
        return NoiseFloorRun(model, x, y, _Asked(None, 1, 1.0, method, seed, output_kind))


class _Asked(NamedTuple):
    """What a caller chose; see `noise_floor`."""

    epochs: int | None
    repeats: int
    quantile: float
    method: str
    seed: int
    output_kind: SaidKind | None


class _Shadowed(NamedTuple):
    """A clone that is still to be trained, and on what."""

    clone: keras.Model
    beside: np.ndarray  # (rows, 2 * features): the columns, and each of them shuffled
    order: RowOrder


class NoiseFloorRun:
    """A noise floor whose data and model are checked, and whose first clone is made; nothing is trained yet.

    Attributes:
        total: (classes,), sum of the strengths of the model's features that the floor is measured against; once it is
            worked out.
    """

    total: np.ndarray

    def __init__(self, model: keras.Model, x: Samples, y: Any, asked: _Asked) -> None:
        """Check, and make a clone.

        Raises:
            NoFloorError: There is none for such a model, or so few rows.
            TypeError: No numbers in x.
            ValueError: x, y or the model do not fit.
        """
        self._model, self._asked = model, asked
        self._spec, head = _input_and_head(model, asked.output_kind)
        x, y, _ = held_at_once(x, y, [self._spec])
        self._columns = read_samples(x, [self._spec])[0]
        count = len(self._columns)
        if count < _FEWEST_ROWS:
            raise NoFloorError(
                f"Expected at least {_FEWEST_ROWS} rows to train on, better hundreds. Received {count}.",
                f"{_FEWEST_ROWS} rows are needed at the least, to train a copy of the model on; there are {count}",
            )
        self._loss = training_loss(model, head)
        self._targets = read_targets(y, count, head, self._loss)
        self._numbers = np.random.default_rng(asked.seed)
        self._measured = np.sort(self._numbers.permutation(count)[:_MEASURED_ROWS])
        self._first: _Shadowed | None = self._shadowed()

    def work_out(self) -> np.ndarray:
        """Train the clones, and measure; see `noise_floor`. Tells whoever listens (`reported_to`) epochs done."""
        columns, asked, rows = self._columns, self._asked, self._measured
        features = columns.shape[1]
        limit = MOST_EPOCHS if asked.epochs is None else asked.epochs
        with _Progress(asked.repeats * limit) as progress:
            self.total = self._strength(self._model, columns[rows], progress).sum(axis=0)
            floors = []
            for repeat in range(asked.repeats):
                clone, beside, order = self._first or self._shadowed()
                self._first = None
                train(clone, beside, self._targets, limit, order, progress)
                progress.reach((repeat + 1) * limit)  # a clone may have stopped early
                cloned = self._strength(clone, beside[rows], progress)
                with np.errstate(divide="ignore", invalid="ignore"):
                    scale = self.total / cloned[:features].sum(axis=0)
                    floors.append(np.quantile(cloned[features:], asked.quantile, axis=0) * scale)
        floor = np.asarray(np.mean(floors, axis=0))
        if not np.isfinite(floor).all():
            raise NothingLearnedError(
                "Expected a clone whose answers depend on the features. It learned nothing of the outputs "
                f"{np.flatnonzero(~np.isfinite(floor)).tolist()}; pass another seed, or a number of epochs."
            )
        return np.asarray(np.maximum(floor, 0))  # a rise of the loss may be slightly negative

    def _shadowed(self) -> _Shadowed:
        numbers, columns = self._numbers, self._columns
        beside = np.concatenate([columns, numbers.permuted(columns, axis=0)], axis=1)
        clone = shadow_clone(self._model, self._spec, numbers)
        clone.compile(optimizer=training_optimizer(self._model), loss=self._loss, jit_compile=False)
        return _Shadowed(clone, beside, RowOrder.draw(len(columns), self._asked.epochs, numbers))

    def _strength(self, model: keras.Model, rows: np.ndarray, progress: _Progress) -> np.ndarray:
        asked, answers = self._asked, self._targets[self._measured]
        with reported_to(lambda _done, _total: progress.tell()):
            return _strength(model, rows, answers, method=asked.method, seed=asked.seed, output_kind=asked.output_kind)


class _Progress:
    """Epochs done, told to whoever listens in this thread, or by a bar."""

    def __init__(self, total: int) -> None:
        self._listener, self._total = current_listener(), total
        hidden = self._listener is not None
        self._bar = tqdm(total=total, desc="noise floor", unit="epoch", delay=1, leave=False, disable=hidden)
        self._done = 0

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def tell(self) -> None:
        """Nothing new; the listener may end the work all the same."""
        if self._listener is not None:
            self._listener(self._done, self._total)

    def epoch(self) -> None:
        """Another epoch is done."""
        self.reach(self._done + 1)

    def reach(self, done: int) -> None:
        """So many epochs are done, or no longer needed."""
        self._bar.update(done - self._done)
        self._done = done
        self.tell()


def _strength(model: keras.Model, rows: np.ndarray, answers: np.ndarray, **options: Any) -> np.ndarray:
    with untold():  # of correlated columns and the like the user is told by a call of `importance`
        return np.asarray(importance(model, rows, answers, **options).strength, float)


def _input_and_head(model: keras.Model, output_kind: SaidKind | None) -> tuple[InputSpec, Layer]:
    """The input and the head of a model that can be cloned onto twice the columns."""
    check_model(model)
    expected = "Expected a Functional or Sequential model with one input of numbers (n, features) for noise_floor."
    instead = "importance(model, x) works without a noise floor."
    if not has_graph(model):
        raise NoFloorError(
            f'{expected} Received {type(model).__name__} "{model.name}", which is subclassed: its layers cannot be '
            f"cloned onto other columns; {instead}",
            "the model is subclassed, so its layers cannot be rebuilt onto other columns",
        )
    specs = input_specs(model)
    if len(specs) != 1:
        raise NoFloorError(
            f"{expected} Received {len(specs)} inputs, {[spec.name for spec in specs]}; {instead}",
            f"it is for models with one input of numbers, and this one has {len(specs)} inputs",
        )
    [spec] = specs
    if len(spec.shape) != 1 or spec.shape[0] is None or not spec.dtype.startswith(("float", "bfloat")):
        raise NoFloorError(
            f'{expected} Received the input "{spec.name}" of shape {spec.expected} and dtype {spec.dtype}; {instead}',
            "it is for rows of numbers, whose columns can be shuffled one by one; images, sequences and text have none",
        )
    outputs = ModelReader(model, output_kind=output_kind).architecture.outputs
    heads = [layer for layer in outputs if layer.output_shape == (layer.units,)]
    if len(model.outputs) != 1 or not heads:
        received = ", ".join(
            f'"{tensor._keras_history.operation.name}" of shape {tensor.shape}' for tensor in model.outputs
        )
        raise NoFloorError(
            f"Expected a model with one output (n, units) for noise_floor. Received {received}; pass the part of the "
            "model that leads to one output: keras.Model(model.inputs, output).",
            "it is for models with one output, a number for each class",
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

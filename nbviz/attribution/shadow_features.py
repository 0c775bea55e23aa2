"""How strong a feature looks that carries nothing: the floor below which a strength is noise.

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
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from nbviz.architecture import Layer
from nbviz.attribution.labels import class_indices
from nbviz.keras_model.forward import look_at
from nbviz.keras_model.graph import calls_of, check_model, has_graph, input_specs
from nbviz.keras_model.heads import loss_of
from nbviz.keras_model.layers import passed_through
from nbviz.keras_model.reader import ModelReader
from nbviz.samples import InputSpec, Samples, read_samples

MOST_EPOCHS = 100  # of a clone that stops by itself
PATIENCE = 5  # epochs without a better loss on the held-out rows
FEWEST_ROWS = 10
MEASURED_ROWS = 1000  # the mean of |attribution| over more rows moves by less than another training does
STEPS_PER_EPOCH = 300  # beyond it, batches grow instead
SEEDS = 1 << 31  # every seed that is drawn is smaller


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

    Returns:
        (classes,), in the unit of the strength.

    Raises:
        TypeError: Not a `keras.Model`, or no numbers in x.
        ValueError: x, y or the model are of another form.
        RuntimeError: A clone answers the same, or no number, whatever the features are.
    """
    spec, head = _check(model)
    _check_options(epochs, repeats, quantile)
    columns = read_samples(x, [spec])[0]
    if len(columns) < FEWEST_ROWS:
        raise ValueError(f"Expected at least {FEWEST_ROWS} rows to train on, better hundreds. Received {len(columns)}.")
    loss = _loss(model, head)
    targets = _read_targets(y, len(columns), head, loss)
    features = columns.shape[1]
    with _random_numbers_kept(seed):
        numbers = np.random.default_rng(seed)
        measured = np.sort(numbers.permutation(len(columns))[:MEASURED_ROWS])
        strength = _strength(model, columns[measured], targets[measured], method, seed)
        floors = []
        limit = MOST_EPOCHS if epochs is None else epochs
        with tqdm(total=repeats * limit, desc="noise floor", unit="epoch", delay=1, leave=False) as bar:
            for repeat in range(repeats):
                beside = np.concatenate([columns, numbers.permuted(columns, axis=0)], axis=1)
                clone = _clone(model, spec, numbers)
                clone.compile(optimizer=_fresh_optimizer(model), loss=loss, jit_compile=False)
                _train(clone, beside, targets, epochs, numbers, bar)
                bar.update((repeat + 1) * limit - bar.n)  # a clone may have stopped early
                cloned = _strength(clone, beside[measured], targets[measured], method, seed)
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


def _strength(model: keras.Model, rows: np.ndarray, answers: np.ndarray, method: str, seed: int) -> np.ndarray:
    from nbviz.attribution.explain import importance

    with warnings.catch_warnings():
        # Of correlated columns and the like the user is told by a call of `importance`.
        warnings.simplefilter("ignore")
        return np.asarray(importance(model, rows, answers, method=method, seed=seed).strength, float)


def _check(model: keras.Model) -> tuple[InputSpec, Layer]:
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
    heads = [layer for layer in ModelReader(model).architecture.outputs if layer.output_shape == (layer.units,)]
    if len(model.outputs) != 1 or not heads:
        received = ", ".join(
            f'"{tensor._keras_history.operation.name}" of shape {tensor.shape}' for tensor in model.outputs
        )
        raise ValueError(
            f"Expected a model with one output (n, units) for noise_floor. Received {received}; pass the part of the "
            "model that leads to one output: keras.Model(model.inputs, output)."
        )
    return spec, heads[0]


def _check_options(epochs: int | None, repeats: int, quantile: float) -> None:
    if epochs is not None and epochs < 1:
        raise ValueError(f"Expected epochs of at least 1, or None to stop early. Received {epochs}.")
    if repeats < 1:
        raise ValueError(f"Expected repeats of at least 1. Received {repeats}.")
    if not 0 <= quantile <= 1:
        raise ValueError(f"Expected a quantile from 0 to 1. Received {quantile}.")


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


# --- the clone


def _clone(model: keras.Model, spec: InputSpec, numbers: np.random.Generator) -> keras.Model:
    """A model of the same make with fresh weights, all of them trainable, onto twice the columns."""
    on_columns = _on_columns(model, spec)

    def remake(layer: Any) -> Any:
        if type(layer) is keras.layers.Lambda:  # its config holds no more than the function's bytecode
            return keras.layers.Lambda(
                layer.function, arguments=layer.arguments, name=layer.name, dtype=layer.dtype_policy
            )
        try:
            config = _fresh(layer.get_config(), numbers)
            if type(layer) in WITH_STATISTICS:
                config |= WITH_STATISTICS[type(layer)](layer, 2 if id(layer) in on_columns else 1)
            return type(layer).from_config(config)
        except Exception as error:
            raise ValueError(
                f'Expected layers that can be made anew from their config. {type(layer).__name__} "{layer.name}" '
                f'raised: "{error}"; importance(model, x) works without a noise floor.'
            ) from error

    def call(layer: Any, *inputs: Any, **options: Any) -> Any:
        try:
            return layer(*inputs, **options)
        except Exception as error:
            raise _fixed(layer, layer.name, spec) from error

    # Uncompiled, since a clone is compiled as its model is. Explicit names: automatic ones would shift the names of
    # the user's next layers.
    view = keras.Model(model.inputs, model.outputs, name="nbviz_shadow_features")
    doubled = keras.Input((2 * int(spec.shape[0] or 0),), dtype=spec.dtype, name=spec.name)
    clone = keras.models.clone_model(view, [doubled], clone_function=remake, call_function=call, recursive=True)
    own = {id(variable) for variable in model.variables}
    shared = [layer for layer in clone.layers if any(id(variable) in own for variable in layer.variables)]
    if shared:
        raise ValueError(
            "Expected layers whose config is plain data. "
            f'{type(shared[0]).__name__} "{shared[0].name}" hands on its weights with it, so that training a clone '
            "would train the model; importance(model, x) works without a noise floor."
        )
    return clone


def _on_columns(model: keras.Model, spec: InputSpec) -> set[int]:
    """Ids of the layers that scale or pass on the columns of the input one by one.

    Raises:
        ValueError: A layer picks or rearranges columns: the shadows would not meet the same fate as the real ones.
    """
    columns = {id(tensor) for tensor in model.inputs}
    layers: set[int] = set()
    for call in calls_of(model):
        operation = call.operation
        if isinstance(operation, keras.layers.InputLayer) or not any(id(tensor) in columns for tensor in call.inputs):
            continue
        passes_on = passed_through(operation) is not None or not getattr(operation, "weights", ())
        if passes_on and not isinstance(operation, keras.layers.Concatenate):
            if any(tuple(tensor.shape[1:]) != spec.shape for tensor in call.outputs):
                raise _fixed(operation, call.name, spec)
            columns.update(id(tensor) for tensor in call.outputs)
            layers.add(id(operation))
    return layers


def _fixed(operation: Any, name: str, spec: InputSpec) -> ValueError:
    return ValueError(
        f"Expected layers that take twice the {spec.shape[0]} columns, for their shadow features beside them. "
        f'{type(operation).__name__} "{name}" takes no other number of columns, or some of them only; '
        "importance(model, x) works without a noise floor."
    )


def _fresh(config: Any, numbers: np.random.Generator) -> Any:
    """The config, all trainable, with a seed of its own for each initializer and random layer: also fixed ones."""
    if isinstance(config, dict):
        config = {key: _fresh(value, numbers) for key, value in config.items()}
        if config.get("trainable") is False:  # to set it on the clone would not reach the layers inside
            config["trainable"] = True
        if "seed" in config and (config["seed"] is None or isinstance(config["seed"], int)):
            config["seed"] = int(numbers.integers(SEEDS))
        return config
    if isinstance(config, (list, tuple)):
        return [_fresh(value, numbers) for value in config]
    return config


def _of_normalization(layer: Any, times: int) -> dict[str, Any]:
    mean, variance = look_at(layer.mean).ravel(), look_at(layer.variance).ravel()
    if not layer.axis:
        return {"mean": float(mean[0]), "variance": float(variance[0])}
    return {"mean": np.tile(mean, times).tolist(), "variance": np.tile(variance, times).tolist()}


def _of_rescaling(layer: Any, times: int) -> dict[str, Any]:
    values = {"scale": np.asarray(layer.scale), "offset": np.asarray(layer.offset)}
    return {name: (np.tile(value, times) if value.size > 1 else value).tolist() for name, value in values.items()}


# What a layer knows of each column: a shadow has the mean and the variance of the column it was shuffled from.
WITH_STATISTICS: dict[type, Callable[[Any, int], dict[str, Any]]] = {
    keras.layers.Normalization: _of_normalization,
    keras.layers.Rescaling: _of_rescaling,
}


# --- its training


def _fresh_optimizer(model: keras.Model) -> Any:
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return keras.optimizers.Adam(name="adam")
    return type(optimizer).from_config(optimizer.get_config())


def _loss(model: keras.Model, head: Layer) -> Any:
    """The model's loss, if it is compiled, else that of its head."""
    loss = loss_of(model, model.outputs[0])
    if loss is not None:
        return loss
    by_head = {"softmax": "sparse_categorical_crossentropy", "sigmoid": "binary_crossentropy"}
    return by_head.get(str(head.output), "mean_squared_error")


def _train(
    clone: keras.Model,
    columns: np.ndarray,
    targets: np.ndarray,
    epochs: int | None,
    numbers: np.random.Generator,
    bar: tqdm[Any],
) -> None:
    import tensorflow as tf

    order = numbers.permutation(len(columns))
    held_out, kept = np.split(order, [0 if epochs is not None else max(1, len(order) // 5)])
    batch_size = int(np.clip(len(kept) // STEPS_PER_EPOCH, 32, 1024))
    limit = MOST_EPOCHS if epochs is None else epochs
    shuffle_seed = int(numbers.integers(SEEDS))
    # Eager tensors outside: constants of a graph must stay below 2 GB.
    inputs, answers, rows = tf.constant(columns), tf.constant(targets), tf.constant(kept)

    def batches_of(epoch: Any) -> Any:
        # Stateless: TensorFlow's own shuffling depends on its global seed.
        shuffled = tf.random.experimental.stateless_shuffle(rows, seed=tf.stack([shuffle_seed, epoch]))
        return tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)

    def read(batch: Any) -> tuple[Any, Any]:
        return tf.gather(inputs, batch), tf.gather(answers, batch)

    as_written = tf.autograph.experimental.do_not_convert
    data = tf.data.Dataset.range(limit).flat_map(as_written(batches_of)).map(as_written(read)).prefetch(2)
    callbacks: list[Any] = [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: bar.update())]
    if len(held_out):
        callbacks.append(keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True))
    clone.fit(
        data,
        epochs=limit,
        steps_per_epoch=-(-len(kept) // batch_size),
        validation_data=(columns[held_out], targets[held_out]) if len(held_out) else None,
        validation_batch_size=1024,
        callbacks=callbacks,
        shuffle=False,  # it is shuffled already
        verbose=0,
    )


# --- what it is trained to answer


def _read_targets(y: Any, rows: int, head: Layer, loss: Any) -> np.ndarray:
    """The answers in the form that the loss takes: class indices (rows,) int32, or numbers (rows, units) float32."""
    try:
        array = np.asarray(y)
    except ValueError as error:
        raise ValueError("Expected y as one array. Received rows of unequal lengths.") from error
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2) or len(array) != rows:
        raise ValueError(f"Expected y with one entry for each of the {rows} rows of x. Received shape {array.shape}.")
    missing = pd.isna(array) if array.dtype.kind != "f" else ~np.isfinite(array)
    if missing.any():
        bad = missing.reshape(rows, -1).any(axis=1)
        raise ValueError(
            f"Expected y without gaps. Received missing or infinite values in {bad.sum()} of {rows} rows, the first "
            f"in row {int(bad.argmax())}; fill them, or drop these rows of x and y."
        )
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

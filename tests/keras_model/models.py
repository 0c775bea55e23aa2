"""Models that are easily read wrongly: each small, most of one odd thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import Input, Model, Sequential, layers

from nbviz.keras_model.graph import input_specs
from nbviz.network.architecture import Architecture

ROW = np.ones((1, 4), "float32")


class Block(Model):
    """A subclassed model of one input."""

    def __init__(self, **options: Any) -> None:
        """Two layers."""
        super().__init__(**options)
        self.hidden, self.answer = layers.Dense(3, activation="relu"), layers.Dense(2)

    def call(self, x: Any) -> Any:
        """One after the other."""
        return self.answer(self.hidden(x))


class Eager(Model):
    """A subclassed model whose code cannot be compiled."""

    def __init__(self, **options: Any) -> None:
        """One layer."""
        super().__init__(**options)
        self.answer = layers.Dense(2)

    def call(self, x: Any) -> Any:
        """By way of numpy."""
        return self.answer(keras.ops.convert_to_tensor(keras.ops.convert_to_numpy(x).copy()))


class Pair(Model):
    """A subclassed model of a dict, with two answers."""

    def __init__(self, **options: Any) -> None:
        """One layer."""
        super().__init__(**options)
        self.hidden = layers.Dense(3)

    def call(self, x: dict[str, Any]) -> dict[str, Any]:
        """An answer for each input."""
        return {"p": self.hidden(x["a"]), "q": x["b"] * 2}


class Halved(layers.Dense):
    """Does something else with its kernel than Dense does."""

    def call(self, x: Any, training: bool | None = None) -> Any:
        """Half of it."""
        return super().call(x) * 0.5


class Total(layers.Layer):
    """The sum of a dict of tensors."""

    def call(self, x: dict[str, Any]) -> Any:
        """Of two."""
        return x["a"] + x["b"]


def chain(*items: Any, name: str | None = None) -> Sequential:
    """Layers one after the other."""
    return Sequential(list(items), name=name)


def called(model: Model, *inputs: Any) -> Model:
    """The model, built by a call."""
    model(*inputs)
    return model


def mlp(name: str = "mlp") -> Sequential:
    """Two dense layers."""
    return chain(
        Input((4,), name="x"),
        layers.Dense(5, activation="relu", name="h"),
        layers.Dense(3, activation="softmax", name="y"),
        name=name,
    )


def shared() -> Model:
    """A layer that is called on two inputs."""
    a, b = Input((4,), name="a"), Input((4,), name="b")
    twin = layers.Dense(3, activation="relu", name="twin")
    return Model([a, b], layers.Dense(1, name="y")(layers.Concatenate(name="join")([twin(a), twin(b)])))


def tied() -> Model:
    """A layer that is called on its own answer."""
    x = Input((3,), name="x")
    same = layers.Dense(3, name="same")
    return Model(x, same(same(x)))


def skip() -> Model:
    """A way around a layer."""
    x = Input((4,), name="x")
    h = layers.Dense(4, activation="relu", name="h")(x)
    return Model(x, layers.Dense(2, name="y")(layers.Add(name="add")([x, h])))


def two_outputs(keys: Sequence[str] | None = None) -> Model:
    """Two answers, in a list or under keys."""
    x = Input((4,), name="x")
    h = layers.Dense(5, activation="relu", name="h")(x)
    outputs = [layers.Dense(3, activation="softmax", name="kind")(h), layers.Dense(1, name="price")(h)]
    return Model(x, outputs if keys is None else dict(zip(keys, outputs, strict=True)))


def nested() -> Model:
    """A model inside a model."""
    x = Input((4,), name="x")
    inner = chain(Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(1), name="inner")
    return Model(x, layers.Dense(2, name="y")(inner(x)))


def conv() -> Sequential:
    """An image classifier."""
    return chain(
        Input((8, 8, 3), name="image"),
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu", name="conv"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(name="pool"),
        layers.Flatten(),
        layers.Dense(10, activation="softmax", name="y"),
    )


def masked() -> Sequential:
    """A sequence with a mask, which travels beside the tensors."""
    return chain(
        Input((5, 4), name="x"), layers.Masking(name="mask"), layers.GRU(3, name="gru"), layers.Dense(2, name="y")
    )


def dict_inputs() -> Model:
    """Inputs under keys that are not in the order of the alphabet."""
    a, b = Input((2,), name="a"), Input((3,), name="b")
    return Model({"b": b, "a": a}, layers.Dense(1, name="y")(layers.Concatenate(name="join")([a, b])))


def both_states() -> Model:
    """Two outputs of one layer as answers."""
    x = Input((5, 4), name="x")
    _, h, c = layers.LSTM(3, return_state=True, name="lstm")(x)
    return Model(x, [h, c])


def prelu_on_one_way() -> Model:
    """Weights in a layer that is passed through on one of two ways."""
    x = Input((4,), name="x")
    h = layers.Dense(3, name="h")(x)
    return Model(x, layers.Dense(1, name="y")(layers.Add(name="add")([h, layers.PReLU()(h)])))


def logits_and_probabilities() -> Model:
    """The same numbers before and after softmax as two answers."""
    x = Input((4,), name="x")
    h = layers.Dense(3, name="h")(x)
    return Model(x, [h, layers.Softmax(name="softmax")(h)])


def operations() -> Model:
    """Bare operations among the layers."""
    x = Input((4,), name="x")
    h = layers.Dense(4, name="h")(x)
    return Model(x, layers.Dense(2, name="y")(keras.ops.relu(h) * 2 + x))


def lora() -> Sequential:
    """A kernel with an update of low rank."""
    model = mlp()
    model.layers[0].enable_lora(2)
    model.layers[0].lora_kernel_b.assign(keras.random.normal((2, 5)))
    return model


def quantized() -> Sequential:
    """A kernel of whole numbers."""
    model = chain(Input((4,), name="x"), layers.Dense(3, name="h"), layers.Dense(2, name="y"))
    model.layers[0].quantize("int8")
    return model


def of_dtype(dtype: str) -> Callable[[], Sequential]:
    """Two dense layers that compute in a precision of their own."""
    return lambda: chain(
        Input((4,), name="x", dtype=dtype),
        layers.Dense(3, dtype=dtype, activation="relu", name="h"),
        layers.Dense(2, dtype=dtype, name="y"),
    )


MODELS: dict[str, Callable[[], Model]] = {
    "mlp": mlp,
    "not called": lambda: chain(Input((3,)), layers.Dense(2)),
    "one unit": lambda: chain(Input((1,)), layers.Dense(1)),
    "wide": lambda: chain(Input((3,)), layers.Dense(100_000, activation="relu"), layers.Dense(2)),
    "wide ends": lambda: chain(Input((20_000,)), layers.Dense(2), layers.Dense(20_000)),
    "no parameters": lambda: chain(Input((2, 2)), layers.Flatten()),
    "only dropout": lambda: chain(Input((3,)), layers.Dropout(0.1)),
    "shared": shared,
    "tied": tied,
    "skip": skip,
    "two outputs": two_outputs,
    "dict of outputs": lambda: two_outputs(("p", "q")),
    "nested": nested,
    "conv": conv,
    "masked": masked,
    "sequence": lambda: chain(Input((5, 4)), layers.Dense(3), layers.Dense(2), layers.Flatten(), layers.Dense(2)),
    "one unit on a sequence": lambda: chain(Input((5, 4)), layers.Dense(1), layers.Flatten()),
    "column image": lambda: chain(Input((7, 1)), layers.Dense(3), layers.Flatten(), layers.Dense(2)),
    "block of one number": lambda: chain(Input((5, 2)), layers.LSTM(1), layers.Dense(2)),
    "reshape": lambda: chain(Input((4,)), layers.Dense(6), layers.Reshape((2, 3)), layers.Dense(5), layers.Flatten()),
    "embedding": lambda: chain(
        Input((6,), dtype="int32"), layers.Embedding(10, 4), layers.GlobalAveragePooling1D(), layers.Dense(1)
    ),
    "open length": lambda: chain(Input((None, 3)), layers.Dense(4), layers.GlobalAveragePooling1D(), layers.Dense(2)),
    "open size": lambda: chain(
        Input((None,)), layers.Reshape((-1, 1)), layers.Conv1D(2, 3, padding="same"), layers.GlobalMaxPooling1D()
    ),
    "dict inputs": dict_inputs,
    "both states": both_states,
    "prelu on one way": prelu_on_one_way,
    "logits and probabilities": logits_and_probabilities,
    "operations": operations,
    "attention": lambda: (lambda x: Model(x, layers.Dense(1)(layers.MultiHeadAttention(2, 3)(x, x))))(Input((5, 4))),
    "subclassed": lambda: called(Block(), ROW),
    "subclassed, eager": lambda: called(Eager(), ROW),
    "subclassed, dict": lambda: called(Pair(), {"a": ROW, "b": ROW[:, :2]}),
    "sequential of a dict": lambda: called(chain(Total(), layers.Dense(2)), {"a": ROW, "b": ROW}),
    "own dense": lambda: chain(Input((4,)), Halved(3, name="h"), layers.Dense(2, name="y")),
    "lora": lora,
    "quantized": quantized,
    "float16": of_dtype("float16"),
    "bfloat16": of_dtype("bfloat16"),
    "float64": of_dtype("float64"),
    "names no graph allows": lambda: chain(
        Input((4,), name="<img src=x onerror=alert(1)>"),
        layers.Dense(3, activation="relu", name="🐈 naïve"),
        layers.Dense(3, activation="relu", name="two words"),
        layers.Dense(2, name="é" * 300),
        name="שלום",
    ),
    "text": lambda: chain(
        Input((1,), dtype="string"),
        layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot"),
        layers.Dense(2),
    ),
}


def rows(model: Model, count: int = 6, seed: int = 0) -> Any:
    """Random rows: an array, or a list of them for several inputs."""
    random = np.random.default_rng(seed)
    given = []
    for spec in input_specs(model):
        shape = (count, *(size or 7 for size in spec.shape))
        if spec.dtype == "string":
            given.append(random.choice(["a", "b"], shape).astype(object))
        elif spec.dtype.startswith("int"):
            given.append(random.integers(0, 3, shape))
        else:
            given.append(random.normal(size=shape).astype("float32"))
    return given[0] if len(given) == 1 else given


def names_of(architecture: Architecture) -> list[str]:
    """Of its layers."""
    return [layer.name for layer in architecture.layers]


def pairs_of(architecture: Architecture) -> list[tuple[str, str, str]]:
    """(source, target, kind) of its connections."""
    return [(c.source, c.target, c.kind) for c in architecture.connections]

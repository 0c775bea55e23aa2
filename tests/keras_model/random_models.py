"""Random Keras models: every kind of layer that builds on a CPU, in graphs that nobody would draw by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers as L

ROWS = 4
OPEN = 5  # steps of the data where a model leaves the length open
WORDS = np.array(["ash", "birch", "cedar", "elm"])
ACTIVATIONS = ["relu", "tanh", "sigmoid", "gelu", "softplus", "swish", "softmax", "linear", "leaky_relu", "hard_tanh"]


@dataclass
class Random:
    """A model and data for it.

    Attributes:
        model: The model.
        x: Rows as `predict` takes them: an array, or a dict of arrays for several inputs.
        layers: Kinds of the layers in it.
    """

    model: keras.Model
    x: Any
    layers: set[str] = field(default_factory=set)


Make = Callable[[np.random.Generator], Any]


def pick(random: np.random.Generator, choices: list[Any]) -> Any:
    """One of them."""
    return choices[random.integers(len(choices))]


def units(random: np.random.Generator) -> int:
    """A small number of units."""
    return int(random.integers(2, 6))


def activation(random: np.random.Generator) -> str:
    """Name of an activation."""
    return str(pick(random, ACTIVATIONS))


def standardised(random: np.random.Generator) -> Any:
    """A Normalization that has seen data."""
    return L.Normalization(axis=None, mean=float(random.normal()), variance=float(random.uniform(0.5, 2)))


ANY: list[Make] = [
    lambda r: L.Dense(units(r), activation=activation(r)),
    lambda r: L.Dense(units(r), use_bias=False),
    lambda r: L.Dense(units(r), activation=activation(r), dtype=pick(r, ["float32", "mixed_bfloat16", "float64"])),
    lambda r: L.Activation(activation(r)),
    lambda r: L.ReLU(),
    lambda r: L.LeakyReLU(),
    lambda r: L.ELU(),
    lambda r: L.Softmax(),
    lambda r: L.Dropout(0.4),
    lambda r: L.Dropout(0.4, seed=3),
    lambda r: L.AlphaDropout(0.3),
    lambda r: L.GaussianDropout(0.3),
    lambda r: L.GaussianNoise(0.2),
    lambda r: L.Identity(),
    lambda r: L.ActivityRegularization(0.01),
    lambda r: L.BatchNormalization(),
    lambda r: L.BatchNormalization(scale=False, center=False),
    lambda r: L.LayerNormalization(),
    lambda r: L.RMSNormalization(),
    lambda r: L.UnitNormalization(),
    lambda r: L.Rescaling(0.5, 0.1),
    standardised,
    lambda r: L.SpectralNormalization(L.Dense(units(r))),
    lambda r: L.EinsumDense("...a,ab->...b", output_shape=(units(r),), bias_axes="b"),
    lambda r: L.Lambda(lambda x: x * 2),
    lambda r: keras.Sequential([L.Dense(units(r), activation="relu"), L.Dropout(0.2), L.Dense(units(r))]),
]
FIXED: list[Make] = [
    lambda r: L.Flatten(),
    lambda r: L.PReLU(),
    lambda r: L.Reshape((-1,)),
]
FLAT: list[Make] = [
    lambda r: L.RepeatVector(3),
    lambda r: L.Reshape((-1, 1)),
    lambda r: L.Discretization(bin_boundaries=[-1.0, 0.0, 1.0]),
    lambda r: L.Discretization(bin_boundaries=[0.0], output_mode="multi_hot"),
]
STEPS: list[Make] = [
    lambda r: L.Conv1D(units(r), 2, activation=activation(r), padding=pick(r, ["valid", "same", "causal"])),
    lambda r: L.Conv1D(units(r), 2, dilation_rate=2, padding="same"),
    lambda r: L.SeparableConv1D(units(r), 2, padding="same"),
    lambda r: L.DepthwiseConv1D(2, padding="same", depth_multiplier=2),
    lambda r: L.Conv1DTranspose(units(r), 2, strides=2),
    lambda r: L.MaxPooling1D(2, padding="same"),
    lambda r: L.AveragePooling1D(2, padding="same"),
    lambda r: L.GlobalAveragePooling1D(),
    lambda r: L.GlobalMaxPooling1D(keepdims=bool(r.integers(2))),
    lambda r: L.UpSampling1D(2),
    lambda r: L.ZeroPadding1D(1),
    lambda r: L.Cropping1D((1, 0)),
    lambda r: L.SpatialDropout1D(0.3),
    lambda r: L.GroupNormalization(1),
    lambda r: L.Masking(0.0),
    lambda r: L.LSTM(units(r), return_sequences=bool(r.integers(2))),
    lambda r: L.GRU(units(r), return_sequences=bool(r.integers(2)), reset_after=bool(r.integers(2))),
    lambda r: L.SimpleRNN(units(r), go_backwards=bool(r.integers(2))),
    lambda r: L.RNN([L.LSTMCell(units(r)), L.GRUCell(units(r))], return_sequences=bool(r.integers(2))),
    lambda r: L.RNN(L.SimpleRNNCell(units(r))),
    lambda r: L.Bidirectional(L.LSTM(units(r), return_sequences=True), merge_mode=pick(r, ["concat", "sum"])),
    lambda r: L.Bidirectional(L.GRU(units(r))),
    lambda r: L.TimeDistributed(L.Dense(units(r), activation=activation(r))),
    lambda r: OnItself(L.MultiHeadAttention(2, 2)),
    lambda r: OnItself(L.GroupQueryAttention(2, 2, 1)),
    lambda r: OnItself(L.Attention(), joined=True),
    lambda r: OnItself(L.AdditiveAttention(), joined=True),
    lambda r: L.Permute((2, 1)),
    lambda r: keras.Sequential([L.Conv1D(units(r), 2, padding="same"), L.BatchNormalization(), L.ReLU()]),
]
PICTURES: list[Make] = [
    lambda r: L.Conv2D(units(r), 3, activation=activation(r), padding=pick(r, ["valid", "same"])),
    lambda r: L.Conv2D(units(r), 2, strides=2, padding="same", use_bias=False),
    lambda r: L.Conv2DTranspose(units(r), 2, strides=2),
    lambda r: L.SeparableConv2D(units(r), 3, padding="same"),
    lambda r: L.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
    lambda r: L.MaxPooling2D(2, padding="same"),
    lambda r: L.AveragePooling2D(2, padding="same"),
    lambda r: L.GlobalAveragePooling2D(),
    lambda r: L.GlobalMaxPooling2D(keepdims=bool(r.integers(2))),
    lambda r: L.UpSampling2D(2, interpolation=pick(r, ["nearest", "bilinear"])),
    lambda r: L.ZeroPadding2D(1),
    lambda r: L.Cropping2D(1),
    lambda r: L.SpatialDropout2D(0.3),
    lambda r: L.GroupNormalization(1),
    lambda r: L.Resizing(5, 4),
    lambda r: L.CenterCrop(4, 4),
    lambda r: L.RandomCrop(4, 4),
    lambda r: L.RandomFlip(),
    lambda r: L.RandomRotation(0.1),
    lambda r: L.RandomZoom(0.1),
    lambda r: L.RandomTranslation(0.1, 0.1),
    lambda r: L.RandomContrast(0.1),
    lambda r: L.RandomBrightness(0.1),
    lambda r: L.RandomErasing(),
    lambda r: L.RandomShear(0.1, 0.1),
    lambda r: L.RandomPerspective(),
    lambda r: L.RandomElasticTransform(),
    lambda r: L.RandomGaussianBlur(),
    lambda r: L.RandomInvert(),
    lambda r: L.RandomSharpness(0.1),
    lambda r: L.RandomPosterization(2),
    lambda r: L.RandomColorJitter(),
    lambda r: L.RandomGrayscale(),
    lambda r: L.RandomHue(0.1),
    lambda r: L.RandomSaturation(0.1),
    lambda r: L.RandomColorDegeneration(0.1),
    lambda r: L.AugMix(),
    lambda r: L.RandAugment(),
    lambda r: L.AutoContrast(),
    lambda r: L.Equalization(),
    lambda r: L.Solarization(),
    lambda r: L.ContrastLimitedAdaptiveHistogramEqualization(),
    lambda r: L.CutMix(),
    lambda r: L.MixUp(),
    lambda r: L.Pipeline([L.RandomFlip(), L.Rescaling(0.5)]),
    lambda r: L.TimeDistributed(L.Conv1D(units(r), 2, padding="same")),
    lambda r: L.ConvLSTM1D(units(r), 2, padding="same", return_sequences=bool(r.integers(2))),
    lambda r: keras.Sequential([L.Conv2D(units(r), 3, padding="same"), L.BatchNormalization(), L.ReLU()]),
]
VOLUMES: list[Make] = [
    lambda r: L.Conv3D(units(r), 2, activation=activation(r), padding="same"),
    lambda r: L.Conv3DTranspose(units(r), 2),
    lambda r: L.MaxPooling3D(2, padding="same"),
    lambda r: L.AveragePooling3D(2, padding="same"),
    lambda r: L.GlobalAveragePooling3D(),
    lambda r: L.GlobalMaxPooling3D(),
    lambda r: L.UpSampling3D(2),
    lambda r: L.ZeroPadding3D(1),
    lambda r: L.Cropping3D(1),
    lambda r: L.SpatialDropout3D(0.3),
    lambda r: L.TimeDistributed(L.Conv2D(units(r), 2, padding="same")),
    lambda r: L.ConvLSTM2D(units(r), 2, padding="same"),
]
ADAPTIVE: dict[int, list[Make]] = {
    3: [lambda r: L.AdaptiveAveragePooling1D(2), lambda r: L.AdaptiveMaxPooling1D(2)],
    4: [lambda r: L.AdaptiveAveragePooling2D(2), lambda r: L.AdaptiveMaxPooling2D((2, 3))],
    5: [lambda r: L.AdaptiveAveragePooling3D(2), lambda r: L.AdaptiveMaxPooling3D(2)],
}
IDS: list[Make] = [
    lambda r: L.Embedding(7, units(r), mask_zero=bool(r.integers(2))),
    lambda r: L.Embedding(7, units(r)),
    lambda r: L.ReversibleEmbedding(7, units(r)),
    lambda r: L.CategoryEncoding(7, output_mode="multi_hot"),
    lambda r: L.IntegerLookup(vocabulary=[1, 2, 3], output_mode="multi_hot"),
    lambda r: L.Hashing(3, output_mode="multi_hot"),
    lambda r: L.Rescaling(0.2),
]
TEXT: list[Make] = [
    lambda r: L.StringLookup(vocabulary=WORDS[:3].tolist(), output_mode="multi_hot"),
    lambda r: L.Hashing(3, output_mode="multi_hot"),
]
MERGING: list[Make] = [lambda r, kind=kind: kind() for kind in (L.Add, L.Average, L.Maximum, L.Minimum, L.Multiply)] + [
    lambda r: L.Subtract(),
    lambda r: L.Concatenate(),
    lambda r: L.Dot(-1),
    lambda r: L.Attention(),
    lambda r: L.MultiHeadAttention(1, 2),
]
# Each with the kind of input that it fits: the model of a seed begins with one of them.
EVERY: list[tuple[str, Make]] = [
    *(("flat", make) for make in (*ANY, *FIXED, *FLAT)),
    *(("steps", make) for make in (*STEPS, *ADAPTIVE[3])),
    *(("picture", make) for make in (*PICTURES, *ADAPTIVE[4])),
    *(("volume", make) for make in (*VOLUMES, *ADAPTIVE[5])),
    *(("ids", make) for make in IDS),
    *(("text", make) for make in TEXT),
]
OPERATIONS: list[Callable[[Any], Any]] = [
    lambda x: x + 1,
    lambda x: -x,
    lambda x: x * x,
    lambda x: x[:, :1],
    lambda x: keras.ops.mean(x, axis=1),
    lambda x: keras.ops.max(x, axis=-1, keepdims=True),
    lambda x: keras.ops.softmax(x),
    lambda x: keras.ops.expand_dims(x, -1),
    lambda x: keras.ops.transpose(x, (0, *range(len(x.shape) - 1, 0, -1))),
    lambda x: keras.ops.cast(x, "float32"),
    lambda x: keras.ops.concatenate([x, x], axis=-1),
    lambda x: keras.ops.tanh(x),
]


class OnItself:
    """A layer of several inputs that gets one tensor for all."""

    def __init__(self, layer: Any, joined: bool = False) -> None:
        """Take the layer; `joined` for one that takes a list."""
        self.layer, self.joined = layer, joined

    def __call__(self, x: Any) -> Any:
        """The layer's answer."""
        return self.layer([x, x]) if self.joined else self.layer(x, x)


@keras.saving.register_keras_serializable("random_models")
class Written(keras.Model):
    """A subclassed model around a part with a graph."""

    def __init__(self, inside: Any, answers: str) -> None:
        """Take the part, and how it answers: alone, in a list or in a dict."""
        super().__init__()
        self.inside, self.answers = inside, answers

    def call(self, x: Any, training: bool = False) -> Any:
        """What the part returns, and more."""
        y = self.inside(x, training=training)
        y = y[0] if isinstance(y, (list, tuple)) else next(iter(y.values())) if isinstance(y, dict) else y
        if self.answers == "list":
            return [y, keras.ops.tanh(y)]
        return {"plain": y, "doubled": y * 2} if self.answers == "dict" else y


def an_input(random: np.random.Generator, number: int, kind: str | None = None) -> tuple[Any, np.ndarray]:
    """(a symbolic input, rows for it); `kind` is drawn where none is given."""
    kinds = ["flat", "flat", "steps", "open steps", "picture", "volume", "ids", "open ids", "table", "text"]
    kind = kind or pick(random, kinds)
    name = pick(random, ["x", "input", "in a", "größe", "a/b"][:3]) + str(number)
    shape: tuple[int | None, ...] = {
        "flat": (units(random) + 2,),
        "steps": (6, 3),
        "open steps": (None, 3),
        "picture": (6, 7, int(random.integers(1, 4))),
        "volume": (4, 4, 4, 2),
        "ids": (4,),
        "open ids": (None,),
        "table": (3,),
        "text": (1,),
    }[kind]
    dtype = {"ids": "int32", "open ids": "int64", "table": "int32", "text": "string"}.get(kind, "float32")
    if kind == "picture" and random.integers(4) == 0:
        dtype = "uint8"
    sizes = (ROWS, *(size or OPEN for size in shape))
    if dtype == "string":
        rows: np.ndarray = random.choice(WORDS, sizes).astype(object)
    elif dtype == "float32":
        rows = random.normal(size=sizes).astype("float32")
    else:
        rows = random.integers(0, 7, sizes).astype(dtype)
    return keras.Input(shape, dtype=dtype, name=name), rows


def fitting(x: Any) -> list[Make]:
    """Layers that a tensor can go into."""
    dtype, rank = keras.backend.standardize_dtype(x.dtype), len(x.shape)
    if dtype == "string":
        return TEXT
    if "int" in dtype:
        return IDS if rank < 4 else [lambda r: L.Rescaling(1 / 255), lambda r: L.Conv2D(units(r), 2, padding="same")]
    fixed = FIXED if None not in x.shape[1:] else []
    if (
        rank in ADAPTIVE and None not in x.shape[1:] and min(x.shape[1:-1]) > 2
    ):  # TensorFlow itself dies of smaller ones
        fixed = fixed + ADAPTIVE[rank]
    by_rank = {2: FLAT, 3: STEPS, 4: PICTURES, 5: VOLUMES}.get(rank, [])
    return ANY + fixed + by_rank * 3


def random_model(seed: int) -> Random:
    """A model of that seed, and rows for it."""
    random = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    kinds: set[str] = set()
    first, make = EVERY[seed % len(EVERY)]
    made = [an_input(random, number, None if number else first) for number in range(pick(random, [1, 1, 1, 2, 2, 3]))]
    inputs = [tensor for tensor, _ in made]
    live = list(inputs)
    shared: list[Any] = []
    begun = step(random, live[:1], shared, kinds, make(random))
    live[0] = live[0] if begun is None else begun
    for _ in range(int(random.integers(1, 7))):
        at = int(random.integers(len(live)))
        entering = [live[at]]
        others = [tensor for tensor in live if "float" in str(tensor.dtype)]
        if len(others) > 1 and "float" in str(live[at].dtype) and random.random() < 0.3:
            entering = [live[at], pick(random, others)]
        leaving = step(random, entering, shared, kinds)
        if leaving is not None:
            if random.random() < 0.75:
                live[at] = leaving
            else:
                live.append(leaving)
    outputs = [head(random, tensor, kinds) for tensor in live]
    outputs = [output for output in outputs if output is not None][: int(random.integers(1, 3))]
    reached = _reached(inputs, outputs)
    rest = [tensor for tensor in inputs if id(tensor) not in reached]
    for tensor in rest:  # every input leads somewhere
        outputs.append(head(random, tensor, kinds))
    outputs = [output for output in outputs if output is not None]
    rows = [array for _, array in made]
    structure = outputs[0] if len(outputs) == 1 else outputs
    if len(outputs) > 1 and random.integers(2):
        structure = {f"out{number}": output for number, output in enumerate(outputs)}
    try:
        model = keras.Model(inputs if len(inputs) > 1 else inputs[0], structure)
    except ValueError:  # a layer of Keras that hands on its own input makes a cycle
        return random_model(seed + 1_000_000)
    x: Any = rows[0] if len(rows) == 1 else {spec.name: array for spec, array in zip(inputs, rows, strict=True)}
    if random.random() < 0.12 and len(rows) == 1 and rows[0].dtype != object:
        model = Written(model, pick(random, ["alone", "list", "dict"]))
        model(rows[0])
        kinds.add("subclassed")
    if random.random() < 0.5:
        model.compile(pick(random, ["adam", "sgd"]), "mse")
        model.optimizer.build(model.trainable_variables)
    for weight in model.weights:  # moving averages and biases say something too
        if "seed" not in weight.path and "float" in str(weight.dtype):
            values = random.normal(size=weight.shape) * 0.5
            weight.assign(np.abs(values) + 0.1 if "variance" in weight.path else values)
    return Random(model, x, kinds)


def step(
    random: np.random.Generator, entering: list[Any], shared: list[Any], kinds: set[str], given: Any = None
) -> Any:
    """What leaves a random layer or operation, or the one given; None where it does not fit."""
    layer: Any
    argument: Any
    if given is not None:
        layer, argument = given, entering[0]
    elif len(entering) == 2:
        layer = pick(random, MERGING)(random)
        argument = entering
        if isinstance(layer, L.MultiHeadAttention):
            layer, argument = OnItself(layer), entering[0]
    elif random.random() < 0.1 and "float" in str(entering[0].dtype):
        layer, argument = pick(random, OPERATIONS), entering[0]
    elif shared and random.random() < 0.15:
        layer, argument = pick(random, shared), entering[0]
    else:
        layer, argument = pick(random, fitting(entering[0]))(random), entering[0]
    try:
        leaving = layer(argument)
    except Exception:  # it does not fit: another one will
        return None
    sizes = leaving.shape[1:] if hasattr(leaving, "shape") else (0,)
    if len(sizes) > 4 or 0 in sizes or np.prod([size or OPEN for size in sizes]) > 2000:
        return None
    inner = getattr(layer, "layer", layer)
    kinds.add(type(inner).__name__)
    if isinstance(inner, L.Layer) and not isinstance(layer, OnItself):
        shared.append(layer)
    return leaving


def head(random: np.random.Generator, tensor: Any, kinds: set[str]) -> Any:
    """An output made of a tensor."""
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    if dtype == "string":
        tensor = TEXT[0](random)(tensor)
    elif "int" in dtype and len(tensor.shape) < 4:
        tensor = L.Embedding(300, 2)(keras.ops.clip(tensor, 0, 299))
    elif dtype == "bool":
        return None
    choice = random.integers(5)
    if choice == 0 and "float" in keras.backend.standardize_dtype(tensor.dtype):
        return tensor
    if len(tensor.shape) > 2:
        if None in tensor.shape[1:]:
            tensor = keras.ops.mean(keras.ops.cast(tensor, "float32"), axis=tuple(range(1, len(tensor.shape) - 1)))
        else:
            tensor = L.Flatten()(tensor)
    if len(tensor.shape) < 2 or tensor.shape[-1] is None:
        return None
    kinds.add("Dense")
    if choice == 1:
        return L.Dense(1, activation="sigmoid")(tensor)
    if choice == 2:
        return L.Dense(2)(tensor)
    return L.Dense(3, activation="softmax")(tensor)


def _reached(inputs: list[Any], outputs: list[Any]) -> set[int]:
    """Ids of the inputs that lead to an output."""
    seen: set[int] = set()
    stack = list(outputs)
    while stack:
        tensor = stack.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        operation, index, _ = tensor._keras_history
        stack += operation._inbound_nodes[index].input_tensors
    return seen & {id(tensor) for tensor in inputs}

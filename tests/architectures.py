"""Small models of every family that a picture must hold for, and all of `keras.applications`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import Input, Model, Sequential, layers, ops

from nbviz.keras_model.graph import input_specs

WORDS = ("red", "green", "blue", "mauve")


def convnet() -> Model:
    """An image classifier: what most people start with."""
    return Sequential(
        [
            Input((16, 16, 3), name="image"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, padding="same", name="conv_1"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(name="pool_1"),
            layers.Conv2D(16, 3, activation="relu", name="conv_2"),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(12, activation="relu", name="hidden"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="convnet",
    )


def autoencoder() -> Model:
    """Convolutions down, transposed convolutions up."""
    return Sequential(
        [
            Input((32, 32, 1), name="image"),
            layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="down_1"),
            layers.BatchNormalization(),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="down_2"),
            layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu", name="up_1"),
            layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu", name="up_2"),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="picture"),
        ],
        name="autoencoder",
    )


def unet(depth: int = 4) -> Model:
    """A U-Net with skips over every level."""
    x = image = Input((32, 32, 1), name="image")
    skips = []
    for level in range(depth):
        x = _twice(x, 4 * 2**level, f"down_{level}")
        skips.append(x)
        x = layers.MaxPooling2D(name=f"down_{level}_pool")(x)
    x = _twice(x, 4 * 2**depth, "bottom")
    for level in reversed(range(depth)):
        x = layers.Conv2DTranspose(4 * 2**level, 2, strides=2, name=f"up_{level}_grow")(x)
        x = layers.Concatenate(name=f"up_{level}_join")([skips[level], x])
        x = _twice(x, 4 * 2**level, f"up_{level}")
    return Model(image, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x), name="unet")


def _twice(x: Any, filters: int, name: str) -> Any:
    for number in (1, 2):
        x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_conv_{number}")(x)
        x = layers.BatchNormalization(name=f"{name}_norm_{number}")(x)
        x = layers.ReLU(name=f"{name}_relu_{number}")(x)
    return x


def siamese() -> Model:
    """One encoder for two pictures, and their distance."""
    encoder = Sequential(
        [Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(6)], name="encoder"
    )
    left, right = Input((8, 8, 1), name="left"), Input((8, 8, 1), name="right")
    apart = layers.Lambda(lambda pair: ops.abs(pair[0] - pair[1]), output_shape=(6,), name="distance")
    same = layers.Dense(1, activation="sigmoid", name="same")
    return Model([left, right], same(apart([encoder(left), encoder(right)])), name="siamese")


def many_inputs() -> Model:
    """A picture, a table and a text in; a class, a number and a picture out, as a dict."""
    image = Input((12, 12, 3), name="image")
    table = Input((5,), name="table")
    text = Input((7,), dtype="int32", name="text")
    seen = layers.Conv2D(4, 3, padding="same", activation="relu", name="look")(image)
    read = layers.LSTM(6, name="read")(layers.Embedding(20, 4, name="words")(text))
    known = layers.Dense(6, activation="relu", name="know")(table)
    pooled = layers.GlobalAveragePooling2D(name="pool")(seen)
    joined = layers.Concatenate(name="join")([pooled, read, known])
    hidden = layers.Dense(8, activation="relu", name="think")(joined)
    return Model(
        {"image": image, "table": table, "text": text},
        {
            "kind": layers.Dense(4, activation="softmax", name="kind")(hidden),
            "price": layers.Dense(1, name="price")(hidden),
            "mask": layers.Conv2D(1, 1, activation="sigmoid", name="mask")(seen),
        },
        name="many_inputs",
    )


def lstm() -> Model:
    """Two LSTM layers over a series."""
    return Sequential(
        [
            Input((12, 3), name="series"),
            layers.LSTM(8, return_sequences=True, name="first"),
            layers.LSTM(6, name="second"),
            layers.Dense(2, activation="softmax", name="answer"),
        ],
        name="lstm",
    )


def gru() -> Model:
    """GRU layers over tokens with a mask."""
    return Sequential(
        [
            Input((12,), dtype="int32", name="tokens"),
            layers.Embedding(20, 5, mask_zero=True, name="words"),
            layers.GRU(6, return_sequences=True, name="first"),
            layers.GRU(4, name="second"),
            layers.Dense(1, activation="sigmoid", name="answer"),
        ],
        name="gru",
    )


def bidirectional() -> Model:
    """A series read from both ends, an answer for each step."""
    return Sequential(
        [
            Input((12, 3), name="series"),
            layers.Bidirectional(layers.LSTM(5, return_sequences=True), name="both_ways"),
            layers.TimeDistributed(layers.Dense(4, activation="relu"), name="each_step"),
            layers.Dense(3, activation="softmax", name="tag"),
        ],
        name="bidirectional",
    )


class TokenAndPosition(layers.Layer):
    """A layer of the user's own, made of layers: embeddings of tokens and of their places."""

    def __init__(self, length: int, tokens: int, width: int, **options: Any) -> None:
        """Tables of what a token and a place look like."""
        super().__init__(**options)
        self.token, self.place = layers.Embedding(tokens, width), layers.Embedding(length, width)

    def call(self, x: Any) -> Any:
        """(rows, length) to (rows, length, width)."""
        return self.token(x) + self.place(ops.arange(x.shape[1]))


def transformer(blocks: int = 2) -> Model:
    """Transformer blocks over tokens, as the Keras examples write them."""
    tokens = Input((10,), dtype="int32", name="tokens")
    x = TokenAndPosition(10, 30, 8, name="embed")(tokens)
    for block in range(blocks):
        seen = layers.MultiHeadAttention(2, 4, name=f"block_{block}_attention")(x, x)
        seen = layers.Dropout(0.1, name=f"block_{block}_drop")(seen)
        x = layers.LayerNormalization(name=f"block_{block}_norm")(layers.Add(name=f"block_{block}_add")([x, seen]))
        fed = layers.Dense(16, activation="gelu", name=f"block_{block}_wide")(x)
        fed = layers.Dense(8, name=f"block_{block}_narrow")(fed)
        x = layers.LayerNormalization(name=f"block_{block}_end")(x + fed)
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    return Model(tokens, layers.Dense(3, activation="softmax", name="mood")(x), name="transformer")


def nested() -> Model:
    """A model in a model in a model, the inner ones with convolutions and a residual."""
    x = Input((8, 8, 4))
    residual = Model(
        x, layers.ReLU()(layers.Add()([x, layers.Conv2D(4, 3, padding="same", name="inner_conv")(x)])), name="residual"
    )
    trunk = Sequential([Input((8, 8, 4)), residual, layers.MaxPooling2D()], name="trunk")
    image = Input((8, 8, 3), name="image")
    h = trunk(layers.Conv2D(4, 1, name="stem")(image))
    head = Sequential([Input((4, 4, 4)), layers.Flatten(), layers.Dense(3, activation="softmax")], name="head")
    return Model(image, head(h), name="nested")


class Subclassed(Model):
    """A model whose graph is code."""

    def __init__(self, **options: Any) -> None:
        """Three layers."""
        super().__init__(**options)
        self.hidden, self.drop = layers.Dense(6, activation="relu", name="hidden"), layers.Dropout(0.3, name="drop")
        self.answer = layers.Dense(3, activation="softmax", name="answer")

    def call(self, x: Any, training: bool = False) -> Any:
        """(rows, 4) to (rows, 3)."""
        return self.answer(self.drop(self.hidden(x), training=training))


def subclassed() -> Model:
    """A subclassed model that has been called once."""
    model = Subclassed(name="subclassed")
    model(np.zeros((1, 4), "float32"))
    return model


class Scale(layers.Layer):
    """A layer of the user's own with weights of its own."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        """One factor for each column."""
        self.factor = self.add_weight(shape=(shape[-1],), initializer="ones", name="factor")

    def call(self, x: Any) -> Any:
        """Columns times their factors."""
        return x * self.factor


def custom_layer() -> Model:
    """A layer of the user's own, a Lambda and bare operations."""
    x = Input((4,), name="x")
    h = layers.Dense(6, activation="tanh", name="hidden")(Scale(name="scale")(x))
    h = layers.Lambda(lambda values: values**2, output_shape=(6,), name="square")(h)
    h = ops.concatenate([h, ops.relu(h) - 1], axis=-1)
    return Model(x, layers.Dense(2, name="answer")(h), name="custom_layer")


def preprocessing() -> Model:
    """Words, a text, numbers and classes as they are typed in, encoded by the model itself."""
    colour = Input((1,), dtype="string", name="colour")
    text = Input((1,), dtype="string", name="text")
    size = Input((1,), name="size")
    month = Input((1,), dtype="int32", name="month")
    lookup = layers.StringLookup(vocabulary=list(WORDS), output_mode="one_hot", name="colour_code")
    vectorize = layers.TextVectorization(output_sequence_length=6, vocabulary=["", "[UNK]", *WORDS], name="tokens")
    read = layers.Embedding(6, 4, name="words")(vectorize(text))
    parts = [
        lookup(colour),
        layers.GlobalAveragePooling1D(name="mean_word")(read),
        layers.Normalization(mean=2.0, variance=4.0, name="standardise")(size),
        layers.CategoryEncoding(num_tokens=12, output_mode="one_hot", name="month_code")(month),
    ]
    hidden = layers.Dense(5, activation="relu", name="hidden")(layers.Concatenate(name="join")(parts))
    return Model([colour, text, size, month], layers.Dense(1, name="price")(hidden), name="preprocessing")


def mixed_precision() -> Model:
    """Half floats inside, float32 answers."""
    return Sequential(
        [
            Input((8, 8, 3), name="image"),
            layers.Conv2D(4, 3, activation="relu", dtype="mixed_float16", name="conv"),
            layers.GlobalAveragePooling2D(dtype="mixed_float16", name="pool"),
            layers.Dense(6, activation="relu", dtype="mixed_float16", name="hidden"),
            layers.Dense(3, activation="softmax", dtype="float32", name="kind"),
        ],
        name="mixed_precision",
    )


def channels_first() -> Model:
    """Channels before rows and columns, in layers that run on any machine."""
    return Sequential(
        [
            Input((3, 8, 8), name="image"),
            layers.BatchNormalization(axis=1, name="norm"),
            layers.GlobalMaxPooling2D(data_format="channels_first", name="pool"),
            layers.Dense(3, activation="softmax", name="kind"),
        ],
        name="channels_first",
    )


def volume() -> Model:
    """Convolutions over a volume."""
    return Sequential(
        [
            Input((6, 6, 6, 1), name="volume"),
            layers.Conv3D(4, 3, activation="relu", name="conv"),
            layers.MaxPooling3D(name="pool"),
            layers.Flatten(),
            layers.Dense(2, activation="softmax", name="kind"),
        ],
        name="volume",
    )


def deep_chain(layers_in_all: int = 120) -> Model:
    """More layers in a row than fit a page, with the names Keras gives."""
    x = image = Input((8, 8, 4), name="image")
    for _ in range(layers_in_all):
        x = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return Model(image, layers.Dense(2, activation="softmax", name="kind")(x), name="deep_chain")


def transfer() -> Model:
    """An application inside a model of the user's own: how most people meet one."""
    base = keras.applications.MobileNetV2(weights=None, input_shape=(64, 64, 3), include_top=False)
    image = Input((64, 64, 3), name="image")
    x = layers.GlobalAveragePooling2D(name="pool")(base(layers.Rescaling(1 / 127.5, -1)(image), training=False))
    return Model(image, layers.Dense(5, activation="softmax", name="kind")(x), name="transfer")


FAMILIES: dict[str, Callable[[], Model]] = {
    "conv net": convnet,
    "autoencoder": autoencoder,
    "U-Net": unet,
    "Siamese": siamese,
    "many inputs, dict of outputs": many_inputs,
    "LSTM": lstm,
    "GRU": gru,
    "Bidirectional": bidirectional,
    "Transformer": transformer,
    "nested": nested,
    "subclassed": subclassed,
    "custom layer, Lambda": custom_layer,
    "preprocessing, strings": preprocessing,
    "mixed precision": mixed_precision,
    "channels_first": channels_first,
    "Conv3D": volume,
    "120 layers in a row": deep_chain,
    "transfer learning": transfer,
}

# Inputs that a network with its own head takes only at one size, or not below one.
_SIDES = {"NASNetLarge": 331, "InceptionV3": 128, "InceptionResNetV2": 128, "Xception": 128, "NASNetMobile": 224}
_DEFAULT_SIDE = 96


def applications() -> list[str]:
    """Names of all networks of `keras.applications`."""
    return [name for name, made in inspect.getmembers(keras.applications, inspect.isfunction) if name[0].isupper()]


def application(name: str) -> Model:
    """A network of `keras.applications` with random weights and its own head."""
    side = _SIDES.get(name, _DEFAULT_SIDE)
    model: Model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3))
    return model


def rows(model: Model, count: int = 3, seed: int = 0) -> list[np.ndarray]:
    """Random rows for a model, one array for each of its inputs."""
    random = np.random.default_rng(seed)
    given = []
    for spec in input_specs(model):
        shape = (count, *(size or 7 for size in spec.shape))
        if spec.dtype == "string":
            given.append(random.choice(WORDS, shape).astype(object))
        elif spec.dtype.startswith("int"):
            given.append(random.integers(0, 12, shape))
        else:
            given.append(random.normal(size=shape).astype("float32"))
    return given


def as_called(model: Model, given: list[np.ndarray]) -> Any:
    """Rows as the model's own call takes them."""
    tensors = [ops.convert_to_tensor(part.astype(str) if part.dtype == object else part) for part in given]
    if isinstance(getattr(model, "input", None), dict):
        return dict(zip((spec.name for spec in input_specs(model)), tensors, strict=True))
    return tensors[0] if len(tensors) == 1 else tensors

"""What people bring: a small trained model of every kind of task, with rows to explore it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import Input, Model, Sequential, layers
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine, make_classification


class Situation(NamedTuple):
    """A model, rows, their answers, and what else `nbviz.explore` is given."""

    model: Model
    x: Any
    y: Any
    more: dict[str, Any]


def _standardised(data: Any) -> Any:
    return ((data - data.mean(axis=0)) / (data.std(axis=0) + 1e-9)).astype("float32")


def _trained(model: Model, x: Any, y: Any, loss: Any, epochs: int = 5) -> Model:
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(x, y, epochs=epochs, verbose=0)
    return model


def _classifier(features: int, hidden: list[int], classes: int, name: str) -> Model:
    inner = [layers.Dense(units, activation="relu") for units in hidden]
    return Sequential([Input((features,)), *inner, layers.Dense(classes, activation="softmax")], name=name)


def wine() -> Situation:
    """Thirteen columns, three classes."""
    data = load_wine(as_frame=True)
    x = _standardised(data.data)
    model = _trained(_classifier(13, [32, 16], 3, "wine"), x[::2], data.target[::2], "sparse_categorical_crossentropy")
    return Situation(model, x[1::2], data.target[1::2], {"class_names": ["Barolo", "Grignolino", "Barbera"]})


def digits_as_columns() -> Situation:
    """Pictures that are 64 columns to the model."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32")
    model = _trained(_classifier(64, [48], 10, "columns"), x[200:], y[200:], "sparse_categorical_crossentropy")
    return Situation(model, x[:120], y[:120], {"image_shape": (8, 8)})


def digits() -> Situation:
    """A convolutional net, with digits that it misreads."""
    data = load_digits()
    x = (data.images[..., None] / 16).astype("float32")
    inner = [layers.Conv2D(6, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    model = Sequential([Input((8, 8, 1)), *inner, layers.Dense(10, activation="softmax")], name="digits")
    _trained(model, x[200:], data.target[200:], "sparse_categorical_crossentropy", 2)
    return Situation(model, x[:80], data.target[:80], {})


def _blobs(count: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Bright discs on noise, and where they are."""
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[:side, :side]
    places = random.uniform(side / 4, 3 * side / 4, size=(count, 2, 1, 1))
    inside = (rows - places[:, 0]) ** 2 + (columns - places[:, 1]) ** 2 < (side / 5) ** 2
    x = (0.6 * inside + 0.2 * random.random((count, side, side)))[..., None].astype("float32")
    return x, inside.astype(int)


def autoencoder() -> Situation:
    """Pictures of 96 x 96, and what it makes of them."""
    x, _ = _blobs(24, 96)
    down = [layers.Conv2D(units, 3, strides=2, padding="same", activation="relu") for units in (8, 4)]
    up = [layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu")]
    up += [layers.Conv2DTranspose(1, 3, strides=2, padding="same", name="picture")]
    model = Sequential([Input((96, 96, 1), name="image"), *down, *up], name="autoencoder")
    return Situation(_trained(model, x, x, "mse", 40), x, None, {})


def unet() -> Situation:
    """A mask of each picture, by arms that are joined."""
    x, masks = _blobs(32, 32)
    image = Input((32, 32, 1), name="image")
    arms, value = [], image
    for level in range(2):
        value = layers.Conv2D(4 * 2**level, 3, padding="same", activation="relu", name=f"down_{level}")(value)
        arms.append(value)
        value = layers.MaxPooling2D(name=f"pool_{level}")(value)
    value = layers.Conv2D(16, 3, padding="same", activation="relu", name="bottom")(value)
    for level in (1, 0):
        value = layers.Conv2DTranspose(4 * 2**level, 2, strides=2, name=f"grow_{level}")(value)
        value = layers.Concatenate(name=f"join_{level}")([arms[level], value])
        value = layers.Conv2D(4 * 2**level, 3, padding="same", activation="relu", name=f"up_{level}")(value)
    model = Model(image, layers.Conv2D(2, 1, activation="softmax", name="mask")(value), name="unet")
    _trained(model, x, masks, "sparse_categorical_crossentropy", 40)
    return Situation(model, x, masks, {"class_names": ["ground", "disc"]})


def lstm() -> Situation:
    """Thirty steps of eight features; the third decides, in the middle."""
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 30, 8)).astype("float32")
    y = (x[:, 10:16, 2].mean(axis=1) > 0).astype(int)
    inner = [layers.LSTM(12), layers.Dense(2, activation="softmax")]
    model = Sequential([Input((30, 8), name="series"), *inner], name="lstm")
    _trained(model, x, y, "sparse_categorical_crossentropy", 12)
    return Situation(model, x[:60], y[:60], {"class_names": ["falls", "rises"]})


def _sentences() -> tuple[np.ndarray, np.ndarray]:
    """Ids of words 2 to 49 behind padding 0; one of 2 to 5 speaks for the second class, 6 to 9 for the first."""
    random = np.random.default_rng(0)
    x = random.integers(10, 50, size=(240, 12))
    y = random.integers(0, 2, size=240)
    at = random.integers(0, 6, size=240)
    x[np.arange(240), at] = np.where(y, random.integers(2, 6, size=240), random.integers(6, 10, size=240))
    lengths = random.integers(7, 13, size=240)
    x[np.arange(12) >= lengths[:, None]] = 0
    return x, y


def tokens() -> Situation:
    """Ids of tokens, embedded and averaged."""
    x, y = _sentences()
    inner = [layers.Embedding(50, 6, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dense(2, "softmax")]
    model = Sequential([Input((12,), dtype="int32", name="words"), *inner], name="tokens")
    _trained(model, x, y, "sparse_categorical_crossentropy", 15)
    return Situation(model, x[:60], y[:60], {"class_names": ["against", "in favour"]})


def transformer() -> Situation:
    """Ids of tokens through a block of attention."""
    x, y = _sentences()
    words = Input((12,), dtype="int32", name="words")
    value = layers.Embedding(50, 8)(words)
    value = layers.LayerNormalization()(value + layers.MultiHeadAttention(2, 4)(value, value))
    value = layers.LayerNormalization()(value + layers.Dense(8)(layers.Dense(16, activation="relu")(value)))
    answer = layers.Dense(2, activation="softmax", name="answer")(layers.GlobalAveragePooling1D()(value))
    model = _trained(Model(words, answer, name="transformer"), x, y, "sparse_categorical_crossentropy", 6)
    return Situation(model, x[:60], y[:60], {"class_names": ["against", "in favour"]})


def two_outputs() -> Situation:
    """A class and a number of the same wine."""
    data = load_wine(as_frame=True)
    x = _standardised(data.data)
    alcohol = x.pop("alcohol").to_numpy()[:, None]
    given = Input((12,), name="chemistry")
    value = layers.Dense(16, activation="relu")(given)
    kind = layers.Dense(3, activation="softmax", name="kind")(value)
    model = Model(given, [kind, layers.Dense(1, name="alcohol")(value)], name="two_outputs")
    _trained(model, x.to_numpy(), [data.target.to_numpy(), alcohol], ["sparse_categorical_crossentropy", "mse"])
    return Situation(model, x[::2], [data.target.to_numpy()[::2], alcohol[::2]], {})


def regression() -> Situation:
    """Progression of diabetes, a number."""
    data = load_diabetes(as_frame=True)
    x, y = _standardised(data.data), data.target / 100
    inner = [layers.Dense(16, activation="relu"), layers.Dense(1, name="progression")]
    model = _trained(Sequential([Input((10,)), *inner], name="regression"), x, y, "mse", 8)
    return Situation(model, x[:120], y[:120], {})


def one_sigmoid() -> Situation:
    """Malignant or benign."""
    data = load_breast_cancer(as_frame=True)
    x = _standardised(data.data)
    inner = [layers.Dense(12, activation="relu"), layers.Dense(1, activation="sigmoid", name="benign")]
    model = _trained(Sequential([Input((30,)), *inner], name="one_sigmoid"), x, data.target, "binary_crossentropy", 3)
    return Situation(model, x[:150], data.target[:150], {"class_names": ["malignant", "benign"]})


def multi_label() -> Situation:
    """Four labels, of which a row has any."""
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 10)).astype("float32")
    y = (x[:, :4] + 0.5 * x[:, 4:8] > 0).astype(int)
    inner = [layers.Dense(16, activation="relu"), layers.Dense(4, activation="sigmoid", name="topics")]
    model = _trained(Sequential([Input((10,)), *inner], name="multi_label"), x, y, "binary_crossentropy", 8)
    return Situation(model, x[:80], y[:80], {"class_names": ["sport", "politics", "culture", "weather"]})


def hundred_classes() -> Situation:
    """A hundred classes."""
    random = np.random.default_rng(0)
    middles = random.normal(size=(100, 20)) * 2
    y = np.arange(400) % 100
    x = (middles[y] + 2.5 * random.normal(size=(400, 20))).astype("float32")
    model = _trained(_classifier(20, [48], 100, "hundred"), x, y, "sparse_categorical_crossentropy", 10)
    return Situation(model, x[:200], y[:200], {"class_names": [f"species number {at}" for at in range(100)]})


def many_features() -> Situation:
    """Two hundred columns, few of which matter."""
    x, y = make_classification(300, 200, n_informative=8, n_classes=3, random_state=0, shuffle=False)
    x = x.astype("float32")
    model = _trained(_classifier(200, [24], 3, "wide"), x, y, "sparse_categorical_crossentropy", 4)
    return Situation(model, x[:100], y[:100], {})


def deep() -> Situation:
    """Eight hidden layers of 64."""
    x, y = make_classification(300, 20, n_informative=8, n_classes=3, random_state=0, shuffle=False)
    x = x.astype("float32")
    model = _trained(_classifier(20, [64] * 8, 3, "deep"), x, y, "sparse_categorical_crossentropy", 4)
    return Situation(model, x[:100], y[:100], {})


def resnet50() -> Situation:
    """ResNet50 as Keras has it, untrained; few small pictures of few classes, as its depth is what is hard."""
    pictures, _ = _blobs(3, 32)
    x = np.concatenate([pictures, pictures[:, ::-1], pictures.transpose(0, 2, 1, 3)], axis=-1)
    model = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=5)
    return Situation(model, x, np.arange(3), {})


SITUATIONS: tuple[Callable[[], Situation], ...] = (
    wine,
    digits_as_columns,
    digits,
    autoencoder,
    unet,
    lstm,
    tokens,
    transformer,
    two_outputs,
    regression,
    one_sigmoid,
    multi_label,
    hundred_classes,
    many_features,
    deep,
    resnet50,
)


def situation(name: str) -> Situation:
    """The situation of this name, the same in every run."""
    keras.utils.set_random_seed(1)
    return {made.__name__: made for made in SITUATIONS}[name]()

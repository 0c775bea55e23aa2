"""What people hand in by mistake, or at the edge of what is possible: one sentence says what would do, or it works."""

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import explore
from tests.explorer.small_classifier import LONG

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")

RNG = np.random.default_rng(0)
PICTURES = RNG.random(size=(24, 6, 7, 1)).astype("float32")
ROWS = RNG.normal(size=(24, 4)).astype("float32")
TOKENS = RNG.integers(0, 9, (24, 5)).astype("int32")
Y = np.arange(24) % 3
LARGE = np.zeros((24, 9, 9, 1), "float32")


def compiled(*parts, loss="sparse_categorical_crossentropy"):
    keras.utils.set_random_seed(1)
    model = Sequential(list(parts))
    model.compile("adam", loss)
    return model


def of_pictures():
    conv = layers.Conv2D(2, 3, padding="same", activation="relu")
    return compiled(Input((6, 7, 1), name="x"), conv, layers.Flatten(), layers.Dense(3, activation="softmax"))


def of_rows(units=3, activation="softmax", loss="sparse_categorical_crossentropy"):
    hidden = layers.Dense(4, activation="relu")
    return compiled(Input((4,), name="x"), hidden, layers.Dense(units, activation=activation, name="y"), loss=loss)


def of_tokens():
    words = [layers.Embedding(9, 3), layers.GlobalAveragePooling1D(), layers.Dense(3, activation="softmax")]
    return compiled(Input((5,), dtype="int32", name="x"), *words)


UNKNOWN = np.where(np.arange(24)[:, None] == 3, 12, TOKENS)
REFUSED = {
    "pictures of another size": (of_pictures, {"x": LARGE}, r"\(n, 6, 7, 1\). Received \(n, 9, 9, 1\).* to be resized"),
    "channels first": (of_pictures, {"x": PICTURES.reshape(24, 1, 6, 7)}, r"channels come first, pass np.moveaxis\(x"),
    "flat pictures": (of_pictures, {"x": PICTURES.reshape(24, 42)}, r"pass x.reshape\(-1, 6, 7, 1\)"),
    "a background of another size": (
        of_pictures, {"x": PICTURES, "background": LARGE}, r"The background: Expected x of shape \(n, 6, 7, 1\)",
    ),
    "training data of another size": (
        of_pictures, {"x": PICTURES, "y": Y, "training_data": (LARGE, Y)}, "The training_data: Expected x of shape",
    ),
    "rows as columns": (of_rows, {"x": ROWS.T}, "If its rows are columns, pass x.T"),
    "labels of a few of many classes": (
        lambda: of_rows(1000), {"x": ROWS, "y": np.array(["a", "b", "c"])[Y]},
        "Expected y with 1000 classes.*Received 3 different: 'a', 'b', 'c'; class_names= says which",
    ),
    "an unknown token": (of_tokens, {"x": UNKNOWN, "y": Y}, "Expected ids from 0 to 8.* Received 12"),
    "an unknown token of the background": (of_tokens, {"x": TOKENS, "y": Y, "background": UNKNOWN}, "ids from 0 to 8"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence_and_leaves_nothing(name):
    make, given, words = REFUSED[name]
    model = make()
    before = [weights.tobytes() for weights in model.get_weights()]
    with pytest.raises(ValueError, match=words) as refused:
        explore(model, **given)
    assert "\n" not in str(refused.value)
    assert [weights.tobytes() for weights in model.get_weights()] == before


def test_a_thousand_classes_of_which_three_occur_are_explored():
    model, y = of_rows(1000), np.array([3, 500, 999])[Y]
    made = explore(model, ROWS, y, method="gradient")
    assert made.wait(LONG)
    assert made.error is None
    said = model.predict(ROWS, verbose=0).argmax(axis=1)
    assert made.misread().tolist() == np.flatnonzero(said != y).tolist()
    counts = np.zeros((1000, 1000), int)
    np.add.at(counts, (y, said), 1)
    np.testing.assert_array_equal(made.confusion.counts, counts)


def test_an_output_that_is_always_the_same_is_explored():
    model = of_rows(1, None, "mse")
    model.layers[-1].kernel.assign(np.zeros((4, 1)))
    model.layers[-1].bias.assign([2.5])
    made = explore(model, ROWS, np.ones(24))
    made.selected_sample = 3
    assert made.wait(LONG)
    assert made.error is None
    np.testing.assert_array_equal(made.importance.strength, np.zeros((4, 1)))
    np.testing.assert_allclose(np.frombuffer(made.predicted_values.numbers, "<f4")[:24], 2.5)
    assert made.predicted_values.chart["outputs"][0]["captions"][0].startswith("no R²: y is the same in every row")
    made.measure_noise_floor()
    assert made.wait(LONG)
    assert made.error is None
    np.testing.assert_array_equal(made.importance.noise_floor, [0])  # what never moves is moved by nothing either

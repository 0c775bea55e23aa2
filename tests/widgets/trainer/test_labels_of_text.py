"""Labels that are text: numbered as everywhere, in the form that the loss takes."""

import warnings

import keras
import numpy as np
import pandas as pd
import pytest
from keras import Input, Model, layers

import nbviz
from nbviz import Trainer
from nbviz.widgets.trainer.labels_of_text import holds_text

LONG = 120
X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
INDICES = X.argmax(axis=1)
NAMES = ["mid", "low", "high"]  # the model's order, which is not the sorted one
TEXT = np.array(NAMES)[INDICES]
SORTED = np.unique(TEXT, return_inverse=True)[1]
ONE_HOT = np.eye(3, dtype="float32")[INDICES]
IS_HIGH = (TEXT == "high").astype(int)


def model(loss="sparse_categorical_crossentropy", units=3, activation="softmax"):
    keras.utils.set_random_seed(4)
    net = keras.Sequential([Input((3,), name="x"), layers.Dense(units, activation=activation, name="y")])
    net.compile("sgd", loss)
    return net


def two_outputs():
    keras.utils.set_random_seed(4)
    x = Input((3,), name="x")
    net = Model(x, [layers.Dense(3, activation="softmax", name="kind")(x), layers.Dense(1, name="size")(x)])
    net.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    return net


def trained(net, y, **options):
    """All weights after an epoch."""
    trainer = Trainer(net, X, y, batch_size=8, **options)
    trainer.step("epoch")
    assert trainer.wait(LONG)
    assert trainer.error is None
    return np.concatenate([weight.numpy().ravel() for weight in net.weights]), trainer


CASES = {
    "by class_names": (model, TEXT, {"class_names": NAMES}, INDICES),
    "in sorted order": (model, list(TEXT), {}, SORTED),
    "bytes": (model, TEXT.astype("S"), {}, SORTED),
    "a column": (model, TEXT[:, None], {"class_names": NAMES}, INDICES),
    "a Categorical": (model, pd.Series(TEXT).astype(pd.CategoricalDtype(NAMES)), {}, INDICES),
    "a Categorical in another order than the names": (
        model, pd.Series(TEXT).astype(pd.CategoricalDtype(sorted(NAMES))), {"class_names": NAMES}, INDICES,
    ),
    "one-hot for the loss": (lambda: model("categorical_crossentropy"), TEXT, {"class_names": NAMES}, ONE_HOT),
    "one sigmoid": (
        lambda: model("binary_crossentropy", 1, "sigmoid"),
        np.where(IS_HIGH, "yes", "no"), {"class_names": ["no", "yes"]}, IS_HIGH,
    ),
    "lists of labels": (
        lambda: model("binary_crossentropy", 3, "sigmoid"), [[name] for name in TEXT], {"class_names": NAMES}, ONE_HOT,
    ),
    "a dict by output": (
        two_outputs, {"kind": TEXT, "size": X[:, 0]}, {"class_names": {"kind": NAMES}},
        {"kind": INDICES, "size": X[:, 0]},
    ),
    "a list by output": (two_outputs, [TEXT, X[:, 0]], {"class_names": {"kind": NAMES}}, [INDICES, X[:, 0]]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_text_trains_bitwise_as_the_numbers_do_that_it_means(case):
    make, text, options, numbers = CASES[case]
    (of_text, one), (of_numbers, other) = trained(make(), text, **options), trained(make(), numbers)
    np.testing.assert_array_equal(of_text, of_numbers)
    assert one.recording.metrics["loss"].tolist() == other.recording.metrics["loss"].tolist()


def test_labels_of_validation_data_mean_what_they_mean_in_y():
    few = X[TEXT != "high"][:5], TEXT[TEXT != "high"][:5]
    held = X[TEXT != "high"][:5], INDICES[TEXT != "high"][:5]
    _, one = trained(model(), TEXT, class_names=NAMES, validation_data=few)
    _, other = trained(model(), INDICES, validation_data=held)
    assert one.recording.metrics["val_loss"].tolist() == other.recording.metrics["val_loss"].tolist()
    with pytest.raises(ValueError, match=r"The validation_data: Expected labels among those of y. Received 'odd' too"):
        Trainer(model(), X, TEXT, validation_data=(X[:2], ["odd", "low"]))
    # What the sorted labels of the validation data alone would be is not what they mean.
    _, last = trained(model(), TEXT, validation_data=few)
    _, same = trained(model(), SORTED, validation_data=(few[0], SORTED[TEXT != "high"][:5]))
    assert last.recording.metrics["val_loss"].tolist() == same.recording.metrics["val_loss"].tolist()


def test_a_diagram_that_was_given_names_tells_the_order():
    net = model()
    diagram = nbviz.NetworkDiagram(net, X, class_names=NAMES)
    of_text, _ = trained(net, TEXT, diagram=diagram)
    np.testing.assert_array_equal(of_text, trained(model(), INDICES)[0])


def test_another_order_that_agrees_far_better_is_told():
    net = model()
    net.set_weights([9 * np.eye(3, dtype="float32"), np.zeros(3, "float32")])
    net.optimizer.iterations.assign(1)  # it has been trained
    with pytest.warns(UserWarning, match="in the order mid, low, high it would be 100 %") as told:
        Trainer(net, X, TEXT)
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        Trainer(net, X, TEXT, class_names=NAMES)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: Trainer(model("mse", 3, None), X, TEXT), ValueError, "the output 'y' is a regression"),
        (lambda: Trainer(model(), X, np.where(IS_HIGH, "high", "low")), ValueError, "3 different labels. Received 2"),
        (
            lambda: Trainer(model(), X, np.where(TEXT == "low", None, TEXT)),
            ValueError,
            f"without gaps. Received missing or infinite values in {(TEXT == 'low').sum()} of 24 rows",
        ),
        (
            lambda: Trainer(model(), X, TEXT, validation_data=(X[:3], ["low", None, "mid"])),
            ValueError,
            "The validation_data: Expected y without gaps. Received .* in 1 of 3 rows, the first in row 1",
        ),
        (lambda: Trainer(model(), X, TEXT[:9]), ValueError, "24 answers, one for each row of x. Received 9"),
        (lambda: Trainer(two_outputs(), X, TEXT), ValueError, r"list of answers for the outputs \['kind', 'size'\]"),
        (lambda: nbviz.Recording(model(), X, TEXT), TypeError, "Received text; number the labels first: np.unique"),
    ],
)
def test_what_cannot_be_numbered_is_refused_in_a_sentence(make, kind, words):
    with pytest.raises(kind, match=words):
        make()


def test_text_is_found_wherever_it_is():
    for y in (TEXT, list(TEXT), {"a": TEXT}, [X, TEXT], [["a"], []], pd.DataFrame({"a": [1], "b": ["x"]}), ["a", None]):
        assert holds_text(y)
    for y in (None, INDICES, list(INDICES), ONE_HOT, {"a": X}, [X, X], pd.Series([1, 2]), pd.Categorical([2, 1]), [[]]):
        assert not holds_text(y)

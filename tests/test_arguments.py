"""A wrong type or value of any argument is named as what it is: no error of numpy, traitlets or a comparison inside."""

import inspect
import math

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

import nbviz

X = np.random.default_rng(0).normal(size=(30, 4)).astype("float32")
Y = np.arange(30) % 3

# Each with a value or type that some argument cannot have.
WRONG = {
    "None": lambda: None, "half": lambda: 2.5, "infinity": lambda: math.inf, "NaN": lambda: math.nan,
    "a number as text": lambda: "16", "a number": lambda: 5, "a negative number": lambda: -1, "zero": lambda: 0,
    "a truth": lambda: True, "no list": lambda: [], "no dict": lambda: {}, "a set": lambda: {1, 2}, "an object": object,
    "a word": lambda: "word", "a generator": lambda: (i for i in [1]), "an array": lambda: np.zeros((2, 2)),
    "a list of None": lambda: [None], "a list of this and that": lambda: ["a", 2.5],
}  # fmt: skip


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    hidden = layers.Dense(5, activation="tanh", name="h")
    model = Sequential([Input((4,), name="x"), hidden, layers.Dense(3, activation="softmax", name="y")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def convnet():
    keras.utils.set_random_seed(1)
    return Sequential(
        [
            Input((5, 5, 1)),
            layers.Conv2D(2, 3, name="h"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", name="y"),
        ]
    )


CALLS = {
    "attributions": (nbviz.attributions, {"x": X}),
    "importance": (nbviz.importance, {"x": X}),
    "layer_importance": (nbviz.layer_importance, {"x": X}),
    "activations": (nbviz.activations, {"x": X}),
    "NetworkDiagram": (nbviz.NetworkDiagram, {"x": X}),
    "weights": (nbviz.weights, {"layer": "h"}),
    "Trainer": (nbviz.Trainer, {"x": X, "y": Y, "recording": False}),
    "Recording": (nbviz.Recording, {"x": X, "y": Y}),
    "KernelGrid": (nbviz.KernelGrid, {}),
    "FeatureMaps": (nbviz.FeatureMaps, {"x": np.zeros((3, 5, 5, 1), "float32")}),
}
OF_IMAGES = ("KernelGrid", "FeatureMaps")


def arguments():
    for name, (call, _) in CALLS.items():
        signature = inspect.signature(call.__init__ if isinstance(call, type) else call)
        yield from ((name, argument) for argument in signature.parameters if argument != "self")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("name", "argument"), list(arguments()))
def test_what_is_wrong_is_named_as_what_it_is(request, name, argument):
    call, needed = CALLS[name]
    model = request.getfixturevalue("convnet" if name in OF_IMAGES else "model")
    for wrong in WRONG.values():
        try:
            made = call(**{"model": model, **needed, argument: wrong()})
        except (TypeError, ValueError, IndexError) as error:
            said = str(error)
            assert said.removeprefix("The baseline: ").removeprefix("The background: ").startswith("Expected"), said
            assert "Received" in said
            assert "dtype object" not in said
        else:
            if hasattr(made, "close"):
                made.close()

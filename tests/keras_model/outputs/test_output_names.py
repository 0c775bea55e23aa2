"""What a model answers with: names of its outputs, and all of them."""

import collections

import keras
import numpy as np
import pytest
from keras import Input, Model, layers

from nbviz import activations
from nbviz.keras_model.outputs.output_names import output_names, traced_answers

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Pair = collections.namedtuple("Pair", "first second")


class Code(keras.Model):
    """Returns two tensors, arranged."""

    def __init__(self, arrange):
        super().__init__(name="code")
        self.a, self.b, self._arrange = layers.Dense(2), layers.Dense(3), arrange

    def call(self, x):
        return self._arrange(self.a(x), self.b(x))


def test_outputs_are_called_by_their_key_or_their_layer_and_one_layer_twice_is_numbered():
    x, shared = Input((4,)), layers.Dense(2, name="d")
    first, second = shared(x), shared(x * 2.0)
    assert output_names(Model(x, [first, second])) == ["d", "d:1"]
    assert output_names(Model(x, {"b": first, "a": second})) == ["a", "b"]


ARRANGED = {
    "one": (lambda a, b: a, ["code output"], ["code"]),
    "dict": (lambda a, b: {"y": b, "h": a}, ["h", "y"], ["h", "y"]),
    "dict of one": (lambda a, b: {"y": b}, ["y"], ["y"]),
    "list": (lambda a, b: [a, b], ["code output", "code output 1"], ["code", "code/1"]),
    "named": (lambda a, b: Pair(a, b), ["first", "second"], ["first", "second"]),
    "deep": (lambda a, b: {"y": {"mean": a, "rest": (b, a)}}, ["y/mean", "y/rest/0", "y/rest/1"], None),
    "with nothing": (lambda a, b: (a, None, b), ["code output", "code output 1"], ["code", "code/1"]),
}


@pytest.mark.parametrize("name", ARRANGED)
def test_every_output_of_code_is_there_under_the_name_that_it_gives(name):
    arrange, names, asked = ARRANGED[name]
    model = Code(arrange)
    returned = [value for value in keras.tree.flatten(model(X)) if value is not None]
    assert output_names(model) == names
    assert [tensor.shape[-1] for tensor in traced_answers(model).values()] == [part.shape[-1] for part in returned]
    found = activations(model, X)
    assert list(found) == (asked or names)
    for array, by_hand in zip(found.values(), returned, strict=True):
        np.testing.assert_allclose(array, by_hand, atol=1e-6)

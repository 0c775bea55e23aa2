import re
import types

import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import activations
from nbviz.keras_model import describe
from nbviz.keras_model.graph import input_specs
from tests.keras_model.models import ROW, Block, Pair, called, dict_inputs, masked, mlp, names_of, shared


def test_masks_are_not_layers():
    architecture = describe(masked())
    assert names_of(architecture) == ["x", "mask", "gru", "y"]
    assert list(activations(masked(), np.ones((2, 5, 4)))) == ["mask", "gru", "y"]


def test_a_model_used_inside_another_is_described_as_before():
    model = mlp()
    before = describe(model)
    outer = Model(inputs := Input((4,), name="z"), layers.Dense(1)(model(inputs)))
    model(Input((4,)))
    assert describe(model) == before
    assert names_of(describe(outer))[:2] == ["z", "mlp"]


@pytest.mark.parametrize("look", [describe, lambda model: activations(model, ROW)])
@pytest.mark.parametrize(
    ("model", "named"),
    [
        (None, "builtins.NoneType"),
        ("model.keras", "builtins.str"),
        (types.new_class("Sequential", exec_body=lambda ns: ns.update(__module__="tf_keras.src.models"))(), "tf_keras"),
        (layers.Dense(2), "keras.src.layers"),
        (Model, "builtins.type"),
    ],
)
def test_what_is_no_keras_model_is_refused_by_its_type(look, model, named):
    with pytest.raises(TypeError, match=rf"Expected a keras\.Model\. Received {re.escape(named)}"):
        look(model)


def emptied():
    model = mlp()
    for _ in range(2):
        model.pop()
    return model


@pytest.mark.parametrize("look", [describe, lambda model: activations(model, ROW)])
@pytest.mark.parametrize(
    "make", [Block, Sequential, lambda: Sequential([layers.Dense(2)]), lambda: Sequential([Input((3,))]), emptied]
)
def test_an_unbuilt_model_is_refused_with_the_way_out(look, make):
    with pytest.raises(ValueError, match=r"Expected a built model\. .*model\.build"):
        look(make())


def test_a_subclassed_model_that_was_built_without_a_shape_is_refused():
    model = Block()
    model.built = True
    with pytest.raises(ValueError, match="knows its input shape"):
        describe(model)


def test_input_specs_follow_the_order_and_the_keys_of_the_model():
    assert [(spec.name, spec.shape) for spec in input_specs(dict_inputs())] == [("a", (2,)), ("b", (3,))]
    assert [spec.name for spec in input_specs(shared())] == ["a", "b"]
    pair = called(Pair(), {"b": ROW[:, :2], "a": ROW})
    assert [(spec.name, spec.shape) for spec in input_specs(pair)] == [("a", (4,)), ("b", (2,))]


def test_a_wrapper_for_scikit_learn_is_refused_with_the_model_inside():
    from keras.wrappers import SKLearnClassifier

    wrapper = SKLearnClassifier(mlp())
    with pytest.raises(TypeError, match=r"SKLearnClassifier; pass its \.model, or \.model_ once it is fitted"):
        describe(wrapper)
    wrapper.model_ = mlp()  # as `fit` leaves it
    with pytest.raises(TypeError, match=r"SKLearnClassifier; pass its \.model_\.$"):
        describe(wrapper)

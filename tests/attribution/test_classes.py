"""Classes of the outputs: names, numbers, and the columns they become."""

import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import attributions, importance
from nbviz.attribution.classes import class_index, heads_of, name_heads
from nbviz.attribution.sites import Head

X = np.random.default_rng(1).normal(size=(12, 4)).astype("float32")
KIND, SIZE = Head("kind", "softmax", 3, False), Head("size", "linear", 1, False)


@pytest.fixture(scope="module")
def model():
    return Sequential([Input((4,), name="x"), layers.Dense(3, activation="softmax", name="kind")])


@pytest.fixture(scope="module")
def two():
    x = Input((4,), name="x")
    return Model(x, [layers.Dense(1, name="size")(x), layers.Dense(3, activation="softmax", name="kind")(x)])


NAMED = {
    "numbers": ([KIND], None, {"kind": ["0", "1", "2"]}),
    "a list": ([KIND], ["a", "b", "c"], {"kind": ["a", "b", "c"]}),
    "an array": ([KIND], np.array(["a", "b", "c"]), {"kind": ["a", "b", "c"]}),
    "a dict": ([KIND], {"kind": ["a", "b", "c"]}, {"kind": ["a", "b", "c"]}),
    "a single number": ([SIZE], None, {"size": ["size"]}),
    "no and yes": ([SIZE], ["no", "yes"], {"size": ["yes"]}),
    "one of two": ([KIND, SIZE], {"kind": ["a", "b", "c"]}, {"kind": ["a", "b", "c"], "size": ["size"]}),
    "numbers as names": ([KIND], [7, 8, 9], {"kind": ["7", "8", "9"]}),
}


@pytest.mark.parametrize("name", NAMED)
def test_classes_are_named(name):
    heads, given, expected = NAMED[name]
    assert name_heads(heads, given) == expected


def test_columns_of_one_output_are_classes_and_of_several_pairs():
    assert class_index([KIND], {"kind": ["a", "b", "c"]}).tolist() == ["a", "b", "c"]
    both = class_index([SIZE, KIND], {"kind": ["a", "b", "c"], "size": ["m"]})
    assert both.names == ["output", "class"]
    assert both.tolist() == [("size", "m"), ("kind", "a"), ("kind", "b"), ("kind", "c")]


CHOSEN = {"a number": [1], "another order": [2, 0], "numpy numbers": np.array([2, 1]), "all": [0, 1, 2]}


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize("method", ["gradient", "expected_gradients", "deeplift", "ablation", "shapley", "lrp"])
def test_classes_that_were_chosen_are_those_of_the_whole(model, method, name):
    whole, chosen = attributions(model, X, method=method), CHOSEN[name]
    np.testing.assert_allclose(attributions(model, X, method=method, classes=chosen), whole[..., chosen], atol=1e-6)


def test_classes_are_chosen_by_name(model):
    names = ["cat", "dog", "emu"]
    whole = importance(model, X, class_names=names)
    found = importance(model, X, class_names=names, classes=["emu", 0])
    assert found.classes.tolist() == ["emu", "cat"]
    np.testing.assert_allclose(found.strength, whole.strength[:, [2, 0]], rtol=1e-5)
    assert importance(model, X, classes=["2"]).classes.tolist() == ["2"]


@pytest.mark.parametrize("method", ["connection_weights", "garson", "permutation", "column_shuffle"])
def test_methods_of_all_rows_know_classes_too(model, method):
    y = np.arange(12) % 3
    whole = importance(model, X, y, method=method)
    found = importance(model, X, y, method=method, classes=[2, 0])
    np.testing.assert_allclose(found.strength, whole.strength[:, [2, 0]], rtol=1e-5)


def test_classes_of_several_outputs_are_counted_through(two):
    whole = importance(two, X)
    assert whole.classes.tolist() == [("size", "size"), ("kind", "0"), ("kind", "1"), ("kind", "2")]
    found = importance(two, X, classes=[3, 0])
    assert found.classes.tolist() == [("kind", "2"), ("size", "size")]
    np.testing.assert_allclose(found.strength, whole.strength[:, [3, 0]], rtol=1e-5)
    by_name = importance(two, X, class_names={"kind": ["a", "b", "c"]}, classes=["b", "size"])
    assert by_name.classes.tolist() == [("kind", "b"), ("size", "size")]


def test_a_name_that_two_outputs_have_is_refused():
    x = Input((4,))
    model = Model(x, [layers.Dense(2, name="u")(x), layers.Dense(2, name="v")(x)])
    with pytest.raises(ValueError, match=r"Expected classes among 0 to 3.*Received '1'"):
        importance(model, X, classes=["1"])


@pytest.mark.parametrize("method", ["gradient", "expected_gradients"])
def test_more_classes_than_are_compiled_at_once_are_the_same_one_by_one(method):
    model = Sequential([Input((4,)), layers.Dense(40, activation="softmax")])
    whole = attributions(model, X, method=method)
    assert whole.shape == (12, 4, 40)
    for number in (0, 15, 16, 39):
        np.testing.assert_allclose(
            attributions(model, X, method=method, classes=[number])[..., 0], whole[..., number], atol=1e-6
        )
    table = importance(model, X, method=method)
    assert table.standard_error.shape == (4, 40)
    assert (table.standard_error > 0).all() or method == "gradient"  # of a linear model, the same in every row


def test_a_table_of_some_columns_is_of_their_outputs_alone(two):
    heads = [SIZE, KIND]
    assert [heads_of(heads, columns) for columns in ([0], [1, 3], [0, 2])] == [[SIZE], [KIND], [SIZE, KIND]]
    found = importance(two, X, method="gradient", classes=[0]).attrs
    assert (found["head"], found["output"]) == ("linear", "raw output")
    found = importance(two, X, method="gradient", classes=[1, 2, 3]).attrs
    assert (found["head"], found["output"]) == ("softmax", "logit")

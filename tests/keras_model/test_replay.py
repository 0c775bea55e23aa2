"""A replayed graph says what the model says, and visits every layer on the way."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz.keras_model.replay import Replay, run_layer, runs_its_graph

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
LEFT, RIGHT = X[:, :2], X[:, 2:]


def visit(path, operation, args, kwargs):
    return run_layer(operation, args, kwargs)


def answers(model, *inputs):
    return [np.asarray(answer) for answer in Replay(model)(list(map(keras.ops.convert_to_tensor, inputs)), visit)]


def said(model, *inputs):
    given = inputs[0] if len(inputs) == 1 else list(inputs)
    return [np.asarray(answer) for answer in keras.tree.flatten(model(given, training=False))]


def pair(as_dict):
    """Twice the input "b" beside the input "a": which is which matters."""
    b, a = Input((2,), name="b"), Input((2,), name="a")
    return Model({"b": b, "a": a} if as_dict else [b, a], layers.Concatenate()([b * 2.0, a]), name="pair")


def around(call, *inputs):
    return Model(inputs[0] if len(inputs) == 1 else list(inputs), call(*inputs))


def flat():
    return Input((4,))


def halves():
    return Input((2,), name="p"), Input((2,), name="q")


def masked():
    inner = Sequential([Input((3, 4)), layers.Dense(3), layers.GlobalAveragePooling1D()])
    x = Input((4,))
    return Model(x, inner(layers.Masking()(layers.Reshape((3, 4))(layers.Dense(12, activation="relu")(x)))))


def attention_mask():
    x = Input((4,))
    steps = layers.Reshape((2, 2))(x)
    seen = keras.ops.greater(keras.ops.matmul(steps, keras.ops.transpose(steps, (0, 2, 1))), 0)
    return Model(x, layers.MultiHeadAttention(1, 2)(steps, steps, attention_mask=seen))


def lstm_states():
    x = Input((4,))
    return Model(x, layers.LSTM(3, return_state=True)(layers.Reshape((2, 2))(x)))


def int_inside():
    inner = Sequential([Input((4,), dtype="float32"), layers.Dense(2)])
    x = Input((4,), dtype="int32")
    return Model(x, inner(x))


ONE_INPUT = {
    "called by keyword": lambda: around(lambda x: layers.Dense(3)(inputs=x), flat()),
    "a model called by keyword": lambda: around(lambda x: Sequential([Input((4,)), layers.Dense(3)])(inputs=x), flat()),
    "a model that adds an axis": lambda: around(lambda x: Sequential([Input((4, 1)), layers.GRU(3)])(x), flat()),
    "a model that works in another precision": lambda: around(
        lambda x: Sequential([Input((4,)), layers.Dense(3)])(layers.Dense(4, dtype="float64")(x)), flat()
    ),
    "training in the graph": lambda: around(lambda x: layers.Dropout(0.5)(layers.Dense(3)(x), training=False), flat()),
    "operations": lambda: around(lambda x: keras.ops.concatenate([x[:, 1:3] ** 2, 1 - keras.ops.tanh(x)], 1), flat()),
    "the input is the output": lambda: around(lambda x: [x, layers.Dense(2)(x)], flat()),
    "one output twice": lambda: around(lambda x: [layers.Dense(2, name="y")(x)] * 2, flat()),
    "a mask": masked,
    "a mask that is an argument": attention_mask,
    "several outputs of a layer": lstm_states,
}


@pytest.mark.parametrize("name", ONE_INPUT)
def test_a_replay_says_what_the_model_says(name):
    model = ONE_INPUT[name]()
    for ours, theirs in zip(answers(model, X), said(model, X), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_whole_numbers_become_numbers_where_a_model_inside_takes_them():
    model = int_inside()
    np.testing.assert_allclose(answers(model, np.ones((2, 4), "int32")), said(model, np.ones((2, 4), "int32")))


@pytest.mark.parametrize("as_dict", [False, True])
@pytest.mark.parametrize(
    "call",
    [
        lambda inner, p, q: inner({"b": p, "a": q}),
        lambda inner, p, q: inner({"a": q, "b": p}),
        lambda inner, p, q: inner(inputs={"a": q, "b": p}),
    ],
)
def test_inputs_of_a_model_inside_are_found_by_name(as_dict, call):
    model = around(lambda p, q: call(pair(as_dict), p, q), *halves())
    by_hand = np.concatenate([2 * LEFT, RIGHT], axis=1)
    np.testing.assert_array_equal(answers(model, LEFT, RIGHT)[0], by_hand)
    np.testing.assert_array_equal(said(model, LEFT, RIGHT)[0], by_hand)


def test_inputs_of_a_model_inside_are_found_in_order():
    model = around(lambda p, q: pair(False)([q, p]), *halves())
    np.testing.assert_array_equal(answers(model, LEFT, RIGHT)[0], np.concatenate([2 * RIGHT, LEFT], axis=1))


def test_every_call_is_visited_once_in_order_under_its_path():
    encoder = Sequential([Input((2,)), layers.Dense(3, name="h")], name="encoder")
    p, q = halves()
    model = Model([p, q], layers.Dense(1, name="y")(layers.Add(name="sum")([encoder(p), encoder(q)])))
    visited = []

    def note(path, operation, args, kwargs):
        visited.append(path)
        return run_layer(operation, args, kwargs)

    replay = Replay(model)
    replay([keras.ops.convert_to_tensor(LEFT), keras.ops.convert_to_tensor(RIGHT)], note)
    assert visited == [("encoder", "h"), ("encoder:1", "h"), ("sum",), ("y",)]
    assert set(replay.paths) == {*visited, ("encoder",), ("encoder:1",)}
    assert replay.last_inside == {("encoder",): ("encoder", "h"), ("encoder:1",): ("encoder:1", "h")}


def test_what_a_visit_returns_goes_on():
    model = Sequential([Input((4,)), layers.Dense(4, name="h"), layers.Dense(2, name="y")])
    kernel, bias = model.get_layer("y").get_weights()

    def ones(path, operation, args, kwargs):
        return keras.ops.ones((6, 4)) if path == ("h",) else run_layer(operation, args, kwargs)

    (answer,) = Replay(model)([keras.ops.convert_to_tensor(X)], ones)
    np.testing.assert_allclose(answer, np.tile(kernel.sum(axis=0) + bias, (6, 1)), atol=1e-6)


HEADS = {
    "dense": (lambda x: layers.Dense(2, name="y")(x), {("y",): 0}),
    "dropout": (lambda x: layers.Dropout(0.1, name="d")(layers.Dense(2, name="y")(x)), {("d",): 0, ("y",): 0}),
    "flatten": (lambda x: layers.Flatten(name="f")(layers.Dense(2, name="y")(x)), {("f",): 0, ("y",): 0}),
    "two": (lambda x: [layers.Dense(2, name="b")(x), layers.Dense(2, name="a")(x)], {("b",): 0, ("a",): 1}),
    "inside": (
        lambda x: Sequential([Input((4,)), layers.Dense(2, name="y")], name="m")(x), {("m", "y"): 0},
    ),
    "the input": (lambda x: x, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADS)
def test_heads_are_the_layers_that_make_the_outputs(name):
    make, heads = HEADS[name]
    assert Replay(around(make, flat())).heads == heads


class Doubled(Model):
    def call(self, x):
        return 2 * super().call(x)


class OwnStep(Model):
    def train_step(self, data):
        return super().train_step(data)


def test_a_model_runs_its_graph_unless_it_has_a_call_of_its_own():
    x = Input((4,))
    y = layers.Dense(2)(x)
    assert runs_its_graph(Model(x, y))
    assert runs_its_graph(Sequential([x, layers.Dense(2)]))
    assert runs_its_graph(OwnStep(x, y))
    assert not runs_its_graph(Doubled(x, y))


def test_a_model_of_a_class_of_ones_own_inside_is_one_layer():
    x = Input((4,))
    inner = Doubled(x, layers.Dense(2)(x), name="inner")
    outer = Input((4,))
    model = Model(outer, inner(outer))
    assert list(Replay(model).paths) == [("inner",)]
    np.testing.assert_allclose(answers(model, X)[0], said(model, X)[0], atol=1e-6)

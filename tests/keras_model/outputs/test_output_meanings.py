"""What an output means: the user says so, or the last operations, or the loss."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers, losses, ops

from nbviz import NetworkDiagram, attributions, describe
from nbviz.attribution.outputs import explained_outputs
from nbviz.keras_model.outputs.output_meanings import kind_by_loss, losses_of, output_meanings

RNG = np.random.default_rng(0)

LOSSES = {
    losses.CategoricalCrossentropy(from_logits=True): ("softmax", True),
    losses.SparseCategoricalCrossentropy(from_logits=True): ("softmax", True),
    losses.BinaryCrossentropy(from_logits=True): ("sigmoid", True),
    losses.BinaryFocalCrossentropy(from_logits=True): ("sigmoid", True),
    losses.CategoricalCrossentropy(): ("softmax", False),
    "sparse_categorical_crossentropy": ("softmax", False),
    "binary_crossentropy": ("sigmoid", False),
    losses.binary_crossentropy: ("sigmoid", False),
    functools.partial(losses.sparse_categorical_crossentropy, from_logits=True): ("softmax", True),
    losses.MeanSquaredError(): None,
    "no_such_loss": None,
    None: None,
}


@pytest.mark.parametrize("loss", LOSSES, ids=[f"loss{place}" for place in range(len(LOSSES))])  # no addresses
def test_a_cross_entropy_says_whether_it_takes_probabilities_or_logits(loss):
    assert kind_by_loss(loss) == LOSSES[loss]


def test_each_output_has_its_own_loss():
    x = Input((4,))
    kind, size = layers.Dense(3, name="kind")(x), layers.Dense(1, name="size")(x)
    says = losses.SparseCategoricalCrossentropy(from_logits=True)
    by_order, by_name = Model(x, [size, kind]), Model(x, {"size": size, "kind": kind})
    by_order.compile(loss=["mse", says])
    assert losses_of(by_order) == ["mse", says]
    by_order.compile(loss={"kind": says, "size": "mse"})
    assert losses_of(by_order) == ["mse", says]
    by_name.compile(loss={"kind": says})
    assert losses_of(by_name) == [says, None]
    assert output_meanings(by_name) == (("softmax", True), ("linear", False))


class OwnSoftmax(layers.Layer):
    def call(self, x):
        return ops.softmax(x)


class ByHand(layers.Layer):
    """A softmax that no operation tells of."""

    def call(self, x):
        powers = ops.exp(x)
        return powers / ops.sum(powers, -1, keepdims=True)


class Steps(keras.Model):
    """Code: a classifier, and a label, by name."""

    def __init__(self):
        super().__init__(name="steps")
        self.kind, self.yes = layers.Dense(3), layers.Dense(1, activation="sigmoid")

    def call(self, x):
        return {"yes": self.yes(x), "kind": ops.softmax(self.kind(x))}


ROW, SERIES = Input((4,)), Input((5, 4))


def soft(units=3):
    return layers.Dense(units, activation="softmax")(ROW)


def one():
    return layers.Dense(1, activation="sigmoid")(ROW)


def steps():
    return layers.Dense(3, activation="softmax")(SERIES)


def inside(*inner):
    return Sequential([Input((3,)), *inner])


HEADS = {
    "average": (lambda: layers.Average()([soft(), soft()]), "softmax"),
    "clip": (lambda: ops.clip(soft(), 1e-6, 1.0), "softmax"),
    "joined sigmoids": (lambda: layers.Concatenate()([one(), one(), one()]), "sigmoid"),
    "ops.softmax": (lambda: ops.softmax(layers.Dense(3)(ROW)), "softmax"),
    "reshaped": (lambda: layers.Reshape((3,))(layers.Reshape((1, 3))(soft())), "softmax"),
    "last step": (lambda: steps()[:, -1, :], "softmax"),
    "turned twice": (lambda: layers.Flatten()(layers.Permute((2, 1))(layers.Permute((2, 1))(steps()))), "linear"),
    "pooled": (lambda: layers.GlobalAveragePooling1D()(steps()), "softmax"),
    "second of two": (lambda: soft(2)[:, 1:2], "sigmoid"),
    "two of three": (lambda: soft()[:, :2], "linear"),
    "own layer": (lambda: OwnSoftmax()(layers.Dense(3)(ROW)), "softmax"),
    "by hand": (lambda: ByHand()(layers.Dense(3)(ROW)), "linear"),
    "model inside": (lambda: inside(layers.Dense(3), layers.Softmax())(layers.Dense(3)(ROW)), "softmax"),
    "through a model inside": (lambda: inside(layers.Reshape((1, 3)), layers.Flatten())(soft()), "softmax"),
    "half precision": (lambda: ops.cast(soft(), "float16"), "softmax"),
    "lambda": (lambda: layers.Lambda(ops.softmax)(layers.Dense(3)(ROW)), "softmax"),
    "a space in the name": (lambda: layers.Dense(3, activation="softmax", name="my layer")(ROW), "softmax"),
    "dropout": (lambda: layers.Dropout(0.5)(soft()), "softmax"),
    "two softmax joined": (lambda: layers.Concatenate()([soft(), soft()]), "linear"),
    "sum": (lambda: layers.Add()([soft(), soft()]), "linear"),
    "linear": (lambda: layers.Dense(3)(ROW), "linear"),
}


@pytest.mark.parametrize("name", HEADS)
def test_picture_and_importance_say_the_same_of_however_a_head_is_written(name):
    make, kind = HEADS[name]
    tensor = make()
    model = Model(SERIES if name in ("last step", "turned twice", "pooled") else ROW, tensor)
    assert [layer.output for layer in describe(model).outputs] == [kind]
    assert [head.kind for head in explained_outputs(model).heads] == [kind]


@pytest.mark.parametrize("name", ["average", "clip", "joined sigmoids", "second of two", "reshaped", "last step"])
def test_probabilities_are_the_models_own_and_logits_are_their_logarithms(name):
    make, kind = HEADS[name]
    model = Model(SERIES if name == "last step" else ROW, make())
    x = RNG.normal(size=(7, *model.input_shape[1:])).astype("float32")
    p = np.asarray(model(x), float)
    np.testing.assert_allclose(explained_outputs(model, "probability").answers([x]), p, atol=2e-6)
    by_hand = np.log(p) - np.log(p).mean(1, keepdims=True) if kind == "softmax" else np.log(p) - np.log(1 - p)
    np.testing.assert_allclose(explained_outputs(model).answers([x]), by_hand, atol=1e-4)


def test_a_certain_probability_has_a_finite_logit_and_gradient():
    x = Input((1,))
    model = Model(x, ops.clip(ops.sigmoid(x * 1000.0), 0.0, 1.0))
    outputs = explained_outputs(model)
    assert outputs.heads[0].composed
    found = outputs.answers([np.array([[1.0], [-1.0]], "float32")])
    assert np.isfinite(found).all()
    assert found[0] > 10 > -10 > found[1]


def test_the_loss_says_it_of_probabilities_worked_out_by_hand():
    model = Model(ROW, ByHand()(layers.Dense(3)(ROW)))
    model.compile(loss="sparse_categorical_crossentropy")
    assert output_meanings(model) == (("softmax", False),)
    x = RNG.normal(size=(5, 4)).astype("float32")
    kernel, bias = model.get_weights()
    z = x @ kernel + bias
    np.testing.assert_allclose(explained_outputs(model).answers([x]), z - z.mean(1, keepdims=True), atol=1e-5)


def test_a_loss_that_takes_numbers_for_probabilities_does_not_make_them_so():
    model = Sequential([Input((4,)), layers.Dense(3)])
    model.compile(loss="sparse_categorical_crossentropy")
    assert output_meanings(model) == (("linear", False),)
    model.compile(loss=losses.SparseCategoricalCrossentropy(from_logits=True))
    assert output_meanings(model) == (("softmax", True),)


@pytest.mark.parametrize("name", ["sigmoids", "joined sigmoids", "two softmax joined"])
def test_what_is_trained_as_classes_excludes_each_other_and_its_probabilities_are_the_models_own(name):
    tensor = layers.Dense(3, activation="sigmoid")(ROW) if name == "sigmoids" else HEADS[name][0]()
    model = Model(ROW, tensor)
    model.compile(loss="sparse_categorical_crossentropy")
    assert output_meanings(model) == (("softmax", False),)
    x = RNG.normal(size=(5, 4)).astype("float32")
    p = model.predict(x, verbose=0)
    assert (np.abs(p.sum(1) - 1) > 1e-3).all()
    np.testing.assert_allclose(explained_outputs(model, "probability").answers([x]), p, atol=1e-6)
    by_hand = np.log(p) - np.log(p).mean(1, keepdims=True)
    np.testing.assert_allclose(explained_outputs(model).answers([x]), by_hand, atol=1e-5)
    rows = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(rows)
        first = model(rows)[:, 0]
    found = attributions(model, x, method="gradient", output="probability", classes=[0])
    np.testing.assert_allclose(found[..., 0], tape.gradient(first, rows), atol=1e-6)


def test_the_picture_shows_the_probabilities_of_the_model_and_so_does_what_explains_its_last_layer():
    model = Sequential([Input((4,)), layers.Dense(3, activation="sigmoid", name="d")])
    model.compile(loss="categorical_crossentropy")
    x = RNG.normal(size=(5, 4)).astype("float32")
    p = model.predict(x, verbose=0)
    np.testing.assert_allclose(
        NetworkDiagram(model, x).show(2).frames.now().layers[-1].arrays["value"], p[2], atol=1e-6
    )
    # Of d log p / d log p times log p: p log p, each class for itself.
    found = attributions(model, x, method="gradient_x_input", layer="d", output="probability")
    np.testing.assert_allclose(found, np.eye(3) * (p * np.log(p))[:, None], atol=1e-5)


TWICE = {
    "a class twice": lambda: ops.take(soft(), [0, 0, 1], axis=-1),
    "more than there is": lambda: ops.add(2 * soft(), -1 * soft()),
    "less than there is": lambda: 2 * soft() - soft(),
    "labels": lambda: ops.add(2 * layers.Dense(3, activation="sigmoid")(ROW), -1 * one()),
}


@pytest.mark.parametrize("name", TWICE)
def test_what_no_longer_adds_up_is_numbers_unless_somebody_says_otherwise(name):
    model = Model(ROW, TWICE[name]())
    assert output_meanings(model) == (("linear", False),)
    x = RNG.normal(size=(50, 4)).astype("float32")
    np.testing.assert_allclose(explained_outputs(model).answers([x]), model.predict(x, verbose=0), atol=1e-6)
    if name != "a class twice":
        with pytest.raises(ValueError, match="Expected probabilities of the output"):
            attributions(model, 9 * x, method="gradient", output_kind="sigmoid")


@pytest.mark.parametrize("order", [[2, 0, 1], [-1, 0, 1]])
def test_classes_in_another_order_stay_classes(order):
    model = Model(ROW, ops.take(soft(), order, axis=-1))
    assert output_meanings(model) == (("softmax", False),)
    x = RNG.normal(size=(5, 4)).astype("float32")
    np.testing.assert_allclose(
        explained_outputs(model, "probability").answers([x]), model.predict(x, verbose=0), atol=1e-6
    )


def test_what_the_user_says_counts_before_all_else():
    model = Sequential([Input((4,)), layers.Dense(3, name="d")])
    for said, meaning in {
        "softmax": ("softmax", False),
        "sigmoid": ("sigmoid", False),
        "logits": ("softmax", True),
        "regression": ("linear", False),
    }.items():
        assert output_meanings(model, said) == output_meanings(model, {"d": said}) == (meaning,)
        (layer,) = describe(model, output_kind=said).outputs
        assert (layer.output, layer.logits) == meaning
    single = Sequential([Input((4,)), layers.Dense(1, name="d")])
    assert output_meanings(single, "logits") == (("sigmoid", True),)
    with pytest.raises(ValueError, match=r'"logits" or "regression" for the one number of \'d\'. Received "softmax"'):
        describe(single, output_kind="softmax")
    with pytest.raises(ValueError, match=r'among "softmax", "sigmoid", "logits", "regression".*Received \'logit\''):
        describe(model, output_kind="logit")
    with pytest.raises(ValueError, match=r"by output among \['d'\]. Received \['e'\]"):
        describe(model, output_kind={"e": "logits"})


def test_outputs_of_a_model_that_is_code_are_all_there_under_their_names():
    model = Steps()
    x = RNG.normal(size=(6, 4)).astype("float32")
    answers = model(x)
    assert [(layer.name, layer.output) for layer in describe(model).outputs] == [
        ("kind", "softmax"),
        ("yes", "sigmoid"),
    ]
    heads = explained_outputs(model).heads
    assert [(head.name, head.kind, head.classes) for head in heads] == [("kind", "softmax", 3), ("yes", "sigmoid", 1)]
    by_hand = np.concatenate([answers["kind"], answers["yes"]], axis=1)
    np.testing.assert_allclose(explained_outputs(model, "probability").answers([x]), by_hand, atol=1e-6)
    assert isinstance(answers["kind"], tf.Tensor)

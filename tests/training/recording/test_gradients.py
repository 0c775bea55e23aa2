import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers

from nbviz.training.recording.gradients import ProbeGradients, rows_of

X = np.random.default_rng(0).normal(size=(50, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 50)


def plain():
    return Sequential(
        [
            Input((6,)),
            layers.Dense(8, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.3), name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(3, name="last", activity_regularizer=keras.regularizers.L1(0.01)),
        ],
        name="m",
    )


def trained():
    model = plain()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def by_tape(model, x, y):
    """Written out anew: nothing of what is tested is used."""
    first, norm, last = (model.get_layer(name) for name in ("first", "norm", "last"))
    gamma, beta, mean, variance = (v.value for v in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance))
    with tf.GradientTape() as tape:
        hidden = tf.tanh(tf.matmul(x, first.kernel.value) + first.bias.value)
        normal = (hidden - mean) / tf.sqrt(variance + norm.epsilon) * gamma + beta
        logits = tf.matmul(normal, last.kernel.value) + last.bias.value
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        loss += 0.3 * tf.reduce_sum(tf.square(first.kernel.value))
        loss += 0.01 * tf.reduce_sum(tf.abs(logits)) / len(x)
    return tape.gradient(loss, [variable.value for variable in model.trainable_variables])


def everything(model):
    return {
        "variables": [v.numpy().tobytes() for v in model.variables],
        "optimizer": [v.numpy().tobytes() for v in model.optimizer.variables],
        "metrics": [(v.path, v.numpy().tobytes()) for v in model.metrics_variables],
        "compiled": [
            id(model.train_function),
            id(model.optimizer),
            id(model._compile_loss),
            model._compile_loss.built,
            model.optimizer.built,
        ],
        "losses": [float(loss) for loss in model.losses],
        "loss ids": [set(layer._loss_ids) for layer in model._flatten_layers()],
        "own losses": [[id(loss) for loss in layer._losses] for layer in model._flatten_layers()],
        "nodes": [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in model.layers],
    }


def test_gradients_are_those_of_the_loss_written_out_with_all_that_regularizes():
    model = trained()
    ours = ProbeGradients(model)([X], Y)
    theirs = by_tape(model, X, Y)
    assert list(ours) == [variable.path for variable in model.trainable_variables]
    for got, expected in zip(ours.values(), theirs, strict=True):
        np.testing.assert_allclose(got, expected.numpy(), rtol=1e-4, atol=1e-6)


def test_they_follow_the_weights_as_the_model_trains_on():
    model = trained()
    gradients = ProbeGradients(model)
    gradients([X], Y)
    model.fit(X, Y, epochs=3, verbose=0)
    for got, expected in zip(gradients([X], Y).values(), by_tape(model, X, Y), strict=True):
        np.testing.assert_allclose(got, expected.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("fitted", [False, True])
def test_taking_them_leaves_the_model_its_metrics_and_its_optimizer_as_they_were(fitted):
    model = trained() if fitted else plain()
    if not fitted:
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model(X[:4])
    before = everything(model)
    ProbeGradients(model).quantiles([X], Y)
    assert everything(model) == before


def test_a_twin_that_was_not_looked_at_trains_to_the_same_weights():
    def train(look):
        keras.utils.set_random_seed(5)
        model = plain()
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
        look(model)
        history = model.fit(X, Y, epochs=2, batch_size=16, verbose=0).history
        look(model)
        return history, [array.tobytes() for array in model.get_weights()]

    assert train(lambda model: ProbeGradients(model)([X], Y)) == train(lambda model: None)


def test_several_inputs_and_outputs_in_dicts():
    a, b = Input((3,), name="a"), Input((2,), name="b")
    h = layers.Concatenate()([a, b])
    model = Model({"a": a, "b": b}, {"u": layers.Dense(1, name="u")(h), "v": layers.Dense(2, name="v")(h)})
    model.compile("sgd", {"u": "mse", "v": "mae"}, loss_weights={"u": 1.0, "v": 3.0})
    random = np.random.default_rng(0)
    xs = [random.normal(size=(20, n)).astype("float32") for n in (3, 2)]
    y = {"v": random.normal(size=(20, 2)).astype("float32"), "u": random.normal(size=(20, 1)).astype("float32")}
    ours = ProbeGradients(model)(xs, y)
    joined = np.concatenate(xs, axis=1)
    off_u = joined @ model.get_layer("u").kernel.numpy() - y["u"]
    off_v = joined @ model.get_layer("v").kernel.numpy() - y["v"]
    np.testing.assert_allclose(ours["u/kernel"], joined.T @ (2 * off_u) / 20, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ours["v/kernel"], 3 * joined.T @ np.sign(off_v) / 40, rtol=1e-4, atol=1e-6)


def test_a_loss_of_the_models_own_class():
    class Own(Model):
        def __init__(self):
            super().__init__(name="own")
            self.dense = layers.Dense(1, name="d", use_bias=False)

        def call(self, x, training=False):
            return self.dense(x)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return keras.ops.sum(y_pred)

    model = Own()
    model.compile("sgd")
    model(X[:2])
    (slope,) = ProbeGradients(model)([X], np.zeros((50, 1), "float32")).values()
    np.testing.assert_allclose(slope[:, 0], X.sum(axis=0), rtol=1e-5)


def test_quantiles_are_by_layer_kernel_and_bias():
    model = trained()
    slopes, found = ProbeGradients(model)([X], Y), ProbeGradients(model).quantiles([X], Y)
    assert list(found) == ["first", "last"]
    kernel, bias = found["first"]
    np.testing.assert_allclose(
        kernel, np.quantile(slopes["m/first/kernel"], np.linspace(0, 1, 65)), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(bias, np.quantile(slopes["m/first/bias"], np.linspace(0, 1, 65)), rtol=1e-4, atol=1e-6)


def test_frozen_layers_have_none():
    model = trained()
    model.get_layer("first").trainable = False
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert list(ProbeGradients(model).quantiles([X], Y)) == ["last"]


def test_y_that_does_not_fit_the_loss_is_refused_in_words():
    model = trained()
    model.compile("adam", "categorical_crossentropy")
    model(X[:4])
    before = everything(model)
    with pytest.raises(ValueError, match="Expected y that fits the compiled loss"):
        ProbeGradients(model)([X], np.zeros((50, 7), "float32"))
    assert everything(model) == before


def test_rows_of_y_in_any_arrangement():
    rows = np.array([0, 2])
    np.testing.assert_array_equal(rows_of([5, 6, 7], rows, 3), [5, 7])
    np.testing.assert_array_equal(rows_of(pd.Series([5, 6, 7], index=[9, 8, 7]), rows, 3), [5, 7])
    first, second = rows_of([np.arange(3), np.eye(3)], rows, 3)
    np.testing.assert_array_equal(first, [0, 2])
    np.testing.assert_array_equal(second, np.eye(3)[[0, 2]])
    assert rows_of({"u": [1, 2, 3]}, rows, 3)["u"].tolist() == [1, 3]
    with pytest.raises(ValueError, match=r"Expected y with as many rows as x, 3. Received 2 rows"):
        rows_of([1, 2], rows, 3)
    with pytest.raises(TypeError, match=r"Expected y as numbers. Received text; number the labels first"):
        rows_of(["low", "high", "low"], rows, 3)

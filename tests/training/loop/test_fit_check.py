"""Whether data fit a model and its loss; what does not is told in `test_run.py` too."""

import keras
import numpy as np
import pandas as pd
import pytest

import nbviz
from nbviz.training.loop.data import TrainingData
from nbviz.training.loop.fit_check import check_fit, loss_name

X = np.arange(10.0).reshape(5, 2)
GAP = np.arange(5) == 3
WORDS = r"without gaps\. Received missing or infinite values in 1 of 5 rows, the first in row 3; fill them, or drop"


def linear(loss="mse", units=1, activation=None):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,), name="x"), keras.layers.Dense(units, activation=activation, name="y")])
    model.compile(keras.optimizers.SGD(0.01), loss)
    return model


def where_known(truth, answers):
    """A loss of the user's own, which leaves out the answers that are missing."""
    known = keras.ops.isfinite(truth)
    errors = keras.ops.where(known, answers - keras.ops.where(known, truth, 0.0), 0.0)
    return keras.ops.sum(errors**2) / keras.ops.sum(keras.ops.cast(known, "float32"))


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("mse", "mean_squared_error"),
        (keras.losses.MeanSquaredError(), "mean_squared_error"),
        (keras.losses.mean_squared_error, "mean_squared_error"),
        (["mse", keras.losses.Huber()], "mean_squared_error, huber"),
        ("no such loss", "no such loss"),
    ],
)
def test_a_loss_has_one_name_however_it_is_given(loss, name):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.loss = loss
    assert loss_name(model) == name


def test_a_model_with_a_loss_of_its_own_is_taken_at_its_word():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.answer = keras.layers.Dense(1)

        def call(self, x):
            return self.answer(x)

        def compute_loss(self, **given):
            raise AssertionError("asked for a loss of rows that nothing is known of")

    model = Own()
    model(X)
    check_fit(model, TrainingData.read(X, np.eye(5)))


def test_a_look_at_whether_data_fit_moves_no_seed_and_counts_no_call():
    class Sampling(keras.layers.Layer):
        def build(self, shape):
            self.calls = self.add_weight(name="calls", dtype="int64", initializer="zeros", trainable=False)
            self.seed = keras.random.SeedGenerator(3)

        def call(self, x):
            self.calls.assign_add(1)
            return x + keras.random.normal(keras.ops.shape(x), seed=self.seed)

    model = keras.Sequential([keras.Input((5,)), Sampling(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    before = [variable.numpy().tobytes() for variable in model.variables]
    check_fit(model, TrainingData.read(np.zeros((4, 5), "float32"), np.zeros(4)))
    assert [variable.numpy().tobytes() for variable in model.variables] == before


def test_a_model_built_for_a_number_of_rows_is_asked_for_as_many():
    x = keras.Input(batch_shape=(4, 3, 2))
    model = keras.Model(x, keras.layers.Dense(1)(keras.layers.LSTM(3, stateful=True)(x)))
    model.compile("sgd", "mse")
    before = [variable.numpy().tobytes() for variable in model.variables]
    check_fit(model, TrainingData.read(np.ones((8, 3, 2), "float32"), np.arange(8.0)))
    assert [variable.numpy().tobytes() for variable in model.variables] == before


GAPS = {
    "class indices": ("sparse_categorical_crossentropy", 3, np.where(GAP, np.nan, [0, 1, 2, 0, 1])),
    "Int64": ("sparse_categorical_crossentropy", 3, pd.array([0, 1, 2, None, 1], dtype="Int64")),
    "one-hot rows": ("categorical_crossentropy", 3, np.where(GAP[:, None], np.nan, np.eye(3)[[0, 1, 2, 0, 1]])),
    "labels": ("binary_crossentropy", 3, np.where(GAP[:, None] & (np.arange(3) == 1), np.nan, np.ones((5, 3)))),
    "numbers": ("mse", 1, pd.Series(np.where(GAP, np.inf, np.arange(5.0)))),
}


@pytest.mark.parametrize("name", GAPS)
def test_missing_answers_are_refused_before_anything_is_trained(name):
    loss, units, y = GAPS[name]
    model = linear(loss, units, None if units == 1 else "softmax")
    before = [weights.tobytes() for weights in model.get_weights()]
    whole = y[~GAP]
    for make, words in [
        (lambda: nbviz.Trainer(model, X, y), f"Expected y {WORDS}"),
        (lambda: nbviz.Recording(model, X, y), f"Expected y {WORDS}"),
        (
            lambda: nbviz.Trainer(model, X[~GAP], whole, validation_data=(X, y)),
            f"Expected y of validation_data {WORDS}",
        ),
    ]:
        with pytest.raises(ValueError, match=words):
            make()
    assert [weights.tobytes() for weights in model.get_weights()] == before
    nbviz.Trainer(model, X[~GAP], whole)


def test_answers_of_several_outputs_are_named():
    x = keras.Input((2,), name="x")
    model = keras.Model(x, {"a": keras.layers.Dense(1, name="a")(x), "b": keras.layers.Dense(1, name="b")(x)})
    model.compile("sgd", {"a": "mse", "b": "mae"})
    y = {"a": np.ones(5), "b": np.where(GAP, np.nan, 1.0)}
    with pytest.raises(ValueError, match=rf"Expected y\['b'\] {WORDS}"):
        check_fit(model, TrainingData.read(X, y))


def test_a_loss_of_ones_own_may_leave_missing_answers_out():
    model = linear(where_known)
    kernel, y = model.get_weights()[0].astype(float), np.where(GAP, np.nan, np.arange(5.0))
    trainer = nbviz.Trainer(model, X, y, batch_size=5)
    trainer.step("epoch")
    assert trainer.wait(60)
    assert trainer.error is None
    # One step of gradient descent by hand, from the rows that have an answer.
    x, truth = X[~GAP], y[~GAP]
    off = x @ kernel[:, 0] - truth
    np.testing.assert_allclose(model.get_weights()[0][:, 0], kernel[:, 0] - 0.01 * 2 * x.T @ off / 4, rtol=1e-4)
    np.testing.assert_allclose(model.get_weights()[1], [-0.01 * 2 * off.mean()], rtol=1e-4)
    assert trainer.recording.metrics["loss"].iloc[0] == pytest.approx((off**2).mean(), rel=1e-4)

"""Credits of rows and of their mean, class by class and feature by feature, against closed forms and an own tape."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers

from nbviz.attribution.edges import row_credits
from nbviz.attribution.edges.row_explainer import RowExplainer
from nbviz.keras_model import ModelReader
from nbviz.keras_model.compiled.function import is_compiled

X = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
BACKGROUND, ROWS = X[:50], X[50:]


def explained(model, *background):
    return RowExplainer(ModelReader(model), background)


def centred(logits):
    return logits - tf.reduce_mean(logits, axis=-1, keepdims=True)


def by_own_tape(logits, row, background):
    """(features, classes): expected gradients of a row, by 32 nodes of Gauss-Legendre on each path."""
    places, weights = np.polynomial.legendre.leggauss(32)
    alphas = np.tile((places + 1) / 2, len(background))[:, None]
    starts = np.repeat(background, 32, axis=0)
    points = tf.constant(starts + alphas * (row - starts), "float32")
    with tf.GradientTape() as tape:
        tape.watch(points)
        answers = centred(logits(points))
    slopes = tape.batch_jacobian(answers, points).numpy().astype(float)  # (points, classes, features)
    weighted = np.tile(weights / 2, len(background))[:, None] / len(background) * (row - starts)
    return np.einsum("pcf,pf->fc", slopes, weighted)


@pytest.mark.parametrize("units", [3, 40])  # of 40 classes the features go first
def test_the_mean_over_rows_of_a_linear_model_is_its_closed_form(units):
    keras.utils.set_random_seed(2)
    model = Sequential([Input((4,)), layers.Dense(units, activation="softmax")])
    found = explained(model, BACKGROUND).mean_local([ROWS])
    kernel, bias = (array - array.mean(axis=-1, keepdims=True) for array in model.get_weights())
    by = ROWS.mean(axis=0) - BACKGROUND.mean(axis=0)
    np.testing.assert_allclose(found.values, kernel * by[:, None], atol=1e-5)
    np.testing.assert_allclose(found.start, BACKGROUND.mean(axis=0) @ kernel + bias, atol=1e-5)
    np.testing.assert_allclose(found.end, ROWS.mean(axis=0) @ kernel + bias, atol=1e-5)


def deep(units=40):
    keras.utils.set_random_seed(3)
    return Sequential([Input((4,)), layers.Dense(6, activation="tanh"), layers.Dense(units, activation="softmax")])


def logits_of(model):
    (first, bias), (second, shift) = (layer.get_weights() for layer in model.layers)
    return lambda x: tf.tanh(x @ first + bias) @ second + shift


@pytest.mark.parametrize("units", [3, 40])
def test_the_mean_over_rows_is_the_mean_of_each_by_an_own_tape(units):
    model = deep(units)
    made = explained(model, BACKGROUND)
    each = [by_own_tape(logits_of(model), row, BACKGROUND) for row in ROWS]
    np.testing.assert_allclose(made.local([ROWS[:1]]).values, each[0], atol=1e-5)
    told = []
    found = made.mean_local([ROWS], told.append)
    np.testing.assert_allclose(found.values, np.mean(each, axis=0), atol=1e-5)
    assert found.gap < 1e-4
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_of_many_classes_a_row_is_explained_feature_by_feature_from_its_first_time(monkeypatch):
    passes = []
    own = row_credits._by_feature
    monkeypatch.setattr(row_credits, "_by_feature", lambda *given: passes.append(1) or own(*given))
    model = deep()
    found = explained(model, BACKGROUND).local([ROWS[:1]]).values
    assert passes == [1]
    np.testing.assert_allclose(found, by_own_tape(logits_of(model), ROWS[0], BACKGROUND), atol=1e-5)


def test_features_are_numbered_over_several_inputs():
    keras.utils.set_random_seed(4)
    one, other = Input((1,)), Input((3,))
    inside = layers.Dense(5, activation="tanh")
    head = layers.Dense(40, activation="softmax")
    model = Model([one, other], head(inside(layers.Concatenate()([one, other]))))
    made = explained(model, BACKGROUND[:, :1], BACKGROUND[:, 1:])
    (first, bias), (second, shift) = inside.get_weights(), head.get_weights()
    expected = by_own_tape(lambda x: tf.tanh(x @ first + bias) @ second + shift, ROWS[0], BACKGROUND)
    np.testing.assert_allclose(made.local([ROWS[:1, :1], ROWS[:1, 1:]]).values, expected, atol=1e-5)


def test_what_has_no_forward_mode_goes_back_class_by_class():
    keras.utils.set_random_seed(5)
    x = Input((4,))
    last = layers.LSTM(3)(layers.Reshape((4, 1))(x))
    logits = layers.Dense(36)(last)
    model = Model(x, layers.Softmax()(logits))
    made = explained(model, BACKGROUND[:5])
    assert not is_compiled(row_credits._forward_function(made._explained()))
    expected = by_own_tape(Model(x, logits), ROWS[0], BACKGROUND[:5])
    np.testing.assert_allclose(made.local([ROWS[:1]]).values, expected, atol=1e-5)


def test_whoever_is_told_how_far_it_is_can_stop_it():
    class EnoughError(Exception):
        pass

    def stop(share):
        if share > 0.3:
            raise EnoughError(share)

    with pytest.raises(EnoughError) as caught:
        explained(deep(), BACKGROUND).mean_local([ROWS], stop)
    assert caught.value.args[0] < 0.5


def test_the_mean_of_rows_that_cannot_be_explained_is_refused_in_words():
    with pytest.raises(ValueError, match="without x there is nothing to compare"):
        RowExplainer(ModelReader(deep()), None).mean_local([ROWS])

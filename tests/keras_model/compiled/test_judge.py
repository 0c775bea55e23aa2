"""What was compiled is compared with the model's own answer; where that is shown, a difference is an error."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

import nbviz
from nbviz.keras_model.compiled.eager_first import CALLS
from nbviz.keras_model.compiled.judge import first_difference, own_answers

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


@keras.saving.register_keras_serializable("tests")
class TwoFaced(layers.Layer):
    """Doubles when it is called, and hands on when it is traced."""

    def call(self, x):
        return x * 2 if hasattr(x, "numpy") else x


def two_faced():
    return Sequential([Input((4,)), layers.Dense(5, name="before"), TwoFaced(name="odd"), layers.Dense(2, name="y")])


@pytest.mark.parametrize(
    "look",
    [nbviz.activations, nbviz.NetworkDiagram, lambda model, x: nbviz.explore(model, x, X[:, :2])],
    ids=["activations", "NetworkDiagram", "explore"],
)
def test_a_layer_that_answers_otherwise_when_it_is_traced_is_named_and_nothing_is_shown(look):
    model = two_faced()
    before = [weight.numpy() for weight in model.weights]
    with pytest.raises(ValueError, match=r"answer as the model does when it is called.*the layer 'odd' on"):
        look(model, X)
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_importance_is_that_of_the_model_as_it_is_called_however_often_it_is_asked():
    model = two_faced()
    first, second = model.layers[0].kernel.numpy(), model.layers[2].kernel.numpy()
    # Of a linear model, handed on twice as large; a slope counts for the spread of its feature.
    slopes = np.abs(2 * first @ second) * X.std(axis=0)[:, np.newaxis]
    for _ in range(CALLS + 2):
        np.testing.assert_allclose(nbviz.importance(model, X, method="gradient").strength, slopes, rtol=1e-5)
        of_layers = nbviz.layer_importance(model, X)
        entering = 2 * (X @ first + model.layers[0].bias.numpy())
        np.testing.assert_allclose(
            of_layers["odd"].strength, np.abs(entering[:, :, None] * second).mean(axis=0), rtol=1e-4
        )


class Halved(Model):
    """Its call does more than its graph says."""

    def call(self, x, training=None):
        return super().call(x * 0.5, training=training)


def test_a_call_of_its_own_that_does_other_than_the_graph_is_named():
    entering = Input((4,))
    model = Halved(entering, layers.Dense(2, name="y")(entering))
    with pytest.raises(ValueError, match=r"from call\(\) of Halved on"):
        nbviz.activations(model, X)


def test_what_answers_differently_each_time_is_shown_as_it_comes():
    class Dice(layers.Layer):
        def call(self, x):
            return x + float(np.random.default_rng().normal())

    model = Sequential([Input((4,)), Dice(name="dice")])
    assert nbviz.activations(model, X)["dice"].shape == (6, 4)


@pytest.mark.parametrize("noisy", [layers.Dropout(0.5), layers.GaussianNoise(1.0), layers.BatchNormalization()])
def test_what_is_in_training_mode_always_is_judged_on_the_same_rows_and_seeds(noisy):
    keras.utils.set_random_seed(1)
    entering = Input((4,))
    model = Model(entering, layers.Dense(2, name="y")(noisy(entering, training=True)))
    before = [variable.numpy() for variable in model.variables]
    assert nbviz.activations(model, X, "y")["y"].shape == (6, 2)
    nbviz.NetworkDiagram(model, X)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_a_sum_that_cancels_is_no_difference():
    entering = Input((4,))
    dense = layers.Dense(1, name="y", use_bias=False)
    model = Model(entering, dense(entering))
    dense.set_weights([np.array([[1.0], [-1.0], [1e-7], [0.0]])])
    x = np.array([[1e4, 1e4, 1, 0], [3e4, 3e4, 1, 0]], "float32")
    assert nbviz.activations(model, x, "y")["y"].shape == (2, 1)


def test_a_model_without_numbers_left_is_drawn_all_the_same():
    model = Sequential([Input((4,)), layers.Dense(2, name="y")])
    model.layers[0].set_weights([np.full((4, 2), np.nan), np.zeros(2)])
    assert np.isnan(nbviz.activations(model, X)["y"]).all()


def test_differences_are_told_by_shape_size_and_place():
    one = np.array([[1.0, 2.0]])
    assert first_difference([one], [one * (1 + 5e-5)], 1e-4) == ""
    assert first_difference([one, one * 2], [one, one], 1e-4) == "off by 2 where the largest is 2"
    assert first_difference([one[:, :1]], [one], 1e-4) == "of shape (1, 1) instead of (1, 2)"
    assert first_difference([np.array([np.nan])], [np.array([1.0])], 1e-4) == "not finite where it should be"
    assert first_difference([np.array([1.0])], [np.array([np.nan])], 1e-4) == ""  # relu of NaN is 0 in some kernels
    assert first_difference([np.array([np.nan])], [np.array([np.nan])], 1e-4) == ""


def test_the_own_answer_leaves_losses_of_the_last_call_alone():
    model = Sequential([Input((4,)), layers.Dense(2, activity_regularizer="l2")])
    model(X)
    losses = [float(loss) for loss in model.losses]
    np.testing.assert_allclose(own_answers(model, [X])[0], np.asarray(model(X)), rtol=1e-6)
    assert [float(loss) for loss in model.losses] == losses

import keras
import pytest
from keras import Input, Model, layers

from nbviz.keras_model import describe
from tests.keras_model.models import chain, nested


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        (None, None),
        ("linear", None),
        ("relu", "relu"),
        ("hard_sigmoid", "hard sigmoid"),
        (keras.ops.tanh, "tanh"),
        (layers.ReLU(), "relu"),
        (layers.LeakyReLU(), "leaky relu"),
        (layers.ReLU(negative_slope=0.1), "leaky relu"),
        (lambda x: x * x, "lambda"),
    ],
)
def test_an_activation_has_the_same_name_however_it_is_given(activation, name):
    model = chain(Input((2,)), layers.Dense(2, activation=activation, name="h"), layers.Dense(1))
    assert describe(model)["h"].activation == name


def test_a_layer_called_activation_is_judged_by_its_type():
    model = chain(Input((2,)), layers.Dense(2, name="dropout"), layers.Dense(1, name="softmax"))
    assert [layer.kind for layer in describe(model).layers] == ["input", "dense", "dense"]


@pytest.mark.parametrize(
    ("layer", "steps", "notes"),
    [
        (layers.ELU(), ("elu",), ()),
        (layers.PReLU(), ("prelu",), ()),
        (layers.AlphaDropout(0.25), (), ("dropout 0.25",)),
        (layers.GaussianDropout(0.25), (), ("gaussian dropout 0.25",)),
        (layers.Identity(), (), ()),
        (layers.ActivityRegularization(l2=0.1), (), ()),
    ],
)
def test_each_layer_that_is_passed_through_is_known_by_its_type(layer, steps, notes):
    architecture = describe(chain(Input((4,)), layers.Dense(3, name="h"), layer, layers.Dense(1, name="y")))
    assert [found.name for found in architecture.layers][1:] == ["h", "y"]
    assert (architecture["h"].steps, architecture["h"].notes) == (steps, notes)


def test_a_model_inside_is_a_block_that_tells_its_size():
    inner = describe(nested())["inner"]
    assert (inner.kind, inner.type, inner.parameters) == ("block", "Sequential", 19)
    assert inner.notes == ("2 layers inside",)


def test_the_answer_of_a_model_inside_is_what_its_last_layer_says():
    inner = chain(Input((4,)), layers.Dense(3, activation="softmax"))
    x = Input((4,))
    assert describe(Model(x, inner(x))).outputs[0].output == "softmax"

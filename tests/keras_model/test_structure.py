"""What a model is made of: expected numbers are counted by hand, or by Keras."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz.keras_model import describe
from nbviz.network.architecture import Connection
from tests.keras_model.models import (
    ROW,
    Block,
    both_states,
    called,
    chain,
    conv,
    logits_and_probabilities,
    mlp,
    names_of,
    pairs_of,
    shared,
    skip,
)


def test_layer_names_are_unique(any_model):
    names = names_of(describe(any_model))
    assert len(set(names)) == len(names)


def test_every_parameter_is_counted_once(any_model):
    counted = sum(layer.parameters for layer in describe(any_model).layers)
    assert counted == sum(int(np.prod(weight.shape)) for weight in any_model.weights)


def test_weights_shared_with_a_model_inside_are_counted_once():
    shared = layers.Dense(3)
    inner = chain(Input((4,)), shared)
    x = Input((4,))
    model = Model(x, layers.Add()([inner(x), shared(x)]))
    assert sum(layer.parameters for layer in describe(model).layers) == 15 == model.count_params()


def test_connections_lead_from_a_layer_to_a_later_one(any_model):
    architecture = describe(any_model)
    names = names_of(architecture)
    for connection in architecture.connections:
        assert names.index(connection.source) < names.index(connection.target)
    reached = {c.target for c in architecture.connections}
    assert {layer.name for layer in architecture.layers if layer.kind != "input"} == reached


def test_dense_layers_show_units_and_kernel():
    architecture = describe(mlp())
    assert architecture.name == "mlp"
    assert names_of(architecture) == ["x", "h", "y"]
    assert [layer.kind for layer in architecture.layers] == ["input", "dense", "dense"]
    assert [layer.units for layer in architecture.layers] == [4, 5, 3]
    assert [layer.parameters for layer in architecture.layers] == [0, 25, 18]
    assert [layer.activation for layer in architecture.layers] == [None, "relu", "softmax"]
    assert [layer.bias for layer in architecture.layers] == [False, True, True]
    assert [layer.output for layer in architecture.layers] == [None, None, "softmax"]
    assert architecture.connections == (
        Connection("x", "h", "kernel", 20),
        Connection("h", "y", "kernel", 15),
    )


def test_what_is_passed_through_is_named_on_the_layer_it_belongs_to():
    model = chain(
        Input((4,), name="x"),
        layers.Normalization(mean=[0.0] * 4, variance=[1.0] * 4),
        layers.GaussianNoise(0.1),
        layers.Dense(3, use_bias=False, name="h"),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Dropout(0.25),
        layers.Dense(2, activation="relu", name="g"),
        layers.BatchNormalization(),
        layers.Dense(2, name="y"),
        layers.Softmax(),
    )
    architecture = describe(model)
    assert names_of(architecture) == ["x", "h", "g", "y"]
    assert architecture["x"].notes == ("standardised", "gaussian noise")
    assert architecture["h"].steps == ("batch norm", "relu")
    assert architecture["h"].notes == ("dropout 0.25",)
    assert not architecture["h"].bias
    assert architecture["g"].steps == ("relu", "batch norm")
    assert architecture["y"].output == "softmax"
    assert architecture["y"].kind == "dense"


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_passed_through_on_one_of_two_ways_is_named_in_either_order(turned):
    x = Input((4,))
    h = layers.Dense(3, name="h")(x)
    ways = [layers.Dropout(0.5)(h), h]
    model = Model(x, layers.Concatenate(name="join")(ways[::-1] if turned else ways))
    assert [c.notes for c in describe(model).into("join")] == [("dropout 0.5",)]


def test_two_ways_from_one_layer_into_another_are_one_connection_with_the_notes_of_both():
    entering = keras.Input((3,), name="x")
    hidden = keras.layers.Dense(4, name="h")(entering)
    joined = keras.layers.Add(name="sum")([keras.layers.Dropout(0.5)(hidden), keras.layers.GaussianNoise(0.1)(hidden)])
    connections = describe(keras.Model(entering, joined)).into("sum")
    assert [connection.notes for connection in connections] == [("dropout 0.5", "gaussian noise")]


def test_convolutions_have_channels_that_pooling_hands_on():
    architecture = describe(conv())
    assert names_of(architecture) == ["image", "conv", "pool", "y"]
    layer = architecture["conv"]
    assert (layer.kind, layer.type, layer.output_shape, layer.units) == ("conv", "Conv2D", (6, 6, 4), 4)
    assert (layer.window, layer.strides, layer.has_maps) == ((3, 3), (), True)
    assert layer.parameters == 3 * 3 * 3 * 4 + 4 + 4 * 4  # the batch normalization that follows included
    assert layer.steps == ("relu", "batch norm")
    assert architecture["image"].notes == ("rescaled",)
    pool = architecture["pool"]
    assert (pool.kind, pool.units, pool.window, pool.notes) == ("maps", 4, (2, 2), ())
    assert architecture.connections[-1].notes == ("flatten",)
    assert pairs_of(architecture) == [("image", "conv", "norm"), ("conv", "pool", "link"), ("pool", "y", "norm")]
    assert architecture.connections[-1].weights == 3 * 3 * 4 * 10


def test_a_layer_called_twice_is_two_layers_with_one_count_of_parameters():
    architecture = describe(shared())
    assert names_of(architecture) == ["a", "b", "twin", "twin:1", "join", "y"]
    assert [architecture[name].parameters for name in ("twin", "twin:1")] == [15, 0]
    assert pairs_of(architecture)[:2] == [("a", "twin", "kernel"), ("b", "twin:1", "kernel")]


def test_a_skip_is_a_connection():
    assert pairs_of(describe(skip())) == [
        ("x", "h", "kernel"),
        ("x", "add", "link"),
        ("h", "add", "link"),
        ("add", "y", "norm"),
    ]


def test_two_answers_of_one_block_are_two_outputs():
    architecture = describe(both_states())
    assert names_of(architecture) == ["x", "lstm", "lstm output", "lstm output 1"]
    assert len(architecture.outputs) == 2


@pytest.mark.parametrize("form", [list, dict])
def test_outputs_are_in_the_order_of_the_model_also_where_one_leads_to_another(form):
    x = Input((4,))
    features = layers.Dense(6, activation="relu", name="features")(x)
    kinds = layers.Dense(3, activation="softmax", name="kinds")(features)
    for order in ([kinds, features], [features, kinds]):
        names = [tensor._keras_history.operation.name for tensor in order]
        # Keras puts the keys of a dict in the alphabet's order.
        model = Model(x, order if form is list else dict(zip("ab", order, strict=True)))
        assert [layer.name for layer in describe(model).outputs] == names


def test_a_subclassed_model_is_one_block_between_its_inputs_and_its_answer():
    architecture = describe(called(Block(name="own"), ROW))
    assert names_of(architecture) == ["input", "own", "own output"]
    assert [layer.kind for layer in architecture.layers] == ["input", "block", "output"]
    assert architecture["own output"].units == 2
    assert architecture["own"].parameters == 15 + 8


def test_a_probability_after_a_branch_is_known_as_one():
    assert [layer.output for layer in describe(logits_and_probabilities()).outputs] == ["linear", "softmax"]


@pytest.mark.parametrize(
    ("tail", "output"),
    [
        ([layers.Rescaling(100.0)], "linear"),
        ([layers.Normalization(mean=[1.0], variance=[4.0], invert=True)], "linear"),
        ([layers.Rescaling(0.5), layers.Activation("sigmoid")], "sigmoid"),
        ([layers.Dropout(0.5)], "sigmoid"),
    ],
)
def test_a_rescaled_sigmoid_is_no_probability(tail, output):
    assert (
        describe(chain(Input((4,)), layers.Dense(1, activation="sigmoid", name="y"), *tail)).outputs[0].output == output
    )


def test_an_input_that_is_taken_step_by_step_is_a_sequence():
    recurrent = Sequential([Input((12, 3), name="x"), layers.LSTM(4), layers.Dense(2)])
    convolved = Sequential([Input((12, 3), name="x"), layers.Conv1D(4, 3), layers.Flatten(), layers.Dense(2)])
    picture = Sequential([Input((12, 12), name="x"), layers.Flatten(), layers.Dense(2)])
    assert [describe(model)["x"].sequence for model in (recurrent, convolved, picture)] == [True, True, False]


def test_a_file_of_tensorflow_2_12_is_described(project):
    path = project / "tests" / "fixtures" / "tf212_mlp_20_256_256_256_3.h5"
    model = keras.models.load_model(path, compile=False)
    architecture = describe(model)
    assert [layer.units for layer in architecture.layers] == [20, 256, 256, 256, 3]
    assert [layer.notes for layer in architecture.layers[1:4]] == [("dropout 0.1",)] * 3
    assert (
        sum(layer.parameters for layer in architecture.layers) == 20 * 256 + 256 + 2 * (256 * 256 + 256) + 256 * 3 + 3
    )
    assert architecture.outputs[0].output == "softmax"


def test_what_is_passed_through_is_named_on_the_layer_it_follows():
    model = keras.Sequential(
        [keras.Input((4,), name="x"), keras.layers.Dense(3, name="h"), keras.layers.BatchNormalization(name="norm"),
         keras.layers.ReLU(name="bend"), keras.layers.Dense(1, name="y")]
    )  # fmt: skip
    assert describe(model)["h"].members == ("norm", "bend")


@pytest.mark.parametrize(
    ("loss", "output", "logits"),
    [
        ("mse", "linear", False),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), "softmax", True),
        (keras.losses.CategoricalCrossentropy(from_logits=True, name="mine"), "softmax", True),
        (keras.losses.BinaryCrossentropy(from_logits=True, name="mine"), "sigmoid", True),
        (keras.losses.BinaryCrossentropy(), "linear", False),
    ],
)
def test_a_linear_head_trained_from_logits_returns_logits(loss, output, logits):
    model = chain(Input((4,)), layers.Dense(3, name="y"))
    model.compile("sgd", loss)
    assert (describe(model)["y"].output, describe(model)["y"].logits) == (output, logits)


@pytest.mark.parametrize("loss", [keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy])
def test_every_binary_loss_from_logits_makes_a_sigmoid(loss):
    model = chain(Input((4,)), layers.Dense(3, name="y"))
    model.compile("sgd", loss(from_logits=True))
    assert (describe(model)["y"].output, describe(model)["y"].logits) == ("sigmoid", True)


@pytest.mark.parametrize("form", ["list", "by name", "by key"])
def test_with_several_losses_each_output_has_its_own(form):
    x = Input((4,), name="x")
    outputs = [layers.Dense(2, name="price")(x), layers.Dense(3, name="kind")(x)]
    loss = {"price": "mse", "kind": keras.losses.CategoricalCrossentropy(from_logits=True)}
    model = Model(x, dict(zip(("p", "k"), outputs, strict=True)) if form == "by key" else outputs)
    if form == "by key":
        loss = {"p": loss["price"], "k": loss["kind"]}
    model.compile("sgd", list(loss.values()) if form == "list" else loss)
    assert describe(model)["price"].output == "linear"
    assert (describe(model)["kind"].output, describe(model)["kind"].logits) == ("softmax", True)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (1, 1, 1)])
def test_a_single_number_is_one_unit_however_many_axes_of_one_it_has(shape):
    x = Input((4,))
    model = Model(x, layers.Reshape(shape)(layers.Dense(1, activation="sigmoid")(x)))
    [layer] = describe(model).outputs
    assert (layer.units, layer.output) == (1, "sigmoid")

    class Code(keras.Model):
        def call(self, rows):
            return model(rows)

    code = Code()
    code(np.zeros((1, 4), "float32"))
    [layer] = describe(code).outputs
    assert (layer.units, layer.output) == (1, "sigmoid")

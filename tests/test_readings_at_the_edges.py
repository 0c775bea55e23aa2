"""Readings that once went wrong, across samples, fold, frame, health and the reader of models."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.keras_model import ModelReader, describe
from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.samples import InputSpec, read_samples
from nbviz.picture.fold import fold
from nbviz.picture.frame import Signals
from nbviz.picture.make_frame import make_frame


def test_a_kept_unit_among_the_best_is_not_pushed_out_by_another_kept_one():
    assert fold(np.arange(10.0), 3, keep=(7, 0)).shown == (9, 7, 0)


def test_a_unit_kept_twice_is_shown_once():
    choice = fold(np.arange(10.0), 3, keep=(0, 0))
    assert choice.shown == (9, 8, 0)
    assert choice.candidates == (9, 8, 7, 6, 5, 4, 0)


def test_rows_of_unequal_length_are_refused_in_words():
    with pytest.raises(ValueError, match=r"Expected x of shape \(n, 2\)\. Received rows of unequal shapes.*'x'"):
        read_samples([[1.0, 2.0], [3.0]], [InputSpec("x", (2,), "float32")])


def test_after_batch_normalization_the_colour_scale_is_that_of_the_values():
    hidden = Layer("h", "dense", "Dense", (1,), 1, steps=("tanh", "batch norm"), activation="tanh")
    architecture = Architecture(
        "m", (Layer("x", "input", "InputLayer", (1,), 1), hidden), (Connection("x", "h", "kernel", 1),)
    )
    folds = {"x": fold(np.ones(1), 1), "h": fold(np.ones(1), 1)}
    flow = {("kernel input", "h"): np.ones((1, 1)), ("a", "h"): np.full((1, 1), 30.0)}
    frame = make_frame(architecture, folds, {"h": (np.ones((1, 1), "float32"), None)}, Signals(flow=flow))
    assert frame.layers[1].a_scale == 30


def chain(*items):
    return Sequential(list(items))


def test_a_reader_is_stale_after_a_layer_was_added_and_popped_again():
    model = chain(Input((4,)), layers.Dense(3))
    reader = ModelReader(model)
    model.add(layers.Dense(2))
    model.pop()
    assert reader.stale
    assert not ModelReader(model).stale


def test_a_diagram_lives_on_after_a_layer_was_added_and_popped_again():
    model = chain(Input((4,)), layers.Dense(3))
    diagram = NetworkDiagram(model, np.ones((5, 4)))
    model.add(layers.Dense(2))
    model.pop()
    diagram.update()
    assert [layer["units"] for layer in diagram.network["layers"]] == [4, 3]


def test_the_bias_of_the_head_decides_whose_gradient_is_looked_at():
    model = chain(
        Input((3,)),
        layers.Dense(4, activation="tanh", name="a"),
        layers.Dense(4, activation="tanh", name="b"),
        layers.Dense(3, activation="softmax"),
    )
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    reader = ModelReader(model)
    kernel, _ = model.layers[2].get_weights()
    for winner in range(3):  # also: the bias is read live, by a function compiled once
        model.layers[2].set_weights([kernel, np.eye(3)[winner] * 100])
        expected = np.sqrt(np.mean(np.square(kernel[:, winner])))  # d logit / d activation is the kernel's column
        assert reader.gradient_sizes([x])["b"] == pytest.approx(expected, rel=1e-5)


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


def test_weights_shared_with_a_model_inside_are_counted_once():
    shared = layers.Dense(3)
    inner = chain(Input((4,)), shared)
    x = Input((4,))
    model = Model(x, layers.Add()([inner(x), shared(x)]))
    assert sum(layer.parameters for layer in describe(model).layers) == 15 == model.count_params()


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_passed_through_on_one_of_two_ways_is_named_in_either_order(turned):
    x = Input((4,))
    h = layers.Dense(3, name="h")(x)
    ways = [layers.Dropout(0.5)(h), h]
    model = Model(x, layers.Concatenate(name="join")(ways[::-1] if turned else ways))
    assert [c.notes for c in describe(model).into("join")] == [("dropout 0.5",)]


# what the brief asks for and no test there had


def test_a_deep_sigmoid_net_of_tiny_weights_has_a_vanishing_gradient_and_a_healthy_one_has_not():
    def badges(scale):
        keras.utils.set_random_seed(0)
        start = keras.initializers.RandomNormal(stddev=scale)
        hidden = [layers.Dense(8, activation="sigmoid", kernel_initializer=start, name=f"h{i}") for i in range(8)]
        model = chain(Input((4,)), *hidden, layers.Dense(2, activation="softmax"))
        x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
        from nbviz.network.health import gradient_badges

        return gradient_badges(ModelReader(model).gradient_sizes([x]))

    found = badges(0.01)
    assert {badge.kind for badge in found} == {"vanishing"}
    # each layer multiplies the gradient by about 0.25 x 0.01 x sqrt(8) = 0.007: two layers below 1e-4 of the last
    assert [badge.layer for badge in found] == ["h0", "h1", "h2", "h3", "h4", "h5"]
    assert badges(1.4) == []


# claims whose breaking no test noticed (mutants that survived the eight files)


def test_a_units_share_is_of_its_mean_size_not_of_the_size_of_its_mean():
    hidden = Layer("h", "dense", "Dense", (4,), 4)
    y, z = (
        Layer("y", "dense", "Dense", (1,), 1, output="linear"),
        Layer("z", "dense", "Dense", (1,), 1, output="linear"),
    )
    architecture = Architecture(
        "m",
        (Layer("x", "input", "InputLayer", (1,), 1), hidden, y, z),
        (Connection("x", "h", "kernel", 4), Connection("h", "y", "kernel", 4), Connection("h", "z", "kernel", 4)),
    )
    a = np.array([[3.0, 1.0, 1.0, 1.0], [-3.0, 1.0, 1.0, 1.0]])  # unit 0 cancels in the mean
    weights = {
        "h": (np.ones((1, 4), "float32"), None),
        "y": (np.array([[1.0], [1.0], [0.0], [0.0]], "float32"), None),
        "z": (np.array([[0.0], [0.0], [2.0], [-4.0]], "float32"), None),
    }
    flow = {("kernel input", "h"): np.ones((2, 1)), ("kernel input", "y"): a, ("kernel input", "z"): a, ("a", "h"): a}
    folds = {"x": fold(np.ones(1), 1), "h": fold(np.arange(4.0), 2), "y": fold(np.ones(1), 1), "z": fold(np.ones(1), 1)}
    share = make_frame(architecture, folds, weights, Signals(flow=flow)).layers[1].arrays["share"]
    # 3 x 1, 1 x 1 over y and 1 x 2, 1 x 4 over z: 10 in all; candidates are 3, 2, 1, 0
    assert share == pytest.approx([0.4, 0.2, 0.1, 0.3])


def test_the_score_counts_the_edges_into_all_layers_that_follow():
    from nbviz.picture.fold import unit_scores

    architecture = Architecture(
        "m",
        (
            Layer("x", "input", "InputLayer", (2,), 2),
            Layer("y", "dense", "Dense", (1,), 1, output="linear"),
            Layer("z", "dense", "Dense", (1,), 1, output="linear"),
        ),
        (Connection("x", "y", "kernel", 2), Connection("x", "z", "kernel", 2)),
    )
    kernels = {"y": np.array([[1.0], [-2.0]]), "z": np.array([[4.0], [0.5]])}
    assert unit_scores(architecture, kernels, "weight")["x"].tolist() == [5, 2.5]


@pytest.mark.parametrize(("rows", "units"), [(37, ()), (38, (0,))])
def test_saturated_means_95_percent_of_the_rows_within_1_percent_of_an_end(rows, units):
    from nbviz.network.health import activation_badges

    layer = Layer("h", "dense", "Dense", (2,), 2, activation="tanh")
    values = np.zeros((40, 2))
    values[:rows, 0] = 0.981  # 1 % of tanh's range of 2 is 0.02
    values[:, 1] = 0.979
    found = activation_badges(Architecture("m", (layer,), ()), {"h": values})
    assert sum((badge.units for badge in found), ()) == units


def test_a_tanh_layer_has_the_scale_of_its_range():
    layer = Layer("h", "dense", "Dense", (1,), 1, steps=("tanh",), activation="tanh")
    architecture = Architecture(
        "m", (Layer("x", "input", "InputLayer", (1,), 1), layer), (Connection("x", "h", "kernel", 1),)
    )
    folds = {"x": fold(np.ones(1), 1), "h": fold(np.ones(1), 1)}
    flow = {("kernel input", "h"): np.ones((1, 1)), ("a", "h"): np.full((1, 1), 0.25)}
    grid = {("a", "x"): np.zeros((4, 1)), ("a", "h"): np.array([[1.0], [0.0], [-1.0], [0.5]])}
    frame = make_frame(
        architecture,
        folds,
        {"h": (np.ones((1, 1), "float32"), None)},
        Signals(flow=flow, values={"x": np.ones((1, 1))}, grid=grid),
    )
    assert frame.layers[1].a_scale == 1
    assert frame.layers[1].arrays["face"].tolist() == [[[255, 128], [1, 192]]]  # 127 v + 128, top row first


def test_a_tall_picture_is_thinned_along_each_axis_by_its_own_step():
    image = Layer("image", "input", "InputLayer", (200, 50), 1)
    values = np.arange(200 * 50.0).reshape(1, 200, 50)
    frame = make_frame(Architecture("m", (image,), ()), {}, {}, Signals(values={"image": values}))
    assert frame.layers[0].arrays["face"].shape == (1, 50, 50)


def test_the_value_after_the_activation_is_the_one_before_batch_normalization():
    model = chain(
        Input((3,)), layers.Dense(4, activation="relu", name="h"), layers.BatchNormalization(), layers.Dense(1)
    )
    model.layers[1].beta.assign([5.0] * 4)
    x = np.random.default_rng(0).normal(size=(9, 3)).astype("float32")
    flow = ModelReader(model).forward([x])
    kernel, bias = model.layers[0].get_weights()
    assert flow["activated", "h"] == pytest.approx(np.maximum(x @ kernel + bias, 0), abs=1e-6)
    assert flow["a", "h"] == pytest.approx(np.maximum(x @ kernel + bias, 0) / np.sqrt(1.001) + 5, abs=1e-5)


def test_a_subclassed_model_is_looked_at_in_inference_mode():
    from nbviz import activations

    class Noisy(Model):
        def __init__(self):
            super().__init__(name="own")
            self.drop = layers.Dropout(0.9)

        def call(self, x, training=None):
            return self.drop(x, training=training)

    model = Noisy()
    x = np.ones((5, 40), "float32")
    model(x)
    assert activations(model, x)["own"].tolist() == x.tolist()


def test_columns_that_are_not_as_many_as_units_name_nothing():
    from nbviz.network.names import name_units

    layer = Layer("x", "input", "InputLayer", (3,), 3)
    assert name_units(Architecture("m", (layer,), ()), None, None, {"x": ["c", "d"]}) == {}


@pytest.mark.parametrize("loss", [keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy])
def test_every_binary_loss_from_logits_makes_a_sigmoid(loss):
    model = chain(Input((4,)), layers.Dense(3, name="y"))
    model.compile("sgd", loss(from_logits=True))
    assert (describe(model)["y"].output, describe(model)["y"].logits) == ("sigmoid", True)


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

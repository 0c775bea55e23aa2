import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Layer
from nbviz.network.health import activation_badges, channel_badges, gradient_badges, weight_badges

ROWS = 40


def one_layer(activation, units=4, output=None):
    layer = Layer("h", "dense", "Dense", (units,), units, activation=activation, output=output)
    return Architecture("m", (layer,), ())


def test_healthy_weights_have_no_badge():
    assert weight_badges({"h": (np.ones((3, 2)), np.zeros(2)), "y": (np.full((2, 1), 3e38, "float32"), None)}) == []


@pytest.mark.parametrize(
    ("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinite weights"), (-np.inf, "infinite weights")]
)
def test_a_bad_weight_is_named_with_its_layer_and_unit(bad, word):
    kernel = np.ones((3, 4), "float32")
    kernel[1, 2] = bad
    (badge,) = weight_badges({"h": (kernel, np.zeros(4, "float32"))})
    assert (badge.kind, badge.layer, badge.units) == ("nan", "h", (2,))
    assert badge.text == f"h: {word} in the kernel"
    assert badge.meaning.startswith("1 of 12 numbers")


def test_opposite_infinities_do_not_hide_each_other():
    kernel = np.zeros((2, 2), "float32")
    kernel[0, 0], kernel[1, 1] = np.inf, -np.inf
    (badge,) = weight_badges({"h": (kernel, None)})
    assert badge.units == (0, 1)


def test_a_bad_bias_is_named_apart_from_the_kernel():
    kernel, bias = np.full((3, 2), np.nan), np.array([0.0, np.nan])
    badges = weight_badges({"h": (kernel, bias)})
    assert [(badge.text, badge.units) for badge in badges] == [
        ("h: NaN in the kernel", (0, 1)),
        ("h: NaN in the bias", (1,)),
    ]


def test_a_relu_unit_that_is_never_above_zero_is_dead():
    values = np.zeros((ROWS, 4))
    values[:, 0] = 1.0
    values[7, 2] = 1e-6
    (badge,) = activation_badges(one_layer("relu"), {"h": values})
    assert (badge.kind, badge.units, badge.text) == ("dead", (1, 3), "h: 50 % dead ReLU")
    assert badge.meaning.startswith("2 of 4 units are 0 for all 40 rows")


def test_a_small_share_is_not_rounded_to_nothing():
    values = np.ones((ROWS, 1000))
    values[:, 5] = 0
    (badge,) = activation_badges(one_layer("relu", 1000), {"h": values})
    assert badge.text == "h: < 1 % dead ReLU"
    assert badge.meaning.startswith("1 unit is 0")


def test_nan_is_not_dead():
    assert activation_badges(one_layer("relu"), {"h": np.full((ROWS, 4), np.nan)}) == []


def test_units_with_negative_answers_are_not_dead():
    assert activation_badges(one_layer("relu"), {"h": np.full((ROWS, 4), -1.0)}) == []


@pytest.mark.parametrize("activation", [None, "leaky relu", "elu", "softmax"])
def test_only_relu_can_be_dead(activation):
    assert activation_badges(one_layer(activation), {"h": np.zeros((ROWS, 4))}) == []


@pytest.mark.parametrize(("activation", "low", "high"), [("tanh", -1.0, 1.0), ("sigmoid", 0.0, 1.0)])
def test_a_unit_near_the_ends_of_its_range_for_most_rows_is_saturated(activation, low, high):
    inside = (low + high) / 2 + (high - low) * 0.4
    values = np.full((ROWS, 4), inside)
    values[:, 1] = high
    values[: ROWS // 2, 2], values[ROWS // 2 :, 2] = low, high
    values[: ROWS // 2, 3] = low  # half of the rows only
    (badge,) = activation_badges(one_layer(activation), {"h": values})
    assert (badge.kind, badge.units, badge.text) == ("saturated", (1, 2), "h: 50 % saturated")


def test_an_output_that_is_sure_of_itself_is_not_ill():
    assert activation_badges(one_layer("sigmoid", output="sigmoid"), {"h": np.ones((ROWS, 4))}) == []


def test_a_few_rows_say_nothing():
    assert activation_badges(one_layer("relu"), {"h": np.zeros((31, 4))}) == []
    assert len(activation_badges(one_layer("relu"), {"h": np.zeros((32, 4))})) == 1


def test_a_gradient_is_judged_against_that_of_the_last_layer():
    badges = gradient_badges({"a": 0.9e-4, "b": 1.1e-4, "c": 1.1e4, "d": 1.0})
    assert [(badge.kind, badge.layer, badge.units) for badge in badges] == [
        ("vanishing", "a", ()),
        ("exploding", "c", ()),
    ]
    assert badges[0].text == "a: vanishing gradient"
    assert "9e-05 of the gradient at d" in badges[0].meaning


@pytest.mark.parametrize("sizes", [{}, {"a": 1.0}, {"a": 1.0, "b": 0.0}, {"a": np.nan, "b": 1.0}])
def test_without_two_gradients_there_is_nothing_to_compare(sizes):
    assert gradient_badges(sizes) == []


def test_kernels_and_biases_that_are_not_finite_are_told_by_channel():
    norms = np.array([[1.0, np.nan, 2.0], [0.5, 1.0, np.nan]])
    bias = np.array([0.0, np.inf, 0.0])
    kernels, biases = channel_badges({"conv": (norms, bias), "fine": (np.ones((2, 2)), None)})
    assert (kernels.kind, kernels.layer, kernels.units) == ("nan", "conv", (1, 2))
    assert kernels.text == "conv: NaN in the kernels"
    assert kernels.meaning.startswith("The kernels of 2 of 3 channels are not finite")
    assert (biases.units, biases.text) == ((1,), "conv: infinite weights in the biases")


def test_a_channel_that_is_dark_everywhere_is_dead_and_one_at_an_end_on_the_mean_is_not_called_saturated():
    means = np.zeros((40, 3))
    means[:, 1] = 0.01
    means[7, 2] = 1e-6
    relu = Layer("conv", "conv", "Conv2D", (4, 4, 3), 3, steps=("relu",), activation="relu")
    (badge,) = activation_badges(Architecture("m", (relu,), ()), {"conv": means})
    assert (badge.kind, badge.units) == ("dead", (0,))
    assert badge.meaning.startswith("1 channel is 0 for all 40 rows")
    sigmoid = Layer("conv", "conv", "Conv2D", (4, 4, 3), 3, steps=("sigmoid",), activation="sigmoid")
    assert activation_badges(Architecture("m", (sigmoid,), ()), {"conv": np.full((40, 3), 0.999)}) == []


@pytest.mark.parametrize(("rows", "units"), [(37, ()), (38, (0,))])
def test_saturated_means_95_percent_of_the_rows_within_1_percent_of_an_end(rows, units):
    layer = Layer("h", "dense", "Dense", (2,), 2, activation="tanh")
    values = np.zeros((40, 2))
    values[:rows, 0] = 0.981  # 1 % of tanh's range of 2 is 0.02
    values[:, 1] = 0.979
    found = activation_badges(Architecture("m", (layer,), ()), {"h": values})
    assert sum((badge.units for badge in found), ()) == units

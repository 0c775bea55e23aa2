"""Edge values, what is left over, and strokes."""

import keras
import numpy as np
import pytest

import nbviz
from nbviz.picture.edges import edge_values, shares, stroke


def network(kernels, max_units, x=None):
    """A diagram of a linear model with the given kernels and no bias."""
    layers = [keras.layers.Dense(kernel.shape[1], use_bias=False, activation="relu") for kernel in kernels]
    model = keras.Sequential([keras.Input((len(kernels[0]),)), *layers])
    model.set_weights(kernels)
    return nbviz.NetworkDiagram(model, x, max_units=max_units)


def values_of(diagram, index, meaning="weight"):
    frame = diagram.frames.now(100)
    connection = diagram.architecture.connections[index]
    folds = diagram.frames.drawing.folds
    return edge_values(frame.connections[index], folds[connection.source], folds[connection.target], meaning)


def test_edges_of_an_unfolded_layer_are_its_kernel():
    kernel = np.array([[1.0, -2.0, 0.5], [0.25, 0.0, -4.0]], "float32")
    assert values_of(network([kernel], 16), 0).tolist() == kernel.tolist()


def test_rest_edges_are_the_sums_over_the_units_not_shown():
    random = np.random.default_rng(1)
    kernels = [random.normal(size=shape).astype("float32") for shape in ((3, 20), (20, 2))]
    diagram = network(kernels, 4)
    shown = list(diagram.frames.drawing.folds[diagram.architecture.layers[1].name].shown)
    hidden = [unit for unit in range(20) if unit not in shown]
    first, second = values_of(diagram, 0), values_of(diagram, 1)
    assert first.shape == (3, 5)
    assert second.shape == (5, 2)
    for row in range(3):
        assert first[row, 4] == pytest.approx(sum(float(kernels[0][row, unit]) for unit in hidden), abs=1e-5)
    for column in range(2):
        assert second[4, column] == pytest.approx(sum(float(kernels[1][unit, column]) for unit in hidden), abs=1e-5)


def test_between_two_rest_nodes_is_the_sum_of_all_hidden_pairs():
    random = np.random.default_rng(2)
    kernels = [random.normal(size=shape).astype("float32") for shape in ((3, 20), (20, 30), (30, 2))]
    diagram = network(kernels, 4)
    one, two = (diagram.frames.drawing.folds[layer.name] for layer in diagram.architecture.layers[1:3])
    expected = sum(
        float(kernels[1][i, j]) for i in range(20) for j in range(30) if i not in one.shown and j not in two.shown
    )
    assert values_of(diagram, 1)[4, 4] == pytest.approx(expected, abs=1e-4)


def test_weight_times_activation_sums_to_z():
    random = np.random.default_rng(3)
    kernels = [random.normal(size=shape).astype("float32") for shape in ((5, 20), (20, 3))]
    x = random.normal(size=(40, 5)).astype("float32")
    diagram = network(kernels, 4, x).show(7)
    hidden = np.maximum(x[7] @ kernels[0], 0)
    assert values_of(diagram, 1, "weight_activation").sum(axis=0) == pytest.approx(hidden @ kernels[1], abs=1e-5)


def test_first_edges_show_weight_times_standard_deviation_of_the_feature():
    kernel = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    x = np.array([[0.0, 10.0], [2.0, 50.0]])  # standard deviations 1 and 20
    assert values_of(network([kernel], 16, x), 0).tolist() == [[1.0, 2.0], [60.0, 80.0]]


def test_the_drawn_share_counts_only_edges_drawn_one_by_one():
    first = np.zeros((1, 3), "float32")
    first[0] = [8.0, 1.0, 1.0]
    second = np.ones((3, 1), "float32")
    diagram = network([first, second], 1)
    frame = diagram.frames.now(10)
    share = shares(diagram.architecture, diagram.frames.drawing.folds, frame, "weight")
    assert (share.drawn, share.edges) == (2, 6)
    assert share.weight == pytest.approx((8 + 1) / 13)


@pytest.mark.parametrize(
    ("value", "width", "colour", "opacity"),
    [
        (0.0, 0.4, "#e8eaeb", 0.07),
        (2.0, 3.3, "#0877bd", 0.9),
        (-2.0, 3.3, "#f59322", 0.9),
        (9.0, 3.3, "#0877bd", 0.9),
        (-0.5, 0.4 + 2.9 * 0.1435873, "#ebd4b9", 0.07 + 0.83 * 0.0358968),
    ],
)
def test_a_stroke_grows_with_its_share_of_the_scale(value, width, colour, opacity):
    look = stroke(value, scale=2.0)
    assert look.width == pytest.approx(width, abs=1e-6)
    assert look.colour == colour
    assert look.opacity == pytest.approx(opacity, abs=1e-6)


def test_without_data_edges_show_weights_whatever_is_asked_for():
    kernel = np.array([[1.0, -2.0], [0.5, 4.0]], "float32")
    assert values_of(network([kernel], 16), 0, "weight_activation").tolist() == kernel.tolist()

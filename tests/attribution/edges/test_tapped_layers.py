import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeUnits
from nbviz.attribution.edges.tapped_layers import TappedRun, as_edge_units, unit_indices
from nbviz.attribution.outputs import explained_outputs
from nbviz.keras_model.kernel_taps import kernel_taps
from tests.attribution.reference import random_net, random_rows, to_keras

X = random_rows(40, 5)


def run(explained, names, x):
    """Of each layer the slopes for all classes, what enters the kernel, and what comes before the activation."""
    tapped = TappedRun(kernel_taps(explained.replay, names))

    def traced(rows):
        slopes = tapped.slopes(explained, [rows], [rows], list(range(explained.columns)), explained.columns)
        return [*slopes, *tapped.entering.values(), *tapped.before.values()]

    arrays = [np.asarray(array) for array in explained.compiled(("test", *names), traced, explained.specs)(x)]
    count = len(names)
    return arrays[:count], arrays[count : 2 * count], arrays[2 * count :]


def test_what_enters_a_kernel_and_the_slope_behind_it_are_those_of_the_net():
    net = random_net(5, 7, 3)
    slopes, entering, before = run(explained_outputs(to_keras(net)), ["h1", "y"], X)
    np.testing.assert_array_equal(entering[0], X)
    np.testing.assert_allclose(entering[1], net.hidden(X, 1), atol=1e-5)
    np.testing.assert_allclose(before[0], X @ net.kernels[0] + net.biases[0], atol=1e-5)
    centred = np.eye(3) - 1 / 3  # of the centred logits
    np.testing.assert_allclose(slopes[1], np.broadcast_to(centred, (len(X), 3, 3)), atol=1e-6)
    active = before[0] > 0
    by_hand = (centred @ net.kernels[1].T)[None] * active[:, None]
    np.testing.assert_allclose(slopes[0], by_hand, atol=1e-5)


def test_units_are_passed_flat_and_read_back_for_each_layer_and_key():
    explained = explained_outputs(to_keras(random_net(5, 7, 3)))
    taps = kernel_taps(explained.replay, ["y", "h1"])
    of_class = np.array([[1, 0], [2, 1], [0, 2]])
    flat = unit_indices(taps, {"h1": EdgeUnits([0, 4], range(7)), "y": EdgeUnits([2], of_class)}, (3,), slice(1, 3))
    assert [part.dtype for part in flat] == [np.int32] * 4
    assert [part.ndim for part in flat] == [1] * 4
    assert [[np.asarray(side).tolist() for side in pair] for pair in as_edge_units(flat, [2])] == [
        [[[2], [2]], [[2, 1], [0, 2]]], [[[0, 4]] * 2, [[0, 1, 2, 3, 4, 5, 6]] * 2],
    ]  # fmt: skip
    none = unit_indices(taps, {name: EdgeUnits((), ()) for name in ("h1", "y")}, (3,))
    assert [np.shape(side) for pair in as_edge_units(none, [3]) for side in pair] == [(3, 0)] * 4

import math

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.picture.fold import fold
from nbviz.picture.frame import Signals
from nbviz.picture.make_frame import make_frame
from tests.picture.networks import folds_of, mlp, random_weights, run


def test_shares_of_all_units_of_a_folded_layer_add_up_to_one():
    architecture = mlp(2, 6, 3)
    random = np.random.default_rng(1)
    weights = random_weights(random, (2, 6, 3))
    flow = run(weights, random.normal(size=(9, 2)))
    folds = {"x": fold(np.ones(2), 2), "h1": fold(random.random(6), 3), "h2": fold(np.ones(3), 3)}
    assert len(folds["h1"].candidates) == 6
    share = make_frame(architecture, folds, weights, Signals(flow)).layers[1].arrays["share"]
    outgoing = np.abs(weights["h2"][0].astype(float)).sum(axis=1)
    expected = np.abs(flow["a", "h1"]).mean(axis=0) * outgoing
    assert share == pytest.approx((expected / expected.sum())[list(folds["h1"].candidates)], rel=1e-5)
    assert share.sum() == pytest.approx(1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("data", [False, True])
def test_weights_out_of_range_raise_nothing_and_leave_the_other_numbers_alone(bad, data):
    architecture = mlp(3, 4, 2)
    weights = random_weights(np.random.default_rng(0), (3, 4, 2))
    healthy = {name: (kernel.copy(), bias) for name, (kernel, bias) in weights.items()}
    weights["h1"][0][1:, 2] = bad
    folds = folds_of(architecture, 4, np.random.default_rng(0))
    x = np.array([[1.0, 0.0, 2.0], [2.0, 0.0, 1.0]], "float32")  # a constant column: infinity times 0
    signals = Signals(run(healthy, x), values={"x": x}) if data else Signals()
    frame = make_frame(architecture, folds, weights, signals)
    sound = make_frame(architecture, folds, healthy, signals)
    others = [place for place, unit in enumerate(folds["h1"].candidates) if unit != 2]
    for key in ("in_sum", "in_sum_a"):
        np.testing.assert_array_equal(
            frame.connections[0].arrays[key][others], sound.connections[0].arrays[key][others]
        )
    for connection in frame.connections:
        assert math.isfinite(connection.scale)
        assert math.isfinite(connection.sum)
        assert math.isfinite(connection.abs_sum)


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

"""Every expected number comes from plain loops over all units, in float64, or is counted by hand."""

import math

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.picture.fold import Fold, fold
from nbviz.picture.frame import Signals
from nbviz.picture.make_frame import make_frame
from tests.picture.networks import folds_of, mlp, random_weights, run, small


@pytest.mark.parametrize("seed", range(25))
def test_bias_and_sum_of_all_terms_are_the_units_own_z(seed):
    architecture, folds, weights, x, flow = small(seed)
    frame = make_frame(architecture, folds, weights, Signals(flow=flow, values={"x": x}))
    for layer, numbers in zip(architecture.layers[1:], frame.layers[1:], strict=True):
        kernel, bias = weights[layer.name]
        entering = flow["kernel input", layer.name].mean(axis=0)
        for place, unit in enumerate(folds[layer.name].candidates):
            terms = [float(kernel[i, unit]) * entering[i] for i in range(len(kernel))]
            expected = math.fsum(terms) + float(bias[unit])
            assert numbers.arrays["z"][place] == pytest.approx(expected, abs=1e-5, rel=1e-5)
            assert numbers.arrays["bias"][place] == bias[unit]


@pytest.mark.parametrize("seed", range(25))
def test_the_listed_terms_are_the_five_largest_with_their_own_weights_and_inputs(seed):
    architecture, folds, weights, x, flow = small(seed)
    frame = make_frame(architecture, folds, weights, Signals(flow=flow, values={"x": x}))
    for layer, numbers in zip(architecture.layers[1:], frame.layers[1:], strict=True):
        kernel, _ = weights[layer.name]
        entering = flow["kernel input", layer.name].mean(axis=0)
        for place, unit in enumerate(folds[layer.name].candidates):
            sizes = [abs(float(kernel[i, unit]) * entering[i]) for i in range(len(kernel))]
            largest = sorted(sizes, reverse=True)[:5]
            listed = [i for i in numbers.arrays["term_unit"][place] if i >= 0]
            assert len(listed) == len(set(listed)) == len(largest)
            assert [sizes[i] for i in listed] == pytest.approx(largest, rel=1e-5, abs=1e-6)
            for term, source in enumerate(listed):
                assert numbers.arrays["term_w"][place, term] == kernel[source, unit]
                assert numbers.arrays["term_a"][place, term] == pytest.approx(entering[source], rel=1e-6)
            assert (numbers.arrays["term_unit"][place, len(listed) :] == -1).all()


@pytest.mark.parametrize("data", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_shown_edges_and_rest_sums_add_up_to_the_totals(seed, data):
    architecture, folds, weights, x, flow = small(seed)
    moment = Signals(flow=flow, values={"x": x}) if data else Signals()
    frame = make_frame(architecture, folds, weights, moment)
    for connection, numbers in zip(architecture.connections, frame.connections, strict=True):
        kernel = weights[connection.target][0].astype(float)
        sources, targets = folds[connection.source], folds[connection.target]
        sd = np.ones(len(kernel))
        if data and connection.source == "x":
            sd = np.array([np.std(x[:, i].astype(float)) for i in range(x.shape[1])])
        edges = {(s, t): kernel[s, t] * sd[s] for s in range(kernel.shape[0]) for t in range(kernel.shape[1])}
        shown_s = [sources.candidates.index(s) for s in sources.shown]
        shown_t = [targets.candidates.index(t) for t in targets.shown]
        close = {"rel": 1e-5, "abs": 2e-5}
        # What the rest node hands to each shown unit.
        for t in shown_t:
            unit = targets.candidates[t]
            rest = math.fsum(v for (s, u), v in edges.items() if u == unit and s not in sources.shown)
            drawn = math.fsum(numbers.arrays["kernel"][s, t] * numbers.arrays["sd"][s] for s in shown_s)
            assert numbers.arrays["in_sum"][t] == pytest.approx(drawn + rest, **close)
        # What each shown unit hands to the rest node.
        for s in shown_s:
            unit = sources.candidates[s]
            rest = math.fsum(kernel[unit, t] for t in range(kernel.shape[1]) if t not in targets.shown)
            drawn = math.fsum(numbers.arrays["kernel"][s, t] for t in shown_t)
            assert numbers.arrays["out_sum"][s] == pytest.approx(drawn + rest, **close)
        assert numbers.sum == pytest.approx(math.fsum(edges.values()), **close)
        assert numbers.abs_sum == pytest.approx(math.fsum(map(abs, edges.values())), **close)
        assert numbers.scale in [pytest.approx(abs(value), rel=1e-6) for value in edges.values()]


@pytest.mark.parametrize("seed", range(10))
def test_with_data_the_sums_of_weight_times_activation_add_up_too(seed):
    architecture, folds, weights, x, flow = small(seed)
    shown = run(weights, x[:1])
    moments = [
        (Signals(flow=flow, values={"x": x}), flow),
        (Signals(flow=flow, shown=shown, values={"x": x}, shown_values={"x": x[:1]}), shown),
        (Signals(shown=shown, shown_values={"x": x[:1]}), shown),
    ]
    for moment, source_of in moments:
        frame = make_frame(architecture, folds, weights, moment)
        for connection, numbers in zip(architecture.connections, frame.connections, strict=True):
            kernel = weights[connection.target][0].astype(float)
            a = source_of["kernel input", connection.target].mean(axis=0)
            products = [
                [kernel[s, t] * a[s] for s in range(kernel.shape[0])] for t in range(kernel.shape[1])
            ]  # per target
            for place, t in enumerate(folds[connection.target].candidates):
                assert numbers.arrays["in_sum_a"][place] == pytest.approx(math.fsum(products[t]), rel=1e-5, abs=2e-5)
            for place, s in enumerate(folds[connection.source].candidates):
                assert numbers.arrays["input"][place] == pytest.approx(a[s], rel=1e-6)
            assert numbers.sum_a == pytest.approx(math.fsum(map(math.fsum, products)), rel=1e-5, abs=5e-5)
            sizes = math.fsum(math.fsum(map(abs, row)) for row in products)
            assert numbers.abs_sum_a == pytest.approx(sizes, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("units", [(100_000, 1), (1, 100_000), (3, 5_000, 700)])
def test_sums_over_very_wide_layers_stay_exact(units):
    random = np.random.default_rng(0)
    architecture = mlp(*units)
    weights = {n: (k + np.float32(0.1), b) for n, (k, b) in random_weights(random, units).items()}
    entering = {("kernel input", f"h{i}"): random.random((1, units[i - 1])) for i in range(1, len(units))}
    flow = entering | {("a", f"h{i}"): np.zeros((1, units[i])) for i in range(1, len(units))}
    frame = make_frame(architecture, folds_of(architecture, 16, random), weights, Signals(flow=flow))
    for connection, numbers in zip(architecture.connections, frame.connections, strict=True):
        kernel = weights[connection.target][0].astype(np.float64)
        a = flow["kernel input", connection.target][0]
        size = np.abs(a @ np.abs(kernel)).max()
        candidates = list(fold(np.zeros(kernel.shape[1]), 16).candidates) if kernel.shape[1] <= 16 else None
        expected = (a @ kernel) if candidates is None else (a @ kernel)[candidates]
        targets = numbers.arrays["in_sum_a"]
        if candidates is None:
            expected = np.array(sorted(expected, key=lambda v: np.abs(targets - v).min()))[: len(targets)]
            assert np.sort(targets) == pytest.approx(np.sort(expected), abs=2e-6 * size)
        else:
            assert targets == pytest.approx(expected, abs=2e-6 * size)
        assert numbers.abs_sum_a == pytest.approx((np.abs(kernel) * np.abs(a)[:, None]).sum(), rel=1e-5)


def test_inputs_show_their_z_score_within_x_and_the_value_as_given():
    architecture = mlp(3, 1)
    x = np.array([[1.0, 5.0, 2.0], [3.0, 5.0, 4.0]], "float32")
    weights = {"h1": (np.ones((3, 1), "float32"), np.zeros(1, "float32"))}
    folds = {"x": fold(np.ones(3), 3), "h1": fold(np.ones(1), 1)}
    shown = Signals(run(weights, x), run(weights, x[1:]), {"x": x}, {"x": x[1:]})
    numbers = make_frame(architecture, folds, weights, shown).layers[0]
    assert numbers.arrays["a"].tolist() == [1, 0, 1]  # a constant column has no z-score but 0
    assert numbers.arrays["value"].tolist() == [3, 5, 4]
    mean = make_frame(architecture, folds, weights, Signals(run(weights, x), values={"x": x})).layers[0]
    assert mean.arrays["a"].tolist() == [0, 0, 0]
    assert mean.arrays["value"].tolist() == [2, 5, 3]
    alone = make_frame(architecture, folds, weights, Signals(shown=run(weights, x[1:]), shown_values={"x": x[1:]}))
    assert alone.layers[0].arrays["a"].tolist() == [3, 5, 4]


def test_an_input_of_text_has_no_numbers():
    architecture = mlp(1, 1)
    weights = {"h1": (np.ones((1, 1), "float32"), np.zeros(1, "float32"))}
    folds = {"x": Fold(1, (0,), (0,), (0,)), "h1": Fold(1, (0,), (0,), (0,))}
    values = {"x": np.array([["red"], ["blue"]], object)}
    numbers = make_frame(architecture, folds, weights, Signals(run(weights, [[1.0]]), values=values)).layers[0]
    assert np.isnan(numbers.arrays["a"]).all()


def test_without_data_what_is_unknown_is_nan_or_none():
    architecture, folds, weights, _, _ = small(3)
    frame = make_frame(architecture, folds, weights, Signals())
    for layer in frame.layers[1:]:
        assert np.isnan(layer.arrays["a"]).all()
        assert np.isnan(layer.arrays["z"]).all()
        assert np.isfinite(layer.arrays["bias"]).all()
        assert (layer.a_scale, layer.a_sum) == (None, None)
    for connection in frame.connections:
        assert np.isnan(connection.arrays["input"]).all()
        assert np.isnan(connection.arrays["in_sum_a"]).all()
        assert (connection.scale_a, connection.sum_a, connection.abs_sum_a) == (None, None, None)
        assert np.isfinite(connection.arrays["in_sum"]).all()


def test_logits_are_shown_as_the_mean_of_each_rows_probabilities():
    weights = {"h1": (np.eye(2, dtype="float32"), np.zeros(2, "float32"))}
    folds = {"x": fold(np.ones(2), 2), "h1": fold(np.ones(2), 2)}
    flow = run(weights, [[0.0, math.log(3)], [math.log(4), 0.0]])
    softmax = make_frame(mlp(2, 2, output="softmax", logits=True), folds, weights, Signals(flow)).layers[1]
    assert softmax.arrays["value"] == pytest.approx([(1 / 4 + 4 / 5) / 2, (3 / 4 + 1 / 5) / 2])
    assert softmax.arrays["a"] == pytest.approx([math.log(4) / 2, math.log(3) / 2])
    sigmoid = make_frame(mlp(2, 2, output="sigmoid", logits=True), folds, weights, Signals(flow)).layers[1]
    assert sigmoid.arrays["value"] == pytest.approx([(1 / 2 + 4 / 5) / 2, (3 / 4 + 1 / 2) / 2])


def test_extreme_logits_do_not_overflow():
    weights = {"h1": (np.eye(2, dtype="float32"), np.zeros(2, "float32"))}
    folds = {"x": fold(np.ones(2), 2), "h1": fold(np.ones(2), 2)}
    flow = run(weights, [[-2000.0, 2000.0]])
    for kind in ("softmax", "sigmoid"):
        frame = make_frame(mlp(2, 2, output=kind, logits=True), folds, weights, Signals(flow))
        assert frame.layers[1].arrays["value"] == pytest.approx([0, 1])


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


def test_after_batch_normalization_the_colour_scale_is_that_of_the_values():
    hidden = Layer("h", "dense", "Dense", (1,), 1, steps=("tanh", "batch norm"), activation="tanh")
    architecture = Architecture(
        "m", (Layer("x", "input", "InputLayer", (1,), 1), hidden), (Connection("x", "h", "kernel", 1),)
    )
    folds = {"x": fold(np.ones(1), 1), "h": fold(np.ones(1), 1)}
    flow = {("kernel input", "h"): np.ones((1, 1)), ("a", "h"): np.full((1, 1), 30.0)}
    frame = make_frame(architecture, folds, {"h": (np.ones((1, 1), "float32"), None)}, Signals(flow=flow))
    assert frame.layers[1].a_scale == 30


def test_a_single_outlier_does_not_set_the_scale():
    kernel = np.full((100, 50), 0.1, "float32")
    kernel[0, 0] = 1000
    architecture = mlp(100, 50)
    frame = make_frame(
        architecture, folds_of(architecture, 8, np.random.default_rng(0)), {"h1": (kernel, np.zeros(50))}, Signals()
    )
    assert frame.connections[0].scale == pytest.approx(0.1)


def test_the_picture_of_a_sequence_has_time_from_left_to_right():
    values = np.arange(6.0).reshape(1, 3, 2)  # steps, features
    for sequence, expected in ((False, [[0, 51], [102, 153], [204, 255]]), (True, [[0, 102, 204], [51, 153, 255]])):
        layer = Layer("x", "input", "InputLayer", (3, 2), 1, sequence=sequence)
        frame = make_frame(Architecture("m", (layer,), ()), {}, {}, Signals(values={"x": values}))
        assert frame.layers[0].arrays["face"][0].tolist() == expected


def test_a_tall_picture_is_thinned_along_each_axis_by_its_own_step():
    image = Layer("image", "input", "InputLayer", (200, 50), 1)
    values = np.arange(200 * 50.0).reshape(1, 200, 50)
    frame = make_frame(Architecture("m", (image,), ()), {}, {}, Signals(values={"image": values}))
    assert frame.layers[0].arrays["face"].shape == (1, 50, 50)

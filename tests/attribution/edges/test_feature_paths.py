"""Paths of features to classes, against sums over all points written out in float64 numpy."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers

from nbviz.attribution.edges import feature_paths as path
from nbviz.attribution.edges.edge_flow import EdgeUnits
from nbviz.attribution.edges.feature_paths import WantedPaths, explain_row, why_not_explained
from nbviz.attribution.edges.straight_paths import StraightPaths, straight_paths
from nbviz.attribution.explain import attributions
from nbviz.attribution.outputs import explained_outputs
from nbviz.keras_model.replay import run_layer
from tests.attribution.edges.dense_edges import close, dense_units
from tests.attribution.reference import ACTIVATIONS, expected_gradients, random_net, random_rows, to_keras

NODES = 32  # of each path, for up to 100 rows of background
X = random_rows(40, 5)
BACKGROUND = random_rows(30, 5, seed=2)


def explain(model, x=X, background=BACKGROUND, *, units=None, features=None, classes=None, **options):
    both = (given if isinstance(given, list) else [given] for given in (x, background))
    rows, others = ([np.asarray(part) for part in given] for given in both)
    width = sum(part.shape[1] for part in rows)
    return explain_row(
        explained_outputs(model),
        StraightPaths([part[:1] for part in rows], others),
        WantedPaths(
            dense_units(model) if units is None else units, range(width) if features is None else features, classes
        ),
        **options,
    )


def points_between(row, background):
    """(weight, point, step) of every point on the paths."""
    places, weights = np.polynomial.legendre.leggauss(NODES)
    for other, (place, weight) in itertools.product(background, zip(places, weights, strict=True)):
        step = row.astype(float) - other
        yield weight / 2 / len(background), other + (place + 1) / 2 * step, step


def brute_force_paths(net, row, background):
    """For each kernel sum_k p_k t_i(f) w_ij g_j(c), (features, classes, inputs, units): point by point."""
    value, derivative = ACTIVATIONS[net.activation]
    paths = [0.0] * len(net.kernels)
    centring = np.eye(net.classes) - (1 / net.classes if net.kind == "softmax" else 0)
    for weight, point, step in points_between(row, background):
        a, speed = point, np.diag(step)  # (features, units)
        entering, slopes_here = [], []
        for kernel, bias in zip(net.kernels, net.biases, strict=True):
            entering.append(speed)
            z = a @ kernel + bias
            slopes_here.append(derivative(z))
            a, speed = value(z), (speed @ kernel) * derivative(z)
        g = centring.T  # (classes, units): of the head
        for depth in reversed(range(len(net.kernels))):
            paths[depth] = paths[depth] + weight * np.einsum(
                "fi,ij,cj->fcij", entering[depth], net.kernels[depth], g, optimize=True
            )
            if depth:
                g = (g @ net.kernels[depth].T) * slopes_here[depth - 1]
    return paths


@pytest.fixture(scope="module", params=["relu", "tanh", "gelu"])
def traced(request):
    """(net, explanation of the first row, the same by brute force) of 5-7-6-3."""
    net = random_net(5, 7, 6, 3, activation=request.param)
    return net, explain(to_keras(net)), brute_force_paths(net, X[0], BACKGROUND)


def test_each_edge_of_a_path_is_the_mean_over_points_of_speed_times_weight_times_slope(traced):
    _, found, expected = traced
    assert list(found.paths) == ["h1", "h2", "y"]
    for flow, edges in zip(found.paths.values(), expected, strict=True):
        close(flow.edges, edges)


def test_what_goes_into_and_out_of_a_unit_is_the_sum_of_all_its_edges(traced):
    _, found, expected = traced
    for flow, edges in zip(found.paths.values(), expected, strict=True):
        close(flow.into, edges.sum(axis=2))
        close(flow.out_of, edges.sum(axis=3))
        close(flow.total, edges.sum(axis=(2, 3)))


def test_the_edges_of_every_gap_add_up_to_the_bar(traced):
    _, found, expected = traced
    for flow, edges in zip(found.paths.values(), expected, strict=True):
        close(flow.edges.sum(axis=(2, 3)), found.values)
        # The bars by brute force, too.
        close(found.values, edges.sum(axis=(2, 3)))


def test_the_bars_are_the_credit_of_expected_gradients_and_lead_from_the_average_to_the_row(traced):
    net, found, _ = traced
    smooth = net.activation != "relu"  # a kink between two nodes costs a thirtieth of its jump
    close(found.values, expected_gradients(net, X[:1], BACKGROUND, nodes=400)[0], 1e-4 if smooth else 0.03)
    np.testing.assert_allclose(found.end, net.answers(X[:1])[0], atol=1e-5)
    np.testing.assert_allclose(found.start, net.answers(BACKGROUND).mean(axis=0), atol=1e-5)
    assert found.gap == pytest.approx(np.abs(found.start + found.values.sum(axis=0) - found.end).max())
    assert found.gap < (1e-4 if smooth else 0.03 * np.abs(found.values).max())


def test_the_bars_are_those_of_attributions_with_the_same_points():
    net = random_net(5, 7, 6, 3)
    model = to_keras(net)
    others = attributions(model, X[:1], background=BACKGROUND, evaluations=NODES * len(BACKGROUND))
    close(explain(model).values, others[0])


@pytest.mark.parametrize("layer", ["h1", "h2", "y"])
def test_edges_of_chosen_units_are_those_of_all_and_their_sums_run_over_all_units(traced, layer):
    net, whole, _ = traced
    sources, targets = [3, 0], [2, 1]
    units = {layer: EdgeUnits(sources, targets)}
    part = explain(to_keras(net), units=units, features=[4, 1], classes=[2, 0]).paths[layer]
    flow = whole.paths[layer]
    keys = np.ix_([4, 1], [2, 0])
    close(part.edges, flow.edges[keys][:, :, sources][:, :, :, targets])
    close(part.into, flow.into[keys][:, :, targets])
    close(part.out_of, flow.out_of[keys][:, :, sources])
    close(part.total, flow.total[keys])


def test_bars_of_a_linear_network_are_weights_times_distance_from_the_mean():
    net = random_net(5, 4, 3, activation="linear")
    product = net.kernels[0] @ net.kernels[1]
    product -= product.mean(axis=1, keepdims=True)
    expected = (X[0].astype(float) - BACKGROUND.astype(float).mean(axis=0))[:, None] * product
    close(explain(to_keras(net)).values, expected)


def test_a_feature_no_unit_reads_gets_nothing_and_a_constant_one_too():
    net = random_net(5, 7, 3)
    net.kernels[0][1] = 0
    background = BACKGROUND.copy()
    background[:, 3] = X[0, 3]
    found = explain(to_keras(net), background=background)
    assert not found.values[[1, 3]].any()
    assert all(not flow.edges[[1, 3]].any() for flow in found.paths.values())
    assert found.values[[0, 2, 4]].all()


def model_of(*items, inputs=5):
    keras.utils.set_random_seed(4)
    model = Sequential([Input((inputs,)), *items])
    numbers = np.random.default_rng(5)
    for layer in model.layers:  # statistics and biases as after training
        if isinstance(layer, layers.BatchNormalization):
            width = layer.gamma.shape[0]
            scale, variance = numbers.uniform(0.5, 2, (2, width))
            layer.set_weights([scale, *numbers.normal(size=(2, width)), variance])
        elif isinstance(layer, layers.Dense) and layer.bias is not None:
            layer.bias.assign(numbers.normal(size=layer.units))
    return model  # fmt: skip


def standardised():
    layer = layers.Normalization()
    layer.adapt(X * 3 + 1)
    return model_of(layer, layers.Dense(6, activation="relu"), layers.Dense(3, activation="softmax"))


def from_logits():
    model = model_of(layers.Dense(6, activation="relu"), layers.Dense(3))
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def hidden(activation):
    return (
        layers.Dense(6, activation=activation),
        layers.BatchNormalization(),
        layers.Dropout(0.4),
        layers.Dense(5, activation=activation),
        layers.Dense(3, activation="softmax"),
    )


CHAINS = {
    "relu": lambda: model_of(*hidden("relu")),
    "tanh": lambda: model_of(*hidden("tanh")),
    "gelu": lambda: model_of(*hidden("gelu")),
    "silu": lambda: model_of(*hidden("silu")),
    "log sigmoid": lambda: model_of(*hidden("log_sigmoid")),
    "batch norm before the activation": lambda: model_of(
        layers.Dense(6), layers.BatchNormalization(), layers.Activation("relu"), layers.Dense(3), layers.Softmax()
    ),
    "normalisation first": standardised,
    "layer norm": lambda: model_of(
        layers.Dense(6, activation="tanh"), layers.LayerNormalization(), layers.Dense(3, activation="softmax")
    ),
    "one sigmoid": lambda: model_of(layers.Dense(6, activation="relu"), layers.Dense(1, activation="sigmoid")),
    "several sigmoids": lambda: model_of(layers.Dense(6, activation="relu"), layers.Dense(3, activation="sigmoid")),
    "regression": lambda: model_of(layers.Dense(6, activation="relu"), layers.Dense(2)),
    "logits": from_logits,
    "activation layer as activation": lambda: model_of(
        layers.Dense(6, activation=layers.LeakyReLU()), layers.PReLU(), layers.Dense(3, activation="softmax")
    ),
    "no bias": lambda: model_of(layers.Dense(6, use_bias=False, activation="relu"), layers.Dense(3)),
    "no hidden layer": lambda: model_of(layers.Dense(3, activation="softmax")),
    "regrouped between": lambda: model_of(
        layers.Dense(6, activation="tanh"),
        layers.Reshape((3, 2)),
        layers.Conv1D(2, 2),
        layers.Flatten(),
        layers.Dense(3),
    ),
    "one layer twice": lambda: (lambda x, shared: Model(x, layers.Dense(3)(shared(shared(x)))))(
        Input((5,)), layers.Dense(5, activation="tanh", name="shared")
    ),
    "float64": lambda: model_of(
        layers.Dense(6, activation="relu", dtype="float64"), layers.Dense(3, activation="softmax", dtype="float64")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
def test_in_every_gap_the_path_adds_up_to_the_bar(name):
    model = CHAINS[name]()
    found = explain(model)
    assert found.reason is None
    assert set(found.paths) == set(dense_units(model))
    for flow in found.paths.values():
        close(flow.total, found.values)
        close(flow.edges.sum(axis=(2, 3)), flow.total)
    assert np.abs(found.values).max() > 1e-3


@pytest.mark.parametrize(("policy", "tolerance"), [("mixed_float16", 2e-3), ("mixed_bfloat16", 2e-2)])
def test_with_half_precision_the_path_adds_up_to_the_bar_as_well_as_half_floats_can(policy, tolerance):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = model_of(layers.Dense(8, activation="relu"), layers.Dense(6, activation="gelu"), layers.Dense(3))
    finally:
        keras.config.set_dtype_policy(before)
    found = explain(model)
    for flow in found.paths.values():
        close(flow.total, found.values, tolerance)


@pytest.mark.parametrize("join", [layers.Add, layers.Concatenate])
def test_across_a_shortcut_the_two_ways_together_carry_the_bar(join):
    x = Input((5,))
    one = layers.Dense(4, activation="relu", name="one")(x)
    two = layers.Dense(4, activation="tanh", name="two")(one)
    answer = layers.Dense(3, activation="softmax", name="y")
    model = Model(x, answer(join()([one, two])))
    found = explain(model)
    close(found.paths["one"].total, found.values)
    close(found.paths["y"].total, found.values)
    # The shortcut's own part is what reaches the head when what the layer in between does is held fixed.
    kernel = answer.get_weights()[0]
    centred = kernel - kernel.mean(axis=1, keepdims=True)
    here, bias = model.get_layer("one").get_weights()
    shortcut = np.zeros((5, 3))
    for weight, point, step in points_between(X[0], BACKGROUND):
        on = point @ here + bias > 0
        shortcut += weight * (np.diag(step) @ here * on) @ centred[:4]
    close(found.paths["two"].total + shortcut, found.values)
    assert np.abs(shortcut).max() > 0.01


def test_of_two_inputs_the_kernels_they_enter_carry_the_bar_together():
    a, b = Input((3,), name="a"), Input((2,), name="b")
    both = layers.Concatenate()(
        [layers.Dense(4, activation="relu", name="ha")(a), layers.Dense(3, activation="tanh", name="hb")(b)]
    )
    model = Model([a, b], layers.Dense(3, activation="softmax", name="y")(both))
    found = explain(model, [X[:, :3], X[:, 3:]], [BACKGROUND[:, :3], BACKGROUND[:, 3:]])
    close(found.paths["ha"].total + found.paths["hb"].total, found.values)
    assert not found.paths["ha"].edges[3:].any()
    assert not found.paths["hb"].edges[:3].any()
    close(found.paths["y"].total, found.values)


def test_the_shown_units_of_a_wide_network_and_all_others_carry_the_bar():
    net = random_net(20, 256, 256, 256, 3, scale=0.9)
    x, background = random_rows(1, 20), random_rows(100, 20, seed=3)
    shown = {
        "h1": EdgeUnits(range(20), [7, 3, 250]),
        "h2": EdgeUnits([7, 3, 250], [0, 9]),
        "h3": EdgeUnits([0, 9], [1]),
        "y": EdgeUnits([1], range(3)),
    }
    found = explain(to_keras(net), x, background, units=shown)
    for flow in found.paths.values():
        close(flow.total, found.values)
    # Between the ends all that leaves the shown units, and what the rest hands on, is the bar.
    last = found.paths["y"]
    others = found.values - last.out_of[..., 0]
    close(last.edges[..., 0, :].sum(axis=-1) + others, found.values)
    close(found.paths["h1"].out_of.sum(axis=-1), found.values)
    close(last.into.sum(axis=-1), found.values)
    assert found.gap < 0.02 * np.abs(found.values).max()


def test_a_head_that_is_not_explained_gets_none_of_the_path():
    x = Input((5,))
    h = layers.Dense(4, activation="relu", name="h")(x)
    model = Model(x, [layers.Dense(3, activation="softmax", name="p")(h), layers.Dense(2, name="q")(h)])
    found = explain(model, classes=[0, 1, 2])
    close(found.paths["p"].total, found.values[:, :3])
    assert not found.paths["q"].edges.any()


def test_more_classes_than_are_worked_out_at_once_are_the_same_as_one_by_one():
    net = random_net(5, 6, 40)
    model = to_keras(net)
    found = explain(model)
    assert found.paths["y"].total.shape == (5, 40)
    close(found.paths["h1"].total, found.values)
    chosen = [39, 0, 17]
    few = explain(model, classes=chosen)
    for layer, flow in few.paths.items():
        for part in ("edges", "into", "out_of", "total"):
            close(getattr(flow, part), getattr(found.paths[layer], part)[:, chosen])
    close(few.values, found.values)


def test_points_taken_in_small_portions_give_the_same_path(monkeypatch):
    model = to_keras(random_net(5, 7, 6, 3))
    whole = explain(model)
    monkeypatch.setattr(path, "ROOM", 4 * 7 * 5 * 13)  # 13 points at once
    portions = explain(model)
    for layer, flow in whole.paths.items():
        close(portions.paths[layer].edges, flow.edges)
        close(portions.paths[layer].total, flow.total)


def test_without_features_there_are_bars_alone():
    found = explain(to_keras(random_net(5, 4, 3)), features=[])
    assert (found.features, dict(found.paths), found.reason) == ((), {}, None)
    assert found.values.any()


def test_how_much_is_done_only_grows_and_ends_at_one():
    told = []
    explain(to_keras(random_net(5, 6, 20)), advance=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    assert 0 < told[0] < 0.2


def test_whoever_is_told_may_stop_it():
    def stop(share):
        raise InterruptedError(share)

    with pytest.raises(InterruptedError):
        explain(to_keras(random_net(5, 6, 3)), advance=stop)


class Own(Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.answer = layers.Dense(6, activation="relu"), layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.answer(self.hidden(x))


def test_a_subclassed_model_has_bars_and_a_reason_for_having_no_paths():
    model = Own()
    model(X)
    found = explain(model, units={})
    assert "subclassed" in found.reason
    assert found.gap < 0.03 * np.abs(found.values).max()


def test_an_activation_without_a_forward_derivative_has_bars_and_one_line_of_reason():
    model = model_of(layers.Dense(6, activation="softsign"), layers.Dense(3, activation="softmax"))
    found = explain(model)
    assert found.gap < 0.01 * np.abs(found.values).max()
    assert dict(found.paths) == {}
    assert "forward-mode" in found.reason
    assert "\n" not in found.reason
    assert "\x1b" not in found.reason


def test_a_kernel_inside_another_model_is_left_out_and_the_others_carry_the_bar():
    inner = Sequential([Input((5,)), layers.Dense(6, activation="relu", name="inside")])
    model = Sequential([Input((5,)), inner, layers.Dense(3, activation="softmax", name="y")])
    found = explain(model, units={"inside": EdgeUnits(range(5), range(6)), "y": EdgeUnits(range(6), range(3))})
    assert list(found.paths) == ["y"]
    close(found.paths["y"].total, found.values)
    alone = explain(model, units={"inside": EdgeUnits(range(5), range(6))})
    assert dict(alone.paths) == {}
    assert "no dense layer" in alone.reason


def test_what_is_no_single_row_picture_sequence_or_text_is_refused_in_words():
    model = Sequential([Input((2, 2, 2, 2)), layers.Flatten(), layers.Dense(3)])
    rows = np.zeros((3, 2, 2, 2, 2), "float32")
    with pytest.raises(ValueError, match=r"Expected inputs that are flat rows.*sequences or tokens.*\(2, 2, 2, 2\)"):
        explain_row(explained_outputs(model), StraightPaths([rows[:1]], [rows]), WantedPaths())
    beside = [Input((3, 2), name="series"), Input((2,), name="flat")]
    joined = layers.Concatenate()([layers.Flatten()(beside[0]), beside[1]])
    assert "'series', (3, 2) in each row" in why_not_explained(
        explained_outputs(Model(beside, layers.Dense(2)(joined)))
    )


def test_the_steps_of_a_sequence_have_the_credit_of_the_integral():
    keras.utils.set_random_seed(3)
    model = Sequential([Input((None, 2)), layers.LSTM(3), layers.Dense(2, activation="softmax")])
    rows = np.random.default_rng(1).normal(size=(4, 6, 2)).astype("float32")
    row, others = rows[:1], rows[1:]
    found = explain_row(explained_outputs(model), StraightPaths([row], [others]), WantedPaths())
    assert found.values.shape == (12, 2)
    log_model = Model(model.inputs, keras.ops.log(model.outputs[0]))
    wanted = np.zeros((12, 2))
    alphas = ((np.arange(400) + 0.5) / 400).astype("float32").reshape(400, 1, 1)
    for start in others:  # a plain Riemann sum of the same integral
        points = tf.constant(start + alphas * (row - start))
        for number in range(2):
            with tf.GradientTape() as tape:
                tape.watch(points)
                log_p = log_model(points)
                logit = log_p[:, number] - tf.reduce_mean(log_p, axis=1)
            slopes = tape.gradient(logit, points).numpy()
            wanted[:, number] += (slopes.mean(axis=0) * (row - start)[0]).ravel() / 3
    np.testing.assert_allclose(found.values, wanted, atol=1e-4)
    assert found.gap < 1e-4


IDS = np.random.default_rng(4).integers(0, 9, size=(12, 5)).astype("int32")


def reads_tokens(*behind, mask_zero=False):
    keras.utils.set_random_seed(5)
    x = Input((5,), dtype="int32")
    end = layers.GlobalAveragePooling1D()(layers.Embedding(9, 3, mask_zero=mask_zero)(x))
    for layer in behind:
        end = layer(end)
    made = Model(x, end)
    made.set_weights([np.random.default_rng(6).normal(size=weight.shape) for weight in made.get_weights()])
    return made


def explain_tokens(model, row, others, **wanted):
    explained = explained_outputs(model)
    between = straight_paths(explained, [row], [others])
    return explain_row(explained, between, WantedPaths(dense_units(model), range(5), **wanted))


def test_a_token_has_the_credit_of_its_whole_embedding_and_what_is_masked_has_none():
    model = reads_tokens(layers.Dense(3), mask_zero=True)
    row = np.array([[4, 2, 7, 0, 0]], "int32")
    found = explain_tokens(model, row, IDS)
    embedding, kernel, bias = (weight.astype(float) for weight in model.get_weights())
    # A mean over the three that are not masked, on the whole way.
    distance = (embedding[row[0]] - embedding[IDS].mean(axis=0)) @ kernel / 3
    distance[3:] = 0
    np.testing.assert_allclose(found.values, distance, atol=1e-5)
    np.testing.assert_allclose(found.start, embedding[IDS][:, :3].mean(axis=(0, 1)) @ kernel + bias, atol=1e-5)
    np.testing.assert_allclose(found.end, model(row).numpy()[0], atol=1e-5)
    assert found.gap < 1e-5


def test_the_path_of_a_token_is_followed_over_the_edges_behind_the_pooling():
    model = reads_tokens(layers.Dense(4, activation="tanh", name="h"), layers.Dense(3, name="y"))
    row, others = IDS[:1], IDS[1:]
    found = explain_tokens(model, row, others)
    embedding, first, bias, second, _ = (weight.astype(float) for weight in model.get_weights())
    edges = [0.0, 0.0]
    places, weights = np.polynomial.legendre.leggauss(NODES)
    for other, (place, weight) in itertools.product(others, zip(places, weights, strict=True)):
        step = embedding[row[0]] - embedding[other]  # (tokens, coordinates)
        pooled = (embedding[other] + (place + 1) / 2 * step).mean(axis=0)
        hidden = np.tanh(pooled @ first + bias)
        slope = 1 - hidden**2
        share = weight / 2 / len(others)
        edges[0] = edges[0] + share * np.einsum("ti,ij,jc,j->tcij", step / 5, first, second, slope)
        edges[1] = edges[1] + share * np.einsum("tj,jc,cd->tdjc", step / 5 @ first * slope, second, np.eye(3))
    close(found.paths["h"].edges, edges[0])
    close(found.paths["y"].edges, edges[1])
    close(found.paths["h"].total, found.values)
    close(found.paths["y"].total, found.values)


def test_through_a_loop_no_single_token_is_followed_and_that_is_said():
    x = Input((5,), dtype="int32")
    model = Model(x, layers.Dense(2, name="y")(layers.LSTM(3, name="memory")(layers.Embedding(9, 3)(x))))
    found = explain_tokens(model, IDS[:1], IDS[1:])
    assert found.gap < 1e-4
    assert dict(found.paths) == {}
    assert found.reason.startswith("'memory' goes through all steps in a loop")


def test_the_pixels_of_a_picture_add_up_and_are_those_of_the_integral():
    keras.utils.set_random_seed(3)
    model = Sequential(
        [
            Input((5, 4, 2)),
            layers.Conv2D(3, 2, activation="tanh"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    rows = np.random.default_rng(1).normal(size=(4, 5, 4, 2)).astype("float32")
    row, others = rows[:1], rows[1:]
    found = explain_row(explained_outputs(model), StraightPaths([row], [others]), WantedPaths(credited=[0, 2]))
    assert found.values.shape == (40, 3)
    assert np.isnan(found.values[:, 1]).all()
    wanted = np.zeros((40, 3))
    log_model = Model(model.inputs, keras.ops.log(model.outputs[0]))
    alphas = ((np.arange(300) + 0.5) / 300).astype("float32").reshape(300, 1, 1, 1)
    for start in others:  # a plain Riemann sum of the same integral
        points = tf.constant(start + alphas * (row - start))
        for number in range(3):
            with tf.GradientTape() as tape:
                tape.watch(points)
                log_p = log_model(points)
                logit = log_p[:, number] - tf.reduce_mean(log_p, axis=1)
            slopes = tape.gradient(logit, points).numpy()
            wanted[:, number] += (slopes.mean(axis=0) * (row - start)[0]).ravel() / 3
    np.testing.assert_allclose(found.values[:, [0, 2]], wanted[:, [0, 2]], atol=1e-4)
    assert found.gap < 1e-4


def test_the_layers_of_the_path_run_as_the_model_itself_runs(monkeypatch):
    model = CHAINS["gelu"]()
    ran = []

    def listening(operation, *rest):
        ran.append(type(operation))
        return run_layer(operation, *rest)

    monkeypatch.setattr("nbviz.attribution.edges.tapped_layers.run_layer", listening)
    found = explain(model)
    assert {layers.BatchNormalization, layers.Dropout} <= set(ran)
    assert layers.Dense not in ran
    np.testing.assert_allclose(found.end, np.log(model(X[:1])[0]) - np.log(model(X[:1])[0]).mean(), atol=1e-5)

"""Methods that follow gradients, against float64 numpy and closed forms."""

import itertools

import keras
import numpy as np
import pytest

from nbviz.attribution.explain import attributions, importance
from nbviz.attribution.methods.gradient import nodes
from tests.attribution import reference
from tests.attribution.reference import Net, random_net, random_rows, to_keras, to_net

ACTIVATIONS = ["relu", "tanh", "gelu"]
OUTPUTS = ["logit", "raw_logit", "probability"]
PATHS = ["integrated_gradients", "expected_gradients"]


@pytest.fixture(scope="module")
def trained():
    """(model, x): 20-64-64-3 relu, trained on classes that four of the features decide."""
    keras.utils.set_random_seed(3)
    numbers = np.random.default_rng(3)
    x = numbers.normal(size=(600, 20)).astype("float32")
    planted = np.stack([2 * x[:, 0] * x[:, 1], x[:, 2] ** 2 - x[:, 3], 1.5 * x[:, 3]], axis=1)
    y = (planted + 0.3 * numbers.gumbel(size=planted.shape)).argmax(axis=1)
    hidden = [keras.layers.Dense(64, activation="relu", name=f"h{depth}") for depth in (1, 2)]
    model = keras.Sequential([keras.Input((20,)), *hidden, keras.layers.Dense(3, activation="softmax", name="y")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=15, batch_size=64, verbose=0)
    return model, x


def close(found, expected, tolerance=1e-5):
    """Within a tolerance relative to the largest number expected."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_is_the_chain_rule(activation, output):
    net, x = random_net(4, 6, 5, 3, activation=activation), random_rows(9, 4)
    close(attributions(to_keras(net), x, method="gradient", output=output), net.gradient(x, output))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_x_input_is_the_gradient_times_the_feature(activation):
    net, x = random_net(4, 6, 3, activation=activation), random_rows(9, 4)
    close(attributions(to_keras(net), x, method="gradient_x_input"), net.gradient(x) * x[:, :, None])


@pytest.mark.parametrize(
    ("kind", "classes", "output"),
    [
        ("sigmoid", 1, "logit"),
        ("sigmoid", 1, "probability"),
        ("sigmoid", 3, "logit"),
        ("sigmoid", 3, "probability"),
        ("linear", 1, "logit"),
        ("linear", 2, "logit"),
        ("linear", 2, "probability"),
    ],
)
def test_sigmoids_and_regressions_are_not_centred(kind, classes, output):
    net, x = random_net(4, 6, classes, kind=kind), random_rows(9, 4)
    close(attributions(to_keras(net), x, method="gradient", output=output), net.gradient(x, output))
    baseline = x[:1] * 0 + 0.25
    found = attributions(to_keras(net), x, method="integrated_gradients", steps=200, output=output, baseline=baseline)
    close(found.sum(axis=1), net.answers(x, output) - net.answers(baseline, output), 5e-3)


def test_smoothgrad_is_the_gradient_under_normal_noise():
    # One relu unit: its slope is on with the probability that noise of 0.15 deviations leaves it above 0.
    kernel = np.array([[1.0], [-2.0], [0.5]])
    net = reference.Net([kernel, np.array([[3.0]])], [np.array([0.1]), np.zeros(1)], "relu", "linear")
    background = random_rows(200, 3) * np.array([1, 2, 3], "float32")
    x = np.array([[0, 0, 0], [0.3, 0.1, 0], [0, 0.2, 0.1], [1, 0.5, 1]], "float32")
    z = x @ kernel[:, 0] + 0.1
    noise = 0.15 * np.sqrt((kernel[:, 0] ** 2 * background.astype(float).var(axis=0)).sum())
    expected = reference.normal_cdf(z / noise)[:, None] * 3 * kernel[:, 0]
    found = attributions(to_keras(net), x, method="smoothgrad", evaluations=1500, background=background)[..., 0]
    # 1500 draws: a probability is known to 0.013
    np.testing.assert_allclose(found / (3 * kernel[:, 0]), expected / (3 * kernel[:, 0]), atol=4 * 0.013)
    assert 0.2 < (found[1] / (3 * kernel[:, 0])).mean() < 0.8  # neither on nor off


def test_smoothgrad_of_rows_without_a_spread_is_refused():
    # Without noise it would be the plain gradient under another name.
    model, x = to_keras(random_net(3, 4, 2)), random_rows(5, 3)
    with pytest.raises(ValueError, match="Expected background= for a single row"):
        attributions(model, x[:1], method="smoothgrad")
    with pytest.raises(ValueError, match="Expected a background of several rows, since the noise"):
        attributions(model, x, method="smoothgrad", background=x[:1])
    one = attributions(model, x[:1], method="smoothgrad", background=x)
    close(one, attributions(model, x, method="smoothgrad", background=x)[:1])


def test_the_nodes_integrate_polynomials_exactly():
    places, weights = nodes(3)
    for power in range(6):
        assert weights @ places**power == pytest.approx(1 / (power + 1))
    assert abs(weights @ places**6 - 1 / 7) > 1e-5


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_integrated_gradients_are_the_path_integral(activation, output):
    net, x = random_net(4, 6, 3, activation=activation), random_rows(5, 4)
    baseline = random_rows(1, 4, seed=7)
    found = attributions(to_keras(net), x, method="integrated_gradients", steps=40, baseline=baseline, output=output)
    close(found, reference.integrated_gradients(net, x, baseline, output), 2e-5)


def test_integrated_gradients_of_kinks_are_the_path_integral():
    net, x = random_net(4, 6, 3), random_rows(5, 4)
    found = attributions(to_keras(net), x, method="integrated_gradients", steps=100, baseline="zero")
    close(found, reference.integrated_gradients(net, x, np.zeros((1, 4))), 1e-2)


def test_the_baseline_is_the_mean_of_the_background_unless_said_otherwise():
    net, x, background = random_net(4, 6, 3, activation="tanh"), random_rows(5, 4), random_rows(30, 4, seed=9)
    found = attributions(to_keras(net), x, method="integrated_gradients", background=background)
    mean = background.astype(float).mean(axis=0, keepdims=True)
    close(found, reference.integrated_gradients(net, x, mean), 2e-5)


def test_integrated_gradients_miss_less_than_a_hundredth_at_20_nodes_and_less_with_more(trained):
    model, x = trained
    gaps = {
        steps: importance(model, x[:100], method="integrated_gradients", steps=steps).attrs["completeness_gap"]
        for steps in (5, 10, 20, 40)
    }
    assert gaps[5] > gaps[10] > gaps[20] > gaps[40] > 0
    assert gaps[20] < 0.01


@pytest.mark.parametrize("output", ["logit", "probability"])
def test_expected_gradients_are_the_mean_of_the_path_integrals(output):
    net, x = random_net(4, 6, 3, activation="tanh"), random_rows(3, 4)
    background = random_rows(5, 4, seed=5)
    found = attributions(
        to_keras(net), x, method="expected_gradients", evaluations=100, background=background, output=output
    )
    close(found, reference.expected_gradients(net, x, background, output), 2e-5)


def test_expected_gradients_add_up_to_the_distance_from_the_mean_answer_as_evaluations_grow(trained):
    model, x = trained
    x, background = x[:40], x[100:110]
    net = to_net(model)
    change = net.answers(x) - net.answers(background).mean(axis=0)
    gaps = []
    for evaluations in (20, 80, 320):  # 2, 8, 32 nodes for each of the ten rows
        credits = attributions(model, x, background=background, evaluations=evaluations)
        gaps.append(np.abs(credits.sum(axis=1) - change).mean() / np.abs(change).mean())
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.01


@pytest.mark.parametrize(("evaluations", "drawn"), [(5, 4), (7, 6), (12, 6), (1, 1)])
def test_evaluations_go_to_as_many_background_rows_as_they_last_for_an_even_number_at_one_node_each(evaluations, drawn):
    # A linear model shows the mean of the rows: a = w (x - mean).
    net, x, background = random_net(4, 2, kind="linear"), random_rows(2, 4), random_rows(6, 4, seed=5)
    found = attributions(to_keras(net), x, background=background, evaluations=evaluations)
    means = [background[list(rows)].mean(axis=0) for rows in itertools.combinations(range(6), drawn)]
    misses = sorted(np.abs(found - (x - mean)[:, :, None] * net.kernels[0]).max() for mean in means)
    assert misses[0] < 1e-5
    assert len(misses) == 1 or misses[1] > 1e-2
    made = importance(to_keras(net), x, background=background, evaluations=evaluations)
    assert (made.attrs["background_rows"], made.attrs["background_rows_drawn"]) == (6, drawn)


def test_rows_that_have_one_node_each_have_the_lower_and_the_upper_of_two_by_turns():
    # f = relu(x) - relu(-x) * 3: the slope tells the place on the path. x = 1, b = -1 for all: path from -1 to 1,
    # nodes at 0.211 (slope 3) and 0.789 (slope 1): a = 2 * mean(3, 1) whatever the order.
    net = Net([np.array([[1.0, -1.0]]), np.array([[1.0], [-3.0]])], [np.zeros(2), np.zeros(1)], kind="linear")
    background = np.full((10, 1), -1.0)
    found = attributions(to_keras(net), np.ones((1, 1)), background=background, evaluations=10)
    assert np.allclose(found, 4, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 2])
def test_the_gradient_at_a_layer_is_that_from_its_activation_on(activation, depth):
    net, x = random_net(4, 6, 5, 3, activation=activation), random_rows(9, 4)
    model, h = to_keras(net), net.hidden(x, depth)
    close(attributions(model, x, method="gradient", layer=f"h{depth}"), net.gradient(h, start=depth))
    expected = net.gradient(h, start=depth) * h[:, :, None]
    close(attributions(model, x, method="gradient_x_input", layer=f"h{depth}"), expected)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("depth", [1, 2])
def test_conductance_is_the_gradient_times_the_way_of_the_unit_along_the_path(activation, depth):
    net, x = random_net(4, 6, 5, 3, activation=activation), random_rows(4, 4)
    baseline = random_rows(1, 4, seed=7)
    model = to_keras(net)
    found = attributions(model, x, method="integrated_gradients", steps=100, baseline=baseline, layer=f"h{depth}")
    close(found, reference.conductance(net, x, baseline, depth), 3e-2 if activation == "relu" else 2e-5)
    change = net.answers(x) - net.answers(baseline)
    np.testing.assert_allclose(found.sum(axis=1), change, atol=2e-2 if activation == "relu" else 1e-5)


def test_expected_conductance_is_the_mean_over_the_background():
    net, x, background = random_net(4, 6, 5, 3, activation="tanh"), random_rows(4, 4), random_rows(5, 4, seed=7)
    found = attributions(to_keras(net), x, evaluations=100, background=background, layer="h1")
    expected = np.mean([reference.conductance(net, x, row[None], 1, nodes=1000) for row in background], axis=0)
    close(found, expected, 2e-5)
    made = importance(to_keras(net), x, evaluations=100, background=background, layer="h1")
    assert made.attrs["completeness_gap"] < 1e-5
    assert made.attrs["layer_form"] == "forward mode"
    close(made.strength, np.abs(expected).mean(axis=0), 2e-5)


@pytest.mark.parametrize("cell", [keras.layers.LSTM, keras.layers.GRU])
def test_conductance_behind_a_loop_adds_up(cell):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((3, 2)), cell(4, name="cell"), keras.layers.Dense(2, activation="softmax", name="y")]
    )
    x = np.random.default_rng(0).normal(size=(5, 3, 2)).astype("float32")
    made = importance(model, x, method="integrated_gradients", layer="cell", baseline="zero")
    assert made.strength.shape == (4, 2)
    assert made.attrs["completeness_gap"] < 1e-4
    assert made.attrs["layer_form"] is not None


def test_at_the_head_the_credit_is_that_of_the_logits():
    net, x = random_net(4, 6, 3, activation="tanh"), random_rows(6, 4)
    model, baseline = to_keras(net), np.zeros((1, 4), "float32")
    centre = np.eye(3) - 1 / 3
    found = attributions(model, x, method="gradient", layer="y")
    close(found, np.broadcast_to(centre, (6, 3, 3)))
    z, z_baseline = net.logits(x), net.logits(baseline)
    close(attributions(model, x, method="gradient_x_input", layer="y"), z[:, :, None] * centre)
    found = attributions(model, x, method="integrated_gradients", steps=40, layer="y", baseline=baseline)
    close(found, (z - z_baseline)[:, :, None] * centre, 1e-4)
    found = attributions(model, x, method="gradient", layer="y", output="probability")
    p = net.answers(x, "probability")
    close(found, p[:, :, None] * (np.eye(3) - p[:, None]))


def test_tokens_get_the_credit_of_their_whole_embedding():
    # The head adds up the embeddings of two tokens: gradient x input is table[token] @ w, integrated from 0 as well.
    table, w = np.arange(12.0).reshape(4, 3) - 5, np.array([[1.0], [2.0], [-1.0]])
    tokens = keras.Input((2,), dtype="int32", name="tokens")
    embedded = keras.layers.Embedding(4, 3, name="table")(tokens)
    summed = keras.layers.GlobalAveragePooling1D()(embedded)
    model = keras.Model(tokens, keras.layers.Dense(1, name="y")(summed))
    model.set_weights([table, w, np.zeros(1)])
    x = np.array([[0, 3], [2, 2]], "int32")
    expected = table[x] @ w / 2
    close(attributions(model, x, method="gradient_x_input"), expected)
    close(attributions(model, x, method="integrated_gradients", baseline="zero"), expected)  # 0 stands in the embedding

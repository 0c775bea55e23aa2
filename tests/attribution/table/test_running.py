"""Strengths, their errors and directions: what `importance` makes of attributions, batch by batch."""

import keras
import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.explain import attributions, importance
from nbviz.attribution.methods.task import Local
from nbviz.attribution.table.running import Running
from tests.attribution.reference import Net, random_net, random_rows, spearman, to_keras

# Those whose strength is the mean size of what `attributions` returns.
SAME = [
    "expected_gradients",
    "integrated_gradients",
    "gradient_x_input",
    "deeplift",
    "lrp",
    "ablation",
    "shapley",
]


def close(found, expected, tolerance=1e-5):
    """Within a tolerance relative to the largest number expected."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


NET = random_net(4, 6, 3)


@pytest.fixture(scope="module")
def model():
    """4-6-3."""
    return to_keras(NET)


@pytest.mark.parametrize("method", SAME)
def test_strength_is_the_mean_size_of_the_attributions(model, method):
    x = random_rows(30, 4)
    local, made = attributions(model, x, method=method), importance(model, x, method=method)
    close(made.strength, np.abs(local).mean(axis=0))
    assert made.attrs["rows"] == 30
    assert (made.strength > np.abs(local.mean(axis=0)) + 1e-3).any()


@pytest.mark.parametrize("method", ["gradient", "smoothgrad"])
def test_slopes_are_measured_in_deviations_of_the_feature(model, method):
    x = random_rows(30, 4) * np.array([1, 10, 0.1, 3], "float32")
    local, made = attributions(model, x, method=method), importance(model, x, method=method)
    close(made.strength, np.abs(local).mean(axis=0) * x.astype(float).std(axis=0)[:, None])


def test_the_size_of_a_shuffle_is_that_of_each_change():
    # |x_i - x_j| averaged over 3 shuffles, not |mean of x_i - x_j|.
    net = Net([np.eye(1)], [np.zeros(1)], "linear", "linear")
    x = random_rows(40, 1)
    made = importance(to_keras(net), x, method="column_shuffle", repeats=3)
    local = attributions(to_keras(net), x, method="column_shuffle", repeats=3)
    everyone = np.abs(x - x.T).mean()
    assert made.strength[0, 0] == pytest.approx(everyone, rel=0.25)
    assert np.abs(local).mean() < 0.85 * made.strength[0, 0]


def test_attributions_that_cancel_are_strong_all_the_same():
    # f = 2 x, against 0: -2 at -1 and 2 at 1.
    x = np.array([[-1.0], [1.0]])
    net = Net([np.array([[2.0]])], [np.zeros(1)], "linear", "linear")
    made = importance(to_keras(net), x, method="integrated_gradients", baseline="zero")
    assert made.strength.tolist() == [[pytest.approx(2)]]
    assert attributions(to_keras(net), x, method="integrated_gradients", baseline="zero").sum() == pytest.approx(0)


@pytest.mark.parametrize("method", ["gradient", "smoothgrad", "expected_gradients", "ablation", "column_shuffle"])
def test_units_of_measurement_do_not_matter(method):
    # In millimetres the numbers are 1000 times larger and the weights as much smaller.
    net, x = random_net(4, 6, 3, activation="tanh"), random_rows(40, 4)
    factors = np.array([1000, 1, 0.001, 7], "float32")
    other = Net([net.kernels[0] / factors[:, None], *net.kernels[1:]], net.biases, net.activation)
    one = importance(to_keras(net), x, method=method, evaluations=10)
    two = importance(to_keras(other), x * factors, method=method, evaluations=10)
    close(two.strength, one.strength, 1e-4)
    close(two.standard_error, one.standard_error, 1e-3)


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_x_input", "ablation"])
def test_the_error_of_a_method_without_draws_is_that_of_a_mean_over_rows(model, method):
    x = random_rows(30, 4)
    sizes = np.abs(attributions(model, x, method=method).astype(float))
    expected = sizes.std(axis=0, ddof=1) / np.sqrt(30)
    close(importance(model, x, method=method).standard_error, expected, 1e-4)


def drawn_pairs(x, background, count, seed=0):
    """(pairs, rows, features, classes): pairs of background rows, one at each node of the integral, in float64."""
    drawn = background[np.random.default_rng([seed, 2]).permutation(len(background))[:count]].astype(float)
    nodes = (1 + np.array([-1, 1]) / np.sqrt(3)) / 2
    single = [
        (x - row)[:, :, None] * NET.gradient(row + nodes[place % 2] * (x - row)) for place, row in enumerate(drawn)
    ]
    return np.reshape(single, (count // 2, 2, *single[0].shape)).mean(axis=1)


def test_the_error_of_expected_gradients_has_a_part_for_the_rows_and_one_for_the_background(model):
    x, background = random_rows(30, 4), random_rows(20, 4, seed=4)
    made = importance(model, x, background=background, evaluations=16, seed=5)
    pairs = drawn_pairs(x, background, 16, seed=5)
    mean = pairs.mean(axis=0)
    close(made.strength, np.abs(mean).mean(axis=0))
    # What two background rows contribute to the strength: in the direction of the mean.
    strengths = (np.sign(mean) * pairs).mean(axis=1)
    over_rows = np.abs(mean).var(axis=0, ddof=1) / 30
    over_background = strengths.var(axis=0, ddof=1) / 8
    # 16 of 20 rows were drawn, without putting any back.
    close(made.standard_error, np.sqrt(over_rows + over_background * (1 - 16 / 20)), 1e-4)
    assert (over_background > 0.2 * over_rows).any()


def test_a_background_that_was_read_whole_adds_nothing_to_the_error(model):
    x, background = random_rows(30, 4), random_rows(8, 4, seed=4)
    made = importance(model, x, background=background, evaluations=16)
    sizes = np.abs(attributions(model, x, background=background, evaluations=16).astype(float))
    close(made.standard_error, sizes.std(axis=0, ddof=1) / np.sqrt(30), 1e-4)


def test_the_error_tells_the_spread_over_backgrounds(model):
    x, background = random_rows(200, 4), random_rows(400, 4, seed=4)
    several = [importance(model, x, background=background, evaluations=16, seed=seed) for seed in range(30)]
    spread = np.std([made.strength for made in several], axis=0, ddof=1)
    whole = importance(model, x, background=background, evaluations=800).standard_error
    told = np.sqrt(np.mean([made.standard_error**2 for made in several], axis=0) - whole**2)
    assert 0.7 < np.sqrt((told**2).mean() / (spread**2).mean()) < 1.4


def test_one_row_has_no_error(model):
    made = importance(model, random_rows(1, 4), background=random_rows(9, 4))
    assert made.standard_error is None
    assert made.strength.shape == (4, 3)
    assert np.isfinite(made.strength).all()


def test_direction_is_the_rank_correlation_of_attribution_and_feature(model):
    x = random_rows(50, 4)
    local, made = attributions(model, x), importance(model, x)
    for feature in range(4):
        for c in range(3):
            assert made.direction[feature, c] == pytest.approx(spearman(local[:, feature, c], x[:, feature]), abs=0.01)
    assert made.attrs["direction"] == "spearman"


def test_direction_of_a_linear_model_is_the_sign_of_its_weight():
    kernel = np.array([[2.0, -2.0], [-1.0, 1.0], [0.0, 0.0]])
    made = importance(to_keras(Net([kernel], [np.zeros(2)], "linear")), random_rows(50, 3))
    assert made.direction == pytest.approx(np.sign(kernel))
    made = importance(to_keras(Net([kernel], [np.zeros(2)], "linear")), random_rows(50, 3), method="gradient")
    assert made.direction.tolist() == np.sign(kernel).tolist()
    assert made.attrs["direction"] == "gradient sign"


def test_direction_of_units_of_a_layer_is_by_the_activation(model):
    x = random_rows(50, 4)
    net = random_net(4, 6, 3)
    h = net.hidden(x, 1)
    made = importance(model, x, method="gradient_x_input", layer="h1")
    local = h[:, :, None] * net.gradient(h, start=1)
    for unit in range(6):
        for c in range(3):
            expected = pd.Series(local[:, unit, c].round(5)).corr(pd.Series(h[:, unit].round(5)), "spearman")
            assert made.direction[unit, c] == pytest.approx(np.nan_to_num(expected), abs=0.01)


@pytest.mark.parametrize("method", [*SAME, "gradient", "smoothgrad"])
def test_batches_of_7_give_what_one_batch_gives(model, method):
    x = random_rows(30, 4)
    given = {"method": method, "background": random_rows(40, 4, seed=4), "evaluations": 20}
    one, many = importance(model, x, **given), importance(model, x, batch_size=7, **given)
    close(many.strength, one.strength)
    close(many.standard_error, one.standard_error, 1e-4)
    np.testing.assert_allclose(many.direction, one.direction, atol=0.02)
    gaps = [made.attrs["completeness_gap"] for made in (one, many)]
    assert gaps[0] == (None if gaps[1] is None else pytest.approx(gaps[1], abs=1e-4))


def test_a_feature_far_from_zero_keeps_its_deviation_in_batches():
    # 1e4 + noise: sums of squares in float32 would leave nothing of the noise.
    net = Net([np.ones((1, 1))], [np.zeros(1)], "linear", "linear")
    x = (10_000 + np.random.default_rng(0).normal(size=(50, 1))).astype("float32")
    made = importance(to_keras(net), x, method="gradient", batch_size=7)
    assert made.strength[0, 0] == pytest.approx(x.astype(float).std(), rel=1e-5)
    assert made.standard_error[0, 0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "method", ["expected_gradients", "integrated_gradients", "gradient", "gradient_x_input", "lrp"]
)
def test_a_group_gets_the_sum_of_its_members(model, method):
    x = random_rows(30, 4)
    whole = attributions(model, x, method=method)
    found = attributions(model, x, method=method, groups=[[0, 2]])
    close(found, np.stack([whole[:, 0] + whole[:, 2], whole[:, 1], whole[:, 3]], axis=1))
    made = importance(model, x, method=method, groups={"both": ["a", "c"]}, feature_names=list("abcd"))
    assert list(made.features) == ["both", "b", "d"]
    if method == "gradient":
        whole = whole * x.astype(float).std(axis=0)[:, None]
    close(made.strength[0], np.abs(whole[:, 0] + whole[:, 2]).mean(axis=0))
    if method != "gradient":  # a group has no one value to go up or down
        assert made.direction[0].tolist() == [0, 0, 0]
        assert (made.direction[1] != 0).all()


def test_the_errors_of_a_group_are_those_of_its_sum(model):
    x, background = random_rows(30, 4), random_rows(20, 4, seed=4)
    given = {"background": background, "evaluations": 16, "groups": [[0, 2]]}
    made = importance(model, x, **given)
    pairs = drawn_pairs(x, background, 16)
    pairs = pairs[:, :, 0] + pairs[:, :, 2]
    mean = pairs.mean(axis=0)
    strengths = (np.sign(mean) * pairs).mean(axis=1)
    variance = np.abs(mean).var(axis=0, ddof=1) / 30 + strengths.var(axis=0, ddof=1) / 8 * (1 - 16 / 20)
    close(made.standard_error[0], np.sqrt(variance), 1e-4)


def test_axes_that_are_summed_over_are_summed_with_their_signs():
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((3, 2)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    x = np.random.default_rng(0).normal(size=(20, 3, 2)).astype("float32")
    whole = attributions(model, x)
    assert whole.shape == (20, 3, 2, 2)
    for axes, rest in (((1,), (20, 3, 2)), ((-2,), (20, 2, 2)), ((0, 1), (20, 1, 2))):
        found = attributions(model, x, sum_axes=axes)
        expected = whole.sum(axis=tuple(axis % 2 + 1 for axis in axes)).reshape(rest)
        close(found, expected)
        close(importance(model, x, sum_axes=axes).strength, np.abs(expected).mean(axis=0))


def test_more_rows_than_are_kept_for_the_direction_still_give_it():
    # 1500 rows, 1000 of them kept: of a data set of unknown length by random keys.
    import tensorflow as tf

    net = Net([np.array([[1.0], [-1.0]])], [np.zeros(1)], "linear", "linear")
    x = random_rows(1500, 2)
    stream = tf.data.Dataset.from_generator(lambda: iter(x), output_signature=tf.TensorSpec((2,), "float32"))
    one = importance(to_keras(net), x, batch_size=400, baseline="zero", method="integrated_gradients")
    two = importance(to_keras(net), stream, batch_size=400, baseline="zero", method="integrated_gradients")
    for made in (one, two):
        assert made.attrs["rows"] == 1500
        assert len(made.sample.attributions) == 1000
        assert made.direction.tolist() == [[pytest.approx(1)], [pytest.approx(-1)]]
    close(one.strength, np.abs(x).mean(axis=0)[:, None])
    close(two.strength, one.strength)


def test_the_sums_of_draws_are_those_of_all_batches():
    # Two rows in two batches, three draws of one feature: strengths (1 + 3) / 2, (2 + 5) / 2, (3 + 4) / 2.
    running = Running([(1,)], 1, count=2, seed=0)
    for size, draws in ((2.0, [1, 2, 3]), (4.0, [3, 5, 4])):
        running.add(Local([np.full((1, 1, 1), size)], draw_sums=[np.array(draws, float)[:, None, None]]), None)
    assert running.strength().tolist() == [[3.0]]
    rows, background = np.var([2, 4], ddof=1) / 2, np.var([2, 3.5, 3.5], ddof=1) / 3
    assert running.standard_error(0.0)[0, 0] == pytest.approx(np.sqrt(rows + background))
    assert running.standard_error(0.25)[0, 0] == pytest.approx(np.sqrt(rows + background * 0.75))


def test_intervals_of_a_few_rows_cover_what_all_rows_have_in_95_of_100_draws(model):
    """As of the first table that an explorer shows: 50 of 2,000 rows, compared with the same background."""
    x, background = random_rows(2000, 4), random_rows(20, 4)
    each = np.abs(attributions(model, x, background=background))
    held, random = [], np.random.default_rng(5)
    for _ in range(400):
        rows = random.choice(len(x), 50, replace=False)
        running = Running([(4,)], 3, 50, 0)
        running.add(Local([each[rows]]), None)
        far = np.abs(running.strength() - each.mean(axis=0)) > 1.96 * running.standard_error(0.0)
        held.append(~far)
    assert 0.93 <= np.mean(held) <= 0.97

"""Methods that exchange values: ablation, shuffles, Shapley values."""

import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss

from nbviz.attribution.explain import attributions, importance
from tests.attribution import reference
from tests.attribution.reference import Net, random_net, random_rows, to_keras


def close(found, expected, tolerance=1e-5):
    """Within a tolerance relative to the largest number expected."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


def linear(kernel, kind="linear"):
    kernel = np.array(kernel, float)
    return Net([kernel], [np.full(kernel.shape[1], 0.3)], "linear", kind)


def correlated(rows, seed=2):
    """(rows, 3): the second column is nearly the first."""
    x = random_rows(rows, 3, seed)
    x[:, 1] = x[:, 0] + 0.1 * x[:, 1]
    return x


@pytest.mark.parametrize("output", ["logit", "raw_logit", "probability"])
def test_ablation_is_what_the_output_loses_without_the_feature(output):
    net, x = random_net(4, 6, 3), random_rows(9, 4)
    baseline = random_rows(1, 4, seed=7)
    found = attributions(to_keras(net), x, method="ablation", baseline=baseline, output=output)
    close(found, reference.ablation(lambda rows: net.answers(rows, output), x, baseline))


def test_ablation_is_by_the_mean_of_the_background_or_zero():
    net, x, background = random_net(4, 6, 3), random_rows(9, 4), random_rows(30, 4, seed=7)
    found = attributions(to_keras(net), x, method="ablation", background=background)
    close(found, reference.ablation(net.answers, x, background.astype(float).mean(axis=0, keepdims=True)))
    found = attributions(to_keras(net), x, method="ablation", baseline="zero")
    close(found, reference.ablation(net.answers, x, np.zeros((1, 4))))


@pytest.mark.parametrize("method", ["ablation", "shapley"])
def test_members_of_a_group_are_set_to_the_baseline_together(method):
    net, x = random_net(5, 6, 3), random_rows(9, 5)
    found = attributions(to_keras(net), x, method=method, baseline="zero", groups={"pair": [3, 1]})
    # A group stands where its first member stood.
    expected = getattr(reference, method)(net.answers, x, np.zeros((1, 5)), [[0], [1, 3], [2], [4]])
    close(found, expected)
    alone = getattr(reference, method)(net.answers, x, np.zeros((1, 5)))
    assert np.abs(found[:, 1] - alone[:, [1, 3]].sum(axis=1)).max() > 0.005


@pytest.mark.parametrize("method", ["ablation", "shapley"])
def test_units_of_a_layer_are_set_to_what_they_are_at_the_baseline(method):
    net, x = random_net(4, 5, 6, 3), random_rows(9, 4)
    baseline = random_rows(1, 4, seed=7)
    h, start = net.hidden(x, 1), net.hidden(baseline, 1)
    expected = getattr(reference, method)(lambda rows: net.answers(rows, start=1), h, start)
    close(attributions(to_keras(net), x, method=method, baseline=baseline, layer="h1"), expected)


def test_the_mean_baseline_of_a_unit_is_the_mean_of_the_unit():
    net, x, background = random_net(4, 5, 3), random_rows(9, 4), random_rows(30, 4, seed=7)
    mean = net.hidden(background, 1).mean(axis=0, keepdims=True)
    expected = reference.ablation(lambda rows: net.answers(rows, start=1), net.hidden(x, 1), mean)
    close(attributions(to_keras(net), x, method="ablation", background=background, layer="h1"), expected)


def test_a_logit_set_to_zero_takes_its_share_of_the_mean_with_it():
    net, x = random_net(4, 5, 3), random_rows(9, 4)
    found = attributions(to_keras(net), x, method="ablation", baseline=x[:1] * 0, layer="y")
    change = net.logits(x) - net.logits(np.zeros((1, 4)))
    close(found, change[:, :, None] * (np.eye(3) - 1 / 3))


@pytest.mark.parametrize("output", ["logit", "probability"])
@pytest.mark.parametrize("features", [4, 5])
def test_shapley_values_are_the_mean_gain_over_all_orders(features, output):
    net, x = random_net(features, 6, 3), random_rows(6, features)
    baseline = random_rows(1, features, seed=7)
    found = attributions(to_keras(net), x, method="shapley", baseline=baseline, output=output)
    close(found, reference.shapley(lambda rows: net.answers(rows, output), x, baseline))


def test_shapley_values_of_a_product_are_shared_equally():
    # f = relu(x0 + x1 - 1) at (1, 1) against 0: 1 together, nothing alone.
    net = Net([np.ones((2, 1)), np.ones((1, 1))], [-np.ones(1), np.zeros(1)], "relu", "linear")
    found = attributions(to_keras(net), np.ones((1, 2)), method="shapley", baseline="zero")
    assert found.ravel().tolist() == [0.5, 0.5]


@pytest.mark.parametrize("features", [3, 12, 13, 20])
def test_shapley_values_add_up_exactly_or_sampled(features):
    net, x = random_net(features, 16, 16, 3), random_rows(7, features)
    given = {"method": "shapley", "baseline": "zero", "evaluations": 10}
    found = attributions(to_keras(net), x, **given)
    change = net.answers(x) - net.answers(np.zeros((1, features)))
    assert np.abs(found.sum(axis=1) - change).max() < 1e-5 * np.abs(change).max()
    made = importance(to_keras(net), x, **given)
    assert made.attrs["completeness_gap"] < 1e-5


def padded(net, features):
    """The same net with further features, of weight zero."""
    first = np.concatenate([net.kernels[0], np.zeros((features - len(net.kernels[0]), net.kernels[0].shape[1]))])
    return Net([first, *net.kernels[1:]], net.biases, net.activation, net.kind)


def test_sampled_shapley_values_come_nearer_to_the_exact_ones_with_more_orders():
    few = random_net(5, 6, 3)
    net, x = padded(few, 14), random_rows(6, 14)
    exact = reference.shapley(few.answers, x[:, :5], np.zeros((1, 5)))
    misses = []
    for evaluations in (4, 40, 400):
        found = attributions(to_keras(net), x, method="shapley", baseline="zero", evaluations=evaluations)
        assert (found[:, 5:] == 0).all()
        misses.append(np.abs(found[:, :5] - exact).mean() / np.abs(exact).mean())
    assert misses[0] > misses[1] > misses[2]
    assert misses[2] < 0.05


def test_the_error_of_sampled_shapley_values_tells_the_spread_over_orders():
    net, x = random_net(14, 8, 3), random_rows(40, 14)
    given = {"method": "shapley", "baseline": "zero"}
    sampled = [importance(to_keras(net), x, evaluations=10, seed=seed, **given) for seed in range(12)]
    by_rows = importance(to_keras(net), x, evaluations=400, **given).standard_error
    spread = np.std([made.strength for made in sampled], axis=0, ddof=1)
    told = np.sqrt(np.maximum(np.mean([made.standard_error**2 for made in sampled], axis=0) - by_rows**2, 0))
    assert 0.5 < np.sqrt((told**2).mean() / (spread**2).mean()) < 2


def test_every_order_comes_with_its_reverse():
    # Of a function of two features at a time, one order and its reverse already give the Shapley value.
    pair = Net([np.ones((2, 1)), np.ones((1, 1))], [-np.ones(1), np.zeros(1)], "relu", "linear")
    net = padded(pair, 14)
    model = to_keras(net)
    for seed in range(5):
        found = attributions(model, np.ones((1, 14)), method="shapley", baseline="zero", evaluations=1, seed=seed)
        assert found.ravel().tolist() == [0.5, 0.5, *[0] * 12]


def test_a_shuffled_column_of_a_linear_model_moves_the_output_by_w_times_the_distance():
    # Every value is as likely to come instead: mean over rows i and j of |w| |x_i - x_j|.
    w = np.array([[2.0, -1.0], [0.5, 3.0], [0.0, 0.0]])
    x = random_rows(300, 3)
    made = importance(to_keras(linear(w)), x, method="column_shuffle", repeats=40)
    far = np.abs(x[:, None] - x[None]).mean(axis=(0, 1))
    close(made.strength, far[:, None] * np.abs(w), 0.03)
    assert (made.strength[2] == 0).all()
    # Signed and averaged over many repeats a row shows its distance from the mean: w (x - mean).
    local = attributions(to_keras(linear(w)), x, method="column_shuffle", repeats=400)
    close(local, (x - x.mean(axis=0))[:, :, None] * w, 0.1)


def test_each_repeat_of_a_shuffle_is_a_permutation():
    # The output is the feature itself, so what is lost tells what came instead: each value once.
    x = random_rows(50, 1)
    local = attributions(to_keras(linear([[1.0]])), x, method="column_shuffle", repeats=1)[:, 0, 0]
    instead = x[:, 0] - local
    assert np.sort(instead).tolist() == pytest.approx(np.sort(x[:, 0]).tolist(), abs=1e-6)
    assert not np.allclose(instead, x[:, 0])


def test_of_more_rows_than_a_batch_values_still_come_from_all_over():
    x = np.arange(2000, dtype="float32")[:, None]
    local = attributions(to_keras(linear([[1.0]])), x, method="column_shuffle", repeats=1, batch_size=100)[:, 0, 0]
    instead = x[:, 0] - local
    assert set(np.round(instead).astype(int)) <= set(range(2000))
    assert np.corrcoef(instead, x[:, 0])[0, 1] == pytest.approx(0, abs=0.1)
    assert instead[:100].max() > 1500  # the first batch sees values of the last
    assert len(np.unique(np.round(instead))) > 600


def test_a_shuffle_against_the_same_permutations_in_float64():
    """Whatever the permutations are, one column tells them: the model repeats feature 0 in its first output."""
    net = random_net(3, 8, 2, kind="linear")
    x = random_rows(60, 3)
    inputs = keras.Input((3,), name="x")
    model = keras.Model(inputs, keras.ops.concatenate([inputs, to_keras(net)(inputs)], axis=1))
    local = attributions(model, x, method="column_shuffle", repeats=1)
    for feature in range(3):
        moved = x.astype(float).copy()
        moved[:, feature] -= local[:, feature, feature]
        close(local[:, feature, 3:], net.answers(x) - net.answers(moved), 1e-5)


def test_a_group_is_shuffled_as_one():
    # Together the two columns keep their difference of 0.1 times noise; one alone would break it.
    x = correlated(400)
    model = to_keras(linear([[5.0], [-5.0], [0.0]]))
    together = importance(model, x, method="column_shuffle", groups={"pair": [0, 1]}, repeats=20)
    difference = 5 * (x[:, 0] - x[:, 1])
    expected = np.abs(difference[:, None] - difference[None]).mean()
    assert together.strength[0, 0] == pytest.approx(expected, rel=0.05)
    with pytest.warns(UserWarning, match="Correlated features"):
        alone = importance(model, x, method="column_shuffle", repeats=20)
    assert alone.strength[0, 0] > 5 * together.strength[0, 0]


@pytest.mark.parametrize("method", ["column_shuffle", "permutation"])
def test_repeats_reduce_the_error_and_the_spread_over_seeds(method):
    net, x = random_net(3, 8, 2), random_rows(30, 3)
    y = net.logits(x).argmax(axis=1)
    model = to_keras(net)

    def made(repeats, seed):
        return importance(model, x, y if method == "permutation" else None, method=method, repeats=repeats, seed=seed)

    few, many = ([made(repeats, seed) for seed in range(8)] for repeats in (2, 20))
    spreads = [np.std([one.strength for one in several], axis=0).mean() for several in (few, many)]
    errors = [np.mean([one.standard_error for one in several]) for several in (few, many)]
    assert spreads[1] < 0.6 * spreads[0]
    assert errors[1] < errors[0]


def shuffled_answers(net, x, seed):
    """(features, rows, classes): logits under nbviz's own permutation of each column, which a linear twin tells."""
    twin = to_keras(linear(np.eye(x.shape[1])))
    moved = attributions(twin, x, method="column_shuffle", repeats=1, seed=seed)
    answers = []
    for feature in range(x.shape[1]):
        instead = x.astype(float).copy()
        instead[:, feature] -= moved[:, feature, feature]
        answers.append(net.logits(instead))
    return np.array(answers)


def test_permutation_is_the_rise_of_the_one_against_rest_log_loss_of_scikit_learn():
    net, x = random_net(3, 8, 4), random_rows(60, 3)
    y = np.array([np.random.default_rng(0).choice(4, p=p) for p in net.answers(x, "probability")])

    def losses(logits):
        p = reference.explained(logits, "softmax", "probability")
        return np.array([log_loss(y == c, p[:, c], labels=[False, True]) for c in range(4)])

    expected = [losses(answers) - losses(net.logits(x)) for answers in shuffled_answers(net, x, seed=3)]
    made = importance(to_keras(net), x, y, method="permutation", repeats=1, seed=3)
    close(made.strength, np.array(expected), 1e-4)
    assert made.direction is None


def test_permutation_of_a_sigmoid_is_the_rise_of_its_own_log_loss():
    net, x = random_net(3, 8, 1, kind="sigmoid"), random_rows(60, 3)
    y = (np.random.default_rng(0).random(60) < net.answers(x, "probability")[:, 0]).astype(int)

    def loss(logits):
        return log_loss(y, reference.explained(logits, "sigmoid", "probability")[:, 0])

    expected = [[loss(answers) - loss(net.logits(x))] for answers in shuffled_answers(net, x, seed=3)]
    made = importance(to_keras(net), x, y, method="permutation", repeats=1, seed=3)
    close(made.strength, np.array(expected), 1e-4)


def test_permutation_of_a_regression_is_the_rise_of_the_squared_error():
    net, x = random_net(3, 8, 2, kind="linear"), random_rows(60, 3)
    y = net.logits(x) + np.random.default_rng(0).normal(size=(60, 2))
    errors = [((answers - y) ** 2 - (net.logits(x) - y) ** 2).mean(axis=0) for answers in shuffled_answers(net, x, 3)]
    made = importance(to_keras(net), x, y, method="permutation", repeats=1, seed=3)
    close(made.strength, np.array(errors), 1e-4)


def test_the_loss_of_a_class_stays_right_where_the_model_is_certain_and_wrong():
    # Logits hundreds apart: 1 - p of the likeliest class is far below what a float near 1 can tell.
    net, x = linear(80 * np.array([[1.0, -1.0, 0.3]]), "softmax"), random_rows(40, 1)
    y = net.logits(x).argmax(axis=1)
    (answers,) = shuffled_answers(net, x, seed=0)
    losses = reference.rest_log_loss(answers, y) - reference.rest_log_loss(net.logits(x), y)
    assert losses.max() > 50
    made = importance(to_keras(net), x, y, method="permutation", repeats=1)
    close(made.strength[0], losses.mean(axis=0), 1e-4)


def test_an_unused_feature_has_no_permutation_importance_and_chosen_classes_are_those_of_the_whole():
    net, x = padded(random_net(3, 8, 3), 4), random_rows(60, 4)
    y = net.logits(x).argmax(axis=1)
    given = {"method": "permutation", "repeats": 2}
    whole = importance(to_keras(net), x, y, **given)
    assert (whole.strength[3] == 0).all()
    assert (whole.standard_error[3] == 0).all()
    assert (
        importance(to_keras(net), x, y, classes=[2, 0], **given).strength.tolist() == whole.strength[:, [2, 0]].tolist()
    )


def test_permutation_may_lower_the_loss():
    # The model has learnt the feature the wrong way round: without it, it errs less.
    x = np.linspace(-2, 2, 50, dtype="float32")[:, None]
    made = importance(to_keras(linear([[3.0]], "sigmoid")), x, (x[:, 0] < 0).astype(int), method="permutation")
    assert made.strength[0, 0] < -1


def test_the_orders_of_all_are_enumerated_once():
    # The reference itself, by hand: two players.
    def answers(rows):
        return (rows[:, :1] * rows[:, 1:] + rows[:, :1]).astype(float)

    values = reference.shapley(answers, np.array([[2.0, 3.0]]), np.zeros((1, 2)))
    assert values[0, :, 0].tolist() == [(2 + 8) / 2, (0 + 6) / 2]

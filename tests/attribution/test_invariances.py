"""What must not matter, and what must: how a model is written, in which order and how many at a time rows come."""

import tracemalloc

import keras
import numpy as np
import pytest
from keras import layers

from nbviz.attribution import request
from nbviz.attribution.explain import attributions, importance
from nbviz.attribution.methods.method_table import METHODS
from nbviz.attribution.outputs import ExplainedOutputs

from .reference import Net, random_net, random_rows, spearman, to_keras

LOCAL = [name for name, method in METHODS.items() if method.kind == "local"]
BY_RULE = ["deeplift", "lrp"]
AGAINST = ["expected_gradients", "integrated_gradients", "deeplift", "ablation", "shapley"]  # a reference
RANDOM = ["expected_gradients", "smoothgrad", "column_shuffle", "shapley"]

X, BACKGROUND = random_rows(11, 4), random_rows(8, 4, seed=4)
GIVEN = {"background": BACKGROUND, "evaluations": 16, "repeats": 2}
NET = random_net(4, 6, 5, 3)


def close(found, expected, tolerance=1e-5):
    """Within a tolerance relative to the largest number expected."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


def written(*inside):
    return keras.Sequential([keras.Input((4,), name="x"), *inside])


def flat(net):
    """The weights in the order of the layers."""
    return [array for pair in zip(net.kernels, net.biases, strict=True) for array in pair]


@pytest.fixture(scope="module")
def plain():
    """The net as it is usually written."""
    return to_keras(NET)


@pytest.fixture(scope="module")
def told(plain):
    """Method -> its attributions."""
    return {method: attributions(plain, X, method=method, **GIVEN) for method in LOCAL}


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [layers.Dense(6, "relu"), layers.Dense(5, "relu"), layers.Dense(3, "softmax")]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x


def softmax_layer():
    return written(layers.Dense(6, "relu"), layers.Dense(5, "relu"), layers.Dense(3), layers.Softmax())


def softmax_activation():
    return written(
        layers.Dense(6), layers.ReLU(), layers.Dense(5, "relu"), layers.Dense(3), layers.Activation("softmax")
    )


def linear_head():
    model = written(layers.Dense(6, "relu"), layers.Dense(5, "relu"), layers.Dense(3))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def subclassed():
    model = Subclassed()
    model(X)
    return model


def nested():
    inner = keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, "relu"), layers.Dropout(0.5), layers.Dense(3, "softmax")]
    )
    x = keras.Input((4,), name="x")
    return keras.Model(x, inner(layers.Dense(6, "relu")(x)))


def operations():
    x = keras.Input((4,), name="x")
    hidden = keras.ops.relu(layers.Dense(6)(x))
    return keras.Model(x, keras.ops.softmax(layers.Dense(3)(keras.ops.relu(layers.Dense(5)(hidden)))))


@pytest.mark.parametrize(
    "write", [softmax_layer, softmax_activation, linear_head, subclassed, nested, operations], ids=lambda w: w.__name__
)
def test_how_the_head_is_written_does_not_matter(told, write):
    model = write()
    model.set_weights(flat(NET))
    for method in LOCAL:
        if method in BY_RULE and write in (subclassed, operations):
            continue  # has layers that rules cannot follow
        close(attributions(model, X, method=method, **GIVEN), told[method])


@pytest.mark.parametrize("method", BY_RULE)
def test_rules_refuse_a_model_they_cannot_follow(method):
    model = subclassed()
    with pytest.raises(ValueError, match=f"layers can be followed for {method}"):
        attributions(model, X, method=method, **GIVEN)


def test_one_dense_layer_or_two_linear_ones_that_make_the_same(told):
    # 4 -> 6 is 4 -> 7 -> 6: any first factor with full rank, the second solved for.
    first = np.random.default_rng(5).normal(size=(4, 7))
    second = np.linalg.pinv(first) @ NET.kernels[0]
    model = written(layers.Dense(7), layers.Dense(6, "relu"), layers.Dense(5, "relu"), layers.Dense(3, "softmax"))
    model.set_weights([first, np.zeros(7), second, NET.biases[0], *flat(NET)[2:]])
    for method in LOCAL:
        close(attributions(model, X, method=method, **GIVEN), told[method], 5e-5)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_batch_normalization_folded_or_not(told, place):
    # (h - mean) / sqrt(variance + 0.01) * gamma + beta, and what follows takes it back.
    numbers = np.random.default_rng(6)
    units = NET.kernels[place].shape[0]
    gamma, beta, mean = numbers.uniform(0.5, 2, units), numbers.normal(size=units), numbers.normal(size=units)
    variance = numbers.uniform(0.5, 3, units)
    inside = [layers.Dense(6, "relu"), layers.Dense(5, "relu"), layers.Dense(3, "softmax")]
    norm = layers.BatchNormalization(epsilon=0.01)
    inside.insert(place, norm)
    model = written(*inside)
    factor = gamma / np.sqrt(variance + 0.01)
    shift = beta - mean * factor
    kernels, biases = list(NET.kernels), list(NET.biases)
    kernels[place] = NET.kernels[place] / factor[:, None]
    biases[place] = NET.biases[place] - shift @ kernels[place]
    for layer, kernel, bias in zip([part for part in inside if part is not norm], kernels, biases, strict=True):
        layer.set_weights([kernel, bias])
    norm.set_weights([gamma, beta, mean, variance])
    for method in LOCAL:
        close(attributions(model, X, method=method, **GIVEN), told[method], 5e-5)


@pytest.mark.parametrize("method", LOCAL)
def test_a_column_of_zero_weights_gets_exactly_nothing(method):
    net = random_net(4, 6, 5, 3)
    net.kernels[0][2] = 0
    found = attributions(to_keras(net), X, method=method, **GIVEN)
    assert (found[:, 2] == 0).all()
    assert (np.abs(found[:, [0, 1, 3]]).max(axis=(0, 2)) > 0.01).all()
    # as in groups, and among more features than are gone through exactly
    many = random_net(14, 6, 3)
    many.kernels[0][[5, 9]] = 0
    given = {**GIVEN, "background": random_rows(8, 14, seed=4)}
    found = attributions(to_keras(many), random_rows(5, 14), method=method, **given)
    assert (found[:, [5, 9]] == 0).all()
    found = attributions(to_keras(many), random_rows(5, 14), method=method, groups=[[5, 9]], **given)
    assert (found[:, 5] == 0).all()


@pytest.mark.parametrize("kind", ["softmax", "linear", "sigmoid"])
def test_a_linear_model_is_told_exactly(kind):
    net = random_net(4, 3, kind=kind)
    w = net.kernels[0] - (net.kernels[0].mean(axis=1, keepdims=True) if kind == "softmax" else 0)
    model = to_keras(net)
    by = X - BACKGROUND.astype(float).mean(axis=0)
    for method in AGAINST:
        close(attributions(model, X, method=method, **GIVEN), by[:, :, None] * w, 2e-6)
    for method in ("gradient_x_input", "lrp"):
        close(attributions(model, X, method=method), X[:, :, None] * w, 2e-6)
    for method in ("gradient", "smoothgrad"):
        close(attributions(model, X, method=method), np.broadcast_to(w, (11, 4, 3)), 2e-6)


@pytest.mark.parametrize("method", [method for method in LOCAL if method != "smoothgrad"])  # whose noise is by feature
def test_swapped_columns_with_swapped_weights_swap_the_credit(method, plain):
    order = [2, 1, 0, 3]
    other = Net([NET.kernels[0][order], *NET.kernels[1:]], NET.biases)
    given = {**GIVEN, "background": BACKGROUND[:, order]}
    one = attributions(plain, X, method=method, **GIVEN)
    close(attributions(to_keras(other), X[:, order], method=method, **given), one[:, order])


@pytest.mark.parametrize("method", [method for method in LOCAL if method != "smoothgrad"])  # whose noise is by feature
def test_two_columns_that_are_equal_in_all_get_the_same_credit(method):
    net = random_net(4, 6, 5, 3)
    net.kernels[0][3] = net.kernels[0][1]
    x, background = X.copy(), BACKGROUND.copy()
    x[:, 3], background[:, 3] = x[:, 1], background[:, 1]
    found = attributions(to_keras(net), x, method=method, **{**GIVEN, "background": background})
    np.testing.assert_allclose(found[:, 3], found[:, 1], atol=1e-5 * np.abs(found).max())
    assert np.abs(found[:, 1] - found[:, 0]).max() > 0.01


@pytest.mark.parametrize("method", [method for method in LOCAL if method != "column_shuffle"])
def test_a_row_alone_is_the_row_in_a_batch(method, plain):
    x = random_rows(17, 4)
    whole = attributions(plain, x, method=method, **GIVEN)
    for batch_size in (1, 7):  # 7 + 7 + 3
        close(attributions(plain, x, method=method, batch_size=batch_size, **GIVEN), whole)
    close(attributions(plain, x[5:6], method=method, **GIVEN), whole[5:6])
    close(attributions(plain, x[3:9], method=method, **GIVEN), whole[3:9])
    order = np.random.default_rng(0).permutation(17)
    close(attributions(plain, x[order], method=method, **GIVEN), whole[order])


def test_a_last_batch_of_one_row_is_like_any_other(plain):
    x = random_rows(1025, 4)
    for method in ("expected_gradients", "ablation", "deeplift"):
        close(attributions(plain, x, method=method, **GIVEN)[-1:], attributions(plain, x[-1:], method=method, **GIVEN))
    made = importance(plain, x, **GIVEN)
    close(made.strength, np.abs(attributions(plain, x, **GIVEN)).mean(axis=0))


@pytest.mark.parametrize("method", LOCAL)
def test_the_order_of_the_classes_is_that_of_the_head(method, told, plain):
    order = [2, 0, 1]
    other = Net([*NET.kernels[:-1], NET.kernels[-1][:, order]], [*NET.biases[:-1], NET.biases[-1][order]])
    close(attributions(to_keras(other), X, method=method, **GIVEN), told[method][..., order])
    close(attributions(plain, X, method=method, classes=order, **GIVEN), told[method][..., order])


@pytest.mark.parametrize("method", LOCAL)
def test_what_all_logits_share_changes_nothing_but_raw_logits(method, told, plain):
    shared = np.random.default_rng(0).normal(size=(5, 1)) * 3
    shifted = to_keras(Net([*NET.kernels[:-1], NET.kernels[-1] + shared], [*NET.biases[:-1], NET.biases[-1] + 2]))
    close(attributions(shifted, X, method=method, **GIVEN), told[method], 5e-5)
    raw = [attributions(model, X, method=method, output="raw_logit", **GIVEN) for model in (shifted, plain)]
    assert np.abs(raw[0] - raw[1]).max() > 0.1 * np.abs(raw[1]).max()
    close(raw[1] - raw[1].mean(axis=-1, keepdims=True), told[method])


@pytest.mark.parametrize("method", LOCAL)
def test_two_softmax_classes_are_each_others_negative(method):
    net = random_net(4, 6, 2)
    found = attributions(to_keras(net), X, method=method, **GIVEN)
    np.testing.assert_allclose(found[..., 0], -found[..., 1], atol=1e-6)
    # and one sigmoid of the difference has twice the credit, uncentred
    single = Net([*net.kernels[:-1], net.kernels[-1] @ [[-1], [1]]], [net.biases[0], net.biases[1] @ [[-1], [1]]])
    single = Net(single.kernels, single.biases, "relu", "sigmoid")
    close(attributions(to_keras(single), X, method=method, **GIVEN), 2 * found[..., 1:])


@pytest.mark.parametrize("method", [*RANDOM, "permutation"])
def test_the_seed_decides_all_draws(method):
    net = random_net(14, 6, 3)
    model, x = to_keras(net), random_rows(60, 14)
    y = net.logits(x).argmax(axis=1) if method == "permutation" else None

    def made(seed):
        return importance(model, x, y, method=method, evaluations=6, repeats=2, seed=seed)

    one, again, other = made(3), made(3), made(4)
    assert (one.strength == again.strength).all()
    assert (one.standard_error == again.standard_error).all()
    assert (one.strength != other.strength).any(axis=0).all()


@pytest.mark.parametrize("method", [method for method in LOCAL if method not in RANDOM])
def test_without_draws_the_seed_decides_nothing(method, plain):
    one, other = (attributions(plain, X, method=method, background=BACKGROUND, seed=seed) for seed in (0, 1))
    assert (one == other).all()


@pytest.fixture(scope="module")
def learnt():
    """(model, x): 10-16-3, trained on classes that three features decide."""
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(1).normal(size=(400, 10)).astype("float32")
    y = (x[:, :3] * [3, 2, 1]).argmax(axis=1)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(16, "relu"), layers.Dense(3, "softmax", name="y")])
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=4, verbose=0)
    return model, x


@pytest.mark.parametrize("method", ["expected_gradients", "gradient_x_input", "deeplift", "ablation"])
def test_credit_follows_what_the_head_has_learnt(method, learnt):
    # Adebayo et al. 2018: a method that tells the same of a random head tells nothing of the model.
    model, x = learnt
    given = {"method": method, "background": x[:8], "evaluations": 16}
    head = model.get_layer("y")
    kernel, bias = head.get_weights()
    trained = attributions(model, x[:100], **given).ravel()
    correlations = []
    for seed in range(6):  # weights of the same size
        drawn = np.random.default_rng(seed).normal(size=kernel.shape) * kernel.std()
        head.set_weights([drawn, bias * 0])
        correlations.append(spearman(trained, attributions(model, x[:100], **given).ravel()))
    head.set_weights([kernel, bias])
    assert spearman(trained, attributions(model, x[:100], **given).ravel()) == pytest.approx(1)
    assert np.mean(correlations) < 0.5
    assert max(correlations) < 0.95


@pytest.fixture(scope="module")
def thousand():
    """(model, x): 20-8-1000."""
    return to_keras(random_net(20, 8, 1000)), random_rows(30, 20)


@pytest.mark.parametrize("method", ["expected_gradients", "gradient", "deeplift", "ablation", "column_shuffle"])
def test_some_of_a_thousand_classes_are_as_among_all(thousand, method):
    model, x = thousand
    given = {"method": method, "evaluations": 4, "repeats": 1}
    whole = importance(model, x, **given)
    assert whole.strength.shape == (20, 1000)
    chosen = [3, 999, 15, 16, 500]
    some = importance(model, x, classes=chosen, **given)
    close(some.strength, whole.strength[:, chosen])
    close(some.standard_error, whole.standard_error[:, chosen], 1e-4)
    assert list(some.classes) == [whole.classes[c] for c in chosen]
    # The mean over all classes is taken off whatever was chosen.
    assert np.abs(attributions(model, x, **given).mean(axis=-1)).max() < 1e-4


@pytest.mark.parametrize("method", ["expected_gradients", "ablation", "column_shuffle", "shapley"])
def test_memory_is_bounded_by_taking_fewer_rows_at_a_time(thousand, method, monkeypatch):
    model, _ = thousand
    x = random_rows(300, 20)
    room = 2**19
    monkeypatch.setattr(request, "ROOM", room)
    given = {"method": method, "evaluations": 2, "repeats": 2, "classes": range(200)}
    importance(model, x[:20], **given)  # compiles
    tracemalloc.start()
    made = importance(model, x, **given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    kept = made.sample.attributions.nbytes
    # In one batch 300 x 20 x 200 numbers, each for 2 draws, would be 4.6 times the room.
    assert peak - 2 * kept < 6 * 4 * room
    if method in ("ablation", "expected_gradients"):
        monkeypatch.undo()
        close(made.strength, importance(model, x, **given).strength)


@pytest.mark.parametrize("method", ["integrated_gradients", "expected_gradients", "gradient"])
def test_neither_rows_nor_points_of_a_path_fill_more_than_the_room(method, monkeypatch):
    # 100 features and 3 classes: 300 numbers a point, so 6 points; of all that is kept for a row 6 rows or fewer.
    monkeypatch.setattr(request, "ROOM", 2000)
    seen = []
    compiled = ExplainedOutputs.compiled

    def watched(explained, key, run, specs, **options):
        function = compiled(explained, key, run, specs, **options)

        def call(*arrays):
            seen.append(len(arrays[0]) if key[0] in ("path", "slopes") else 0)
            return function(*arrays)

        return call

    net, x = random_net(100, 4, 3), random_rows(20, 100)
    model, given = to_keras(net), {"method": method, "background": random_rows(9, 100, seed=4), "evaluations": 8}
    monkeypatch.setattr(ExplainedOutputs, "compiled", watched)
    small = attributions(model, x, **given)
    assert max(seen) == 6
    monkeypatch.setattr(ExplainedOutputs, "compiled", compiled)
    monkeypatch.setattr(request, "ROOM", 2**25)
    close(attributions(model, x, **given), small)

"""Features by name: tables, groups, and which of them overlap."""

import warnings

import keras
import numpy as np
import pandas as pd
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import attributions, importance
from nbviz.attribution.features import feature_index, overlapping, read_groups, warn_of_overlap
from nbviz.attribution.sites import Site

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype("float32")
TWINS = np.column_stack([X[:, 0], X[:, 1], X[:, 0] + 0.1 * X[:, 2], X[:, 3]])  # x0 and x2
NAMES = ["age", "height", "weight", "income"]
KERNEL = np.array([[1, 2], [-3, 1], [0, 0], [2, -1]], "float32")


@pytest.fixture(scope="module")
def linear():
    model = Sequential([Input((4,), name="x"), layers.Dense(2, use_bias=False, name="y")])
    model.set_weights([KERNEL])
    return model


def site(name, *shape, **options):
    return Site(name, shape, "float32", **options)


INDICES = {
    "numbers": ([site("x", 3)], {}, False, ["x0", "x1", "x2"]),
    "names": ([site("x", 3)], {"x": ["a", "b", "c"]}, False, ["a", "b", "c"]),
    "units": ([site("h", 3)], {}, True, ["0", "1", "2"]),
    "positions": ([site("x", 2, 2)], {}, False, [(0, 0), (0, 1), (1, 0), (1, 1)]),
    "two inputs": ([site("a", 2), site("b", 1)], {"b": ["z"]}, False, [("a", "x0"), ("a", "x1"), ("b", "z")]),
    "an image beside numbers": (
        [site("i", 1, 2), site("b", 1)], {}, False, [("i", "(0, 0)"), ("i", "(0, 1)"), ("b", "x0")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INDICES)
def test_every_feature_has_a_name(name):
    sites, names, of_layer, expected = INDICES[name]
    assert feature_index(sites, [one.shape for one in sites], names, of_layer).tolist() == expected


def test_column_names_of_a_table_arrive_in_the_result(linear):
    frame = pd.DataFrame(X, columns=NAMES)
    assert importance(linear, frame).to_frame().index.tolist() == NAMES
    given = importance(linear, frame, feature_names=["a", "b", "c", "d"])
    assert given.features.tolist() == ["a", "b", "c", "d"]
    np.testing.assert_array_equal(given.strength, importance(linear, X).strength)


def test_tables_of_several_inputs_name_the_features_of_each():
    a, b = Input((2,), name="a"), Input((1,), name="b")
    model = Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))
    left, right = pd.DataFrame(X[:, :2], columns=["u", "v"]), X[:, 2:3]
    for x in ([left, right], {"b": right, "a": left}):
        assert importance(model, x).features.tolist() == [("a", "u"), ("a", "v"), ("b", "x0")]
    named = importance(model, [left, right], feature_names={"b": ["w"]})
    assert named.features.tolist() == [("a", "u"), ("a", "v"), ("b", "w")]


def test_columns_of_tokens_name_the_positions():
    model = Sequential([Input((3,), dtype="int32"), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(2)])
    words = pd.DataFrame(RNG.integers(0, 5, (20, 3)), columns=["first", "second", "third"])
    assert importance(model, words).features.tolist() == ["first", "second", "third"]


def test_columns_of_which_only_some_enter_an_embedding_do_not_name_it():
    x = Input((5,), dtype="int32", name="tokens")
    model = Model(x, layers.Dense(2)(layers.Flatten()(layers.Embedding(9, 3)(x[:, 1:]))))
    words = pd.DataFrame(RNG.integers(0, 9, (20, 5)), columns=list("abcde"))
    assert importance(model, words).features.tolist() == ["x0", "x1", "x2", "x3"]


def test_a_single_number_per_row_may_have_a_name():
    x = Input((), name="x")
    model = Model(x, layers.Dense(2)(layers.Reshape((1,))(x)))
    assert importance(model, X[:, 0], feature_names=["age"]).features.tolist() == ["age"]
    with pytest.raises(ValueError, match=r"Expected 1 feature_names for 'x'\. Received 3"):
        importance(model, X[:, 0], feature_names=["a", "b", "c"])


GROUPS = {
    "numbers": ([[0, 2]], ["0 + 2", "height", "income"], [[0, 2], [1], [3]]),
    "names": ({"size": ["height", "weight"]}, ["age", "size", "income"], [[0], [1, 2], [3]]),
    "both": ({"u": ["age", 3], "v": [1, "weight"]}, ["u", "v"], [[0, 3], [1, 2]]),
    "numpy numbers": ({"u": list(np.arange(4))}, ["u"], [[0, 1, 2, 3]]),
}


@pytest.mark.parametrize("name", GROUPS)
def test_groups_are_read_by_name_or_number_and_stand_where_their_first_member_stood(name):
    given, names, members = GROUPS[name]
    read = read_groups(given, pd.Index(NAMES))
    assert read.names == names
    assert [part.tolist() for part in read.members] == members


def test_columns_of_the_same_name_cannot_be_grouped_by_it():
    with pytest.raises(ValueError, match="Expected unique feature names"):
        read_groups([[0, 1]], pd.Index(["a", "a", "b"]))


def test_the_credit_of_a_group_is_the_sum_of_its_members(linear):
    for method in ("gradient_x_input", "integrated_gradients", "expected_gradients", "deeplift"):
        alone = attributions(linear, X, method=method)
        grouped = attributions(linear, X, method=method, groups={"u": ["x0", "x3"]})
        assert grouped.shape == (40, 3, 2)
        np.testing.assert_allclose(grouped[:, 0], alone[:, 0] + alone[:, 3], atol=1e-5)
        np.testing.assert_allclose(grouped[:, 1:], alone[:, 1:3], atol=1e-6)


@pytest.mark.parametrize("method", ["ablation", "shapley"])
def test_the_members_of_a_group_are_exchanged_together(method):
    """A product of two columns: alone each loses it all, together once."""
    x = Input((3,), name="x")
    model = Model(x, layers.Reshape((1,))(x[:, 0] * x[:, 1]) + x[:, 2:])
    rows = np.array([[2, 3, 1], [4, 5, -1]], "float32")
    grouped = attributions(model, rows, method=method, baseline="zero", groups=[[0, 1]])
    np.testing.assert_allclose(grouped[..., 0], [[6, 1], [20, -1]], atol=1e-5)


@pytest.mark.parametrize("method", ["gradient_x_input", "integrated_gradients", "ablation"])
def test_units_of_a_layer_at_several_positions_can_be_grouped(method):
    series = RNG.normal(size=(9, 6, 4)).astype("float32")
    hidden = layers.Conv1D(3, 2, activation="tanh", name="c")
    model = Sequential([Input((6, 4)), hidden, layers.Flatten(), layers.Dense(2)])
    options = {"method": method, "layer": "c", "baseline": "zero"}
    single = attributions(model, series, sum_axes=[0], **options)
    grouped = importance(model, series, groups={"u": [0, 2]}, **options)
    assert grouped.features.tolist() == ["u", "1"]
    by_hand = np.abs(np.stack([single[:, 0] + single[:, 2], single[:, 1]], axis=1)).mean(axis=0)
    np.testing.assert_allclose(grouped.strength, by_hand, rtol=1e-4)


def test_groups_across_inputs_are_named_by_input_and_column():
    a, b = Input((2,), name="a"), Input((2,), name="b")
    model = Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))
    x = [X[:, :2], X[:, 2:]]
    grouped = importance(model, x, groups={"u": [("a", "x1"), ("b", "x0")]}, method="integrated_gradients")
    assert grouped.features.tolist() == [("a", "x0"), "u", ("b", "x1")]
    alone = attributions(model, x, method="integrated_gradients")
    np.testing.assert_allclose(grouped.strength[1], np.abs(alone["a"][:, 1] + alone["b"][:, 0]).mean(axis=0), rtol=1e-4)


def test_correlated_columns_are_warned_of_once_by_name(linear):
    frame = pd.DataFrame(TWINS, columns=NAMES)
    with pytest.warns(UserWarning, match="'age' and 'weight' \\(r 0.99\\).*Pass groups=") as caught:
        found = importance(linear, frame)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    ((first, second, r),) = found.attrs["correlated"]
    assert (first, second) == ("age", "weight")
    assert r == pytest.approx(np.corrcoef(TWINS[:, 0], TWINS[:, 2])[0, 1], abs=1e-3)


def test_correlated_columns_in_one_group_need_no_warning(linear):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert importance(linear, TWINS, groups=[[0, 2]]).attrs["correlated"] == []
        assert importance(linear, X).attrs["correlated"] == []


def test_correlated_columns_in_two_groups_are_still_warned_of(linear):
    with pytest.warns(UserWarning, match="'x0' and 'x2'"):
        importance(linear, TWINS, groups=[[0, 1], [2, 3]])


def test_columns_of_two_inputs_may_overlap():
    a, b = Input((2,), name="a"), Input((2,), name="b")
    model = Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))
    with pytest.warns(UserWarning, match="'a: x0' and 'b: x0'"):
        importance(model, [TWINS[:, :2], TWINS[:, 2:]])


def test_correlations_are_those_of_numpy_and_constant_columns_have_none():
    first, second = X[:, :2].astype(float).T
    # Far from zero, sums of squares would cancel.
    values = np.column_stack([first, -first + 0.2 * second, np.ones(40), 1e6 + first / 10])
    pairs = overlapping(values, pd.Index(list("abcd")), None)
    assert [pair[:2] for pair in pairs] == [("a", "d"), ("a", "b"), ("b", "d")]
    r = np.corrcoef(first, values[:, 1])[0, 1]
    assert [pair[2] for pair in pairs] == pytest.approx([1, r, r], abs=1e-3)
    assert overlapping(values[:5], pd.Index(list("abcd")), None) == []


def test_of_many_pairs_five_are_shown():
    pairs = [(f"a{at}", f"b{at}", 0.9) for at in range(8)]
    with pytest.warns(UserWarning, match="'a4' and 'b4' .*, and 3 more pairs"):
        warn_of_overlap(pairs)


def test_pixels_of_an_image_are_not_warned_of():
    model = Sequential([Input((4, 1)), layers.Flatten(), layers.Dense(2)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        importance(model, TWINS[..., None].astype("float32"))


def test_a_constant_column_is_no_trouble(linear):
    constant = X.copy()
    constant[:, 1] = 5
    found = importance(linear, constant)
    assert np.isfinite(found.strength).all()
    assert found.strength[1].tolist() == [0, 0]
    assert found.direction[1].tolist() == [0, 0]


def test_channels_of_pixels_can_be_summed():
    model = Sequential([Input((2, 2, 3)), layers.Flatten(), layers.Dense(2)])
    images = RNG.normal(size=(12, 2, 2, 3)).astype("float32")
    whole = attributions(model, images, method="integrated_gradients")
    summed = attributions(model, images, method="integrated_gradients", sum_axes=(2,))
    np.testing.assert_allclose(summed, whole.sum(axis=3), atol=1e-5)
    table = importance(model, images, method="integrated_gradients", sum_axes=(-1,))
    assert table.features.names == ["axis 0", "axis 1"]
    np.testing.assert_allclose(table.strength, np.abs(summed).mean(axis=0), rtol=1e-4)
    # A pixel is taken away with all of its channels.
    lost = attributions(model, images, method="ablation", sum_axes=(2,), baseline="zero")
    kernel = model.get_weights()[0].reshape(2, 2, 3, 2)
    np.testing.assert_allclose(lost, np.einsum("rhwc,hwco->rhwo", images, kernel), atol=1e-5)


def test_keras_seeds_do_not_decide():
    def found(seed):
        keras.utils.set_random_seed(seed)
        model = Sequential([Input((4,)), layers.Dense(2, use_bias=False)])
        model.set_weights([KERNEL])
        return importance(model, X).strength

    np.testing.assert_array_equal(found(1), found(2))

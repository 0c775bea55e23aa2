import keras
import numpy as np
import pandas as pd
import pytest
from keras import Input, Model, Sequential, layers

from nbviz.keras_model import ModelReader
from nbviz.picture.observation import Observation

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")


@pytest.fixture(scope="module")
def reader():
    keras.utils.set_random_seed(1)
    hidden = layers.Dense(5, activation="relu", name="h")
    return ModelReader(Sequential([Input((4,), name="x"), hidden, layers.Dense(3, activation="softmax", name="y")]))


@pytest.fixture(scope="module")
def two_inputs():
    a, b = Input((3,), name="a"), Input((2,), name="b")
    return ModelReader(Model([a, b], layers.Dense(2, name="y")(layers.Concatenate()([a, b]))))


def test_without_data_there_is_nothing_to_look_at(reader):
    seen = Observation(reader, None)
    assert (seen.count, seen.sample(None), seen.sample(0)) == (0, None, None)
    signals, label = seen.signals(10, None)
    assert (signals.flow, signals.shown, label) == ({}, None, None)


def test_a_row_of_x_is_that_row_with_its_leading_axis(reader):
    seen = Observation(reader, X)
    (row,) = seen.sample(7)
    np.testing.assert_array_equal(row, X[7:8])
    assert seen.sample(None) is None
    assert seen.count == 12


def test_a_row_given_by_its_values_goes_before_any_number(reader):
    seen = Observation(reader, X)
    seen.row, seen.row_name = seen.read_row(np.arange(4)), "mine"
    np.testing.assert_array_equal(seen.sample(7)[0], [[0, 1, 2, 3]])
    assert seen.signals(10, None)[1] == "mine"


def test_the_same_rows_without_the_row_that_was_given_leave_the_original_alone(reader):
    seen = Observation(reader, X)
    seen.row, seen.row_name = seen.read_row(np.arange(4)), "mine"
    other = seen.without_row()
    np.testing.assert_array_equal(other.sample(7)[0], X[7:8])
    assert other.sample(None) is None
    assert other.signals(10, 7)[1] == "sample 7"
    assert seen.row_name == "mine"
    np.testing.assert_array_equal(seen.row[0], [[0, 1, 2, 3]])


@pytest.mark.parametrize(
    "given",
    [X[3], X[3:4], list(map(float, X[3])), pd.Series(X[3]), pd.DataFrame(X[3:4], columns=list("abcd")), {"x": X[3]}],
)
def test_one_row_is_read_in_every_form(reader, given):
    (row,) = Observation(reader, None).read_row(given)
    np.testing.assert_allclose(row, X[3:4], rtol=1e-6)
    assert row.dtype == np.float32


@pytest.mark.parametrize("given", [[X[1, :3], X[1, :2]], {"b": X[1:2, :2], "a": X[1, :3]}, (X[1:2, :3], X[1:2, :2])])
def test_one_row_of_several_inputs_is_read_in_every_form(two_inputs, given):
    a, b = Observation(two_inputs, None).read_row(given)
    np.testing.assert_array_equal(a, X[1:2, :3])
    np.testing.assert_array_equal(b, X[1:2, :2])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (X[:2], "Expected one sample. Received 2 rows"),
        (X[0, :3], r"Expected x of shape \(n, 4\)"),
        (np.full(4, np.nan), "Expected finite numbers"),
        ({"z": X[0]}, "Expected x with the keys"),
        (np.zeros((1, 1, 4)), r"Expected x of shape \(n, 4\)"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_in_words(reader, given, words):
    with pytest.raises(ValueError, match=words):
        Observation(reader, X).read_row(given)


def test_text_is_refused(reader):
    with pytest.raises(TypeError, match="Expected numbers"):
        Observation(reader, X).read_row(["a", "b", "c", "d"])


def test_a_probe_is_spread_over_all_rows(reader):
    seen = Observation(reader, X)
    (all_rows,) = seen.probe(12)
    assert all_rows is seen.x[0]
    (few,) = seen.probe(3)
    np.testing.assert_array_equal(few, X[[0, 5, 11]])


def test_the_mean_says_over_how_many_rows(reader):
    seen = Observation(reader, X)
    assert seen.signals(100, None)[1] == "mean of 12 rows"
    assert seen.signals(5, None)[1] == "mean of 5 of 12 rows"
    assert Observation(reader, X[:1]).signals(5, None)[1] == "mean of 1 row"


def test_what_flows_for_a_row_and_for_the_probe_is_what_the_model_computes(reader):
    signals, label = Observation(reader, X).signals(100, 4)
    assert label == "sample 4"
    expected = np.asarray(reader.model(X))
    np.testing.assert_allclose(signals.shown["a", "y"], expected[4:5], atol=1e-6)
    np.testing.assert_allclose(signals.flow["a", "y"], expected, atol=1e-6)
    np.testing.assert_array_equal(signals.shown_values["x"], X[4:5])
    np.testing.assert_array_equal(signals.values["x"], X)


def test_a_plane_is_two_numbers_in_all_however_they_enter():
    def model(*shapes, dtype="float32"):
        inputs = [Input(shape, dtype=dtype) for shape in shapes]
        flat = [layers.Flatten()(layers.Rescaling(1.0)(each)) for each in inputs]
        return ModelReader(Model(inputs, layers.Dense(2)(layers.Concatenate()(flat) if len(flat) > 1 else flat[0])))

    planes = [[(2,)], [(1,), (1,)]]
    others = [[(3,)], [(2,), (1,)], [(1,)], [(2, 2)]]
    assert [Observation(model(*shapes), None).is_plane for shapes in planes] == [True, True]
    assert [Observation(model(*shapes), None).is_plane for shapes in others] == [False] * 4
    assert not Observation(model((2,), dtype="int32"), None).is_plane


def test_the_plane_is_the_range_of_the_data_and_a_tenth_more():
    reader = ModelReader(Sequential([Input((2,), name="x"), layers.Dense(1, name="y")]))
    x = np.array([[0, 5], [10, 5]], "float32")
    grid = Observation(reader, x).signals(10, None)[0].grid
    points = grid["a", "x"]
    assert points.shape == (32 * 32, 2)
    np.testing.assert_allclose([points[:, 0].min(), points[:, 0].max()], [-1, 11])
    np.testing.assert_allclose([points[:, 1].min(), points[:, 1].max()], [4, 6])  # a constant has a width of its own
    # The top row of the picture is the largest second input.
    np.testing.assert_allclose(points[0], [-1, 6])
    kernel, bias = reader.model.get_weights()
    np.testing.assert_allclose(grid["a", "y"], points @ kernel + bias, atol=1e-4)

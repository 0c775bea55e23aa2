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
    assert (seen.count, seen.sample, seen.sample_name) == (0, None, None)
    signals, label = seen.signals(10)
    assert (signals.flow, signals.shown, label) == ({}, None, None)


def given_by_values(reader, x, values):
    seen = Observation(reader, x)
    seen.look_at(values)
    return seen.row


def test_a_row_of_a_table_is_read_by_the_names_of_x(reader):
    table = pd.DataFrame(X, columns=list("abcd"))
    mixed = table[["d", "b", "a", "c"]]
    for values in (mixed.iloc[3], mixed.iloc[[3]]):
        np.testing.assert_array_equal(given_by_values(reader, table, values)[0], X[3:4])
    np.testing.assert_array_equal(given_by_values(reader, X, mixed.iloc[3])[0], mixed.to_numpy()[3:4])
    with pytest.raises(ValueError, match=r"columns of the sample named 'a', 'b', 'c', 'd'. Received none of 'a'"):
        given_by_values(reader, table, mixed.iloc[3].rename({"a": "q"}))


def test_a_row_of_x_is_that_row_with_its_leading_axis(reader):
    seen = Observation(reader, X)
    assert (seen.sample, seen.sample_name) == (None, None)
    seen.select(7)
    np.testing.assert_array_equal(seen.sample[0], X[7:8])
    assert seen.sample_name == "sample 7"
    assert seen.count == 12


def test_a_row_counted_from_the_end_is_known_by_its_place(reader):
    seen = Observation(reader, X)
    seen.look_at(-1)
    assert (seen.selected, seen.sample_name) == (11, "sample 11")


def test_a_name_is_that_of_the_row_it_was_given_for(reader):
    seen = Observation(reader, X)
    seen.look_at(3, "the odd one")
    assert seen.signals(10)[1] == "the odd one"
    seen.select(4)
    assert seen.signals(10)[1] == "sample 4"


def test_a_row_given_by_its_values_stays_until_another_is_selected(reader):
    seen = Observation(reader, X)
    seen.look_at(np.arange(4), "mine")
    seen.select(None)
    np.testing.assert_array_equal(seen.sample[0], [[0, 1, 2, 3]])
    assert seen.signals(10)[1] == "mine"
    seen.select(7)
    np.testing.assert_array_equal(seen.sample[0], X[7:8])
    assert seen.signals(10)[1] == "sample 7"


def test_the_same_rows_with_another_sample_leave_the_original_alone(reader):
    seen = Observation(reader, X)
    seen.look_at(np.arange(4), "mine")
    other = seen.with_sample(7)
    np.testing.assert_array_equal(other.sample[0], X[7:8])
    assert other.signals(10)[1] == "sample 7"
    assert seen.with_sample(None).sample is None
    assert seen.sample_name == "mine"
    np.testing.assert_array_equal(seen.row[0], [[0, 1, 2, 3]])


def test_beside_other_rows_the_sample_is_the_same_and_the_mean_is_theirs(reader):
    seen = Observation(reader, X)
    seen.select(7)
    other = seen.beside([X[:3]])
    signals, label = other.signals(10)
    assert (other.count, other.selected, label) == (3, 7, "sample 7")
    np.testing.assert_array_equal(signals.shown_values["x"], X[7:8])
    np.testing.assert_array_equal(signals.values["x"], X[:3])


@pytest.mark.parametrize(
    ("sample", "error", "words"),
    [(12, IndexError, "from 0 to 11. Received 12"), (-13, IndexError, "Received -13"), (X[:2], ValueError, "2 rows")],
)
def test_a_sample_that_there_is_not_is_refused_and_what_was_looked_at_stays(reader, sample, error, words):
    seen = Observation(reader, X)
    seen.look_at(5, "five")
    with pytest.raises(error, match=words):
        seen.look_at(sample)
    assert (seen.selected, seen.row, seen.sample_name) == (5, None, "five")


def test_an_index_needs_rows(reader):
    with pytest.raises(ValueError, match="Received an index, but the diagram has no x"):
        Observation(reader, None).look_at(0)


@pytest.mark.parametrize(
    "given",
    [X[3], X[3:4], list(map(float, X[3])), pd.Series(X[3]), pd.DataFrame(X[3:4], columns=list("abcd")), {"x": X[3]}],
)
def test_one_row_is_read_in_every_form(reader, given):
    (row,) = given_by_values(reader, None, given)
    np.testing.assert_allclose(row, X[3:4], rtol=1e-6)
    assert row.dtype == np.float32


@pytest.mark.parametrize("given", [[X[1, :3], X[1, :2]], {"b": X[1:2, :2], "a": X[1, :3]}, (X[1:2, :3], X[1:2, :2])])
def test_one_row_of_several_inputs_is_read_in_every_form(two_inputs, given):
    a, b = given_by_values(two_inputs, None, given)
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
        given_by_values(reader, X, given)


def test_text_is_refused(reader):
    with pytest.raises(TypeError, match="Expected numbers"):
        given_by_values(reader, X, ["a", "b", "c", "d"])


def test_a_probe_is_spread_over_all_rows(reader):
    seen = Observation(reader, X)
    (all_rows,) = seen.probe(12)
    assert all_rows is seen.x[0]
    (few,) = seen.probe(3)
    np.testing.assert_array_equal(few, X[[0, 5, 11]])


def test_the_mean_says_over_how_many_rows(reader):
    seen = Observation(reader, X)
    assert seen.signals(100)[1] == "mean of 12 rows"
    assert seen.signals(5)[1] == "mean of 5 of 12 rows"
    assert Observation(reader, X[:1]).signals(5)[1] == "mean of 1 row"


def test_what_flows_for_a_row_and_for_the_probe_is_what_the_model_computes(reader):
    signals, label = Observation(reader, X).with_sample(4).signals(100)
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
    grid = Observation(reader, x).signals(10)[0].grid
    points = grid["a", "x"]
    assert points.shape == (32 * 32, 2)
    np.testing.assert_allclose([points[:, 0].min(), points[:, 0].max()], [-1, 11])
    np.testing.assert_allclose([points[:, 1].min(), points[:, 1].max()], [4, 6])  # a constant has a width of its own
    # The top row of the picture is the largest second input.
    np.testing.assert_allclose(points[0], [-1, 6])
    kernel, bias = reader.model.get_weights()
    np.testing.assert_allclose(grid["a", "y"], points @ kernel + bias, atol=1e-4)

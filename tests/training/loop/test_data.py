"""What does not fit is told in `test_run.py`, where a model and its loss are at hand."""

import keras
import numpy as np
import pandas as pd
import pytest

from nbviz.training.loop.data import TrainingData
from nbviz.training.recording.gradients import rows_of

X = np.arange(10.0).reshape(5, 2)
Y = np.array([0, 2, 1, 2, 0])


@pytest.mark.parametrize("given", [X, X.tolist(), pd.DataFrame(X), X.astype(object)])
def test_rows_in_any_container_are_arrays_of_keras_own_floats(given):
    data = TrainingData.read(given, Y)
    assert data.x.dtype == keras.config.floatx()
    assert data.x.tolist() == X.tolist()
    assert data.y.dtype == Y.dtype  # class indices stay whole numbers
    assert (data.rows, data.sample_weight) == (5, None)


def test_a_list_of_arrays_is_several_inputs_and_a_list_of_rows_is_one():
    assert TrainingData.read([X, X[:, :1]], Y).take(slice(1, 2))[0][1].tolist() == [[2.0]]
    assert TrainingData.read({"b": X, "a": Y}, Y).take(np.array([4, 0]))[0]["a"].tolist() == [0, 0]
    assert TrainingData.read([[1, 2], [3, 4]], [0, 1]).x.shape == (2, 2)


def test_batches_go_through_the_rows_in_order_and_the_last_may_be_smaller():
    batches = list(TrainingData.read(X, Y, np.arange(5.0)).batches(2))
    assert [x[:, 0].tolist() for x, _, _ in batches] == [[0, 2], [4, 6], [8]]
    assert [y.tolist() for _, y, _ in batches] == [[0, 2], [1, 2], [0]]
    assert [weight.tolist() for _, _, weight in batches] == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("y", "rows"),
    [
        (np.array([3.0, -1.0, 9.0, 0.0, 0.0]), [1, 2]),
        (np.array([[3.0], [-1.0], [9.0], [0.0], [0.0]]), [1, 2]),
        (np.zeros(5), [0]),
        (np.eye(5), [0, 1]),  # one-hot: none is smallest
        (None, [0, 1]),
    ],
)
def test_the_rows_that_say_most_have_the_smallest_and_the_largest_answer(y, rows):
    assert TrainingData.read(X, y).extremes().tolist() == rows


@pytest.mark.parametrize("y", [Y, Y[:, None], np.eye(3)[Y]])
def test_a_class_weight_counts_for_the_rows_of_its_class_and_others_count_once(y):
    assert TrainingData.read(X, y, class_weight={2: 5.0, 0: 0.5}).sample_weight.tolist() == [0.5, 5, 1, 5, 0.5]


def test_one_weight_for_a_row_counts_for_each_of_its_answers():
    weight = np.arange(5.0)
    data = TrainingData.read(X, {"kind": Y, "size": X[:, 0]}, weight)
    assert {name: part.tolist() for name, part in data.sample_weight.items()} == {
        "kind": weight.tolist(),
        "size": weight.tolist(),
    }


@pytest.mark.parametrize(
    ("x", "y", "weights", "error", "words"),
    [
        ([np.ones((3, 1)), np.ones((4, 1))], None, {}, ValueError, "x: 3 and 4"),
        (None, Y, {}, TypeError, "Expected x of validation_data as arrays. Received None"),
        (5.0, Y, {}, TypeError, "Received the single value 5.0"),
        ({"a": X, "b": np.array([["p"]] * 5)}, Y, {}, TypeError, r"Expected x of validation_data\['b'\] as numbers"),
        ([[1, 2], [3]], [0, 1], {}, (TypeError, ValueError), "."),
        (X, {"kind": Y}, {"class_weight": {0: 1.0}}, ValueError, "one output. Received several; use sample_weight"),
        (X, np.zeros((5, 4, 3)), {"class_weight": {0: 1.0}}, ValueError, r"one class for each row.*\(5, 4, 3\)"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_with_the_name_of_the_argument(x, y, weights, error, words):
    with pytest.raises(error, match=words):
        TrainingData.read(x, y, suffix=" of validation_data", **weights)


def test_masked_rows_and_answers_are_refused_by_trainers_and_recordings():
    x, y = np.ma.array(np.ones((3, 2)), mask=False), np.ma.array([0, 1, 0], mask=[0, 0, 1])
    with pytest.raises(ValueError, match="Expected a value in each cell of y"):
        TrainingData.read(x, y)
    with pytest.raises(ValueError, match="Expected a value in each cell of y"):
        rows_of(y, np.arange(2), 3)
    x[0, 0] = np.ma.masked
    with pytest.raises(ValueError, match="Expected a value in each cell of x"):
        TrainingData.read(x, y.filled(0))


@pytest.mark.parametrize(
    "y",
    [
        pd.array([0, None, 2, 1, 0], dtype="Int64"),
        pd.Series([0, None, 2, 1, 0], dtype="object"),
        np.array([0, pd.NA, 2, 1, 0], object),
        pd.Categorical([0, None, 2, 1, 0]),
    ],
    ids=["Int64", "None", "NA", "categories"],
)
def test_missing_numbers_of_any_kind_are_nan_as_fit_has_them(y):
    np.testing.assert_array_equal(TrainingData.read(X, y).y, np.array([0, np.nan, 2, 1, 0], "float32"))


def test_missing_categories_are_refused_since_their_codes_would_be_classes():
    with pytest.raises(ValueError, match=r"missing or infinite values in 2 of 5 rows, the first in row 1"):
        TrainingData.read(X, pd.Series(["a", None, "b", "a", None], dtype="category"))

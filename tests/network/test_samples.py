import re

import numpy as np
import pandas as pd
import pytest

from nbviz.network.samples import InputSpec, column_names, numbers_of_a_row, read_samples, split_inputs

PICTURE, FIRST = [InputSpec("x", (4, 5, 1), "float32")], [InputSpec("x", (1, 4, 5), "float32")]
TWO = [InputSpec("x", (2,), "float32")]
AB = [InputSpec("a", (2,), "float32"), InputSpec("b", (), "int32")]
ROWS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


@pytest.mark.parametrize(
    "x",
    [
        ROWS,
        tuple(map(tuple, ROWS)),
        np.array(ROWS),
        np.array(ROWS, "float16"),
        np.array(ROWS, "int64"),
        np.array(ROWS, object),
        pd.DataFrame(ROWS),
        pd.DataFrame(ROWS, columns=["p", "q"]).astype({"p": "Int64"}),
        {"x": ROWS},
    ],
)
def test_the_same_rows_in_any_container_are_the_same_float32_array(x):
    (array,) = read_samples(x, TWO)
    assert array.dtype == np.float32
    assert array.tolist() == ROWS


def test_a_frame_with_bool_columns_beside_float_columns_is_numeric():
    frame = pd.get_dummies(pd.DataFrame({"size": [1.5, 2.5], "kind": ["a", "b"]}))
    (array,) = read_samples(frame, [InputSpec("x", (3,), "float32")])
    assert array.tolist() == [[1.5, 1.0, 0.0], [2.5, 0.0, 1.0]]


def test_one_row_of_a_mixed_frame_is_numeric():
    row = pd.get_dummies(pd.DataFrame({"size": [1.5, 2.5], "kind": ["a", "b"]})).iloc[0]
    assert row.dtype == object
    (array,) = read_samples([row], [InputSpec("x", (3,), "float32")])
    assert array.tolist() == [[1.5, 1.0, 0.0]]


def test_the_users_array_is_neither_changed_nor_shared():
    given = np.array(ROWS, "float32")
    (array,) = read_samples(given, TWO)
    array[0, 0] = 100
    assert given.tolist() == ROWS


def test_several_inputs_come_as_a_list_in_order_or_as_a_dict_in_any_order():
    by_list = read_samples([ROWS, [7, 8, 9]], AB)
    by_dict = read_samples({"b": [7, 8, 9], "a": ROWS}, AB)
    for arrays in (by_list, by_dict):
        assert arrays[0].tolist() == ROWS
        assert arrays[1].tolist() == [7, 8, 9]
        assert arrays[1].dtype == np.int32


def test_an_open_size_takes_any_length():
    spec = [InputSpec("x", (None, 2), "float32")]
    assert read_samples(np.zeros((3, 9, 2)), spec)[0].shape == (3, 9, 2)


def test_text_for_a_string_input_stays_text():
    assert read_samples([["red"], ["blue"]], [InputSpec("c", (1,), "string")])[0].tolist() == [["red"], ["blue"]]


@pytest.mark.parametrize(
    ("x", "specs", "error", "message"),
    [
        (np.zeros((3, 5)), TWO, ValueError, 'Expected x of shape (n, 2). Received (n, 5); the model\'s input is "x".'),
        ([1.0, 2.0], TWO, ValueError, "For one row, pass it inside a list: [row]."),
        (np.zeros((2, 5)), TWO, ValueError, "If its rows are columns, pass x.T."),
        (np.zeros((3, 1, 4, 5)), PICTURE, ValueError, "If their channels come first, pass np.moveaxis(x, 1, -1)."),
        (np.zeros((3, 4, 5, 1)), FIRST, ValueError, "If their channels come last, pass np.moveaxis(x, -1, 1)."),
        (np.zeros((3, 8, 8, 1)), PICTURE, ValueError, "Pictures of another size have to be resized as those were"),
        (np.zeros((3, 2, 8)), [InputSpec("x", (8, 2), "float32")], ValueError, "pass np.swapaxes(x, 1, 2)."),
        (np.zeros((3, 20)), PICTURE, ValueError, "If its numbers lie in this order, pass x.reshape(-1, 4, 5, 1)."),
        (np.zeros((3, 2, 2, 5)), [InputSpec("x", (20,), "float32")], ValueError, "pass x.reshape(-1, 20)."),
        (4.0, TWO, ValueError, "Received a single number"),
        (np.zeros((0, 2)), TWO, ValueError, "at least one row"),
        ([[1.0, np.nan], [1.0, 2.0]], TWO, ValueError, "in 1 of 2 rows of the input 'x', the first in row 0"),
        ([[1.0, 2.0], [-np.inf, 2.0]], TWO, ValueError, "the first in row 1"),
        ([[1.0, 1e300]], TWO, ValueError, "NaN or infinity in 1 of 1 rows"),  # infinite in float32
        (pd.DataFrame({"p": [1.0], "q": pd.array([None], "Int64")}), TWO, ValueError, "NaN or infinity in 1 of 1 rows"),
        (pd.DataFrame({"p": [1.0], "q": ["red"]}), TWO, TypeError, "Received text or dates in ['q']"),
        (pd.DataFrame({"p": [1.0], "q": pd.to_datetime(["2020-01-01"])}), TWO, TypeError, "Received text or dates"),
        ([["1", "2"]], TWO, TypeError, "Expected numbers for the input 'x'."),
        ([[None, 2.0]], TWO, TypeError, "Expected numbers"),
        ([[1j, 2.0]], TWO, TypeError, "Expected numbers"),
        (np.zeros((3, 2)), AB, ValueError, "one entry for each of ['a', 'b']. Received an array of shape (3, 2)."),
        ([ROWS], AB, ValueError, "Received 1 entries."),
        ({"a": ROWS}, AB, ValueError, "Expected x with the keys ['a', 'b']. Received the keys ['a']."),
        ({"a": ROWS, "b": [1, 2, 3], "c": 1}, AB, ValueError, "Received the keys ['a', 'b', 'c']."),
        ([ROWS, [1, 2]], AB, ValueError, "the same number of rows for every input. Received {'a': 3, 'b': 2}."),
        ([ROWS, [1, 2.5, 3]], AB, ValueError, "Expected whole numbers that fit int32 for the input 'b'."),
        ([ROWS, [1, 2, 2**40]], AB, ValueError, "the first in row 2"),
        ([ROWS, [1, np.nan, 3]], AB, ValueError, "NaN or infinity"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_was_expected_and_what_came(x, specs, error, message):
    with pytest.raises(error, match=re.escape(message)):
        read_samples(x, specs)


def test_column_names_are_those_of_the_frames_given_as_text():
    frame = pd.DataFrame(ROWS, columns=["alpha", 7])
    assert column_names({"a": frame, "b": [1, 2, 3]}, AB) == {"a": ["alpha", "7"]}
    assert column_names([ROWS, [1, 2, 3]], AB) == {}


def test_a_single_input_may_be_a_list_of_rows():
    assert split_inputs(ROWS, ["x"]) == [ROWS]


def test_rows_of_unequal_length_are_refused_in_words():
    with pytest.raises(ValueError, match=r"Expected rows of one shape\. Received rows of unequal shapes.*'x'"):
        read_samples([[1.0, 2.0], [3.0]], [InputSpec("x", (2,), "float32")])


def test_a_row_without_axes_is_one_number():
    assert numbers_of_a_row([np.array(["a", "b"], object), np.zeros((2, 3, 4))]) == 13

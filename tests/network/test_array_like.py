import re

import numpy as np
import pandas as pd
import pytest

from nbviz.network.array_like import column_text, described, to_array
from nbviz.network.samples import InputSpec, read_row

scipy_sparse = pytest.importorskip("scipy.sparse")

ROWS = [[0.0, 2.0], [3.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    "part",
    [
        scipy_sparse.csr_matrix(ROWS),
        scipy_sparse.coo_array(ROWS),
        pd.DataFrame.sparse.from_spmatrix(scipy_sparse.csr_matrix(ROWS)),
        pd.DataFrame.sparse.from_spmatrix(scipy_sparse.csr_matrix(ROWS), columns=["p", "q"]).assign(q=[2.0, 0.0, 0.0]),
        pd.DataFrame(ROWS, dtype=object),
        pd.DataFrame(ROWS, columns=pd.MultiIndex.from_tuples([("p", "a"), ("p", "b")])),
        pd.DataFrame(ROWS, columns=["twice", "twice"]),
    ],
)
def test_tables_of_every_kind_are_the_array_that_they_hold(part):
    assert to_array(part, "x", text=False).tolist() == ROWS


def test_a_column_is_its_numbers_and_a_missing_one_is_not_a_number():
    assert to_array(pd.Series([1, 2], dtype="Int64"), "x", text=False).tolist() == [1.0, 2.0]
    assert np.isnan(to_array(pd.Series([1, None], dtype="Int64"), "x", text=False)[1])
    assert to_array(pd.Series([True, False]), "x", text=False).tolist() == [1, 0]


def test_whole_numbers_keep_all_their_digits():
    large = 2**60 + 1
    assert to_array(pd.DataFrame({"id": [large]}), "x", text=False)[0, 0] == large


@pytest.mark.parametrize(
    "part", [["a", "b"], np.array(["a", "b"]), np.array(["a", "b"], object), pd.Series(["a", "b"]),
             pd.Series(["a", "b"], dtype="category"), pd.Series(["a", "b"], dtype="string")],
)  # fmt: skip
def test_text_in_any_form_is_an_array_of_objects(part):
    array = to_array(part, "c", text=True)
    assert (array.dtype, array.tolist()) == (np.dtype(object), ["a", "b"])


@pytest.mark.parametrize(
    ("part", "text", "error", "message"),
    [
        (None, False, TypeError, "Expected an array of numbers for the input 'x'. Received None."),
        (None, True, TypeError, "Expected an array of text for the input 'x'. Received None."),
        ({1, 2}, False, TypeError, "Received a set."),
        (map(float, [1]), False, TypeError, "Received a map, which can be read only once"),
        ("word", False, TypeError, "Received the text 'word'."),
        (object(), False, TypeError, "Received an object."),
        ([[1.0], [1.0, 2.0]], False, ValueError, "rows of unequal shapes for the input 'x'"),
        (np.array([[1.0], [1.0, 2.0]], object), False, ValueError, "rows of unequal shapes"),
        ([["red"]], False, TypeError, "Received text, such as 'red'; encode it"),
        ([["red", None]], False, TypeError, "Received the text 'red' among them."),
        (np.array(["2020-01-01"], "datetime64[D]"), False, TypeError, "Received values of type datetime64[D]."),
        (pd.Series(["a"], name="colour"), False, TypeError, "Received text or dates in ['colour']"),
        ([1, 2], True, TypeError, "Expected text for the input 'x'. Received values of type int64."),
        (np.array(["a", None], object), True, TypeError, "Received a missing value in row 1."),
        (np.array([["a", "b"], ["c", 3]], object), True, TypeError, "Received the single value 3 in row 1."),
        (pd.Series(["a", None]), True, TypeError, "Received a missing value in row 1."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_as_what_it_is(part, text, error, message):
    with pytest.raises(error, match=re.escape(message)):
        to_array(part, "x", text=text)


def test_a_sparse_matrix_that_would_fill_the_memory_is_refused():
    with pytest.raises(ValueError, match=r"at most 268,435,456 values.*\(1000000, 100000\).*x\[:1000\]"):
        to_array(scipy_sparse.csr_matrix((10**6, 10**5)), "x", text=False)


def test_masked_cells_are_refused_and_filled_ones_read():
    masked = np.ma.array(ROWS, mask=[[0, 1], [0, 0], [1, 0]])
    with pytest.raises(
        ValueError, match=r"each cell of the input 'x'. Received an array with 2 masked ones; fill them"
    ):
        to_array(masked, "x", text=False)
    np.testing.assert_array_equal(to_array(masked.filled(7), "x", text=False), [[0, 7], [3, 0], [7, 0]])
    np.testing.assert_array_equal(to_array(np.ma.array(ROWS), "x", text=False), ROWS)
    with pytest.raises(ValueError, match="1 masked ones"):
        read_row(masked[0], [InputSpec("x", (2,), "float32")])


def test_names_of_several_levels_are_joined():
    assert column_text(("sepal", "length")) == "sepal / length"
    assert column_text(7) == "7"


def test_things_are_described_in_a_few_words():
    assert described(np.zeros((2, 3))) == "an array of shape (2, 3)"
    assert described("x" * 1000) == f"the text {'x' * 30!r}"
    assert described(True) == "the single value True"

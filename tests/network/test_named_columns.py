"""Columns that have names go where these are known: the right values are those of the columns by hand."""

import numpy as np
import pandas as pd
import pytest

from nbviz.network.named_columns import NamedColumns, places_by_name
from nbviz.network.samples import InputSpec

X = np.arange(12.0).reshape(3, 4)
TABLE = pd.DataFrame(X, columns=list("abcd"))
MIXED = TABLE[["d", "b", "a", "c"]]
ONE, TWO = [InputSpec("x", (4,), "float32")], [InputSpec("x", (4,), "float32"), InputSpec("z", (1,), "float32")]


def known(names=None, x=None):
    columns = NamedColumns(ONE, None if names is None else {"x": names})
    if x is not None:
        columns.read(x)
    return columns


def test_the_same_names_are_put_in_order_and_others_stay():
    assert places_by_name(["c", "a", "b"], ["a", "b", "c"], "columns") == [1, 2, 0]
    assert places_by_name([3, 5], ["5", "3"], "columns") == [1, 0]
    assert places_by_name(["x", "y"], ["a", "b"], "columns") is None
    with pytest.raises(ValueError, match=r"columns of y named 'a', 'b'. Received none of 'b', and 'c' too"):
        places_by_name(["a", "c"], ["a", "b"], "columns of y")
    with pytest.raises(ValueError, match=r"names that differ.*Received 'a' twice"):
        places_by_name(["b", "a", "a"], ["a", "a", "b"], "columns")
    assert places_by_name(["a", "a"], ["a", "a"], "columns") == [0, 1]


@pytest.mark.parametrize("columns", [known(x=TABLE), known(list("abcd")), known(list("efgh"), TABLE)])
def test_tables_and_rows_in_another_order_are_those_of_the_names(columns):
    np.testing.assert_array_equal(columns.in_order(MIXED, "columns"), X)
    np.testing.assert_array_equal(columns.in_order({"x": MIXED}, "columns")["x"], X)
    np.testing.assert_array_equal(columns.in_order([MIXED], "columns")[0], X)
    np.testing.assert_array_equal(columns.in_order(MIXED.iloc[1], "columns"), X[1])
    for unnamed in (X, pd.DataFrame(X), pd.DataFrame(X, columns=list("wxyz")), pd.Series(X[0]), "mean", None):
        assert columns.in_order(unnamed, "columns") is unnamed
    with pytest.raises(ValueError, match=r"background named 'a', 'b', 'c', 'd'. Received 'q' too"):
        columns.in_order(MIXED.assign(q=1), "columns of background")
    with pytest.raises(ValueError, match=r"Received none of 'd', and 'z' too"):
        columns.in_order(MIXED.rename(columns={"d": "z"}).iloc[0], "columns")


def test_names_given_beside_a_table_order_it_or_rename_its_columns():
    np.testing.assert_array_equal(known(list("abcd")).read(MIXED), X)
    for names in (["a", "b", "see", "d"], list("efgh")):
        assert known(names).read(TABLE) is TABLE
    with pytest.raises(ValueError, match=r"columns of x named 'a', 'b', 'see', 'd'. Received none of 'see', and 'c'"):
        known(["a", "b", "see", "d"]).read(MIXED)


def test_each_of_several_inputs_has_names_of_its_own():
    columns = NamedColumns(TWO)
    columns.read({"x": TABLE, "z": X[:, :1]})
    found = columns.in_order([MIXED, X[:, :1]], "columns")
    np.testing.assert_array_equal(found[0], X)
    inputs = pd.DataFrame({"z": [1.0], "x": [2.0]})
    assert columns.in_order(inputs, "columns") is inputs

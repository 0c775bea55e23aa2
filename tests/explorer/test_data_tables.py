"""Tables of importance of what is explored."""

import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import importance
from nbviz.explorer.data_tables import DataTables
from nbviz.explorer.explored_data import ExploredData
from nbviz.explorer.given.given_data import GivenData
from tests.explorer.small_classifier import NAMES, X, Y, mlp

ROWS = X.to_numpy()


def test_importance_is_that_of_the_rows_that_are_looked_at():
    model = mlp()
    found = ExploredData(model, GivenData(ROWS, Y, class_names=NAMES), 0)
    expected = importance(model, ROWS, class_names=NAMES)
    np.testing.assert_array_equal(DataTables(found).importance("expected_gradients").strength, expected.strength)
    assert list(DataTables(found).importance("permutation").classes) == NAMES
    assert list(DataTables(found).importance("gradient", "h").features) == list(
        importance(model, ROWS, layer="h").features
    )
    with pytest.raises(ValueError, match="Expected method among"):
        DataTables(found).importance("magic", "h")


def test_methods_offered_are_those_that_work():
    model = mlp()
    with_y = ExploredData(model, GivenData(ROWS, Y), 0)
    assert "permutation" in DataTables(with_y).methods
    without = ExploredData(model, GivenData(ROWS), 0)
    assert "permutation" not in DataTables(without).methods
    for method in DataTables(without).methods:
        assert np.isfinite(DataTables(without).importance(method).strength).all(), method


@pytest.mark.parametrize(
    ("classes", "rows", "tabled"), [(3, 400, 400), (50, 1000, 1000), (200, 400, 250), (1000, 400, 50)]
)
def test_of_many_classes_tables_are_worked_out_from_as_many_rows_as_keeps_the_work_the_same(classes, rows, tabled):
    model = Sequential([Input((4,)), layers.Dense(classes, activation="softmax")])
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    data = ExploredData(model, GivenData(x), 0)
    assert len(DataTables(data).tabled) == tabled
    assert len(set(DataTables(data).tabled)) == tabled
    assert tabled == rows or tabled * classes <= 50_000
    again = ExploredData(model, GivenData(x), 0)
    np.testing.assert_array_equal(DataTables(data).tabled, DataTables(again).tabled)


def test_the_table_is_that_of_the_rows_drawn_for_it_compared_with_all():
    model = Sequential([Input((4,)), layers.Dense(1000, activation="softmax")])
    x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    data = ExploredData(model, GivenData(x), 0)
    table = DataTables(data).importance("gradient_x_input")
    assert table.attrs["rows"] == 50
    # Of a linear model the gradient is the kernel, of a head it is centred over the classes.
    kernel = model.layers[-1].kernel.numpy()
    expected = np.abs(x[DataTables(data).tabled]).mean(axis=0)[:, None] * np.abs(
        kernel - kernel.mean(axis=1, keepdims=True)
    )
    np.testing.assert_allclose(table.strength, expected, rtol=1e-3, atol=1e-6)

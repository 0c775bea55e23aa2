"""The tables that fill an explorer's matrix in the background."""

import threading

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

import nbviz
from nbviz import explore
from nbviz.attribution.table.table_words import caption_text
from nbviz.explorer import data_tables
from nbviz.explorer.data_tables import DataTables
from nbviz.explorer.matrix_tables import MatrixTables
from tests.explorer.small_classifier import BACKGROUND, FEATURES, LONG, X, Y, front_end, mlp

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")


def test_every_hidden_layer_has_a_table_whose_rows_are_its_units(explored, classifier):
    assert [choice["key"] for choice in explored.matrix.layers] == ["", "h", "g"]
    assert list(explored.matrix.tables) == ["", "h", "g"]
    for layer, units in (("x", 4), ("h", 8), ("g", 6)):
        wire = explored.matrix.tables["" if layer == "x" else layer]
        assert wire["ids"] == [explored.diagram.unit_id(layer, unit) for unit in range(units)]
    explored.matrix.layer = "g"
    expected = nbviz.importance(classifier, X, layer="g", background=BACKGROUND)
    np.testing.assert_array_equal(explored.importance.strength, expected.strength)
    np.testing.assert_array_equal(
        explore(classifier, X, background=BACKGROUND).importance.strength,
        nbviz.importance(classifier, X, background=BACKGROUND).strength,
    )


def test_another_method_is_worked_out_in_the_background_and_replaces_every_table(explored, classifier):
    told = []
    explored.matrix.observe(lambda change: told.append(change["new"]), "busy")
    front_end(explored.matrix, method="gradient")
    assert explored.wait(LONG)
    assert "gradient" in told
    assert "gradient, g" in told
    assert (explored.matrix.busy, explored.matrix.progress) == ("", 0.0)
    assert list(explored.matrix.tables) == ["", "h", "g"]
    for layer in (None, "h", "g"):
        explored.matrix.layer = layer or ""
        expected = nbviz.importance(classifier, X, layer=layer, method="gradient")
        np.testing.assert_allclose(explored.importance.strength, expected.strength, rtol=1e-6)
    assert explored.error is None


def test_the_notebook_goes_on_while_a_method_is_worked_out_and_a_newer_choice_stops_it(explored, monkeypatch):
    begun, go, asked = threading.Event(), threading.Event(), []
    real = explored._panels.tables.asked.importance

    def slowly(method, layer=None, rows=None):
        asked.append((method, layer))
        if method == "gradient":
            begun.set()
            assert go.wait(LONG)
        return real(method, layer, rows)

    monkeypatch.setattr(explored._panels.tables.asked, "importance", slowly)
    front_end(explored.matrix, method="gradient")
    assert begun.wait(LONG)
    assert explored.matrix.busy == "gradient"
    assert not explored.wait(0.01)
    front_end(explored.matrix, method="ablation")
    front_end(explored.matrix, method="smoothgrad")
    front_end(explored.matrix, method="gradient_x_input")
    go.set()
    assert explored.wait(LONG)
    assert {method for method, _ in asked} == {"gradient", "gradient_x_input"}
    assert [layer for method, layer in asked if method == "gradient_x_input"] == [None, "h", "g"]
    assert explored.importance.attrs["method"] == "gradient_x_input"


def test_layers_of_a_method_that_is_no_longer_wanted_are_given_up(classifier, monkeypatch):
    made = explore(classifier, X, Y)
    assert made.wait(LONG)
    begun, go, asked = threading.Event(), threading.Event(), []
    real = made._panels.tables.asked.importance

    def slowly(method, layer=None, rows=None):
        asked.append((method, layer))
        if (method, layer) == ("gradient", "h"):
            begun.set()
            assert go.wait(LONG)
        return real(method, layer, rows)

    monkeypatch.setattr(made._panels.tables.asked, "importance", slowly)
    front_end(made.matrix, method="gradient")
    assert begun.wait(LONG)
    front_end(made.matrix, method="ablation")
    go.set()
    assert made.wait(LONG)
    assert ("gradient", "g") not in asked
    assert {table["title"] for table in made.matrix.tables.values()} == {"Importance by class"}
    assert all("ablation" in table["captions"][0] for table in made.matrix.tables.values())


def test_nobody_waits_for_the_table_of_a_layer_that_could_not_be_worked_out(explored, monkeypatch):
    real = explored._panels.tables.asked.importance

    def fail(method, layer=None, rows=None):
        if layer == "g":
            raise ValueError("of this layer")
        return real(method, layer, rows)

    explored.matrix.layer = "g"
    with monkeypatch.context() as patch:
        patch.setattr(explored._panels.tables.asked, "importance", fail)
        front_end(explored.matrix, method="gradient")
        assert explored.wait(LONG)
    assert explored.error == "A layer's importance could not be worked out: of this layer"
    assert explored.matrix.layer == ""
    assert [choice["key"] for choice in explored.matrix.layers] == ["", "h"]
    front_end(explored.matrix, method="ablation")
    assert explored.wait(LONG)
    assert [choice["key"] for choice in explored.matrix.layers] == ["", "h", "g"]


def test_an_error_in_the_background_is_told_and_what_was_there_stays(explored, monkeypatch):
    def fail(method, layer=None, rows=None):
        raise ValueError("of <b>this</b> method")

    before = explored.importance
    heard = []
    explored.observe(lambda change: heard.append(change["new"]), "error")
    with monkeypatch.context() as patch:
        patch.setattr(explored._panels.tables.asked, "importance", fail)
        front_end(explored.matrix, method="lrp")
        assert explored.wait(LONG)
    assert heard == ["The importance could not be worked out: of <b>this</b> method"]
    assert "&lt;b&gt;this" in explored._note.value
    assert "<b>" not in explored._note.value
    assert explored.importance is before
    assert (explored.matrix.busy, explored.matrix.progress) == ("", 0.0)
    front_end(explored.matrix, method="gradient")
    assert explored.wait(LONG)
    assert explored.error is None


def test_a_method_that_the_picker_lacks_is_worked_out_anew_too(classifier):
    net = mlp(seed=3)
    made = explore(net, X, method="connection_weights")
    assert made.wait(LONG)
    assert made.error is None
    assert made.matrix.method is None
    before = made.importance.strength
    for name in "hgy":
        kernel, bias = net.get_layer(name).get_weights()
        net.get_layer(name).set_weights([2 * kernel, bias])
    made.update()
    assert made.wait(LONG)
    made.matrix.layer = ""
    np.testing.assert_allclose(made.importance.strength, 8 * before, rtol=1e-4)  # three kernels, each doubled


@pytest.mark.parametrize("method", nbviz.METHODS)
def test_every_method_fills_the_matrix(classifier, method):
    made = explore(classifier, X, Y, method=method)
    assert made.wait(LONG)
    assert next(iter(made.matrix.tables)) == ""
    assert made.matrix.tables[""]["rows"] == FEATURES
    assert made.error is None


def test_channels_of_a_convolution_have_a_table_of_what_leaves_them():
    keras.utils.set_random_seed(0)
    parts = [
        Input((6, 6, 2), name="image"),
        layers.Conv2D(4, 3, name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"),
        layers.MaxPooling2D(name="pool"),
        layers.Flatten(),
        layers.Dense(5, activation="relu", name="hidden"),
        layers.Dense(3, activation="softmax", name="y"),
    ]
    model = Sequential(parts)
    x = np.random.default_rng(0).normal(size=(20, 6, 6, 2)).astype("float32")
    explored = explore(model, x)
    assert explored.wait(LONG)
    assert explored.error is None
    assert [choice["key"] for choice in explored.matrix.layers] == ["", "conv", "pool", "hidden"]
    tables = nbviz.layer_importance(model, x)
    for name, last, units in (("conv", "relu", 4), ("pool", "pool", 4)):
        wire = explored.matrix.tables[name]
        assert wire["ids"] == [explored.diagram.unit_id(name, unit) for unit in range(units)]
        explored.matrix.layer = name
        np.testing.assert_allclose(explored.importance.strength, tables[last].strength, rtol=1e-6)
    # independently: |gradient x activation| of a channel, its positions summed
    inner = keras.Model(model.inputs, model.get_layer("relu").output)
    rest = Sequential([Input((4, 4, 4)), *model.layers[3:]])
    import tensorflow as tf

    maps = tf.convert_to_tensor(inner(x))
    with tf.GradientTape() as tape:
        tape.watch(maps)
        z = tf.matmul(Sequential([Input((4, 4, 4)), *model.layers[3:-1]])(maps), rest.layers[-1].kernel)
        wanted = z[:, 1] - tf.reduce_mean(z, axis=1)
    credit = tf.reduce_sum(tape.gradient(wanted, maps) * maps, axis=(1, 2))
    explored.matrix.layer = "conv"
    np.testing.assert_allclose(explored.importance.strength[:, 1], np.abs(credit).mean(axis=0), rtol=1e-4)


def test_channels_before_positions_are_left_out_of_the_tables():
    model = Sequential(
        [
            Input((2, 6, 6), name="image"),
            layers.Conv2D(4, 3, data_format="channels_first", name="conv"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="y"),
        ]
    )
    x = np.random.default_rng(0).normal(size=(20, 2, 6, 6)).astype("float32")
    explored = explore(model, x)
    assert explored.wait(LONG)
    assert [choice["key"] for choice in explored.matrix.layers] == [""]


@pytest.fixture
def few_first(monkeypatch):
    """As with a larger model, or more rows."""
    monkeypatch.setattr(data_tables, "MOST_NUMBERS_FIRST", 1)


def test_a_table_of_a_few_rows_comes_first_and_says_so_and_that_of_all_follows(classifier, few_first, monkeypatch):
    x = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
    go = threading.Event()
    real = DataTables.importance

    def slowly(self, method, layer=None, rows=None):
        assert rows is not None or go.wait(LONG)
        return real(self, method, layer, rows)

    monkeypatch.setattr(DataTables, "importance", slowly)
    made = explore(classifier, x, background=BACKGROUND)
    first = made.matrix.importance
    rows = DataTables(made._data).first_rows("expected_gradients")
    assert len(rows) == 16
    expected = nbviz.importance(classifier, x[rows], background=BACKGROUND)
    np.testing.assert_allclose(first.strength, expected.strength, rtol=1e-6)
    assert caption_text(first.attrs).split("; ")[0].endswith("16 rows: drawn first of 200")
    go.set()
    whole = nbviz.importance(classifier, x, background=BACKGROUND)
    np.testing.assert_allclose(made.importance.strength, whole.strength, rtol=1e-6)  # it is waited for
    assert "rows_name" not in made.importance.attrs
    assert made.wait(LONG)
    assert list(made.matrix.tables) == ["", "h", "g"]


def test_a_page_has_the_tables_of_all_rows_also_while_those_are_worked_out(classifier, few_first, monkeypatch):
    x = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
    monkeypatch.setattr(MatrixTables, "begin", lambda self: None)
    made = explore(classifier, x)
    assert made.matrix.importance.attrs["rows"] == 16
    tables = made._panels.tables.of_all_rows()
    np.testing.assert_allclose(tables[""].strength, nbviz.importance(classifier, x).strength, rtol=1e-6)
    assert list(tables) == ["", "h", "g"]


def test_no_rows_are_drawn_first_where_all_cost_little(classifier):
    made = explore(classifier, X)
    assert DataTables(made._data).first_rows("expected_gradients") is None
    assert made.matrix.importance.attrs["rows"] == len(X)


def test_the_table_that_is_asked_for_is_of_the_model_method_and_rows_of_now():
    model = mlp()
    made = explore(model, X, Y)
    random = np.random.default_rng(1)
    for _ in range(2):
        model.layers[0].kernel.assign(random.normal(size=(4, 8)))
        np.testing.assert_allclose(made.importance.strength, nbviz.importance(model, X).strength, rtol=1e-5)
    model.layers[0].kernel.assign(random.normal(size=(4, 8)))
    made.update()
    np.testing.assert_allclose(made.importance.strength, nbviz.importance(model, X).strength, rtol=1e-5)
    front_end(made.matrix, method="gradient")
    expected = nbviz.importance(model, X, method="gradient").strength
    np.testing.assert_allclose(made.importance.strength, expected, rtol=1e-5)
    made.show_mean(1)
    assert made.importance.attrs["rows"] == (np.asarray(Y) == 1).sum()
    made.show_mean(None)
    assert made.importance.attrs["rows"] == len(X)
    assert made.wait(LONG)
    made.close()

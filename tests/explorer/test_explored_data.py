"""What users hand in as x and names, and what a model says of it."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.explorer.data_tables import DataTables
from nbviz.explorer.explored_data import ExploredData
from nbviz.explorer.given.given_data import GivenData

X = np.random.default_rng(0).normal(size=(30, 4)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 30)
Y[:3] = [0, 1, 2]
NAMES = ["low", "mid", "high"]


def mlp(units, activation=None, inputs=4):
    keras.utils.set_random_seed(1)
    hidden = layers.Dense(5, activation="relu", name="h")
    return Sequential([Input((inputs,), name="x"), hidden, layers.Dense(units, activation=activation, name="y")])


@pytest.fixture(scope="module")
def models():
    x = Input((4,), name="x")
    h = layers.Dense(5, activation="relu", name="h")(x)
    heads = {
        "kind": layers.Dense(3, activation="softmax", name="k")(h),
        "age": layers.Dense(1, name="age")(h),
    }
    return {
        "classes": mlp(3, "softmax"),
        "binary": mlp(1, "sigmoid"),
        "number": mlp(1),
        "numbers": mlp(2),
        "heads": Model(x, heads, name="heads"),
        "list": Model(x, [heads["kind"], heads["age"]], name="list"),
    }


def explored(model, y=None, x=X, seed=0, **given):
    return ExploredData(model, GivenData(x, y, **given), seed)


def test_predictions_of_a_single_sigmoid_are_two_probabilities(models):
    found = explored(models["binary"], Y > 0)
    p = np.asarray(models["binary"](X))
    np.testing.assert_allclose(found.predictions(), np.c_[1 - p, p], atol=1e-6)
    np.testing.assert_allclose(found.predict_flat(X[:2]), np.c_[1 - p, p][:2], atol=1e-6)


def test_predictions_of_a_regression_are_its_outputs(models):
    found = explored(models["number"], np.linspace(-1, 1, 30))
    np.testing.assert_allclose(found.truth, np.linspace(-1, 1, 30))
    np.testing.assert_allclose(found.predictions(), np.asarray(models["number"](X)), atol=1e-6)


def test_of_several_outputs_the_first_is_explored(models):
    found = explored(models["heads"], {"age": Y.astype(float)})
    assert found.answers.is_regression  # a dict of outputs is in the order of its keys: "age" is the first
    assert found.answers.class_names == ["age"]
    np.testing.assert_array_equal(explored(models["heads"], {"age": Y, "kind": Y}).truth, Y)
    with pytest.raises(ValueError, match="which fits 'k' and 'age'; y="):
        explored(models["list"], Y)
    found = explored(models["list"], Y, output="k")
    np.testing.assert_array_equal(found.truth, Y)
    np.testing.assert_allclose(found.predictions(), np.asarray(models["list"](X)[0]), atol=1e-6)
    assert "permutation" not in DataTables(found).methods


def test_the_first_output_is_the_model_s_first_also_where_the_second_leads_to_it():
    x = Input((4,), name="x")
    features = layers.Dense(6, activation="relu", name="features")(x)
    model = Model(x, [layers.Dense(3, activation="softmax", name="kinds")(features), features])
    found = explored(model, Y, class_names=NAMES)
    np.testing.assert_array_equal(found.truth, Y)
    np.testing.assert_allclose(found.predictions(), model.predict(X, verbose=0)[0], atol=1e-6)
    assert found.names_by_layer[1] == {"kinds": NAMES}
    assert DataTables(found).importance("gradient").classes.tolist() == [("kinds", name) for name in NAMES]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"class_names": ["a", "b"]}, "Expected 3 class_names for 'y'. Received 2"),
        ({"background": X[:, :2]}, r"Expected x of shape \(n, 4\)"),
        ({"x": X[:, :2]}, r"Expected x of shape \(n, 4\)"),
        ({"x": X[:0]}, "at least one row"),
        ({"x": X * np.nan}, "Expected finite numbers"),
    ],
)
def test_rows_and_names_that_do_not_fit_are_refused(models, options, words):
    with pytest.raises(ValueError, match=words):
        explored(models["classes"], **options)


def test_a_frame_names_its_features_and_given_names_go_first(models):
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    assert explored(models["classes"], x=frame).feature_names == ["a", "b", "c", "d"]
    assert explored(models["classes"], x=frame, feature_names=list("efgh")).feature_names == list("efgh")
    assert explored(models["classes"]).feature_names == ["x0", "x1", "x2", "x3"]
    features, classes = explored(models["classes"], x=frame, class_names=NAMES).names_by_layer
    assert features == {"x": ["a", "b", "c", "d"]}
    assert classes == {"y": NAMES}


def test_other_tables_are_read_by_the_names_of_the_first(models):
    frame = pd.DataFrame(X, columns=list("abcd"))
    mixed = frame[["d", "b", "a", "c"]]
    for options in ({"x": frame}, {"x": X, "feature_names": list("abcd")}, {"x": mixed, "feature_names": list("abcd")}):
        found = explored(models["classes"], Y, background=mixed, **options)
        np.testing.assert_array_equal(found.x[0], X)
        np.testing.assert_array_equal(found.background[0], X)
        np.testing.assert_array_equal(found.training_rows((mixed, Y)).x, X)
        assert found.feature_names == list("abcd")
    with pytest.raises(ValueError, match=r"columns of training_data named 'a', .*Received none of 'a', and 'q' too"):
        found.training_rows((mixed.rename(columns={"a": "q"}), Y))


def test_of_many_rows_a_thousand_are_drawn_once_and_y_goes_with_them(models):
    x = np.random.default_rng(5).normal(size=(5000, 4)).astype("float32")
    y = np.random.default_rng(6).integers(0, 3, 5000)
    found = explored(models["classes"], y, x=x)
    assert (found.given_rows, len(found.rows), len(np.unique(found.rows))) == (5000, 1000, 1000)
    np.testing.assert_array_equal(found.x[0], x[found.rows])
    np.testing.assert_array_equal(found.truth, y[found.rows])
    np.testing.assert_array_equal(found.flat, x[found.rows])
    np.testing.assert_array_equal(found.rows, explored(models["classes"], x=x).rows)
    assert not np.array_equal(found.rows, explored(models["classes"], x=x, seed=1).rows)
    assert len(found.explainer.background[0]) == 100


def test_labels_of_rows_that_were_not_drawn_count_too(models):
    x = np.zeros((5000, 4), "float32")
    y = np.array(["b"] * 4998 + ["a", "c"])
    found = explored(models["classes"], y, x=x)
    assert found.answers.class_names == ["a", "b", "c"]
    drawn = {"a": 0, "b": 1, "c": 2}
    np.testing.assert_array_equal(found.truth, [drawn[label] for label in y[found.rows]])


def test_rows_of_several_inputs_are_one_table_in_the_order_of_the_model():
    a, b = Input((3,), name="b"), Input((2,), name="a")
    model = Model([a, b], layers.Dense(2, activation="softmax", name="y")(layers.Concatenate()([a, b])))
    one, two = X[:, :3], X[:, 2:]
    found = explored(model, x={"a": two, "b": pd.DataFrame(one, columns=list("pqr"))})
    np.testing.assert_array_equal(found.flat, np.c_[one, two])
    assert found.feature_names == ["p", "q", "r", "x0", "x1"]
    given = found.inputs_of(found.flat[4])
    np.testing.assert_array_equal(given[0], one[4:5])
    np.testing.assert_array_equal(given[1], two[4:5])
    np.testing.assert_allclose(found.predict_flat(found.flat), np.asarray(model([one, two])), atol=1e-6)
    with pytest.raises(ValueError, match=r"Expected feature_names as a dict by input among \['b', 'a'\]"):
        explored(model, x=[one, two], feature_names=list("pqrst"))


@pytest.mark.parametrize("shape", [(6, 6, 1), (5, 2)])
def test_what_is_no_flat_row_has_no_table(shape):
    model = Sequential([Input(shape, name="x"), layers.Flatten(), layers.Dense(3, activation="softmax", name="y")])
    x = np.random.default_rng(0).normal(size=(10, *shape)).astype("float32")
    found = explored(model, Y[:10], x=x)
    assert found.flat is None
    assert len(found.feature_names) == np.prod(shape)
    assert found.explainer.refusal is None
    assert found.images.form.is_sequence == (len(shape) == 2)
    np.testing.assert_allclose(found.predictions(), np.asarray(model(x)), atol=1e-6)


@pytest.mark.parametrize("shape", [(), (1, 1)])
def test_a_single_number_a_row_is_explored_in_whatever_shape_it_comes(shape):
    x = Input((4,), name="x")
    number = layers.Dense(1, name="d")(layers.Dense(5, activation="tanh", name="h")(x))
    model = Model(x, layers.Reshape(shape)(number))
    y = X[:, 0] + X[:, 1]
    found = explored(model, y.reshape(-1, *shape))
    p = model.predict(X, verbose=0).reshape(-1, 1)
    np.testing.assert_allclose(found.predictions(), p, atol=1e-6)
    np.testing.assert_array_equal(found.truth, y)
    plain = explored(Model(x, number), y)
    for method in ("gradient", "permutation"):
        np.testing.assert_allclose(
            DataTables(found).importance(method).strength, DataTables(plain).importance(method).strength, rtol=1e-4
        )
    diagram = NetworkDiagram(model, X)
    np.testing.assert_allclose(diagram.show(3).frames.now().layers[-1].arrays["value"], p[3], atol=1e-6)

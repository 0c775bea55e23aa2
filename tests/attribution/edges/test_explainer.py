import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.attribution.edges.explainer import Explainer
from nbviz.keras_model import ModelReader

X = np.random.default_rng(0).normal(size=(300, 4)).astype("float32")


def mlp(units, activation="softmax", inputs=4, hidden=5):
    keras.utils.set_random_seed(1)
    inside = layers.Dense(hidden, activation="relu", name="h")
    return Sequential([Input((inputs,), name="x"), inside, layers.Dense(units, activation=activation, name="y")])


def explainer(model, background=X, **options):
    return Explainer(ModelReader(model), None if background is None else [background], **options)


def drawn(reader):
    """All units of every layer that has some."""
    return {layer.name: range(layer.units) for layer in reader.architecture.layers if layer.has_units}


def shown(model, x, row=0, **options):
    """(explanation of a row, its explainer)."""
    reader = ModelReader(model)
    made = Explainer(reader, [x])
    return made.explain([x[row : row + 1]], drawn(reader), is_sample=True, **options), made


@pytest.mark.parametrize(
    ("background", "words"), [(None, "without x there is nothing to compare"), (X[:1], "pass background=")]
)
def test_without_rows_to_compare_with_there_are_contributions_and_a_reason(background, words):
    model = mlp(3)
    made = explainer(model, background)
    assert words in made.refusal
    found = made.explain([X[:1]], drawn(ModelReader(model)), is_sample=True)
    assert (found.local, found.paths, found.reason) == (None, {}, made.refusal)
    assert set(found.contributions) == {"h", "y"}
    assert found.covers(0, 1)


def test_the_features_are_those_of_all_inputs_in_the_order_of_the_model():
    a, b = Input((3,), name="b"), Input((2,), name="a")
    model = Model([a, b], layers.Dense(2, activation="softmax", name="y")(layers.Concatenate()([a, b])))
    rows = [X[:, :3], X[:, 2:]]
    diagram = NetworkDiagram(model, rows)
    made = Explainer(ModelReader(model), rows)
    expected = [diagram.unit_id("b", unit) for unit in range(3)] + [diagram.unit_id("a", unit) for unit in range(2)]
    assert list(made.feature_ids) == expected
    found = diagram.explain_at(5)
    assert found.local.values.shape == (5, 2)
    # A linear model: weights times distance from the mean of the background.
    kernel = model.get_layer("y").get_weights()[0]
    kernel = kernel - kernel.mean(axis=1, keepdims=True)
    mean = np.concatenate([part.mean(axis=0) for part in made.background])
    row = np.concatenate([part[5] for part in rows])
    np.testing.assert_allclose(found.local.values, (row - mean)[:, None] * kernel, atol=1e-5)


def test_of_several_outputs_the_classes_of_the_first_are_explained():
    keras.utils.set_random_seed(1)
    x = Input((4,), name="x")
    h = layers.Dense(5, activation="relu", name="h")(x)
    first = layers.Dense(3, activation="softmax", name="first")(h)
    model = Model(x, {"b": layers.Dense(2, name="second")(h), "z": first})
    reader = ModelReader(model)
    name = reader.architecture.outputs[0].name
    made = explainer(model)
    heads = {"first": ("centred logit", 3, np.asarray), "second": ("output", 2, np.asarray)}
    assert (made.output_words, made.classes) == heads[name][:2]
    assert made.first_column == (2 if name == "first" else 0)  # keys are sorted: "b" before "z"
    found = NetworkDiagram(model, X).explain_at(0)
    assert found.local.values.shape == (4, made.classes)
    key = {"first": "z", "second": "b"}[name]
    answer = np.asarray(model(X[:1])[key][0])
    answer = np.log(answer) - np.log(answer).mean() if name == "first" else answer
    np.testing.assert_allclose(found.local.end, answer, atol=1e-5)
    np.testing.assert_allclose(found.paths[name].total, found.local.values, atol=1e-5)


def test_all_paths_are_worked_out_at_once_where_they_are_few():
    found, made = shown(mlp(12), X)
    assert found.features == made.feature_ids
    assert found.path_classes == tuple(range(12))
    assert found.reason is None


def test_of_many_classes_paths_lead_to_the_one_that_is_asked_for():
    model = mlp(13)
    assert shown(model, X)[0].path_classes == (0,)
    found, _ = shown(model, X, class_=7)
    assert found.path_classes == (7,)
    assert found.classes == tuple(range(13))
    np.testing.assert_allclose(found.paths["h"].total[:, 0], found.local.values[:, 7], atol=1e-5)


def test_of_many_features_there_is_the_path_of_the_one_that_is_asked_for():
    x = np.random.default_rng(3).normal(size=(30, 41)).astype("float32")
    model = mlp(3, inputs=41)
    found, made = shown(model, x)
    assert (found.features, found.reason) == ((), None)
    assert found.local.values.shape == (41, 3)
    found, _ = shown(model, x, feature=made.feature_ids[33], class_=1)
    assert found.features == (made.feature_ids[33],)
    np.testing.assert_allclose(found.paths["h"].total[0], found.local.values[33], atol=1e-5)
    assert found.covers(made.feature_ids[33], 2)
    assert not found.covers(made.feature_ids[3], 2)
    # A unit that is no feature has no path of its own.
    assert shown(model, x, feature=43)[0].features == ()


def test_the_two_rows_that_are_compared_are_not_changed():
    x = X[:20].copy()
    shown(mlp(3), x, row=4)
    np.testing.assert_array_equal(x, X[:20])


def test_how_much_is_done_is_told_and_whoever_is_told_may_stop_it():
    told = []
    shown(mlp(3), X, advance=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(share):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        shown(mlp(3), X, advance=stop)

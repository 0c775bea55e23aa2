"""Sequences in an explorer: maps of features and steps, samples explained, whatever their length."""

import numpy as np
import pytest
import traitlets
from keras import Input, Sequential, layers

import nbviz
from tests.explorer.small_classifier import LONG

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 12, 3)).astype("float32")
Y = (X[:, 5, 1] > 0).astype(int)
NAMES = ["heart", "<breath>", "skin"]


def linear(steps=12, features=3, classes=2):
    made = Sequential([Input((steps, features)), layers.Flatten(), layers.Dense(classes, activation="softmax")])
    made.layers[-1].kernel.assign(RANDOM.normal(size=(steps * features, classes)))
    return made


@pytest.fixture(scope="module")
def model():
    return linear()


@pytest.fixture(scope="module")
def credit(model):
    """(rows, steps, features, classes): of a linear model the distance from the mean times the weight."""
    kernel = model.layers[-1].kernel.numpy().astype(float)
    kernel = (kernel - kernel.mean(axis=1, keepdims=True)).reshape(12, 3, 2)
    return (X - X.mean(axis=0, dtype=float))[..., None] * kernel


@pytest.fixture
def explored(model, no_widget_outlives_its_test):
    made = nbviz.explore(model, X, Y, feature_names=NAMES)
    assert made.wait(LONG)
    return made


def arrays_of(wire, numbers):
    return {
        each["key"]: np.frombuffer(numbers, f"<{each['dtype']}", int(np.prod(each["shape"])), each["offset"]).reshape(
            each["shape"]
        )
        for each in wire["arrays"]
    }


def test_features_are_rows_of_the_table_and_lanes_of_the_maps(explored, credit):
    table = explored.importance
    assert list(table.features) == NAMES
    assert [choice["label"] for choice in explored.matrix.layers[:1]] == ["features"]
    np.testing.assert_allclose(table.strength, np.abs(credit.sum(axis=1)).mean(axis=0), rtol=2e-3)
    maps, found = explored.images.maps, arrays_of(explored.images.maps, explored.images.numbers)
    assert maps["plane"] == {
        "lanes": NAMES, "features": [0, 1, 2], "others": 0, "steps": 12, "block": 1, "words": ""
    }  # fmt: skip
    strength = np.abs(credit).mean(axis=0)  # (steps, features, classes)
    shares = strength / strength.sum(axis=(0, 1))
    np.testing.assert_allclose(found["share"], shares.transpose(2, 1, 0), rtol=2e-3)
    assert found["labels"].tolist() == [[0] * 12, [1] * 12, [2] * 12]


def test_a_sample_has_its_series_and_what_each_step_brings(explored, model, credit):
    explored.selected_sample = 7
    assert explored.wait(LONG)
    evidence = explored.evidence.evidence
    found = arrays_of(evidence, explored.evidence.numbers)
    np.testing.assert_allclose(found["values"], credit[7].transpose(2, 1, 0), atol=1e-4)
    np.testing.assert_array_equal(found["series"], X[7].T)
    lows, highs = X.min(axis=(0, 1)), X.max(axis=(0, 1))
    np.testing.assert_allclose(found["height"], ((X[7] - lows) / (highs - lows)).T, atol=1e-6)
    np.testing.assert_allclose(found["regions"], credit[7].sum(axis=0).T, atol=1e-4)
    log_p = np.log(np.asarray(model(X[7:8])))[0]
    np.testing.assert_allclose(found["end"], log_p - log_p.mean(), atol=1e-4)
    np.testing.assert_allclose(found["start"] + found["values"].sum(axis=(1, 2)), found["end"], atol=1e-3)
    np.testing.assert_allclose(explored.waterfall.sample.local.values, credit[7].sum(axis=0), atol=1e-4)
    assert evidence["note"].startswith("With a running kernel a click on a cell lights the path of that step")
    assert explored.sample_picker.pictures == b""


def test_windows_of_steps_may_be_the_rows(model, credit, no_widget_outlives_its_test):
    made = nbviz.explore(model, X, Y, regions="steps")
    assert made.wait(LONG)
    assert made.importance.features[0] == "step 0"
    assert len(made.importance.features) == 10
    assert made.images.maps["plane"]["lanes"] == ["x0", "x1", "x2"]
    first = np.abs(credit[:, 0].sum(axis=1)).mean(axis=0)
    np.testing.assert_allclose(made.importance.strength[0], first, rtol=2e-3)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"feature_names": ["a", "b"]}, r"Expected 3 feature_names, one for each number of a step\. Received 2"),
        ({"regions": (3, 3)}, r'"features", "steps" or whole numbers'),
        ({"image_shape": (12, 4)}, r"multiply to 36"),
        ({"token_names": ["a"]}, r"Expected token_names with a model of one input, of tokens"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_made(model, given, words, no_widget_outlives_its_test):
    with pytest.raises(ValueError, match=words):
        nbviz.explore(model, X, Y, **given)


def test_sequences_without_a_step_are_refused(no_widget_outlives_its_test):
    model = Sequential([Input((None, 3)), layers.GlobalAveragePooling1D(), layers.Dense(2)])
    with pytest.raises(ValueError, match=r"with a step at least\. Received x of shape \(4, 0, 3\)"):
        nbviz.explore(model, np.zeros((4, 0, 3), "float32"), output_kind="logits")


@pytest.mark.parametrize(("steps", "features"), [(1, 8), (9, 200), (10_000, 1)])
def test_short_wide_and_long_sequences_are_drawn_with_what_there_is_room_for(
    steps, features, no_widget_outlives_its_test
):
    inside = [layers.Conv1D(2, 1, activation="relu"), layers.GlobalMaxPooling1D(), layers.Dense(2)]
    model = Sequential([Input((None, features)), *inside])
    x = RANDOM.normal(size=(6, steps, features)).astype("float32")
    made = nbviz.explore(model, x, output_kind="logits")
    made.selected_sample = 2
    assert made.wait(LONG)
    assert made.error is None
    plane = made.images.maps["plane"]
    assert len(plane["lanes"]) == min(features, 24)
    found = arrays_of(made.images.maps, made.images.numbers)
    assert found["share"].shape == (2, min(features, 24), -(-steps // plane["block"]))
    np.testing.assert_allclose(found["share"].sum(axis=(1, 2)), 1, rtol=1e-4)  # whatever is put together
    of_sample = arrays_of(made.evidence.evidence, made.evidence.numbers)
    added = of_sample["start"] + of_sample["values"].sum(axis=(1, 2))
    np.testing.assert_allclose(added, of_sample["end"], atol=0.02 + made.evidence.evidence["gap"])
    assert len(made.evidence.numbers) < 400_000


def test_the_path_of_a_step_adds_up_to_what_it_brings(no_widget_outlives_its_test):
    inside = [layers.Conv1D(4, 3, activation="relu", name="c"), layers.GlobalMaxPooling1D()]
    ends = [layers.Dense(5, activation="relu", name="h"), layers.Dense(2, activation="softmax", name="y")]
    made = nbviz.explore(Sequential([Input((12, 3), name="x"), *inside, *ends]), X, Y, feature_names=NAMES)
    made.selected_sample = 7
    assert made.wait(LONG)
    values = made.diagram.explained.local.values.reshape(12, 3, 2)
    assert made.images.input_unit == made.evidence.input_unit == made.diagram.network["layers"][0]["first_unit"]
    made.diagram.edge_meaning = "path"
    for part, name, credit in (
        (1, "<breath>", values[:, 1].sum(axis=0)),
        (3 + 12 + 5, "step 5 of <breath>", values[5, 1]),
    ):
        made.diagram.selected_part = part
        assert made.wait(LONG)
        found = made.diagram.explained
        assert (found.reason, found.parts[0].name) == (None, name)
        for layer in ("c", "h", "y"):
            np.testing.assert_allclose(found.paths[layer].total[0], credit, atol=1e-4)
    assert made.error is None
    for view in (made.diagram, made.images, made.evidence):  # three features, and 12 x 3 cells
        with pytest.raises(traitlets.TraitError, match=r"^Expected selected_part from 0 to 38 or None\. Received 39"):
            view.selected_part = 39
    assert made.diagram.selected_part == 3 + 12 + 5


def test_out_of_a_loop_no_step_is_followed_and_that_is_said(no_widget_outlives_its_test):
    made = nbviz.explore(Sequential([Input((12, 3)), layers.LSTM(3, name="memory"), layers.Dense(1)]), X, Y / 2)
    made.selected_sample = 7
    assert made.wait(LONG)
    assert made.images.input_unit is None
    note = made.evidence.evidence["note"]
    assert note.startswith("No path is lit from a step: 'memory' goes through all steps in a loop, through which")
    assert made.evidence.evidence["gap"] < 1e-3

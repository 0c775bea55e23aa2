"""The mean over the rows of a class, or of a cell of the confusion matrix."""

import threading

import keras
import numpy as np
import pytest
import traitlets
from keras import Input, Sequential, layers

from nbviz import explore
from nbviz.explorer.comparisons import mean_of_rows
from nbviz.explorer.comparisons.mean_of_rows import MeanOfRows, RowGroup
from tests.explorer.small_classifier import BACKGROUND, LONG, NAMES, X, Y, front_end
from tests.sent_frames import present_frame


def centred(answers):
    logs = np.log(answers)
    return logs - logs.mean(axis=1, keepdims=True)


def cell_with_rows(explored):
    """A confusion that occurs."""
    read = explored.predicted_classes()
    wrong = np.flatnonzero(read != Y)
    return int(Y[wrong[0]]), int(read[wrong[0]])


def check_shown(explored, model, rows):
    """Diagram and waterfall are of the mean over these rows, as Keras says it."""
    x = X.to_numpy()[rows]
    answers = model.predict(x, verbose=0)
    header, arrays = present_frame(explored.diagram)
    assert header["sample"] is None
    hidden = keras.Model(model.inputs, model.get_layer("g").output).predict(x, verbose=0).mean(axis=0)
    drawn = next(layer for layer in explored.diagram.network["layers"] if layer["name"] == "g")
    np.testing.assert_allclose(arrays["layer/g/a"], hidden[drawn["candidates"]], atol=1e-5)
    np.testing.assert_allclose(arrays["layer/y/value"], answers.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(arrays["layer/x/value"], x.mean(axis=0), rtol=1e-5)
    fall = explored.waterfall.sample
    np.testing.assert_allclose(fall.local.end, centred(answers).mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(
        fall.local.start + fall.local.values.sum(axis=0), fall.local.end, atol=0.02
    )  # an integral
    np.testing.assert_allclose(fall.probability, answers.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(fall.feature_values, x.mean(axis=0), rtol=1e-5)
    for words in (header["sample_name"], fall.name, explored.sample_picker.mean_name):
        assert words.startswith(f"mean of {len(rows)} row"), words


def test_a_class_and_a_cell_are_the_means_of_their_rows(explored, classifier):
    before = explored.selected_sample
    explored.show_mean("mid")
    assert explored.wait(LONG)
    assert (explored.mean_of, explored.confusion.mean, explored.selected_sample) == ((1,), [1], None)
    check_shown(explored, classifier, np.flatnonzero(Y == 1))
    true, read = cell_with_rows(explored)
    explored.show_mean(true, NAMES[read])
    assert explored.wait(LONG)
    rows = np.flatnonzero((true == Y) & (explored.predicted_classes() == read))
    check_shown(explored, classifier, rows)
    assert f"true {NAMES[true]}, read as {NAMES[read]}" in explored.sample_picker.mean_name
    explored.show_mean(None)
    assert explored.wait(LONG)
    assert (explored.mean_of, explored.confusion.mean, explored.selected_sample) == (None, None, before)
    assert explored.sample_picker.mean_name == ""
    assert explored.waterfall.sample.name == f"sample {before}"


def test_the_matrix_is_of_these_rows_by_a_closed_form_and_says_so():
    keras.utils.set_random_seed(5)
    model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
    explored = explore(model, X, Y, method="gradient", class_names=NAMES)
    kernel = model.get_weights()[0]
    kernel = np.abs(kernel - kernel.mean(axis=1, keepdims=True))

    def shares(rows):
        strength = kernel * X.to_numpy()[rows].std(axis=0)[:, None]
        return strength / strength.sum(axis=0)

    explored.show_mean("high")
    assert explored.wait(LONG)
    rows = np.flatnonzero(Y == 2)
    np.testing.assert_allclose(explored.importance.to_frame(), shares(rows), atol=1e-4)
    assert f"{len(rows)} rows: high" in explored.matrix.tables[""]["captions"][0]
    assert explored.matrix.floor == "none"
    explored.selected_sample = 3
    assert explored.wait(LONG)
    np.testing.assert_allclose(explored.importance.to_frame(), shares(np.arange(40)), atol=1e-4)
    assert (explored.mean_of, explored.matrix.floor) == (None, "offered")
    explored.close()


def test_the_maps_of_pictures_are_of_these_rows_by_a_closed_form():
    keras.utils.set_random_seed(5)
    model = Sequential([Input((4, 4, 1)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    x, y = np.random.default_rng(2).normal(size=(12, 4, 4, 1)).astype("float32"), np.arange(12) % 3
    explored = explore(model, x, y, method="gradient_x_input", regions=(2, 2))
    kernel = model.get_weights()[0]
    credit = x.reshape(12, 16, 1) * (kernel - kernel.mean(axis=1, keepdims=True))  # to centred logits
    credit = credit.reshape(12, 4, 4, 3)
    explored.show_mean(2)
    for rows in (np.flatnonzero(y == 2), np.arange(12)):
        assert explored.wait(LONG)
        assert explored.error is None
        tables = explored.images.tables
        np.testing.assert_allclose(tables.squares.strength, np.abs(credit[rows]).mean(axis=0), rtol=1e-4)
        halves = credit[rows].reshape(-1, 2, 2, 2, 2, 3).sum(axis=(2, 4)).reshape(-1, 4, 3)
        np.testing.assert_allclose(tables.regions.strength, np.abs(halves).mean(axis=0), rtol=1e-4)
        explored.selected_sample = 3
    explored.close()


def test_a_button_of_the_confusion_matrix_asks_for_a_mean_and_a_row_ends_it(explored, classifier):
    heard = []
    explored.observe(lambda change: heard.append(change.new), "mean_of")
    front_end(explored.confusion, mean=[0])
    assert explored.wait(LONG)
    check_shown(explored, classifier, np.flatnonzero(Y == 0))
    # As a page does whose reader clicks on a row: the picker's link moves the others.
    front_end(explored.diagram, selected_sample=7)
    front_end(explored.confusion, mean=None)
    assert explored.wait(LONG)
    assert heard == [(0,), None]
    assert (explored.selected_sample, explored.waterfall.sample.name) == (7, "sample 7")


def test_the_mean_stands_beside_samples_that_are_compared(explored):
    explored.compared_samples = (3, 5)
    explored.show_mean("low")
    assert explored.wait(LONG)
    columns = explored.comparison.table["columns"]
    assert [column["sample"] for column in columns] == [-1, 3, 5]
    np.testing.assert_allclose(
        explored.comparison.columns[0].explained.local.values, explored.waterfall.sample.local.values
    )


def test_samples_that_are_put_beside_a_mean_do_not_end_it(explored):
    explored.show_mean("mid")
    explored.compared_samples = [3, 4]
    assert explored.wait(LONG)
    assert (explored.mean_of, explored.compared_samples, explored.selected_sample) == ((1,), (3, 4), None)
    names = [column.explained.name for column in explored.comparison.columns]
    assert names[-2:] == ["sample 3", "sample 4"] or names[:2] == ["sample 3", "sample 4"]
    assert any(name.startswith("mean of") for name in names)


def test_a_table_that_a_mean_has_none_of_is_told_as_long_as_the_mean_stands(no_widget_outlives_its_test):
    x = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
    y = np.zeros(40, int)
    y[5], y[6] = 1, 2
    model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    made = explore(model, x, y, method="column_shuffle")
    assert made.wait(LONG)
    made.show_mean(1)  # of one row nothing can be shuffled
    assert made.wait(LONG)
    assert made.error.startswith("The importance could not be worked out")
    made.show_mean(None)
    assert made.wait(LONG)
    assert made.error is None


def test_the_mean_is_of_the_live_model(own):
    net, explored = own
    true, _ = cell_with_rows(explored)
    explored.show_mean(true)
    assert explored.wait(LONG)
    net.set_weights([0.5 * weight + 0.02 for weight in net.get_weights()])
    assert explored.wait(LONG)
    check_shown(explored, net, np.flatnonzero(true == Y))
    true, read = cell_with_rows(explored)
    explored.show_mean(true, read)
    # Weights with which every row is read as its true class, or as one that is none of these: the cell is empty.
    last = net.layers[-1]
    last.set_weights([np.zeros_like(last.get_weights()[0]), np.eye(3)[true] * 5])
    assert explored.wait(LONG)
    assert (explored.mean_of, explored.confusion.mean) == (None, None)


@pytest.mark.parametrize("cell", [("none",), (3,), (-1,), (True,), (0.5,), (0, 9), (0, "none")])
def test_classes_that_there_are_not_are_refused_and_nothing_has_changed(explored, cell):
    before = explored.selected_sample
    with pytest.raises(ValueError, match="Expected a true class"):
        explored.show_mean(*cell)
    assert (explored.mean_of, explored.selected_sample) == (None, before)


def test_a_cell_without_rows_is_refused(explored):
    counts = explored.confusion.counts
    true, read = np.argwhere(counts == 0)[0].tolist() if (counts == 0).any() else (None, None)
    if true is None:
        pytest.fail("Expected a confusion that does not occur.")
    with pytest.raises(ValueError, match="which has none"):
        explored.show_mean(true, read)
    with pytest.raises(traitlets.TraitError, match="Expected a true class"):
        explored.mean_of = "mid"
    assert explored.mean_of is None


def test_without_classes_there_is_no_mean():
    keras.utils.set_random_seed(1)
    model = Sequential([Input((4,)), layers.Dense(1)])
    explored = explore(model, X, X.to_numpy()[:, 0])
    with pytest.raises(ValueError, match="Expected y with classes"):
        explored.show_mean(0)
    explored.close()


def test_of_many_rows_some_are_drawn_and_it_is_said(explored, monkeypatch):
    monkeypatch.setattr(mean_of_rows, "MOST_ROWS", 4)
    group = explored._panels.samples.group([0])
    count = int((Y == 0).sum())
    assert len(group.rows) == 4
    assert set(group.rows) <= set(np.flatnonzero(Y == 0))
    assert group.name == f"mean of 4 of {count} rows, drawn: low"
    assert explored._panels.samples.group([0]).rows.tolist() == group.rows.tolist()


def test_the_background_stays_that_of_all(explored):
    explored.show_mean("low")
    assert explored.wait(LONG)
    answers = centred(explored.diagram.model.predict(explored._data.explainer.background[0], verbose=0))
    np.testing.assert_allclose(explored.waterfall.sample.local.start, answers.mean(axis=0), atol=1e-5)
    assert len(BACKGROUND) > len(explored._data.explainer.background[0])


def test_how_far_a_mean_is_stands_in_its_panel_until_it_is_there(explored):
    said = []
    explored.waterfall.observe(lambda change: said.append(change.new), "busy")
    explored.show_mean("high")
    assert explored.wait(LONG)
    rows = int((Y == 2).sum())
    assert said[0] == f"mean of 0 of {rows} rows: high"
    assert f"mean of {rows} of {rows} rows: high" in said
    assert (said[-1], explored.waterfall.busy) == ("", "")


@pytest.mark.parametrize("ends", ["another row", "close"])
def test_a_mean_that_nobody_wants_any_more_stops_on_its_way(ends):
    begun, goes_on, steps, shown, said = threading.Event(), threading.Event(), [], [], []

    def explain(_group, advance):
        for step in range(1000):
            steps.append(step)
            begun.set()
            assert goes_on.wait(LONG)
            advance(step / 1000)

    made = MeanOfRows(explain, shown.append, said.append, said.append)
    made.ask(RowGroup(np.arange(4), "mean of 4 rows: a", "a"))
    assert begun.wait(LONG)
    if ends == "close":
        threading.Timer(0.05, goes_on.set).start()
        made.close()
    else:
        made.ask(None)
        goes_on.set()
    assert made.wait(LONG)
    assert len(steps) < 1000
    assert (shown, said[-1]) == ([], "")

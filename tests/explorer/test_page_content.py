"""What of an explorer is in a page without a kernel."""

import json
import struct

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import explore
from nbviz.explorer import page_content
from nbviz.explorer.page_content import NOT_HERE, samples_in_order
from tests.explorer.replayed_page import ReplayedPage

LONG = 120
NUMBERS = np.random.default_rng(0)
X = NUMBERS.normal(size=(40, 4)).astype("float32")
Y = (X[:, :3] + 0.5 * NUMBERS.normal(size=(40, 3))).argmax(axis=1)


def header(data):
    (length,) = struct.unpack_from("<I", data)
    return json.loads(data[4 : 4 + length])


def mlp(units=3, activation="softmax"):
    keras.utils.set_random_seed(1)
    hidden = layers.Dense(8, activation="relu", name="h")
    model = Sequential([Input((4,), name="x"), hidden, layers.Dense(units, activation=activation, name="y")])
    model.compile("adam", "sparse_categorical_crossentropy" if activation == "softmax" else "mse")
    return model


@pytest.fixture(scope="module")
def explored():
    model = mlp()
    model.fit(X, Y, epochs=30, verbose=0)
    made = explore(model, X, Y)
    made.selected_sample = 33
    assert made.wait(LONG)
    return made


@pytest.fixture(scope="module")
def content(explored):
    return explored.page_content()


def test_samples_come_in_the_order_in_which_they_are_wanted(explored):
    order = samples_in_order(explored._panels)
    assert sorted(order) == list(range(40))
    wrong = [sample for sample in explored.misread() if sample != 33]
    assert order[: 1 + len(wrong)] == [33, *wrong]
    # Then the classes in turn: among the next of each turn no class comes twice.
    others = order[1 + len(wrong) :]
    given = explored.predicted_classes()
    seen = set(order[: 1 + len(wrong)])
    expected, queues = [], [[int(s) for s in np.flatnonzero(given == c)] for c in range(3)]
    for turn in range(40):
        expected += [queue[turn] for queue in queues if turn < len(queue) and queue[turn] not in seen]
    assert others == expected


def test_without_a_selection_the_misread_come_first():
    made = explore(mlp(), X, Y)
    assert made.wait(LONG)
    made.selected_sample = None
    order = samples_in_order(made._panels)
    assert order[: len(made.misread())] == list(made.misread())
    assert sorted(order) == list(range(40))
    assert made.wait(LONG)


def test_each_sample_has_the_frame_and_explanation_that_the_diagram_would_show(explored, content):
    assert content.driver is explored.diagram
    assert content.moments.keys() == {None, *range(40)}
    for sample in (33, 5, 20):
        shown = content.moments[sample][explored.diagram]
        explored.diagram.show(sample)
        assert explored.wait(LONG)
        assert shown["frame"] == explored.diagram.frame
        assert shown["explanation"] == explored.diagram.explanation
        assert header(shown["frame"])["sample"] == header(shown["explanation"])["sample"] == sample
        assert header(shown["explanation"])["features"] == [0, 1, 2, 3]


def test_each_sample_has_the_waterfall_that_the_explorer_would_show(explored, content):
    for sample in (5, 20):
        explored.diagram.show(sample)
        assert explored.wait(LONG)
        state = content.moments[sample][explored.waterfall]
        assert state["shown"] == explored.waterfall.shown
        assert state["shown"]["sample"] == f"sample {sample}"
        numbers = [np.frombuffer(each, "<f4") for each in (state["numbers"], explored.waterfall.numbers)]
        np.testing.assert_allclose(*numbers, atol=1e-6)


def test_rows_of_every_cell_are_in_the_page_with_what_pushed_them(explored, content):
    found = content.overrides[explored.cell_rows]["found"]
    predicted = explored.predicted_classes()
    assert found.keys() == {f"{truth} {read}" for truth, read in zip(Y, predicted, strict=True)}
    for key, of in found.items():
        truth, read = map(int, key.split())
        assert of["total"] == int(((truth == Y) & (predicted == read)).sum())
        for row in of["rows"]:
            values = explored.diagram.explain_at(row["sample"]).local.values
            change = values[:, read] - values[:, row["other"]]
            largest = np.sort(np.abs(change))[::-1][:3]
            np.testing.assert_allclose([abs(push["change"]) for push in row["pushes"]], largest, atol=1e-5)
            assert row["other"] == truth or truth == read


def test_controls_that_need_the_kernel_are_off_and_what_is_there_is_told(explored, content):
    assert content.overrides[explored.diagram]["available_samples"] == list(range(40))
    assert content.overrides[explored.sample_picker]["available"] == list(range(40))
    assert content.overrides[explored.matrix]["methods"] == []


def test_making_a_page_leaves_the_explorer_as_it_was(explored):
    explored.selected_sample, explored.selected_class = 12, 1
    assert explored.wait(LONG)
    widgets = [explored.diagram, explored.matrix, explored.sample_picker, explored.tabs]
    before = [widget.get_state() for widget in widgets]
    explained, bars = explored.diagram.explained, explored.waterfall.sample.local.values
    explored.page_content()
    assert [widget.get_state() for widget in widgets] == before
    assert explored.diagram.explained is explained
    assert explored.waterfall.sample.local.values is bars
    explored.selected_class, explored.selected_sample = None, 33
    assert explored.wait(LONG)


def test_no_more_samples_are_taken_than_wanted(explored, monkeypatch):
    monkeypatch.setattr(page_content, "MOST_SAMPLES", 7)
    assert list(explored.page_content().moments) == [*samples_in_order(explored._panels)[:7], None]


def test_beyond_the_budget_of_paths_bars_stay_and_the_reason_is_told(explored, content, monkeypatch):
    order = samples_in_order(explored._panels)
    sizes = [len(content.moments[sample][explored.diagram]["explanation"]) for sample in order]
    monkeypatch.setattr(page_content, "PATHS_BUDGET", sum(sizes[:3]))
    found = explored.page_content().moments
    reasons = [header(found[sample][explored.diagram]["explanation"])["reason"] for sample in order]
    assert reasons == [None] * 3 + [NOT_HERE] * 37
    bare = header(found[order[5]][explored.diagram]["explanation"])
    assert (bare["features"], bare["path_classes"]) == ([], [])
    keys = [array["key"] for array in bare["arrays"]]
    assert "values" in keys
    assert any(key.startswith("contribution") for key in keys)
    assert not any(key.startswith("path") for key in keys)


def test_beyond_the_whole_budget_there_are_fewer_samples_but_never_none(explored, content, monkeypatch):
    order = samples_in_order(explored._panels)
    sizes = [sum(map(len, content.moments[sample][explored.diagram].values())) for sample in order]
    monkeypatch.setattr(page_content, "BUDGET", sum(sizes[:4]))
    found = explored.page_content()
    assert list(found.moments) == [*order[:4], None]
    assert found.overrides[explored.diagram]["available_samples"] == sorted(order[:4])
    monkeypatch.setattr(page_content, "BUDGET", 0)
    assert list(explored.page_content().moments) == [*order[:1], None]


def test_a_regression_takes_samples_as_they_come():
    made = explore(mlp(1, None), X, np.linspace(0, 1, 40))
    assert made.wait(LONG)
    assert samples_in_order(made._panels) == list(range(40))
    assert made.waterfall is not None
    assert made.page_content().moments.keys() == {None, *range(40)}


def test_pictures_have_their_evidence_and_no_paths():
    keras.utils.set_random_seed(1)
    model = Sequential([Input((6, 6, 1)), layers.Flatten(), layers.Dense(3, activation="softmax", name="y")])
    made = explore(model, np.random.default_rng(0).random((9, 6, 6, 1)).astype("float32"), np.arange(9) % 3)
    assert made.wait(LONG)
    found = made.page_content()
    assert found.moments.keys() == {None, *range(9)}
    for sample in range(9):
        shown = found.moments[sample]
        assert set(shown) == {made.diagram, made.images, made.evidence, made.waterfall}
        told = header(shown[made.diagram]["explanation"])
        assert told["sample"] == sample
        assert "works out the path of the region" in told["reason"]
        assert shown[made.images]["sample"]["name"] == shown[made.evidence]["evidence"]["name"] == f"sample {sample}"


def test_a_page_has_the_maps_of_each_of_its_samples(of_images):
    content = of_images.page_content()
    assert content.overrides[of_images.tabs]["titles"] == ["Sample", "Weights", "Layers"]
    maps = of_images.layers.maps
    shown = {sample: traits[maps] for sample, traits in content.moments.items() if sample is not None}
    told = {sample: traits["maps"]["sample"] for sample, traits in shown.items()}
    assert len(told) > 5
    assert all(sample == of for sample, of in told.items())
    assert len({traits["numbers"] for traits in shown.values()}) == len(told)
    (choice,) = content.choices
    kernels = of_images._panels.weights.kernels
    assert (choice.control, list(choice.moments)) == (kernels, ["edges", "corners"])
    assert content.overrides[kernels] == {"layers_at_hand": ["edges", "corners"]}


def _asks_for_a_mean(made, cell=(1,)):
    made.show_mean(*cell)
    assert made.wait(LONG)


VIEWS = {
    "no row": lambda made: setattr(made, "selected_sample", None),
    "class and unit": lambda made: [setattr(made, *each) for each in (("selected_class", 1), ("selected_unit", 6))],
    "row of the sliders": lambda made: made.diagram.show(X[3] + 1, name="sample 3, changed"),
    "compared": lambda made: setattr(made, "compared_samples", (3, 5)),
    "mean of a cell": lambda made: _asks_for_a_mean(made, (1, 1)),
    "mean beside samples": lambda made: (setattr(made, "compared_samples", (3, 5)), _asks_for_a_mean(made)),
    "mean by another method": lambda made: (_asks_for_a_mean(made), setattr(made.matrix, "method", "gradient")),
}


@pytest.mark.parametrize("view", VIEWS)
def test_from_whatever_view_the_page_goes_where_the_explorer_goes(explored, view):
    explored.clear()
    explored.selected_sample = 33
    assert explored.wait(LONG)
    VIEWS[view](explored)
    assert explored.wait(LONG)
    page = ReplayedPage(explored)
    assert page.sees(explored.comparison, "compared_samples") == list(explored.compared_samples)
    explored.clear()
    for sample in (9, None):
        explored.selected_sample = sample
        page.select(sample)
        assert explored.wait(LONG)
        assert page.differs() == []
    explored.matrix.method = "expected_gradients"
    assert explored.wait(LONG)


@pytest.mark.parametrize("name", ["explored", "of_images"])
def test_a_page_saved_at_a_mean_is_that_of_the_row_before_it(request, name):
    made = request.getfixturevalue(name)
    made.clear()
    made.selected_sample = 7
    assert made.wait(LONG)
    _asks_for_a_mean(made)
    tables = made.matrix.tables
    page = ReplayedPage(made)
    assert made.matrix.tables is tables  # nothing has changed here
    assert made.mean_of == (1,)
    assert page.content.overrides[made.confusion] == {"offers_mean": False, "mean": None}
    made.clear()
    assert made.wait(LONG)
    assert made.selected_sample == 7
    assert page.differs() == []


def test_a_page_saved_at_a_mean_beside_samples_is_that_of_one_of_these(explored):
    explored.clear()
    explored.selected_sample = 7
    explored.compared_samples = (3, 5)
    explored.selected_sample = 5
    _asks_for_a_mean(explored)
    page = ReplayedPage(explored)
    assert page.sees(explored.diagram, "selected_sample") == page.sees(explored.sample_picker, "selected_sample") == 5
    columns = page.content.overrides[explored.comparison]["table"]["columns"]
    assert [column["sample"] for column in columns][:2] == [3, 5]
    explored.clear()
    assert explored.wait(LONG)


def test_a_page_tells_of_when_the_panels_are_wherever_its_timeline_stands():
    made = explore(mlp(), X, Y)
    made.training.trainer.step("epoch")
    assert made.training.trainer.wait(LONG)
    assert made.wait(LONG)
    pages = []
    for shown in (None, 0):
        made.diagram.shown_frame = shown
        pages.append(ReplayedPage(made))
    last = made.training.recording.moments[-1].step
    for shown in (last, None, 0):
        made.diagram.shown_frame = shown
        for page in pages:
            page.choose(made.diagram, shown)
            assert page.sees(made._note, "value") == made._note.value
        assert ("earlier step" in made._note.value) == (shown is not None)
    made.close()


def test_beside_the_maps_of_a_page_with_a_slider_stands_what_no_threshold_changes(no_widget_outlives_its_test):
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(0).random((12, 4, 4, 1)).astype("float32")
    model = Sequential([Input((4, 4, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    made = explore(model, x, np.arange(12) % 2, class_names=["no", "yes"])
    made.selected_sample = 5
    assert made.wait()
    content = made.page_content()
    assert any(choice.control is made.threshold_curves.slider for choice in content.choices)
    said = {sample: states[made.images]["sample"].get("words") for sample, states in content.moments.items()}
    assert said == {None: None} | {sample: ["true no", "true yes"][sample % 2] for sample in range(12)}
    assert content.overrides[made.images]["sample"]["words"] == "true yes"
    assert "read" in made.images.sample["words"]  # a kernel says it anew
    made.close()

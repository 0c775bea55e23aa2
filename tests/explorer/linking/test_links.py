"""How the panels of an explorer follow each other, without a browser."""

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget_link import Link
from keras import Input, Model, Sequential, layers

from nbviz import explore
from nbviz.attribution.outputs import explained_outputs
from tests.explorer.small_classifier import (
    CLASSES_OF_IMAGES,
    FEATURES,
    IMAGES,
    LONG,
    NUMBERS,
    X,
    bars,
    convnet,
    front_end,
)


def joined(one, other):
    """Names of the traits that the browser links between two views."""
    links = [widget for widget in ipywidgets.widgets.widget._instances.values() if isinstance(widget, Link)]
    return sorted(link.source[1] for link in links if (link.source[0], link.target[0]) == (one, other))


@pytest.mark.parametrize(
    ("name", "value"), [("selected_class", 2), ("selected_unit", 1), ("selected_sample", 7), ("edge_meaning", "path")]
)
def test_observers_hear_what_is_clicked_in_the_diagram(explored, name, value):
    heard = []
    explored.observe(lambda change: heard.append((change["name"], change["new"])), name)
    front_end(explored.diagram, **{name: value})
    assert heard == [(name, value)]
    front_end(explored.diagram, **{name: value})  # the same again is no change
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("name", "value", "views"),
    [
        ("selected_class", 2, ["diagram", "matrix", "waterfall"]),
        ("selected_unit", 1, ["diagram", "matrix", "waterfall"]),
        ("edge_meaning", "path", ["diagram", "matrix", "waterfall"]),
        ("selected_sample", 7, ["diagram", "sample_picker"]),
    ],
)
def test_what_is_set_in_python_reaches_every_view(explored, name, value, views):
    setattr(explored, name, value)
    assert [getattr(getattr(explored, view), name) for view in views] == [value] * len(views)
    if name != "edge_meaning":
        setattr(explored, name, None)
        assert [getattr(getattr(explored, view), name) for view in views] == [None] * len(views)


def test_a_sample_that_is_picked_is_explained(explored):
    before = bars(explored).copy()
    front_end(explored.diagram, selected_sample=11)
    assert explored.wait(LONG)
    np.testing.assert_allclose(bars(explored), explored.diagram.explain_at(11).local.values, atol=1e-6)
    assert not np.allclose(bars(explored), before)
    assert explored.waterfall.shown["sample"] == "sample 11"
    assert "sample 11" in explored.what_if._head.value
    np.testing.assert_allclose(explored.what_if.row, X.to_numpy()[11], rtol=1e-6)


def test_a_slider_shows_a_row_of_nobody_in_the_diagram_and_back(explored, classifier):
    explored.selected_sample = 11
    slider = explored.what_if.sliders.sliders[0]
    feature = explored.what_if.feature
    slider.value = slider.max
    assert explored.wait(LONG)
    row = X.to_numpy()[11].astype(float)
    row[feature] = explored.what_if.row[feature]
    assert row[feature] > X.to_numpy()[11, feature]
    assert explored.selected_sample is None
    assert explored.sample_picker.selected_sample in (11, None)  # in a page, the link of the browser moves it
    end = explained_outputs(classifier).answers([row[None].astype("float32")])[0]
    np.testing.assert_allclose(explored.diagram.explained.local.end, end, atol=1e-5)
    np.testing.assert_allclose(explored.waterfall.sample.local.end, end, atol=1e-5)
    assert explored.waterfall.shown["sample"] == "sample 11, changed"
    explored.what_if.reset()
    assert explored.wait(LONG)
    assert explored.selected_sample == 11
    np.testing.assert_allclose(bars(explored), explored.diagram.explain_at(11).local.values, atol=1e-6)


def test_a_row_that_is_shown_by_its_values_is_the_one_that_sliders_and_waterfall_start_from(explored, classifier):
    row = 2 * X.to_numpy()[:1]
    for _ in range(2):  # the second time after a sample
        explored.selected_sample = 11
        explored.diagram.show(row, name="twice")
        assert explored.wait(LONG)
        np.testing.assert_allclose(explored.what_if.row, row[0], rtol=1e-6)
        end = explained_outputs(classifier).answers([row])[0]
        np.testing.assert_allclose(explored.waterfall.sample.local.end, end, atol=1e-5)
        assert explored.waterfall.shown["sample"] == "twice"
        assert "twice" in explored.what_if._head.value
    explored.what_if.sliders.sliders[0].value = explored.what_if.sliders.sliders[0].max
    assert explored.wait(LONG)
    assert explored.waterfall.shown["sample"] == "twice, changed"
    explored.what_if.reset()
    assert explored.wait(LONG)
    np.testing.assert_allclose(explored.waterfall.sample.local.end, end, atol=1e-5)
    explored.diagram.show(None)
    assert explored.wait(LONG)
    np.testing.assert_allclose(explored.waterfall.sample.local.end, end, atol=1e-5)


def test_the_waterfall_has_the_selection_of_the_diagram_and_knows_the_units_of_its_features(explored):
    assert joined(explored.diagram, explored.waterfall) == ["edge_meaning", "selected_class", "selected_unit"]
    assert explored.waterfall.units == [explored.diagram.unit_id("x", name) for name in FEATURES]


def test_an_error_of_the_edges_is_told(explored, monkeypatch):
    def fail(*args, **options):
        raise ValueError("no slope")

    with monkeypatch.context() as patch:
        patch.setattr("nbviz.attribution.edges.explainer.contributions", fail)
        explored.selected_sample = 20
        assert explored.wait(LONG)
    assert explored.error == "What the edges contribute could not be worked out: no slope"
    explored.selected_sample = 21
    assert explored.wait(LONG)
    assert explored.error is None
    assert explored.waterfall.shown["sample"] == "sample 21"


def test_the_browser_links_unit_sample_and_class(of_images):
    diagram = of_images.diagram
    assert joined(diagram, of_images.weights.kernels) == ["selected_unit"]
    assert joined(diagram, of_images.layers.maps) == ["selected_class", "selected_sample", "selected_unit"]


def test_what_python_selects_reaches_the_tabs(of_images):
    try:
        unit = of_images.diagram.unit_id("corners", 3)
        of_images.selected_unit, of_images.selected_class, of_images.selected_sample = unit, 2, 7
        maps, kernels = of_images.layers.maps, of_images.weights.kernels
        assert (maps.layer, maps.selected_map, maps.selected_class, maps.selected_sample) == ("corners", 3, 2, 7)
        assert (kernels.layer, kernels.selected_filter) == ("corners", 3)
    finally:
        of_images.selected_unit = of_images.selected_class = None


def test_the_tabs_follow_the_weights_when_training_rests():
    model = convnet()
    made = explore(model, IMAGES, CLASSES_OF_IMAGES)
    assert made.wait(LONG)
    kernels, maps = made.weights.kernels.kernels.kernels, made.layers.maps.values
    panels = made.weights.distributions.value
    made.training.trainer.step("epoch")
    assert made.training.trainer.wait(LONG)
    assert made.wait(LONG)
    assert not np.array_equal(made.weights.kernels.kernels.kernels, kernels)
    assert not np.array_equal(made.layers.maps.values, maps)
    assert made.weights.distributions.value != panels
    expected = model.get_layer("edges").get_weights()[0]
    np.testing.assert_array_equal(made.weights.kernels.kernels.kernels, np.moveaxis(expected, -1, 0))


def test_the_weights_know_whether_they_are_seen(of_images):
    try:
        of_images.tabs.selected_index = of_images.tabs.titles.index("Weights")
        assert of_images.weights.is_open
        of_images.tabs.selected_index = 0
        assert not of_images.weights.is_open
    finally:
        of_images.tabs.selected_index = 0


def test_rows_of_the_matrix_keep_their_units_when_a_block_opens():
    """Features and dense units behind a block get other ids when it opens."""
    inner = Sequential([Input((4,)), layers.Dense(5, name="a"), layers.Dense(4, name="b")], name="inner")
    one, two = Input((4,), name="one"), Input((2,), name="two")
    joined_up = layers.Concatenate(name="joined")([inner(one), two])
    hidden = layers.Dense(6, activation="relu", name="hidden")(joined_up)
    model = Model([one, two], layers.Dense(3, activation="softmax", name="answer")(hidden))
    made = explore(model, [NUMBERS.normal(size=(20, size)).astype("float32") for size in (4, 2)])
    assert made.wait(LONG)

    def ids(key):
        return made.matrix.tables[key]["ids"]

    def expected(*layers_of):
        return [made.diagram.unit_id(name, unit) for name, count in layers_of for unit in range(count)]

    assert ids("hidden") == expected(("hidden", 6))
    before = ids("hidden")
    made.diagram.open_block("inner")
    assert ids("hidden") == expected(("hidden", 6)) != before
    assert ids("") == expected(("one", 4), ("two", 2))
    made.diagram.close_block("inner")
    assert ids("hidden") == before

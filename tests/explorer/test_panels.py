"""The weights and layers tabs of an explorer, and how they follow the diagram, without a browser."""

import ipywidgets
import keras
import numpy as np
import pytest
from ipywidgets.widgets.widget_link import Link
from keras import Input, Model, Sequential, layers

from nbviz import explore
from nbviz.explorer.page_content import page_content

LONG = 120
NUMBERS = np.random.default_rng(0)
IMAGES = NUMBERS.normal(size=(30, 6, 6, 1)).astype("float32")
CLASSES = np.arange(30) % 3


def convnet():
    keras.utils.set_random_seed(1)
    model = Sequential(
        [
            Input((6, 6, 1), name="image"),
            layers.Conv2D(4, 3, activation="relu", name="edges"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(5, 2, activation="relu", name="corners"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="answer"),
        ],
        name="small",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def explored():
    made = explore(convnet(), IMAGES, CLASSES, class_names=["low", "mid", "high"])
    assert made.wait(LONG)
    return made


def joined(one, other):
    """Names of the traits that the browser links between two views."""
    links = [widget for widget in ipywidgets.widgets.widget._instances.values() if isinstance(widget, Link)]
    return sorted(link.source[1] for link in links if (link.source[0], link.target[0]) == (one, other))


def test_an_image_classifier_has_kernels_and_maps(explored):
    assert explored.error is None
    assert explored.tabs.titles == ("Sample", "Training", "Weights", "Layers")
    assert explored.weights.kernels.layers == ["edges", "corners"]
    assert explored.layers.maps.layers == ["edges", "pool", "corners"]
    assert explored.layers.maps.selected_sample == explored.selected_sample == explored.misread()[0]
    assert explored.layers.error is None
    assert explored.layers.maps.maps["class_names"][:3] == ["low", "mid", "high"]


def test_the_browser_links_unit_sample_and_class(explored):
    diagram = explored.diagram
    assert joined(diagram, explored.weights.kernels) == ["selected_unit"]
    assert joined(diagram, explored.layers.maps) == ["selected_class", "selected_sample", "selected_unit"]


def test_what_python_selects_reaches_the_tabs(explored):
    try:
        unit = explored.diagram.unit_id("corners", 3)
        explored.selected_unit, explored.selected_class, explored.selected_sample = unit, 2, 7
        maps, kernels = explored.layers.maps, explored.weights.kernels
        assert (maps.layer, maps.selected_map, maps.selected_class, maps.selected_sample) == ("corners", 3, 2, 7)
        assert (kernels.layer, kernels.selected_filter) == ("corners", 3)
    finally:
        explored.selected_unit = explored.selected_class = None


def test_the_tabs_follow_the_weights_when_training_rests():
    model = convnet()
    made = explore(model, IMAGES, CLASSES)
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


def test_the_weights_know_whether_they_are_seen(explored):
    try:
        explored.tabs.selected_index = explored.tabs.titles.index("Weights")
        assert explored.weights.is_open
        explored.tabs.selected_index = 0
        assert not explored.weights.is_open
    finally:
        explored.tabs.selected_index = 0


def test_a_page_has_the_maps_of_each_of_its_samples(explored):
    content = page_content(explored)
    assert content.overrides[explored.tabs]["titles"] == ["Sample", "Weights", "Layers"]
    maps = explored.layers.maps
    told = {sample: traits[maps]["maps"]["sample"] for sample, traits in content.moments.items()}
    assert len(told) > 5
    assert all(sample == of for sample, of in told.items())
    assert len({traits[maps]["numbers"] for traits in content.moments.values()}) == len(told)


def test_a_table_of_numbers_has_weights_and_layers_without_pictures():
    model = Sequential([Input((4,), name="x"), layers.Dense(3, activation="softmax", name="answer")])
    made = explore(model, NUMBERS.normal(size=(20, 4)).astype("float32"))
    assert made.tabs.titles == ("Sample", "What if", "Weights", "Layers")
    assert made.weights.kernels is None
    assert made.layers.maps is None
    assert "4 × 3" in made.weights.distributions.value
    assert made.wait(LONG)


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

"""The layers tab without a browser: the table, and the maps where there are any."""

import re

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz.explorer.layers_tab import LayersTab, table_html
from nbviz.keras_model.layer_table import LayerRow

RNG = np.random.default_rng(0)


def cells(markup):
    """The text of the table, row by row."""
    rows = re.findall(r"<tr>(.*?)</tr>", markup, re.DOTALL)
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


@pytest.fixture(scope="module")
def convnet():
    keras.utils.set_random_seed(0)
    return Sequential(
        [
            Input((6, 6, 1), name="image"),
            layers.Conv2D(3, 3, activation="relu", name="edges"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(4, activation="softmax", name="answer"),
        ],
        name="small",
    )


@pytest.fixture(scope="module")
def x():
    return RNG.normal(size=(5, 6, 6, 1)).astype("float32")


def test_the_table_lists_every_layer(convnet, x):
    tab = LayersTab(convnet, x)
    assert cells(tab.table.value) == [
        ["Layer", "Type", "Output shape", "Parameters", "Activation"],
        ["image", "InputLayer", "6 × 6 × 1", "–", "–"],
        ["edges", "Conv2D", "4 × 4 × 3", "30", "relu"],
        ["pool", "MaxPooling2D", "2 × 2 × 3", "–", "–"],
        ["flat", "Flatten", "12", "–", "–"],
        ["answer", "Dense", "4", "52", "softmax"],
    ]
    assert "5 layers · 82 parameters" in tab.table.value


def test_a_model_with_maps_shows_those_of_the_sample(convnet, x):
    tab = LayersTab(convnet, x, sample=3)
    assert (tab.maps.layer, tab.maps.selected_sample) == ("edges", 3)
    expected = keras.Model(convnet.inputs, convnet.get_layer("edges").output)(x[3:4]).numpy()[0]
    np.testing.assert_allclose(tab.maps.values, expected, atol=1e-5)
    assert list(tab.children) == [tab.maps, tab.table]


def test_a_model_without_maps_has_the_table_alone():
    model = Sequential([Input((4,)), layers.Dense(2)])
    tab = LayersTab(model, np.ones((3, 4), "float32"))
    assert tab.maps is None
    assert tab.error is None
    assert list(tab.children) == [tab.table]


def test_maps_that_cannot_be_worked_out_leave_the_table_and_say_why(convnet, x):
    tab = LayersTab(convnet, x, class_names={"nobody": ["a"]})
    assert tab.maps is None
    assert "Expected class_names by output" in tab.error
    assert "Expected class_names by output" in tab.table.value
    assert len(cells(tab.table.value)) == 6


def test_what_a_page_needs_of_a_sample_is_what_the_maps_would_hold(convnet, x):
    tab = LayersTab(convnet, x, sample=1)
    shown = tab.maps.numbers
    with tab.maps_by_sample() as at:
        found = {sample: at(sample) for sample in (0, 4)}
    assert (tab.maps.numbers, tab.maps.selected_sample) == (shown, 1)
    for sample, values in found.items():
        tab.maps.selected_sample = sample
        assert values["numbers"] == tab.maps.numbers
        assert values["maps"] == tab.maps.maps


def test_maps_that_fail_later_say_why_in_their_place(convnet, x, monkeypatch):
    tab = LayersTab(convnet, x, at_once=False)
    assert tab.maps.values is None

    def broken(*_arguments):
        raise ValueError("No room.")

    monkeypatch.setattr(tab.maps._shown, "read_maps", broken)
    tab.update()
    assert (tab.error, tab.maps.no_maps) == ("No room.", "No room.")
    monkeypatch.undo()
    tab.update()
    assert (tab.error, tab.maps.no_maps) == (None, "")
    assert tab.maps.values.shape == (4, 4, 3)


def test_update_looks_at_the_live_weights(convnet, x):
    model = keras.models.clone_model(convnet)
    tab = LayersTab(model, x)
    before = tab.maps.values.copy()
    kernel, bias = model.get_layer("edges").get_weights()
    model.get_layer("edges").set_weights([kernel, bias + 5])
    tab.update()
    assert (tab.maps.values > before).all()


def row(**changed):
    fields = {
        "path": "a",
        "type": "Dense",
        "shapes": ((3,),),
        "parameters": 8,
        "trained": 8,
        "activation": None,
        "calls": 1,
        "depth": 0,
    }
    return LayerRow(**{**fields, **changed})


def test_frozen_shared_and_unbuilt_layers_say_so():
    rows = [
        row(trained=0),
        row(calls=2),
        row(parameters=None, trained=0),
        row(shapes=((None, 24), (5, 24))),
        row(shapes=()),
        row(shapes=((),)),
    ]
    table = cells(table_html(rows, (10_048, 10_000)))[1:]
    assert table[0][3] == "8 not trained 8"
    assert table[1][0] == "a called 2 times"
    assert table[2][3] == "not built"
    assert [line[2] for line in table[3:]] == ["any × 24 and 5 × 24", "–", "1 number"]
    assert "6 layers · 10\u2009048 parameters, 48 not trained" in table_html(rows, (10_048, 10_000))


def test_a_bar_shows_which_part_of_the_parameters_a_layer_has():
    markup = table_html([row(parameters=0, trained=0), row(parameters=25), row(parameters=None)], (100, 100))
    assert re.findall(r"--share: ([\d.]+)", markup) == ["0.0000", "0.2500", "0.0000"]
    assert "25 % of all parameters" in markup


def test_layers_inside_a_model_are_set_in_and_keep_their_path():
    markup = table_html([row(path="encoder", type="Sequential"), row(path="encoder/code", depth=1)], (8, 8))
    assert cells(markup)[2][0] == "code"
    assert 'title="encoder/code" style="padding-left: 16px"' in markup


def test_names_are_text():
    evil = '<script>alert("x")</script>'
    markup = table_html([row(path=evil, type=evil, activation=evil)], (8, 8))
    assert "<script" not in markup
    assert markup.count("&lt;script&gt;") >= 3

import keras
import numpy as np
import pytest
import traitlets

from nbviz.keras_model.kernel_arrays import kernels
from nbviz.widgets.kernel_grid.kernel_grid import KernelGrid

L = keras.layers


@pytest.fixture
def model():
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            L.Conv2D(4, 3, name="first"),
            L.BatchNormalization(),
            L.Conv2D(6, 3, name="second"),
            L.Flatten(),
            L.Dense(2, name="head"),
        ]
    )


def test_the_first_layer_with_kernels_is_shown(model):
    grid = KernelGrid(model)
    assert grid.layer == "first"
    assert grid.layers == ["first", "second"]
    np.testing.assert_array_equal(grid.kernels.kernels, kernels(model, "first").kernels)
    assert repr(grid).startswith("KernelGrid(Kernels(first: Conv2D")


def test_any_layer_can_be_asked_for(model):
    assert KernelGrid(model, 2).layer == "second"
    assert KernelGrid(model, model.get_layer("second")).layer == "second"
    with pytest.raises(ValueError, match=r"Expected a layer with kernels: 'first', 'second'\. Received 'head'"):
        KernelGrid(model, "head")


def test_a_model_without_kernels_is_no_error():
    grid = KernelGrid(keras.Sequential([keras.Input((3,)), L.Dense(2)]))
    assert (grid.layer, grid.layers, grid.grid, grid.kernels) == ("", [], {}, None)
    assert repr(grid) == "KernelGrid(No kernels: this model has no conv layer.)"
    grid.update()
    with pytest.raises(traitlets.TraitError, match="No kernels: this model has no conv layer"):
        grid.layer = "conv"


def test_another_layer_is_read_and_the_selection_dropped(model):
    grid = KernelGrid(model)
    grid.selected_unit = 3
    assert grid.selected_filter == 3
    grid.layer = "second"
    assert (grid.selected_unit, grid.grid["layer"], grid.grid["filters"]) == (None, "second", 6)
    with pytest.raises(traitlets.TraitError, match="Expected layer among"):
        grid.layer = "head"
    assert grid.layer == "second"


def test_a_page_has_the_layers_that_there_is_room_for(model, monkeypatch):
    grid = KernelGrid(model, "second", first_unit={"first": 3, "second": 7})
    found = grid.page_content()
    (choice,) = found.choices
    assert (choice.control, choice.trait, list(choice.moments)) == (grid, "layer", ["second", "first"])
    assert found.overrides == {grid: {"layers_at_hand": ["first", "second"]}}
    for name, traits in choice.moments.items():
        wire, numbers = traits[grid]["grid"], traits[grid]["numbers"]
        assert (wire["layer"], wire["first_unit"]) == (name, {"first": 3, "second": 7}[name])
        (place,) = (array for array in wire["arrays"] if array["key"] == "kernels")
        sent = np.frombuffer(numbers, "<f4", int(np.prod(place["shape"])), place["offset"]).reshape(place["shape"])
        read = np.moveaxis(kernels(model, name).kernels, -1, 1).reshape(place["shape"])
        np.testing.assert_array_equal(sent, read)
    assert grid.grid["layer"] == "second"
    monkeypatch.setattr("nbviz.widgets.kernel_grid.kernel_grid.PAGE_BYTES", 4 * 6 * 9 * 4)
    assert grid.page_content().choices == ()
    assert KernelGrid(keras.Sequential([keras.Input((3,)), L.Dense(2)])).page_content().choices == ()


def test_ids_of_units_turn_to_their_layer(model):
    grid = KernelGrid(model, first_unit={"first": 10, "second": 14})
    grid.selected_unit = 14 + 5
    assert (grid.layer, grid.selected_filter) == ("second", 5)
    grid.selected_unit = 99
    assert (grid.layer, grid.selected_filter) == ("second", None)
    grid.selected_unit = 10
    assert (grid.layer, grid.selected_filter, grid.selected_unit) == ("first", 0, 10)


def test_update_reads_what_the_model_holds_now(model):
    grid = KernelGrid(model)
    before = grid.numbers
    model.get_layer("first").set_weights([np.ones((3, 3, 3, 4)), np.zeros(4)])
    assert grid.numbers == before
    grid.update()
    assert grid.numbers != before
    assert (grid.kernels.kernels == 1).all()


def test_update_follows_layers_that_come_and_go(model):
    grid = KernelGrid(model, "second")
    grid.selected_unit = 2
    while model.layers[-1].name != "first":
        model.pop()
    grid.update()
    assert (grid.layer, grid.layers, grid.selected_unit) == ("first", ["first"], None)


def test_a_normalization_is_folded_in_where_there_is_one(model):
    grid = KernelGrid(model, fold_batch_norm=True)
    assert grid.grid["folded"] == model.layers[1].name
    grid.layer = "second"
    assert grid.grid["folded"] is None


def test_importance_is_checked_and_sorted_by(model):
    with pytest.raises(ValueError, match=r"Expected importance of shape \(4,\) for 'first'\. Received \(3,\)"):
        KernelGrid(model, importance=[1, 2, 3])
    with pytest.raises(ValueError, match="Expected importance= with a number for each filter"):
        KernelGrid(model, sort="importance")
    grid = KernelGrid(model, importance={"second": np.arange(6)})
    with pytest.raises(traitlets.TraitError, match="for 'first'"):
        grid.sort = "importance"
    assert grid.sort == "index"
    grid.layer = "second"
    grid.sort = "importance"
    grid.layer = "first"
    assert grid.sort == "index"
    grid.set_importance([4, 3, 2, 1])
    grid.sort = "importance"
    assert "importance" in [array["key"] for array in grid.grid["arrays"]]
    grid.set_importance(None)
    assert grid.sort == "index"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"view": "red"}, "Expected view among"),
        ({"scale": "log"}, "Expected scale among"),
        ({"sort": "name"}, "Expected sort among"),
        ({"height": 0}, "Expected height as a whole number of at least 1"),
    ],
)
def test_words_that_are_none_are_refused(model, arguments, words):
    with pytest.raises(ValueError, match=words):
        KernelGrid(model, **arguments)


def test_a_wrapper_keeps_its_name():
    model = keras.Sequential([keras.Input((2, 6, 6, 1)), L.TimeDistributed(L.Conv2D(2, 3), name="timed")])
    grid = KernelGrid(model, "timed")
    assert grid.layer == "timed"
    grid.update()
    assert grid.layer == "timed"


def test_a_wide_layer_is_sent_in_parts_that_can_be_asked_for():
    inputs = keras.Input((3, 3, 600))
    grid = KernelGrid(keras.Model(inputs, L.Conv2D(600, 3)(inputs)))
    assert len(grid.numbers) < 3_000_000
    at_once = grid.grid["sent_channels"]
    grid.first_channel = 300
    assert grid.grid["first_channel"] == 300
    grid.first_channel = 10_000
    assert grid.first_channel == grid.grid["first_channel"] == 600 - at_once
    assert "similarity" not in [array["key"] for array in grid.grid["arrays"]]
    grid.sort = "similarity"
    assert "similarity" in [array["key"] for array in grid.grid["arrays"]]


def test_the_picture_of_a_saved_notebook_shows_the_kernels(model):
    grid = KernelGrid(model)
    data = grid._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert "data:image/png;base64," in data["text/html"]
    assert "first" in data["text/html"]


def test_looking_leaves_the_model_as_it_was(model):
    before = model.get_weights()
    grid = KernelGrid(model, fold_batch_norm=True)
    grid.sort = "similarity"
    grid.update()
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)

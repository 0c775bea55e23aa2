import json
import struct

import keras
import numpy as np
import pytest
import traitlets
from keras import Input, Model, Sequential, layers

from nbviz import NetworkDiagram, Recording
from nbviz.picture.opened_blocks import check_opens, opened_names, still_open, valid_opened
from tests.sent_frames import present_frame


def deep(blocks=9):
    """Blocks of a convolution, a Dense layer over the steps and a sum; 24 hidden units and 3 classes behind them."""
    x = before = Input((6, 4), name="x")
    for number in range(blocks):
        y = layers.Conv1D(4, 3, padding="same", name=f"b{number}_conv")(before)
        y = layers.Dense(4, name=f"b{number}_mix")(y)
        before = layers.Add(name=f"b{number}_add")([before, y])
    y = layers.GlobalAveragePooling1D(name="mean")(before)
    y = layers.Dense(24, activation="relu", name="hidden")(y)
    return Model(x, layers.Dense(3, activation="softmax", name="y")(y), name="deep")


@pytest.fixture
def steps():
    return np.random.default_rng(0).normal(size=(20, 6, 4)).astype("float32")


@pytest.fixture
def folded(steps):
    return NetworkDiagram(deep(), steps)


def drawn(diagram):
    return [layer["name"] for layer in diagram.network["layers"]]


def test_blocks_that_open_are_told_apart_from_layers(folded):
    assert {layer["name"] for layer in folded.network["layers"] if layer["opens"]} == {f"b{n}" for n in range(9)}
    assert folded.network["opened"] == folded.opened == []


def test_an_opened_block_is_drawn_layer_by_layer_with_what_flows_there(folded, steps):
    assert folded.open_block("b4") is folded
    assert drawn(folded)[4:9] == ["b3", "b4_conv", "b4_mix", "b4_add", "b5"]
    inside = {layer["name"]: layer["inside"] for layer in folded.network["layers"]}
    assert [name for name, around in inside.items() if around == "b4"] == ["b4_conv", "b4_mix", "b4_add"]
    assert set(inside.values()) == {"b4", None}
    assert (folded.opened, folded.network["opened"]) == (["b4"], [{"name": "b4", "inside": None}])
    _, arrays = present_frame(folded)
    mix = Model(folded.model.inputs, folded.model.get_layer("b4_mix").output)
    assert arrays["layer/b4_mix/a"] == pytest.approx(mix(steps).numpy().mean((0, 1)), abs=1e-5)


def test_a_closed_block_is_drawn_as_it_was(folded):
    before = {**folded.network, "version": 0}
    folded.open_block("b4").open_block("b2").close_block("b4")
    assert folded.opened == ["b2"]
    folded.close_block()
    assert {**folded.network, "version": 0} == before


@pytest.mark.parametrize("name", ["b4_conv", "none", ""])
def test_what_does_not_open_is_refused_with_what_does(folded, name):
    before = folded.network
    with pytest.raises(ValueError, match=rf"one of \['b0', .*'b8'\]\. Received '{name}'"):
        folded.open_block(name)
    with pytest.raises(traitlets.TraitError, match=f"Received '{name}'"):
        folded.opened = ["b1", name]
    assert (folded.opened, folded.network) == ([], before)


def test_a_network_without_blocks_says_so():
    diagram = NetworkDiagram(Sequential([Input((4,)), layers.Dense(3)]))
    with pytest.raises(ValueError, match=r"no more blocks that open\. Received 'h1'"):
        diagram.open_block("h1")


def test_what_is_not_open_cannot_be_closed(folded):
    folded.open_block("b1")
    with pytest.raises(ValueError, match=r"one of the open blocks \['b1'\]\. Received 'b2'"):
        folded.close_block("b2")


def test_the_browser_opens_by_the_trait_in_whatever_order(folded):
    folded.set_state({"opened": ["b5", "b1", "b5"]})
    assert folded.opened == ["b1", "b5"]
    assert {"b1_conv", "b5_conv"} <= set(drawn(folded))


def test_a_selected_unit_and_class_stay_selected_when_ids_shift(folded):
    folded.selected_unit, folded.selected_class = folded.unit_id("hidden", 20), 2
    before = folded.selected_unit
    folded.open_block("b4")
    # Three layers for one, of which one has four units.
    assert folded.selected_unit == folded.unit_id("hidden", 20) == before + 5
    hidden = next(layer for layer in folded.network["layers"] if layer["name"] == "hidden")
    assert 20 in hidden["candidates"]
    assert folded.selected_class == 2
    folded.close_block()
    assert (folded.selected_unit, folded.selected_class) == (before, 2)


def test_units_whose_numbers_were_wanted_keep_them(folded):
    folded.frames.drawing.pulled.append(folded.unit_id("hidden", 20))
    before = folded.frames.drawing.pulled[0]
    folded.open_block("b4")
    assert folded.frames.drawing.pulled == [folded.unit_id("hidden", 20)] == [before + 5]


def test_what_is_no_longer_drawn_is_no_longer_selected(folded):
    folded.open_block("b4")
    folded.selected_unit = folded.unit_id("b4_mix", 1)
    folded.close_block("b4")
    assert folded.selected_unit is None


def test_closing_a_model_closes_what_is_open_inside(steps):
    x = Input((6, 4), name="x")
    model = Model(x, layers.Dense(2, name="y")(layers.GlobalAveragePooling1D(name="mean")(deep_trunk()(x))))
    diagram = NetworkDiagram(model, steps).open_block("trunk").open_block("trunk/b4")
    assert diagram.network["opened"] == [
        {"name": "trunk", "inside": None},
        {"name": "trunk/b4", "inside": "trunk"},
    ]
    assert "trunk/b4_conv" in drawn(diagram)
    assert diagram.close_block("trunk").opened == []
    with pytest.raises(traitlets.TraitError, match="Received 'trunk/b4'"):
        diagram.opened = ["trunk/b4"]


def deep_trunk():
    whole = deep()
    return Model(whole.inputs, whole.get_layer("b8_add").output, name="trunk")


def test_a_block_stays_open_when_the_model_gets_another_layer(steps):
    whole = deep()
    model = Sequential([Input((6, 4), name="x"), deep_trunk(), *whole.layers[-3:]])
    diagram = NetworkDiagram(model, steps).open_block("trunk").open_block("trunk/b4")
    model.add(layers.Dense(2, name="z"))
    diagram.update()
    assert (diagram.opened, drawn(diagram)[-1]) == (["trunk", "trunk/b4"], "z")
    assert "trunk/b4_conv" in drawn(diagram)


def test_the_selected_class_goes_on_being_explained(folded):
    folded.edge_meaning, folded.selected_class = "contribution", 1
    assert folded.wait(60)
    folded.open_block("b4")
    assert folded.wait(60)
    assert folded.explanation_error is None
    (length,) = struct.unpack_from("<I", folded.explanation)
    assert json.loads(folded.explanation[4 : 4 + length])["version"] == folded.network["version"]


def history_of(diagram):
    (length,) = struct.unpack_from("<I", diagram.history)
    return json.loads(diagram.history[4 : 4 + length])


@pytest.fixture
def recorded(steps):
    """A diagram that shows the recording of its model's training, and a function that trains an epoch."""
    model, answer = deep(), np.arange(20) % 3
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)  # to trace it would take longer
    diagram = NetworkDiagram(model, steps)
    recording = Recording(model, steps, answer, diagram=diagram, every_batches=1)
    diagram.show_history(recording)

    def train(*callbacks):
        options = {"epochs": 1, "batch_size": 5, "verbose": 0}
        model.fit(steps, answer, callbacks=[recording.callback(), *callbacks], **options)

    return diagram, recording, train


def test_a_history_is_that_of_the_picture_whatever_is_opened(recorded):
    diagram, recording, train = recorded
    train()
    for name in ("b4", "b5"):
        diagram.opened = [name]
        history = history_of(diagram)
        assert history["version"] == diagram.network["version"]
        assert len(history["moments"]) == len(recording.moments) == 5
        for moment in history["moments"]:
            assert len(moment["frame"]["connections"]) == len(diagram.network["connections"])
            assert len(moment["frame"]["layers"]) == len(diagram.network["layers"])


def test_a_block_opened_while_the_model_trains_shows_what_flows_from_then_on(recorded):
    diagram, recording, train = recorded

    class Opens(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                diagram.set_state({"opened": ["b4"]})

    train(Opens())
    assert len(recording.moments) == 5
    assert "b4_mix" in recording.moments[-1].activations
    history = history_of(diagram)
    assert (history["version"], len(history["moments"])) == (diagram.network["version"], 5)


def test_a_recording_of_opened_blocks_is_read_by_a_picture_without_them(recorded, tmp_path):
    diagram, recording, train = recorded
    diagram.open_block("b4")
    train()
    recording.save(tmp_path / "run.npz")
    again = deep()
    again.compile("sgd", "sparse_categorical_crossentropy")
    read = Recording.load(tmp_path / "run.npz", again)
    assert [moment.step for moment in read.moments] == [moment.step for moment in recording.moments]
    assert read.moments[-1].activations.keys() == recording.moments[-1].activations.keys() != set()


def test_closing_all_or_one_leaves_what_is_opened_elsewhere(folded):
    architecture = folded.frames.reading(["b4", "b7"]).architecture
    assert opened_names(architecture) == ["b4", "b7"]
    assert still_open(architecture, "b4") == ["b7"]
    assert still_open(architecture, None) == []


def test_what_is_valid_is_told_in_the_order_of_the_picture_which_stays_as_it_is(folded):
    assert valid_opened(folded.frames, ["b7", "b4"]) == ["b4", "b7"]
    assert opened_names(folded.architecture) == []
    check_opens(folded.frames, "b4")
    with pytest.raises(ValueError, match=r"Expected a block that opens, one of .*'b0'.* Received 'hidden'"):
        check_opens(folded.frames, "hidden")

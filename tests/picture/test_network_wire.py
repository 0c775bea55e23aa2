"""Frames are read by a decoder of their own, written from the description of the format alone."""

import json
import struct

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.health import Badge
from nbviz.picture import network_wire as wire
from nbviz.picture.fold import fold
from nbviz.picture.frame import Progress, Signals
from nbviz.picture.frame_wire import ConnectionFrameWire, FrameWire, LayerFrameWire, frame_bytes
from nbviz.picture.layout import layout
from nbviz.picture.make_frame import make_frame
from nbviz.picture.network_wire import network_wire


def refuse(word):
    raise AssertionError(f"{word} is no JSON")


def decode(network, frame):
    """(header, key -> array) of a frame."""
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length].decode(), parse_constant=refuse)
    arrays = {}
    for place in network["arrays"]:
        kind = {"f4": "<f4", "i4": "<i4", "u1": "u1"}[place["dtype"]]
        count = int(np.prod(place["shape"]))
        arrays[place["key"]] = np.frombuffer(frame, kind, count, 4 + length + place["offset"]).reshape(place["shape"])
    return header, arrays


def mlp(*units):
    keras.utils.set_random_seed(1)
    hidden = [layers.Dense(n, activation="relu", bias_initializer="normal") for n in units[1:-1]]
    head = layers.Dense(units[-1], activation="softmax", bias_initializer="normal")
    return Sequential([Input((units[0],), name="x"), *hidden, head])


def data(model, rows=30):
    return np.random.default_rng(0).normal(size=(rows, model.input_shape[-1])).astype("float32")


@pytest.fixture(scope="module")
def folded():
    """A folded network with data, its diagram, header and arrays."""
    model = mlp(50, 70, 600, 45)
    diagram = NetworkDiagram(model, data(model), max_units=8)
    return model, diagram, *decode(diagram.network, diagram.frame)


def test_the_frame_is_as_long_as_its_arrays_say(folded):
    _, diagram, _, arrays = folded
    (length,) = struct.unpack_from("<I", diagram.frame)
    padded = sum(-(-array.nbytes // 8) * 8 for array in arrays.values())
    assert len(diagram.frame) == 4 + length + padded


def test_every_array_starts_at_a_multiple_of_eight_bytes_and_none_overlap(folded):
    _, diagram, _, arrays = folded
    (length,) = struct.unpack_from("<I", diagram.frame)
    assert (4 + length) % 8 == 0
    end = 0
    for place in diagram.network["arrays"]:
        assert place["offset"] % 8 == 0
        assert place["offset"] >= end
        end = place["offset"] + arrays[place["key"]].nbytes


def test_kernels_and_biases_are_the_models_own_bit_for_bit(folded):
    model, diagram, _, arrays = folded
    network = diagram.network
    for index, (connection, layer) in enumerate(zip(network["connections"], model.layers, strict=True)):
        source, target = (network["layers"][connection[end]] for end in ("source", "target"))
        kernel, bias = layer.get_weights()
        expected = kernel[np.ix_(source["candidates"], target["candidates"])]
        assert arrays[f"connection/{index}/kernel"].tobytes() == expected.tobytes()
        assert arrays[f"layer/{target['name']}/bias"].tobytes() == bias[target["candidates"]].tobytes()


def test_the_formula_adds_up_to_the_models_own_z(folded):
    model, diagram, _, arrays = folded
    x = data(model)
    entering = x
    for wired, layer, index in zip(diagram.network["layers"][1:], model.layers, range(3), strict=True):
        kernel, bias = layer.get_weights()
        z = (entering.astype(float) @ kernel.astype(float) + bias).mean(axis=0)
        units = wired["candidates"]
        name = f"layer/{wired['name']}"
        assert arrays[f"{name}/z"] == pytest.approx(z[units], abs=1e-5)
        assert arrays[f"connection/{index}/in_sum_a"] + arrays[f"{name}/bias"] == pytest.approx(z[units], abs=1e-5)
        mean = entering.mean(axis=0)
        for place, unit in enumerate(units):
            sources = arrays[f"{name}/term_unit"][place]
            np.testing.assert_array_equal(arrays[f"{name}/term_w"][place], kernel[sources, unit])
            assert arrays[f"{name}/term_a"][place] == pytest.approx(mean[sources], abs=1e-6)
            listed = set(sources.tolist())
            rest = sum(float(kernel[i, unit]) * float(mean[i]) for i in range(len(kernel)) if i not in listed)
            terms = float((arrays[f"{name}/term_w"][place] * arrays[f"{name}/term_a"][place]).sum())
            assert terms + rest + float(bias[unit]) == pytest.approx(arrays[f"{name}/z"][place], abs=1e-5)
        answer = keras.ops.convert_to_numpy(layer(entering))
        assert arrays[f"{name}/a"] == pytest.approx(answer.mean(axis=0)[units], abs=1e-6)
        entering = answer


def test_ids_run_over_all_units_of_all_layers(folded):
    wired = folded[1].network["layers"]
    assert [layer["first_unit"] for layer in wired] == [0, 50, 120, 720]
    assert [layer["units"] for layer in wired] == [50, 70, 600, 45]


def test_places_are_one_more_than_shown_where_there_is_a_rest_node(folded):
    for layer in folded[1].network["layers"]:
        assert len(layer["y"]) == len(layer["shown"]) + (len(layer["shown"]) < layer["units"])


def test_the_network_is_plain_json(folded):
    diagram = folded[1]
    assert json.loads(json.dumps(diagram.network, allow_nan=False)) == diagram.network


def fields(hint):
    return set(hint.__annotations__)


def test_what_is_sent_has_just_the_fields_of_the_wire_types(folded):
    _, diagram, header, _ = folded
    network = diagram.network
    assert set(network) == fields(wire.NetworkWire)
    assert set(header) == fields(FrameWire)
    for items, hint in [
        (network["layers"], wire.LayerWire),
        (network["connections"], wire.ConnectionWire),
        (network["arrays"], wire.ArrayWire),
        (header["layers"], LayerFrameWire),
        (header["connections"], ConnectionFrameWire),
    ]:
        assert items
        assert all(set(item) == fields(hint) for item in items)


def test_a_frame_repeats_the_version_of_its_network(folded):
    model = folded[0]
    diagram = NetworkDiagram(model, max_units=8)
    assert decode(diagram.network, diagram.frame)[0]["version"] == diagram.network["version"]
    before = diagram.network["version"]
    diagram.rerank()
    assert diagram.network["version"] > before
    assert decode(diagram.network, diagram.frame)[0]["version"] == diagram.network["version"]


def test_array_shapes_are_those_the_format_names(folded):
    _, diagram, _, arrays = folded
    network = diagram.network
    for layer in network["layers"]:
        n = len(layer["candidates"])
        shapes = {
            "a": (n,), "value": (n,), "z": (n,), "bias": (n,), "share": (n,), "cells": (layer["cells"],),
            "term_unit": (n, 5), "term_w": (n, 5), "term_a": (n, 5),
        }  # fmt: skip
        found = {
            key.rsplit("/", 1)[1]: a.shape for key, a in arrays.items() if key.startswith(f"layer/{layer['name']}/")
        }
        assert found == {key: shapes[key] for key in found}
    for index, connection in enumerate(network["connections"]):
        s, t = (len(network["layers"][connection[end]]["candidates"]) for end in ("source", "target"))
        shapes = {"kernel": (s, t), "input": (s,), "sd": (s,), "in_sum": (t,), "in_sum_a": (t,), "out_sum": (s,)}
        assert {key: arrays[f"connection/{index}/{key}"].shape for key in shapes} == shapes


def test_a_network_with_nan_weights_is_still_json_and_says_nan_in_the_arrays():
    model = mlp(4, 5, 3)
    kernel, bias = model.layers[0].get_weights()
    kernel[0, 0] = np.nan
    model.layers[0].set_weights([kernel, bias])
    diagram = NetworkDiagram(model, data(model))
    header, arrays = decode(diagram.network, diagram.frame)
    assert np.isnan(arrays["connection/0/kernel"]).sum() == 1
    assert [(badge["kind"], badge["layer"], badge["units"]) for badge in header["badges"]] == [("nan", 1, [0])]
    assert header["connections"][0]["sum_a"] is None


def test_without_data_unknown_numbers_are_nan_in_arrays_and_null_in_the_header():
    model = mlp(4, 5, 3)
    diagram = NetworkDiagram(model)
    header, arrays = decode(diagram.network, diagram.frame)
    assert diagram.network["samples"] == 0
    assert header["sample_name"] is None
    assert [layer["a_sum"] for layer in header["layers"]] == [None] * 3
    assert np.isnan(arrays["connection/0/input"]).all()
    assert np.isnan(arrays[f"layer/{model.layers[0].name}/term_a"][:, :4]).all()
    assert not any(connection["scaled_by_sd"] for connection in diagram.network["connections"])


HOSTILE = '</script><img src=x onerror=alert(1)>"\\\u2028🐈'


def by_hand(**options):
    architecture = Architecture(
        HOSTILE,
        (
            Layer("x", "input", "InputLayer", (2,), 2),
            Layer(HOSTILE, "dense", "Dense", (2,), 2, output="linear", notes=(HOSTILE,)),
        ),
        (Connection("x", HOSTILE, "kernel", 4),),
    )
    folds = {layer.name: fold(np.ones(2), 2) for layer in architecture.layers}
    weights = {HOSTILE: (np.arange(4, dtype="float32").reshape(2, 2), None)}
    frame = make_frame(architecture, folds, weights, Signals(), **options)
    network = network_wire(
        architecture,
        folds,
        layout(architecture, dict.fromkeys(folds, 2), 480),
        frame,
        version=7,
        unit_names={"x": [HOSTILE, ""]},
        score="s",
        samples=0,
        faces=False,
    )
    return architecture, frame, network


def test_any_text_arrives_as_it_was():
    architecture, frame, network = by_hand(
        sample_name=HOSTILE, badges=(Badge("dead", HOSTILE, (1,), HOSTILE, HOSTILE),)
    )
    header, arrays = decode(network, frame_bytes(frame, architecture, 7))
    assert network["layers"][0]["unit_names"] == [HOSTILE, ""]
    assert network["layers"][1]["notes"] == [HOSTILE]
    assert (header["sample_name"], header["badges"][0]["text"]) == (HOSTILE, HOSTILE)
    assert arrays[f"layer/{HOSTILE}/term_unit"].shape == (2, 5)


@pytest.mark.parametrize("length", range(8))
def test_the_payload_is_aligned_whatever_the_length_of_the_header(length):
    architecture, frame, network = by_hand(sample_name="a" * length)
    sent = frame_bytes(frame, architecture, 7)
    (header_length,) = struct.unpack_from("<I", sent)
    assert (4 + header_length) % 8 == 0
    assert decode(network, sent)[1]["connection/0/kernel"].tolist() == [[0, 1], [2, 3]]


def test_the_progress_of_training_is_in_the_header():
    architecture, frame, network = by_hand(progress=Progress(True, 3, 17, 812.5))
    header, _ = decode(network, frame_bytes(frame, architecture, 7))
    found = {key: header[key] for key in ("training", "epoch", "batch", "updates_per_second")}
    assert found == {"training": True, "epoch": 3, "batch": 17, "updates_per_second": 812.5}

import json

from nbviz.network.health import Badge
from nbviz.picture import network_wire as wire
from nbviz.picture.frame_wire import ConnectionFrameWire, FrameWire, LayerFrameWire, frame_bytes
from tests.picture.frames import HOSTILE, by_hand
from tests.sent_frames import read_frame


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


def test_any_text_arrives_as_it_was():
    architecture, frame, network = by_hand(
        sample_name=HOSTILE, badges=(Badge("dead", HOSTILE, (1,), HOSTILE, HOSTILE),)
    )
    header, arrays = read_frame(network, frame_bytes(frame, architecture, 7))
    assert network["layers"][0]["unit_names"] == [HOSTILE, ""]
    assert network["layers"][1]["notes"] == [HOSTILE]
    assert (header["sample_name"], header["badges"][0]["text"]) == (HOSTILE, HOSTILE)
    assert arrays[f"layer/{HOSTILE}/term_unit"].shape == (2, 5)

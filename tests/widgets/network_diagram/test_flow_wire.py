"""Explanations are read by a decoder of their own, written from the description of the format alone."""

import json
import struct
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.attribution.edges.edge_flow import EdgeFlow
from nbviz.attribution.edges.explanation import Explanation
from nbviz.widgets.network_diagram.flow_wire import explanation_bytes

X = np.random.default_rng(0).normal(size=(30, 5)).astype("float32")


def refuse(word):
    raise AssertionError(f"{word} is no JSON")


def decode(data):
    """(header, key -> array) of an explanation."""
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length].decode(), parse_constant=refuse)
    arrays, end = {}, 4 + length
    for place in header["arrays"]:
        kind = {"f4": "<f4", "i2": "<i2", "i4": "<i4"}[place["dtype"]]
        count = int(np.prod(place["shape"]))
        start = 4 + length + place["offset"]
        # Typed arrays of the browser begin at multiples of their size.
        assert start % 8 == 0
        assert start >= end
        arrays[place["key"]] = np.frombuffer(data, kind, count, start).reshape(place["shape"])
        end = start + count * np.dtype(kind).itemsize
    assert len(data) == -(-end // 8) * 8
    return header, arrays


def edges_of(arrays, key):
    """What the browser makes of 16-bit shares."""
    return arrays[f"{key}/edges"] / 32767 * arrays[f"{key}/scale"][..., None, None]


def mlp(*units, activation="relu"):
    keras.utils.set_random_seed(1)
    hidden = [layers.Dense(n, activation=activation, bias_initializer="normal") for n in units[1:-1]]
    return Sequential([Input((units[0],), name="x"), *hidden, layers.Dense(units[-1], activation="softmax")])


@pytest.fixture(scope="module")
def sent():
    """(diagram, explanation of row 3, header, arrays) of a folded network."""
    diagram = NetworkDiagram(mlp(5, 40, 30, 3), X, max_units=6)
    found = diagram.explain_at(3)
    return diagram, found, *decode(diagram.explanation_wire(found, 3))


def test_the_header_says_what_was_explained(sent):
    diagram, found, header, _ = sent
    arrays = header.pop("arrays")
    assert header == {
        "version": diagram.network["version"],
        "sample": 3,
        "sample_name": "sample 3",
        "signed": True,
        "classes": [0, 1, 2],
        "features": [0, 1, 2, 3, 4],
        "path_classes": [0, 1, 2],
        "reason": None,
        "output": "centred logit",
        "over": None,
        "feature_ids": [0, 1, 2, 3, 4],
        "parts": [],
    }
    assert list(found.features) == [diagram.unit_id("x", unit) for unit in range(5)]
    assert [place["key"] for place in arrays if place["key"].endswith("edges")] == [
        f"{kind}/{index}/edges" for index in range(3) for kind in ("contribution", "path")
    ]
    header["arrays"] = arrays


@pytest.mark.parametrize("index", [0, 1, 2])
def test_contributions_arrive_within_half_a_step_of_their_scale(sent, index):
    diagram, found, _, arrays = sent
    layer = diagram.network["connections"][index]["target"]
    flow = found.contributions[diagram.network["layers"][layer]["name"]]
    received = edges_of(arrays, f"contribution/{index}")
    scale = np.abs(flow.edges).max(axis=(1, 2))
    np.testing.assert_allclose(arrays[f"contribution/{index}/scale"], scale, rtol=1e-6)
    assert (np.abs(received - flow.edges) <= (0.5 / 32767 + 1e-6) * scale[:, None, None]).all()
    for part in ("into", "out_of", "total", "absolute"):
        np.testing.assert_allclose(arrays[f"contribution/{index}/{part}"], getattr(flow, part), rtol=1e-6)


@pytest.mark.parametrize("index", [1, 2])
def test_paths_arrive_within_half_a_step_of_their_scale(sent, index):
    diagram, found, _, arrays = sent
    layer = diagram.network["connections"][index]["target"]
    flow = found.paths[diagram.network["layers"][layer]["name"]]
    scale = np.abs(flow.edges).max(axis=(2, 3))
    assert (scale > 0).all()
    received = edges_of(arrays, f"path/{index}")
    assert received.shape == flow.edges.shape
    assert (np.abs(received - flow.edges) <= (0.5 / 32767 + 1e-6) * scale[..., None, None]).all()
    for part in ("into", "out_of", "total"):
        np.testing.assert_allclose(arrays[f"path/{index}/{part}"], getattr(flow, part), rtol=1e-6)
    assert np.isnan(arrays[f"path/{index}/absolute"]).all()


def by_hand(model, row, to):
    """(activations a w g of the head, [what each unit of the two hidden layers hands on]) towards a class."""
    kernels = [layer.get_weights()[0].astype(float) for layer in model.layers]
    biases = [layer.get_weights()[1].astype(float) for layer in model.layers]
    first = np.maximum(row @ kernels[0] + biases[0], 0)
    second = np.maximum(first @ kernels[1] + biases[1], 0)
    slope = kernels[2][:, to] - kernels[2].mean(axis=1)
    return [first * (kernels[1] @ (slope * (second > 0))), second * slope]


def test_units_are_told_that_hand_on_most_to_each_class_best_first_and_what_they_carry(sent):
    diagram, _, _, arrays = sent
    for to in range(3):
        for index, handed in zip((1, 2), by_hand(diagram.model, X[3].astype(float), to), strict=True):
            expected = np.argsort(-np.abs(handed), kind="stable")[:6]
            assert arrays[f"contribution/{index}/units"][to].tolist() == expected.tolist()
            share = np.abs(handed[expected]).sum() / np.abs(handed).sum()
            assert arrays[f"contribution/{index}/share"][to] == pytest.approx(share, rel=1e-5)
    assert "contribution/0/units" not in arrays  # all features are drawn
    assert "contribution/3/units" not in arrays


def test_edges_are_those_between_the_units_of_each_class(sent):
    diagram, _, _, arrays = sent
    kernel = diagram.model.layers[-1].get_weights()[0]
    entering = np.asarray(diagram.model.layers[1](diagram.model.layers[0](X[3:4])))[0]
    units = arrays["contribution/2/units"]
    # By hand: a w g of the head, whose slope is known.
    expected = np.stack(
        [np.einsum("i,ij,j->ij", entering[units[to]], kernel[units[to]], (np.eye(3) - 1 / 3)[to]) for to in range(3)]
    )
    np.testing.assert_allclose(edges_of(arrays, "contribution/2"), expected, atol=2e-5 * np.abs(expected).max())
    assert arrays["path/2/units"].shape == (5, 3, 6)
    assert arrays["path/2/edges"].shape == (5, 3, 6, 3)


def test_into_the_first_layer_each_feature_sends_its_own_row_alone(sent):
    _, found, _, arrays = sent
    flow = next(iter(found.paths.values()))
    received = arrays["path/0/edges"]
    assert received.shape == (5, 3, 1, flow.edges.shape[3])
    own = np.stack([flow.edges[feature, :, feature] for feature in range(5)])
    assert (np.abs(edges_of(arrays, "path/0")[:, :, 0] - own) <= 2e-5 * np.abs(own).max(axis=2, keepdims=True)).all()


def test_where_a_feature_leaves_by_more_than_one_unit_all_rows_are_sent():
    keras.utils.set_random_seed(1)
    # A softmax of the inputs: each of them moves all four.
    model = Sequential([Input((4,), name="x"), layers.Softmax(), layers.Dense(3, activation="softmax", name="y")])
    diagram = NetworkDiagram(model, X[:, :4])
    found = diagram.explain_at(0)
    _, arrays = decode(diagram.explanation_wire(found, 0))
    flow = found.paths["y"]
    assert (np.abs(flow.edges).sum(axis=3) > 0).all()
    received = edges_of(arrays, "path/0")
    np.testing.assert_allclose(received, flow.edges, atol=2e-5 * np.abs(flow.edges).max())
    np.testing.assert_allclose(received.sum(axis=(2, 3)), found.local.values, atol=1e-4 * np.abs(flow.edges).max())


def test_where_the_source_has_no_units_its_edges_are_one_row_of_sums():
    keras.utils.set_random_seed(1)
    model = Sequential(
        [
            Input((5,), name="x"),
            layers.Dense(6, activation="relu", name="h"),
            layers.Reshape((3, 2)),
            layers.LSTM(2),
            layers.Dense(3, activation="softmax", name="y"),
        ]
    )
    diagram = NetworkDiagram(model, X)
    found = diagram.explain_at(0)
    _, arrays = decode(diagram.explanation_wire(found, 0))
    index = next(i for i, each in enumerate(diagram.network["connections"]) if each["kind"] == "norm")
    received = edges_of(arrays, f"path/{index}")
    assert received.shape == (5, 3, 1, 3)
    flow = found.paths["y"]
    np.testing.assert_allclose(received[:, :, 0], flow.into, atol=2e-5 * np.abs(flow.into).max())
    np.testing.assert_allclose(arrays[f"path/{index}/out_of"][..., 0], flow.total, rtol=1e-6)
    np.testing.assert_allclose(arrays[f"path/{index}/total"], found.local.values, atol=1e-5)


def test_behind_channels_a_path_has_an_edge_from_each_of_them():
    keras.utils.set_random_seed(1)
    model = Sequential(
        [
            Input((5,), name="x"),
            layers.Dense(6, activation="relu", name="h"),
            layers.Reshape((3, 2)),
            layers.Conv1D(2, 2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="y"),
        ]
    )
    diagram = NetworkDiagram(model, X)
    found = diagram.explain_at(0)
    _, arrays = decode(diagram.explanation_wire(found, 0))
    index = len(diagram.network["connections"]) - 1
    received = edges_of(arrays, f"path/{index}")
    assert received.shape == (5, 3, 2, 3)
    flow = found.paths["y"]
    largest = np.abs(flow.edges).max()
    np.testing.assert_allclose(received.sum(axis=2), flow.into, atol=1e-4 * largest)
    np.testing.assert_allclose(received.sum(axis=3), arrays[f"path/{index}/out_of"], atol=1e-4 * largest)
    np.testing.assert_allclose(arrays[f"path/{index}/total"], found.local.values, atol=1e-5)


def test_the_bars_travel_in_the_order_of_the_features(sent):
    diagram, found, header, arrays = sent
    np.testing.assert_allclose(arrays["values"], found.local.values, rtol=1e-6)
    assert arrays["values"].shape == (len(header["feature_ids"]), 3)
    # In every gap the browser's path adds up to the bar: the largest step of rounding is all that is lost.
    for index in range(3):
        np.testing.assert_allclose(arrays[f"path/{index}/total"], arrays["values"], atol=1e-5)
        into = arrays[f"path/{index}/into"].sum(axis=-1)
        folded = len(diagram.network["layers"][index + 1]["candidates"]) < diagram.network["layers"][index + 1]["units"]
        if not folded:
            np.testing.assert_allclose(into, arrays["values"], atol=1e-5)


def test_a_mean_over_rows_is_not_signed_and_has_no_bars():
    diagram = NetworkDiagram(mlp(5, 8, 3), X)
    diagram.edge_meaning = "contribution"
    assert diagram.wait(60)
    header, arrays = decode(diagram.explanation)
    assert (header["sample"], header["sample_name"], header["signed"]) == (None, None, False)
    assert (header["features"], header["path_classes"]) == ([], [])
    assert header["reason"] == "a path is that of one sample"
    assert "values" not in arrays
    assert not any(key.startswith("path") for key in arrays)
    assert (arrays["contribution/0/edges"] >= 0).all()


def test_a_sample_given_by_its_values_has_a_name_and_no_number():
    diagram = NetworkDiagram(mlp(5, 8, 3), X)
    diagram.edge_meaning = "path"
    diagram.show(X[3] + 1, name="mine <b>")
    assert diagram.wait(60)
    header, arrays = decode(diagram.explanation)
    assert (header["sample"], header["sample_name"], header["signed"]) == (None, "mine <b>", True)
    assert arrays["values"].shape == (5, 3)


def spoilt(sent, number):
    """The explanation with an edge that is no number."""
    diagram, found, _, _ = sent
    name = next(iter(found.contributions))

    def spoil(flow):
        edges, total = flow.edges.copy(), flow.total.copy()
        edges[..., 0, 1], total[..., 0] = number, number
        return EdgeFlow(edges, flow.into, flow.out_of, total, flow.absolute, flow.leaving)

    return diagram, found.contributions[name], replace(
        found,
        contributions={**found.contributions, name: spoil(found.contributions[name])},
        paths={**found.paths, name: spoil(found.paths[name])},
    )  # fmt: skip


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.filterwarnings("error")
def test_an_edge_that_is_no_number_leaves_the_others_as_they_are(sent, number):
    diagram, flow, broken = spoilt(sent, number)
    _, arrays = decode(diagram.explanation_wire(broken, 3))
    if np.isfinite(number):  # larger than all others by far, and than float32
        assert (arrays["contribution/0/edges"][:, 0, 1] == 32767).all()
        assert np.isinf(arrays["contribution/0/scale"]).all()
        return
    received = edges_of(arrays, "contribution/0")
    assert not received[:, 0, 1].any()
    others = np.ones(flow.edges.shape[1:], bool)
    others[0, 1] = False
    np.testing.assert_allclose(received[:, others], flow.edges[:, others], atol=2e-5 * np.abs(flow.edges).max())
    assert not np.isfinite(arrays["contribution/0/total"][0])


def test_edges_that_are_all_nothing_have_a_scale_of_nothing():
    diagram = NetworkDiagram(mlp(5, 8, 3), X)
    diagram.model.layers[-1].set_weights([np.zeros((8, 3)), np.zeros(3)])
    _, arrays = decode(diagram.explanation_wire(diagram.explain_at(0), 0))
    for index in range(2):
        assert not arrays[f"path/{index}/edges"].any()
        assert not arrays[f"path/{index}/scale"].any()
        assert not arrays[f"contribution/{index}/edges"].any()
    assert not arrays["values"].any()


def test_an_explanation_without_anything_is_a_header_alone(sent):
    diagram = sent[0]
    data = explanation_bytes(
        Explanation(reason="why"),
        diagram.architecture,
        version=7,
        sample=None,
        sample_name=None,
        signed=False,
    )
    header, arrays = decode(data)
    assert arrays == {}
    assert (header["version"], header["reason"], header["arrays"]) == (7, "why", [])


def test_names_travel_as_they_are(sent):
    diagram = sent[0]
    name = 'Zürich "日本" </script> \u2028'
    data = explanation_bytes(
        Explanation(output="logit", feature_ids=(4,)),
        diagram.architecture,
        version=1,
        sample=None,
        sample_name=name,
        signed=True,
    )
    header, _ = decode(data)
    assert header["sample_name"] == name
    assert header["feature_ids"] == [4]

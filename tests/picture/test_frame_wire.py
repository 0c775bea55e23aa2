import struct

import keras
import numpy as np
import pytest

from nbviz import NetworkDiagram
from nbviz.picture.frame import Progress
from nbviz.picture.frame_wire import frame_bytes
from tests.picture.frames import by_hand, classifier, data
from tests.sent_frames import read_frame


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


def test_a_frame_repeats_the_version_of_its_network(folded):
    model = folded[0]
    diagram = NetworkDiagram(model, max_units=8)
    assert read_frame(diagram.network, diagram.frame)[0]["version"] == diagram.network["version"]
    before = diagram.network["version"]
    diagram.rerank()
    assert diagram.network["version"] > before
    assert read_frame(diagram.network, diagram.frame)[0]["version"] == diagram.network["version"]


def test_a_network_with_nan_weights_is_still_json_and_says_nan_in_the_arrays():
    model = classifier(4, 5, 3)
    kernel, bias = model.layers[0].get_weights()
    kernel[0, 0] = np.nan
    model.layers[0].set_weights([kernel, bias])
    diagram = NetworkDiagram(model, data(model))
    header, arrays = read_frame(diagram.network, diagram.frame)
    assert np.isnan(arrays["connection/0/kernel"]).sum() == 1
    assert [(badge["kind"], badge["layer"], badge["units"]) for badge in header["badges"]] == [("nan", 1, [0])]
    assert header["connections"][0]["sum_a"] is None


def test_without_data_unknown_numbers_are_nan_in_arrays_and_null_in_the_header():
    model = classifier(4, 5, 3)
    diagram = NetworkDiagram(model)
    header, arrays = read_frame(diagram.network, diagram.frame)
    assert diagram.network["samples"] == 0
    assert header["sample_name"] is None
    assert [layer["a_sum"] for layer in header["layers"]] == [None] * 3
    assert np.isnan(arrays["connection/0/input"]).all()
    assert np.isnan(arrays[f"layer/{model.layers[0].name}/term_a"][:, :4]).all()
    assert not any(connection["scaled_by_sd"] for connection in diagram.network["connections"])


@pytest.mark.parametrize("length", range(8))
def test_the_payload_is_aligned_whatever_the_length_of_the_header(length):
    architecture, frame, network = by_hand(sample_name="a" * length)
    sent = frame_bytes(frame, architecture, 7)
    (header_length,) = struct.unpack_from("<I", sent)
    assert (4 + header_length) % 8 == 0
    assert read_frame(network, sent)[1]["connection/0/kernel"].tolist() == [[0, 1], [2, 3]]


def test_the_progress_of_training_is_in_the_header():
    architecture, frame, network = by_hand(progress=Progress(True, 3, 17, 812.5))
    header, _ = read_frame(network, frame_bytes(frame, architecture, 7))
    found = {key: header[key] for key in ("training", "epoch", "batch", "updates_per_second")}
    assert found == {"training": True, "epoch": 3, "batch": 17, "updates_per_second": 812.5}

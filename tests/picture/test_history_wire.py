import gzip
import json
import struct

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.picture.frame import Progress
from nbviz.picture.history_wire import (
    ALIGNMENT,
    DTYPES,
    MOST_PACKED,
    MomentPlace,
    compact_layout,
    history_bytes,
    moment_wire,
    packed_history,
    unpacked,
)

X = np.random.default_rng(0).normal(size=(60, 5)).astype("float32")


def model_of(*units):
    hidden = [layers.Dense(count, activation="relu", name=f"h{i}") for i, count in enumerate(units)]
    model = Sequential([Input((5,), name="x"), *hidden, layers.Dense(3, activation="softmax", name="y")], name="m")
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def arrays_of(layout, payload):
    return {
        wire["key"]: np.frombuffer(
            payload, DTYPES[wire["dtype"]], int(np.prod(wire["shape"])), wire["offset"]
        ).reshape(wire["shape"])
        for wire in layout.arrays
    }  # fmt: skip


@pytest.fixture(scope="module")
def diagram():
    return NetworkDiagram(model_of(40, 6), X, max_units=4)


def test_a_compact_frame_holds_the_same_numbers_as_the_live_one(diagram):
    layout = compact_layout(diagram.network)
    key, header, payload = unpacked(diagram.frames.observe([X], Progress()).frame)
    assert key == layout.key
    assert len(payload) == layout.stride
    live = diagram.frame
    (length,) = struct.unpack_from("<I", live)
    ours = arrays_of(layout, payload)
    assert set(ours) == {wire["key"] for wire in diagram.network["arrays"]}
    for wire in diagram.network["arrays"]:
        count = int(np.prod(wire["shape"]))
        full = np.frombuffer(live, DTYPES[wire["dtype"]], count, 4 + length + wire["offset"]).reshape(wire["shape"])
        # Half precision: 11 bits.
        np.testing.assert_allclose(ours[wire["key"]], full, rtol=6e-4, atol=1e-6)
    theirs = json.loads(live[4 : 4 + length])
    for ours_, theirs_ in zip(header["layers"], theirs["layers"], strict=True):
        assert ours_ == pytest.approx(theirs_, rel=1e-5)
    assert header["sample_name"] == "mean of 60 rows"


def test_every_array_begins_where_its_numbers_may(diagram):
    layout = compact_layout(diagram.network)
    end = 0
    for wire in layout.arrays:
        assert wire["offset"] % 8 == 0
        assert wire["offset"] >= end
        end = wire["offset"] + DTYPES[wire["dtype"]].itemsize * int(np.prod(wire["shape"]))
    assert end <= layout.stride
    assert layout.stride % 8 == 0


def test_weights_are_halved_and_what_is_read_as_a_number_is_not(diagram):
    dtypes = {wire["key"]: wire["dtype"] for wire in compact_layout(diagram.network).arrays}
    assert dtypes["connection/0/kernel"] == "f2"
    assert dtypes["layer/h0/cells"] == "f2"
    assert dtypes["layer/x/value"] == "f4"
    assert dtypes["layer/h1/z"] == "f4"
    assert dtypes["layer/h1/term_unit"] == "i2"


def test_inputs_beyond_the_range_of_half_floats_arrive_whole():
    x = X * np.float32(1e6)
    diagram = NetworkDiagram(model_of(4), x)
    layout = compact_layout(diagram.network)
    sent = arrays_of(layout, unpacked(diagram.frames.observe([x], Progress()).frame)[2])
    np.testing.assert_allclose(sent["layer/x/value"], x.mean(axis=0, dtype=float), rtol=1e-5)


def test_weights_beyond_the_range_of_half_floats_are_its_largest_and_nan_stays():
    model = model_of(2)
    kernel = np.zeros((5, 2), "float32")
    kernel[:3, 0] = 1e6, -1e6, np.nan
    diagram = NetworkDiagram(model)
    model.layers[0].kernel.assign(kernel)
    sent = arrays_of(
        compact_layout(diagram.network),
        unpacked(diagram.frames.observe(None, Progress()).frame)[2],
    )["connection/0/kernel"]
    np.testing.assert_array_equal(sent[:3, 0], np.array([65504, -65504, np.nan], "float16"))


def test_a_frame_of_weights_alone_has_their_numbers_and_nothing_of_what_flows(diagram):
    kernels = {name: (kernel * 2, bias) for name, (kernel, bias) in diagram.frames.reader.weights().items()}
    layout = compact_layout(diagram.network)
    found, header, payload = unpacked(diagram.frames.of_weights(kernels, Progress()))
    assert found == layout.key
    arrays = arrays_of(layout, payload)
    live = arrays_of(layout, unpacked(diagram.frames.observe([X], Progress()).frame)[2])
    np.testing.assert_allclose(arrays["connection/1/kernel"], 2 * live["connection/1/kernel"].astype(float), rtol=2e-3)
    assert np.isnan(arrays["layer/h0/a"]).all()
    assert header["sample_name"] is None


def test_the_key_tells_whether_frames_are_of_the_same_units_whatever_layers_are_called():
    keras.utils.set_random_seed(0)
    first = NetworkDiagram(model_of(40), X, max_units=4)
    other = model_of(40)
    other.layers[0].name = "renamed"
    other.set_weights(first.model.get_weights())
    assert compact_layout(NetworkDiagram(other, X, max_units=4).network).key == compact_layout(first.network).key
    assert compact_layout(NetworkDiagram(other, X, max_units=5).network).key != compact_layout(first.network).key


def test_a_history_is_a_header_and_payloads_of_one_stride(diagram):
    layout = compact_layout(diagram.network)
    _, frame, payload = unpacked(diagram.frames.observe([X], Progress()).frame)
    wires = [moment_wire(frame, 7, MomentPlace(step, 1, step, 9), {"loss": np.nan}) for step in (1, 9)]
    packed = history_bytes(7, layout, 9, wires, [payload, payload], [])
    (length,) = struct.unpack_from("<I", packed)
    assert (length + 4) % 8 == 0
    header = json.loads(packed[4 : 4 + length])
    assert header["moments"][0]["frame"]["version"] == header["version"] == 7
    assert header["moments"][0]["metrics"] == {"loss": None}
    assert [moment["label"] for moment in header["moments"]] == ["epoch 1, batch 1", "epoch 1"]
    assert packed[4 + length :] == payload * 2
    assert history_bytes(7, layout, 9, [], [], []) == b""


def test_a_history_travels_as_gzip_and_one_that_is_large_or_empty_as_it_is(diagram):
    diagram.history = history = struct.pack("<I", 4) + b"{}  " + 1000 * b"moment"
    sent = diagram.get_state(["history"])["history"]
    assert gzip.decompress(sent) == history
    assert len(sent) < len(history) / 10
    diagram.history = b""
    assert diagram.get_state(["history"])["history"] == b""
    large = bytes(MOST_PACKED + 1)
    assert packed_history(large) is large


def test_no_history_that_is_not_packed_begins_like_gzip():
    # A header and its length fill whole blocks: its length leaves 4.
    assert int.from_bytes(b"\x1f\x8b", "little") % ALIGNMENT != -4 % ALIGNMENT


def test_moments_are_labelled_as_fit_prints_epochs():
    assert MomentPlace(7, 0, 0, 5).label == "before training"
    assert MomentPlace(7, 44, 5, 5).label == "epoch 44"
    assert MomentPlace(7, 44, 3, 5).label == "epoch 44, batch 3"
    assert MomentPlace(7, 44, 3, None).label == "epoch 44, batch 3"

import numpy as np
import pytest

from nbviz.attribution.methods.map_evidence import LayerEvidence
from nbviz.keras_model.activations.feature_maps import MapLayer, MeanMaps
from nbviz.widgets.feature_maps.feature_map_wire import (
    MOST_NUMBERS,
    PICTURE_SIDE,
    ClassEvidence,
    InputPicture,
    LayerMaps,
    RowsOfMaps,
    block_means,
    feature_maps_wire,
    sent_size,
)

NO_CLASSES = LayerEvidence([], [], None, None, None)


def sent(after, before=None, picture=None, classes=NO_CLASSES, attribution=None):
    layer = MapLayer("conv", ("conv",), "Conv2D", after.shape, False, None if before is None else "relu", None)
    evidence = ClassEvidence(classes, attribution, "i", "a", None, None)
    maps = LayerMaps(layer, MeanMaps(after, before, None), RowsOfMaps(2, 9, 1), evidence, picture, None)
    wire, payload = feature_maps_wire(maps, 7)
    arrays = {}
    for array in wire["arrays"]:
        count = int(np.prod(array["shape"]))
        values = np.frombuffer(payload, f"<{array['dtype']}", count, array["offset"])
        arrays[array["key"]] = values.reshape(array["shape"])
    return wire, arrays


def test_what_a_layer_is_and_which_rows_are_shown_travel_with_its_maps():
    wire, _ = sent(np.zeros((2, 3, 4), "float32"), np.zeros((2, 3, 4), "float32"))
    assert (wire["layer"], wire["type"], wire["activation"], wire["first_unit"]) == ("conv", "Conv2D", "relu", 7)
    assert (wire["sample"], wire["samples"], wire["averaged"]) == (2, 9, 1)
    assert (wire["importance"], wire["attribution"], wire["sliding"], wire["sliding_error"]) == ("i", "a", None, None)


def test_maps_travel_channel_by_channel():
    after = np.arange(24, dtype="float32").reshape(2, 3, 4)
    wire, arrays = sent(after, after - 5)
    assert (wire["rows"], wire["columns"], wire["channels"], wire["flat"]) == (2, 3, 4, False)
    np.testing.assert_array_equal(arrays["after"][3], after[:, :, 3])
    np.testing.assert_array_equal(arrays["before"][1], after[:, :, 1] - 5)
    np.testing.assert_array_equal(arrays["mean"], [10, 11, 12, 13])
    assert set(arrays) == {"after", "before", "mean"}


def test_a_sequence_is_one_row():
    after = np.arange(10, dtype="float32").reshape(5, 2)
    wire, arrays = sent(after)
    assert (wire["rows"], wire["columns"], wire["flat"]) == (1, 5, True)
    np.testing.assert_array_equal(arrays["after"][1, 0], [1, 3, 5, 7, 9])


def test_large_maps_are_sent_as_means_over_blocks():
    assert sent_size(2048, 7, 7) == (7, 7)
    rows, columns = sent_size(64, 224, 224)
    assert rows * columns * 64 <= MOST_NUMBERS
    after = np.zeros((224, 224, 64), "float32")
    after[0, 0, 5] = 1
    wire, arrays = sent(after)
    assert (wire["all_rows"], wire["rows"]) == (224, rows)
    assert arrays["after"].shape == (64, rows, columns)
    block = 224 // rows
    assert arrays["after"][5, 0, 0] == pytest.approx(1 / block**2)
    np.testing.assert_allclose(arrays["mean"][5], 1 / 224**2, rtol=1e-5)


def test_block_means_keep_the_mean_where_blocks_are_equal():
    values = np.arange(2 * 6 * 4, dtype=float).reshape(2, 6, 4)
    means = block_means(values, 3, 2)
    np.testing.assert_array_equal(means, values.reshape(2, 3, 2, 2, 2).mean(axis=(2, 4)))
    assert block_means(values, 6, 4) is values
    uneven = block_means(np.arange(5.0).reshape(1, 1, 5), 1, 2)
    np.testing.assert_array_equal(uneven[0, 0], [0.5, 3])


@pytest.mark.parametrize(
    ("shape", "kind", "as_sent", "whole"),
    [
        ((8, 6, 1), "grey", (8, 6, 1), (8, 6)),
        ((8, 6, 3), "rgb", (8, 6, 3), (8, 6)),
        ((8, 6, 5), "grey", (8, 6, 1), (8, 6)),
        ((400, 200, 3), "rgb", (PICTURE_SIDE, PICTURE_SIDE, 3), (400, 200)),
        ((40, 3), "sequence", (3, 40, 1), (3, 40)),
    ],
)
def test_the_input_is_a_picture_or_a_strip(shape, kind, as_sent, whole):
    values = np.random.default_rng(0).normal(size=shape)
    wire, arrays = sent(np.zeros((2, 2, 1), "float32"), picture=InputPicture("in", values, -1.0, 2.0))
    assert arrays["input"].shape == as_sent
    assert (wire["input"]["kind"], wire["input"]["all_rows"], wire["input"]["all_columns"]) == (kind, *whole)
    if kind == "sequence":
        np.testing.assert_allclose(arrays["input"][1, :, 0], values[:, 1], rtol=1e-6)


def test_what_classes_say_comes_class_by_class():
    classes = LayerEvidence(
        [4, 2], ["e", "c"], 4,
        importance=np.array([[1.0, 2], [3, 4], [5, 6]]),  # (channels, classes)
        grad_cam=np.arange(8.0).reshape(2, 2, 2),
    )  # fmt: skip
    attribution = np.arange(18.0).reshape(3, 3, 2)
    wire, arrays = sent(np.zeros((2, 2, 3), "float32"), classes=classes, attribution=attribution)
    assert (wire["classes"], wire["class_names"], wire["predicted"]) == ([4, 2], ["e", "c"], 4)
    np.testing.assert_array_equal(arrays["importance"], [[1, 3, 5], [2, 4, 6]])
    np.testing.assert_array_equal(arrays["grad_cam"][1], [[1, 3], [5, 7]])
    np.testing.assert_array_equal(arrays["attribution"][0], np.arange(0, 18, 2).reshape(3, 3))


def test_what_is_no_number_does_not_count_for_the_scale():
    after = np.array([[[1.0], [np.nan]], [[np.inf], [-2.0]]], "float32")
    wire, arrays = sent(after)
    assert wire["scale"] == 2
    assert np.isnan(arrays["after"][0, 0, 1])

import numpy as np
import pytest

from nbviz.keras_model.kernel_arrays import Kernels
from nbviz.widgets.kernel_grid.kernel_wire import MOST_NUMBERS, channels_at_once, kernel_grid_wire


def sent(kernels, **more):
    filters, channels = len(kernels), kernels.shape[-1]
    inputs = np.broadcast_to(np.arange(channels), (filters, channels))
    shown = Kernels("conv", "Conv2D", kernels, np.zeros(filters), ("filter",), inputs)
    given = {"first_channel": 0, "first_unit": 0, "importance": None, "similarity": None, **more}
    wire, numbers = kernel_grid_wire(shown, **given)
    arrays = {}
    for place in wire["arrays"]:
        count = int(np.prod(place["shape"]))
        kind = "<i4" if place["dtype"] == "i4" else "<f4"
        arrays[place["key"]] = np.frombuffer(numbers, kind, count, place["offset"]).reshape(place["shape"])
    return wire, arrays


def test_numbers_arrive_as_they_were():
    kernels = np.random.default_rng(0).normal(size=(4, 2, 3, 5)).astype("float32")
    wire, arrays = sent(kernels, importance=np.arange(4.0), similarity=np.array([3, 1, 0, 2]))
    assert (wire["filters"], wire["channels"], wire["depth"], wire["rows"], wire["columns"]) == (4, 5, 1, 2, 3)
    np.testing.assert_array_equal(arrays["kernels"][2, 4].reshape(2, 3), kernels[2, :, :, 4])
    np.testing.assert_allclose(arrays["norms"][1].reshape(2, 3), np.linalg.norm(kernels[1], axis=-1), rtol=1e-5)
    assert arrays["similarity"].tolist() == [3, 1, 0, 2]
    assert arrays["importance"].tolist() == [0, 1, 2, 3]


def test_a_large_layer_is_sent_in_parts():
    kernels = np.zeros((512, 3, 3, 512), "float32")
    kernels[1, 0, 0, 300] = 1
    at_once = channels_at_once(kernels)
    assert at_once == MOST_NUMBERS // (512 * 9) < 512
    wire, arrays = sent(kernels, first_channel=290)
    assert wire["sent_channels"] == at_once
    assert arrays["kernels"].shape == (512, at_once, 9)
    assert arrays["kernels"][1, 10, 0] == 1
    assert arrays["norms"][1, 0] == 1


@pytest.mark.parametrize(("size", "placed"), [((3,), (1, 1, 3)), ((2, 3), (1, 2, 3)), ((4, 2, 3), (4, 2, 3))])
def test_kernels_of_one_to_three_axes_have_a_place(size, placed):
    wire, _ = sent(np.ones((2, *size, 2), "float32"))
    assert (wire["depth"], wire["rows"], wire["columns"]) == placed
    assert wire["flat"] == (len(size) == 1)

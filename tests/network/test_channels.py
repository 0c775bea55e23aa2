import numpy as np
import pytest

from nbviz.network.architecture import Layer
from nbviz.network.channels import PlacedWeights, brief, by_channel, levels, shrunk, spread


def test_a_slice_is_the_norm_of_its_weights_with_the_sign_of_their_sum():
    slices = PlacedWeights(np.array([[[3.0, -3.0]], [[-4.0, -4.0]]])).slices()
    assert slices.norms.tolist() == [[5.0, 5.0]]
    assert slices.sums.tolist() == [[-1.0, -7.0]]
    assert slices.signed.tolist() == [[-5.0, -5.0]]


def test_merged_slices_are_those_of_the_whole_kernel():
    kernel = np.random.default_rng(0).normal(size=(9, 3, 4))
    merged = PlacedWeights(kernel).slices().merged()
    np.testing.assert_allclose(merged.norms[0], np.linalg.norm(kernel.reshape(27, 4), axis=0))
    np.testing.assert_allclose(merged.sums[0], kernel.sum(axis=(0, 1)))


def test_units_have_weights_for_the_channels_of_their_group():
    # Two groups of one channel each, two units a group.
    assert spread(np.array([[1.0, 2.0, 3.0, 4.0]]), 2).tolist() == [[1, 2, 0, 0], [0, 0, 3, 4]]
    placed = PlacedWeights(np.array([[[1.0, 2.0, 3.0, 4.0]], [[0.0, 0.0, 4.0, 3.0]]]), groups=2)
    assert placed.slices().norms.tolist() == [[1, 2, 0, 0], [0, 0, 5, 5]]
    entering = np.array([[10.0, 1.0], [20.0, -1.0]])  # (places, channels)
    assert placed.passing(entering).tolist() == [[10, 20, 0, 0], [0, 0, -1, 1]]


def test_cells_of_flattened_maps_find_their_channel():
    maps = np.arange(24).reshape(2, 3, 4)  # rows, columns, channels
    found = by_channel(maps.reshape(-1), 4, False)
    assert found.shape == (6, 4)
    for channel in range(4):
        assert found[:, channel].tolist() == maps[..., channel].reshape(-1).tolist()
    first = by_channel(np.moveaxis(maps, -1, 0).reshape(-1), 4, True)
    assert first.tolist() == found.tolist()


def test_small_maps_stay_and_large_ones_are_means_of_neighbours():
    maps = np.arange(12.0).reshape(3, 4, 1)
    assert shrunk(maps, 4) is maps
    assert shrunk(maps, 2)[..., 0].tolist() == [[2.5, 4.5], [8.5, 10.5]]
    assert shrunk(np.ones((100, 65, 2)), 32).shape == (25, 22, 2)


def test_bytes_of_a_map_are_signed_around_128():
    values = np.array([0.0, 2.0, -2.0, 1.0, 9.0, np.nan, -np.inf])
    assert levels(values, 2.0).tolist() == [128, 255, 1, 192, 255, 128, 1]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("MaxPooling2D", "max"),
        ("GlobalAveragePooling1D", "mean"),
        ("UpSampling2D", "up"),
        ("Concatenate", "join"),
        ("Maximum", "max"),
        ("MaxPooling1D", "max"),
        ("LeakyReLU", "leakyrelu"),
    ],
)
def test_what_a_layer_of_channels_does_is_one_word(kind, words):
    assert brief(Layer("l", "maps", kind, (4, 4, 2), 2)) == words
    assert brief(Layer("l", "conv", kind, (4, 4, 2), 2)) == ""

import numpy as np
import pytest

from nbviz.network.pictures import as_levels, block_means, within

PICTURES = np.random.default_rng(0).normal(size=(3, 5, 7, 2))


def test_blocks_have_their_means_and_the_last_are_smaller():
    means = block_means(PICTURES, 3)
    assert means.shape == (3, 2, 3, 2)
    np.testing.assert_allclose(means[1, 0, 1], PICTURES[1, :3, 3:6].mean(axis=(0, 1)))
    np.testing.assert_allclose(means[2, 1, 2], PICTURES[2, 3:, 6:].mean(axis=(0, 1)))
    assert block_means(PICTURES, 1) is PICTURES


@pytest.mark.parametrize(("most", "shape"), [(7, (5, 7)), (6, (3, 4)), (1, (1, 1))])
def test_a_picture_is_no_larger_than_it_may(most, shape):
    assert within(PICTURES, most).shape[1:3] == shape


def test_levels_run_from_the_smallest_to_the_largest_number():
    grey = np.array([[[[-1.0], [0.0], [3.0], [9.0], [np.nan]]]])
    assert as_levels(grey, -1, 3).ravel().tolist() == [0, 64, 255, 255, 0]
    assert as_levels(np.zeros((1, 1, 1, 3)), 0, 0).tolist() == [[[[0, 0, 0]]]]  # one colour, whatever it is
    several = np.array([[[[0.0, 1.0, 0.5, 0.5]]]])
    assert as_levels(several, 0, 1).tolist() == [[[[128]]]]

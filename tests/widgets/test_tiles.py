import numpy as np
import pytest

from nbviz.widgets.tiles import filter_norms, norms_over_channels, robust_scale, similar_together, strongest_first

RNG = np.random.default_rng(0)


def test_the_scale_is_the_largest_of_few_numbers_and_no_outlier_of_many():
    assert robust_scale(np.array([0.5, -2.0, 1.0])) == 2
    many = np.full(10_000, 0.5)
    many[0] = 100
    assert robust_scale(many) == 0.5


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [np.nan, np.inf]])
def test_the_scale_is_always_positive(values):
    assert robust_scale(np.array(values)) == 1


def test_numbers_that_are_none_do_not_count_for_the_scale():
    assert robust_scale(np.array([np.nan, np.inf, -3.0])) == 3


def test_of_millions_of_numbers_the_scale_is_nearly_the_same():
    values = RNG.normal(size=(5_000_000,)).astype("float32")
    # The quantile of |x| at 0.995 is that of a normal distribution at 0.9975.
    assert robust_scale(values) == pytest.approx(2.807, rel=0.02)


def test_norms_are_those_of_a_loop():
    kernels = RNG.normal(size=(3, 2, 2, 4)).astype("float32")
    np.testing.assert_allclose(filter_norms(kernels), [np.sqrt((k**2).sum()) for k in kernels], rtol=1e-5)
    assert norms_over_channels(kernels)[1, 0, 1] == pytest.approx(np.linalg.norm(kernels[1, 0, 1]), rel=1e-5)


def test_the_strongest_come_first_and_nan_last():
    assert strongest_first(np.array([1.0, np.nan, 3.0, 1.0])).tolist() == [2, 0, 3, 1]


def test_alike_filters_stand_side_by_side():
    directions = np.linalg.qr(RNG.normal(size=(20, 4)))[0].T
    groups = np.array([0, 1, 2, 3] * 6)
    kernels = directions[groups] * RNG.uniform(1, 2, size=(24, 1)) + RNG.normal(size=(24, 20)) * 0.02
    ordered = groups[similar_together(kernels.reshape(24, 2, 2, 5))]
    assert (np.diff(ordered) != 0).sum() == 3


def test_long_kernels_are_ordered_as_well_by_projections():
    directions = RNG.normal(size=(3, 5000))
    groups = np.array([0, 1, 2] * 5)
    kernels = directions[groups] + RNG.normal(size=(15, 5000)) * 0.1
    assert (np.diff(groups[similar_together(kernels)]) != 0).sum() == 2


def test_every_filter_is_in_the_order_once_and_empty_ones_last():
    kernels = RNG.normal(size=(6, 3, 3, 2))
    kernels[1], kernels[4, 0, 0, 0] = 0, np.nan
    order = similar_together(kernels).tolist()
    assert sorted(order) == list(range(6))
    assert set(order[-2:]) == {1, 4}
    assert similar_together(kernels[:1]).tolist() == [0]


def test_the_walk_starts_at_the_strongest_filter():
    kernels = np.array([[1.0, 0], [0, 5], [0.9, 0.1]])
    assert similar_together(kernels).tolist() == [1, 2, 0]

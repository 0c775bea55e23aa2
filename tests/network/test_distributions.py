import math

import numpy as np
import pytest

from nbviz.network.distributions import LEVELS, density, distribution, normal_cdf, quantiles


def kernel_estimate(values, grid, width):
    """Brute force: one Gaussian a value."""
    z = (grid[:, None] - values) / width
    return np.exp(-0.5 * z**2).sum(axis=1) / (len(values) * width * np.sqrt(2 * np.pi))


def silverman(values):
    q1, q3 = np.quantile(values, [0.25, 0.75])
    return 0.9 * min(values.std(), (q3 - q1) / 1.34) * len(values) ** -0.2


def mixture(count, seed=3):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(count) < 0.4, rng.normal(-0.5, 0.15, count), rng.normal(0.4, 0.25, count))


@pytest.mark.parametrize("count", [1, 2, 10, 64, 65, 1000])
def test_quantiles_are_numpys(count):
    values = np.random.default_rng(count).normal(size=count).astype("float32")
    found = quantiles(values.reshape(1, -1))
    assert found.shape == (LEVELS,)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.quantile(values, np.linspace(0, 1, LEVELS)), atol=1e-6)


def test_the_ends_are_the_least_and_the_greatest_exactly():
    values = mixture(5000).astype("float32")
    assert (quantiles(values)[0], quantiles(values)[-1]) == (values.min(), values.max())


def test_what_is_not_finite_is_left_out_and_the_array_stays():
    values = np.array([3, np.nan, 1, np.inf, 2, -np.inf], dtype="float32")
    before = values.copy()
    assert quantiles(values, 3).tolist() == [1, 2, 3]
    np.testing.assert_array_equal(values, before)
    assert distribution(values).count == 3


def test_without_a_finite_value_there_is_no_density():
    nothing = distribution([np.nan, np.inf])
    assert nothing.count == 0
    assert np.isnan(nothing.quantiles).all()
    assert density(nothing, np.linspace(-1, 1, 11)).tolist() == [0.0] * 11


@pytest.mark.parametrize("count", [3, 40, 256, 257, 20_000])
def test_the_mass_is_one(count):
    grid = np.linspace(-3, 3, 1201)
    found = density(distribution(mixture(count)), grid)
    assert np.trapezoid(found, grid) == pytest.approx(1, abs=2e-3)
    assert (found >= 0).all()


def test_few_values_give_the_kernel_estimate_itself():
    values, grid = mixture(60), np.linspace(-2, 2, 301)
    expected = kernel_estimate(values, grid, silverman(values))
    np.testing.assert_allclose(density(distribution(values), grid), expected, rtol=0.03, atol=0.01)


def test_65_quantiles_come_close_to_the_kernel_estimate_of_all_values():
    values, grid = mixture(20_000), np.linspace(-1.5, 1.6, 311)
    expected = kernel_estimate(values, grid, silverman(values))
    found = density(distribution(values), grid)
    # Total variation: half the area between the two.
    assert np.trapezoid(np.abs(found - expected), grid) / 2 < 0.02


def test_a_normal_sample_has_one_peak_and_no_steps():
    values = np.random.default_rng(0).normal(size=137_000)
    grid = np.linspace(-4, 4, 96)
    found = density(distribution(values), grid)
    middle = found[np.abs(grid) < 3]
    assert (np.diff(np.sign(np.diff(middle))) < 0).sum() == 1
    assert found.max() == pytest.approx(1 / np.sqrt(2 * np.pi), rel=0.03)


def test_equal_values_are_one_narrow_peak_of_mass_one():
    grid = np.linspace(-1, 1, 201)
    for count in (16, 100_000):
        found = density(distribution(np.full(count, 0.25)), grid)
        assert grid[found.argmax()] == pytest.approx(0.25)
        assert np.trapezoid(found, grid) == pytest.approx(1, abs=1e-3)
        assert found[np.abs(grid - 0.25) > 0.05].max() < 1e-6


def test_half_zeros_keep_both_the_peak_and_the_rest():
    values = np.maximum(0, np.random.default_rng(1).normal(size=20_000))
    grid = np.linspace(-1, 4, 2001)
    found = density(distribution(values), grid)
    assert np.trapezoid(found, grid) == pytest.approx(1, abs=2e-3)
    assert np.trapezoid(found[grid < 0.1], grid[grid < 0.1]) == pytest.approx(np.mean(values < 0.1), abs=0.06)


def test_quantiles_alone_serve_as_a_distribution():
    values, grid = mixture(20_000), np.linspace(-2, 2, 101)
    alone = density(quantiles(values), grid, count=len(values))
    np.testing.assert_allclose(alone, density(distribution(values), grid), rtol=1e-5, atol=1e-7)


def test_the_normal_distribution_is_exact_to_1e_minus_7():
    z = np.linspace(-6, 6, 241)
    expected = [0.5 * (1 + math.erf(one / math.sqrt(2))) for one in z]
    np.testing.assert_allclose(normal_cdf(z), expected, atol=1e-7)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"at least 2 levels. Received 1"):
        quantiles([1.0], 1)
    with pytest.raises(ValueError, match=r"at least 2 points. Received shape \(1,\)"):
        density(distribution([1.0]), [0.0])

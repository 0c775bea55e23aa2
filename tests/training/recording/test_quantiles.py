import numpy as np

from nbviz.training.recording.quantiles import activation_quantiles


def test_activations_are_those_right_after_the_nonlinear_step():
    before, after = np.zeros((4, 2)), np.ones((4, 2))
    found = activation_quantiles({("a", "h"): before, ("activated", "h"): after, ("kernel input", "h"): before})
    assert list(found) == ["h"]
    assert found["h"].shape == (65,)
    assert (found["h"] == 1).all()


def test_they_are_the_quantiles_of_all_units_and_rows():
    values = np.random.default_rng(0).normal(size=(50, 40))
    found = activation_quantiles({("a", "h"): values})["h"]
    np.testing.assert_allclose(found, np.quantile(values, np.linspace(0, 1, 65)), atol=1e-5)

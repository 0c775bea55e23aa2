import math

import numpy as np
import pytest

from nbviz.widgets.training_charts.metrics.limits import limits, log_limits


def test_an_axis_holds_all_values_between_round_ticks():
    low, high, ticks = limits(np.array([0.03, 1.42]), 1.42, share=False)
    assert (low, high) == (0, 1.5)
    assert ticks == pytest.approx([0, 0.5, 1, 1.5])
    assert limits(np.array([22.2, 100]), math.nan, share=True)[:2] == (20, 100)
    low, high, _ = limits(np.array([0.7, 0.7]), 0.7, share=False)
    assert low < 0.7 < high
    assert limits(np.zeros(0), math.nan, share=False)[:2] == (0, 1)


def test_an_explosion_leaves_the_frame_so_that_the_rest_is_seen():
    _, high, _ = limits(np.array([1.4, 1.0, 1e8, np.inf, np.nan]), 1.4, share=False)
    assert high == 3
    _, high, _ = limits(np.array([1.4, 5.0]), 1.4, share=False)
    assert high >= 5


def test_a_logarithmic_axis_has_decades():
    low, high, ticks = log_limits(np.array([0.001, 1.0, 0.0, -1.0, np.nan]))
    assert low < 0.001
    assert high > 1
    assert ticks == pytest.approx([0.001, 0.01, 0.1, 1])
    assert log_limits(np.array([0.0, -1.0, np.nan])) is None
    assert log_limits(np.array([0.3, 0.9]))[2] == pytest.approx([0.5])

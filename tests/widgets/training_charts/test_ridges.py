import numpy as np
import pytest

from nbviz.network.distributions import distribution
from nbviz.widgets.training_charts.ridges import MOST_RIDGES, TALLEST, axis_of, chosen, ridges, round_up


@pytest.mark.parametrize("count", [*range(1, 70), 200, 1000])
def test_the_first_and_the_last_moment_have_a_ridge_and_there_are_at_most_16(count):
    picked = chosen(count)
    assert picked[0] == 0
    assert picked[-1] == count - 1
    assert len(picked) <= MOST_RIDGES
    assert len(picked) == count or len(picked) >= MOST_RIDGES / 2
    assert picked == sorted(set(picked))


def test_without_moments_nothing_is_chosen():
    assert chosen(0) == []


def test_ridges_stay_while_a_run_grows():
    before = None
    for count in range(1, 300):
        inner = set(chosen(count)[:-1])
        if before is not None:
            assert len(inner - before) <= 1, count
        before = set(chosen(count))


def test_the_axis_is_symmetric_for_weights_and_begins_at_zero_for_relu():
    values = np.linspace(-0.5, 1, 1001)
    low, high = axis_of([distribution(values), distribution(values / 2)])
    assert low == -high
    assert 1 < high < 1.3
    assert axis_of([distribution(np.maximum(0, values))])[0] == 0
    assert axis_of([]) == (-1, 1)
    assert axis_of([distribution([np.nan]), distribution([0.0, 0.0])]) == (-1, 1)


@pytest.mark.parametrize(("value", "up"), [(1.13, 1.2), (1.2, 1.2), (0.0331, 0.034), (15.1, 16), (9.9, 10), (99, 100)])
def test_ends_of_the_axis_are_round(value, up):
    assert round_up(value) == pytest.approx(up)


def test_the_newest_is_at_the_bottom_and_each_stands_on_its_row():
    rng = np.random.default_rng(0)
    lines = ridges([distribution(rng.normal(size=300) * scale) for scale in (0.5, 1, 2)])
    assert lines.y[:, 0].tolist() == lines.y[:, -1].tolist() == [2, 1, 0]
    assert (lines.x[:, 0] == lines.low).all()
    assert (lines.x[:, -1] == lines.high).all()
    assert (lines.y >= lines.y[:, :1] - 1e-12).all()
    # Narrow is high: the same area.
    heights = lines.y.max(axis=1) - lines.y[:, 0]
    assert heights[0] > heights[1] > heights[2]


def test_a_spike_does_not_flatten_the_others():
    rng = np.random.default_rng(0)
    lines = ridges([distribution(np.zeros(32)), *(distribution(rng.normal(size=500)) for _ in range(4))])
    heights = lines.y.max(axis=1) - lines.y[:, 0]
    assert heights.max() == pytest.approx(TALLEST)
    assert heights[1:].min() > 0.4 * TALLEST


def test_no_moment_gives_no_line():
    assert ridges([]).y.shape[0] == 0

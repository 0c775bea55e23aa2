import numpy as np
import pytest

from nbviz.training.recording.thinning import spread, thinned


def test_what_fits_stays():
    assert thinned([0, 3, 9], [10, 10, 10], 30) == [0, 1, 2]


def test_the_one_that_leaves_the_smallest_gap_goes_first():
    # Of 5 moments of 2 bytes 3 fit two thirds of 9. Without step 1 there is a gap of 2; then, without 2, one of 10.
    assert thinned([0, 1, 2, 10, 20], [2] * 5, 9) == [0, 3, 4]


@pytest.mark.parametrize("seed", range(20))
def test_thinning_never_drops_the_first_or_the_last_and_keeps_to_the_budget(seed):
    random = np.random.default_rng(seed)
    steps, sizes, budget = [0], [int(random.integers(1, 100))], 1000
    for _ in range(300):
        steps.append(steps[-1] + int(random.integers(1, 50)))
        sizes.append(int(random.integers(1, 100)))
        kept = thinned(steps, sizes, budget)
        assert kept == sorted(set(kept))
        assert {0, len(steps) - 1} <= set(kept)
        assert sum(sizes[index] for index in kept) <= budget
        steps, sizes = [steps[index] for index in kept], [sizes[index] for index in kept]
        assert steps[0] == 0


def test_what_stays_of_a_long_run_is_spread_evenly():
    steps = [0]
    for step in range(1, 5001):
        steps.append(step)
        steps = [steps[index] for index in thinned(steps, [1] * len(steps), 100)]
    gaps = np.diff(steps)
    assert len(steps) >= 60
    # Those that came since the last thinning are denser: never may an old part be thin where a newer one is dense.
    older = gaps[: len(gaps) // 2]
    assert older.max() <= 2 * older.min()
    assert older.max() <= 5000 / 66 * 2


def test_of_a_lower_rank_all_go_before_one_of_a_higher():
    # Two thirds of 6 are 4: beside both ends the explosion at 3 and, of the epochs that end at 4, 8 and 12, the one
    # whose loss would leave the largest gap.
    steps, ranks = [0, 2, 3, 4, 6, 8, 10, 12, 20], [0, 0, 2, 1, 0, 1, 0, 1, 0]
    assert [steps[at] for at in thinned(steps, [1] * 9, 6, ranks)] == [0, 3, 12, 20]
    assert [steps[at] for at in thinned(steps, [1] * 9, 8, ranks)] == [0, 3, 8, 12, 20]
    assert [steps[at] for at in thinned(steps, [1] * 9, 3, ranks)] == [0, 20]


@pytest.mark.parametrize("seed", range(5))
def test_the_same_stay_as_where_each_time_all_gaps_are_looked_at(seed):
    steps = np.cumsum(np.random.default_rng(seed).integers(1, 30, 120))
    left = list(range(120))
    while len(left) > 40:
        gaps = steps[left[2:]] - steps[left[:-2]]
        del left[1 + int(gaps.argmin())]
    assert thinned(steps.tolist(), [1] * 120, 60) == left


def test_two_moments_larger_than_the_budget_stay():
    assert thinned([0, 1, 2], [10, 10, 10], 5) == [0, 2]


def test_spread_gives_at_most_as_many_as_there_is_room_for():
    chosen = spread(range(1000), 40)
    assert chosen[0] == 0
    assert chosen[-1] == 999
    assert 20 <= len(chosen) <= 40

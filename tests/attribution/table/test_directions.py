import numpy as np
import pytest

from nbviz.attribution.table.directions import LocalSample, gradient_sign, spearman, token_sign


def direction(attributions, values, measure=spearman):
    """Of one feature for one class."""
    found = measure(
        LocalSample(
            np.array(attributions, "float32")[:, None, None],
            None if values is None else np.array(values, float)[:, None],
        )
    )
    return None if found is None else found.item()


def test_direction_is_the_rank_correlation_with_the_value():
    # Ranks 1 2 3 4 against 1 3 2 4: 1 - 6 (0 + 1 + 1 + 0) / (4 (16 - 1)) = 0.8.
    assert direction([1, 30, 20, 4000], [0.1, 0.2, 0.3, 0.4]) == pytest.approx(0.8)
    assert direction([4, 3, 2, 1], [1, 2, 3, 4]) == pytest.approx(-1)


def test_equal_values_share_their_mean_rank():
    # Ranks 1.5 1.5 3 against 1 2 3, centred -0.5 -0.5 1 and -1 0 1: 1.5 / sqrt(1.5 * 2) = sqrt(0.75).
    assert direction([5, 5, 7], [1, 2, 3]) == pytest.approx(0.75**0.5)
    assert direction([1, 2, 3], [5, 5, 7]) == pytest.approx(0.75**0.5)


@pytest.mark.parametrize(
    ("attributions", "values"),
    [([1, 2, 3], [7, 7, 7]), ([0, 0, 0], [1, 2, 3]), ([1], [1]), ([], []), ([1, np.nan, 3], [1, 2, 3])],
    ids=["constant feature", "constant attribution", "one row", "no rows", "not a number"],
)
def test_direction_is_zero_where_nothing_can_correlate(attributions, values):
    assert direction(attributions, values) == 0


def test_direction_of_gradients_is_their_mean_sign():
    assert direction([3, -0.1, 2, 0], None, gradient_sign) == pytest.approx(0.25)
    assert direction([], None, gradient_sign) == 0


def test_values_that_are_no_numbers_have_no_rank_correlation():
    assert direction([1, 2], None) is None


def test_the_sign_of_a_token_is_that_over_the_rows_with_it():
    assert direction([0, 0, 2, -1, 3, 0], None, token_sign) == pytest.approx(1 / 3)
    assert direction([0, 0], None, token_sign) == 0

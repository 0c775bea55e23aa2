"""How a table of differences is told."""

import numpy as np

from nbviz.widgets.importance_matrix.difference_wire import share_change


def test_rounding_is_no_difference_and_all_else_is():
    before = np.array([[0.25, 0.5], [0.75, np.nan]])
    after = before + np.array([[3e-8, 0.1], [-2e-6, 0]])
    np.testing.assert_array_equal(share_change(before, after) == 0, [[True, False], [False, False]])
    np.testing.assert_allclose(share_change(before, after)[0, 1], 0.1)

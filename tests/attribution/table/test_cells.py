import numpy as np
import pytest

from nbviz.attribution.table.cells import HUES, WAYS, TableCells
from tests.attribution.table.by_hand import importance, pointing


def test_the_error_of_a_share_is_that_of_the_strength_over_the_sum_of_its_class():
    cells = TableCells(importance(standard_error=np.array([[2.0, 0.5], [0.0, np.nan], [1.0, 1.0]])))
    assert cells.share_error == pytest.approx(np.array([[0.2, 0.1], [0, np.nan], [0.1, 0.2]]), nan_ok=True)
    assert cells.has_whiskers
    assert cells.furthest == pytest.approx(0.8 + 1.96 * 0.2)


def test_scales_are_those_of_the_cells_in_sight():
    table = importance()
    assert (TableCells(table).deepest, TableCells(table).longest) == pytest.approx((0.8, 0.45))
    first = TableCells(table, rows=np.array([0, 1]), columns=np.array([0]))
    assert (first.deepest, first.furthest) == pytest.approx((0.6, 0.6))
    assert not first.has_whiskers


def test_small_shares_have_a_decimal_more():
    assert TableCells(importance(np.ones((20, 1)), range(20), ["c"])).decimals == 2
    assert TableCells(importance(np.ones((21, 1)), range(21), ["c"])).decimals == 3


def test_a_hue_takes_a_clearer_direction_than_a_triangle():
    cells = TableCells(pointing([[0.6], [0.4], [0.0], [-0.2], [-0.6]]))
    assert [HUES[code] for code in cells.hue[:, 0]] == ["up", "mixed", "mixed", "mixed", "down"]
    assert [WAYS[code] for code in cells.way[:, 0]] == ["raises", "raises", "unclear", "lowers", "lowers"]
    assert cells.hues == {"up", "mixed", "down"}


def test_what_is_quiet_has_neither_hue_nor_triangle():
    cells = TableCells(pointing([[1.0], [1.0]], [[3.0], [1.0]]).with_noise_floor([1.0]))
    assert cells.quiet.tolist() == [[False], [True]]
    assert [HUES[code] for code in cells.hue[:, 0]] == ["up", "quiet"]
    assert [WAYS[code] for code in cells.way[:, 0]] == ["raises", "unclear"]

import numpy as np
import pytest

from nbviz.attribution.edges.straight_paths import StraightPaths
from tests.attribution.reference import random_rows

ROW = random_rows(1, 5)


@pytest.mark.parametrize(("rows", "nodes"), [(1, 32), (100, 32), (400, 8), (3000, 4)])
def test_about_as_many_points_are_looked_at_however_long_the_background(rows, nodes):
    points = StraightPaths([ROW], [random_rows(rows, 5, seed=3)]).points()
    assert len(points) == rows * nodes
    assert [point.start for point in points[::nodes]] == list(range(rows))


def test_the_points_of_a_path_are_nodes_of_gauss_legendre_with_weights_that_sum_to_one():
    points = StraightPaths([ROW], [random_rows(100, 5, seed=3)]).points()
    places, weights = np.polynomial.legendre.leggauss(32)
    np.testing.assert_allclose([point.alpha for point in points[:32]], (places + 1) / 2)
    np.testing.assert_allclose([point.weight for point in points[:32]], weights / 200)
    assert sum(point.weight for point in points) == pytest.approx(1)

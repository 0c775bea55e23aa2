import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.picture.frame import Signals, edge_scale, finite, largest, scaled_by_sd


def test_the_scale_of_edges_is_a_high_quantile_of_what_is_finite():
    assert edge_scale(np.arange(101.0)) == 98
    assert edge_scale(np.array([2.0, np.nan, np.inf])) == 2
    assert edge_scale(np.zeros(5)) == 1
    assert edge_scale(np.array([np.nan])) == 1
    assert edge_scale(np.array([])) == 1


def test_the_largest_is_of_sizes_over_all_axes():
    assert largest(np.array([[1.0, -4.0], [2.0, 3.0]])) == 4
    assert largest(np.zeros((2, 2))) == 1


def test_what_is_shown_is_the_sample_or_else_the_mean_over_rows():
    flow = {("a", "h"): np.array([[1.0, 2.0], [3.0, 8.0]])}
    assert Signals(flow=flow).now("a", "h").tolist() == [2, 5]
    assert Signals(flow=flow, shown={("a", "h"): np.array([[3.0, 8.0]])}).now("a", "h").tolist() == [3, 8]
    # Of a sample nothing is told by the mean over other rows.
    assert Signals(flow=flow, shown={}).now("a", "h") is None
    assert Signals(flow=flow).now("activated", "h") is None


def test_a_number_that_is_none_is_none():
    assert finite(np.float32(1.5)) == 1.5
    assert [finite(value) for value in (np.nan, np.inf, -np.inf)] == [None] * 3


@pytest.mark.parametrize(
    ("source", "kind", "scaled"),
    [("input", "kernel", True), ("dense", "kernel", False), ("input", "norm", False), ("input", "link", False)],
)
def test_only_edges_that_stand_for_one_weight_of_a_feature_are_scaled_by_its_spread(source, kind, scaled):
    layers = Layer("a", source, "", (2,), 2), Layer("b", "dense", "Dense", (2,), 2)
    edges = Connection("a", "b", kind)
    assert scaled_by_sd(edges, Architecture("m", layers, (edges,))) == scaled

import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz.attribution.edges.drawn_edges import DrawnEdges
from nbviz.attribution.edges.edge_flow import EdgeFlow
from nbviz.keras_model import ModelReader

DRAWN = {"picture": [0, 1], "maps": [2, 0], "hidden": [3, 1], "y": [0, 1, 2]}
CELLS = 4  # of each map


@pytest.fixture(scope="module")
def edges():
    """Maps of 2 x 2 cells, flattened by row, column and channel."""
    model = Sequential(
        [
            Input((3, 3, 2), name="picture"),
            layers.Conv2D(3, 2, name="maps"),
            layers.Flatten(),
            layers.Dense(4, name="hidden"),
            layers.Dense(3, name="y"),
        ]
    )
    return DrawnEdges(ModelReader(model))


def test_edges_of_one_weight_each_are_those_between_flat_layers(edges):
    assert edges.units(DRAWN) == {"y": ([3, 1], [0, 1, 2])}


def test_edges_of_many_weights_lead_from_channels_or_into_them(edges):
    found = edges.between_channels(DRAWN)
    assert {name: (list(of.sources), of.targets) for name, of in found.items()} == {
        "maps": ([0, 1], [2, 0]),
        "hidden": ([2, 0], [3, 1]),
    }
    assert edges.source_of("hidden") == "maps"


def test_behind_maps_all_rows_of_the_kernel_are_followed(edges):
    found = edges.cells(edges.between_channels(DRAWN))
    assert found == {"hidden": (range(3 * CELLS), [3, 1])}


def test_the_flow_out_of_cells_is_summed_by_channel(edges):
    random = np.random.default_rng(0)
    by_cell = random.normal(size=(1, 3 * CELLS, 2))
    leaving = random.normal(size=(1, 3 * CELLS))
    empty = np.zeros((1, 2))
    flow = EdgeFlow(by_cell, empty, leaving, np.zeros(1), np.zeros(1), leaving)
    found = edges.by_channel("hidden", flow, np.array([[2, 0]]))
    channels = by_cell.reshape(1, CELLS, 3, 2).sum(axis=1)
    np.testing.assert_allclose(found.edges, channels[:, [2, 0]], atol=1e-12)
    whole = leaving.reshape(1, CELLS, 3).sum(axis=1)
    np.testing.assert_allclose(found.leaving, whole, atol=1e-12)
    np.testing.assert_allclose(found.out_of, whole[:, [2, 0]], atol=1e-12)

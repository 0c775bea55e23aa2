"""A small network, rows for it, and its diagram."""

import numpy as np
import pytest
from keras import Sequential

from nbviz import NetworkDiagram
from tests.widgets.network_diagram.small_networks import mlp, rows


@pytest.fixture
def model() -> Sequential:
    return mlp(4, 5, 3, name="m")


@pytest.fixture
def x() -> np.ndarray:
    return rows(30, 4)


@pytest.fixture
def diagram(model: Sequential, x: np.ndarray) -> NetworkDiagram:
    return NetworkDiagram(model, x)

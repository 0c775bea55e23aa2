"""What the tests of both wires share."""

from typing import Any

import pytest

from nbviz import NetworkDiagram
from tests.picture.frames import classifier, data
from tests.sent_frames import read_frame


@pytest.fixture(scope="module")
def folded() -> tuple[Any, ...]:
    """A folded network with data, its diagram, header and arrays."""
    model = classifier(50, 70, 600, 45)
    diagram = NetworkDiagram(model, data(model), max_units=8)
    return model, diagram, *read_frame(diagram.network, diagram.frame)

"""What tests of the edges of dense layers share."""

import numpy as np
from keras import Model, layers

from nbviz.attribution.edges.edge_flow import EdgeUnits

TOLERANCE = 1e-5


def dense_units(model: Model) -> dict[str, EdgeUnits]:
    """All edges of all dense layers on flat rows."""
    return {
        layer.name: EdgeUnits(range(layer.kernel.shape[0]), range(layer.kernel.shape[1]))
        for layer in model.layers
        if isinstance(layer, layers.Dense) and len(layer.output.shape) == 2
    }


def close(found: np.ndarray, expected: np.ndarray, tolerance: float = TOLERANCE) -> None:
    """Within a tolerance relative to the largest number expected."""
    expected = np.asarray(expected)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())

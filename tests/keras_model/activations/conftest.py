"""What the tests of layers over time share."""

import numpy as np
import pytest

from tests.keras_model.activations.steps_by_hand import INPUTS, RNG, STEPS


@pytest.fixture
def x() -> np.ndarray:
    """Rows of a sequence."""
    return RNG.normal(size=(5, STEPS, INPUTS)).astype("float32")

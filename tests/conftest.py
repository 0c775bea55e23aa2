"""What every test shares: a CPU, quiet TensorFlow, the same random numbers each time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# Read when TensorFlow is imported, so before any test module; kernels started by tests inherit them.
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

PROJECT = Path(__file__).parents[1]


def pytest_report_header() -> str:
    """Say which nbviz is tested: the installed one or, after an editable install, the checkout."""
    import nbviz

    return f"nbviz: {Path(nbviz.__file__).parent}"


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout: pyproject.toml, notebooks/, nbviz/frontend/, which an installed nbviz lacks."""
    return PROJECT


@pytest.fixture(autouse=True)
def _same_random_numbers() -> None:
    # Importing Keras takes ten seconds, so tests that do without it go without the seed as well.
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)

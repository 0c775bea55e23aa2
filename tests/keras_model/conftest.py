"""What the tests of the reader share."""

from typing import Any

import pytest

from tests.keras_model.models import MODELS


@pytest.fixture(scope="module", params=MODELS)
def any_model(request: pytest.FixtureRequest) -> Any:
    """Each of the models that are easily read wrongly."""
    return MODELS[request.param]()

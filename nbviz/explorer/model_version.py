"""Which state a model's weights are in: bytes that differ once one of them has changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from nbviz.keras_model.forward import look_at

if TYPE_CHECKING:
    from nbviz.keras_model import Model

MOST_NUMBERS = 2**18  # read of one variable; of more, evenly spaced ones


def model_version(model: Model) -> bytes:
    """A digest of all weights, moving statistics included; reading it changes nothing and takes milliseconds.

    Of a variable with more than `MOST_NUMBERS` numbers it reads only so many: any training changes some of those.
    """
    digest = hashlib.blake2b(digest_size=16)
    for variable in model.weights:
        flat = look_at(variable).reshape(-1)
        step = max(1, -(-flat.size // MOST_NUMBERS))
        digest.update(np.ascontiguousarray(flat[::step]).tobytes())
    return digest.digest()

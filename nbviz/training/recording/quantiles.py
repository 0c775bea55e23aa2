"""Distributions of what flows through a model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nbviz.network.distributions import quantiles


def activation_quantiles(flow: Mapping[tuple[str, str], np.ndarray]) -> dict[str, np.ndarray]:
    """Layer -> quantiles (65,) of what its units return.

    Args:
        flow: As `ModelReader.forward` returns it.
    """
    after = {name: value for (role, name), value in flow.items() if role == "a"}
    activated = {name: value for (role, name), value in flow.items() if role == "activated"}
    return {name: quantiles(value) for name, value in (after | activated).items()}

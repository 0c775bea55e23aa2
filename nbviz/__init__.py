"""See inside a live Keras model, in the notebook cell where it trains."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbviz.architecture import Architecture as Architecture
    from nbviz.attribution.curves import Faithfulness as Faithfulness
    from nbviz.attribution.curves import faithfulness as faithfulness
    from nbviz.attribution.every_layer import layer_importance as layer_importance
    from nbviz.attribution.explain import attributions as attributions
    from nbviz.attribution.explain import importance as importance
    from nbviz.attribution.methods import METHODS as METHODS
    from nbviz.attribution.result import Importance as Importance
    from nbviz.attribution.shadow_features import noise_floor as noise_floor
    from nbviz.diagram import NetworkDiagram as NetworkDiagram
    from nbviz.keras_model import activations as activations
    from nbviz.keras_model import describe as describe

__version__ = "0.1.0"

# Loaded on first use: importing keras and a backend takes seconds.
_HOME = {
    "METHODS": "nbviz.attribution.methods",
    "Architecture": "nbviz.architecture",
    "Faithfulness": "nbviz.attribution.curves",
    "Importance": "nbviz.attribution.result",
    "NetworkDiagram": "nbviz.diagram",
    "activations": "nbviz.keras_model",
    "attributions": "nbviz.attribution.explain",
    "describe": "nbviz.keras_model",
    "faithfulness": "nbviz.attribution.curves",
    "importance": "nbviz.attribution.explain",
    "layer_importance": "nbviz.attribution.every_layer",
    "noise_floor": "nbviz.attribution.shadow_features",
}

__all__ = [
    "METHODS",
    "Architecture",
    "Faithfulness",
    "Importance",
    "NetworkDiagram",
    "activations",
    "attributions",
    "describe",
    "faithfulness",
    "importance",
    "layer_importance",
    "noise_floor",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nbviz' has no attribute {name!r}")
    try:
        module = importlib.import_module(_HOME[name])
    except ModuleNotFoundError as error:
        if error.name in ("keras", "tensorflow", "jax", "torch"):
            raise ModuleNotFoundError(
                f"nbviz.{name} needs Keras with a backend, and {error.name!r} is not installed: "
                'pip install "nbviz[tf]", or "nbviz[tf-cpu]" for the smaller CPU build.',
                name=error.name,
            ) from error
        raise
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])

"""See inside a live Keras model, in the notebook cell where it trains."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbviz.attribution.checks.faithfulness import Faithfulness as Faithfulness
    from nbviz.attribution.checks.faithfulness import faithfulness as faithfulness
    from nbviz.attribution.checks.noise_floor import noise_floor as noise_floor
    from nbviz.attribution.explain import attributions as attributions
    from nbviz.attribution.explain import importance as importance
    from nbviz.attribution.images.regions import image_regions as image_regions
    from nbviz.attribution.layer_importance import layer_importance as layer_importance
    from nbviz.attribution.methods.method_table import METHODS as METHODS
    from nbviz.attribution.table.importance import Importance as Importance
    from nbviz.explorer.comparisons.model_comparison import ModelComparison as ModelComparison
    from nbviz.explorer.comparisons.model_comparison import compare as compare
    from nbviz.explorer.comparisons.model_comparison import compare_moments as compare_moments
    from nbviz.explorer.explorer import ModelExplorer as ModelExplorer
    from nbviz.explorer.explorer import explore as explore
    from nbviz.keras_model import describe as describe
    from nbviz.keras_model.activations.layer_outputs import activations as activations
    from nbviz.keras_model.files.model_file import load as load
    from nbviz.keras_model.kernel_arrays import Kernels as Kernels
    from nbviz.keras_model.kernel_arrays import kernels as kernels
    from nbviz.keras_model.weight_arrays import weights as weights
    from nbviz.network.architecture import Architecture as Architecture
    from nbviz.network.named_array import NamedArray as NamedArray
    from nbviz.page.save import save_html as save_html
    from nbviz.training.recording.recording import Recording as Recording
    from nbviz.widgets.feature_maps.feature_maps import FeatureMaps as FeatureMaps
    from nbviz.widgets.importance_matrix.importance_matrix import ImportanceMatrix as ImportanceMatrix
    from nbviz.widgets.kernel_grid.kernel_grid import KernelGrid as KernelGrid
    from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram as NetworkDiagram
    from nbviz.widgets.trainer.trainer import Trainer as Trainer
    from nbviz.widgets.training_charts.training_chart import TrainingChart as TrainingChart
    from nbviz.widgets.training_charts.weight_histograms import WeightHistograms as WeightHistograms

__version__ = "0.1.0"

# Loaded on first use: importing keras and a backend takes seconds.
_HOME = {
    "METHODS": "nbviz.attribution.methods.method_table",
    "Architecture": "nbviz.network.architecture",
    "Faithfulness": "nbviz.attribution.checks.faithfulness",
    "FeatureMaps": "nbviz.widgets.feature_maps.feature_maps",
    "Importance": "nbviz.attribution.table.importance",
    "ImportanceMatrix": "nbviz.widgets.importance_matrix.importance_matrix",
    "KernelGrid": "nbviz.widgets.kernel_grid.kernel_grid",
    "Kernels": "nbviz.keras_model.kernel_arrays",
    "ModelComparison": "nbviz.explorer.comparisons.model_comparison",
    "ModelExplorer": "nbviz.explorer.explorer",
    "NamedArray": "nbviz.network.named_array",
    "NetworkDiagram": "nbviz.widgets.network_diagram.network_diagram",
    "Recording": "nbviz.training.recording.recording",
    "Trainer": "nbviz.widgets.trainer.trainer",
    "TrainingChart": "nbviz.widgets.training_charts.training_chart",
    "WeightHistograms": "nbviz.widgets.training_charts.weight_histograms",
    "activations": "nbviz.keras_model.activations.layer_outputs",
    "attributions": "nbviz.attribution.explain",
    "compare": "nbviz.explorer.comparisons.model_comparison",
    "compare_moments": "nbviz.explorer.comparisons.model_comparison",
    "describe": "nbviz.keras_model",
    "explore": "nbviz.explorer.explorer",
    "faithfulness": "nbviz.attribution.checks.faithfulness",
    "image_regions": "nbviz.attribution.images.regions",
    "importance": "nbviz.attribution.explain",
    "kernels": "nbviz.keras_model.kernel_arrays",
    "layer_importance": "nbviz.attribution.layer_importance",
    "load": "nbviz.keras_model.files.model_file",
    "noise_floor": "nbviz.attribution.checks.noise_floor",
    "save_html": "nbviz.page.save",
    "weights": "nbviz.keras_model.weight_arrays",
}

__all__ = [
    "METHODS",
    "Architecture",
    "Faithfulness",
    "FeatureMaps",
    "Importance",
    "ImportanceMatrix",
    "KernelGrid",
    "Kernels",
    "ModelComparison",
    "ModelExplorer",
    "NamedArray",
    "NetworkDiagram",
    "Recording",
    "Trainer",
    "TrainingChart",
    "WeightHistograms",
    "activations",
    "attributions",
    "compare",
    "compare_moments",
    "describe",
    "explore",
    "faithfulness",
    "image_regions",
    "importance",
    "kernels",
    "layer_importance",
    "load",
    "noise_floor",
    "save_html",
    "weights",
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

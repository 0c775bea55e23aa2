"""What maps of a layer and pixels of an input do for classes, as means over rows: Grad-CAM and attributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nbviz.attribution.classes import name_heads
from nbviz.attribution.explain import attributions
from nbviz.attribution.methods.grad_cam import GradCam, classifier, grad_cam
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.keras_model.activations.feature_maps import MapLayer, MapReader
from nbviz.network.names import Names

GRAD_CAM = "grad_cam"
_ALL_CLASSES = 16  # of more classes only those with the largest logits, and the one asked for
_LARGEST = 5
_ATTRIBUTED_ROWS = 16  # for a mean: each takes many gradients


@dataclass(frozen=True, slots=True)
class LayerEvidence:
    """What is known of a layer's maps.

    Attributes:
        classes: Numbers of the classes looked at.
        names: Their names.
        predicted: The class of the first output with the largest mean logit; None where there is only one, or its
            numbers are no classes.
        importance: (channels, classes).
        grad_cam: (*positions, classes).
    """

    classes: list[int]
    names: list[str]
    predicted: int | None
    importance: np.ndarray | None
    grad_cam: np.ndarray | None


class MapEvidence:
    """Works out Grad-CAM, the importance of maps and attributions, and says why where it cannot.

    Attributes:
        classes: How many classes the outputs have; 0 where there are none.
        attribution_words: What an attribution is.
    """

    def __init__(
        self,
        model: keras.Model,
        reader: MapReader,
        inputs: Sequence[np.ndarray],
        class_names: Names,
        importance: str,
        attribution: str,
    ) -> None:
        """Look at the outputs.

        Args:
            model: The model.
            reader: Of its maps.
            inputs: Checked rows, one array for each input.
            class_names: As the user gave them.
            importance: `"grad_cam"`, or a method that explains single rows.
            attribution: Such a method.

        Raises:
            ValueError: `class_names` that do not fit.
        """
        self._model, self._reader, self._inputs = model, reader, list(inputs)
        self._importance, self._attribution = importance, attribution
        self._explained: ExplainedOutputs | None = None
        self._error: str | None = None
        self._class_names: list[str] = []
        self._attributed: tuple[Any, tuple[np.ndarray | None, str | None]] | None = None
        self.classes = 0
        self.attribution_words = f"{_plain(attribution)} on the centred logit"
        if not reader.layers:
            return
        try:
            self._explained = classifier(model, reader.output_kind)
        except (ValueError, RuntimeError) as error:
            self._error = str(error)
            return
        named = name_heads(self._explained.heads, class_names)
        several = len(self._explained.heads) > 1
        self._class_names = [
            f"{head.name}: {name}" if several else name for head in self._explained.heads for name in named[head.name]
        ]
        whole = [not head.positions for head in self._explained.heads for _ in range(head.classes)]
        self._columns = np.flatnonzero(whole)
        self.classes = len(whole)
        # Logits of different outputs cannot be compared.
        head = next(head for head in self._explained.heads if not head.positions)
        self._ranked = self._columns[: head.classes]
        self._predicts = head.kind != "linear" and head.classes > 1

    def importance_words(self, *, mean: bool) -> str:
        """What the importance of a map is."""
        if self._importance == GRAD_CAM:
            return "Grad-CAM's channel weight × mean activation" + (", mean over samples" if mean else "")
        method = f"{_plain(self._importance)} of the map on the centred logit"
        return f"{method}, mean size over samples" if mean else method

    def of_layer(self, layer: MapLayer, rows: np.ndarray, wanted: int | None) -> tuple[LayerEvidence, str | None]:
        """Grad-CAM and importance of a layer's maps, as means over rows; and why not, where that cannot be.

        Args:
            layer: The layer.
            rows: Numbers of the rows.
            wanted: A class to look at in any case.
        """
        nothing = LayerEvidence([], [], None, None, None)
        if self._explained is None:
            return nothing, self._error
        inputs = [array[rows] for array in self._inputs]
        try:
            rows_given = self._arranged(inputs)
            few = len(self._columns) <= _ALL_CLASSES
            looked_at = self._columns if few else self._columns[:1]
            found = self._grad_cam(layer, rows_given, looked_at)
            logits = found.logits.mean(axis=0)[self._ranked]
            best = self._ranked[np.argsort(-np.nan_to_num(logits, nan=-np.inf), kind="stable")]
            predicted = int(best[0]) if self._predicts else None
            chosen = self._columns if few else best[:_LARGEST]
            if wanted is not None and wanted in self._columns and wanted not in chosen:
                chosen = np.append(chosen, wanted)
            classes = [int(column) for column in chosen]
            if not few:
                found = self._grad_cam(layer, rows_given, chosen)
            importance = found.importance.mean(axis=0)
            if self._importance != GRAD_CAM:
                importance = self._credit(layer, inputs, classes)
        except (ValueError, RuntimeError) as error:
            return nothing, str(error)
        except Exception as error:  # of TensorFlow: a layer whose gradient is not written, say
            return nothing, f"{type(error).__name__}: {error}"
        names = [self._class_names[column] for column in classes]
        return LayerEvidence(classes, names, predicted, importance, found.maps.mean(axis=0)), None

    def of_input(self, index: int, rows: np.ndarray, classes: Sequence[int]) -> tuple[np.ndarray | None, str | None]:
        """Attribution over one input, (rows, columns, classes) or (steps, classes); and why not.

        Args:
            index: Number of the input.
            rows: Numbers of the rows; of many some, whose mean it is.
            classes: Numbers of the classes.
        """
        some = rows[:: -(-len(rows) // _ATTRIBUTED_ROWS)]
        key = (index, some.tobytes(), tuple(classes))
        if self._attributed is None or self._attributed[0] != key:
            self._attributed = key, self._attribute(index, some, classes)
        return self._attributed[1]

    def _attribute(self, index: int, some: np.ndarray, classes: Sequence[int]) -> tuple[np.ndarray | None, str | None]:
        try:
            found: Any = attributions(
                self._model,
                self._arranged([array[some] for array in self._inputs]),
                method=self._attribution,
                background=self._arranged(self._inputs),
                classes=list(classes),
                output_kind=self._reader.output_kind,
            )
        except (ValueError, RuntimeError, TypeError) as error:
            return None, str(error)
        name = self._reader.specs[index].name
        if isinstance(found, dict):
            if name not in found:
                return None, f"no credit can go to the input {name!r}"
            found = found[name]
        mean = np.asarray(found).mean(axis=0)
        bands = 0 if self._reader.inputs_first[index] else -2
        return mean.sum(axis=bands), None

    def _grad_cam(self, layer: MapLayer, rows: Any, columns: np.ndarray) -> GradCam:
        return grad_cam(self._model, rows, layer.name, classes=columns.tolist(), reader=self._reader)

    def _credit(self, layer: MapLayer, inputs: list[np.ndarray], classes: Sequence[int]) -> np.ndarray:
        """(channels, classes): credit of each map, summed over its positions; of several rows its mean size."""
        places = len(layer.shape) - 1
        axes = range(1, places + 1) if layer.channels_first else range(places)
        found = attributions(
            self._model,
            self._arranged(inputs),
            method=self._importance,
            layer=layer.name,
            background=self._arranged(self._inputs),
            classes=list(classes),
            sum_axes=list(axes),
            output_kind=self._reader.output_kind,
        )
        assert isinstance(found, np.ndarray)
        return np.asarray(found[0] if len(found) == 1 else np.abs(found).mean(axis=0))

    def _arranged(self, inputs: Sequence[np.ndarray]) -> Any:
        """Inputs as the public functions take them."""
        return inputs[0] if len(inputs) == 1 else list(inputs)


def _plain(method: str) -> str:
    return method.replace("_x_", " × ").replace("_", " ")

"""The maps that a `FeatureMaps` shows, and what is shown beside them, for one sample or as means over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbviz.attribution.methods.map_evidence import LayerEvidence, MapEvidence
from nbviz.keras_model.activations.feature_maps import MapReader, MeanMaps
from nbviz.network.architecture import SaidKinds
from nbviz.network.names import Names
from nbviz.network.samples import Samples, numbers_of_a_row, read_samples
from nbviz.widgets.feature_maps.feature_map_wire import ClassEvidence, InputPicture, LayerMaps, RowsOfMaps
from nbviz.widgets.feature_maps.sliding_wire import Slid, sliding_wire, too_large

if TYPE_CHECKING:
    from nbviz.keras_model import Model
    from nbviz.keras_model.activations.feature_maps import MapLayer

MEAN_ROWS = 256  # rows that a mean is taken over; of more, evenly spaced ones
MEAN_NUMBERS = 2**21  # numbers of the inputs that it is taken over: 13 photographs of 224 x 224


class ShownMaps:
    """Works out what is shown, each part only when it is asked for: maps, what they do for classes, attributions.

    Attributes:
        reader: Of the model's maps.
        evidence: What maps do for classes.
        samples: How many rows x has.
        maps: Of the layer shown, None while none is.
    """

    def __init__(
        self,
        model: Model,
        x: Samples,
        class_names: Names,
        importance: str,
        attribution: str,
        output_kind: SaidKinds = None,
    ) -> None:
        """Read the model and the rows.

        Args:
            model: A built `keras.Model`.
            x: Rows to look at.
            class_names: As the user gave them.
            importance: `"grad_cam"`, or a method that explains single rows.
            attribution: Such a method.
            output_kind: What the user says of the outputs.

        Raises:
            TypeError: Not a `keras.Model`, or data that are not numbers.
            ValueError: The model is not built, or x or `class_names` do not fit.
        """
        self.model, self._names, self._methods = model, class_names, (importance, attribution)
        self.reader = MapReader(model, output_kind)
        self._inputs = read_samples(x, self.reader.specs)
        self.samples = len(self._inputs[0])
        self.evidence = self._make_evidence()
        self.maps: MeanMaps | None = None
        self._layer = ""
        self._sample: int | None = None
        self._found: tuple[LayerEvidence, str | None] = LayerEvidence([], [], None, None, None), None

    def read_model_again(self) -> None:
        """Look at the model again, as after training.

        Raises:
            ValueError: It takes other inputs than before.
        """
        reader = MapReader(self.model, self.reader.output_kind)
        if reader.specs != self.reader.specs:
            raise ValueError("Expected the model to take what it took before. Received other inputs; make it anew.")
        self.reader, self.evidence = reader, self._make_evidence()

    def read_maps(self, layer: str, sample: int | None) -> None:
        """Run the model as far as a layer.

        Args:
            layer: Its name.
            sample: Row of x, None for the mean over rows.
        """
        self._layer, self._sample = layer, sample
        inputs = [array[self._rows()] for array in self._inputs]
        small = self._of_layer.sliding is not None and too_large(self._of_layer.sliding) is None
        self.maps = self.reader.mean_maps(self.model, layer, inputs, entering=small)

    def weigh_maps(self, wanted: int | None) -> None:
        """Work out what the maps do for classes.

        Args:
            wanted: A class to look at in any case.
        """
        self._found = self.evidence.of_layer(self._of_layer, self._rows(), wanted)

    def forget(self) -> None:
        """Show no layer."""
        self.maps = None

    def layer_maps(self, *, attributed: bool) -> LayerMaps:
        """What has been worked out.

        Args:
            attributed: Whether attributions over the input are wanted too.
        """
        assert self.maps is not None
        rows = self._rows()
        of_maps, grad_cam_error = self._found
        pictured = self._picture(rows)
        attribution, attribution_error = None, None
        if pictured is None:
            attribution_error = "the model's inputs are no pictures and no sequences"
        elif attributed and of_maps.classes:
            attribution, attribution_error = self.evidence.of_input(pictured[0], rows, of_maps.classes)
        evidence = ClassEvidence(
            of_maps,
            attribution,
            self.evidence.importance_words(mean=self._sample is None),
            self.evidence.attribution_words,
            grad_cam_error,
            attribution_error,
        )
        return LayerMaps(
            self._of_layer,
            self.maps,
            RowsOfMaps(self._sample, self.samples, len(rows)),
            evidence,
            None if pictured is None else pictured[1],
            self._sliding(None if pictured is None else pictured[0]),
        )

    @property
    def _of_layer(self) -> MapLayer:
        return self.reader.layers[self._layer]

    def _make_evidence(self) -> MapEvidence:
        return MapEvidence(self.model, self.reader, self._inputs, self._names, *self._methods)

    def _rows(self) -> np.ndarray:
        """Numbers of the rows that are shown."""
        if self._sample is not None:
            return np.array([self._sample])
        most = max(1, min(MEAN_ROWS, MEAN_NUMBERS // max(1, numbers_of_a_row(self._inputs))))
        return np.linspace(0, self.samples - 1, min(self.samples, most)).astype(int)

    def _picture(self, rows: np.ndarray) -> tuple[int, InputPicture] | None:
        """Number of the input that is a picture, else a sequence, and what it looks like."""
        for rank in (4, 3):
            for index, (spec, array) in enumerate(zip(self.reader.specs, self._inputs, strict=True)):
                if array.ndim != rank or array.dtype.kind not in "biuf":
                    continue
                mean = array[rows].mean(axis=0, dtype=np.float64)
                if self.reader.inputs_first[index]:
                    mean = np.moveaxis(mean, 0, -1)
                some = array[:: max(1, len(array) // MEAN_ROWS)]
                return index, InputPicture(spec.name, mean, float(some.min()), float(some.max()))
        return None

    def _sliding(self, pictured: int | None) -> Slid | str | None:
        """How the layer's kernels slide over its input, or why that is not shown."""
        sliding = self._of_layer.sliding
        if sliding is None or self.maps is None:
            return None
        if self.maps.entering is None:
            return too_large(sliding)
        on_picture = pictured is not None and sliding.model_input == pictured
        return sliding_wire(sliding, self.reader.kernels(self._layer), self.maps.entering, on_picture=on_picture)

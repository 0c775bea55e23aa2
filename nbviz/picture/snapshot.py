"""The network at one moment as a picture of it: all that is drawn, before it stands anywhere in px."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nbviz.network.architecture import Architecture, Layer
from nbviz.network.names import output_name
from nbviz.picture.edges import Meaning
from nbviz.picture.fold import Fold
from nbviz.picture.frame import Frame
from nbviz.picture.layout import Layout


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is drawn.

    Attributes:
        architecture: The structure.
        folds: Layer with units -> which of its units are shown.
        layout: Where layers are drawn.
        frame: The numbers.
        names: Layer -> names of its units, where it has any. They reach the picture as text only.
        meaning: What edges show.
        scaled: Whether the first edges show w sd.
        faces: Whether units are drawn as responses over the plane of two inputs.
        changes: Whether the numbers are differences of two models.
        value_names: Input -> what the whole numbers that are its values mean, as the ids of tokens do.
    """

    architecture: Architecture
    folds: Mapping[str, Fold]
    layout: Layout
    frame: Frame
    names: Mapping[str, Sequence[str]]
    meaning: Meaning = "weight"
    scaled: bool = False
    faces: bool = False
    changes: bool = False
    value_names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def is_square(self, layer: Layer) -> bool:
        """Whether the layer's nodes are pictures rather than circles."""
        responds = self.faces and layer.has_units and layer.kind not in ("conv", "maps")
        return layer.is_picture or layer.has_maps or responds

    def tall(self, layer: Layer) -> float:
        """Px from the centre of a node to its upper and lower end."""
        size = self.layout.places[layer.name].size
        return size / 2 if layer.kind == "block" or self.is_square(layer) else size

    def value_text(self, layer: Layer, value: float) -> str | None:
        """What a value of an input means, where its values have names; None for a number as such."""
        if layer.name not in self.value_names:
            return None
        is_mean = self.frame.sample is None and (self.frame.sample_name or "mean ").startswith("mean ")
        if is_mean or not value.is_integer():
            return ""  # there is nothing between two ids
        return self.value_names[layer.name].get(int(value), f"{int(value)}")

    def name_of(self, layer: Layer, unit: int) -> str:
        """What a unit is called."""
        if layer.name in self.names:
            return self.names[layer.name][unit]
        if layer.kind in ("conv", "maps"):
            return f"channel {unit}"
        if layer.output is not None:
            return output_name(layer, unit)
        return f"x{unit}" if layer.kind == "input" else str(unit)

"""What the parts of the static picture share: the network at one moment, and where its columns stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbviz.network.architecture import Architecture, Layer
from nbviz.picture.edges import Meaning
from nbviz.picture.fold import Fold
from nbviz.picture.frame import Frame
from nbviz.picture.layout import Layout
from nbviz.picture.svg.columns import Columns, is_square, reach


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is drawn, with the columns' places in px.

    `roomy` is whether the width asked for has room for input values and logits, `rise` how far captions move down.
    """

    architecture: Architecture
    folds: Mapping[str, Fold]
    layout: Layout
    frame: Frame
    names: Mapping[str, Sequence[str]]
    meaning: Meaning
    columns: Columns
    roomy: bool
    scaled: bool
    faces: bool
    rise: float = 0.0

    @property
    def width(self) -> float:
        """Px of the whole picture."""
        return self.columns.width

    def x(self, layer: Layer) -> float:
        """Px of a layer's column."""
        return self.columns.at[self.layout.places[layer.name].column]

    def gap_before(self, layer: Layer) -> float:
        """Px from the column before a layer's to its own; 0 for the first."""
        column = self.layout.places[layer.name].column
        return self.columns.at[column] - self.columns.at[column - 1] if column else 0.0

    def gap_around(self, layer: Layer) -> float:
        """Px that a layer's column has for itself: to the middle of the gap at each side, twice that at an end."""
        at, column = self.columns.at, self.layout.places[layer.name].column
        sides = [abs(at[other] - at[column]) for other in (column - 1, column + 1) if 0 <= other < len(at)]
        return sum(sides) / len(sides) if sides else 0.0

    def reach(self, layer: Layer) -> float:
        """Px from the centre of a node to its side."""
        return reach(layer, self.layout.places[layer.name], self.columns.blocks, self.faces)

    def tall(self, layer: Layer) -> float:
        """Px from the centre of a node to its upper and lower end."""
        size = self.layout.places[layer.name].size
        return size / 2 if layer.kind == "block" or is_square(layer, self.faces) else size

    def is_square(self, layer: Layer) -> bool:
        """Whether the layer's nodes are pictures rather than circles."""
        return is_square(layer, self.faces)

    def block_width(self, layer: Layer) -> float:
        """Px of a block."""
        return self.columns.blocks[layer.name]

    def name_of(self, layer: Layer, unit: int) -> str:
        """What a unit is called."""
        if layer.kind in ("conv", "maps"):
            return f"channel {unit}"
        if layer.name in self.names:
            return self.names[layer.name][unit]
        if layer.output is not None:
            if layer.output == "linear":
                return layer.name if layer.units == 1 else f"output {unit}"
            return f"class {unit}"
        return f"x{unit}" if layer.kind == "input" else str(unit)

"""What the parts of the static picture share: the network at one moment, and where its columns stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nbviz.architecture import Architecture, Layer
from nbviz.edges import ONE, Meaning
from nbviz.fold import Fold
from nbviz.frame import Frame
from nbviz.layout import Layout
from nbviz.svg_labels import (
    shape_words,
)
from nbviz.typeset import grouped, text_width


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
    width: float
    roomy: bool
    scaled: bool
    faces: bool
    left: float
    gap: float
    rise: float

    def x(self, layer: Layer) -> float:
        """Px of a layer's column."""
        return self.left + self.layout.places[layer.name].column * self.gap

    def reach(self, layer: Layer) -> float:
        """Px from the centre of a node to its side."""
        size = self.layout.places[layer.name].size
        if layer.kind == "block":
            return self.block_width(layer) / 2
        return size / 2 if layer.is_picture or self.faces else size

    def block_width(self, layer: Layer) -> float:
        """Px of a block."""
        return block_room(layer)

    def name_of(self, layer: Layer, unit: int) -> str:
        """What a unit is called."""
        if layer.name in self.names:
            return self.names[layer.name][unit]
        if layer.output is not None:
            if layer.output == "linear":
                return layer.name if layer.units == 1 else f"output {unit}"
            return f"class {unit}"
        return f"x{unit}" if layer.kind == "input" else str(unit)


def first_units(scene: Scene) -> dict[str, int]:
    """Id of unit 0 of each layer."""
    first, ids = 0, {}
    for layer in scene.architecture.layers:
        ids[layer.name] = first
        first += scene.folds.get(layer.name, ONE).units
    return ids


def block_room(layer: Layer) -> float:
    """Px of a block that shows its words, as far as they are short."""
    lines = (shape_words(layer), f"{grouped(layer.parameters)} params")
    widest = max(text_width(layer.type, 12, bold=True), *(text_width(line, 11) for line in lines))
    return min(132.0, max(72.0, widest + 20))

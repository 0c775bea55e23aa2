"""The static picture with its columns in px: what its parts share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from nbviz.network.architecture import Layer
from nbviz.network.unit_ids import unit_ids
from nbviz.picture.fold import Fold
from nbviz.picture.frame import LayerFrame
from nbviz.picture.layout import Place
from nbviz.picture.snapshot import Snapshot
from nbviz.picture.svg.columns import Columns, place_columns, reach
from nbviz.picture.svg.label_room import ROOM_FOR_VALUES


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(Snapshot):
    """A snapshot whose columns stand in a picture of a width.

    Attributes:
        columns: Their places.
        roomy: Whether the width asked for has room for input values and logits.
        rise: Px that captions move down.
    """

    columns: Columns
    roomy: bool
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
        return reach(self, layer, self.columns.blocks)

    def layers(self) -> Iterator[DrawnLayer]:
        """The layers, each with its place and its numbers."""
        ids = unit_ids(self.architecture)
        for layer, numbers in zip(self.architecture.layers, self.frame.layers, strict=True):
            yield DrawnLayer(self, layer, self.layout.places[layer.name], numbers, ids[layer.name])


@dataclass(frozen=True, slots=True)
class DrawnLayer:
    """One layer in its column.

    Attributes:
        scene: The picture around it.
        layer: The layer.
        place: Where it is.
        numbers: Its numbers.
        ids: Ids of its units.
    """

    scene: Scene
    layer: Layer
    place: Place
    numbers: LayerFrame
    ids: range

    @property
    def x(self) -> float:
        """Px of its column."""
        return self.scene.x(self.layer)

    @property
    def fold(self) -> Fold:
        """Which of its units are shown, of a layer with units."""
        return self.scene.folds[self.layer.name]

    @property
    def row(self) -> dict[int, int]:
        """Unit -> its row in the arrays of numbers, which have the candidates only."""
        return {unit: row for row, unit in enumerate(self.fold.candidates)}


def scene_of(snapshot: Snapshot, width: float) -> Scene:
    """Stand a snapshot's columns in a picture of a width, in px."""
    shared = {field.name: getattr(snapshot, field.name) for field in dataclasses.fields(Snapshot)}
    return Scene(**shared, columns=place_columns(snapshot, width), roomy=width >= ROOM_FOR_VALUES)

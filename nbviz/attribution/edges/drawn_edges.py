"""Which edges of the picture are told what they carry, and how cells of maps are told as channels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits
from nbviz.keras_model import ModelReader
from nbviz.network.architecture import Connection


@dataclasses.dataclass(frozen=True, slots=True)
class DrawnEdges:
    """The edges between the units of a picture, by the layer that they lead to.

    Attributes:
        reader: The model.
    """

    reader: ModelReader

    @property
    def lead_through_channels(self) -> bool:
        """Whether some stand for many weights each."""
        return any(map(self._is_between_channels, self.reader.architecture.connections))

    def units(self, drawn: Mapping[str, Sequence[int] | np.ndarray]) -> dict[str, EdgeUnits]:
        """Dense layer on flat rows -> the units whose edges are drawn, of its source and of its own."""
        architecture = self.reader.architecture
        return {
            connection.target: EdgeUnits(
                drawn[connection.source] if connection.kind == "kernel" else (), drawn[connection.target]
            )
            for connection in architecture.connections
            if connection.kind == "kernel" or (connection.kind == "norm" and not self._is_between_channels(connection))
            if len(architecture[connection.target].output_shape) == 1
        }

    def between_channels(self, drawn: Mapping[str, Sequence[int] | np.ndarray]) -> dict[str, EdgeUnits]:
        """The same for layers whose edges stand for many weights each, from channels or into them."""
        return {
            connection.target: EdgeUnits(drawn.get(connection.source, ()), drawn[connection.target])
            for connection in self.reader.architecture.connections
            if self._is_between_channels(connection)
        }

    def cells(self, between: Mapping[str, EdgeUnits]) -> dict[str, EdgeUnits]:
        """Dense layer behind maps -> all rows of its kernel, and its units whose edges are drawn."""
        kernels = self.reader.weights()
        return {
            name: EdgeUnits(range(len(kernels[name][0])), targets)
            for name, (_, targets) in between.items()
            if name in kernels and len(self.reader.architecture[name].output_shape) == 1
        }

    def by_channel(self, name: str, flow: EdgeFlow, channels: np.ndarray) -> EdgeFlow:
        """The flow between cells of maps and units as that between channels, (*keys, channels), and units."""
        leaving = self.summed(name, np.asarray(flow.leaving), -1)
        return dataclasses.replace(
            flow,
            edges=np.take_along_axis(self.summed(name, flow.edges, -2), channels[..., None], axis=-2),
            out_of=np.take_along_axis(leaving, channels, axis=-1),
            leaving=leaving,
        )

    def summed(self, name: str, array: np.ndarray, axis: int) -> np.ndarray:
        """An array with an axis of the cells of maps, summed over those of each channel."""
        by_channel = self.reader.cells_by_channel(name, np.moveaxis(array, axis, 0)).sum(axis=0)
        return np.moveaxis(by_channel, 0, axis)

    def source_of(self, name: str) -> str:
        """The layer whose channels enter a dense layer behind maps."""
        architecture = self.reader.architecture
        return next(
            connection.source for connection in architecture.into(name) if self._is_between_channels(connection)
        )

    def _is_between_channels(self, connection: Connection) -> bool:
        architecture = self.reader.architecture
        source, target = architecture[connection.source], architecture[connection.target]
        return connection.kind == "norm" and (target.kind == "conv" or source.has_units)

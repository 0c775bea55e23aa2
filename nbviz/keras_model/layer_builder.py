"""A layer of the picture while the graph of a model is being read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nbviz.keras_model.graph import Call
from nbviz.network.architecture import LayerKind


@dataclass(slots=True)
class LayerBuilder:
    """A layer while the graph is being read.

    Attributes:
        node: The call that makes it.
        kind: As `Layer.kind`.
        steps: As `Layer.steps`.
        notes: As `Layer.notes`.
        members: Names of the layers passed through, and of those inside a model.
        parameters: Number of weights.
        leaving: Tensor at the end of all that belongs to the layer.
        activated: Tensor right after the last nonlinear step.
        rescaled: Whether values have left the range of that step.
        sequence: Whether what leaves it is taken step by step.
        channels_first: Whether the channels of its maps come before the positions.
    """

    node: Call
    kind: LayerKind
    steps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    parameters: int = 0
    leaving: Any = None
    activated: Any = None
    rescaled: bool = False
    sequence: bool = False
    channels_first: bool = False

    @property
    def meaning(self) -> str | None:
        """The step that gives the layer's numbers their meaning, None once they were rescaled."""
        return self.steps[-1] if self.steps and not self.rescaled else None

    @property
    def units(self) -> int:
        """Number of units, or channels; 1 for what is not drawn unit by unit."""
        shape = self.node.outputs[0].shape[1:]
        if self.kind == "dense":
            return int(self.node.operation.units)
        if self.kind in ("conv", "maps"):
            return int(shape[0 if self.channels_first else -1])
        return int(shape[0] or 1) if self.kind == "input" and len(shape) == 1 else 1

    @property
    def has_units(self) -> bool:
        """Whether the layer is drawn unit by unit."""
        shape = self.node.outputs[0].shape[1:]
        return self.kind in ("dense", "conv", "maps") or (
            self.kind == "input" and len(shape) <= 1 and None not in shape
        )

    @property
    def has_maps(self) -> bool:
        """Whether its units are channels with positions."""
        return self.kind in ("conv", "maps") and len(self.node.outputs[0].shape) > 2

    def units_reach(self, entering: Any) -> bool:
        """Whether what enters a kernel are still the units of this layer."""
        same = tuple(self.leaving.shape) == tuple(entering.shape)
        return same and self.units == entering.shape[1 if self.channels_first else -1]

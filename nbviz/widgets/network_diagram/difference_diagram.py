"""`DifferenceDiagram`: what has changed from one model to another of the same layers, drawn as a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

import traitlets

from nbviz.network.architecture import SaidKinds
from nbviz.network.samples import Samples
from nbviz.picture.difference_drawing import DifferenceDrawing
from nbviz.picture.fold import Rank
from nbviz.picture.live_frames import LiveFrames
from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram

if TYPE_CHECKING:
    from nbviz.keras_model import Model


class DifferenceDiagram(NetworkDiagram):
    """Two models of the same layers: edges show by how much weights differ, units by how much mean activations do.

    What is shown is the second model minus the first; edges have one scale in all gaps. No sample can be chosen: units
    show means over x. `nbviz.compare` makes one.
    """

    def __init__(
        self,
        before: Model,
        after: Model,
        x: Samples | None = None,
        *,
        names: tuple[str, str] = ("A", "B"),
        feature_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        class_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        max_units: int = 16,
        height: int = 480,
        output_kind: SaidKinds = None,
    ) -> None:
        """Draw the difference; both models have to have the same layers in the same order.

        Args:
            before: One model.
            after: The other one, whose names the picture has.
            x: Rows whose mean activations are compared; None for weights alone.
            names: What the two are called.
            feature_names: Names of the inputs' columns; by default those of a DataFrame.
            class_names: Names of the outputs.
            max_units: A hidden layer with more units shows those whose weights differ most.
            height: px of the drawing.
            output_kind: As for `nbviz.describe`.

        Raises:
            TypeError: No `keras.Model`, or data that are not numbers.
            ValueError: A model is not built; x, names or a number do not fit.
        """
        frames = LiveFrames(
            after,
            x,
            feature_names=feature_names,
            class_names=class_names,
            max_units=max_units,
            output_kind=output_kind,
        )
        old = LiveFrames(before, max_units=max_units, output_kind=output_kind)
        frames.reader.opening = frozenset()  # what opens in one would have to open in both
        frames.drawing = DifferenceDrawing(
            frames.drawing, old.drawing, {"before": str(names[0]), "after": str(names[1])}
        )
        self.model_before, self.names = before, (str(names[0]), str(names[1]))
        self._draw(frames, height)

    def show(self, sample: int | Samples | None, *, name: str | None = None) -> Self:
        """Samples have no difference of their own here.

        Raises:
            ValueError: A sample was given.
        """
        if sample is not None:
            raise ValueError(
                "Expected None: a difference is that of the mean over x. Received a sample; pass it as x to compare."
            )
        return self

    def show_mean(self, rows: Sequence[int] | None, *, name: str | None = None) -> Self:
        """As for `show`.

        Raises:
            ValueError: Rows were given.
        """
        return self.show(None if rows is None else list(rows))

    @traitlets.validate("selected_sample")
    def _valid_sample(self, proposal: traitlets.Bunch) -> int | None:
        if proposal.value is not None:
            raise traitlets.TraitError(
                f"Expected selected_sample None: a difference is that of the mean over x. Received {proposal.value}."
            )
        return None

    @traitlets.validate("rank")
    def _valid_rank(self, proposal: traitlets.Bunch) -> Rank:
        if proposal.value != "weight":
            raise traitlets.TraitError(
                f'Expected rank "weight": that of what weights differ by. Received {proposal.value!r}.'
            )
        return "weight"

    @traitlets.validate("edge_meaning")
    def _valid_meaning(self, proposal: traitlets.Bunch) -> str:
        if proposal.value != "weight":
            raise traitlets.TraitError(
                f'Expected edge_meaning "weight": edges show what weights differ by. Received {proposal.value!r}.'
            )
        return "weight"

    def __repr__(self) -> str:
        """Which models; no markup."""
        one, other = self.names
        return f"DifferenceDiagram({other} minus {one}, {len(self.architecture.layers)} layers)"

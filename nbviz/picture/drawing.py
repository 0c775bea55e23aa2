"""A network as it is drawn: which of its units, where, and what it looks like at a moment. No widget, no browser."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from nbviz.keras_model import ModelReader
from nbviz.network.architecture import Architecture, Layer
from nbviz.network.columns import columns
from nbviz.network.health import activation_badges, channel_badges, gradient_badges, weight_badges
from nbviz.network.layer_arrays import KernelsAndBiases, by_layer
from nbviz.network.unit_ids import unit_at, unit_ids
from nbviz.picture.channel_frame import entering_by_channel
from nbviz.picture.edges import Meaning
from nbviz.picture.fold import SCORE_WORDS, Fold, Rank, fold, handed_on, places, unit_scores
from nbviz.picture.frame import Frame, Progress, Signals
from nbviz.picture.layout import Layout, layout
from nbviz.picture.make_frame import make_frame
from nbviz.picture.network_wire import NetworkWire, network_wire
from nbviz.picture.observation import Observation
from nbviz.picture.snapshot import Snapshot
from nbviz.picture.svg.draw import draw

SURVEY_ROWS = 1000  # at rest
TRAINING_WORK, SURVEY_WORK = 4_000_000, 32_000_000  # rows times numbers that all layers work out for one, at most
FEWEST_ROWS = 8  # whatever that takes


class Drawing:
    """The picture of one model: its units chosen and placed, and drawn at any moment.

    Attributes:
        reader: What reads the model.
        names: Layer -> names of its units, where it has any.
        pulled: Ids of units brought into view, the latest last.
        folds: Layer with units -> which of them are drawn; once arranged.
        layout: Where layers are drawn; once arranged.
        version: Number of times that the picture was arranged.
    """

    folds: Mapping[str, Fold]
    layout: Layout

    def __init__(
        self, reader: ModelReader, names: Mapping[str, Sequence[str]], *, max_units: int, rank: Rank, version: int = 0
    ) -> None:
        """Take what is drawn; `arrange` places it.

        Args:
            reader: Of the model.
            names: Layer -> names of its units, where it has any.
            max_units: A hidden layer with more units than this shows its best ranked ones.
            rank: How units are ranked.
            version: To count on from.
        """
        self.reader, self.names = reader, names
        self._max_units, self._rank = max_units, rank
        self.pulled: list[int] = []
        self.version = version

    @property
    def architecture(self) -> Architecture:
        """The structure that is drawn."""
        return self.reader.architecture

    def read_anew(self, reader: ModelReader, names: Mapping[str, Sequence[str]], pulled: Sequence[int]) -> Drawing:
        """The drawing of another structure of the model, to be arranged."""
        other = Drawing(reader, names, max_units=self._max_units, rank=self._rank, version=self.version)
        other.pulled = list(pulled)
        return other

    def arrange(self, seen: Observation, height: float) -> None:
        """Choose the units and place them.

        Args:
            seen: The rows that the picture is of.
            height: px wanted.
        """
        self.folds = self._fold(seen)
        slots = {name: len(choice.shown) + choice.folded for name, choice in self.folds.items()}
        slots = {layer.name: slots.get(layer.name, 1) for layer in self.architecture.layers}
        pictures = self.reader.pictured if seen.x is not None or seen.row is not None else ()
        self.layout = layout(self.architecture, slots, height, seen.is_plane, pictures)
        self.version += 1

    def network(self, frame: Frame, seen: Observation) -> NetworkWire:
        """The arranged picture as it goes to the browser."""
        return network_wire(
            self._snapshot(frame, seen),
            version=self.version,
            score=SCORE_WORDS[self._rank],
            samples=seen.count,
            opening=self.reader.opening,
        )

    def frame(
        self,
        seen: Observation,
        signals: Signals,
        label: str | None,
        *,
        sample: int | None,
        progress: Progress,
        gradient_rows: int,
    ) -> Frame:
        """What the network looks like.

        Args:
            seen: The rows that the signals are of.
            signals: What flows through the network.
            label: What is shown, in words.
            sample: Row of x that is shown, if it is one.
            progress: Where a training run stands.
            gradient_rows: Rows that the sizes of gradients are looked at for; 0 for none.
        """
        reader = self.reader
        weights, channels = reader.weights(), reader.channel_weights()
        badges = weight_badges(weights) + channel_badges(channels.norms)
        if signals.flow and not badges:
            badges += activation_badges(self.architecture, by_layer(signals.flow, "activated"))
            if gradient_rows:
                badges += gradient_badges(reader.gradient_sizes(seen.probe(gradient_rows)))
        return dataclasses.replace(
            make_frame(self.architecture, self.folds, weights, signals, channels),
            badges=tuple(badges),
            sample=sample,
            sample_name=label,
            progress=progress,
        )

    def frame_of_weights(self, kernels: KernelsAndBiases, progress: Progress) -> Frame:
        """What the network looked like, from weights alone.

        Args:
            kernels: Layer -> kernel as Keras keeps it, bias or None; more layers than are drawn do not matter.
            progress: Where the training run stood.

        Raises:
            KeyError: A layer that is drawn is missing.
        """
        # A layer that the model calls twice is drawn twice, with the same weights.
        weights = {
            name: kernels[name if name in kernels else name.rpartition(":")[0]] for name in self.reader.weights()
        }
        channels = self.reader.channel_weights(kernels)
        badges = tuple(weight_badges(weights) + channel_badges(channels.norms))
        frame = make_frame(self.architecture, self.folds, weights, Signals(), channels)
        return dataclasses.replace(frame, badges=badges, progress=progress)

    def svg(self, frame: Frame, seen: Observation, meaning: str, width: int) -> str:
        """The arranged picture as a self-contained `<svg>` element, so many px wide."""
        return draw(self._snapshot(frame, seen, cast(Meaning, meaning)), width)

    def most_rows(self, rows: int, training: bool = False) -> int:
        """Rows to look at, so many at most: of a network that works out many numbers for each, a few."""
        work = TRAINING_WORK if training else SURVEY_WORK
        return min(rows, max(FEWEST_ROWS, work // self.reader.numbers_per_row))

    def unit_id(self, layer: str, unit: int | str) -> int:
        """The id of a unit over all layers.

        Args:
            layer: Name of the layer.
            unit: Index in the layer, or name of a feature or class.

        Raises:
            KeyError: No such layer.
            ValueError: No such unit.
        """
        self.architecture[layer]
        ids = unit_ids(self.architecture)[layer]
        names = list(self.names.get(layer, []))
        index = names.index(unit) if unit in names else unit
        if not isinstance(index, (int, np.integer)) or not 0 <= index < len(ids):
            raise ValueError(f"Expected a unit of {layer!r}, 0 to {len(ids) - 1} or a name. Received {unit!r}.")
        return ids[int(index)]

    def feature_name(self, unit: int) -> str | None:
        """Name of a feature by its id (an unnamed one `"x3"`), None for what is no feature."""
        layer, index = self.unit_at(unit) or (None, 0)
        if layer is None or layer.kind != "input" or not layer.has_units:
            return None
        return self.names.get(layer.name, [f"x{number}" for number in range(layer.units)])[index]

    def pull(self, unit: int) -> bool:
        """Have a unit in view whatever its rank; answers whether the picture has to be arranged for it.

        Args:
            unit: Its id; one that there is not does nothing.
        """
        layer, index = self.unit_at(unit) or (None, 0)
        if layer is None or layer.name not in self.folds or index in self.folds[layer.name].candidates:
            return False
        self.pulled.append(unit)
        return True

    def unit_at(self, unit: int) -> tuple[Layer, int] | None:
        """The layer of a unit id, and the index there."""
        return unit_at(self.architecture, unit)

    def found_again(self, unit: int | None, later: Architecture) -> int | None:
        """The id in another picture of the model of what has an id in this one; None where it is not drawn."""
        found = None if unit is None else self.unit_at(unit)
        if found is None:
            return None
        layer, index = found
        ids = unit_ids(later)
        same = (
            other.name
            for other in later.layers
            if (other.name, other.kind, other.group) == (layer.name, layer.kind, layer.group)
        )
        # A layer changed in place may have fewer units, or be a block by now.
        return next((ids[name].start + index for name in same if index < len(ids[name])), None)

    def _snapshot(self, frame: Frame, seen: Observation, meaning: Meaning = "weight") -> Snapshot:
        return Snapshot(
            self.architecture,
            self.folds,
            self.layout,
            frame,
            self.names,
            meaning,
            scaled=seen.count > 0,
            faces=seen.is_plane,
        )

    def _fold(self, seen: Observation) -> dict[str, Fold]:
        architecture, channels = self.architecture, self.reader.channel_weights()
        kernels = {name: kernel for name, (kernel, _) in self.reader.weights().items()}
        kernels |= {name: slices.norms for name, slices in channels.slices.items()}
        entering = None
        if self._rank == "contribution":
            flow = self.reader.forward(seen.probe(self.most_rows(SURVEY_ROWS)))
            entering = {
                name: entering_by_channel(name, np.abs(value).mean(axis=0), channels)
                for name, value in by_layer(flow, "kernel input").items()
            }
        scores = unit_scores(architecture, kernels, self._rank, entering)
        column = columns(architecture)
        sharing = {index: list(column.values()).count(index) for index in column.values()}
        folds, kept = {}, self._kept()
        for layer in architecture.layers:
            if layer.has_units:
                room = places(layer, self._max_units, sharing[column[layer.name]])
                by_index = layer.kind in ("conv", "maps")
                folds[layer.name] = fold(scores[layer.name], room, kept[layer.name], by_index=by_index)
        return folds

    def _kept(self) -> dict[str, list[int]]:
        """Units that were pulled into view, and the same channels in the layers that hand them on."""
        found = {
            name: [ids.index(unit) for unit in self.pulled if unit in ids]
            for name, ids in unit_ids(self.architecture).items()
        }
        return handed_on(self.architecture, found)

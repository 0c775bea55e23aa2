"""A network as it is drawn: which of its units, where, and what it looks like at a moment. No widget, no browser."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from nbviz.keras_model import ModelReader
from nbviz.network.architecture import Architecture, Layer
from nbviz.network.channels import ChannelWeights
from nbviz.network.columns import columns
from nbviz.network.health import activation_badges, channel_badges, gradient_badges, weight_badges
from nbviz.network.layer_arrays import KernelsAndBiases, LayerArrays, by_layer
from nbviz.network.unit_ids import unit_at, unit_ids
from nbviz.picture.channel_frame import entering_by_channel
from nbviz.picture.edges import Meaning
from nbviz.picture.fold import (
    MOST_CLASSES,
    SCORE_WORDS,
    Fold,
    Rank,
    best_units,
    fold,
    handed_on,
    places,
    ranking,
    unit_scores,
)
from nbviz.picture.frame import Frame, FrameContent, Progress, Signals
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
        rank: How units are ranked.
        pulled: Ids of units whose numbers are wanted whatever their rank, the latest last.
        folds: Layer with units -> which of them are drawn where nothing is asked; once arranged.
        scores: Layer with units -> (units,), what they are ranked by; once arranged.
        asked: Layer -> units whose numbers are wanted for what is asked.
        layout: Where layers are drawn; once arranged.
        value_names: Input -> what the whole numbers that are its values mean.
        version: Number of times that the picture was arranged.
    """

    folds: Mapping[str, Fold]
    scores: Mapping[str, np.ndarray]
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
        self._max_units, self.rank = max_units, rank
        self.pulled: list[int] = []
        self.asked: Mapping[str, Sequence[int]] = {}
        self._likely: tuple[str | None, Mapping[str, Sequence[int]]] = (None, {})
        self.version = version
        self.value_names: Mapping[str, Mapping[int, str]] = {}

    @property
    def architecture(self) -> Architecture:
        """The structure that is drawn."""
        return self.reader.architecture

    def weights(self) -> KernelsAndBiases:
        """Dense layer -> kernel (inputs, units), bias (units,) or None: what edges between units show."""
        return self.reader.weights()

    def channels(self) -> ChannelWeights:
        """What the edges show that stand for many weights each."""
        return self.reader.channel_weights()

    def read_anew(self, reader: ModelReader, names: Mapping[str, Sequence[str]], pulled: Sequence[int]) -> Drawing:
        """The drawing of another structure of the model, to be arranged."""
        other = Drawing(reader, names, max_units=self._max_units, rank=self.rank, version=self.version)
        other.pulled, other.value_names = list(pulled), self.value_names
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
        self.layout = layout(self.architecture, slots, height, self._has_responses(seen), pictures)
        self.version += 1

    def network(self, frame: Frame, seen: Observation) -> NetworkWire:
        """The arranged picture as it goes to the browser."""
        return network_wire(
            self._snapshot(frame, seen),
            version=self.version,
            score=SCORE_WORDS[self.rank],
            samples=seen.count,
            opening=self.reader.opening,
        )

    @property
    def asked_folds(self) -> dict[str, Fold]:
        """Layer with units -> its fold, whose candidates are joined by the units that are asked for."""
        found = dict(self.folds)
        for name, units in self.asked.items():
            known = self.folds.get(name)
            more = [] if known is None else [unit for unit in units if unit not in known.candidates]
            if known is not None and more:
                rank_of = np.empty(known.units, int)
                rank_of[ranking(self.scores[name])] = np.arange(known.units)
                found[name] = known.with_candidates(more, rank_of[more].tolist())
        return found

    def with_weights_of_candidates(self, frame: Frame) -> Frame:
        """A frame without the weights between units that are asked for: those may be many."""
        connections = []
        for connection, numbers in zip(self.architecture.connections, frame.connections, strict=True):
            ends = [self.folds.get(name) for name in (connection.source, connection.target)]
            cut = tuple(slice(None if end is None else len(end.candidates)) for end in ends)
            arrays = {key: array[cut] if array.ndim == 2 else array for key, array in numbers.arrays.items()}
            connections.append(dataclasses.replace(numbers, arrays=arrays))
        return dataclasses.replace(frame, connections=tuple(connections))

    def likely(self, answers: LayerArrays, truth: tuple[str, int] | None) -> dict[str, tuple[int, ...]]:
        """Output layer of classes that is drawn in part -> its likeliest units, and the true one among them.

        Args:
            answers: `ModelReader.forward` of one sample, or of rows whose mean is looked at.
            truth: Layer and unit of the sample's class; None where it is not known.
        """
        found = {}
        for layer in self.architecture.outputs:
            if layer.output == "linear" or not self._is_folded(layer) or ("a", layer.name) not in answers:
                continue
            fold = self.folds[layer.name]
            keep = [truth[1]] if truth is not None and layer.name == truth[0] else []
            order = ranking(self.scores[layer.name])
            chosen = best_units(answers["a", layer.name].mean(axis=0), len(fold.shown), keep, order, by_index=False)
            found[layer.name] = tuple(chosen.tolist())
        return found

    def likely_at(self, seen: Observation) -> dict[str, tuple[int, ...]]:
        """The same for the sample that is looked at; of a mean over rows there are none."""
        if seen.sample is None or not any(map(self._is_folded, self.architecture.outputs)):
            return {}
        return self.likely(self.reader.forward(seen.sample), seen.truth)

    def _is_folded(self, layer: Layer) -> bool:
        return layer.name in self.folds and self.folds[layer.name].folded

    def frame(self, seen: Observation, content: FrameContent) -> Frame:
        """What the network looks like.

        Args:
            seen: The rows that the signals are of.
            content: What it is to tell.
        """
        signals, asked = content.signals, content.asked
        weights, channels = self.weights(), self.channels()
        badges = weight_badges(weights) + channel_badges(channels.norms)
        if signals.flow and not badges:
            badges += activation_badges(self.architecture, by_layer(signals.flow, "activated"))
            if content.gradient_rows:
                badges += gradient_badges(self.reader.gradient_sizes(seen.probe(content.gradient_rows)))
        folds = self.asked_folds if asked else self.folds
        likely: Mapping[str, Sequence[int]] = (
            {} if not asked or signals.shown is None else self.likely(signals.shown, seen.truth)
        )
        if content.progress.training and likely and self._likely[0] == content.label:
            likely = self._likely[1]  # while the answers move from step to step, their places do not
        if likely:
            self._likely = content.label, likely
        return dataclasses.replace(
            make_frame(self.architecture, folds, weights, signals, channels),
            badges=tuple(badges),
            asked={name: fold.candidates[len(self.folds[name].candidates) :] for name, fold in folds.items()},
            ranks={name: fold.ranks[len(self.folds[name].ranks) :] for name, fold in folds.items()},
            likely=likely,
            sample=content.sample,
            sample_name=content.label,
            progress=content.progress,
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

    def svg(self, frame: Frame, seen: Observation, meaning: str, width: int, selected: int | None = None) -> str:
        """The arranged picture as a self-contained `<svg>` element, so many px wide; a selected unit is in it."""
        at = None if selected is None else self.unit_at(selected)
        wanted = {} if at is None else handed_on(self.architecture, {at[0].name: [at[1]]})
        shown = self._snapshot(frame, seen, cast(Meaning, meaning))
        folds = {name: known.showing(wanted.get(name, ())) for name, known in self.folds.items()}
        return draw(dataclasses.replace(shown, folds=folds), width)

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
        """Have the numbers of a unit whatever its rank; answers whether the picture has to be arranged for it.

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
            faces=self._has_responses(seen),
            value_names=self.value_names,
        )

    def _has_responses(self, seen: Observation) -> bool:
        """Whether units are drawn as what they answer over the plane of two inputs."""
        return seen.is_plane

    def _fold(self, seen: Observation) -> dict[str, Fold]:
        architecture, channels = self.architecture, self.channels()
        kernels = {name: kernel for name, (kernel, _) in self.weights().items()}
        kernels |= {name: slices.norms for name, slices in channels.slices.items()}
        entering = None
        if self.rank == "contribution":
            flow = self.reader.forward(seen.probe(self.most_rows(SURVEY_ROWS)))
            entering = {
                name: entering_by_channel(name, np.abs(value).mean(axis=0), channels)
                for name, value in by_layer(flow, "kernel input").items()
            }
        self.scores = scores = unit_scores(architecture, kernels, self.rank, entering)
        column = columns(architecture)
        sharing = {index: list(column.values()).count(index) for index in column.values()}
        folds, kept = {}, self._kept()
        for layer in architecture.layers:
            if layer.has_units:
                room = places(layer, self._max_units, sharing[column[layer.name]])
                by_index = layer.kind in ("conv", "maps")
                of_classes = layer.output not in (None, "linear") and layer.units <= MOST_CLASSES
                folds[layer.name] = fold(
                    scores[layer.name], room, kept[layer.name], by_index, layer.units if of_classes else None
                )
        return folds

    def _kept(self) -> dict[str, list[int]]:
        """Units whose numbers are wanted, and the same channels in the layers that hand them on."""
        found = {
            name: [ids.index(unit) for unit in self.pulled if unit in ids]
            for name, ids in unit_ids(self.architecture).items()
        }
        return handed_on(self.architecture, found)

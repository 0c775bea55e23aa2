"""What has changed from one model to another of the same layers, as a frame like any other: plain differences."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.channels import ChannelWeights, MeanMaps
from nbviz.network.layer_arrays import ArrayKey, KernelsAndBiases, LayerArrays
from nbviz.network.names import output_name
from nbviz.picture.drawing import Drawing
from nbviz.picture.edges import Meaning
from nbviz.picture.frame import ConnectionFrame, Frame, FrameContent, LayerFrame, Signals, largest
from nbviz.picture.make_frame import make_frame
from nbviz.picture.network_wire import ChangeWire, NetworkWire
from nbviz.picture.observation import Observation
from nbviz.picture.snapshot import Snapshot
from nbviz.picture.unit_frame import probabilities

SCORE = "Σ|Δw| in × Σ|Δw| out"


class DifferenceDrawing(Drawing):
    """Draws the difference of two models: edges what weights have changed by, units what mean activations have.

    Edges of a kind have one scale in all gaps, so that layers can be compared.
    """

    def __init__(self, after: Drawing, before: Drawing, change: ChangeWire) -> None:
        """Take what is drawn; `arrange` places it.

        Args:
            after: The drawing of one model, whose names the picture has.
            before: That of the other one, of the same layers in the same order.
            change: What the two are called.
        """
        names = {**after.names}
        for layer in after.architecture.outputs:
            if layer.name not in names and layer.output != "linear":
                names[layer.name] = [output_name(layer, unit) for unit in range(layer.units)]
        super().__init__(after.reader, names, max_units=after._max_units, rank="weight")
        self._before, self._change = before.reader, change
        pairs = zip(after.architecture.layers, before.architecture.layers, strict=True)
        self._old_name = {new.name: old.name for new, old in pairs}
        # A difference of probabilities is a number, which may be below 0.
        layers = [
            layer if layer.output is None else dataclasses.replace(layer, output="linear", logits=False)
            for layer in after.architecture.layers
        ]
        self._numbers = dataclasses.replace(after.architecture, layers=tuple(layers))

    @property
    def architecture(self) -> Architecture:
        """The structure that is drawn; its outputs are plain numbers."""
        return self._numbers

    def read_anew(self, reader: object, names: Mapping[str, Sequence[str]], pulled: Sequence[int]) -> Drawing:
        """There is no such thing: the layers of one model have changed.

        Raises:
            ValueError: Always.
        """
        raise ValueError(
            "Expected two models of the same layers, as they were when they were compared. Received one whose layers "
            "have changed; compare them anew."
        )

    def weights(self) -> KernelsAndBiases:
        """Dense layer -> what kernel and bias have changed by."""
        changes = self._changes()
        return {name: changes[name] for name in self.reader.weights()}

    def channels(self) -> ChannelWeights:
        """What the kernels have changed by whose edges stand for many weights each."""
        return self.reader.channel_weights(self._changes())

    def _changes(self) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
        old, found = self._before.stored_weights(), {}
        for name, (kernel, bias) in self.reader.stored_weights().items():
            old_kernel, old_bias = old[self._old_name[name]]
            found[name] = kernel - old_kernel, None if bias is None or old_bias is None else bias - old_bias
        return found

    def network(self, frame: Frame, seen: Observation) -> NetworkWire:
        """The arranged picture as it goes to the browser; no sample can be chosen, and no block opened."""
        wire = super().network(frame, seen)
        wire["change"], wire["samples"], wire["score"] = self._change, 0, SCORE
        for layer in wire["layers"]:
            layer["opens"] = False
        for connection in wire["connections"]:
            connection["scaled_by_sd"] = False
        return wire

    def frame(self, seen: Observation, content: FrameContent) -> Frame:
        """What has changed; of a sample that is looked at nothing is told, but of the mean over rows."""
        signals = content.signals
        old, new = self._flows(seen, signals)
        differences = {key: value - old[key] for key, value in new.items()}
        maps = self._maps(seen, signals)
        shown = Signals(shown=differences or None, values=signals.values, of_channels=MeanMaps(maps))
        frame = make_frame(self.architecture, self.folds, self.weights(), shown, self.channels())
        return dataclasses.replace(
            frame,
            layers=tuple(
                self._layer(layer, numbers, old, new)
                for layer, numbers in zip(self.architecture.layers, frame.layers, strict=True)
            ),
            connections=self._connections(frame.connections),
            sample_name=content.label if new else None,
            progress=content.progress,
        )

    def _flows(self, seen: Observation, signals: Signals) -> tuple[LayerArrays, LayerArrays]:
        """What leaves each layer for the rows looked at, by the names of the later model; empty without rows."""
        if not signals.flow:
            return {}, {}
        rows = len(next(iter(signals.flow.values())))
        flow = self._before.forward(seen.probe(rows))
        new: dict[ArrayKey, np.ndarray] = {}
        old: dict[ArrayKey, np.ndarray] = {}
        for (role, name), value in signals.flow.items():
            if role == "a" and ("a", self._old_name[name]) in flow:
                new["a", name], old["a", name] = value, flow["a", self._old_name[name]]
        return old, new

    def _maps(self, seen: Observation, signals: Signals) -> dict[str, np.ndarray]:
        maps = signals.of_channels.maps
        if not maps or not signals.flow:
            return {}
        old = self._before.mean_maps(seen.probe(len(next(iter(signals.flow.values()))))).maps
        return {name: value - old[self._old_name[name]] for name, value in maps.items()}

    def _layer(self, layer: Layer, numbers: LayerFrame, old: LayerArrays, new: LayerArrays) -> LayerFrame:
        if layer.kind == "input" and layer.has_units:  # the rows are the same for both
            return dataclasses.replace(
                numbers, arrays={**numbers.arrays, "a": np.full_like(numbers.arrays["a"], np.nan)}
            )
        if ("a", layer.name) not in new or layer.name not in self.folds:
            return numbers
        units = np.asarray(self.folds[layer.name].candidates, int)
        before, after = (flow["a", layer.name].mean(axis=0, dtype=np.float64) for flow in (old, new))
        scale = numbers.a_scale if layer.has_maps else largest(after - before)
        arrays = dict(numbers.arrays)
        own = self.reader.architecture[layer.name]
        if own.output is not None:
            if own.logits:
                before, after = (probabilities(own, Signals(flow=flow)) for flow in (old, new))
            arrays["value"] = (after - before)[units]
        arrays["before"], arrays["after"] = before[units], after[units]
        return dataclasses.replace(numbers, arrays=arrays, a_scale=scale)

    def _connections(self, all_numbers: Sequence[ConnectionFrame]) -> tuple[ConnectionFrame, ...]:
        """With the weights themselves, and one scale for all edges of a kind."""
        connections = self.architecture.connections
        scales: dict[str, float] = {}
        for connection, numbers in zip(connections, all_numbers, strict=True):
            if numbers.arrays and numbers.abs_sum > 0:
                scales[connection.kind] = max(scales.get(connection.kind, 0.0), numbers.scale)
        readers = self._before, self.reader
        kernels = [reader.weights() for reader in readers]
        channels = [reader.channel_weights() for reader in readers]
        found = []
        for connection, numbers in zip(connections, all_numbers, strict=True):
            if not numbers.arrays:
                found.append(numbers)
                continue
            names = self._old_name[connection.target], connection.target
            if connection.kind == "kernel":
                both = [kernel[name][0] for kernel, name in zip(kernels, names, strict=True)]
            else:
                slices = [channel.slices[name] for channel, name in zip(channels, names, strict=True)]
                is_whole = connection.source not in self.folds
                both = [(each.merged() if is_whole else each).signed for each in slices]
            at = self._ends(connection)
            arrays = {**numbers.arrays, "before": both[0][at], "after": both[1][at]}
            scale = scales.get(connection.kind, numbers.scale)
            found.append(dataclasses.replace(numbers, arrays=arrays, scale=scale))
        return tuple(found)

    def _ends(self, connection: Connection) -> tuple[np.ndarray, ...]:
        """Rows and columns of the candidates at both ends."""
        source = self.folds.get(connection.source)
        rows = np.zeros(1, int) if source is None else np.asarray(source.candidates, int)
        return np.ix_(rows, np.asarray(self.folds[connection.target].candidates, int))

    def _snapshot(self, frame: Frame, seen: Observation, meaning: Meaning = "weight") -> Snapshot:
        return dataclasses.replace(super()._snapshot(frame, seen, meaning), scaled=False, changes=True)

    def _has_responses(self, _seen: Observation) -> bool:
        return False

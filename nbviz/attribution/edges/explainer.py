"""Explains the outputs of a model for the units that are drawn: contributions of the edges, and paths of features."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nbviz.attribution.edges.carried import Carried, Choose
from nbviz.attribution.edges.channel_flows import channel_contributions
from nbviz.attribution.edges.contributions import contributions
from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits
from nbviz.attribution.edges.explanation import Explanation, InputPart, LocalExplanation, OutputWords
from nbviz.attribution.edges.feature_paths import (
    WantedPaths,
    credits_for,
    explain_row,
    loops_in,
    not_followed,
    why_not_explained,
)
from nbviz.attribution.edges.part_paths import part_paths
from nbviz.attribution.edges.straight_paths import StraightPaths, straight_paths
from nbviz.attribution.outputs import ExplainedOutputs, explained_outputs
from nbviz.attribution.rows import BACKGROUND_ROWS, draw_rows
from nbviz.keras_model import ModelReader
from nbviz.keras_model.gradient_registry import check_gradients
from nbviz.network.architecture import Connection, OutputKind
from nbviz.network.unit_ids import unit_ids
from nbviz.style.numbers import grouped

_ALL_FEATURES, _ALL_CLASSES = 40, 12  # up to so many the paths of all are worked out at once
_NUMBERS = 1_000_000  # that one explanation may hold
_LARGE_PICTURE, _LARGEST_PICTURE = 2**12, 2**19  # numbers
_LIKELIEST = 4  # classes that a large picture is explained for
_ROWS_BESIDE_A_PICTURE = 50  # of the background: each costs a picture at every point of its path
_WITHOUT_PATHS = {
    3: "the pixels of a picture are no units of their own that a path could start from",
    2: "a running kernel works out the path of the step that is chosen",
}
_LONGEST_LOOP = 1000  # steps
_NO_EDGES = "there is no convolution or dense layer whose edges it could follow"
_WORDS: dict[OutputKind, OutputWords] = {"softmax": "centred logit", "sigmoid": "logit", "linear": "output"}


def explainable(reader: ModelReader) -> dict[str, int]:
    """Layers of the picture that make an output -> its number among the outputs.

    Where no output is one number for each class, those of one number for each class at every position: pictures.
    """
    architecture = reader.architecture
    spread = [layer for layer in architecture.layers if layer.kind != "input" and layer.has_units]
    for layers in (architecture.outputs, spread):
        places = {layer.name: reader.head_of(layer.name) for layer in layers}
        found = {name: place for name, place in places.items() if place is not None}
        if found:
            return found
    return {}


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """Which paths are wanted: places of features among those that get credit, classes; who is drawn, or chooses it."""

    places: Sequence[int]
    classes: tuple[int, ...]
    drawn: Mapping[str, Sequence[int]]
    choose: Choose | None


class Explainer:
    """Explains one output of a model.

    Attributes:
        feature_ids: Ids of the input units that get credit, in the order of the explanation's features; none of
            pictures and sequences, whose numbers are no units.
        first_column: Number of the output's first class among all columns of the explained outputs.
        output: The output that is explained.
        layer: Name of the layer of the picture that makes it.
        background: Rows that a sample is compared with, one array for each input; None where single rows cannot be
            explained.
        refusal: Why single rows cannot be explained, None where they can.
    """

    def __init__(
        self,
        reader: ModelReader,
        background: Sequence[np.ndarray] | None,
        seed: int = 0,
        output: str | None = None,
    ) -> None:
        """Find what is explained.

        Args:
            reader: The model.
            background: Rows that a sample is compared with, one array for each input; up to 100 of them are drawn.
            seed: Of the draw.
            output: Name of the output that is explained; None for the first.

        Raises:
            ValueError: A model that no gradient leads through, or no such output.
            RuntimeError: Keras runs on another backend than TensorFlow.
        """
        self._reader = reader
        self.feature_ids: tuple[int, ...] = ()
        self.refusal: str | None = None
        self.background: list[np.ndarray] | None = None
        explained = self._explained()
        places = explainable(reader)
        if not places:
            raise ValueError(
                "Expected an output with one number for each class. Received a model without one; "
                "nbviz.NetworkDiagram draws it."
            )
        names = [explained.heads[place].name for place in places.values()]
        wanted = names[0] if output is None else output
        if wanted not in names:
            raise ValueError(f"Expected output among {names}. Received {output!r}.")
        self.layer, head = list(places.items())[names.index(wanted)]
        self.first_column = sum(each.classes for each in explained.heads[:head])
        self._columns = np.arange(self.first_column, self.first_column + explained.heads[head].classes)
        self.output = explained.heads[head]
        self.refusal = why_not_explained(explained)
        if self.refusal is not None:
            return
        of_pictures = any(len(site.shape) > 1 for site in explained.roots)
        self._axes = max(len(site.shape) for site in explained.roots)
        every_id = unit_ids(reader.architecture)
        ids: list[int] = []
        for site in explained.roots:
            layer = reader.architecture.inputs[site.input or 0]
            # Of a picture, a sequence, or a text that is one string, the input is one unit.
            if len(site.shape) == 1 or (site.summed and layer.has_units and layer.units == site.shape[0]):
                ids += every_id[layer.name]
        self.feature_ids = tuple(ids)
        numbers = 0 if background is None else self._numbers(explained, background)
        if background is None:
            self.refusal = "without x there is nothing to compare a sample with"
        elif len(background[0]) < 2:
            self.refusal = "one row is nothing to compare a sample with: pass background= with two rows or more"
        elif of_pictures and numbers > _LARGEST_PICTURE:
            what = "a picture" if self._axes == 3 else "a sequence"
            self.refusal = (
                f"{what} of {grouped(numbers)} numbers is too large to explain at once, {grouped(_LARGEST_PICTURE)} "
                "are the most; nbviz.attributions takes it"
            )
        elif self._axes == 2 and background[0].shape[1] > _LONGEST_LOOP and (loop := loops_in(explained)):
            layer_of = loop.split(" goes ")[0]
            self.refusal = (
                f"through the loop of {layer_of} a sequence of {grouped(background[0].shape[1])} steps takes too long, "
                f"{grouped(_LONGEST_LOOP)} are the most"
            )
        else:
            most = _ROWS_BESIDE_A_PICTURE if of_pictures and numbers > _LARGE_PICTURE else BACKGROUND_ROWS
            rows = draw_rows(background, most, np.random.default_rng([seed, 1]))
            self.background = [array.copy() for array in rows]  # the user may change theirs

    @property
    def output_words(self) -> OutputWords:
        """What is explained."""
        return _WORDS[self.output.kind]

    @property
    def classes(self) -> int:
        """Number of classes of the output."""
        return len(self._columns)

    def explain(
        self,
        inputs: Sequence[np.ndarray],
        drawn: Mapping[str, Sequence[int]],
        *,
        is_sample: bool,
        feature: int | None = None,
        class_: int | None = None,
        choose: Choose | None = None,
        part: InputPart | None = None,
        advance: Callable[[float], None] = lambda share: None,
    ) -> Explanation:
        """What the edges carry.

        Args:
            inputs: The sample, or rows whose mean is shown; one array for each input.
            drawn: Layer -> its units that are drawn.
            is_sample: Whether `inputs` is one sample.
            feature: Id of the input unit whose path is wanted, where not all can be worked out at once.
            class_: The class that is wanted, where not all can be worked out at once.
            choose: Says of each question whose edges are told, as many units of each layer as are drawn; None for
                those drawn.
            part: Of a picture or sequence the part whose path is wanted; None for none.
            advance: Told how much is done, 0 to 1; may raise, to stop.
        """
        check_gradients()
        pairs = self._units(drawn), self._between_channels(drawn)
        edges = sum(max(1, len(sources)) * len(targets) for of in pairs for sources, targets in of.values()) or 1
        wanted = tuple(range(self.classes))
        if self.classes * edges > _NUMBERS:
            wanted = (0 if class_ is None else class_,)
        found = self._contributions(inputs, drawn, wanted, is_sample, choose)
        if not is_sample or self.refusal is not None or self.background is None:
            reason = self.refusal if is_sample else "a path is that of one sample"
            return dataclasses.replace(found, reason=reason)
        paths = wanted if self.classes <= _ALL_CLASSES else (0 if class_ is None else class_,)
        places = list(range(len(self.feature_ids)))
        cells = self._cells(pairs[1])
        edges += sum(len(sources) * len(targets) for sources, targets in cells.values())
        if len(places) > _ALL_FEATURES or len(places) * len(paths) * edges > _NUMBERS:
            places = [self.feature_ids.index(feature)] if feature in self.feature_ids else []
            paths = paths if len(paths) * edges <= _NUMBERS else (0 if class_ is None else class_,)
        between = straight_paths(self._explained(), inputs, self.background)
        found = self._with_paths(found, between, _Asked(places, paths, drawn, choose), advance)
        return found if part is None or self.feature_ids else self._with_part(found, between, part, drawn)

    def _with_part(
        self, found: Explanation, between: StraightPaths, part: InputPart, drawn: Mapping[str, Sequence[int]]
    ) -> Explanation:
        """The same with the path of a part of the input, which is the one feature then."""
        explained, flat = self._explained(), self._units(drawn)
        columns = self._columns[list(found.path_classes)]

        def regrouped(name: str, cells: np.ndarray) -> np.ndarray:
            return cells[np.newaxis] if name in flat else self._reader.cells_by_channel(name, cells)

        try:
            units = flat | self._between_channels(drawn)
            flows = part_paths(explained, between, part.numbers, units, regrouped, classes=columns)
        except (LookupError, NotImplementedError, TypeError) as error:
            return dataclasses.replace(found, reason=not_followed(explained, error))
        if not flows:
            return dataclasses.replace(found, reason=_NO_EDGES)
        architecture = self._reader.architecture
        keys = (1, len(found.path_classes))
        return dataclasses.replace(
            found,
            features=(unit_ids(architecture)[architecture.inputs[0].name][0],),
            paths=flows,
            path_units={name: np.broadcast_to(np.asarray(of), (*keys, len(of))) for name, of in drawn.items()},
            part=part,
            reason=None,
        )

    def _contributions(
        self,
        inputs: Sequence[np.ndarray],
        drawn: Mapping[str, Sequence[int]],
        wanted: tuple[int, ...],
        is_sample: bool,
        choose: Choose | None,
    ) -> Explanation:
        """What every edge contributes to each of the classes wanted."""
        explained, columns = self._explained(), self._columns[list(wanted)]

        def flows(units: Mapping[str, Sequence[int] | np.ndarray]) -> dict[str, EdgeFlow]:
            found = contributions(explained, inputs, self._units(units), classes=columns, signed=is_sample)
            between = self._between_channels(units)
            if between:
                found |= channel_contributions(
                    explained, inputs, between, self._reader.cells_by_channel, classes=columns, signed=is_sample
                )
            return found

        units: Mapping[str, Sequence[int] | np.ndarray] = drawn
        if choose is not None:
            units = choose(Carried(_leaving(flows(drawn)), wanted, class_layer=self.layer))
        by_class = {
            name: np.asarray(np.broadcast_to(part, (len(wanted), np.shape(part)[-1]))) for name, part in units.items()
        }
        return Explanation(wanted, flows(units), output=self.output_words, feature_ids=self.feature_ids, units=by_class)

    def _with_paths(
        self, found: Explanation, between: StraightPaths, asked: _Asked, advance: Callable[[float], None]
    ) -> Explanation:
        """The same with the credits of the sample's features, and their paths."""
        places, paths = asked.places, asked.classes
        ids = tuple(self.feature_ids[place] for place in places)
        chosen: dict[str, np.ndarray] = {
            name: np.broadcast_to(np.asarray(part), (len(ids), len(paths), len(part)))
            for name, part in asked.drawn.items()
        }
        channels = self._between_channels(asked.drawn)
        behind_maps = self._cells(channels)

        def choose(values: np.ndarray, leaving: Mapping[str, np.ndarray]) -> Mapping[str, EdgeUnits]:
            assert asked.choose is not None
            by_unit = {
                name: self._summed(name, part, -1) if name in behind_maps else part for name, part in leaving.items()
            }
            credits = values[:, self._columns]
            chosen.update(asked.choose(Carried(by_unit, paths, ids, credits, self.feature_ids, self.layer)))
            return self._units(chosen) | self._cells(self._between_channels(chosen))

        local = explain_row(
            self._explained(),
            between,
            WantedPaths(
                self._units(asked.drawn) | behind_maps,
                places,
                self._columns[list(paths)],
                None if asked.choose is None else choose,
                self._credited(between.row),
            ),
            advance=advance,
        )
        followed = {
            name: self._by_channel(name, flow, chosen[self._source_of(name)]) if name in behind_maps else flow
            for name, flow in local.paths.items()
        }
        local = dataclasses.replace(self._of_output(local), paths=followed)
        return dataclasses.replace(
            found,
            features=tuple(self.feature_ids[place] for place in local.features),
            path_classes=paths,
            paths=followed,
            local=local,
            reason=local.reason if self.feature_ids else local.reason or self._why_no_part(),
            path_units=chosen if followed else {},
        )

    def credits(self, inputs: Sequence[np.ndarray], classes: Sequence[int]) -> np.ndarray:
        """(features, classes asked for): what `explain` finds for a sample as `local.values`, of some classes only.

        Args:
            inputs: The sample, one array for each input.
            classes: Indices of classes of the first output, a few.

        Raises:
            ValueError: Single rows cannot be explained.
        """
        if self.refusal is not None or self.background is None:
            raise ValueError(f"Expected a model whose rows can be explained. Received one where {self.refusal}.")
        check_gradients()
        columns = [int(self._columns[index]) for index in classes]
        explained = self._explained()
        return credits_for(explained, straight_paths(explained, inputs, self.background), columns)

    def local(
        self, inputs: Sequence[np.ndarray], advance: Callable[[float], None] = lambda share: None
    ) -> LocalExplanation:
        """What `explain` finds for a sample as `local`, without paths.

        Args:
            inputs: The sample, one array for each input.
            advance: Told how much is done, 0 to 1; may raise, to stop.

        Raises:
            ValueError: Single rows cannot be explained.
        """
        if self.refusal is not None or self.background is None:
            raise ValueError(f"Expected a model whose rows can be explained. Received one where {self.refusal}.")
        check_gradients()
        credited = self._credited(inputs)
        if credited is None:
            credited = self._columns
        explained = self._explained()
        between = straight_paths(explained, inputs, self.background)
        return self._of_output(explain_row(explained, between, WantedPaths(credited=credited), advance=advance))

    def _of_output(self, local: LocalExplanation) -> LocalExplanation:
        """The same, of the classes of the output that is explained alone."""
        columns = self._columns
        return dataclasses.replace(
            local, values=local.values[:, columns], start=local.start[columns], end=local.end[columns]
        )

    def _credited(self, inputs: Sequence[np.ndarray]) -> np.ndarray | None:
        """Numbers of the classes whose credits are worked out, None for all: of pictures each costs as much."""
        if self.credits_all:
            return None
        answers = self._explained().answers(inputs)[0, self._columns]
        return np.sort(self._columns[np.argsort(-answers, kind="stable")[: self._most_credited]])

    @property
    def credits_all(self) -> bool:
        """Whether the explanation of a row has the credits of all classes, and not of the likeliest alone."""
        return bool(self.feature_ids) or self.classes <= self._most_credited

    @property
    def _most_credited(self) -> int:
        numbers = self._numbers(self._explained(), self.background or [])
        return _ALL_CLASSES if numbers <= _LARGE_PICTURE else _LIKELIEST

    def _why_no_part(self) -> str:
        """Why no path is known of a picture or sequence of which no part has been chosen."""
        explained = self._explained()
        if explained.roots[0].summed:
            return "the tokens of this input are no units of the diagram that a path could start from"
        return loops_in(explained) or _WITHOUT_PATHS[self._axes]

    @property
    def follows_parts(self) -> bool:
        """Whether paths of parts of the input can be asked for, as far as that is known beforehand."""
        if self.refusal is not None or self.feature_ids or self._axes == 1:
            return False
        explained = self._explained()
        return explained.replay is not None and not explained.roots[0].summed and loops_in(explained) is None

    @staticmethod
    def _numbers(explained: ExplainedOutputs, rows: Sequence[np.ndarray]) -> int:
        """Numbers of a row where the paths run: of a token all coordinates of its embedding."""
        if explained.roots[0].summed:
            return sum(array[0].size * (explained.roots[0].shape[-1] or 1) for array in rows)
        return sum(array[0].size for array in rows)

    def _explained(self) -> ExplainedOutputs:
        return explained_outputs(self._reader.model, output_kind=self._reader.output_kind)

    def _units(self, drawn: Mapping[str, Sequence[int] | np.ndarray]) -> dict[str, EdgeUnits]:
        """Dense layer on flat rows -> the units whose edges are drawn, of its source and of its own."""
        architecture = self._reader.architecture
        return {
            connection.target: EdgeUnits(
                drawn[connection.source] if connection.kind == "kernel" else (), drawn[connection.target]
            )
            for connection in architecture.connections
            if connection.kind == "kernel" or (connection.kind == "norm" and not self._is_between_channels(connection))
            if len(architecture[connection.target].output_shape) == 1
        }

    def _between_channels(self, drawn: Mapping[str, Sequence[int] | np.ndarray]) -> dict[str, EdgeUnits]:
        """The same for layers whose edges stand for many weights each, from channels or into them."""
        return {
            connection.target: EdgeUnits(drawn.get(connection.source, ()), drawn[connection.target])
            for connection in self._reader.architecture.connections
            if self._is_between_channels(connection)
        }

    def _cells(self, between: Mapping[str, EdgeUnits]) -> dict[str, EdgeUnits]:
        """Dense layer behind maps -> all rows of its kernel, and its units whose edges are drawn."""
        kernels = self._reader.weights()
        return {
            name: EdgeUnits(range(len(kernels[name][0])), targets)
            for name, (_, targets) in between.items()
            if name in kernels and len(self._reader.architecture[name].output_shape) == 1
        }

    def _by_channel(self, name: str, flow: EdgeFlow, channels: np.ndarray) -> EdgeFlow:
        """The flow between cells of maps and units as that between channels, (*keys, channels), and units."""
        leaving = self._summed(name, np.asarray(flow.leaving), -1)
        return dataclasses.replace(
            flow,
            edges=np.take_along_axis(self._summed(name, flow.edges, -2), channels[..., None], axis=-2),
            out_of=np.take_along_axis(leaving, channels, axis=-1),
            leaving=leaving,
        )

    def _summed(self, name: str, array: np.ndarray, axis: int) -> np.ndarray:
        """An array with an axis of the cells of maps, summed over those of each channel."""
        by_channel = self._reader.cells_by_channel(name, np.moveaxis(array, axis, 0)).sum(axis=0)
        return np.moveaxis(by_channel, 0, axis)

    def _source_of(self, name: str) -> str:
        architecture = self._reader.architecture
        return next(
            connection.source for connection in architecture.into(name) if self._is_between_channels(connection)
        )

    def _is_between_channels(self, connection: Connection) -> bool:
        architecture = self._reader.architecture
        source, target = architecture[connection.source], architecture[connection.target]
        return connection.kind == "norm" and (target.kind == "conv" or source.has_units)


def _leaving(flows: Mapping[str, EdgeFlow]) -> dict[str, np.ndarray]:
    return {name: flow.leaving for name, flow in flows.items() if flow.leaving is not None}

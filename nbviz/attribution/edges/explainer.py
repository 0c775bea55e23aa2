"""Explains the outputs of a model for the units that are drawn: contributions of the edges, and paths of features."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nbviz.attribution.edges.carried import Carried, Choose
from nbviz.attribution.edges.channel_flows import channel_contributions
from nbviz.attribution.edges.contributions import contributions
from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits
from nbviz.attribution.edges.explanation import Explanation, LocalExplanation, OutputWords
from nbviz.attribution.edges.feature_paths import WantedPaths, check_explainable, credits_for, explain_row
from nbviz.attribution.edges.straight_paths import StraightPaths
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
_WITHOUT_PATHS = "the pixels of a picture are no units of their own that a path could start from"
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
            pictures, whose pixels are no units.
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
        try:
            check_explainable(explained)
        except ValueError as error:
            self.refusal = str(error)
            return
        of_pictures = any(len(site.shape) > 1 for site in explained.roots)
        every_id = unit_ids(reader.architecture)
        ids: list[int] = []
        for site in explained.roots if not of_pictures else []:
            ids += every_id[reader.architecture.inputs[site.input or 0].name]
        self.feature_ids = tuple(ids)
        numbers = 0 if background is None else sum(array[0].size for array in background)
        if background is None:
            self.refusal = "without x there is nothing to compare a sample with"
        elif len(background[0]) < 2:
            self.refusal = "one row is nothing to compare a sample with: pass background= with two rows or more"
        elif of_pictures and numbers > _LARGEST_PICTURE:
            self.refusal = (
                f"a picture of {grouped(numbers)} numbers is too large to explain at once, {grouped(_LARGEST_PICTURE)} "
                "are the most; nbviz.attributions takes it"
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
        between = StraightPaths(inputs, self.background)
        return self._with_paths(found, between, _Asked(places, paths, drawn, choose), advance)

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
            reason=local.reason if self.feature_ids else local.reason or _WITHOUT_PATHS,
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
        return credits_for(self._explained(), StraightPaths(inputs, self.background), columns)

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
        between = StraightPaths(inputs, self.background)
        return self._of_output(explain_row(self._explained(), between, WantedPaths(credited=credited), advance=advance))

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
        numbers = sum(array[0].size for array in self.background or [])
        return _ALL_CLASSES if numbers <= _LARGE_PICTURE else _LIKELIEST

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

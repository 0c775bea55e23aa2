"""Explains the outputs of a model for the units that are drawn: contributions of the edges, and paths of features."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nbviz.attribution.edges.carried import Carried, Choose
from nbviz.attribution.edges.channel_flows import channel_contributions
from nbviz.attribution.edges.contributions import contributions
from nbviz.attribution.edges.drawn_edges import DrawnEdges
from nbviz.attribution.edges.edge_flow import EdgeFlow, EdgeUnits
from nbviz.attribution.edges.explanation import Explanation, InputPart
from nbviz.attribution.edges.feature_paths import WantedPaths, explain_row, loops_in, not_followed
from nbviz.attribution.edges.part_paths import part_paths
from nbviz.attribution.edges.row_explainer import MOST_CLASSES, RowExplainer
from nbviz.attribution.edges.straight_paths import StraightPaths, straight_paths
from nbviz.keras_model.gradient_registry import check_gradients

_ALL_FEATURES = 40  # up to so many the paths of all are worked out at once, to so many classes as have credits
_NUMBERS = 1_000_000  # that one explanation may hold
_WITHOUT_PATHS = {
    3: "a running kernel works out the path of the region that is chosen",
    2: "a running kernel works out the path of the step that is chosen",
}
_NO_EDGES = "there is no convolution or dense layer whose edges it could follow"


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """Which paths are wanted: places of features among those that get credit, parts, classes; who is drawn."""

    places: Sequence[int]
    parts: Sequence[InputPart]
    classes: tuple[int, ...]
    drawn: Mapping[str, Sequence[int]]
    choose: Choose | None


class Explainer(RowExplainer):
    """Explains what the edges of a picture carry to one output of a model."""

    @property
    def _edges(self) -> DrawnEdges:
        return DrawnEdges(self._reader)

    def explain(
        self,
        inputs: Sequence[np.ndarray],
        drawn: Mapping[str, Sequence[int]],
        *,
        is_sample: bool,
        feature: int | None = None,
        class_: int | None = None,
        choose: Choose | None = None,
        parts: Sequence[InputPart] = (),
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
            parts: Of a picture or sequence the parts whose paths are wanted: as many as one likes of flat rows through
                dense layers (`follows_many_parts`), else the first.
            advance: Told how much is done, 0 to 1; may raise, to stop.
        """
        check_gradients()
        pairs = self._edges.units(drawn), self._edges.between_channels(drawn)
        edges = sum(max(1, len(sources)) * len(targets) for of in pairs for sources, targets in of.values()) or 1
        wanted = tuple(range(self.classes))
        if self.classes * edges > _NUMBERS:
            wanted = (0 if class_ is None else class_,)
        found = self._contributions(inputs, drawn, wanted, is_sample, choose)
        if not is_sample or self.refusal is not None or self.background is None:
            reason = self.refusal if is_sample else "a path is that of one sample"
            return dataclasses.replace(found, reason=reason)
        paths = wanted if self.classes <= MOST_CLASSES else (0 if class_ is None else class_,)
        places = list(range(len(self.feature_ids)))
        cells = self._edges.cells(pairs[1])
        edges += sum(len(sources) * len(targets) for sources, targets in cells.values())
        along = parts if self.follows_many_parts else ()
        if len(places) > _ALL_FEATURES or (len(places) + len(along)) * len(paths) * edges > _NUMBERS:
            places = [self.feature_ids.index(feature)] if feature in self.feature_ids else []
            fits = max(1, len(along)) * len(paths) * edges <= _NUMBERS
            paths = paths if fits else (0 if class_ is None else class_,)
        between = straight_paths(self._explained(), inputs, self.background)
        found = self._with_paths(found, between, _Asked(places, along, paths, drawn, choose), advance)
        return self._with_part(found, between, parts[0], drawn) if parts and not along else found

    def _with_part(
        self, found: Explanation, between: StraightPaths, part: InputPart, drawn: Mapping[str, Sequence[int]]
    ) -> Explanation:
        """The same with the path of a part of the input, which is the one feature then."""
        explained, flat = self._explained(), self._edges.units(drawn)
        columns = self._columns[list(found.path_classes)]

        def regrouped(name: str, cells: np.ndarray) -> np.ndarray:
            return cells[np.newaxis] if name in flat else self._reader.cells_by_channel(name, cells)

        try:
            units = flat | self._edges.between_channels(drawn)
            flows = part_paths(explained, between, part.numbers, units, regrouped, classes=columns)
        except (LookupError, NotImplementedError, TypeError) as error:
            return dataclasses.replace(found, reason=not_followed(explained, error))
        if not flows:
            return dataclasses.replace(found, reason=_NO_EDGES)
        keys = (1, len(found.path_classes))
        return dataclasses.replace(
            found,
            features=(part.id,),
            paths=flows,
            path_units={name: np.broadcast_to(np.asarray(of), (*keys, len(of))) for name, of in drawn.items()},
            parts=(part,),
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
            found = contributions(explained, inputs, self._edges.units(units), classes=columns, signed=is_sample)
            between = self._edges.between_channels(units)
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
        return Explanation(
            wanted,
            flows(units),
            output=self.output_words,
            feature_ids=self.feature_ids,
            units=by_class,
            region=self.region,
        )

    def _with_paths(
        self, found: Explanation, between: StraightPaths, asked: _Asked, advance: Callable[[float], None]
    ) -> Explanation:
        """The same with the credits of the sample's features, and their paths."""
        places, paths = asked.places, asked.classes
        ids = (*(self.feature_ids[place] for place in places), *(part.id for part in asked.parts))
        chosen: dict[str, np.ndarray] = {
            name: np.broadcast_to(np.asarray(part), (len(ids), len(paths), len(part)))
            for name, part in asked.drawn.items()
        }
        channels = self._edges.between_channels(asked.drawn)
        behind_maps = self._edges.cells(channels)

        def choose(values: np.ndarray, leaving: Mapping[str, np.ndarray]) -> Mapping[str, EdgeUnits]:
            assert asked.choose is not None
            by_unit = {
                name: self._edges.summed(name, part, -1) if name in behind_maps else part
                for name, part in leaving.items()
            }
            credits = values[:, self._columns]
            carried = Carried(by_unit, paths, ids, credits, self.feature_ids, self.layer, asked.parts)
            chosen.update(asked.choose(carried))
            return self._edges.units(chosen) | self._edges.cells(self._edges.between_channels(chosen))

        local = explain_row(
            self._explained(),
            between,
            WantedPaths(
                self._edges.units(asked.drawn) | behind_maps,
                places,
                self._columns[list(paths)],
                None if asked.choose is None else choose,
                self._credited(between.row),
                [part.numbers.ravel() for part in asked.parts],
            ),
            advance=advance,
        )
        followed = {
            name: self._edges.by_channel(name, flow, chosen[self._edges.source_of(name)])
            if name in behind_maps
            else flow
            for name, flow in local.paths.items()
        }
        local = dataclasses.replace(self._of_output(local), paths=followed)
        return dataclasses.replace(
            found,
            features=ids if followed else (),
            parts=tuple(asked.parts) if followed else (),
            path_classes=paths,
            paths=followed,
            local=local,
            reason=local.reason if self.feature_ids else local.reason or self._why_no_part(),
            path_units=chosen if followed else {},
        )

    def _why_no_part(self) -> str:
        """Why no path is known of a picture or sequence of which no part has been chosen."""
        explained = self._explained()
        if explained.roots[0].summed:
            return "the tokens of this input are no units of the diagram that a path could start from"
        return loops_in(explained) or _WITHOUT_PATHS[self._axes]

    @property
    def follows_parts(self) -> bool:
        """Whether paths of parts of the input can be asked for, as far as that is known beforehand."""
        if self.refusal is not None:
            return False
        explained = self._explained()
        is_alone = len(explained.roots) == 1 and not explained.roots[0].summed
        return is_alone and explained.replay is not None and loops_in(explained) is None

    @property
    def follows_many_parts(self) -> bool:
        """Whether paths of many parts cost little more than that of one: of flat rows, through dense layers."""
        return self.follows_parts and bool(self.feature_ids) and not self._edges.lead_through_channels


def _leaving(flows: Mapping[str, EdgeFlow]) -> dict[str, np.ndarray]:
    return {name: flow.leaving for name, flow in flows.items() if flow.leaving is not None}

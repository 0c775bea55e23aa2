"""Which units a diagram draws for each question about its outputs: joins what they carry to what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbviz.network.unit_ids import unit_ids
from nbviz.picture.drawing import Drawing
from nbviz.picture.fold import handed_on
from nbviz.picture.observation import Observation
from nbviz.picture.question_units import Wanted, question_units, through

if TYPE_CHECKING:
    from nbviz.attribution.edges.carried import Carried
    from nbviz.attribution.edges.explanation import Explanation


class QuestionChoice:
    """Chooses for the questions about one sample, or the mean over rows; to be handed to an `Explainer`."""

    def __init__(
        self, drawing: Drawing, seen: Observation, unit: int | None, before: Explanation | None = None
    ) -> None:
        """Take what is drawn.

        Args:
            drawing: What is drawn, and how many units of each layer.
            seen: The rows, and which of them is looked at.
            unit: Id of a unit that is drawn in any case, None for none.
            before: An explanation of the same picture whose units stay, for the questions that it answers.
        """
        self._drawing, self._before = drawing, before
        self._outputs = drawing.likely_at(seen)
        at = None if unit is None else drawing.unit_at(unit)
        self._keep = {} if at is None else handed_on(drawing.architecture, {at[0].name: [at[1]]})

    def __call__(self, carried: Carried) -> dict[str, np.ndarray]:
        """Layer with units -> (*keys, units drawn); see `nbviz.attribution.edges.carried`."""
        drawing = self._drawing
        wanted = Wanted(
            carried.class_layer,
            carried.classes,
            self._features(carried),
            self._keep,
            self._outputs,
            self._credits(carried),
        )
        leaving = through(drawing.architecture, carried.leaving)
        found = question_units(drawing.architecture, drawing.folds, drawing.scores, leaving, wanted)
        return found if self._before is None else self._kept(found, carried, self._before)

    def _kept(self, found: dict[str, np.ndarray], carried: Carried, before: Explanation) -> dict[str, np.ndarray]:
        """The same with what was drawn for the same questions before."""
        is_path = carried.features is not None
        known = before.path_units if is_path else before.units
        answered = [before.features, before.path_classes] if is_path else [before.classes]
        asked = [carried.features or (), carried.classes] if is_path else [carried.classes]
        kept = {name: np.array(units) for name, units in found.items()}
        for key in np.ndindex(*carried.keys):
            if not all(of[place] in known_of for of, place, known_of in zip(asked, key, answered, strict=True)):
                continue
            at = tuple(known_of.index(of[place]) for of, place, known_of in zip(asked, key, answered, strict=True))
            for name, units in kept.items():
                if name in known and set(self._keep.get(name, ())) <= set(known[name][at].tolist()):
                    units[key] = known[name][at]
        return kept

    def _features(self, carried: Carried) -> list[tuple[str, int] | None]:
        at = [None if feature < 0 else self._drawing.unit_at(feature) for feature in carried.features or ()]
        return [None if found is None else (found[0].name, found[1]) for found in at]

    def _credits(self, carried: Carried) -> dict[str, np.ndarray]:
        """Input layer -> (*keys, units): of a path the others drawn are those with most of the class's credit.

        Of that of a part of the input its own units come before all others.
        """
        if carried.credits is None:
            return {}
        ids, found = unit_ids(self._drawing.architecture), {}
        for layer in self._drawing.architecture.inputs:
            rows = [carried.feature_ids.index(unit) for unit in ids[layer.name] if unit in carried.feature_ids]
            if layer.has_units and len(rows) == layer.units:
                of_class = np.abs(carried.credits[rows][:, list(carried.classes)].T)
                amounts = found[layer.name] = np.broadcast_to(of_class, (*carried.keys, layer.units)).copy()
                for part in carried.parts:
                    of_part = amounts[(carried.features or ()).index(part.id)]
                    inside = (part.numbers.ravel()[rows] > 0) & (of_class > 0)
                    of_part[inside] += np.broadcast_to(of_class.max(axis=1, keepdims=True), of_class.shape)[inside]
        return found

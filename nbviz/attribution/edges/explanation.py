"""What explains the outputs at one moment: credits of a row's features, contributions of edges, paths of features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from nbviz.attribution.edges.edge_flow import EdgeFlow


@dataclass(frozen=True, eq=False, slots=True)
class InputPart:
    """A part of a picture or a sequence, whose path can be asked for.

    Attributes:
        number: By which it is asked for.
        name: In words.
        numbers: (*input shape), 1 for the numbers that are in it, else 0.
    """

    number: int
    name: str
    numbers: np.ndarray

    @property
    def id(self) -> int:
        """By which its path stands among those of features."""
        return part_id(self.number)


def part_id(number: int) -> int:
    """Id of a part of the input among those of features: below 0, where units have none."""
    return -1 - number


@dataclass(frozen=True, eq=False, slots=True)
class OutputRegion:
    """A region of an output that answers at every position, whose mean is explained.

    Attributes:
        number: By which it is chosen.
        name: In words.
        positions: (*positions), 1 for those that are in it, else 0.
    """

    number: int
    name: str
    positions: np.ndarray


OutputWords = Literal["centred logit", "logit", "output"]  # what is explained


@dataclass(frozen=True, slots=True)
class LocalExplanation:
    """How a row's outputs differ from those of the background, feature by feature.

    Attributes:
        values: (features, classes), the credit of each feature of the flat inputs, side by side, or of each number of
            a picture; NaN for classes that were not asked for.
        start: (classes,), the mean output over the background.
        end: (classes,), the row's output.
        features: Features whose paths are known.
        paths: Dense layer -> flow, keys (features, classes asked for).
        reason: Why there are no paths, None where there are.
    """

    values: np.ndarray
    start: np.ndarray
    end: np.ndarray
    features: tuple[int, ...] = ()
    paths: Mapping[str, EdgeFlow] = field(default_factory=dict)
    reason: str | None = None

    def __repr__(self) -> str:
        """Sizes of what is explained."""
        features, classes = self.values.shape
        return f"LocalExplanation({features} features x {classes} classes)"

    @property
    def gap(self) -> float:
        """By how much the credits fail to add up to the difference of the outputs, the worst class."""
        return float(np.nanmax(np.abs(self.start + self.values.sum(axis=0) - self.end)))


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the edges carry at one moment, and why the sample's outputs are what they are.

    Attributes:
        classes: Classes whose contributions are known, among those of the first output.
        contributions: Dense layer -> flow with keys (classes,): signed at a sample, sizes as a mean over rows.
        features: Ids of the input units whose paths are known, and of parts of the input (`part_id`).
        path_classes: Classes whose paths are known.
        paths: Dense layer -> flow with keys (features, path classes).
        local: The sample's explanation, for the classes of the first output; None for a mean over rows.
        reason: Why there are no paths; None where there are.
        output: What is explained.
        feature_ids: Ids of the input units that get credit, in the order of the features of `local`.
        units: Layer -> (classes, units), those between which `contributions` tell single edges.
        path_units: Layer -> (features, path classes, units), those between which `paths` do.
        parts: The parts of the one input, a picture or sequence, whose paths are known.
        region: Of the output, over which the mean is explained; None for all of it.
    """

    classes: tuple[int, ...] = ()
    contributions: Mapping[str, EdgeFlow] = field(default_factory=dict)
    features: tuple[int, ...] = ()
    path_classes: tuple[int, ...] = ()
    paths: Mapping[str, EdgeFlow] = field(default_factory=dict)
    local: LocalExplanation | None = None
    reason: str | None = None
    output: OutputWords = "output"
    feature_ids: tuple[int, ...] = ()
    units: Mapping[str, np.ndarray] = field(default_factory=dict)
    path_units: Mapping[str, np.ndarray] = field(default_factory=dict)
    parts: tuple[InputPart, ...] = ()
    region: OutputRegion | None = None

    def __repr__(self) -> str:
        """What is known, layer by layer."""
        layers = ", ".join(list(self.contributions)[:3]) + (", ..." if len(self.contributions) > 3 else "")
        return f"Explanation({self.output} of {len(self.classes)} classes; edges into {layers or 'nothing'})"

    def covers(self, feature: int | None, class_: int | None, unit: tuple[str, int] | None = None) -> bool:
        """Whether the path of this feature to this class is known, or cannot be.

        Args:
            feature: Id of the feature, or of a part of the input; None for contributions to the class.
            class_: The class; None for none.
            unit: A unit, by layer and index, whose edges have to be known too.
        """
        if feature is not None and feature < 0:
            return feature in self.features and (class_ is None or class_ in self.path_classes)
        if class_ is None:
            return True
        if class_ not in self.classes:
            return False
        if self.reason is None and feature is not None:
            return feature in self.features and class_ in self.path_classes
        drawn = None if unit is None else self.units.get(unit[0])
        return unit is None or drawn is None or unit[1] in drawn[self.classes.index(class_)]

"""What every unit carries of a question about the outputs, and whose edges are looked at therefore."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nbviz.attribution.edges.explanation import InputPart


@dataclass(frozen=True, slots=True)
class Carried:
    """What units hand on towards classes; of paths that of one feature each.

    Attributes:
        leaving: Layer with a kernel -> (*keys, units of its source), what each hands on over all its edges into the
            layer, with its sign. Keys are the classes, or the features and the classes.
        classes: Classes of the output that is explained, in the order of the keys.
        features: Ids of the features and parts, in the order of the keys; None for contributions.
        credits: (input units that get credit, classes), of the sample; None for contributions.
        feature_ids: Ids of the input units that get credit.
        class_layer: Layer whose units the classes are.
        parts: The parts of the input among the features.
    """

    leaving: Mapping[str, np.ndarray]
    classes: tuple[int, ...]
    features: tuple[int, ...] | None = None
    credits: np.ndarray | None = None
    feature_ids: tuple[int, ...] = ()
    class_layer: str = ""
    parts: Sequence[InputPart] = ()

    @property
    def keys(self) -> tuple[int, ...]:
        """How many keys of each kind there are."""
        return (len(self.classes),) if self.features is None else (len(self.features), len(self.classes))


Choose = Callable[[Carried], Mapping[str, np.ndarray]]  # answers layer with units -> (*keys, units)

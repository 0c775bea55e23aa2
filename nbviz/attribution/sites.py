"""Where a model can be asked about and what it answers with: sites (inputs, layers) and output heads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from nbviz.keras_model.replay import Path
from nbviz.network.architecture import OutputKind
from nbviz.network.samples import InputSpec

Output = Literal["logit", "raw_logit", "probability"]

Run = Callable[[Path, Any, tuple[Any, ...], dict[str, Any], bool], Any]

CLASSES_AT_ONCE = 16  # pullbacks in one compiled function: of more classes the graph would grow without bound


@dataclass(frozen=True, slots=True)
class Site:
    """A place that gets credit.

    Attributes:
        name: Of the input or layer.
        shape: Of one row's values there, None where a size is open.
        dtype: Of the values.
        input: Index of the model's input, None for what a layer returns.
        path: Of the layer whose output this is.
        summed: Whether credit is summed over the last axis: the coordinates of an embedding mean nothing alone.
        names: Whether the values are text or codes that name things: they can be exchanged for others, not moved.
        masked: Index of the model's input that the layer at `path` masks, and else leaves as it is.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    input: int | None = None
    path: Path = ()
    summed: bool = False
    names: bool = False
    masked: int | None = None

    @property
    def numbers_of(self) -> int | None:
        """Index of the model's input whose numbers these are, one for one."""
        return self.input if self.masked is None else self.masked


@dataclass(frozen=True, slots=True)
class Head:
    """One output.

    Attributes:
        name: As the model calls it.
        kind: What its numbers mean.
        classes: How many there are of them.
        positions: Whether it has one answer per position.
        composed: Whether its logits are put together from several places or worked out from probabilities, since no
            one tensor enters a softmax or sigmoid.
    """

    name: str
    kind: OutputKind
    classes: int
    positions: bool
    composed: bool = False

    @property
    def is_binary(self) -> bool:
        """Whether one number speaks for class 1 of two."""
        return self.kind == "sigmoid" and self.classes == 1

    @property
    def has_labels(self) -> bool:
        """Whether each number speaks for a label by itself: a row has any of them, or none."""
        return self.kind == "sigmoid" and self.classes > 1


def as_spec(site: Site) -> InputSpec:
    """What an argument that holds a site's values takes."""
    return InputSpec(site.name, site.shape, site.dtype)

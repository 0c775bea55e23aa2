"""`GivenData`: rows and what is said of them, as a user hands them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbviz.keras_model import ModelReader
from nbviz.network.architecture import SaidKinds
from nbviz.network.arguments import a_list
from nbviz.network.samples import Samples


@dataclass(frozen=True, eq=False)
class GivenData:
    """Rows and what is said of them, as a user hands them in: nothing is checked yet.

    Attributes:
        x: Rows to explore a model with.
        y: Their answers, None without.
        feature_names: Names of the inputs' columns, or a dict by input name.
        class_names: Names of the first output's classes, or a dict by output.
        background: Rows that others are compared with; None for those of x.
        output_kind: What the outputs are, where the model does not say.
        output: Name of the output that is explored; None for the first.
        image_shape: What flat rows are pictures of, (rows, columns) or (rows, columns, channels); None for what the
            model says.
        regions: Parts of pictures or sequences; see `ExploredImages` and `ExploredSequences`.
        token_names: What tokens are called; see `TokenNames`.
        output_region: Number or name of the region of the output that is explored; None for all of it.
    """

    x: Samples
    y: Any = None
    feature_names: Any = None
    class_names: Any = None
    background: Samples | None = None
    output_kind: SaidKinds = None
    output: str | None = None
    image_shape: Any = None
    regions: Any = None
    token_names: Any = None
    output_region: Any = None


def names_given(feature_names: Any, reader: ModelReader) -> dict[str, Sequence[str]]:
    """Names by input, for the inputs that were given some."""
    if feature_names is None:
        return {}
    if not isinstance(feature_names, Mapping):
        if len(reader.specs) > 1:
            raise ValueError(
                f"Expected feature_names as a dict by input among {[spec.name for spec in reader.specs]}. "
                "Received one list."
            )
        feature_names = {reader.specs[0].name: feature_names}
    return {name: a_list("feature_names", names, "names") for name, names in feature_names.items()}

"""What matters in pictures: a table of regions and maps over the picture, from the same gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nbviz.attribution.explain import importance
from nbviz.attribution.features import Groups
from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import Regions
from nbviz.attribution.methods.method_table import find_method
from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance


@dataclass(frozen=True, eq=False, slots=True)
class ImageTables:
    """What matters in pictures.

    Attributes:
        regions: Regions in rows. A region's strength is |sum of its pixels' contributions|, mean over rows; its
            direction goes with their mean brightness.
        squares: The same of each square of a map, strength (rows, columns, classes); channels are summed too.
    """

    regions: Importance
    squares: Importance


def image_tables(model: Any, x: Any, y: Any, form: ImageForm, regions: Regions, **asked: Any) -> ImageTables:
    """Importance of regions and of squares: one pass, since the contributions of pixels add up.

    Args:
        model: A built `keras.Model`.
        x: Rows.
        y: Their answers, for a method that measures the loss; or None.
        form: The pictures.
        regions: Parts of them.
        **asked: As for `nbviz.importance`.
    """
    method = find_method(asked.get("method", "expected_gradients"))
    if method.kind == "weights":
        raise ValueError(
            f"Expected a method that reads the {form.plural}, for their regions. "
            f"Received {method.function.__name__!r}; nbviz.importance has its table."
        )
    of_squares, of_regions = form.members(form.square_labels()), form.members(regions.labels)
    names = [f"square {number}" for number in range(len(of_squares))]
    if method.place == "site" and method.adds_up:
        # Coalitions of groups that overlap would mean nothing.
        parts = [
            importance(model, x, y, groups=Groups(list(names), members, averaged=True), **asked)
            for names, members in ((names, of_squares), (regions.names, of_regions))
        ]
        squares, table = parts
        first = 0
    else:
        both = Groups([*names, *regions.names], [*of_squares, *of_regions], times=2, averaged=True)
        squares = table = importance(model, x, y, groups=both, **asked)
        first = len(of_squares)
    down, across = form.squares
    axes = ["feature", "step"] if form.is_sequence else ["row", "column"]
    positions = pd.MultiIndex.from_product([range(down), range(across)], names=axes)
    return ImageTables(
        regions=_part(
            table, slice(first, None), (), pd.Index(regions.names, name="region"), {"regions": regions.words}
        ),
        squares=_part(squares, slice(0, len(of_squares)), (down, across), positions, {"block": form.block[1]}),
    )


def _part(
    table: Importance, rows: slice, shape: tuple[int, ...], features: pd.Index, attrs: dict[str, Any]
) -> Importance:
    """Some rows of a table as a table of its own, on other axes."""

    def cut(array: np.ndarray | None, axis: int = 0) -> np.ndarray | None:
        if array is None:
            return None
        part = array[(slice(None),) * axis + (rows,)]
        return part.reshape(*part.shape[:axis], *(shape or part.shape[axis : axis + 1]), *part.shape[axis + 1 :])

    sample = table.sample
    if sample is not None:
        sample = LocalSample(cut(sample.attributions, 1), cut(sample.values, 1))  # type: ignore[arg-type]
    return Importance(
        strength=cut(table.strength),  # type: ignore[arg-type]
        standard_error=cut(table.standard_error),
        features=features,
        classes=table.classes,
        attrs={**table.attrs, **attrs},
        sample=sample,
    )

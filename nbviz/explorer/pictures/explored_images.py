"""The pictures that a model is explored with: their form and regions, and how they are drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from nbviz.attribution.edges.explanation import InputPart, LocalExplanation
from nbviz.attribution.images.image_form import ImageForm, offered_shape
from nbviz.attribution.images.region_tables import ImageTables, image_tables
from nbviz.attribution.images.regions import Regions, grid_regions, labelled_regions
from nbviz.attribution.images.superpixels import superpixels
from nbviz.attribution.table.importance import Importance
from nbviz.network.pictures import as_levels, within
from nbviz.network.samples import InputSpec
from nbviz.style.numbers import grouped
from nbviz.widgets.image_evidence.image_evidence_wire import EvidencePlan, summed
from nbviz.widgets.image_importance.image_importance_wire import MappedPictures

MOST_NUMBERS = 2**21  # rows times numbers of a picture times classes, of a table: each takes gradients of its own
FEWEST_ROWS = 20  # all the same
MOST_WORK = 2**25  # the same product, beyond which some classes have maps and the others none
FEWEST_CLASSES = 4  # all the same
MOST_SQUARES = 400_000  # squares times classes that maps have
THUMBNAIL, MOST_THUMBNAILS = 28, 600_000  # rows or columns of one; bytes of all
SUPERPIXELS = "superpixels"


class SomeClasses(NamedTuple):
    """Classes out of all."""

    ids: list[int]
    all: int


@dataclass(frozen=True, eq=False, repr=False)
class MappedImportance(Importance):
    """A table of regions that holds the maps it was made with, whatever else is said of it later.

    Attributes:
        squares: The table of the squares of the maps.
    """

    squares: Importance | None = None

    @property
    def tables(self) -> ImageTables:
        """The regions and the maps."""
        assert self.squares is not None
        return ImageTables(self, self.squares)


class ExploredImages:
    """The pictures among what is explored.

    Attributes:
        form: Their sizes.
        regions: Parts of them.
        mean: The mean picture, (rows, columns, channels).
        low: The smallest number in any.
        high: The largest.
    """

    def __init__(self, form: ImageForm, x: np.ndarray, regions: Any, classes: int) -> None:
        """Look at the pictures.

        Args:
            form: Their sizes.
            x: Rows of data.
            regions: What a user calls regions: a grid (rows, columns), `"superpixels"`, or the region of each pixel;
                None for a grid of about 3 x 3.
            classes: How many there are: of many, maps are coarser.

        Raises:
            ImportError: Superpixels without scikit-image.
            ValueError: Regions that do not fit.
        """
        side = int(np.sqrt(MOST_SQUARES / classes))
        self.form = replace(form, most_squares=max(8, min(form.most_squares, side)))
        self._x = x
        self.mean = np.asarray(form.pictures(x.mean(axis=0, dtype=np.float64)[np.newaxis])[0])
        self.low, self.high = float(np.nanmin(x)), float(np.nanmax(x))
        self.regions = self._read_regions(regions)

    @property
    def words(self) -> str:
        """What the rows of a table are."""
        return "regions"

    def rows_of_tables(self, classes: int) -> int:
        """How many rows tables are worked out from, at most."""
        return max(FEWEST_ROWS, MOST_NUMBERS // (self.form.features * classes))

    def most_classes(self) -> int:
        """How many classes have maps, at most; of more those that matter to the rows."""
        return max(FEWEST_CLASSES, MOST_WORK // (FEWEST_ROWS * self.form.features))

    @property
    def mapped(self) -> MappedPictures:
        """What maps are drawn over."""
        return MappedPictures(self.form, self.regions, self.mean, self.low, self.high)

    def plan(self, classes: Sequence[str], start_name: str, end_name: str) -> EvidencePlan:
        """What holds for the evidence in all pictures."""
        return EvidencePlan(self.form, self.regions, self.low, self.high, tuple(classes), start_name, end_name)

    def picture(self, row: np.ndarray) -> np.ndarray:
        """(rows, columns, channels) of a row of data."""
        return np.asarray(self.form.pictures(np.asarray(row)[np.newaxis])[0])

    def thumbnails(self) -> np.ndarray | None:
        """(n, rows, columns, 1 or 3), bytes: every picture, small; None where that would show nothing."""
        pictures = self.form.pictures(self._x)
        bands = 3 if self.form.channels == 3 else 1
        side = max(4, min(THUMBNAIL, int(np.sqrt(MOST_THUMBNAILS / (len(pictures) * bands)))))
        return np.concatenate(
            [
                as_levels(within(part, side), self.low, self.high)
                for part in np.array_split(pictures, -(-len(pictures) // 64))
            ]
        )

    def importance(
        self, model: Any, x: Any, y: Any, *, some: SomeClasses | None = None, **asked: Any
    ) -> MappedImportance:
        """The table of the regions, with its maps.

        Args:
            model: As for `nbviz.importance`.
            x: Likewise.
            y: Likewise.
            some: Which classes it is asked about, where not all.
            **asked: As for `nbviz.importance`.
        """
        tables = image_tables(model, x, y, self.form, self.regions, **asked)
        parts = {part.name: getattr(tables.regions, part.name) for part in fields(Importance)}
        regions = MappedImportance(**parts, squares=tables.squares)
        if some is not None:
            regions = replace(regions, attrs=regions.attrs | {"class_ids": some.ids, "all_classes": some.all})
        return regions

    def part(self, number: int) -> InputPart:
        """A part of the input whose path can be asked for: first the regions, then the squares of a map."""
        regions = len(self.regions.names)
        labels = self.regions.labels if number < regions else self.form.square_labels()
        place = number if number < regions else number - regions
        numbers = np.zeros(self.form.features, np.float32)
        numbers[self.form.members(labels)[place]] = 1
        name = self.regions.names[place] if number < regions else self.square_name(place)
        return InputPart(number, name, numbers.reshape(self._x.shape[1:]))

    def square_name(self, number: int) -> str:
        """What a square of a map is called."""
        row, column = divmod(number, self.form.squares[1])
        return f"square {row}, {column}"

    def paths_note(self, reason: str | None, *, follows: bool) -> str:
        """What is said of paths; nothing of pictures, whose regions are no units.

        Args:
            reason: Why there are none, None where there are some.
            follows: Whether those of parts can be asked for.
        """
        return ""

    def in_regions(self, values: np.ndarray) -> np.ndarray:
        """(regions, classes): the credits (features, classes) of each region's pixels together."""
        return summed(values, self.form.members(self.regions.labels))

    def by_region(self, local: LocalExplanation) -> LocalExplanation:
        """The explanation of a picture with a credit for each region."""
        return LocalExplanation(self.in_regions(local.values), local.start, local.end)

    def _read_regions(self, regions: Any) -> Regions:
        if regions is None:
            return grid_regions(self.form)
        if isinstance(regions, str):
            if regions != SUPERPIXELS:
                raise ValueError(
                    f"Expected regions as a grid such as (3, 3), {SUPERPIXELS!r} or labels. Received {regions!r}."
                )
            return superpixels(self.form, self.mean)
        if np.ndim(regions) == 2:
            return labelled_regions(self.form, regions)
        return grid_regions(self.form, regions)


def offered(specs: Sequence[InputSpec]) -> str | None:
    """That flat rows may be pictures, in words; None where their width says nothing of the kind."""
    shape = offered_shape(specs)
    if shape is None:
        return None
    return f"rows of {grouped(math.prod(shape))} numbers may be pictures: explore(..., image_shape={shape})"

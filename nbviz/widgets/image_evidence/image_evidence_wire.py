"""What an `ImageEvidence` sends to the browser: `ImageEvidenceWire` (JSON) and the numbers it tells the places of.

Array keys, with h x w = squares, c = classes, s = classes whose evidence is sent, r = regions, b = bands:

    labels    i4 (h, w)     region of each square
    picture   i4 (H, W, b)  the sample, 0 to 255
    values    f4 (s, h, w)  credit of each square
    regions   f4 (s, r)     credit of each region
    start     f4 (c,)       the average over the rows that it is compared with
    end       f4 (c,)       the output: centred logit, logit or number
    p         f4 (c,)       probability; only of classes
    series    f4 (h, w)     of a sequence, instead of its picture: its numbers, means where a square is several steps
    height    f4 (h, w)     the same between the smallest and the largest of the feature, 0 to 1

Of a text the squares are its tokens, in one row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import Regions
from nbviz.network.pictures import as_levels, block_means, within
from nbviz.picture.packed_arrays import ArrayWire, packed
from nbviz.style.text import clean
from nbviz.widgets.planes import PlaneNames, PlaneWire, lanes_of

if TYPE_CHECKING:
    from nbviz.attribution.edges.explanation import LocalExplanation

MOST_NUMBERS = 40_000  # squares times classes of one sample
SHOWN_SIDE = 96  # rows or columns of the picture, at most


class ImageEvidenceWire(TypedDict):
    """Why the model says of a picture what it says."""

    name: str  # "sample 46"
    over: str  # the region of the output over which outputs are means; "" for all of it
    classes: list[str]
    sent: list[int]  # classes whose evidence is here
    predicted: int | None
    truth: int | None
    has_classes: bool  # whether outputs are classes, with probabilities
    start_name: str  # "average of 100 rows"
    end_name: str  # "centred logit"
    gap: float  # by how much the worst class fails to add up
    rows: int  # of squares
    columns: int
    picture_rows: int
    picture_columns: int
    bands: int
    regions: list[str]
    plane: PlaneWire | None  # of a sequence
    text: TextWire | None  # of tokens
    note: str  # why no path of a step or token can be lit; "" where there is nothing to say
    arrays: list[ArrayWire]


class TextWire(TypedDict):
    """The tokens of a row."""

    tokens: list[str]
    padding: list[int]  # places that the model leaves out
    ids: list[int | None]  # of the units of the diagram that the places are, None where they are none


@dataclass(frozen=True, eq=False, slots=True)
class ExplainedPicture:
    """A picture, and why the model says of it what it says.

    Attributes:
        local: Credits, (features, classes), and outputs.
        picture: (rows, columns, channels).
        name: `"sample 46"`.
        probability: (classes,), None where outputs are no classes.
        predicted: Index of the class read, None where outputs are no classes.
        truth: Index of its own class, None where that is not known.
        text: The tokens, of a text.
        note: Why no path of a step or token can be lit; empty where there is nothing to say.
        over: The region of the output over which the outputs are means; empty for all of it.
    """

    local: LocalExplanation
    picture: np.ndarray
    name: str
    probability: np.ndarray | None = None
    predicted: int | None = None
    truth: int | None = None
    text: TextWire | None = None
    note: str = ""
    over: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class EvidencePlan:
    """What holds for all pictures.

    Attributes:
        form: Their sizes.
        regions: Parts of them.
        low: The number that is drawn as the ground.
        high: The largest.
        classes: Names of the outputs.
        start_name: What a picture is compared with: `"average of 100 rows"`.
        end_name: What the outputs are: `"centred logit"`.
        names: Of sequences the features.
    """

    form: ImageForm
    regions: Regions
    low: float
    high: float
    classes: tuple[str, ...]
    start_name: str
    end_name: str
    names: PlaneNames | None = None

    @property
    def parts(self) -> int:
        """How many regions and squares there are, of which one can be selected."""
        return len(self.regions.names) + math.prod(self.form.squares)


def evidence_wire(explained: ExplainedPicture, plan: EvidencePlan) -> tuple[ImageEvidenceWire, bytes]:
    """The evidence as it travels."""
    form, local = plan.form, explained.local
    down, across = form.squares
    squares = summed(local.values, form.members(form.square_labels()))
    regions = summed(local.values, form.members(plan.regions.labels))
    sent = _sent(explained, down * across)
    labels, values = form.at_squares(plan.regions.labels), squares[:, sent].T.reshape(-1, down, across)
    picture, series, height, plane = None, None, None, None
    if plan.names is not None:
        lanes = lanes_of(np.abs(values).sum(axis=(0, 2)))
        labels, values = lanes.labels(labels), lanes.summed(values)
        series = block_means(explained.picture[np.newaxis].astype(np.float64), form.block)[0, ..., 0]
        spread = np.where(plan.names.highs > plan.names.lows, plan.names.highs - plan.names.lows, 1.0)
        height = lanes.kept(np.clip((series - plan.names.lows[:, np.newaxis]) / spread[:, np.newaxis], 0, 1), np.nan)
        series, plane = lanes.kept(series, np.nan), lanes.wire(form, plan.names)
    elif explained.text is None:
        picture = as_levels(within(explained.picture[np.newaxis], SHOWN_SIDE), plan.low, plan.high)[0].astype(np.int32)
    sizes = (0, 0, 0) if picture is None else picture.shape
    arrays, numbers = packed(
        {
            "labels": labels,
            "picture": picture,
            "series": series,
            "height": height,
            "values": values,
            "regions": regions[:, sent].T,
            "start": local.start,
            "end": local.end,
            "p": explained.probability,
        }
    )
    wire: ImageEvidenceWire = {
        "name": clean(explained.name),
        "over": clean(explained.over),
        "classes": [clean(name) for name in plan.classes],
        "sent": sent,
        "predicted": explained.predicted,
        "truth": explained.truth,
        "has_classes": explained.probability is not None,
        "start_name": plan.start_name,
        "end_name": plan.end_name,
        "gap": local.gap,
        "rows": labels.shape[0],
        "columns": across,
        "picture_rows": sizes[0],
        "picture_columns": sizes[1],
        "bands": sizes[2],
        "regions": list(plan.regions.names) if explained.text is None else explained.text["tokens"],
        "plane": plane,
        "text": explained.text,
        "note": clean(explained.note),
        "arrays": arrays,
    }
    return wire, numbers


def summed(values: np.ndarray, members: list[np.ndarray]) -> np.ndarray:
    """(parts, classes): the credits (features, classes) of each part."""
    starts = np.cumsum([0, *(len(part) for part in members[:-1])])
    return np.asarray(np.add.reduceat(values[np.concatenate(members)], starts, axis=0))


def _sent(explained: ExplainedPicture, squares: int) -> list[int]:
    """Classes whose evidence is sent: those that were asked for, or, where there is no room, the ones of interest."""
    known = np.flatnonzero(np.isfinite(explained.local.values).all(axis=0))
    room = max(3, MOST_NUMBERS // squares)
    if len(known) <= room:
        return [int(number) for number in known]
    likeliest = known[np.argsort(-explained.local.end[known], kind="stable")]
    first = [number for number in (explained.predicted, explained.truth) if number is not None and number in known]
    return sorted(list(dict.fromkeys([*first, *map(int, likeliest)]))[:room])

"""What a model makes of a picture, as it travels: pictures in levels of brightness, beside each other, with regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np

from nbviz.attribution.images.regions import Regions
from nbviz.network.pictures import as_levels, within
from nbviz.style.numbers import grouped, short
from nbviz.style.text import clean

MOST_CHANNELS = 8
SHOWN_SIDE = 128  # rows or columns that are sent, at most

Of = Literal["input", "output", "true", "error"]  # what a tile is of


class OutputTileWire(TypedDict):
    """One picture; `rows` x `columns` x `bands` of the bytes, from `start` on, 255 for the end of its scale."""

    name: str
    foot: str  # its scale, in words
    of: Of
    channel: int | None  # of the output, where it is that of one
    rows: int
    columns: int
    bands: int
    start: int


class OutputPicturesWire(TypedDict):
    """A row."""

    caption: str
    is_sequence: bool
    tiles: list[OutputTileWire]


class OutputRegionsWire(TypedDict):
    """The regions of the output; their labels, i4, one for each of `rows` x `columns` squares, travel as bytes."""

    names: list[str]  # none where no region can be chosen
    rows: int
    columns: int
    channels: list[str]


@dataclass(frozen=True, eq=False)
class OutputPicture:
    """One row of data.

    Attributes:
        name: `"sample 3"`.
        given: What goes in, (height, width, channels).
        given_range: Least and greatest number of all rows that go in.
        output: What comes out, (height, width, channels).
        target: What is true, the same shape; None where that is not known.
        channel_names: One for each channel of the output.
        are_shares: Whether the output is from 0 to 1: probabilities.
        worst: Greatest squared error of a pixel over all rows, the end of the scale.
        against: What the output is compared with, in words; None for nothing.
        is_sequence: Whether features are down and steps across, so that a number need not be a square.
    """

    name: str
    given: np.ndarray
    given_range: tuple[float, float]
    output: np.ndarray
    target: np.ndarray | None
    channel_names: Sequence[str]
    are_shares: bool
    worst: float
    against: str | None
    is_sequence: bool = False


def regions_wire(regions: Regions | None, channels: Sequence[str]) -> tuple[OutputRegionsWire, bytes]:
    """The regions of an output, None without, and their labels as they are drawn; names of its channels."""
    named = [clean(str(name)) for name in channels]
    if regions is None:
        return {"names": [], "rows": 0, "columns": 0, "channels": named}, b""
    block = -(-max(regions.labels.shape) // SHOWN_SIDE)
    labels = regions.labels[block // 2 :: block, block // 2 :: block]
    return {
        "names": [clean(name) for name in regions.names],
        "rows": labels.shape[0],
        "columns": labels.shape[1],
        "channels": named,
    }, np.ascontiguousarray(labels, "<i4").tobytes()


def pictures_wire(picture: OutputPicture) -> tuple[OutputPicturesWire, bytes]:
    """A row as it travels: what goes in, what comes out, what is true, the squared error."""
    output, target = picture.output, picture.target
    low, high = picture.given_range
    scale = (0.0, 1.0)
    if not picture.are_shares:
        both = [output] if target is None else [output, target]
        scale = (min(low, *(float(part.min()) for part in both)), max(high, *(float(part.max()) for part in both)))
    tiles = _Tiles()
    tiles.add("input", "input", picture.given, picture.given_range)
    count = output.shape[-1]
    single = count == 1 or (count == 3 and not picture.are_shares)
    has_truth = target is not None and picture.against != "the input"
    for channel in [None] if single else range(min(count, MOST_CHANNELS)):
        part = slice(None) if channel is None else slice(channel, channel + 1)
        name = "" if channel is None else clean(str(picture.channel_names[channel]))
        tiles.add(name or "output", "output", output[..., part], scale, channel)
        if has_truth and target is not None:
            tiles.add(f"true {name}".strip(), "true", target[..., part], scale, channel)
    words = clean(picture.name)
    if target is not None:
        error = ((output - target) ** 2).mean(axis=-1, keepdims=True)
        words += f": mean squared error {short(float(error.mean()))}, against {picture.against}"
        tiles.add(
            "squared error",
            "error",
            error,
            (0.0, picture.worst or 1.0),
            foot=f"0 to {short(picture.worst)}, of all rows",
        )
    if not single and count > MOST_CHANNELS:
        words += f"; {grouped(count - MOST_CHANNELS)} more channels are not shown"
    return {"caption": words, "is_sequence": picture.is_sequence, "tiles": tiles.wires}, bytes(tiles.levels)


class _Tiles:
    """Pictures put one after the other."""

    def __init__(self) -> None:
        self.wires: list[OutputTileWire] = []
        self.levels = bytearray()

    def add(
        self,
        name: str,
        of: Of,
        values: np.ndarray,
        limits: tuple[float, float],
        channel: int | None = None,
        foot: str | None = None,
    ) -> None:
        """Take one in; `values`: (height, width, channels)."""
        levels = as_levels(within(values[np.newaxis], SHOWN_SIDE), *limits)[0]
        words = f"{short(limits[0])} to {short(limits[1])}" if foot is None else foot
        rows, columns, bands = levels.shape
        self.wires.append({
            "name": name, "foot": words, "of": of, "channel": channel,
            "rows": rows, "columns": columns, "bands": bands, "start": len(self.levels),
        })  # fmt: skip
        self.levels += levels.tobytes()

"""Where the pixels of a picture are in a row of data, whether that has the shape of the picture or is flat.

A sequence is a picture too: its features are the rows of pixels, its steps the columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbviz.network.samples import InputSpec

FEWEST_OFFERED = 7  # rows of the smallest picture that a flat row is offered to be
COLOURS = (1, 3)
MOST_STEPS = 240  # columns of the map of a sequence: of longer ones a square is several steps


@dataclass(frozen=True, slots=True)
class ImageForm:
    """The sizes of a picture. Its features are numbered as a flat row counts them.

    Attributes:
        rows: Of pixels.
        columns: Of pixels.
        channels: Numbers of a pixel.
        channels_first: Whether the pictures of the channels follow each other, instead of the channels of each pixel.
        most_squares: Rows or columns of a map, at most: of larger pictures a square of it is a block of pixels.
        is_sequence: Whether it is one of steps (columns) with features (rows), step by step in the data.
    """

    rows: int
    columns: int
    channels: int = 1
    channels_first: bool = False
    most_squares: int = 64
    is_sequence: bool = False

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def features(self) -> int:
        """How many numbers a picture has."""
        return self.rows * self.columns * self.channels

    @property
    def block(self) -> tuple[int, int]:
        """Rows and columns of pixels that are one square of a map: of a sequence several steps of one feature."""
        if self.is_sequence:
            return 1, -(-self.columns // self.most_squares)
        side = -(-max(self.rows, self.columns) // self.most_squares)
        return side, side

    @property
    def squares(self) -> tuple[int, int]:
        """Rows and columns of a map."""
        down, across = self.block
        return -(-self.rows // down), -(-self.columns // across)

    @property
    def plural(self) -> str:
        """What rows of data are."""
        return "sequences" if self.is_sequence else "pictures"

    def pictures(self, x: np.ndarray) -> np.ndarray:
        """(n, rows, columns, channels) of rows of data (n, ...)."""
        if self.is_sequence:
            return np.asarray(np.moveaxis(x.reshape(len(x), self.columns, self.rows), 1, 2)[..., np.newaxis])
        if self.channels_first:
            return np.moveaxis(x.reshape(len(x), self.channels, self.rows, self.columns), 1, -1)
        return np.asarray(x.reshape(len(x), self.rows, self.columns, self.channels))

    def numbers(self) -> np.ndarray:
        """(rows, columns, channels), the number of each feature."""
        return np.asarray(self.pictures(np.arange(self.features)[np.newaxis])[0])

    def pixel_names(self) -> list[str]:
        """What to call each feature, in order: `"row 1, column 4"`, of colours with the number of the channel."""
        names = np.empty(self.features, object)
        for (row, column, channel), number in np.ndenumerate(self.numbers()):
            names[number] = f"row {row}, column {column}" + (f", channel {channel}" if self.channels > 1 else "")
        return list(names)

    def square_labels(self) -> np.ndarray:
        """(rows, columns), the number of the square that a pixel is in, row by row."""
        down, across = (np.arange(size) // block for size, block in zip(self.sizes, self.block, strict=True))
        return down[:, np.newaxis] * self.squares[1] + across

    def at_squares(self, labels: np.ndarray) -> np.ndarray:
        """(rows, columns of a map), what the pixel in the middle of each square has, of labels (rows, columns)."""
        down, across = (
            np.arange(count) * block + block // 2 for count, block in zip(self.squares, self.block, strict=True)
        )
        return labels[np.minimum(down, self.rows - 1)[:, np.newaxis], np.minimum(across, self.columns - 1)]

    def members(self, labels: np.ndarray) -> list[np.ndarray]:
        """Numbers of the features of each part of the picture.

        Args:
            labels: (rows, columns), the part of each pixel, 0 to n - 1, each of them somewhere.
        """
        by_pixel = labels.ravel()
        order = np.argsort(by_pixel, kind="stable")
        features = self.numbers().reshape(len(by_pixel), self.channels)[order]
        ends = np.cumsum(np.bincount(by_pixel))[:-1]
        return [np.sort(part, axis=None) for part in np.split(features, ends)]

    def __str__(self) -> str:
        """`8 x 8`, `32 x 32 x 3`; of a sequence as its data are, `30 x 8`."""
        if self.is_sequence:
            return f"{self.columns} x {self.rows}"
        return f"{self.rows} x {self.columns}" + (f" x {self.channels}" if self.channels > 1 else "")


def find_image_form(
    specs: Sequence[InputSpec], arrays: Sequence[np.ndarray], image_shape: Any, *, by_steps: bool = False
) -> ImageForm | None:
    """The form of the pictures that a model takes; None where its rows are none.

    An input of three axes is taken for pictures, of rows x columns x channels or, where only the first axis can be
    their number, channels x rows x columns; one of two axes for sequences, of steps x features, unless it is square
    and nothing goes through it step by step.

    Args:
        specs: What the inputs take.
        arrays: Rows of data, one array for each input.
        image_shape: What the user calls the shape of a picture, (rows, columns) or (rows, columns, channels); None
            for what the input says.
        by_steps: Whether something says that two axes are steps and features: a layer, or names of features.

    Raises:
        ValueError: An `image_shape` that is none, or that does not fit the input.
    """
    if image_shape is None:
        shape = arrays[0].shape[1:]
        if len(specs) != 1 or specs[0].dtype == "string" or 0 in shape:
            return None
        if len(shape) == 2:
            is_square = shape[0] == shape[1] >= FEWEST_OFFERED
            if is_square and not by_steps:
                return ImageForm(*shape)
            return ImageForm(shape[1], shape[0], most_squares=MOST_STEPS, is_sequence=True)
        if len(shape) != 3:
            return None
        channels_first = shape[0] in COLOURS and shape[2] not in COLOURS
        channels, rows, columns = shape if channels_first else (shape[2], shape[0], shape[1])
        return ImageForm(rows, columns, channels, channels_first)
    sizes = _read_shape(image_shape)
    if len(specs) != 1:
        raise ValueError(
            f"Expected a model with one input for image_shape. Received one with {len(specs)}: "
            f"{', '.join(spec.name for spec in specs)}."
        )
    shape, name = arrays[0].shape[1:], specs[0].name
    if math.prod(sizes) != math.prod(shape):
        offer = _likely_shape(math.prod(shape))
        way_out = f"; {offer} would fit" if offer is not None else ""
        raise ValueError(
            f"Expected image_shape with sizes that multiply to {math.prod(shape)}, the numbers of a row of {name!r}. "
            f"Received {sizes}, which has {math.prod(sizes)}{way_out}."
        )
    if len(shape) > 1 and shape[: len(sizes)] != sizes[: len(shape)]:
        first = len(shape) == 3 and (*shape[1:], shape[0]) == (sizes if len(sizes) == 3 else (*sizes, 1))
        if not first:
            raise ValueError(f"Expected image_shape as the shape of {name!r}, {tuple(shape)}. Received {sizes}.")
        return ImageForm(shape[1], shape[2], shape[0], channels_first=True)
    return ImageForm(sizes[0], sizes[1], sizes[2] if len(sizes) == 3 else 1)


def offered_shape(specs: Sequence[InputSpec]) -> tuple[int, ...] | None:
    """The shape of a picture that flat rows may be, where their number is a square or three squares; else None."""
    if len(specs) != 1 or len(specs[0].shape) != 1 or specs[0].shape[0] is None:
        return None
    return _likely_shape(specs[0].shape[0])


def _likely_shape(count: int) -> tuple[int, ...] | None:
    for channels in COLOURS:
        side = math.isqrt(count // channels)
        if side >= FEWEST_OFFERED and side * side * channels == count:
            return (side, side) if channels == 1 else (side, side, channels)
    return None


def _read_shape(image_shape: Any) -> tuple[int, ...]:
    try:
        sizes = tuple(image_shape)
        whole = all(isinstance(size, (int, np.integer)) and not isinstance(size, bool) and size > 0 for size in sizes)
    except TypeError:
        whole = False
    if not whole or isinstance(image_shape, str) or len(sizes) not in (2, 3):
        raise ValueError(
            "Expected image_shape as (rows, columns) or (rows, columns, channels), whole numbers above 0. "
            f"Received {image_shape!r}."
        )
    return tuple(map(int, sizes))

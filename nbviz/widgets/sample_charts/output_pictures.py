"""`OutputPictures`: what a model makes of a picture: the input beside each channel of the output, and the error."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np

from nbviz.style.numbers import grouped, short
from nbviz.style.png import png
from nbviz.style.text import clean, html_text
from nbviz.style.tokens import LIGHT
from nbviz.widgets.owner import Owner

MOST_CHANNELS = 8
SIDE = 132  # px of the longer side
SEQUENCE, FEATURE = 232, 18  # px of all steps, and of a feature at most
INK, PAPER, WRONG = LIGHT["ink1"], LIGHT["right0"], LIGHT["negative"]


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


class OutputPictures(Owner, ipywidgets.VBox):
    """Pictures of one row, side by side: what goes in, what comes out, what is true, the squared error.

    Attributes:
        shown: What is shown, None at first.
    """

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self.shown: OutputPicture | None = None
        self._body = ipywidgets.HTML()
        super().__init__([self._body])
        self.add_class("nbviz-parts")
        self.add_class("nbviz-output-pictures")
        self.own_parts()

    def state(self, picture: OutputPicture) -> dict[ipywidgets.Widget, dict[str, Any]]:
        """Widget -> trait -> its value for a row; changes nothing itself."""
        return {self._body: {"value": _html(picture)}}

    def show(self, picture: OutputPicture) -> None:
        """Show a row."""
        self.shown = picture
        self._body.value = _html(picture)

    def __repr__(self) -> str:
        """The row; no markup."""
        return f"OutputPictures({'no sample' if self.shown is None else self.shown.name})"


def _html(picture: OutputPicture) -> str:
    output, target = picture.output, picture.target
    low, high = picture.given_range
    scale = (0.0, 1.0)
    if not picture.are_shares:
        both = [output] if target is None else [output, target]
        scale = (min(low, *(float(part.min()) for part in both)), max(high, *(float(part.max()) for part in both)))
    count, steps = output.shape[-1], picture.is_sequence
    shown = range(min(count, MOST_CHANNELS))
    tiles = [_shown("input", picture.given, picture.given_range, steps)]
    single = count == 1 or (count == 3 and not picture.are_shares)
    if single:
        tiles.append(_shown("output", output, scale, steps))
        if target is not None and picture.against != "the input":
            tiles.append(_shown("true", target, scale, steps))
    else:
        for channel in shown:
            name = clean(str(picture.channel_names[channel]))
            tiles.append(_shown(name, output[..., channel : channel + 1], scale, steps))
            if target is not None and picture.against != "the input":
                tiles.append(_shown(f"true {name}", target[..., channel : channel + 1], scale, steps))
    words = picture.name
    if target is not None:
        error = ((output - target) ** 2).mean(axis=-1)
        words += f": mean squared error {short(float(error.mean()))}, against {picture.against}"
        tiles.append(
            _tile("squared error", _ramp(error, picture.worst), f"0 to {short(picture.worst)}, of all rows", steps)
        )
    rest = "" if single or count <= MOST_CHANNELS else f"; {grouped(count - MOST_CHANNELS)} more channels are not shown"
    return (
        '<div class="nbviz-part-title">Input beside output</div>'
        f'<div class="nbviz-part-caption">{html_text(words + rest)}</div>'
        f'<div class="nbviz-output-tiles">{"".join(tiles)}</div>'
    )


def _shown(name: str, values: np.ndarray, limits: tuple[float, float], is_sequence: bool) -> str:
    foot = f"{short(limits[0])} to {short(limits[1])}"
    return _tile(name, _pixels(values, limits), foot, is_sequence, own_colours=values.shape[-1] == 3)


def _tile(name: str, pixels: np.ndarray, foot: str, is_sequence: bool, *, own_colours: bool = False) -> str:
    """A picture with its name; without colours of its own it is of a light page, and a dark one turns it."""
    rows, columns = pixels.shape[:2]
    turned = "" if own_colours else 'class="nbviz-output-ink" '
    size = SIDE / max(rows, columns)
    width, height = columns * size, max(8.0, rows * size)
    if is_sequence:
        width, height = SEQUENCE, min(SIDE, FEATURE * rows)
    style = f"width:{width:.0f}px;height:{height:.0f}px"
    source = base64.b64encode(png(pixels)).decode()
    return (
        f'<figure style="max-width:{max(SIDE, width):.0f}px">'
        f'<figcaption title="{html_text(name)}">{html_text(name)}</figcaption>'
        f'<img {turned}alt="{html_text(name)}" style="{style}" '
        f'src="data:image/png;base64,{source}"><small>{html_text(foot)}</small></figure>'
    )


def _pixels(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Three channels as colours, one (or the mean of others) as ink: the higher the darker."""
    low, high = limits
    share = np.clip(np.nan_to_num((values - low) / ((high - low) or 1.0)), 0, 1)
    if values.shape[-1] == 3:
        return np.asarray(255 * share + 0.5, np.uint8)
    return _mixed(share.mean(axis=-1), INK)


def _ramp(values: np.ndarray, worst: float) -> np.ndarray:
    return _mixed(np.clip(np.nan_to_num(values) / (worst or 1.0), 0, 1), WRONG)


def _mixed(share: np.ndarray, colour: str) -> np.ndarray:
    ends = np.array([list(bytes.fromhex(end[1:])) for end in (PAPER, colour)], float)
    return np.asarray(ends[0] + share[..., np.newaxis] * (ends[1] - ends[0]) + 0.5, np.uint8)

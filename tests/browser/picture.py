"""Compare screenshots by region, as arrays (height, width, 3) of 0 to 255."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
import PIL.Image
from playwright.sync_api import Locator, Page

from .page import wait_until

# One step of anti-aliasing changes a channel by less than this.
TOLERANCE = 24


class Region(NamedTuple):
    """A rectangle in px, from the picture's top left corner."""

    left: int
    top: int
    width: int
    height: int

    def of(self, picture: np.ndarray) -> np.ndarray:
        """The pixels inside. picture: (height, width, 3)."""
        bottom, right = self.top + self.height, self.left + self.width
        if bottom > picture.shape[0] or right > picture.shape[1]:
            raise ValueError(f"Expected a region within {picture.shape[1]} x {picture.shape[0]} px. Received {self}.")
        return picture[self.top : bottom, self.left : right]


def screenshot(target: Page | Locator) -> np.ndarray:
    """What the page or the element shows now. Returns (height, width, 3)."""
    return np.asarray(PIL.Image.open(io.BytesIO(target.screenshot())).convert("RGB"))


def changed_share(before: np.ndarray, after: np.ndarray, region: Region | None = None) -> float:
    """Share of the pixels, 0 to 1, of which some channel differs by more than anti-aliasing explains."""
    if region is not None:
        before, after = region.of(before), region.of(after)
    if before.shape != after.shape:
        raise ValueError(f"Expected pictures of one size. Received {before.shape} and {after.shape}.")
    difference = np.abs(before.astype(int) - after.astype(int)).max(axis=-1)
    return float((difference > TOLERANCE).mean())


def wait_for_change(page: Page, target: Page | Locator, before: np.ndarray, share: float) -> None:
    """Wait until more than this share of the pixels, 0 to 1, is another than before."""
    wait_until(page, lambda: changed_share(before, screenshot(target)) > share)


def colour_share(picture: np.ndarray, colour: str, region: Region | None = None, tolerance: int = TOLERANCE) -> float:
    """Share of the pixels, 0 to 1, within `tolerance` of the colour ("#0877bd") in every channel."""
    if region is not None:
        picture = region.of(picture)
    wanted = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)])
    return float((np.abs(picture.astype(int) - wanted).max(axis=-1) <= tolerance).mean())

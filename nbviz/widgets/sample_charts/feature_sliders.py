"""`FeatureSliders`: a slider for each feature, at most twenty at a time, however many there are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import ipywidgets
import numpy as np
import numpy.typing as npt

from nbviz.style.numbers import grouped
from nbviz.style.text import clean
from nbviz.widgets.owner import Owner
from nbviz.widgets.sample_charts.row_slider import RowSlider

MOST_SLIDERS = 20
CONSTANT = "the same in every row of the data"
NO_RANGE = "no finite values in the data"


class Ranges(NamedTuple):
    """What values the columns of some data take, each of shape (features,)."""

    low: np.ndarray
    high: np.ndarray
    whole: np.ndarray  # bool: only whole numbers


def ranges(x: npt.ArrayLike) -> Ranges:
    """Least and greatest value of each column, missing ones apart.

    Args:
        x: Rows, shape (samples, features). A column without any finite value gets NaN as its range.
    """
    rows = np.asarray(x, dtype=float)
    finite = np.isfinite(rows)
    some = finite.any(axis=0)
    low = np.where(some, np.where(finite, rows, np.inf).min(axis=0, initial=np.inf), np.nan)
    high = np.where(some, np.where(finite, rows, -np.inf).max(axis=0, initial=-np.inf), np.nan)
    known = np.where(finite, rows, 0)
    return Ranges(low, high, (known == np.round(known)).all(axis=0) & some)


@dataclass(frozen=True, eq=False)
class SliderFeatures:
    """Features that somebody may change.

    Attributes:
        names: One for each feature.
        ranges: What values they take in the data.
        order: Features in the order they are offered, the most important first; empty for as they come.
    """

    names: Sequence[str]
    ranges: Ranges
    order: Sequence[int] = ()

    def checked(self) -> SliderFeatures:
        """The same with names that a page may show, numbers of the right shape, and an order.

        Raises:
            ValueError: No features, lengths do not fit, or `order` is not an order of the features.
        """
        count = len(self.names)
        if count == 0:
            raise ValueError("Expected at least one feature. Received none.")
        whole = np.asarray(self.ranges.whole, dtype=bool)
        if whole.shape != (count,):
            raise ValueError(f"Expected whole of shape ({count},). Received {whole.shape}.")
        limits = Ranges(numbers_of("low", self.ranges.low, count), numbers_of("high", self.ranges.high, count), whole)
        order = [int(feature) for feature in self.order] or list(range(count))
        if sorted(order) != list(range(count)):
            raise ValueError(f"Expected order to hold each of 0 to {count - 1} once. Received {len(order)} numbers.")
        return SliderFeatures([clean(str(name)) for name in self.names], limits, order)


def numbers_of(argument: str, values: npt.ArrayLike, count: int) -> np.ndarray:
    """(count,) float64: a number for each feature.

    Raises:
        ValueError: More or fewer; `argument` is what they are called.
    """
    array = np.asarray(values, dtype=float)
    if array.shape == (1, count):
        array = array[0]
    if array.shape != (count,):
        raise ValueError(f"Expected {argument} of shape ({count},). Received {array.shape}.")
    return array


class FeatureSliders(Owner, ipywidgets.VBox):
    """Sliders over the range of the data, the most important features first; the others are found by name or page."""

    def __init__(self, features: SliderFeatures, moved: Callable[[int, float], None]) -> None:
        """Sliders that are off until `put` brings a row.

        Args:
            features: Checked ones.
            moved: Called with a feature and its new value when somebody has moved its slider.
        """
        self._names, self._limits, self._order = features.names, features.ranges, features.order
        self._moved = moved
        self._row: np.ndarray | None = None
        self._sample: np.ndarray | None = None
        self._setting = False  # while the sliders are set by us
        self._page = 0
        self._shown: list[int] = []
        self.sliders: list[RowSlider] = []
        for place in range(min(MOST_SLIDERS, len(self._names))):
            slider = RowSlider(layout=ipywidgets.Layout(width="auto"))
            slider.observe(self._slid(place), "value")
            self.sliders.append(slider)
        self._finder = self._make_finder() if len(self._names) > MOST_SLIDERS else None
        self._list = ipywidgets.VBox(self.sliders)
        self._list.add_class("nbviz-if-sliders")
        super().__init__([self._list] if self._finder is None else [self._finder, self._list])
        self._turn_to(0)
        self.own_parts()

    def put(self, row: np.ndarray, sample: np.ndarray | None) -> None:
        """Set the sliders.

        Args:
            row: A value for each feature, shape (features,); NaN where one is missing.
            sample: Where the row comes from; ranges are widened to it.
        """
        self._row, self._sample = row, sample
        self._fill()

    def follow(self, row: np.ndarray) -> None:
        """Remember the row that the sliders already show."""
        self._row = row

    def range_of(self, feature: int) -> tuple[float, float]:
        """Range of the data, widened to the sample where that lies beyond it."""
        low, high = float(self._limits.low[feature]), float(self._limits.high[feature])
        value = np.nan if self._sample is None else float(self._sample[feature])
        if np.isfinite(value) and np.isfinite(low) and low != high:
            return min(low, value), max(high, value)
        return low, high

    def _make_finder(self) -> ipywidgets.HBox:
        """What brings other features into view."""
        self._filter = ipywidgets.Text(
            placeholder="find a feature",
            continuous_update=True,
            layout=ipywidgets.Layout(width="auto", flex="1 1 90px"),
        )
        self._filter.observe(lambda _: self._turn_to(0), "value")
        square = ipywidgets.Layout(width="28px", padding="0")
        self._back = ipywidgets.Button(description="←", tooltip="features before these", layout=square)
        self._on = ipywidgets.Button(description="→", tooltip="features after these", layout=square)
        self._back.on_click(lambda _: self._turn_to(self._page - 1))
        self._on.on_click(lambda _: self._turn_to(self._page + 1))
        self._pages = ipywidgets.HTML()
        self._pages.add_class("nbviz-if-pages")
        finder = ipywidgets.HBox([self._filter, self._back, self._pages, self._on])
        finder.add_class("nbviz-if-finder")
        return finder

    def __repr__(self) -> str:
        """How many features; no markup."""
        return f"FeatureSliders({len(self._names)} features)"

    def _matching(self) -> list[int]:
        if self._finder is None:
            return list(self._order)
        words = self._filter.value.strip().casefold()
        return [feature for feature in self._order if words in self._names[feature].casefold()]

    def _turn_to(self, page: int) -> None:
        matching = self._matching()
        pages = max(1, -(-len(matching) // MOST_SLIDERS))
        self._page = min(max(0, page), pages - 1)
        first = self._page * MOST_SLIDERS
        self._shown = matching[first : first + MOST_SLIDERS]
        last = first + len(self._shown)
        if self._finder is not None:
            self._pages.value = (
                f"{grouped(first + 1)}–{grouped(last)} of {grouped(len(matching))}" if matching else "no such feature"
            )
            self._back.disabled, self._on.disabled = self._page == 0, self._page == pages - 1
        self._fill()

    def _fill(self) -> None:
        """Give the sliders in view their features and values."""
        self._setting = True
        try:
            for place, slider in enumerate(self.sliders):
                slider.layout.display = None if place < len(self._shown) else "none"
                if place < len(self._shown):
                    self._set_slider(slider, self._shown[place])
        finally:
            self._setting = False

    def _set_slider(self, slider: RowSlider, feature: int) -> None:
        value = np.nan if self._row is None else float(self._row[feature])
        low, high = self.range_of(feature)
        off = CONSTANT if low == high else NO_RANGE if not np.isfinite(low) else ""
        if off:
            low = value if np.isfinite(value) else low if np.isfinite(low) else 0.0
            high = low + 1
        missing = self._row is not None and np.isnan(value)
        whole = bool(self._limits.whole[feature])
        decimals = 0 if whole else max(0, 2 - math.floor(math.log10(high - low)))
        step = 10.0**-decimals
        # The front end moves a value to the next step: with steps from a round number on, that is what is printed.
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
        slider.place(low, high, step, value if np.isfinite(value) else (low + high) / 2)
        slider.readout_format = f".{decimals}f"
        slider.description = self._names[feature] + (" (missing)" if missing else "")
        slider.disabled = bool(off) or self._row is None
        slider.tooltip = f"{self._names[feature]}: {off}" if off else self._names[feature]

    def _slid(self, place: int) -> Callable[[Any], None]:
        def moved(change: Any) -> None:
            if self._setting or self._row is None or place >= len(self._shown):
                return
            feature = self._shown[place]
            value = self._meant(change["new"], feature, self.sliders[place])
            if value is None or value == self._row[feature]:
                return
            self._moved(feature, value)

        return moved

    def _meant(self, value: float, feature: int, slider: RowSlider) -> float | None:
        """What a slider's value stands for; None where nobody has moved it.

        Once shown, the front end moves every slider to the nearest step and reports that as a change. So a value that
        is the sample's own but for rounding is the sample's own, and that of a missing one still is missing.
        """
        assert self._sample is not None
        assert self._row is not None
        rounding = slider.step / 2 * (1 + 1e-6)
        original, now = float(self._sample[feature]), float(self._row[feature])
        if np.isnan(now):
            return None if abs(value - (slider.min + slider.max) / 2) <= rounding else value
        return original if abs(value - original) <= rounding else value

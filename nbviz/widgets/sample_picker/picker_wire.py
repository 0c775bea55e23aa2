"""What the sample picker sends to the browser: whose rows these are, what was predicted, what is true.

The numbers travel as bytes beside it, float32, little endian, NaN where unknown:

    classes      f4 (samples, classes)   probability of each class
    regression   f4 (2, samples)         predicted value, true value
"""

from __future__ import annotations

from typing import TypedDict


class PickerWire(TypedDict):
    """The rows to choose from."""

    count: int
    names: list[str] | None  # None: "sample 32"
    class_names: list[str] | None  # None: regression
    truth: list[int] | None  # class indices; None: not known, or regression
    predicted: list[int] | None  # class indices; None: regression
    has_truth: bool

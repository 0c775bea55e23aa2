"""`WhatIf`: the sample's features as sliders, and what the model answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

from nbviz.style.numbers import grouped
from nbviz.style.text import clean, html_text
from nbviz.widgets.owner import Owner
from nbviz.widgets.sample_charts.asked_model import AskedModel
from nbviz.widgets.sample_charts.feature_sliders import CONSTANT, FeatureSliders, SliderFeatures, numbers_of
from nbviz.widgets.sample_charts.response_curve import ResponseCurve, grid
from nbviz.widgets.scheduling.event_loop_throttle import EventLoopThrottle


class WhatIf(Owner, ipywidgets.VBox):
    """Change a sample and see what the model makes of it.

    A slider for each feature over the range of the data, at most twenty at a time; beside them the response to one
    feature over its whole range, the others as the sliders have them.

    Attributes:
        row: The features as the sliders have them, shape (features,); None before the first sample. Replaced, never
            changed in place.
        feature: Index of the feature whose response is drawn.
        error: What went wrong in the model at the last change; empty if nothing did.
        on_row: Called with the row when the sliders have moved; None for nobody.
        sample_name: What the sample is called that the sliders started from; empty before the first.
    """

    row = traitlets.Any(None, allow_none=True)
    feature = traitlets.Int(0)
    error = traitlets.Unicode()

    def __init__(
        self, model: AskedModel, features: SliderFeatures, *, on_row: Callable[[np.ndarray], None] | None = None
    ) -> None:
        """Sliders without a sample; `set_sample` brings one.

        Args:
            model: What is asked about each row.
            features: What may be changed.
            on_row: See the attribute.

        Raises:
            ValueError: Lengths do not fit, or the order is not one of the features.
        """
        self._model, self._features, self.on_row = model, features.checked(), on_row
        self._names = self._features.names
        self._sample: np.ndarray | None = None
        self.sample_name, self._sample_words = "", ""
        self.sliders = FeatureSliders(self._features, self._move)
        self._soon = EventLoopThrottle(self._answer)
        self._answering = threading.RLock()  # the kernel's thread, or one that follows the model
        super().__init__(self._build(self._features.order), feature=self._features.order[0])
        self.add_class("nbviz-parts")
        self.add_class("nbviz-what-if")
        self.observe(self._choose_feature, "feature")
        self.own_parts()

    def set_sample(self, row: npt.ArrayLike, name: str) -> None:
        """Begin from a sample.

        Args:
            row: Its features, shape (features,); NaN where one is missing.
            name: `"sample 32"`.

        Raises:
            ValueError: Not one number for each feature.
        """
        sample = numbers_of("row", row, len(self._names))
        self._sample, self.sample_name = sample.copy(), clean(name)
        self._reset.description = f"back to {self.sample_name}"
        self._sample_words = ""
        self._put(sample)

    @property
    def is_sample(self) -> bool:
        """Whether the sliders are as the sample has them."""
        return self.row is not None and np.array_equal(self.row, np.asarray(self._sample), equal_nan=True)

    def reset(self) -> None:
        """Set the sliders back to the sample."""
        if self._sample is not None:
            self._put(self._sample)

    def refresh(self) -> None:
        """Ask the model again, after it has changed; the row is the same, so nobody is told of it."""
        self._sample_words = ""
        self._answer(is_new=False)

    def _end(self) -> None:
        self._soon.cancel()

    def __repr__(self) -> str:
        """Features and the sample; no markup."""
        return f"WhatIf({grouped(len(self._names))} features, {self.sample_name or 'no sample'})"

    def _build(self, order: Sequence[int]) -> list[ipywidgets.Widget]:
        self._head = ipywidgets.HTML()
        self._reset = ipywidgets.Button(description="back to the sample", disabled=True)
        self._reset.on_click(lambda _: self.reset())
        self._status = ipywidgets.HTML()
        self._status.add_class("nbviz-if-status")
        self._chosen = ipywidgets.Dropdown(
            options=[(_unique(self._names, feature), feature) for feature in order],
            value=order[0],
            layout=ipywidgets.Layout(width="auto", flex="1 1 120px", max_width="260px"),
        )
        self._chosen.observe(lambda change: self.set_trait("feature", change["new"]), "value")
        self._chosen_title = ipywidgets.HTML('<span class="nbviz-if-label">Response to</span>')
        self.curve = ResponseCurve(self._model.class_names, output=self._model.output)
        chooser = ipywidgets.HBox([self._chosen_title, self._chosen])
        chooser.add_class("nbviz-if-chooser")
        top = ipywidgets.HBox([self._head, self._reset])
        top.add_class("nbviz-if-top")
        left, right = self.sliders, ipywidgets.VBox([chooser, self.curve])
        left.add_class("nbviz-if-left")
        right.add_class("nbviz-if-right")
        body = ipywidgets.HBox([left, right])
        body.add_class("nbviz-if-body")
        self._head.value = _head_html("What if", "choose a sample first")
        return [top, body, self._status]

    def _move(self, feature: int, value: float) -> None:
        """A slider was moved."""
        row = self.row.copy()
        row[feature] = value
        self.row = row
        self.sliders.follow(row)
        self._soon.request()

    def _put(self, row: np.ndarray) -> None:
        self._soon.cancel()
        self.row = row.copy()
        self.sliders.put(row, self._sample)
        self._answer()

    @traitlets.validate("feature")
    def _known_feature(self, proposal: traitlets.Bunch) -> int:
        if isinstance(proposal.value, bool) or not 0 <= proposal.value < len(self._names):
            raise traitlets.TraitError(f"Expected feature from 0 to {len(self._names) - 1}. Received {proposal.value}.")
        return int(proposal.value)

    def _choose_feature(self, change: Any) -> None:
        self._chosen.value = change["new"]
        self._answer()

    def _answer(self, *, is_new: bool = True) -> None:
        """Ask the model about the row and about the range of the chosen feature, in one call."""
        if self.row is None or self._sample is None:
            return
        try:
            with self._answering:
                row = self.row
                answer, flat = self._show_answers(row)
            if is_new and self.on_row is not None:
                self.on_row(row.copy())
        except Exception as error:
            # This runs in the kernel's loop, where nobody would see it.
            self.error = f"{type(error).__name__}: {error}"
        else:
            self.error = ""
            self._say(row, answer, flat)
        self._status.value = f'<div class="nbviz-if-error">{html_text(self.error)}</div>' if self.error else ""

    def _show_answers(self, row: np.ndarray) -> tuple[np.ndarray, bool]:
        """Draw the curve; returns the answer to the row, (outputs,), and whether the feature has no range."""
        low, high = self.sliders.range_of(self.feature)
        flat = not np.isfinite(low) or low == high
        here = float(row[self.feature])
        whole = bool(self._features.ranges.whole[self.feature])
        values = np.full(1, here) if flat else grid(low, high, whole=whole)
        if flat:
            around = here if np.isfinite(here) else 0.0
            values = grid(around - 0.5, around + 0.5, whole=False)
        asked = np.tile(row, (len(values) + 1, 1))
        asked[:-1, self.feature] = np.full(len(values), here) if flat else values
        answers = self._model.ask(asked)
        self.curve.show(values, answers[:-1], here, answers[-1])
        if not self._sample_words:
            self._sample_words = self._model.words(self._ask_sample(answers, row))
        return np.asarray(answers[-1]), flat

    def _ask_sample(self, answers: np.ndarray, row: np.ndarray) -> np.ndarray:
        """The answer to the sample, (outputs,); asked in the shape of all other calls."""
        sample = np.asarray(self._sample)
        if np.array_equal(row, sample, equal_nan=True):
            return np.asarray(answers[-1])
        return np.asarray(self._model.ask(np.tile(sample, (len(answers), 1)))[0])

    def _say(self, row: np.ndarray, answer: np.ndarray, flat: bool) -> None:
        same = np.isclose(row, np.asarray(self._sample), rtol=0, atol=0, equal_nan=True)
        changed = int(np.sum(~same))
        now = self._model.words(answer)
        words = f"{self.sample_name}: {self._sample_words}"
        if changed:
            words += f"; with {changed} feature{'s' if changed > 1 else ''} changed: {now}"
        if flat:
            words += f"; {self._names[self.feature]} is {CONSTANT}, so the response is one point"
        self._reset.disabled = changed == 0
        self._head.value = _head_html("What if", words)


def _head_html(title: str, words: str) -> str:
    return f'<div class="nbviz-part-title">{title}</div><div class="nbviz-part-caption">{html_text(words)}</div>'


def _unique(names: Sequence[str], feature: int) -> str:
    name = names[feature]
    return name if names.count(name) == 1 else f"{name} ({feature})"

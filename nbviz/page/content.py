"""What a widget wants to be different in a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipywidgets import Widget

# A trait's values in Python, by widget and by the trait's name.
Traits = Mapping[Widget, Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Choice:
    """What widgets show for each value of a control, such as a menu.

    Attributes:
        control: The control.
        trait: The trait of it that decides: a number, a text or None, in the page as in Python.
        moments: Its value -> widget -> trait -> its value in Python.
    """

    control: Widget
    trait: str
    moments: Mapping[Any, Traits]

    def __repr__(self) -> str:
        """How much there is to choose from."""
        return f"Choice({type(self.control).__name__}, {len(self.moments)} values)"


@dataclass(frozen=True, eq=False)
class PageContent:
    """What the page shows for each sample, since it has no kernel to ask.

    A widget with a method `page_content() -> PageContent` is asked for it by `save_html`.

    Attributes:
        driver: The widget whose `selected_sample` decides, None if nothing follows a sample.
        moments: Sample -> widget -> trait -> its value in Python while that sample is selected; the sample None is
            that none is selected. A sample that is missing leaves the picture as it is.
        overrides: Widget -> trait -> its value in the page only, such as a layout's display "none" for a control
            that needs the kernel.
        choices: What else is chosen in the page. No trait may follow both a sample and a choice.
    """

    driver: Widget | None = None
    moments: Mapping[int | None, Traits] = field(default_factory=dict)
    overrides: Traits = field(default_factory=dict)
    choices: Sequence[Choice] = ()

    def __repr__(self) -> str:
        """How much of it there is."""
        samples = len(self.moments.keys() - {None})
        return f"PageContent({samples} samples, {len(self.overrides)} widgets changed)"

    def followers(self) -> set[Widget]:
        """The driver, the controls, and the widgets that follow them."""
        moments = [*self.moments.values(), *(traits for each in self.choices for traits in each.moments.values())]
        following = {widget for traits in moments for widget in traits} | {each.control for each in self.choices}
        return following if self.driver is None else following | {self.driver}

    def widgets(self) -> Iterator[Widget]:
        """The widgets that the values refer to."""
        chosen = (traits for each in self.choices for traits in each.moments.values())
        for traits in (*self.moments.values(), self.overrides, *chosen):
            for values in traits.values():
                for value in values.values():
                    yield from widgets_in(value)


def widgets_in(value: Any) -> Iterator[Widget]:
    """The widgets in a trait's value, however deep."""
    if isinstance(value, Widget):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from widgets_in(item)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, memoryview)):
        for item in value:
            yield from widgets_in(item)

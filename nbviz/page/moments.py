"""What widgets show for each sample and each choice, as nbviz/frontend/src/page/moments.ts reads it.

Length of the header (uint32, little endian), header (JSON), binary parts one after the other.
The header: `followers`: driver (model id), trait (of it, that decides), saved (its value in the saved state), moments
(value -> model id -> trait -> index of a value); `values`: json, buffers [path, start, length]. A value that many
moments share is stored once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from nbviz.page.content import Choice, PageContent
from nbviz.page.wire_value import WireValue, wire_value

SAMPLE = "selected_sample"  # what the driver of samples is asked for


def joined_moments(contents: Iterable[PageContent], included: Collection[str]) -> bytes | None:
    """Join the moments of several widgets.

    Args:
        contents: What the widgets want to show.
        included: Ids of the models that the page has.

    Returns:
        None if nothing follows a sample or a choice.

    Raises:
        TypeError: A value does not fit its trait.
        ValueError: A driver or a widget with moments is not in the page, or has no such trait.
    """
    values = _Values()
    followers = []
    for content in contents:
        _check_included(content, included)
        if content.driver is not None:
            if SAMPLE not in content.driver.keys:
                raise ValueError(f"Expected a driver with a trait {SAMPLE}. Received {type(content.driver).__name__}.")
            followers.append(_follower(content, Choice(content.driver, SAMPLE, content.moments), values))
        followers += [_follower(content, choice, values) for choice in content.choices]
    if not followers:
        return None
    header = json.dumps({"followers": followers, "values": values.headers}, separators=(",", ":"), allow_nan=False)
    encoded = header.encode()
    return len(encoded).to_bytes(4, "little") + encoded + b"".join(values.parts)


def _check_included(content: PageContent, included: Collection[str]) -> None:
    for widget in content.followers():
        if widget.model_id not in included:
            raise ValueError(
                f"Expected drivers and moments of widgets that are in the page. Received {type(widget).__name__}, "
                "which the saved widget does not hold."
            )


def _follower(content: PageContent, choice: Choice, values: _Values) -> dict[str, Any]:
    driver, trait, moments = choice.control, choice.trait, choice.moments
    packed: dict[str, dict[str, dict[str, int]]] = {_key(value): {} for value in moments}
    # Trait by trait: gzip finds what successive moments have in common only if they are close together.
    cells = {(widget, name): None for traits in moments.values() for widget, given in traits.items() for name in given}
    for widget, name in cells:
        for value, traits in moments.items():
            given = traits.get(widget, {})
            if name in given:
                index = values.index(wire_value(widget, name, given[name]))
                packed[_key(value)].setdefault(widget.model_id, {})[name] = index
    saved = content.overrides.get(driver, {}).get(trait, getattr(driver, trait))
    return {"driver": driver.model_id, "trait": trait, "saved": saved, "moments": packed}


def _key(value: float | str | None) -> str:
    """A text as it is; a number of at most six decimals as JavaScript writes it."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")


class _Values:
    """Each different value once."""

    def __init__(self) -> None:
        self.headers: list[dict[str, Any]] = []
        self.parts: list[bytes] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._size = 0

    def index(self, value: WireValue) -> int:
        text = json.dumps(value.json, allow_nan=False)
        key = (text, *((str(path), part) for path, part in value.buffers))
        if key not in self._known:
            self._known[key] = len(self.headers)
            buffers = []
            for path, part in value.buffers:
                buffers.append([path, self._size, len(part)])
                self.parts.append(part)
                self._size += len(part)
            self.headers.append({"json": value.json, "buffers": buffers})
        return self._known[key]

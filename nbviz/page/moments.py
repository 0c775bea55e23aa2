"""What widgets show for each sample, packed for the page; nbviz/frontend/src/page/moments.ts reads it.

gzip, in base64, of: length of the header (uint32, little endian), header (JSON), binary parts one after the other.
The header: `followers`: driver (model id), saved (its sample in the saved state), moments (sample -> model id ->
trait -> index of a value); `values`: json, buffers [path, start, length]. A value that many samples share is stored
once.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Collection, Iterable
from typing import Any

from nbviz.page.content import PageContent
from nbviz.page.wire_value import WireValue, wire_value


def pack_moments(contents: Iterable[PageContent], included: Collection[str]) -> str | None:
    """Pack the moments of several widgets.

    Args:
        contents: What the widgets want to show.
        included: Ids of the models that the page has.

    Returns:
        base64, None if nothing follows a sample.

    Raises:
        TypeError: A value does not fit its trait.
        ValueError: A driver or a widget with moments is not in the page, or has no such trait.
    """
    values = _Values()
    followers = [_follower(content, included, values) for content in contents if content.driver is not None]
    if not followers:
        return None
    header = json.dumps({"followers": followers, "values": values.headers}, separators=(",", ":"), allow_nan=False)
    encoded = header.encode()
    packed = gzip.compress(len(encoded).to_bytes(4, "little") + encoded + b"".join(values.parts), 9, mtime=0)
    return base64.b64encode(packed).decode()


def _follower(content: PageContent, included: Collection[str], values: _Values) -> dict[str, Any]:
    driver = content.driver
    assert driver is not None
    for widget in content.followers():
        if widget.model_id not in included:
            raise ValueError(
                f"Expected drivers and moments of widgets that are in the page. Received {type(widget).__name__}, "
                "which the saved widget does not hold."
            )
    if "selected_sample" not in driver.keys:
        raise ValueError(f"Expected a driver with a trait selected_sample. Received {type(driver).__name__}.")
    moments: dict[str, dict[str, dict[str, int]]] = {
        "null" if sample is None else str(int(sample)): {} for sample in content.moments
    }
    # Trait by trait: gzip finds what successive samples have in common only if they are close together.
    cells = {
        (widget, trait): None
        for traits in content.moments.values()
        for widget, given in traits.items()
        for trait in given
    }
    for widget, trait in cells:
        for sample, traits in content.moments.items():
            given = traits.get(widget, {})
            if trait in given:
                index = values.index(wire_value(widget, trait, given[trait]))
                key = "null" if sample is None else str(int(sample))
                moments[key].setdefault(widget.model_id, {})[trait] = index
    return {"driver": driver.model_id, "saved": driver.selected_sample, "moments": moments}


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

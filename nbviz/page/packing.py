"""How a page carries what is large: gzip in base64, which the browser inflates itself; frontend/src/page/unpack.ts."""

from __future__ import annotations

import base64
import gzip


def packed(data: bytes) -> str:
    """The bytes as text that no HTML parser takes for markup, the same for the same bytes."""
    return base64.b64encode(gzip.compress(data, 6, mtime=0)).decode()

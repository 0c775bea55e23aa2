"""The HTML of a page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from typing import Any

from nbviz.page.inlined import Inlined
from nbviz.page.packing import packed
from nbviz.page.state import PageState

_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="nbviz">
<link rel="icon" href="data:,">
<title>{title}</title>
<script type="text/plain" id="licences">
{licences}
</script>
{code}
<script>{start}</script>
</head>
<body>
<noscript>This page draws with JavaScript, which is off in this browser.</noscript>
{data}
</body>
</html>
"""


def document(title: str, state: PageState, code: Inlined) -> str:
    """One self-contained page.

    Args:
        title: Of the window.
        state: What to show.
        code: What to show it with.
    """
    start = _safe_script(code.start)
    data = [_script("state", _json(state.manager_state))]
    data += [_view(spec) for spec in state.view_specs]
    if state.moments is not None:
        data.append(_script("moments", state.moments))
    return _HTML.format(
        policy=_policy(start),
        title=html.escape(title),
        licences=re.sub(r"(?i)<(?=/script|script|!--)", "&lt;", code.licences),
        code=_script("code", _json({"styles": code.styles, "scripts": code.scripts})),
        start=start,
        data="\n".join(data),
    )


def _policy(start: str) -> str:
    """No network at all; only this script runs, and what it and anywidget load from blobs of the page's own making."""
    digest = base64.b64encode(hashlib.sha256(start.encode()).digest()).decode()
    allowed = {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}' blob:",
        "style-src": "'unsafe-inline' data: blob:",
        "img-src": "data: blob:",
        "media-src": "data: blob:",
        "font-src": "data:",
        "connect-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{kind} {sources}" for kind, sources in allowed.items())


def _safe_script(code: str) -> str:
    """Code that no HTML parser takes for the end of its element, and that every one reads as it was hashed."""
    code = code.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    # In JavaScript these can only be inside strings, comments, templates and regular expressions.
    return re.sub(r"(?i)<(?=/script|!--)", r"\\x3c", code)


def _script(name: str, data: bytes) -> str:
    return f'<script type="application/vnd.nbviz.{name}">{packed(data)}</script>'


def _view(spec: dict[str, Any]) -> str:
    text = _json(spec).decode().replace("<", "\\u003c")
    return f'<script type="application/vnd.jupyter.widget-view+json">{text}</script>'


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()

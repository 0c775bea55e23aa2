"""The HTML of a page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from typing import Any

from nbviz.page.inlined import Inlined
from nbviz.page.state import PageState

_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="nbviz">
<link rel="icon" href="data:,">
<title>{title}</title>
<script type="text/plain" id="licences">
{licences}
</script>
<style>
{styles}
</style>
{scripts}
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
    scripts = [_safe_script(script) for script in code.scripts]
    data = [_data("application/vnd.jupyter.widget-state+json", state.manager_state)]
    data += [_data("application/vnd.jupyter.widget-view+json", spec) for spec in state.view_specs]
    if state.moments is not None:
        data.append(f'<script type="application/vnd.nbviz.moments">{state.moments}</script>')
    return _HTML.format(
        policy=_policy(scripts),
        title=html.escape(title),
        licences=re.sub(r"(?i)<(?=/script|script|!--)", "&lt;", code.licences),
        styles=re.sub(r"(?i)</(?=style)", r"<\\/", code.styles),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
        data="\n".join(data),
    )


def _policy(scripts: list[str]) -> str:
    """No network at all; only these scripts run, and the views' modules, which anywidget loads from blobs."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = {
        "default-src": "'none'",
        "script-src": " ".join([*(f"'sha256-{digest}'" for digest in hashes), "blob:"]),
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


def _data(kind: str, value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f'<script type="{kind}">{text}</script>'

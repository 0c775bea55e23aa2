"""The table of colours and type sizes, `tokens.json`, which Python, TypeScript and the style sheets read alike."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_TABLE: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("tokens.json").read_text("utf-8"))

Pairs = dict[str, tuple[str, str]]  # name -> `#rrggbb` on a light and on a dark ground


def _pairs(group: str) -> Pairs:
    return {name: (light, dark) for name, (light, dark) in _TABLE[group].items()}


THEME = _pairs("theme")  # of every view
CHARTS = _pairs("charts")  # of sums and classes, and shades of a confusion matrix
PAGE = _pairs("page")  # of a saved page around its widgets
LIGHT = {name: light for name, (light, _) in (THEME | CHARTS).items()}
SIZES = _TABLE["sizes"]  # px
WEIGHTS = _TABLE["weights"]


def variable(token: str) -> str:
    """Its name in style sheets: `--nbviz-ink-1` of `ink1`."""
    return "--nbviz-" + re.sub(r"[A-Z]|\d", lambda found: f"-{found[0].lower()}", token)

"""Print the style sheets of the colours and type sizes in `nbviz/style/tokens.json`.

python nbviz/frontend/tokens.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nbviz.style.tokens import CHARTS, PAGE, SIZES, THEME, WEIGHTS, variable

SOURCE = Path(__file__).parent / "src"
HEAD = "/* Printed by nbviz/frontend/tokens.py from nbviz/style/tokens.json. */\n"


def style_tokens() -> str:
    """What all sheets read; a view gets its colours from theme.ts, what bqplot and ipywidgets draw has them here."""
    sizes = [f"{variable('size')}-{name}: {size}px" for name, size in SIZES.items()]
    weights = [f"{variable('weight')}-{name}: {weight}" for name, weight in WEIGHTS.items()]
    pairs = {**THEME, **CHARTS}.items()
    colours = [f"{variable(name)}: light-dark({light}, {dark})" for name, (light, dark) in pairs]
    return "\n".join(
        [
            HEAD,
            *_rule(":root,\n:host", [*sizes, *weights]),
            "",
            *_rule(":is(.nbviz-parts, .nbviz-tip, .nbviz-explorer)", colours),
            "",
        ]
    )


def page_tokens() -> str:
    """Colours of a saved page, which stands in for a host: each of them one colour, as widgets read a host's."""
    light, dark = ([f"{variable(name)}: {pair[side]}" for name, pair in (THEME | PAGE).items()] for side in (0, 1))
    night = [f"  {line}" for line in _rule(":root", dark)]
    return "\n".join([HEAD, *_rule(":root", light), "", "@media (prefers-color-scheme: dark) {", *night, "}", ""])


def _rule(selector: str, declarations: list[str]) -> Iterator[str]:
    yield f"{selector} {{"
    yield from (f"  {declaration};" for declaration in declarations)
    yield "}"


SHEETS = {"style/tokens.css": style_tokens, "page/page_tokens.css": page_tokens}

if __name__ == "__main__":
    for name, sheet in SHEETS.items():
        (SOURCE / name).write_text(sheet(), "utf-8")

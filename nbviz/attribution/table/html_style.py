"""The style sheet of the importance table as HTML."""

from __future__ import annotations

from nbviz.style.colour import from_hex
from nbviz.style.tokens import THEME
from nbviz.style.type_scale import BODY, REGULAR, SMALL, STRONG, TITLE

TOKENS = {
    "ink-1": THEME["ink1"],
    "ink-2": THEME["ink2"],
    "ink-3": THEME["ink3"],
    "line": THEME["line"],
    "up": THEME["positive"],
    "down": THEME["negative"],
    "mixed": THEME["outline"],
}  # in light and in dark

GROUNDS = "--nbviz-ground:var(--jp-layout-color0,var(--vscode-editor-background,{}))"
FAMILY = 'var(--jp-ui-font-family,var(--vscode-font-family,system-ui,-apple-system,"Segoe UI",sans-serif))'

# What is written on a fill: white up to a relative luminance of 0.2, else ink; in linear light, as WCAG reckons.
ON_FILL = (
    "color(from var(--nbviz-fill) srgb-linear max(.0137,var(--nbviz-deep)) max(.0168,var(--nbviz-deep))"
    " max(.0212,var(--nbviz-deep)))"
)


def _by_ground(light: str, dark: str) -> str:
    """A colour that is `light` on a light ground and `dark` on a dark one, whoever set that ground."""
    pairs = zip(from_hex(light), from_hex(dark), strict=True)
    channels = " ".join(f"calc({a} + {b - a}*var(--nbviz-night))" for a, b in pairs)
    return f"rgb(from var(--nbviz-ground) {channels})"


def _style() -> str:
    """The style sheet; in browsers before 2024, which derive no colour from another, it is always light."""
    light_tokens = ";".join(f"--nbviz-{name}:{light}" for name, (light, _) in TOKENS.items())
    by_ground = ";".join(f"--nbviz-{name}:{_by_ground(*pair)}" for name, pair in TOKENS.items())
    ground, dark_ground = THEME["background"]
    root, matrix = ".nbviz-importance", ".nbviz-importance table.nbviz-matrix"
    return f"""
{root} {{{GROUNDS.format(ground)};{light_tokens};
  --nbviz-night:clamp(0,(118 - .2126*r - .7152*g - .0722*b)*99,1);
  --nbviz-deep:clamp(0,(.2 - .2126*r - .7152*g - .0722*b)*9999,1);
  background:var(--nbviz-ground);color:var(--nbviz-text);padding:8px 12px 10px;overflow-x:auto;
  font:{REGULAR} {BODY}px/16px {FAMILY};
  font-variant-numeric:tabular-nums;text-align:left;
  --nbviz-text:var(--jp-ui-font-color1,var(--vscode-editor-foreground,var(--nbviz-ink-1)))}}
@supports (color:rgb(from red r g b)) {{{root} {{{by_ground}}}
@media (prefers-color-scheme:dark) {{{root} {{{GROUNDS.format(dark_ground)}}}}}}}
{root} .nbviz-title {{font-size:{TITLE}px;line-height:18px;font-weight:{STRONG}}}
{root} .nbviz-note {{font-size:{SMALL}px;line-height:15px;color:var(--nbviz-ink-2);max-width:640px}}
{root} .nbviz-note+.nbviz-note {{margin-top:4px}}
{matrix} {{border-collapse:separate;border-spacing:2px;border:0;margin:8px 0 8px -2px;width:auto;min-width:0;
  table-layout:auto;font:inherit;color:inherit;background:none}}
{matrix} caption {{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}}
{matrix} tr,{matrix} thead,{matrix} tbody tr,{matrix} tbody tr:hover {{background:none;border:0}}
{matrix} th,{matrix} td {{position:relative;box-sizing:border-box;height:25px;padding:0;border:0;background:none;
  font:inherit;line-height:16px;color:inherit;text-align:center;vertical-align:middle;white-space:nowrap}}
{matrix} bdi {{display:block;overflow:hidden;text-overflow:ellipsis}}
{matrix} th.nbviz-feature {{text-align:right;padding:0 8px 0 2px}}
{matrix} th.nbviz-feature bdi {{max-width:180px}}
{matrix} thead th.nbviz-feature,{matrix} thead th.nbviz-mean {{font-size:{SMALL}px;color:var(--nbviz-ink-2)}}
{matrix} th.nbviz-class bdi {{width:70px;margin:0 auto}}
{matrix} th.nbviz-group {{font-size:{SMALL}px;color:var(--nbviz-ink-2);border-bottom:1px solid var(--nbviz-line)}}
{matrix} th.nbviz-group bdi {{max-width:calc(72px*var(--nbviz-span) - 2px);margin:0 auto}}
{matrix} th.nbviz-mean,{matrix} td.nbviz-mean {{text-align:left;padding-left:10px}}
{matrix} td.nbviz-mean i {{display:block;height:6px;border-radius:2px;background:var(--nbviz-ink-3);
  overflow:hidden;font-size:0}}
{matrix} td.nbviz-cell {{width:70px;min-width:70px;border-radius:2px;background:var(--nbviz-fill)!important;
  color:{ON_FILL};print-color-adjust:exact;-webkit-print-color-adjust:exact}}
{root} .nbviz-up {{--nbviz-fill:color-mix(in srgb,var(--nbviz-ground),var(--nbviz-up) var(--nbviz-depth))}}
{root} .nbviz-down {{--nbviz-fill:color-mix(in srgb,var(--nbviz-ground),var(--nbviz-down) var(--nbviz-depth))}}
{root} .nbviz-mixed {{--nbviz-fill:color-mix(in srgb,var(--nbviz-ground),var(--nbviz-mixed) var(--nbviz-depth))}}
{matrix} td.nbviz-quiet {{background:none!important;box-shadow:inset 0 0 0 1px var(--nbviz-line);
  color:var(--nbviz-ink-3)!important}}
{matrix} td.nbviz-whisker {{padding-bottom:5px}}
{matrix} td.nbviz-whisker::before {{content:"";position:absolute;bottom:4px;height:1px;background:currentColor;
  left:calc(3px + var(--nbviz-low)*64px);width:max(1px,calc((var(--nbviz-high) - var(--nbviz-low))*64px))}}
{matrix} td.nbviz-whisker::after {{content:"";position:absolute;bottom:2px;width:1px;height:5px;
  background:currentColor;left:calc(3px + var(--nbviz-at)*64px)}}
{root} .nbviz-triangle {{display:inline-block;width:7px;height:6px;margin-left:4px;background:currentColor;
  overflow:hidden;font-size:0}}
{root} .nbviz-raises {{clip-path:polygon(50% 0,100% 100%,0 100%)}}
{root} .nbviz-lowers {{clip-path:polygon(0 0,100% 0,50% 100%)}}
{root} .nbviz-unclear {{visibility:hidden}}
{root} .nbviz-legend {{display:flex;flex-wrap:wrap;gap:4px 16px}}
{root} .nbviz-legend>span {{display:inline-flex;align-items:center;gap:2px}}
{root} .nbviz-legend .nbviz-with-style {{display:inline-flex!important}}
{root} .nbviz-legend .nbviz-dot {{display:none}}
{root} .nbviz-legend .nbviz-swatch {{width:11px;height:11px;border-radius:2px;background:var(--nbviz-fill)!important}}
{root} .nbviz-legend .nbviz-quiet {{background:none!important;box-shadow:inset 0 0 0 1px var(--nbviz-line)}}
{root} .nbviz-legend .nbviz-interval {{width:17px;height:5px;background:linear-gradient(currentColor,currentColor)
  center/100% 1px no-repeat,linear-gradient(currentColor,currentColor) center/1px 100% no-repeat}}
{root} .nbviz-legend b {{font-weight:{REGULAR};margin-left:4px;color:inherit!important}}
"""


STYLE = _style()

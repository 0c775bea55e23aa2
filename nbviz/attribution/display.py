"""The importance matrix as HTML for a notebook's cell: no script, nothing to load, light and dark by CSS alone.

The share is written in each cell, and everything else repeats or qualifies it: depth is the share again, hue and
triangle the direction, the whisker at the foot the 95 % interval. What is hidden from the eye (a long name, more
decimals) is in the cell's title.

A notebook that is opened but not trusted loses its style sheets. Colours therefore stand in the elements too, half
transparent for grounds light and dark; triangles are letters and bars numbers that the style sheet makes shapes of.
"""

from __future__ import annotations

import html as markup
import itertools
import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nbviz.attribution.cells import FAINTEST, HUES, WAYS, Z_95, Cells
from nbviz.typeset import clean, grouped

if TYPE_CHECKING:
    from nbviz.attribution.result import Importance

MAX_FEATURES, MAX_CLASSES, MAX_PAIRS = 30, 12, 3
BAR = 40.0  # px
INTERVAL_WORDS = "share with its 95 % interval"

OUTPUTS = {"logit": "the centred logit", "raw_logit": "the logit", "probability": "the probability"}
ON_THE_LOSS = ("permutation",)
WITHOUT_OUTPUT = ("connection_weights", "garson")  # they read weights alone

TOKENS = {
    "ink-1": ("1f2328", "e7eaed"),
    "ink-2": ("57606a", "aab2bb"),
    "ink-3": ("6b747e", "8b949e"),
    "line": ("e4e7ea", "2a2f34"),
    "up": ("0877bd", "3b9fe6"),
    "down": ("f59322", "f8a548"),
    "mixed": ("9aa3ac", "6b747e"),
}  # in light and in dark
# Without the style sheet: a fill, what is quiet, and how opaque the deepest cell is under dark or light letters.
PLAIN = {"up": "8,119,189", "down": "245,147,34", "mixed": "128,136,144"}
PLAIN_QUIET, PLAIN_DEEPEST = "#757d85", 0.75
GLYPHS = {"raises": " ▲", "lowers": " ▼", "unclear": ""}
GROUNDS = "--nbviz-ground:var(--jp-layout-color0,var(--vscode-editor-background,{}))"
# What is written on a fill: white up to a relative luminance of 0.2, else ink; in linear light, as WCAG reckons.
ON_FILL = (
    "color(from var(--nbviz-fill) srgb-linear max(.0137,var(--nbviz-deep)) max(.0168,var(--nbviz-deep))"
    " max(.0212,var(--nbviz-deep)))"
)


def _by_ground(light: str, dark: str) -> str:
    """A colour that is `light` on a light ground and `dark` on a dark one, whoever set that ground."""
    pairs = [(int(light[at : at + 2], 16), int(dark[at : at + 2], 16)) for at in (0, 2, 4)]
    channels = " ".join(f"calc({a} + {b - a}*var(--nbviz-night))" for a, b in pairs)
    return f"rgb(from var(--nbviz-ground) {channels})"


def _style() -> str:
    """The style sheet; in browsers before 2024, which derive no colour from another, it is always light."""
    light = ";".join(f"--nbviz-{name}:#{pair[0]}" for name, pair in TOKENS.items())
    by_ground = ";".join(f"--nbviz-{name}:{_by_ground(*pair)}" for name, pair in TOKENS.items())
    root, matrix = ".nbviz-importance", ".nbviz-importance table.nbviz-matrix"
    return f"""
{root} {{{GROUNDS.format("#fff")};{light};
  --nbviz-night:clamp(0,(118 - .2126*r - .7152*g - .0722*b)*99,1);
  --nbviz-deep:clamp(0,(.2 - .2126*r - .7152*g - .0722*b)*9999,1);
  background:var(--nbviz-ground);color:var(--nbviz-text);padding:8px 12px 10px;overflow-x:auto;
  font:400 12px/16px var(--jp-ui-font-family,var(--vscode-font-family,system-ui,-apple-system,"Segoe UI",sans-serif));
  font-variant-numeric:tabular-nums;text-align:left;
  --nbviz-text:var(--jp-ui-font-color1,var(--vscode-editor-foreground,var(--nbviz-ink-1)))}}
@supports (color:rgb(from red r g b)) {{{root} {{{by_ground}}}
@media (prefers-color-scheme:dark) {{{root} {{{GROUNDS.format("#111315")}}}}}}}
{root} .nbviz-title {{font-size:13px;line-height:18px;font-weight:600}}
{root} .nbviz-note {{font-size:11px;line-height:15px;color:var(--nbviz-ink-2);max-width:640px}}
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
{matrix} thead th.nbviz-feature,{matrix} thead th.nbviz-mean {{font-size:11px;color:var(--nbviz-ink-2)}}
{matrix} th.nbviz-class bdi {{width:70px;margin:0 auto}}
{matrix} th.nbviz-group {{font-size:11px;color:var(--nbviz-ink-2);border-bottom:1px solid var(--nbviz-line)}}
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
{root} .nbviz-legend b {{font-weight:400;margin-left:4px;color:inherit!important}}
"""


STYLE = _style()
SQUARE = "display:inline-block;width:11px;height:11px;"


def html(importance: Importance) -> str:
    """The strongest features in rows, classes in columns, and below them what must be known to read it."""
    # NaN comes last; equal shares stay in the order of the features.
    rows = np.argsort(-importance.mean_share, kind="stable")[:MAX_FEATURES]
    columns = np.arange(min(len(importance.classes), MAX_CLASSES))
    cells = _Cells(importance, rows, columns)
    body = "".join(cells.row(row) for row in rows)
    return (
        f'<div class="nbviz-importance"><style>{STYLE}</style>'
        f'<div class="nbviz-title">Importance by {kind(importance)}</div>'
        f'<div class="nbviz-note">{_escaped(title(importance.attrs))}</div>'
        f'<table class="nbviz-matrix"><caption>Share of each feature in each {kind(importance)}</caption>'
        f"<thead>{_heads(importance.classes[: len(columns)])}</thead><tbody>{body}</tbody></table>"
        f"{_legend(importance, cells)}"
        + "".join(f'<div class="nbviz-note">{_escaped(note)}</div>' for note in notes(importance))
        + "</div>"
    )


def title(attrs: dict[str, Any]) -> str:
    """`expected gradients on the centred logit, 45 rows; shares: each column sums to 1`."""
    return "; ".join(captions(attrs))


def captions(attrs: dict[str, Any]) -> list[str]:
    """How the numbers came about, and what they are, each on a line of its own."""
    method = str(attrs.get("method", "unknown method"))
    said = method.replace("_", " ") + _on(method, attrs)
    said += f" at layer {attrs['layer']}" if attrs.get("layer") is not None else ""
    rows = attrs.get("rows")
    if isinstance(rows, (int, np.integer)):
        said += f", {grouped(int(rows))} {'row' if rows == 1 else 'rows'}"
    return [said, "shares: each column sums to 1"]


def _on(method: str, attrs: dict[str, Any]) -> str:
    output = attrs.get("output")
    if method in WITHOUT_OUTPUT or output is None:
        return ""
    if method in ON_THE_LOSS:
        return " on the log-loss"
    if attrs.get("head") == "linear":
        return " on the output"
    if attrs.get("head") == "sigmoid" and output == "logit":
        return " on the logit"  # of one class against its absence, so there is nothing to centre over
    return f" on {OUTPUTS.get(str(output), str(output))}"


def notes(importance: Importance) -> list[str]:
    """What must be known to read the numbers, a sentence each."""
    said = direction_notes(importance) + overlap_notes(importance.attrs) + class_notes(importance)
    for count, limit, one, several in (
        (len(importance.features), MAX_FEATURES, "feature", "features"),
        (len(importance.classes), MAX_CLASSES, "class", "classes"),
    ):
        if count > limit:
            said.append(f"{grouped(count - limit)} more {one if count - limit == 1 else several}: .to_frame()")
    return said


def direction_notes(importance: Importance) -> list[str]:
    """What the triangles mean, where there are any."""
    if importance.direction is None:
        return []
    measured = {
        "spearman": "rank correlation of attribution and value",
        "gradient sign": "sign of the gradient",
        "weight sign": "sign of the weights",
    }
    how, what = measured[importance.attrs["direction"]], kind(importance)
    return [f"Triangle up: larger values raise the {what}, down: they lower it ({how})."]


def overlap_notes(attrs: dict[str, Any]) -> list[str]:
    """Which features share credit because they go together."""
    pairs = list(attrs.get("correlated") or ())
    said = [
        f"{label(one)} and {label(other)} overlap (r {signless(f'{r:.2f}')}): they share credit"
        for one, other, r in pairs[:MAX_PAIRS]
    ]
    if len(pairs) > MAX_PAIRS:
        more = len(pairs) - MAX_PAIRS
        said.append(f"and {more} more {'pair' if more == 1 else 'pairs'}")
    return said


def class_notes(importance: Importance) -> list[str]:
    """Why two columns of centred logits are equal."""
    attrs = importance.attrs
    if attrs.get("head") == "softmax" and attrs.get("output") == "logit" and len(importance.classes) == 2:
        return ["Two classes: their centred logits are each other's negative, so both columns are equal."]
    return []


class _Cells(Cells):
    """The cells as HTML."""

    def __init__(self, importance: Importance, rows: np.ndarray, columns: np.ndarray) -> None:
        super().__init__(importance, rows, columns)
        self.columns = columns

    def row(self, row: int) -> str:
        mean = float(self.importance.mean_share[row])
        said = _share(mean, self.decimals)
        length = 0.0 if math.isnan(mean) else max(1.0, BAR * mean / self.longest)
        return (
            f'<tr><th scope="row" class="nbviz-feature">{_bdi(self.importance.features[row])}</th>'
            + "".join(self.cell(row, column) for column in self.columns)
            + f'<td class="nbviz-mean"><i role="img" aria-label="{said}" title="mean share {said}" '
            f'style="width:{length:.1f}px">{said}</i></td></tr>'
        )

    def cell(self, row: int, column: int) -> str:
        share, hue = float(self.share[row, column]), HUES[self.hue[row, column]]
        known = not math.isnan(share)
        names, style = f"nbviz-cell nbviz-{hue}", f"color:{PLAIN_QUIET};"
        if hue != "quiet":
            style = _fill(hue, FAINTEST + (1 - FAINTEST) * share / self.deepest)
        error = Z_95 * float(self.share_error[row, column])
        if known and not math.isnan(error):
            low, high = (max(0.0, share - error) / self.furthest, (share + error) / self.furthest)
            names += " nbviz-whisker"
            style += f"--nbviz-low:{low:.3f};--nbviz-at:{share / self.furthest:.3f};--nbviz-high:{high:.3f};"
        triangle = ""
        if self.has_triangles and known:
            triangle = _triangle(WAYS[self.way[row, column]])
        return (
            f'<td class="{names}" style="{style}" title="{_escaped(self.words(row, column))}">'
            f"{_share(share, self.decimals)}{triangle}</td>"
        )

    def words(self, row: int, column: int) -> str:
        """`proline → Barolo: share 0.312, strength 1.234 ± 0.05 logits, direction +0.82`."""
        said = f"{label(self.importance.features[row])} → {label(self.importance.classes[column])}: "
        strength, error = self.strength[row, column], self.error[row, column]
        if not np.isfinite(strength):
            return said + "n/a"
        said += f"share {self.share[row, column]:.3f}, strength {signless(f'{strength:.4g}')}"
        said += f" ± {error:.2g}" if np.isfinite(error) else ""
        said += unit(self.importance.attrs)
        direction = self.direction[row, column]
        said += f", direction {signless(f'{direction:+.2f}')}" if np.isfinite(direction) else ""
        return said + (", not above the noise floor" if self.quiet[row, column] else "")


def _legend(importance: Importance, cells: _Cells) -> str:
    """What hue, frame and whisker mean, of those in sight."""
    entries = []
    if importance.direction is not None:
        for hue, word, way in (("up", "raises", "raises"), ("down", "lowers", "lowers"), ("mixed", "mixed", "")):
            if hue in cells.hues:
                swatches = "".join(
                    f'<i class="nbviz-swatch nbviz-{hue}" style="{SQUARE}{_fill(hue, depth)}"></i>'
                    for depth in (0.16, 0.5, 0.95)
                )
                entries.append(f"<span>{swatches}<b> {word}</b>{_triangle(way, spoken=False) if way else ''}</span>")
    if importance.noise_floor is not None:
        words = f'<b style="color:{PLAIN_QUIET}">{_escaped(floor_words(importance, cells.decimals))}</b>'
        entries.append(f'<span><i class="nbviz-swatch nbviz-quiet"></i>{words}</span>')
    legend = '<i class="nbviz-dot"> · </i>'.join(entries)
    if cells.has_whiskers:  # which are there with the style sheet alone
        legend += (
            '<span class="nbviz-with-style" style="display:none"><i class="nbviz-interval"></i>'
            f"<b>{INTERVAL_WORDS}</b></span>"
        )
    return f'<div class="nbviz-note nbviz-legend">{legend}</div>' if legend else ""


def floor_words(importance: Importance, decimals: int = 2) -> str:
    """`below noise floor 0.02`, or one for each class where they differ; as shares, like the cells."""
    assert importance.noise_floor is not None
    strength = importance.strength.reshape(-1, len(importance.classes))
    total = np.where(np.isfinite(strength), np.abs(strength), 0).sum(axis=0)
    floor = np.divide(importance.noise_floor, total, out=np.full(len(total), np.nan), where=total > 0)
    shown = [_share(share, decimals) for share in floor[:MAX_CLASSES]]
    if len(set(shown)) == 1:
        return f"below noise floor {shown[0]}"
    names = [label(name) for name in importance.classes]
    return "below noise floor: " + ", ".join(f"{name} {share}" for name, share in zip(names, shown, strict=False))


def _heads(classes: pd.Index) -> str:
    """The row of class names; with several heads, one above it that names the outputs."""
    feature, mean = '<th scope="col" class="nbviz-feature">feature</th>', '<th scope="col" class="nbviz-mean">mean</th>'
    groups = ""
    leaves = list(classes)
    if isinstance(classes, pd.MultiIndex):
        for head, members in itertools.groupby(classes, key=lambda name: name[:-1]):
            span = len(list(members))
            groups += (
                f'<th scope="colgroup" colspan="{span}" class="nbviz-group" style="--nbviz-span:{span}">'
                f"{_bdi(head)}</th>"
            )
        groups = f"<tr><td></td>{groups}<td></td></tr>"
        leaves = [name[-1] for name in classes]
    names = "".join(f'<th scope="col" class="nbviz-class">{_bdi(name)}</th>' for name in leaves)
    return f"{groups}<tr>{feature}{names}{mean}</tr>"


def _triangle(way: str, spoken: bool = True) -> str:
    label = f'role="img" aria-label="{way}"' if spoken and way != "unclear" else 'aria-hidden="true"'
    return f'<i class="nbviz-triangle nbviz-{way}" {label}>{GLYPHS[way]}</i>'


def _fill(hue: str, depth: float) -> str:
    """Of a cell: the depth that the style sheet mixes its colour from, and a colour that does without."""
    return f"background-color:rgba({PLAIN[hue]},{PLAIN_DEEPEST * depth:.2f});--nbviz-depth:{depth:.0%};"


def _bdi(name: Hashable) -> str:
    """A name on a line of its own, cut off where there is no room and whole in its title."""
    text = _escaped(label(name))
    return f'<bdi title="{text}">{text}</bdi>'


def label(name: Hashable) -> str:
    """A label of an index in words: `(3, 4)` for a position, `wine · proline` for an input's feature."""
    if not isinstance(name, tuple):
        return str(name)
    if len(name) > 1 and all(isinstance(part, (int, np.integer)) for part in name):
        return "(" + ", ".join(map(str, name)) + ")"
    return " · ".join(map(str, name))


def _escaped(text: str) -> str:
    return markup.escape(clean(text))


def _share(share: float, decimals: int = 2) -> str:
    return "n/a" if math.isnan(share) else f"{share:.{decimals}f}"


def signless(number: str) -> str:
    """A number with a real minus sign."""
    return number.replace("-", "−")


def unit(attrs: dict[str, Any]) -> str:
    """What a strength is measured in, after a space; nothing where it has no name."""
    reads_logits = attrs.get("method") not in (*ON_THE_LOSS, *WITHOUT_OUTPUT) and attrs.get("head") != "linear"
    return " logits" if reads_logits and attrs.get("output") in ("logit", "raw_logit") else ""


def kind(importance: Importance) -> str:
    """What a column stands for."""
    return "output" if importance.attrs.get("head") == "linear" else "class"

"""The importance table as HTML for a notebook's cell: no script, nothing to load, light and dark by CSS alone.

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

import numpy as np
import pandas as pd

from nbviz.attribution.table.cells import FAINTEST, HUES, WAYS, Z_95, TableCells
from nbviz.attribution.table.html_style import STYLE
from nbviz.attribution.table.strengths import Strengths, known_mean
from nbviz.attribution.table.table_words import (
    INTERVAL_WORDS,
    MAX_CLASSES,
    MAX_FEATURES,
    caption_text,
    floor_words,
    kind,
    label_text,
    notes,
    share_text,
    signless,
    unit,
)
from nbviz.style.colour import NEGATIVE, POSITIVE
from nbviz.style.text import clean

BAR = 40.0  # px
SQUARE = "display:inline-block;width:11px;height:11px;"

# Without the style sheet: a fill, what is quiet, and how opaque the deepest cell is under dark or light letters.
PLAIN = {"up": POSITIVE, "down": NEGATIVE, "mixed": (128, 136, 144)}
PLAIN_QUIET, PLAIN_DEEPEST = "#757d85", 0.75
GLYPHS = {"raises": " ▲", "lowers": " ▼", "unclear": ""}


def html(table: Strengths, above_floor: bool = False) -> str:
    """The strongest features in rows, classes in columns, and below them what must be known to read it.

    Args:
        table: The numbers.
        above_floor: Whether shares are of what exceeds the noise floor, which the table then has.
    """
    mean = known_mean(table.shares_above_floor) if above_floor else table.mean_share
    # NaN comes last; of what is not above the floor the stronger one first, else equal shares stay in their order.
    rows = np.lexsort((-table.mean_share, -mean))[:MAX_FEATURES]
    columns = np.arange(min(len(table.classes), MAX_CLASSES))
    cells = _HtmlCells(table, rows, columns, above_floor=above_floor)
    body = "".join(cells.row(row) for row in rows)
    return (
        f'<div class="nbviz-importance"><style>{STYLE}</style>'
        f'<div class="nbviz-title">Importance by {kind(table)}</div>'
        f'<div class="nbviz-note">{_escaped(caption_text(table.attrs, above_floor=above_floor))}</div>'
        f'<table class="nbviz-matrix"><caption>Share of each feature in each {kind(table)}</caption>'
        f"<thead>{_heads(table.classes[: len(columns)])}</thead><tbody>{body}</tbody></table>"
        f"{_legend(table, cells)}"
        + "".join(f'<div class="nbviz-note">{_escaped(note)}</div>' for note in notes(table))
        + "</div>"
    )


class _HtmlCells(TableCells):
    """The cells as HTML."""

    def __init__(self, table: Strengths, rows: np.ndarray, columns: np.ndarray, *, above_floor: bool) -> None:
        super().__init__(table, rows, columns, above_floor=above_floor)
        self.columns = columns

    def row(self, row: int) -> str:
        mean = float(self.mean[row])
        said = share_text(mean, self.decimals)
        length = 0.0 if math.isnan(mean) else max(1.0, BAR * mean / self.longest)
        return (
            f'<tr><th scope="row" class="nbviz-feature">{_bdi(self.table.features[row])}</th>'
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
            f"{share_text(share, self.decimals)}{triangle}</td>"
        )

    def words(self, row: int, column: int) -> str:
        """`proline → Barolo: share 0.312, strength 1.234 ± 0.05 logits, direction +0.82`."""
        said = f"{label_text(self.table.features[row])} → {label_text(self.table.classes[column])}: "
        strength, error = self.strength[row, column], self.error[row, column]
        if not np.isfinite(strength):
            return said + "n/a"
        said += "share above the floor" if self.above_floor else "share"
        said += f" {self.share[row, column]:.3f}, strength {signless(f'{strength:.4g}')}"
        said += f" ± {error:.2g}" if np.isfinite(error) else ""
        said += unit(self.table.attrs)
        direction = self.direction[row, column]
        said += f", direction {signless(f'{direction:+.2f}')}" if np.isfinite(direction) else ""
        return said + (", not above the noise floor" if self.quiet[row, column] else "")


def _legend(table: Strengths, cells: _HtmlCells) -> str:
    """What hue, frame and whisker mean, of those in sight."""
    entries = []
    if table.direction is not None:
        for hue, word, way in (("up", "raises", "raises"), ("down", "lowers", "lowers"), ("mixed", "mixed", "")):
            if hue in cells.hues:
                swatches = "".join(
                    f'<i class="nbviz-swatch nbviz-{hue}" style="{SQUARE}{_fill(hue, depth)}"></i>'
                    for depth in (0.16, 0.5, 0.95)
                )
                entries.append(f"<span>{swatches}<b> {word}</b>{_triangle(way, spoken=False) if way else ''}</span>")
    if table.noise_floor is not None:
        said = _escaped(floor_words(table, cells.decimals, above_floor=cells.above_floor))
        words = f'<b style="color:{PLAIN_QUIET}">{said}</b>'
        entries.append(f'<span><i class="nbviz-swatch nbviz-quiet"></i>{words}</span>')
    legend = '<i class="nbviz-dot"> · </i>'.join(entries)
    if cells.has_whiskers:  # which are there with the style sheet alone
        legend += (
            '<span class="nbviz-with-style" style="display:none"><i class="nbviz-interval"></i>'
            f"<b>{INTERVAL_WORDS}</b></span>"
        )
    return f'<div class="nbviz-note nbviz-legend">{legend}</div>' if legend else ""


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
    said = f'role="img" aria-label="{way}"' if spoken and way != "unclear" else 'aria-hidden="true"'
    return f'<i class="nbviz-triangle nbviz-{way}" {said}>{GLYPHS[way]}</i>'


def _fill(hue: str, depth: float) -> str:
    """Of a cell: the depth that the style sheet mixes its colour from, and a colour that does without."""
    channels = ",".join(str(channel) for channel in PLAIN[hue])
    return f"background-color:rgba({channels},{PLAIN_DEEPEST * depth:.2f});--nbviz-depth:{depth:.0%};"


def _bdi(name: Hashable) -> str:
    """A name on a line of its own, cut off where there is no room and whole in its title."""
    text = _escaped(label_text(name))
    return f'<bdi title="{text}">{text}</bdi>'


def _escaped(text: str) -> str:
    return markup.escape(clean(text))

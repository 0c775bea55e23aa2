"""What a table of importance says in words: its caption, notes, labels and numbers."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from nbviz.attribution.table.strengths import Strengths
from nbviz.style.numbers import grouped

MAX_FEATURES, MAX_CLASSES, MAX_PAIRS = 30, 12, 3

SHARES_ABOVE = "shares of what exceeds the noise floor"

INTERVAL_WORDS = "share with its 95 % interval"

OUTPUTS = {"logit": "the centred logit", "raw_logit": "the logit", "probability": "the probability"}

ON_THE_LOSS = ("permutation",)

PLAIN_SLOPES = "Slopes are per unit of each feature: one row, or rows all alike, tell no deviation to multiply them by."

WITHOUT_OUTPUT = ("connection_weights", "garson")  # they read weights alone


def caption_text(attrs: dict[str, Any], *, above_floor: bool = False) -> str:
    """`expected gradients on the centred logit, 45 rows; shares: each column sums to 1`."""
    return "; ".join(caption_lines(attrs, above_floor=above_floor))


def caption_lines(attrs: dict[str, Any], *, above_floor: bool = False) -> list[str]:
    """How the numbers came about, and what they are, each on a line of its own."""
    method = str(attrs.get("method", "unknown method"))
    said = method.replace("_", " ") + _on(method, attrs)
    said += f" at layer {attrs['layer']}" if attrs.get("layer") is not None else ""
    said += f", {attrs['positions']}" if attrs.get("positions") is not None else ""
    rows = attrs.get("rows")
    if isinstance(rows, (int, np.integer)):
        said += f", {grouped(int(rows))} {'row' if rows == 1 else 'rows'}"
        said += f": {attrs['rows_name']}" if attrs.get("rows_name") else ""
    return [said, f"{SHARES_ABOVE if above_floor else 'shares'}: each column sums to 1"]


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


def notes(table: Strengths) -> list[str]:
    """What must be known to read the numbers, a sentence each."""
    said = [PLAIN_SLOPES] if table.attrs.get("slopes") == "plain" else []
    said += left_out_notes(table.attrs) + direction_notes(table) + overlap_notes(table.attrs)
    said += class_notes(table) + floor_notes(table)
    for count, limit, one, several in (
        (len(table.features), MAX_FEATURES, "feature", "features"),
        (len(table.classes), MAX_CLASSES, "class", "classes"),
    ):
        if count > limit:
            said.append(f"{grouped(count - limit)} more {one if count - limit == 1 else several}: .to_frame()")
    return said


def left_out_notes(attrs: dict[str, Any]) -> list[str]:
    """Which inputs have no part in the shares, where a method can say nothing of them."""
    left = list(attrs.get("inputs_without_credit") or ())
    if not left:
        return []
    shown = ", ".join(map(str, left[:MAX_CLASSES])) + (
        f" and {len(left) - MAX_CLASSES} more" * (len(left) > MAX_CLASSES)
    )
    return [
        f"Left out: {shown}. Text and ids have no gradient; ablation, column shuffle, permutation and Shapley values "
        "take every input."
    ]


def direction_notes(table: Strengths) -> list[str]:
    """What the triangles mean, where there are any."""
    if table.direction is None:
        return []
    if table.attrs["direction"] == "token sign":
        what = kind(table)
        return [f"Triangle up: the token raises the {what}, down: it lowers it (mean sign over the rows with it)."]
    measured = {
        "spearman": "rank correlation of attribution and value",
        "gradient sign": "sign of the gradient",
        "weight sign": "sign of the weights",
    }
    how, what = measured[table.attrs["direction"]], kind(table)
    return [f"Triangle up: larger values raise the {what}, down: they lower it ({how})."]


def overlap_notes(attrs: dict[str, Any]) -> list[str]:
    """Which features share credit because they go together."""
    pairs = list(attrs.get("correlated") or ())
    said = [
        f"{label_text(one)} and {label_text(other)} overlap (r {signless(f'{r:.2f}')}): they share credit"
        for one, other, r in pairs[:MAX_PAIRS]
    ]
    if len(pairs) > MAX_PAIRS:
        more = len(pairs) - MAX_PAIRS
        said.append(f"and {more} more {'pair' if more == 1 else 'pairs'}")
    return said


def class_notes(table: Strengths) -> list[str]:
    """Why two columns of centred logits are equal."""
    attrs = table.attrs
    if attrs.get("head") == "softmax" and attrs.get("output") == "logit" and len(table.classes) == 2:
        return ["Two classes: their centred logits are each other's negative, so both columns are equal."]
    return []


def floor_notes(table: Strengths) -> list[str]:
    """Which rows the noise floor was worked out with, where that is known."""
    rows = table.attrs.get("noise_floor_rows")
    if table.noise_floor is None or rows is None:
        return []
    return [f"Noise floor: of a copy of the model, trained on {rows} beside shuffled columns."]


def floor_words(table: Strengths, decimals: int = 2, *, above_floor: bool = False) -> str:
    """`below noise floor 0.02`, or one for each class where they differ; in shares of all strength.

    Args:
        table: One with a noise floor.
        decimals: Of the shares.
        above_floor: Whether the cells hold shares above the floor: then it is said what these are shares of.
    """
    shown = _floor_shares(table, decimals)
    of_all = " of all strength" if above_floor else ""
    if len(set(shown)) == 1:
        return f"below noise floor {shown[0]}{of_all}"
    return f"below noise floor: {_by_class(table, shown)}{of_all}"


def floor_line(table: Strengths, decimals: int) -> str:
    """What stands beneath a printed table of shares above the floor, which are 0 for all that is not above it."""
    return f"noise floor, of all strength: {_by_class(table, _floor_shares(table, decimals))}; 0 is not above it"


def _floor_shares(table: Strengths, decimals: int) -> list[str]:
    assert table.noise_floor is not None
    strength = table.strength.reshape(-1, len(table.classes))
    total = np.where(np.isfinite(strength), np.abs(strength), 0).sum(axis=0)
    floor = np.divide(table.noise_floor, total, out=np.full(len(total), np.nan), where=total > 0)
    return [share_text(share, decimals) for share in floor[:MAX_CLASSES]]


def _by_class(table: Strengths, shown: list[str]) -> str:
    names = [label_text(name) for name in table.classes]
    more = "" if len(names) <= len(shown) else ", ..."
    return ", ".join(f"{name} {share}" for name, share in zip(names, shown, strict=False)) + more


def label_text(name: Hashable) -> str:
    """A label of an index in words: `(3, 4)` for a position, `wine · proline` for an input's feature."""
    if not isinstance(name, tuple):
        return str(name)
    if len(name) > 1 and all(isinstance(part, (int, np.integer)) for part in name):
        return "(" + ", ".join(map(str, name)) + ")"
    return " · ".join(map(str, name))


def share_text(share: float, decimals: int = 2) -> str:
    """A share with its decimals; `n/a` where it is not known."""
    return "n/a" if math.isnan(share) else f"{share:.{decimals}f}"


def signless(number: str) -> str:
    """A number with a real minus sign."""
    return number.replace("-", "−")


def unit(attrs: dict[str, Any]) -> str:
    """What a strength is measured in, after a space; nothing where it has no name."""
    reads_logits = attrs.get("method") not in (*ON_THE_LOSS, *WITHOUT_OUTPUT) and attrs.get("head") != "linear"
    return " logits" if reads_logits and attrs.get("output") in ("logit", "raw_logit") else ""


def kind(table: Strengths) -> str:
    """What a column stands for."""
    return "output" if table.attrs.get("head") == "linear" else "class"

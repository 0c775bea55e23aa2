"""Findings about the model's health with when they were first seen, and what of a run a timeline flags."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nbviz.network.health import Badge, BadgeKind
from nbviz.picture.history_wire import EventWire

MOST_EVENTS = 8
EXPLODES = "loss explodes"
EXPLODED = 10  # times the first loss, or 1 where that is less: what is fine-tuned begins near 0
MOST_RATES = 3  # learning rates flagged: where it changes more often, a schedule is at work


def explodes(loss: float, first: float) -> bool:
    """Whether a finite loss is so far above the first one of its run that training has gone astray."""
    return loss > EXPLODED * max(first, 1.0)


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """A finding that holds now, and since when.

    Attributes:
        kind: What was found.
        layer: Name of the layer, None for the loss.
        units: The units concerned; empty for the whole layer.
        text: The finding and since when: "dense_1: 25 % dead ReLU since epoch 6".
        meaning: What it means, one sentence.
        step, epoch, batch: The first recorded moment, for the loss the first batch, at which it was seen.
        what: The finding alone.
    """

    kind: BadgeKind
    layer: str | None
    units: tuple[int, ...]
    text: str
    meaning: str
    step: int
    epoch: int
    batch: int
    what: str

    def __repr__(self) -> str:
        """The finding in words; no list of units."""
        return f"Finding({self.text!r})"


class FirstSeen:
    """Keeps, of what is found at moment after moment, when each finding came up."""

    def __init__(self) -> None:
        """Start with a healthy model."""
        self.findings: list[Finding] = []
        self.rates: list[tuple[int, float, float]] = []  # (step, learning rate before, after)
        self.rate: float | None = None
        self.exploded: int | None = None  # the step at which the loss first exploded
        self._first_loss: float | None = None

    @property
    def exploding_steps(self) -> set[int]:
        """Steps at which the loss first exploded, and first was no longer finite."""
        steps = {finding.step for finding in self.findings if finding.layer is None}
        return steps if self.exploded is None else steps | {self.exploded}

    def see_losses(self, batches: pd.DataFrame) -> None:
        """Take losses that were told before, from a table of batches, for when they exploded."""
        known = batches[np.isfinite(batches["loss"])] if "loss" in batches else batches[:0]
        if len(known):
            self._first_loss = first = float(known["loss"].iloc[0])
            astray = known["step"][[explodes(loss, first) for loss in known["loss"]]]
            self.exploded = int(astray.iloc[0]) if len(astray) else None

    def see(self, badges: Iterable[Badge], step: int, epoch: int, batch: int) -> None:
        """Take what was found at a moment: a finding that is gone is forgotten, a loss that is not finite is not."""
        before = {(finding.kind, finding.layer): finding for finding in self.findings}
        now = [finding for finding in self.findings if finding.layer is None]
        for badge in badges:
            known = before.get((badge.kind, badge.layer))
            if known is not None:
                step_, epoch_, batch_ = known.step, known.epoch, known.batch
            else:
                step_, epoch_, batch_ = step, epoch, batch
            text = f"{badge.text} {_since(badge.kind, step_, epoch_, batch_)}"
            found = Finding(
                badge.kind, badge.layer, badge.units, text, badge.meaning, step_, epoch_, batch_, badge.text
            )  # fmt: skip
            now.append(found)
        self.findings = now

    def see_loss(self, loss: float, step: int, epoch: int, batch: int) -> bool:
        """Take the loss after a batch; answers whether it is the first that explodes, or that is not finite."""
        if math.isfinite(loss):
            if self._first_loss is None:
                self._first_loss = loss
            if self.exploded is not None or not explodes(loss, self._first_loss):
                return False
            self.exploded = step
            return True
        if any(finding.layer is None for finding in self.findings):
            return False
        what = "the loss is NaN" if math.isnan(loss) else "the loss is infinite"
        self.findings.insert(
            0,
            Finding(
                "nan",
                None,
                (),
                f"{what} {_since('nan', step, epoch, batch)}",
                "Training has diverged: what it has learned is lost from this batch on. Go back to a moment before, "
                "and try a smaller learning rate, or clip the gradients.",
                step,
                epoch,
                batch,
                what,
            ),
        )
        return True

    def see_rate(self, rate: float, step: int, *, scheduled: bool = False) -> None:
        """Take the learning rate that holds now; of one that follows a schedule, changes are no news."""
        if self.rate is not None and rate != self.rate and not scheduled:
            self.rates.append((step, self.rate, rate))
        self.rate = rate

    def cut(self, step: int) -> None:
        """Forget what came up after a step."""
        self.findings = [finding for finding in self.findings if finding.step <= step]
        if self.exploded is not None and self.exploded > step:
            self.exploded = None
        later = [rate for rate in self.rates if rate[0] > step]
        if later:
            self.rate = later[0][1]
        self.rates = [rate for rate in self.rates if rate[0] <= step]


def _since(kind: str, step: int, epoch: int, batch: int) -> str:
    if step == 0:
        return "since the start"
    if kind == "nan":
        return f"since batch {step:,} (epoch {epoch}, batch {batch})"
    return f"since epoch {epoch}"


def events(
    seen: FirstSeen, epochs: Sequence[Mapping[str, float]], units: Mapping[str, int] | None = None
) -> list[EventWire]:
    """What a timeline flags, in order of step: at most eight.

    Args:
        seen: What came up when.
        epochs: Rows of the metrics of each epoch: step, val_loss, ...
        units: Layer -> its number of units.
    """
    flags: list[EventWire] = []
    tested = [row for row in epochs if math.isfinite(row.get("val_loss", math.nan))]
    if len(tested) > 1:
        best = min(tested, key=lambda row: row["val_loss"])
        flags.append({"step": int(best["step"]), "kind": "best", "text": "best validation"})
    found = sorted(seen.findings, key=lambda finding: (finding.layer is not None, finding.step))
    health = [_health(finding, units or {}) for finding in found if finding.step > 0]
    if seen.exploded is not None:
        health.insert(0, {"step": seen.exploded, "kind": "health", "text": EXPLODES})
    rates: list[EventWire] = []
    if len(seen.rates) <= MOST_RATES:
        rates = [
            {"step": step, "kind": "rate", "text": f"rate {before:.3g} → {after:.3g}"}
            for step, before, after in seen.rates
        ]
    flags += rates + health
    return sorted(flags[:MOST_EVENTS], key=lambda flag: flag["step"])


def _health(finding: Finding, units: Mapping[str, int]) -> EventWire:
    text = finding.what
    if finding.layer is not None and finding.units and finding.layer in units and finding.kind in ("dead", "saturated"):
        text = f"{len(finding.units)} of {units[finding.layer]} units {finding.kind}"
    return {"step": finding.step, "kind": "health", "text": text}

"""How the present weights of a model are distributed, as HTML: a panel for each layer, a density for each array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nbviz.network.distributions import Distribution, density, distribution, finite
from nbviz.network.named_array import NamedArray
from nbviz.style.numbers import grouped, short, signed
from nbviz.style.text import html_text
from nbviz.widgets.training_charts.layer_panels import size_words
from nbviz.widgets.training_charts.ridges import axis_of

POINTS = 64  # of a density
FEW_NUMBERS = 24  # each is a mark of its own: a curve would make up what lies between them
MARK = 0.6  # of the height
HEIGHT = 40  # units of the drawing, which is stretched to its panel
MOST_NUMBERS = 50_000  # that a density is drawn from; of more, evenly spaced ones
MANY_ARRAYS = 4  # a panel with more takes a row of its own


class LayerWeights(NamedTuple):
    """The weights of one layer.

    Attributes:
        name: Of the layer, `"outer/inner"` inside another model.
        type: Its class name.
        arrays: What it holds, such as kernel and bias.
    """

    name: str
    type: str
    arrays: Sequence[NamedArray]


def panels_html(layers: Sequence[LayerWeights], fill: str) -> str:
    """A panel for each layer.

    Args:
        layers: In the order of the model.
        fill: Identity given to `ridge_fills`, whose colours the densities take.

    Returns:
        Markup; names are text in it.
    """
    return f'<div class="nbviz-weight-panels">{"".join(_panel(layer, fill) for layer in layers)}</div>'


def _panel(layer: LayerWeights, fill: str) -> str:
    numbers = sum(array.values.size for array in layer.arrays)
    many = ' data-many="true"' if len(layer.arrays) > MANY_ARRAYS else ""
    return (
        f'<section class="nbviz-weight-panel"{many}>'
        f'<div class="nbviz-panel-name" title="{html_text(layer.name)}">{html_text(layer.name)}</div>'
        f'<div class="nbviz-part-caption">{html_text(layer.type)} · {grouped(numbers)} numbers</div>'
        f'<div class="nbviz-weight-figures">{"".join(_figure(layer.name, array, fill) for array in layer.arrays)}</div>'
        "</section>"
    )


def _figure(layer: str, array: NamedArray, fill: str) -> str:
    values = finite(array.values)
    unknown = array.values.size - values.size
    wrong = f'<span class="nbviz-weight-wrong">{grouped(unknown)} NaN or ∞</span>' if unknown else ""
    heading = (
        f"<figcaption><span>{html_text(array.name)} <i>{html_text(size_words(array.shape))}</i></span>"
        f"<span>{_spread(values)}</span></figcaption>"
    )
    if not values.size:
        return f"<figure>{heading}{wrong}</figure>"
    held = distribution(values[:: math.ceil(values.size / MOST_NUMBERS)])
    low, high = axis_of([held])
    words = (
        f"{array.name} of {layer}: {grouped(values.size)} numbers from {signed(float(values.min()))} to "
        f"{signed(float(values.max()))}, mean {signed(float(values.mean(dtype=np.float64)))}, {_spread(values)}"
    )
    drawing = _marks(values, low, high) if values.size <= FEW_NUMBERS else _density(held, low, high, fill)
    zero = "" if low == 0 else "<span>0</span>"
    ends = f"<span>{short(low) if low == 0 else signed(low)}</span>{zero}<span>{signed(high)}</span>"
    return (
        f"<figure>{heading}{_picture(drawing, low, words)}"
        f'<div class="nbviz-weight-axis" aria-hidden="true">{ends}</div>{wrong}</figure>'
    )


def _picture(drawing: str, low: float, words: str) -> str:
    zero = f'<path class="nbviz-weight-zero" d="M50 0V{HEIGHT}"/>' if low < 0 else ""
    return (
        f'<svg viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{html_text(words)}">'
        f"<title>{html_text(words)}</title>{zero}{drawing}</svg>"
    )


def _density(held: Distribution, low: float, high: float, fill: str) -> str:
    heights = density(held, np.linspace(low, high, POINTS))
    peak = float(heights.max()) or 1.0
    y = HEIGHT - 0.5 - heights / peak * (HEIGHT - 3)
    x = np.linspace(0, 100, POINTS)
    line = "".join(f"L{across:.4g} {up:.4g}" for across, up in zip(x, y, strict=True))
    kind = "both" if low < 0 else "above"
    return (
        f'<path class="nbviz-weight-density" style="fill: url(#{fill}-present-{kind})" '
        f'd="M0 {HEIGHT - 0.5}{line}L100 {HEIGHT - 0.5}"/>'
    )


def _marks(values: np.ndarray, low: float, high: float) -> str:
    found = []
    for value in values:
        sign = "negative" if value < 0 else "positive" if value > 0 else "zero"
        at = 100 * (float(value) - low) / (high - low)
        found.append(
            f'<path class="nbviz-weight-mark" data-sign="{sign}" d="M{at:.4g} {HEIGHT}v{-MARK * HEIGHT:.4g}"/>'
        )
    return "".join(found)


def _spread(values: np.ndarray) -> str:
    if not values.size:
        return "no number"
    low, high = float(values.min()), float(values.max())
    if low == high:
        return f"all {short(low)}" if values.size > 1 else short(low)
    return f"sd {short(float(values.std(dtype=np.float64)))}"

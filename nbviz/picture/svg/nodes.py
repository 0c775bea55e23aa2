"""The nodes of the static picture: units, rest nodes, strips, faces, pictures and blocks."""

from __future__ import annotations

import numpy as np

from nbviz.picture.svg.blocks import SHEET, draw_block
from nbviz.picture.svg.columns import has_strip
from nbviz.picture.svg.images import diverging, image
from nbviz.picture.svg.labels import input_labels, map_labels, output_labels
from nbviz.picture.svg.scene import DrawnLayer
from nbviz.style.colour import GROUND, INK_1, INK_3, LINE_STRONG, OUTLINE, WARNING, ZERO, css, from_hex, ink_on, ramp
from nbviz.style.markup import element, number, words
from nbviz.style.numbers import grouped
from nbviz.style.text import text_width
from nbviz.style.type_scale import MEDIUM, REST, UNIT


def draw_layer(drawn: DrawnLayer) -> str:
    """All of one layer but its caption and its edges."""
    scene, layer = drawn.scene, drawn.layer
    if layer.kind == "block":
        return draw_block(drawn)
    if layer.is_picture:
        return _picture(drawn)
    fold, row = drawn.fold, drawn.row
    biases = drawn.numbers.arrays.get("bias")
    finite = np.zeros(0) if biases is None else np.abs(biases[np.isfinite(biases)])
    widest = float(finite.max(initial=0.0))
    parts = [_strip(drawn)] if fold.cell_units and has_strip(layer) else []
    for unit, y in zip(fold.shown, drawn.place.y, strict=False):
        parts.append(_unit(drawn, unit, row[unit], y))
        if biases is not None:
            colour = css(ramp(float(biases[row[unit]]) / (widest or 1.0), ZERO))
            corner = scene.reach(layer) * (1.0 if scene.is_square(layer) else 0.85)
            parts.append(
                element(
                    "rect",
                    x=drawn.x - corner - 2.75,
                    y=y + corner - 2.75,
                    width=5.5,
                    height=5.5,
                    fill=colour,
                    stroke=css(GROUND),
                    stroke_width=1.0,
                )
            )
    if fold.folded:
        parts.append(_rest(drawn))
    if layer.kind == "input":
        parts += input_labels(drawn)
    if layer.output is not None and layer.kind not in ("conv", "maps"):
        parts += output_labels(drawn)
    elif layer.has_maps and layer.name in scene.names:
        parts += map_labels(drawn)
    return element("g", "".join(parts))


def _unit(drawn: DrawnLayer, unit: int, row: int, y: float) -> str:
    scene, layer, place, numbers = drawn.scene, drawn.layer, drawn.place, drawn.numbers
    unit_id = drawn.ids[unit]
    x = drawn.x
    activation = float(numbers.arrays["a"][row])
    fill = ramp(activation / (numbers.a_scale or 1.0), GROUND)
    name = scene.name_of(layer, unit)
    title = element("title", words(f"{layer.name} · {name}" if layer.kind in ("conv", "maps") else name))
    # What comes in is finite, or a word.
    broken = layer.kind != "input" and scene.frame.sample_name is not None and not np.isfinite(activation)
    rim = {"stroke": WARNING if broken else OUTLINE, "stroke_width": 1.8 if broken else 1.0}
    if scene.is_square(layer):
        half, known = place.size / 2, "face" in numbers.arrays
        frame = element("rect", x=x - half, y=y - half, width=place.size, height=place.size,
                        rx=4.0 if layer.has_maps else 3.0, fill="none" if known else css(fill), **rim)  # fmt: skip
        face = ""
        if known:
            face = image(diverging(numbers.arrays["face"][row]), x, y, place.size, place.size,
                         smooth=not layer.has_maps)  # fmt: skip
        return element("g", title + face + frame, data_unit=unit_id)
    circle = element("circle", title, cx=x, cy=y, r=place.size, fill=css(fill), data_unit=unit_id, **rim)
    if layer.kind == "input" or layer.output is not None or unit > 9999:
        return circle
    most = 2 * place.size - 2
    # Three figures and more only fit a circle in smaller type.
    size = min(UNIT, max(6.5, UNIT * most / text_width(str(unit), UNIT)))
    return circle + element("text", str(unit), x=x, y=y + 3.4, text_anchor="middle", font_size=number(size),
                            font_weight=MEDIUM, fill=ink_on(fill))  # fmt: skip


def _rest(drawn: DrawnLayer) -> str:
    numbers, fold, row = drawn.numbers, drawn.fold, drawn.row
    left_over = fold.units - len(fold.shown)
    total = np.nan if numbers.a_sum is None else numbers.a_sum
    mean = (total - sum(float(numbers.arrays["a"][row[unit]]) for unit in fold.shown)) / left_over
    fill = ramp(mean / (numbers.a_scale or 1.0), GROUND)
    label = f"+{grouped(left_over)}"
    half = max(14.0, text_width(label, REST) / 2 + 5)
    # A wide pill grows away from the strip.
    x, y = drawn.x + max(0.0, half - 17), drawn.place.y[-1]
    return element("rect", x=x - half, y=y - 8.5, width=2 * half, height=17.0, rx=8.5, fill=css(fill), stroke=OUTLINE,
                   stroke_dasharray="3 2") + element(
        "text", label, x=x, y=y + 3.5, text_anchor="middle", font_size=REST, font_weight=MEDIUM, fill=ink_on(fill)
    )  # fmt: skip


def _strip(drawn: DrawnLayer) -> str:
    scene, layer, place, numbers = drawn.scene, drawn.layer, drawn.place, drawn.numbers
    cells = numbers.arrays["cells"]
    lanes = 2 if len(cells) > 64 else 1
    side = 4.0 if lanes == 2 else 5.0
    over = max(12.0, scene.tall(layer) + 2)
    top, bottom = place.y[0] - over, place.y[-1] + over
    x = drawn.x - scene.reach(layer) - 14 - lanes * side
    pitch = (bottom - top) / -(-len(cells) // lanes)
    parts = [
        element("rect", x=x - 2, y=top - 2, width=lanes * side + 4, height=bottom - top + 4, rx=2.0, fill=css(GROUND),
                stroke=LINE_STRONG)
    ]  # fmt: skip
    shown = set(drawn.fold.shown)
    for index, (value, unit) in enumerate(zip(cells, drawn.fold.cell_units, strict=True)):
        # Without activations the strip still tells where in the layer the shown units are.
        unknown = INK_3 if unit in shown else css(ZERO)
        colour = unknown if np.isnan(value) else css(ramp(float(value) / (numbers.a_scale or 1.0), GROUND))
        if colour != css(GROUND):
            parts.append(
                element("rect", x=x + (index % lanes) * side, y=top + (index // lanes) * pitch, width=side,
                        height=max(1.0, pitch - 0.4), fill=colour)
            )  # fmt: skip
    return "".join(parts)


def _picture(drawn: DrawnLayer) -> str:
    place, numbers = drawn.place, drawn.numbers
    x, y, half = drawn.x, place.y[0], place.size / 2
    frame = element(
        "rect",
        element("title", words(drawn.layer.name)),
        x=x - half,
        y=y - half,
        width=place.size,
        height=place.size,
        rx=4.0,
        fill="none" if "face" in numbers.arrays else SHEET,
        stroke=OUTLINE,
    )
    if "face" not in numbers.arrays:
        return frame
    face = numbers.arrays["face"][0]
    # Dark on light, as ink on paper; colour pictures as they are.
    ink = np.array(from_hex(INK_1))
    pixels = face if face.ndim == 3 else np.round(255 + (ink - 255) * (face[..., None] / 255)).astype(np.uint8)
    return image(pixels, x, y, place.size, place.size, smooth=False) + frame

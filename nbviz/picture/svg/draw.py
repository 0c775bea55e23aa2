"""The static picture: what the browser view shows at rest, as one SVG, made without a browser."""

from __future__ import annotations

import dataclasses

from nbviz.picture.edges import shares
from nbviz.picture.snapshot import Snapshot
from nbviz.picture.svg.captions import captions, gap_labels, rise
from nbviz.picture.svg.connections import connections
from nbviz.picture.svg.groups import frames, with_room_for_frames
from nbviz.picture.svg.labels import badges, status
from nbviz.picture.svg.nodes import draw_layer
from nbviz.picture.svg.scene import scene_of
from nbviz.style.colour import GROUND, INK_1, LINE, css
from nbviz.style.markup import element, number, words
from nbviz.style.type_scale import BODY

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
STATUS_HEIGHT, BADGE_HEIGHT = 30.0, 30.0
NARROWEST = 320


def draw(snapshot: Snapshot, width: int = 960) -> str:
    """The picture as SVG.

    Args:
        snapshot: What is drawn.
        width: px, at least 320.

    Returns:
        A self-contained `<svg>` element. Edges carry the ids of their units (`data-source`, `data-target`),
        or `rest`.
    """
    scene = scene_of(snapshot, float(max(NARROWEST, width)))
    scene = with_room_for_frames(dataclasses.replace(scene, rise=rise(scene)))
    architecture, frame = scene.architecture, scene.frame
    wide, foot = scene.width, scene.layout.height + scene.rise
    height = foot + STATUS_HEIGHT + (BADGE_HEIGHT if frame.badges else 0)
    share = shares(architecture, scene.folds, frame, scene.meaning)
    summary = ", ".join(
        f"{layer.name} ({', '.join([str(layer.units) if layer.has_units else layer.type, *layer.members])})"
        for layer in architecture.layers
    )
    parts = [
        element("title", words(f"Network diagram of {architecture.name}")),
        element("desc", words(f"Layers: {summary}.")),
        element("rect", x=0.5, y=0.5, width=wide - 1, height=height - 1, rx=6.0, fill=css(GROUND), stroke=LINE),
        *frames(scene),
        element("g", "".join(connections(scene)), fill="none", stroke_linecap="round"),
        *(draw_layer(drawn) for drawn in scene.layers()),
        *captions(scene),
        *gap_labels(scene),
        *badges(scene, foot),
        *status(scene, share, height - STATUS_HEIGHT, wide),
    ]
    return element(
        "svg",
        "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(wide)} {number(height)}",
        width=number(wide),
        height=number(height),
        role="img",
        font_family=FONT,
        font_size=BODY,
        fill=INK_1,
    )

"""Frames of the static picture round the layers that are drawn in the place of an opened block."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbviz.network.architecture import Layer
from nbviz.picture.layout import Layout
from nbviz.picture.svg.captions import placed_lines
from nbviz.picture.svg.columns import STRIP_ROOM, has_strip
from nbviz.picture.svg.labels import text
from nbviz.picture.svg.routes import Routes
from nbviz.picture.svg.scene import Scene
from nbviz.style.colour import LINE_STRONG, ZERO, css
from nbviz.style.markup import element, words
from nbviz.style.text import elide
from nbviz.style.type_scale import SMALL, STRONG

AIR = 10.0  # px from a frame to the nodes in it
STEP = 6.0  # px by which a frame stands outside of the one in it
APART = 2.0  # px from a frame to the middle between what it holds and what stands beside that
HEADER = 20.0  # px for the name
LANE_AIR = 8.0
CAPTION_AIR = 5.0
TOP = 6.0  # px from the border of the picture to a frame


@dataclass(frozen=True, slots=True)
class Group:
    """An opened block and its frame in px."""

    name: str
    left: float
    top: float
    right: float
    bottom: float


def groups(scene: Scene) -> list[Group]:
    """Opened blocks, outer ones first, with frames that hold all that is drawn in their place."""
    opened = scene.architecture.opened
    around = dict(opened)
    members: dict[str, set[str]] = {name: set() for name in around}
    for layer in scene.architecture.layers:
        name = layer.inside
        while name is not None:
            members.setdefault(name, set()).add(layer.name)
            name = around.get(name)
    levels = dict.fromkeys(members, 0)
    for name, outer in reversed(opened):
        if outer is not None:
            levels[outer] = max(levels[outer], levels[name] + 1)
    outside: dict[str, int] = {}
    for name, outer in opened:
        outside[name] = 0 if outer is None else outside[outer] + 1
    return [_framed(scene, name, inside, levels[name], outside[name]) for name, inside in members.items() if inside]


def frames(scene: Scene) -> Iterator[str]:
    """A thin rounded frame for each opened block, its name on top; they lie under all else."""
    for group in groups(scene):
        wide = group.right - group.left
        title = element("title", words(group.name))
        yield element("rect", title, x=group.left, y=group.top, width=wide, height=group.bottom - group.top, rx=6.0,
                      fill=css(ZERO), fill_opacity=0.16, stroke=LINE_STRONG)  # fmt: skip
        label = elide(group.name.rpartition("/")[2], wide - 2 * AIR, SMALL, bold=True)
        yield text(label, group.left + AIR, group.top + HEADER / 2 + 5, font_weight=STRONG)


def with_room_for_frames(scene: Scene) -> Scene:
    """The same scene, moved down where a frame would reach over the top."""
    # With more room lanes spread, which is why once is not always enough.
    for _ in range(3):
        above = max((TOP - group.top for group in groups(scene)), default=0.0)
        if above <= 0:
            break
        scene = dataclasses.replace(scene, layout=_lowered(scene.layout, above))
    return scene


def _lowered(layout: Layout, by: float) -> Layout:
    places = {
        name: dataclasses.replace(place, y=tuple(y + by for y in place.y), caption_y=place.caption_y + by)
        for name, place in layout.places.items()
    }
    return Layout(places, layout.columns, layout.height + by)


def _framed(scene: Scene, name: str, inside: set[str], level: int, outside: int) -> Group:
    """`level`: of frames inside this one; `outside`: of those around it."""
    boxes: list[Sequence[float]] = []
    for layer in scene.architecture.layers:
        ys = scene.layout.places[layer.name].y
        if layer.name in inside and ys:
            x, tall, (before, behind) = scene.x(layer), scene.tall(layer), _sides(scene, layer)
            boxes.append((x - before - AIR, ys[0] - tall - AIR, x + behind + AIR, ys[-1] + tall + AIR))
    for line in placed_lines(scene):
        if line.layer.name in inside:
            half = line.width / 2 + CAPTION_AIR
            boxes.append((line.x - half, line.y - 11, line.x + half, line.y + 4 + CAPTION_AIR))
    routes = Routes(scene)
    for connection in scene.architecture.connections:
        lane = routes.lane(connection)
        if lane is not None and {connection.source, connection.target} <= inside:
            ends = [scene.x(scene.architecture[end]) for end in (connection.source, connection.target)]
            boxes.append((ends[0], lane - LANE_AIR, ends[1], lane + LANE_AIR))
    wide = level * STEP
    left, top = (min(box[side] for box in boxes) for side in (0, 1))
    right, bottom = (max(box[side] for box in boxes) for side in (2, 3))
    most = _between_neighbours(scene, inside, APART + outside * STEP)
    left, right = max(left - wide, most[0]), min(right + wide, most[1])
    # The names of the frames inside stand under this one's own.
    return Group(name, left, top - HEADER * (level + 1) - wide, right, bottom + wide)


def _between_neighbours(scene: Scene, inside: set[str], apart: float) -> tuple[float, float]:
    """How far a frame may reach: half of the way to the columns beside it, though never into what it holds."""
    before, behind = [0.0] * scene.layout.columns, [0.0] * scene.layout.columns
    for layer in scene.architecture.layers:
        column, sides = scene.layout.places[layer.name].column, _sides(scene, layer)
        before[column], behind[column] = max(before[column], sides[0]), max(behind[column], sides[1])
    at, held = scene.columns.at, [scene.layout.places[name].column for name in inside]
    first, last = min(held), max(held)
    left, right = float("-inf"), float("inf")
    if first > 0:
        middle = (at[first - 1] + at[first]) / 2 + apart
        left = min(max(middle, at[first - 1] + behind[first - 1] + 1), at[first] - before[first] - 1)
    if last + 1 < len(at):
        middle = (at[last] + at[last + 1]) / 2 - apart
        right = max(min(middle, at[last + 1] - before[last + 1] - 1), at[last] + behind[last] + 1)
    return left, right


def _sides(scene: Scene, layer: Layer) -> tuple[float, float]:
    """Px from the centre of a layer's column to the left end of what is drawn of it, the strip included, and right."""
    fold, side = scene.folds.get(layer.name), scene.reach(layer)
    strip = STRIP_ROOM if fold is not None and fold.cell_units and has_strip(layer) else 0.0
    return side + strip, side

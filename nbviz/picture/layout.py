"""Where things are drawn: columns from left to right, places from top to bottom.

Heights are in px, since the height of a diagram is given; horizontally a column is at a fraction of the
width, which only the viewer knows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nbviz.network.architecture import Architecture, Layer
from nbviz.network.columns import columns
from nbviz.picture.arms import levels

TOP = 24.0  # px above the first place
CAPTIONS = 96.0  # px from the top of the captions to the bottom of the drawing
CAPTION_GAP = 20.0  # px between the last place and the captions
SHARED_CAPTION = 72.0  # px for three caption lines, and air, under a layer that shares its column
MIN_PITCH = 20.0
INPUT_PITCH = 28.0
RADIUS = {"input": 7.0, "dense": 9.0, "conv": 9.0, "maps": 7.0, "output": 11.0}
FACES = (44.0, 38.0, 24.0, 20.0)
FACE_GAP = 6.0
AIR = 8.0  # px from the border to what is drawn
MAPS = (52.0, 44.0, 38.0, 30.0, 24.0, 20.0)
MAP_GAP = 8.0
EASY = 1.5  # pitch of feature maps, in sides, where there is room
THIN_MAP = 0.6  # of what is handed on, as a share of a convolution's feature map
LEAST_MAP = 18.0
THIN_GAP = 0.55  # before a column of what is handed on, as a share of the other gaps
PICTURE = 96.0
BLOCK = 56.0
PICTURED_BLOCK = 120.0
NEAR_CAPTION = 24.0  # px from the lowest block to the captions
FAR_CAPTION = 60.0  # px between two rows of captions that are worth parting
FALL = {"blocks": (40.0, 120.0), "channels": (24.0, 44.0)}  # px from level to level of a U, at least and at most
UNDER_BLOCK = 54.0  # px under a block of a U: two caption lines, and air


@dataclass(frozen=True, slots=True)
class Place:
    """Where one layer is drawn.

    Attributes:
        column: From 0.
        x: Of the column, from 0 (first) to 1 (last). The gap before a column of pooling and the like is thinner.
        y: px, the centre of each place from top to bottom.
        size: px: radius of a circle, side of a face or picture, height of a block.
        caption_y: px, top of the first caption line.
        compact_caption: Whether the layer shares its column and has two caption lines.
    """

    column: int
    x: float
    y: tuple[float, ...]
    size: float
    caption_y: float
    compact_caption: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of all layers, and the height they need in px."""

    places: dict[str, Place]
    columns: int
    height: float


def layout(
    architecture: Architecture,
    slots: Mapping[str, int],
    height: float,
    faces: bool = False,
    pictures: Collection[str] = (),
) -> Layout:
    """Place every layer.

    Args:
        architecture: The structure.
        slots: Layer -> number of places, the rest node included.
        height: px wanted; more is used where places would come closer than 20 px.
        faces: Whether units are small pictures rather than circles.
        pictures: Names of the blocks that have a face, and need the room for it.

    Returns:
        The layout. Layers are centred on one horizontal axis; those that share a column are stacked. Of a U both arms
        go down with the resolution, where the height has room for that.
    """
    level = levels(architecture)
    made = _as_a_u(architecture, slots, height, faces, pictures, level) if level else None
    return made or _in_line(architecture, slots, height, faces, pictures)


def _as_a_u(
    architecture: Architecture,
    slots: Mapping[str, int],
    height: float,
    faces: bool,
    pictures: Collection[str],
    level: Mapping[str, int],
) -> Layout | None:
    """Each layer as far down as its level says; None where the height has no room. Arguments as for `layout`."""
    only_blocks = not any(layer.has_units for layer in architecture.layers)
    flat, deepest = _in_line(architecture, slots, 0.0, faces, pictures), max(level.values())
    tallest = max(place.size for place in flat.places.values())
    least, most = FALL["blocks" if only_blocks else "channels"]
    fall = min(most, (height - (tallest + UNDER_BLOCK + 2 * AIR if only_blocks else flat.height)) // deepest)
    if fall < least:
        return None
    if not only_blocks:
        flat = _in_line(architecture, slots, height - deepest * fall, faces, pictures)
    first = (height - deepest * fall - UNDER_BLOCK) / 2
    placed: dict[str, Place] = {}
    y: tuple[float, ...]
    for name, place in flat.places.items():
        down = level[name] * fall
        if only_blocks:
            # The names stand beneath each, as at the bottom they would be far away.
            y, caption_y = (first + down,) * len(place.y), first + down + place.size / 2 + 8
        else:
            y, caption_y = tuple(round(y + down, 2) for y in place.y), place.caption_y + deepest * fall
        placed[name] = dataclasses.replace(place, y=y, caption_y=caption_y, compact_caption=only_blocks)
    return Layout(placed, flat.columns, height if only_blocks else flat.height + deepest * fall)


def _in_line(
    architecture: Architecture,
    slots: Mapping[str, int],
    height: float,
    faces: bool,
    pictures: Collection[str],
) -> Layout:
    """All layers on one horizontal axis; arguments as for `layout`."""
    column = columns(architecture)
    stacks: dict[int, list[Layer]] = {}
    for layer in architecture.layers:
        stacks.setdefault(column[layer.name], []).append(layer)
    needs = _Needs(stacks, slots, height, faces, pictures)
    total = max(height, *(needs.stack_height(stack) for stack in stacks.values()), 0.0)
    across = _across(stacks)
    rows, down = _caption_rows(stacks, needs, total)
    placed: dict[str, Place] = {}
    for index, stack in stacks.items():
        if len(stack) == 1:
            (layer,) = stack
            ys = tuple(round(y + down, 2) for y in needs.lone_places(layer, total))
            placed[layer.name] = Place(index, across[index], ys, needs.size(layer), rows[index], False)
            continue
        spare = total - 8 - TOP - sum(needs.shared_extent(layer) for layer in stack)
        top = TOP
        for layer in stack:
            weight = slots[layer.name] / sum(slots[other.name] for other in stack)
            room = needs.shared_extent(layer) + max(0.0, spare) * weight - SHARED_CAPTION
            # The outermost nodes must not reach into what is above or below.
            edge = needs.reach(layer) if layer.has_units else 0.0
            ys = needs.spread(layer, top + edge, top + room - edge)
            under = ys[-1] + needs.reach(layer) + 8 if ys else top
            placed[layer.name] = Place(index, across[index], ys, needs.size(layer), under, True)
            top += room + SHARED_CAPTION
    _keep_in_line(architecture, stacks, needs, placed)
    return Layout(placed, max(stacks, default=0) + 1, total)


def _keep_in_line(
    architecture: Architecture, stacks: Mapping[int, list[Layer]], needs: _Needs, placed: dict[str, Place]
) -> None:
    """Layers of an opened block stay at its height where nothing stands beside them any more.

    In the middle of the drawing they would draw its frame around the branch that runs beside the block.
    """
    around = dict(architecture.opened)
    members: dict[str, list[Layer]] = {name: [] for name in around}
    for layer in architecture.layers:
        name = layer.inside
        while name is not None:
            members[name].append(layer)
            name = around[name]
    alone = {stack[0].name for stack in stacks.values() if len(stack) == 1}
    for inside in members.values():
        held, across = {layer.name for layer in inside}, [placed[layer.name].column for layer in inside]
        beside = [y for layer in inside if layer.name not in alone for y in placed[layer.name].y]
        if not beside:
            # Where all branches beside it have ended, that of the branch that it goes on.
            ways = [way.source for layer in inside for way in architecture.into(layer.name) if way.source not in held]
            beside = [y for name in ways[:1] if placed[name].compact_caption for y in placed[name].y]
        if not beside:
            continue
        height = round((min(beside) + max(beside)) / 2, 2)
        for layer in architecture.layers:
            place = placed[layer.name]
            if layer.name not in alone or len(place.y) != 1:
                continue
            if layer.name in held:
                y = height
            # What goes on beside the frame keeps the height that it comes from, too.
            elif min(across) < place.column < max(across) and (into := architecture.into(layer.name)):
                if into[0].source in held or not placed[into[0].source].compact_caption:
                    continue
                before = placed[into[0].source].y
                y = round((before[0] + before[-1]) / 2, 2)
            else:
                continue
            under = y + needs.reach(layer) + 8
            placed[layer.name] = dataclasses.replace(place, y=(y,), caption_y=under, compact_caption=True)


def _caption_rows(stacks: Mapping[int, list[Layer]], needs: _Needs, total: float) -> tuple[dict[int, float], float]:
    """Column -> top of its captions, and px by which nodes move down.

    At the bottom, in one row; but under a row of blocks their names would be far away. They come near, and where no
    column takes all the height the drawing moves towards the middle.
    """
    bottom = total - CAPTIONS
    rows = dict.fromkeys(stacks, bottom)
    last = max(stacks, default=0)
    blocks = {index for index, stack in stacks.items() if not any(layer.has_units for layer in stack)}
    alone = {index: stack[0] for index, stack in stacks.items() if len(stack) == 1}
    if not set(stacks) - {last} <= blocks or not blocks & set(alone):
        return rows, 0.0
    lowest = {index: needs.lone_bottom(layer, total) + NEAR_CAPTION for index, layer in alone.items()}
    near, rest = max(lowest[index] for index in blocks & set(alone)), min(bottom, max(lowest.values()))
    # A little more room above, where skips are; layers that share a column take all the height there is.
    down = (bottom - rest) / 4 if len(alone) == len(stacks) else 0.0
    if rest - near < FAR_CAPTION:
        near = rest
    return {index: (near if index in blocks else rest) + down for index in stacks}, down


def _across(stacks: Mapping[int, list[Layer]]) -> dict[int, float]:
    """Column -> its x, 0 to 1; columns that only hand channels on stand close to those before them."""
    gaps = [
        THIN_GAP if all(layer.kind == "maps" for layer in stacks.get(index, ())) else 1.0
        for index in range(1, max(stacks, default=0) + 1)
    ]
    whole = sum(gaps)
    return {index: sum(gaps[:index]) / whole if whole else 0.5 for index in stacks}


class _Needs:
    """How large nodes are, and how much room they need."""

    def __init__(
        self,
        stacks: Mapping[int, list[Layer]],
        slots: Mapping[str, int],
        height: float,
        faces: bool,
        pictures: Collection[str],
    ) -> None:
        self._slots = slots
        self._pictures = pictures
        units = [slots[layer.name] for stack in stacks.values() for layer in stack if layer.has_units]
        self._response = _response_side(max(units, default=1), height) if faces else None
        self._maps = {
            layer.name: _map_side(slots[layer.name], _share_of_column(layer, stack, slots, height))
            for stack in stacks.values()
            for layer in stack
            if layer.kind in ("conv", "maps")
        }

    def size(self, layer: Layer) -> float:
        """Px: radius of a circle, side of a face or picture, height of a block."""
        if layer.is_picture:
            return PICTURE
        if layer.kind == "block":
            return PICTURED_BLOCK if layer.parts or layer.name in self._pictures else BLOCK
        if layer.has_maps:
            side = self._maps[layer.name]
            return side if layer.kind == "conv" else max(LEAST_MAP, float(round(THIN_MAP * side)))
        if self._response is not None:
            return self._response
        return RADIUS["output" if layer.output is not None else layer.kind]

    def reach(self, layer: Layer) -> float:
        """Px from the centre of a node to its upper and lower end."""
        circle = layer.has_units and not layer.has_maps and self._response is None
        return self.size(layer) if circle else self.size(layer) / 2

    def spread(self, layer: Layer, top: float, bottom: float) -> tuple[float, ...]:
        """Centres of a layer's places, evenly spaced around the middle of what there is."""
        count, middle = self._slots[layer.name], (top + bottom) / 2
        if count <= 1:
            return (middle,) * count
        span = bottom - top
        widest = INPUT_PITCH if layer.kind == "input" and layer.has_units else 28.0
        wanted = EASY * self._maps[layer.name] if layer.name in self._maps else self._pitch(layer)
        pitch = min(span / (count - 1), max(widest, span / (count + 1), wanted))
        return tuple(round(middle + (index - (count - 1) / 2) * pitch, 2) for index in range(count))

    def lone_places(self, layer: Layer, total: float) -> tuple[float, ...]:
        """Centres of the places of a layer that has its column for itself."""
        over = self._overhang(layer)
        return self.spread(layer, TOP + over, total - CAPTIONS - CAPTION_GAP - over)

    def lone_bottom(self, layer: Layer, total: float) -> float:
        """Px of the lower end of its last node."""
        ys = self.lone_places(layer, total)
        return (ys[-1] if ys else 0.0) + self.reach(layer)

    def stack_height(self, stack: list[Layer]) -> float:
        """The least px of a column, captions included."""
        if len(stack) > 1:
            return TOP + 8 + sum(self.shared_extent(layer) for layer in stack)
        return TOP + CAPTIONS + CAPTION_GAP + self._extent(stack[0]) + 2 * self._overhang(stack[0])

    def shared_extent(self, layer: Layer) -> float:
        """The least px of a layer that shares its column, its caption included."""
        return self._extent(layer) + SHARED_CAPTION + (2 * self.reach(layer) if layer.has_units else 0.0)

    def _extent(self, layer: Layer) -> float:
        """The least px from the first to the last centre of its places; the height of a picture or block."""
        if not layer.has_units:
            return self.size(layer)
        pitch = self._pitch(layer) if layer.kind in ("conv", "maps") or self._response is not None else MIN_PITCH
        return (self._slots[layer.name] - 1) * pitch

    def _pitch(self, layer: Layer) -> float:
        """The least px between two faces. Channels that are handed on stand beside those they come from."""
        if layer.name in self._maps:
            return self._maps[layer.name] + FACE_GAP
        return self.size(layer) + FACE_GAP

    def _overhang(self, layer: Layer) -> float:
        """Px by which a face reaches farther than a circle, at both ends of a column of its own."""
        return max(0.0, self._maps[layer.name] / 2 - RADIUS["output"]) if layer.name in self._maps else 0.0


def _share_of_column(layer: Layer, stack: list[Layer], slots: Mapping[str, int], height: float) -> float:
    """Px from the upper end of a layer's first face to the lower one of its last, at the height that is wanted."""
    if len(stack) == 1:
        return height - TOP - CAPTIONS - CAPTION_GAP + 2 * RADIUS["output"]
    share = slots[layer.name] / sum(slots[other.name] for other in stack)
    return (height - TOP - 8) * share - SHARED_CAPTION


def _map_side(count: int, room: float) -> float:
    """Side of a feature map among so many of its layer."""
    return next((side for side in MAPS if count * side + (count - 1) * MAP_GAP <= room), MAPS[-1])


def _response_side(most: int, height: float) -> float:
    room = height - TOP - CAPTIONS - CAPTION_GAP
    return next((side for side in FACES if (most - 1) * (side + FACE_GAP * 2) <= room), FACES[-1])

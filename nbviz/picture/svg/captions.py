"""What stands beneath the static picture: a caption for each layer, and in each gap the scale of its edges."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbviz.network.architecture import Connection, Layer
from nbviz.network.channels import brief
from nbviz.picture.edges import shows_activation
from nbviz.picture.frame import ConnectionFrame
from nbviz.picture.layout import Place
from nbviz.picture.svg.labels import text
from nbviz.picture.svg.layer_words import shape_words
from nbviz.picture.svg.line import Line
from nbviz.picture.svg.scene import Scene
from nbviz.style.colour import ACCENT, INK_1, INK_3, NEGATIVE, POSITIVE, css
from nbviz.style.markup import element, words
from nbviz.style.numbers import grouped, short
from nbviz.style.text import elide, text_width
from nbviz.style.type_scale import BODY, REGULAR, SMALL, STRONG

INSIDE = " inside"
NARROW_GAP = 120.0  # px between columns below which nothing stands beside the captions
PITCH = 15.0  # px from line to line
AIR = 8.0  # px between two captions
CONVOLVED = "k\u2217a"  # a kernel slid over a map
NAME_ROOM = 80.0  # px that a line of a name can expect
HALF_SCALE = 34.0  # px from the middle of a gap to the end of its scale's words


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of a caption where it is drawn: `text` in the middle at x, its baseline at y; `whole` if it is cut."""

    layer: Layer
    text: str
    whole: str
    x: float
    y: float
    size: float
    strong: bool
    ink: str

    @property
    def width(self) -> float:
        """Px of the text."""
        return text_width(self.text, self.size, self.strong)


def captions(scene: Scene) -> Iterator[str]:
    """Name, type, units and parameters under each layer."""
    for line in placed_lines(scene):
        title = element("title", words(line.whole)) if line.whole else ""
        yield element("text", title + words(line.text), x=line.x, y=line.y, font_size=f"{line.size:g}", fill=line.ink,
                      font_weight=STRONG if line.strong else REGULAR, text_anchor="middle")  # fmt: skip


def placed_lines(scene: Scene) -> Iterator[Placed]:
    """All lines of all captions."""
    row, rooms = _row(scene)
    for layer in scene.architecture.layers:
        place = scene.layout.places[layer.name]
        shared = place.compact_caption
        # Where layers share a column their captions and the scales beside them share lines, too.
        narrow = max(84.0, scene.gap_around(layer) * 0.56)
        down = 0.0 if shared or place.caption_y < _bottom_row(scene) else scene.rise
        for at, line in enumerate(_caption(scene, layer, place) if shared else row[layer.name]):
            room = narrow if shared else rooms[place.column, at]
            # How many units are shown is never cut off.
            cut = line.text if line.ink == ACCENT else elide(line.text, room, line.size, bold=line.strong)
            if cut.endswith("…"):
                closer = line.text.removesuffix(INSIDE).replace(" × ", "×") if at else _inside_frame(layer, line.text)
                cut = elide(closer, room, line.size, bold=line.strong)
            whole = layer.name if at == 0 and cut != layer.name else line.text if cut != line.text else ""
            y = place.caption_y + 11 + PITCH * at + down
            yield Placed(layer, cut, whole, scene.x(layer), y, line.size, line.strong, line.ink)


def _bottom_row(scene: Scene) -> float:
    """Top of the lowest captions of layers that have a column of their own."""
    own = [place.caption_y for place in scene.layout.places.values() if not place.compact_caption]
    return max(own, default=0.0)


def _row(scene: Scene) -> tuple[dict[str, list[Line]], dict[tuple[int, int], float]]:
    """Captions of the layers with columns of their own, and the px of each (column, line).

    Where names have no room layers that hand channels on are called by one word, and those of an opened block without
    its name.
    """
    own = [layer for layer in scene.architecture.layers if not scene.layout.places[layer.name].compact_caption]
    lines = {layer.name: _caption(scene, layer, scene.layout.places[layer.name]) for layer in own}
    rooms, whole = _rooms(scene, lines)
    if not whole:
        for layer in own:
            name = brief(layer) or _inside_frame(layer, _own_name(layer))
            lines[layer.name][0] = Line(name, INK_1, True, BODY)
        rooms, whole = _rooms(scene, lines)
    if not whole:
        for layer in own:
            whole_name, *rest = lines[layer.name]
            room = rooms[scene.layout.places[layer.name].column, 0]
            halves = _broken(whole_name) if whole_name.width > room else [whole_name]
            if len(halves) > 1 and max(part.width for part in halves) <= max(room, NAME_ROOM):
                lines[layer.name] = [*halves, *rest]
        rooms, _ = _rooms(scene, lines)
    return lines, rooms


def _broken(name: Line) -> list[Line]:
    """A name in two lines, where it has a joint: neighbours often begin with the same word."""
    ends = [at for at in range(1, len(name.text)) if name.text[at - 1] in "_/-. "]
    if not ends:
        return [name]
    halves = [[dataclasses.replace(name, text=part) for part in (name.text[:at], name.text[at:])] for at in ends]
    return min(halves, key=lambda parts: max(part.width for part in parts))


def _rooms(scene: Scene, lines: dict[str, list[Line]]) -> tuple[dict[tuple[int, int], float], bool]:
    """(column, line) -> its px, and whether all names are whole: of two that are too close the wider gives way."""
    at = scene.columns.at
    wanted = {
        (scene.layout.places[name].column, row): line.width / 2
        for name, caption in lines.items()
        for row, line in enumerate(caption)
    }
    half = {
        (column, row): min(wide, at[column] - 4, scene.width - 4 - at[column]) for (column, row), wide in wanted.items()
    }
    for column, row in sorted(half):
        if (column + 1, row) not in half:
            continue
        room = at[column + 1] - at[column] - AIR
        first, second = half[column, row], half[column + 1, row]
        if first + second > room:
            half[column, row] = min(first, max(room / 2, room - second))
            half[column + 1, row] = min(second, max(room / 2, room - first))
    whole = all(half[spot] >= wide for spot, wide in wanted.items() if spot[1] == 0)
    return {spot: 2 * side + 0.5 for spot, side in half.items()}, whole


def _caption(scene: Scene, layer: Layer, place: Place) -> list[Line]:
    fold = scene.folds.get(layer.name)
    lines = [Line(_own_name(layer), INK_1, True, BODY)]
    channels = layer.kind in ("conv", "maps")
    if kind := _kind(layer):
        lines.append(Line(kind))
    if channels or (fold is None and layer.kind != "block"):
        lines.append(Line(shape_words(layer)))
    if fold is not None and fold.folded:
        count = f"{len(fold.shown)} of {grouped(fold.units)}"
        whole = f"{count} shown"
        # What is handed on is counted where it comes from.
        if layer.kind != "maps":
            fits = text_width(whole, SMALL, bold=True) < scene.gap_around(layer) - AIR
            lines.append(Line(whole if fits else count, ACCENT, True))
    elif fold is not None and not channels:
        noun = "unit" if layer.kind != "input" else "feature" if layer.name in scene.names else "input"
        lines.append(Line(f"{fold.units} {noun}{'s' * (fold.units != 1)}"))
    into = scene.architecture.into(layer.name)
    if place.compact_caption:
        scale = []
        if into and into[0].kind != "link":
            numbers = scene.frame.connections[scene.architecture.connections.index(into[0])]
            scale = [Line(scale_words(scene, into[0], numbers))]
        counted = fold is not None and fold.folded and len(lines) > 2
        return [lines[0], *(lines[-1:] if channels else lines[2:3] if counted else lines[1:][-1:]), *scale]
    if layer.parameters and layer.kind not in ("input", "block"):
        lines.append(Line(f"{grouped(layer.parameters)} params", INK_3))
    ends = layer.kind == "input" or not scene.architecture.out_of(layer.name)
    if not layer.group and (ends or scene.gap_around(layer) < NARROW_GAP):
        lines += [Line(note, INK_3) for note in layer.notes]
    return lines[:5]


def _own_name(layer: Layer) -> str:
    """Of a layer of a model inside the model, what differs from its neighbours."""
    return layer.name if layer.kind in ("input", "dense", "output") else layer.name.rpartition("/")[2]


def _inside_frame(layer: Layer, name: str) -> str:
    """A name without that of the opened block, which its frame says."""
    return name.removeprefix(f"{layer.inside.rpartition('/')[2]}_") if layer.inside else name


def _kind(layer: Layer) -> str:
    """`Dense · relu`, `3 × 3 · relu`; a block says its type inside itself."""
    steps = ", ".join(layer.steps)
    if layer.kind in ("conv", "maps"):
        return " · ".join(part for part in (_slides(layer), steps) if part)
    if layer.kind == "dense":
        return f"{layer.type} · {steps}" if steps else layer.type
    if layer.group:
        return f"{len(layer.members)} layer{'s' * (len(layer.members) != 1)}{INSIDE}"
    return steps if layer.kind == "block" else ""


def _slides(layer: Layer) -> str:
    """What slides and how: `3 × 3`, `depthwise 3 × 3, stride 2`; of what hands channels on the window only."""
    window = f"width {layer.window[0]}" if len(layer.window) == 1 else " × ".join(map(str, layer.window))
    if layer.kind == "maps":
        return window
    plain = re.fullmatch(r"(Depthwise|Separable)?Conv\dD(Transpose)?", layer.type)
    kind = layer.type if plain is None else (plain[1] or ("transposed" if plain[2] else "")).lower()
    steps = layer.strides[:1] if len(set(layer.strides)) == 1 else layer.strides
    stride = f", stride {' × '.join(map(str, steps))}" if steps else ""
    return " ".join(part for part in (kind, window) if part) + stride


def rise(scene: Scene) -> float:
    """Px that captions move down where a scale comes too close to them and takes a line of its own above."""
    _, rooms = _row(scene)
    lowered, notes = False, 0
    said: set[str] = set()
    for connection in scene.architecture.connections:
        source, target = scene.architecture[connection.source], scene.architecture[connection.target]
        gap = scene.gap_before(target)
        own = len(_notes(source, connection, said))
        notes = max(notes, own if gap >= NARROW_GAP else 0)
        if connection.kind != "link" and not scene.layout.places[target.name].compact_caption:
            column, y = scene.layout.places[target.name].column, scene.layout.places[target.name].caption_y
            level = {place.column for place in scene.layout.places.values() if place.caption_y == y}
            near = {column - 1, column} & level
            beside = max(rooms.get((other, row), 0.0) for other in near for row in (0, 1))
            lowered |= gap / 2 - beside / 2 - 4 < HALF_SCALE
    return 30.0 + PITCH * notes if lowered else 0.0


def _notes(source: Layer, connection: Connection, said: set[str]) -> list[str]:
    """Layers passed through in a gap, those after the source once only."""
    own = () if source.kind == "input" or source.group or source.name in said else source.notes
    said.add(source.name)
    return [*own, *connection.notes]


def gap_labels(scene: Scene) -> Iterator[str]:
    """The scale of each gap, and the layers passed through on the way."""
    places = scene.layout.places
    said: set[str] = set()
    for connection, numbers in zip(scene.architecture.connections, scene.frame.connections, strict=True):
        source, target = scene.architecture[connection.source], scene.architecture[connection.target]
        gap = scene.gap_before(target)
        middle = scene.x(target) - gap / 2
        shared = places[target.name].compact_caption
        y = places[target.name].caption_y
        if connection.kind != "link" and not shared:
            yield _taper(middle, y + 6, min(28.0, gap * 0.2))
            yield text(scale_words(scene, connection, numbers), middle, y + 24, text_anchor="middle")
        notes = _notes(source, connection, said)
        if gap < NARROW_GAP:
            continue
        for at, line in enumerate(notes):
            line = elide(line, gap - 20, SMALL)
            below = y + (11 if connection.kind == "link" else 39 if gap > 200 or scene.rise else 54) + PITCH * at
            yield text(line, middle, below, ink=INK_3, text_anchor="middle")


def scale_words(scene: Scene, connection: Connection, numbers: ConnectionFrame) -> str:
    """What the full width of an edge stands for: `w ±0.27`; k is a kernel that slides."""
    active = shows_activation(numbers, scene.meaning)
    scale = numbers.scale_a if active and numbers.scale_a is not None else numbers.scale
    source, target = scene.architecture[connection.source], scene.architecture[connection.target]
    if connection.kind == "norm":
        weights = "k" if target.kind == "conv" else "w"
        if active:
            return f"{CONVOLVED if weights == 'k' else 'Σw·a'} ±{short(scale)}"
        return f"‖{'Δ' if scene.changes else ''}{weights}‖ ≤ {short(scale)}"
    if scene.changes:
        return f"Δw ±{short(scale)}"
    scaled = scene.scaled and source.kind == "input"
    return f"{'w·a' if active else 'w·sd' if scaled else 'w'} ±{short(scale)}"


def _taper(x: float, y: float, half: float) -> str:
    """Thick orange, hair grey, thick blue."""
    ends = []
    for side, colour in ((-half, NEGATIVE), (half, POSITIVE)):
        shape = f"M{x + side:.1f} {y - 3.5:.1f} L{x:.1f} {y - 0.5:.1f} V{y + 0.5:.1f} L{x + side:.1f} {y + 3.5:.1f} Z"
        ends.append(element("path", d=shape, fill=css(colour), fill_opacity=0.85))
    return "".join(ends)

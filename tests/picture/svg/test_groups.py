"""Frames round the layers of opened blocks, of networks written down by hand."""

import dataclasses

import pytest

from nbviz.network.architecture import Architecture, Connection
from nbviz.picture.svg.groups import groups, with_room_for_frames
from nbviz.picture.svg.scene import scene_of
from tests.picture.svg.drawn_by_hand import IMAGE, SVG, Drawn, block, conv, dense, pool, texts, titles


def opened(outer="net/outer", inner="net/outer/inner"):
    """Five layers, two of them in an opened block, two more in one inside that."""
    inside = {"stem": outer, "one": inner, "two": inner, "join": outer}
    layers = IMAGE, conv("stem", 6), conv("one", 6), conv("two", 6), pool("join", 6, 8, "Add", window=())
    layers += (dense("y", 2, "softmax"),)
    layers = tuple(dataclasses.replace(layer, inside=inside.get(layer.name)) for layer in layers)
    ways = [("image", "stem"), ("stem", "one"), ("one", "two"), ("two", "join"), ("stem", "join"), ("join", "y")]
    links = {("two", "join"), ("stem", "join")}
    made = tuple(Connection(*way, "link" if way in links else "norm") for way in ways)
    return Drawn(Architecture("m", layers, made, ((outer, None), (inner, outer))))


def frames(root):
    """Name -> left, top, right and bottom of each frame."""
    found = {}
    for rect in root.iter(SVG + "rect"):
        if rect.get("fill-opacity") == "0.16":
            x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
            found["".join(rect.itertext())] = (x, y, x + width, y + height)
    return found


def boxes(root):
    """Id -> left, top, right and bottom of each unit."""
    found = {}
    for node in root.iter():
        rect = node.find(SVG + "rect") if node.get("data-unit") else None
        if rect is not None:
            x, y, width, height = (float(rect.get(key)) for key in ("x", "y", "width", "height"))
            found[int(node.get("data-unit"))] = (x, y, x + width, y + height)
    return found


def holds(outer, inner):
    return outer[0] < inner[0] and outer[1] < inner[1] and inner[2] < outer[2] and inner[3] < outer[3]


def meets(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("width", [600, 960, 1440])
def test_a_frame_holds_the_layers_of_its_block_and_no_other(width):
    root = opened().root(width)
    outer, inner = frames(root)["net/outer"], frames(root)["net/outer/inner"]
    units = boxes(root)
    assert all(holds(outer, units[unit]) for unit in range(1, 25))
    assert {unit for unit in units if holds(inner, units[unit])} == set(range(7, 19))
    outside = [float(node.get("cx")) for node in root.iter(SVG + "circle")]
    assert len(outside) == 2
    assert all(x + 11 < outer[0] or x - 11 > outer[2] for x in outside)


def test_a_frame_inside_another_stands_within_it_under_its_name():
    found = frames(opened().root())
    assert holds(found["net/outer"], found["net/outer/inner"])
    assert found["net/outer/inner"][1] - found["net/outer"][1] >= 20


def test_frames_and_all_else_stay_in_the_picture():
    root = opened().root()
    wide, high = float(root.get("width")), float(root.get("height"))
    for frame in frames(root).values():
        assert holds((0, 0, wide, high - 30), frame)
    assert all(float(line.get("y")) < high for line in root.iter(SVG + "text"))


def test_a_frame_bears_the_blocks_own_name_as_text():
    root = opened("net/<b>outer", "net/<b>outer/inner").root()
    assert {"<b>outer", "inner"} <= set(texts(root))
    assert "net/<b>outer" in titles(root)


def test_without_opened_blocks_nothing_is_framed_and_nothing_moves():
    drawn = opened()
    closed = dataclasses.replace(drawn.architecture, opened=(), layers=tuple(
        dataclasses.replace(layer, inside=None) for layer in drawn.architecture.layers))  # fmt: skip
    plain = Drawn(closed)
    assert frames(plain.root()) == {}
    y = plain.layout.places["stem"].y[0]
    assert (boxes(plain.root())[1][1] + boxes(plain.root())[1][3]) / 2 == pytest.approx(y, abs=0.01)


def test_where_names_have_no_room_the_name_of_the_block_is_said_once():
    drawn = opened("conv3_block1", "conv3_block1_conv")
    names = {"one": "conv3_block1_conv_first", "two": "conv3_block1_conv_second"}

    def renamed(name):
        return names.get(name, name)

    layers = tuple(dataclasses.replace(layer, name=renamed(layer.name)) for layer in drawn.architecture.layers)
    ways = tuple(
        dataclasses.replace(way, source=renamed(way.source), target=renamed(way.target))
        for way in drawn.architecture.connections
    )
    long = Drawn(dataclasses.replace(drawn.architecture, layers=layers, connections=ways))
    assert {"first", "second"} <= set(texts(long.root(960)))
    assert set(names.values()) <= set(titles(long.root(960)))
    assert set(names.values()) <= set(texts(long.root(2400)))


def two_branches():
    """Two branches of blocks; of each the second and the third block are opened."""
    layers, ways = [], []
    for branch in ("left", "right"):
        before = dataclasses.replace(IMAGE, name=branch)
        layers.append(before)
        for part in (1, 2, 3, 4):
            for step in (1, 2) if part in (2, 3) else (1,):
                inside = f"{branch}_{part}" if part in (2, 3) else None
                layers.append(block(f"{branch}_{part}_conv{step}", inside=inside))
                ways.append((layers[-2].name, layers[-1].name))
    layers.append(block("join"))
    ways += [("left_4_conv1", "join"), ("right_4_conv1", "join")]
    opened = tuple((f"{branch}_{part}", None) for branch in ("left", "right") for part in (2, 3))
    return Drawn(Architecture("m", tuple(layers), tuple(Connection(*way, "link") for way in ways), opened))


@pytest.mark.parametrize("width", [600, 960, 1600])
def test_a_frame_holds_no_neighbour_and_no_branch_beside_it(width):
    scene = with_room_for_frames(scene_of(two_branches().snapshot(), width))
    found = {group.name: (group.left, group.top, group.right, group.bottom) for group in groups(scene)}
    nodes = {}
    for layer in scene.architecture.layers:
        x, (y,), half, tall = scene.x(layer), scene.layout.places[layer.name].y, scene.reach(layer), scene.tall(layer)
        nodes[layer.name] = x - half, y - tall, x + half, y + tall
    assert len(found) == 4
    for name, frame in found.items():
        own = {layer.name for layer in scene.architecture.layers if layer.inside == name}
        assert {other for other, box in nodes.items() if meets(frame, box)} == own
        assert all(holds(frame, nodes[member]) for member in own)
        assert not any(meets(frame, other) for other in found.values() if other is not frame)

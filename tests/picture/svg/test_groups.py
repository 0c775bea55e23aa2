"""Frames round the layers of opened blocks, of networks written down by hand."""

import dataclasses

import pytest

from nbviz.network.architecture import Architecture, Connection
from tests.picture.svg.drawn_by_hand import IMAGE, SVG, Drawn, conv, dense, pool, texts, titles


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

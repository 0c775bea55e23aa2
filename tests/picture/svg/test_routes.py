"""Ways of skips in the static picture, of networks written down by hand."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.picture.frame import Signals
from nbviz.picture.layout import layout
from nbviz.picture.make_frame import make_frame
from nbviz.picture.snapshot import Snapshot
from nbviz.picture.svg.draw import draw

SVG = "{http://www.w3.org/2000/svg}"


def picture(count, skips, **options):
    """Blocks in a chain, joined by skips from one place to another."""
    names = [f"layer_{number}" for number in range(count)]
    layers = [Layer(name, "block", "Conv2D", (8, 8, 4), 1, **options) for name in names]
    ways = [*itertools.pairwise(names), *((names[start], names[end]) for start, end in skips)]
    made = Architecture("net", tuple(layers), tuple(Connection(*pair, "link") for pair in ways))
    frame = make_frame(made, {}, {}, Signals())
    placed = layout(made, dict.fromkeys(names, 1), 480.0)
    return ET.fromstring(draw(Snapshot(made, {}, placed, frame, {})))


def lanes(root):
    """Start, end and height in px of each way above the blocks."""
    paths = [path.get("d") for path in root.iter(SVG + "path")]
    found = [[float(number) for number in re.findall(r"-?[\d.]+", path)] for path in paths if path and " H " in path]
    return [(numbers[6], numbers[8], numbers[7]) for numbers in found]


def blocks(root):
    """Left, right, top and bottom of each block."""
    boxes = [rect for rect in root.iter(SVG + "rect") if rect.get("rx") == "6" and rect.find(SVG + "title") is not None]
    sizes = [[float(rect.get(key)) for key in ("x", "y", "width", "height")] for rect in boxes]
    return [(x, x + width, y, y + height) for x, y, width, height in sizes]


def test_a_connection_to_the_next_layer_is_straight():
    assert lanes(picture(4, [])) == []


def test_nested_skips_lie_above_each_other_the_longest_on_top():
    found = sorted(lanes(picture(10, [(0, 9), (1, 8), (2, 7), (3, 6)])))
    heights = [y for *_, y in found]
    assert heights == sorted(heights)
    assert all(after - before >= 8 for before, after in itertools.pairwise(heights))


def test_skips_that_do_not_meet_share_a_height():
    heights = {y for *_, y in lanes(picture(9, [(0, 2), (2, 4), (5, 8)]))}
    assert len(heights) == 1


@pytest.mark.parametrize("skips", [[(0, 9), (1, 3), (2, 8), (2, 4), (5, 7)], [(a, a + 3) for a in range(6)]])
def test_no_skip_runs_over_a_block_or_over_another_skip(skips):
    root = picture(10, skips)
    found = lanes(root)
    assert len(found) == len(skips)
    for left, right, y in found:
        assert 0 < left < right
        assert all(y < top or y > bottom for x, end, top, bottom in blocks(root) if x < right and left < end)
    for (left, right, y), (start, end, other) in itertools.combinations(found, 2):
        assert y != other or right <= start or end <= left


def test_with_no_room_above_the_lanes_stay_in_the_picture():
    assert all(0 < y < 480 for *_, y in lanes(picture(30, [(a, 29 - a) for a in range(14)])))


def test_a_block_of_several_layers_is_a_deck_and_names_them_as_text():
    hostile = ("<b>one</b>", "two")
    plain, deck = picture(3, []), picture(3, [], members=hostile, group=True)
    assert len(list(deck.iter(SVG + "path"))) == len(list(plain.iter(SVG + "path"))) + 3 * 2
    titles = [title.text for title in deck.iter(SVG + "title")]
    assert "layer_1: Conv2D, output 8 × 8 × 4; with <b>one</b>, two" in titles
    assert ["".join(line.itertext()) for line in deck.iter(SVG + "text")].count("2 layers inside") == 3
    assert next(deck.iter(SVG + "desc")).text.count("<b>one</b>") == 3


def test_a_name_is_said_once_where_layers_share_a_column():
    layers = [Layer(name, "block", "Add", (4,), 1) for name in ("a", "b", "c")]
    made = Architecture("net", tuple(layers), (Connection("a", "b", "link"), Connection("a", "c", "link")))
    placed = layout(made, dict.fromkeys("abc", 1), 480.0)
    root = ET.fromstring(draw(Snapshot(made, {}, placed, make_frame(made, {}, {}, Signals()), {})))
    said = ["".join(line.itertext()) for line in root.iter(SVG + "text")]
    assert [said.count(name) for name in "abc"] == [1, 1, 1]


def test_the_ways_across_a_u_run_level_and_straight():
    sides = {"a": 32, "b": 16, "c": 8, "d": 16, "e": 32}
    layers = [Layer(name, "block", "Conv2D", (side, side, 4), 1, group=True) for name, side in sides.items()]
    ways = [*itertools.pairwise(sides), ("a", "e"), ("b", "d")]
    made = Architecture("net", tuple(layers), tuple(Connection(*pair, "link") for pair in ways))
    placed = layout(made, dict.fromkeys(sides, 1), 480.0)
    root = ET.fromstring(draw(Snapshot(made, {}, placed, make_frame(made, {}, {}, Signals()), {})))
    assert lanes(root) == []
    paths = [path.get("d") for path in root.iter(SVG + "path") if " C " in path.get("d")]
    heights = [{float(y) for y in re.findall(r"-?[\d.]+", path)[1::2]} for path in paths]
    level = [height for height in heights if len(height) == 1]
    assert level == [set(placed.places["a"].y), set(placed.places["b"].y)]

"""Blocks in the static picture, of networks written down by hand."""

import itertools

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.style.text import text_width
from tests.picture.svg.drawn_by_hand import SVG, Drawn, block, dense, texts, titles

SERIES = Layer("series", "input", "InputLayer", (30, 3), 1)
GATES = ("input", "forget", "cell", "output")


def recurrent(parts=GATES, data=True, words="24 units × 30 steps"):
    layers = SERIES, block("read", parts=parts, parameters=3200), dense("y", 2, "softmax")
    made = Architecture("m", layers, (Connection("series", "read", "link"), Connection("read", "y", "norm")))
    face = np.full((1, 24, 30), 128, np.uint8)
    if not data:
        return Drawn(made, data=False)
    return Drawn(made, numbers={"layer/read/face": face}, words={"read": words})


def box(root, name):
    """Left, right, top and bottom of a block."""
    found = [rect for rect in root.iter(SVG + "rect") if rect.find(SVG + "title") is not None
             and rect.find(SVG + "title").text.startswith(f"{name}: ")]  # fmt: skip
    x, y, width, height = (float(found[0].get(key)) for key in ("x", "y", "width", "height"))
    return x, x + width, y, y + height


def test_a_block_with_a_picture_shows_it_with_what_it_is_and_the_names_of_the_gates():
    root = recurrent().root()
    (image,) = [image for image in root.iter(SVG + "image")]
    left, right, top, bottom = box(root, "read")
    x, y, width, height = (float(image.get(key)) for key in ("x", "y", "width", "height"))
    assert left < x < x + width < right
    assert top < y < y + height < bottom
    assert height > 40
    assert {"LSTM", "24 units × 30 steps", "input · forget · cell · output"} <= set(texts(root))
    assert "read: LSTM, output 30 × 24; 24 units × 30 steps; input · forget · cell · output" in titles(root)


def test_without_data_a_block_has_words_only():
    root = recurrent(data=False).root()
    assert not list(root.iter(SVG + "image"))
    assert {"LSTM", "30 × 24", "3 200 params", "input · forget · cell · output"} <= set(texts(root))


def test_many_heads_are_told_by_the_first_and_the_last():
    heads = tuple(f"head {number}" for number in range(16))
    assert "head 0 … head 15" in texts(recurrent(heads, words="16 heads: 10 queries × 10 keys").root())


def test_what_a_picture_shows_is_text_and_never_markup():
    root = recurrent(("<b>x</b>",), words="<img src=x onerror=1>").root()
    assert {node.tag.removeprefix(SVG) for node in root.iter()}.isdisjoint({"b", "img"})
    assert "<img src=x onerror=1>" in texts(root)


def chain(count, kind="Conv2D", name="conv{}_block{}", shape=(24, 24, 256)):
    """Blocks of several layers in a row, and an output."""
    names = [name.format(number // 3, number % 3) for number in range(count)]
    members = tuple(f"m{number}" for number in range(12))
    blocks = [Layer(each, "block", f"3 × {kind}", shape, 1, parameters=282_368, members=members, group=True)
              for each in names]  # fmt: skip
    layers = SERIES, *blocks, dense("y", 40, "softmax")
    ways = [Connection(a.name, b.name, "link") for a, b in itertools.pairwise(layers[:-1])]
    return Drawn(Architecture("m", layers, (*ways, Connection(names[-1], "y", "norm"))), data=False)


@pytest.mark.parametrize(("count", "widest"), [(4, 960), (12, 1600), (19, 1600)])
def test_a_long_row_of_blocks_is_no_wider_than_can_be_read(count, widest):
    assert float(chain(count).root().get("width")) <= widest


def test_blocks_do_not_touch_and_hold_their_words():
    root = chain(19).root()
    boxes = [box(root, f"conv{number // 3}_block{number % 3}") for number in range(19)]
    assert all(first[1] + 8 < second[0] for first, second in itertools.pairwise(boxes))
    held = 0
    for line, said in zip(root.iter(SVG + "text"), texts(root), strict=True):
        x, y = float(line.get("x")), float(line.get("y"))
        for left, right, top, bottom in boxes:
            if left < x < right and top < y < bottom:
                half = text_width(said, float(line.get("font-size")), line.get("font-weight") == "600") / 2
                assert left <= x - half < x + half <= right
                held += 1
    assert held == 19 * 4
    assert texts(root).count("282 k") == texts(root).count("3 ×") == 19


def test_a_name_that_is_too_long_is_told_in_two_lines_with_what_differs():
    root = chain(19).root()
    said = texts(root)
    assert said.count("conv4_") == 3
    assert {"block0", "block1", "block2", "12 layers"} <= set(said)
    assert "conv4_block2" in titles(root)


def test_captions_are_near_their_blocks():
    root = chain(8).root()
    lines = {said: float(line.get("y")) for line, said in zip(root.iter(SVG + "text"), texts(root), strict=True)}
    *_, bottom = box(root, "conv0_block0")
    assert bottom + 15 < min(lines["conv0_"] if "conv0_" in lines else lines["conv0_block0"], 999) < bottom + 70


def test_a_shape_that_is_too_long_for_its_block_is_told_whole_in_fewer_letters():
    assert "24 × 24 × 256" in texts(chain(4).root())
    assert texts(chain(19).root()).count("24²×256") == 19
    assert texts(chain(19, shape=(4, 4, 4, 256)).root()).count("4³×256") == 19

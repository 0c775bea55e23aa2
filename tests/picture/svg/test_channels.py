"""Channels in the static picture, of networks written down by hand."""

import base64
import re
import struct
import zlib

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from tests.picture.svg.drawn_by_hand import IMAGE, SVG, Drawn, conv, dense, digits, pool, texts, titles

ENDS = {True: (0xF5, 0x93, 0x22), False: (0x08, 0x77, 0xBD)}


def units(root):
    """Id -> the node of each unit."""
    return {int(node.get("data-unit")): node for node in root.iter() if node.get("data-unit")}


def edges(root):
    """(source, target) -> the edge between two units; a rest node is `"rest"`."""
    paths = [path for path in root.iter(SVG + "path") if path.get("data-source")]
    return {(path.get("data-source"), path.get("data-target")): path for path in paths}


def ends(path):
    """(x0, y0, x1, y1) of a path."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]
    return (*numbers[:2], *numbers[-2:])


def straight_links(root):
    """Ends of the plain lines without a weight."""
    return [ends(path) for path in root.iter(SVG + "path") if path.get("stroke-opacity") in ("0.5", "0.12")
            and not path.get("data-source") and path.get("d").startswith("M ")]  # fmt: skip


def pixels(image):
    """Colours (h, w, 3) of an image, from its data URI."""
    data = base64.b64decode(image.get("href").removeprefix("data:image/png;base64,"))
    width, height = struct.unpack(">II", data[16:24])
    start = data.index(b"IDAT") + 4
    rows = np.frombuffer(zlib.decompress(data[start:-16]), np.uint8).reshape(height, 1 + 3 * width)
    return rows[:, 1:].reshape(height, width, 3)


def test_the_face_of_a_channel_is_its_feature_map_pixel_by_pixel():
    face = np.zeros((6, 8, 8), np.uint8)
    face[2] = 128
    face[2, 0, 0], face[2, 7, 3] = 255, 1
    node = units(Drawn(digits(), numbers={"layer/conv2d/face": face}).root())[1 + 2]
    image = node.find(SVG + "image")
    assert "image-rendering:pixelated" in image.get("style")
    shown = pixels(image)
    assert shown[0, 0].tolist() == list(ENDS[False])
    assert shown[7, 3].tolist() == list(ENDS[True])
    assert (shown.reshape(-1, 3) == 255).all(axis=1).sum() == 62
    assert node.find(SVG + "title").text == "conv2d · channel 2"


def test_a_channel_without_a_sample_is_an_empty_box():
    root = Drawn(digits(), data=False).root()
    box = units(root)[1].find(SVG + "rect")
    assert not list(root.iter(SVG + "image"))
    assert (box.get("fill"), box.get("width"), box.get("height")) == ("#ffffff", "52", "52")


def test_pooled_maps_are_smaller_and_stand_beside_those_they_come_from():
    root = Drawn(digits()).root()
    boxes = [units(root)[unit].find(SVG + "rect") for unit in (1, 7)]
    (wide, thin), (y, other) = ([float(box.get(key)) for box in boxes] for key in ("width", "y"))
    assert (wide, thin) == (52, 31)
    assert y + wide / 2 == pytest.approx(other + thin / 2, abs=0.02)


def test_each_channel_is_joined_with_its_own_pooled_map_by_a_level_line():
    found = straight_links(Drawn(digits()).root())
    assert len(found) == 6 + 8
    assert all(y0 == y1 for _, y0, _, y1 in found)
    assert len({y0 for _, y0, _, _ in found}) == 14


def test_width_and_colour_of_an_edge_between_channels_are_those_of_its_kernels_norm():
    kernel = np.zeros((6, 8))
    kernel[0, 0], kernel[5, 7], kernel[2, 3] = 2.13, -2.13, -1.065
    found = edges(Drawn(digits(), numbers={"connection/2/kernel": kernel}).root())
    first, second = 1 + 6, 1 + 6 + 6
    for row, column, share in ((0, 0, 1.0), (5, 7, -1.0), (2, 3, -0.5)):
        path = found[str(first + row), str(second + column)]
        pairs = zip((0xE8, 0xEA, 0xEB), ENDS[share < 0], strict=True)
        mixed = [round(zero + (end - zero) * abs(share)) for zero, end in pairs]
        assert float(path.get("stroke-width")) == pytest.approx(0.4 + 2.9 * abs(share) ** 2.8, abs=0.006)
        assert path.get("stroke") == "#{:02x}{:02x}{:02x}".format(*mixed)


def test_scales_say_what_an_edge_stands_for():
    drawn = Drawn(digits())
    scales = [[line for line in texts(drawn.root(meaning=meaning)) if "2.13" in line or "0.33" in line]
              for meaning in ("weight", "weight_activation")]  # fmt: skip
    assert scales[0] == ["‖k‖ ≤ 2.13", "‖k‖ ≤ 2.13", "‖w‖ ≤ 2.13", "w ±2.13"]
    assert scales[1] == ["k\u2217a ±0.33", "k\u2217a ±0.33", "Σw·a ±0.33", "w·a ±0.33"]


def test_what_passes_between_channels_is_drawn_and_not_the_norm():
    flow = np.zeros((6, 8))
    flow[1, 2] = -0.33
    numbers = {"connection/2/flow": flow, "connection/2/kernel": np.ones((6, 8))}
    found = edges(Drawn(digits(), numbers=numbers).root(meaning="weight_activation"))
    assert found["8", "15"].get("stroke") == "#f59322"
    assert found["8", "14"].get("stroke") == "#e8eaeb"


def test_edges_that_do_not_exist_are_neither_drawn_nor_counted():
    layers = IMAGE, conv("stem", 4), conv("each", 4), dense("y", 2, "softmax")
    ways = ("image", "stem", 36, False), ("stem", "each", 36, True), ("each", "y", 512, False)
    made = Architecture("m", layers, tuple(Connection(a, b, "norm", weights, sparse=s) for a, b, weights, s in ways))
    root = Drawn(made, numbers={"connection/1/kernel": np.diag([1.0, -1.0, 2.0, 0.5])}).root()
    between = {pair for pair in edges(root) if {int(pair[0]), int(pair[1])} <= set(range(1, 9)) and int(pair[0]) > 0}
    assert between == {(str(1 + channel), str(5 + channel)) for channel in range(4)}
    assert "all 16 edges drawn" in texts(root)


def joined(room=10):
    """Two convolutions of 3 and 5 channels, one after the other in a Concatenate."""
    layers = IMAGE, conv("a", 3), conv("b", 5), pool("join", 8, 8, "Concatenate", window=()), dense("y", 2, "softmax")
    ways = Connection("image", "a", "norm"), Connection("a", "b", "norm"), Connection("a", "join", "link")
    ways += Connection("b", "join", "link", offset=3), Connection("join", "y", "norm")
    return Drawn(Architecture("m", layers, ways), room=room)


def test_channels_that_are_put_behind_each_other_lead_to_their_new_places():
    drawn = joined()
    places = drawn.layout.places
    found = straight_links(drawn.root())
    wanted = [(places["a"].y[channel], places["join"].y[channel]) for channel in range(3)]
    wanted += [(places["b"].y[channel], places["join"].y[channel + 3]) for channel in range(5)]
    assert np.sort([(y0, y1) for _, y0, _, y1 in found], axis=0) == pytest.approx(np.sort(wanted, axis=0), abs=0.06)
    pairs = {(round(y0), round(y1)) for _, y0, _, y1 in found}
    assert (round(places["b"].y[4]), round(places["join"].y[7])) in pairs


def test_channels_without_a_place_go_to_and_come_from_the_rest_nodes():
    drawn = joined(room=4)
    places, root = drawn.layout.places, drawn.root()
    found = {(round(y0), round(y1)) for _, y0, _, y1 in straight_links(root)}
    # Of b channels 0 to 3 are shown, of the joined ones 0 to 3: those of a, and the first of b.
    from_b = [(places["b"].y[0], places["join"].y[3])] + [(y, places["join"].y[4]) for y in places["b"].y[1:]]
    from_a = list(zip(places["a"].y, places["join"].y, strict=False))
    assert found == {(round(y0), round(y1)) for y0, y1 in from_a + from_b}
    assert texts(root).count("+4") == 1


def test_captions_tell_kernel_shape_and_parameters_of_channels():
    said = texts(Drawn(digits()).root(1440))
    assert said[said.index("conv2d") :][:4] == ["conv2d", "3 × 3 · relu", "8 × 8 × 6", "60 params"]
    assert said[said.index("max_pooling2d") :][:3] == ["max_pooling2d", "2 × 2", "4 × 4 × 6"]


def test_pooling_is_called_by_one_word_where_its_name_has_no_room():
    root = Drawn(digits()).root(960)
    said = texts(root)
    assert said.count("max") == 2
    assert {"conv2d_1", "3 × 3 · relu", "4 × 4 × 8"} <= set(said)
    assert "max_pooling2d_1" in titles(root)


def test_a_folded_convolution_says_how_many_channels_are_shown():
    layers = IMAGE, conv("c", 32), pool("p", 32), dense("y", 2, "softmax")
    ways = Connection("image", "c", "norm"), Connection("c", "p", "link"), Connection("p", "y", "norm")
    root = Drawn(Architecture("m", layers, ways)).root(1200)
    said = texts(root)
    assert said.count("10 of 32 shown") == 1
    assert said.count("+22") == 2
    # The strip of all channels stands beside the convolution only.
    assert len([rect for rect in root.iter(SVG + "rect") if rect.get("stroke") == "#d0d5da"]) == 1


def test_channels_without_positions_are_numbered_circles():
    layers = IMAGE, conv("c", 4), Layer("gap", "maps", "GlobalAveragePooling2D", (4,), 4), dense("y", 2, "softmax")
    ways = Connection("image", "c", "norm"), Connection("c", "gap", "link"), Connection("gap", "y", "kernel")
    root = Drawn(Architecture("m", layers, ways)).root()
    assert [units(root)[5 + channel].get("r") for channel in range(4)] == ["7"] * 4
    assert {"0", "1", "2", "3"} <= set(texts(root))
    assert all(y0 == y1 for _, y0, _, y1 in straight_links(root))


@pytest.mark.parametrize("width", [600, 960, 1600])
@pytest.mark.parametrize("make", [lambda: Drawn(digits()), joined], ids=["digits", "joined"])
def test_captions_stay_apart_and_within_the_picture(make, width):
    from nbviz.style.text import text_width

    root = make().root(width)
    boxes = []
    for line, said in zip(root.iter(SVG + "text"), texts(root), strict=True):
        if line.get("text-anchor") == "middle" and line.get("font-size") in ("11", "12"):
            half = text_width(said, float(line.get("font-size")), line.get("font-weight") == "600") / 2
            x, y = float(line.get("x")), float(line.get("y"))
            assert 0 <= x - half < x + half <= float(root.get("width"))
            boxes.append((x - half, x + half, y))
    assert len(boxes) > 10
    for at, (left, right, y) in enumerate(boxes):
        assert all(right < x0 or x1 < left for x0, x1, other in boxes[:at] if other == y)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"type": "DepthwiseConv2D", "strides": (2, 2)}, "depthwise 3 × 3, stride 2 · relu"),
        ({"type": "Conv2DTranspose", "strides": (2, 1), "steps": ()}, "transposed 3 × 3, stride 2 × 1"),
        ({"type": "Conv1D", "window": (5,)}, "width 5 · relu"),
        ({"type": "Mine"}, "Mine 3 × 3 · relu"),
    ],
)
def test_a_caption_tells_what_slides_and_how(options, said):
    given = {"steps": ("relu",), "window": (3, 3), **options}
    layer = Layer("c", "conv", output_shape=(8, 8, 4), units=4, **given)
    layers = IMAGE, layer, dense("y", 2, "softmax")
    made = Architecture("m", layers, (Connection("image", "c", "norm"), Connection("c", "y", "norm")))
    assert said in texts(Drawn(made).root())

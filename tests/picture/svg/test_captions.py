"""What stands beneath the static picture, of networks written down by hand."""

import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.style.text import text_width
from tests.picture.svg.drawn_by_hand import IMAGE, SVG, Drawn, conv, dense, digits, joined, pool, texts, titles


def test_scales_say_what_an_edge_stands_for():
    drawn = Drawn(digits())
    scales = [[line for line in texts(drawn.root(meaning=meaning)) if "2.13" in line or "0.33" in line]
              for meaning in ("weight", "weight_activation")]  # fmt: skip
    assert scales[0] == ["‖k‖ ≤ 2.13", "‖k‖ ≤ 2.13", "‖w‖ ≤ 2.13", "w ±2.13"]
    assert scales[1] == ["k\u2217a ±0.33", "k\u2217a ±0.33", "Σw·a ±0.33", "w·a ±0.33"]


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


@pytest.mark.parametrize("width", [600, 960, 1600])
@pytest.mark.parametrize("make", [lambda: Drawn(digits()), joined], ids=["digits", "joined"])
def test_captions_stay_apart_and_within_the_picture(make, width):
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

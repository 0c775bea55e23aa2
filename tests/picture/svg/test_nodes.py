"""Nodes of the static picture, of networks written down by hand."""

import base64
import struct
import zlib

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from tests.picture.svg.drawn_by_hand import IMAGE, SVG, Drawn, conv, dense, digits, straight_links, texts, units

ENDS = {True: (0xF5, 0x93, 0x22), False: (0x08, 0x77, 0xBD)}


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


def test_channels_without_positions_are_numbered_circles():
    layers = IMAGE, conv("c", 4), Layer("gap", "maps", "GlobalAveragePooling2D", (4,), 4), dense("y", 2, "softmax")
    ways = Connection("image", "c", "norm"), Connection("c", "gap", "link"), Connection("gap", "y", "kernel")
    root = Drawn(Architecture("m", layers, ways)).root()
    assert [units(root)[5 + channel].get("r") for channel in range(4)] == ["7"] * 4
    assert {"0", "1", "2", "3"} <= set(texts(root))
    assert all(y0 == y1 for _, y0, _, y1 in straight_links(root))

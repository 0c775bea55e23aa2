import base64
import io
import xml.etree.ElementTree as ET

import numpy as np
import PIL.Image

from nbviz.picture.svg.images import diverging, image


def test_a_response_is_white_at_zero_orange_below_and_blue_above():
    colours = diverging(np.array([[1, 128, 255]], np.uint8))
    assert colours.tolist() == [[[0xF5, 0x93, 0x22], [255, 255, 255], [0x08, 0x77, 0xBD]]]


def test_an_image_is_a_png_around_its_centre_and_numbers_stay_squares():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    made = ET.fromstring(image(pixels, 100.0, 50.0, 60.0, 40.0, smooth=False))
    assert [float(made.get(key)) for key in ("x", "y", "width", "height")] == [70, 30, 60, 40]
    data = base64.b64decode(made.get("href").removeprefix("data:image/png;base64,"))
    assert np.array_equal(np.asarray(PIL.Image.open(io.BytesIO(data))), pixels)
    assert "pixelated" in made.get("style")
    assert ET.fromstring(image(pixels, 0.0, 0.0, 6.0, 4.0)).get("style") is None

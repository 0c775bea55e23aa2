import base64
import io
import re

import numpy as np
import PIL.Image
import pytest

from nbviz.network.named_array import HATCH, NamedArray
from nbviz.style.colour import NEGATIVE, POSITIVE, ZERO


def picture(values, axes, size=None):
    """The markup, and a pixel for each number: all pixels of its square are the same."""
    html = NamedArray("kernel", np.asarray(values, float), axes)._repr_html_()
    data = re.search(r"base64,([^\"]+)", html)[1]
    pixels = np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
    width, height = (int(re.search(rf'{side}="(\d+)"', html)[1]) for side in ("width", "height"))
    assert pixels.shape[:2] == (height, width)  # nothing is left for a viewer to enlarge, and to smooth
    size = size or next(size for size in range(22, 0, -1) if _squares(pixels, size))
    return html, pixels[::size, ::size]


def _squares(pixels, size):
    small = pixels[::size, ::size]
    return np.array_equal(small.repeat(size, axis=0).repeat(size, axis=1)[: len(pixels), : pixels.shape[1]], pixels)


def test_a_map_has_a_pixel_for_each_number():
    _, pixels = picture([[1, 0, -1], [0.5, 0, 0]], ("input", "unit"))
    assert pixels.shape == (2, 3, 3)
    assert pixels[0].tolist() == [list(POSITIVE), list(ZERO), list(NEGATIVE)]
    np.testing.assert_allclose(pixels[1, 0], (np.array(POSITIVE) + ZERO) / 2, atol=1)


def test_one_axis_is_a_strip():
    html, pixels = picture([1, -1], ("unit",))
    assert pixels.shape == (1, 2, 3)
    assert "unit 2" in html


def test_kernels_are_tiles_over_rows_and_columns_wherever_these_axes_are():
    values = np.zeros((2, 2, 3, 4))  # row, column, input channel, filter
    values[1, 0, 2, 3] = 1
    html, pixels = picture(values, ("row", "column", "input channel", "filter"))
    assert "row down, column across; one map for each input channel and filter" in html
    blue = np.argwhere((pixels == np.array(POSITIVE)).all(axis=-1))
    assert len(blue) == 1
    tile = 2 * 4 + 3  # input channel 2, filter 3: the last of 12
    across = (pixels.shape[1] + 1) // 3
    assert blue[0].tolist() == [tile // across * 3 + 1, tile % across * 3 + 0]


def test_the_tiles_of_two_more_axes_stand_in_rows_and_columns():
    _, pixels = picture(np.ones((3, 3, 2, 5)), ("row", "column", "input channel", "filter"))
    assert pixels.shape[:2] == (2 * 3 + 1, 5 * 3 + 4)


def test_filters_of_a_single_channel_make_no_column():
    html, _ = picture(np.random.default_rng(0).normal(size=(3, 3, 1, 32)), ("row", "column", "input channel", "filter"))
    width, height = (int(re.search(rf'{side}="(\d+)"', html)[1]) for side in ("width", "height"))
    assert width > height > 100
    html, pixels = picture(np.arange(3 * 3 * 3 * 16.0).reshape(3, 3, 3, 16), ("row", "column", "channel", "filter"))
    assert pixels.shape[0] < pixels.shape[1] < 520


def test_heads_have_a_map_each():
    html, pixels = picture(np.ones((4, 2, 3)), ("input", "head", "dimension"))
    assert "input down, dimension across; one map for each head" in html
    assert pixels.shape[:2] == (4, 2 * 3 + 1)


def test_what_is_no_number_is_told_and_marked():
    html, pixels = picture([[np.nan, 1]], ("input", "unit"))
    assert pixels[0, 0].tolist() == list(HATCH)
    assert "1 not finite" in html


def test_a_large_array_is_drawn_small():
    html, pixels = picture(np.ones((300, 5000)), ("input", "unit"), size=520 // 96)
    assert pixels.shape[:2] == (96, 96)
    assert "300 × 5000 numbers as means over blocks" in html
    assert len(html) < 20_000
    html, _ = picture(np.ones((3, 3, 20, 30)), ("row", "column", "input channel", "filter"))
    assert "552 more not drawn" in html


@pytest.mark.parametrize("values", [3.0, np.zeros((0, 3))])
def test_one_number_and_none_are_words(values):
    html = NamedArray("count", np.asarray(values), ("a", "b")[: np.ndim(values)])._repr_html_()
    assert "<img" not in html
    assert "count" in html


def test_names_are_text():
    html = NamedArray("<img onerror=x>", np.ones(2), ("<b>",))._repr_html_()
    assert "<img onerror" not in html
    assert "&lt;b&gt; 2" in html

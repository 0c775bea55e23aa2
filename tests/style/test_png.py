import io

import numpy as np
import PIL.Image

from nbviz.style.png import png


def test_another_reader_finds_the_same_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    read = PIL.Image.open(io.BytesIO(png(pixels)))
    assert (read.format, read.mode, read.size) == ("PNG", "RGB", (7, 5))
    assert np.array_equal(np.asarray(read), pixels)

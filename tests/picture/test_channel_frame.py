import numpy as np
import pytest

from nbviz.network.architecture import Layer
from nbviz.network.block_picture import picture_of_scores
from nbviz.picture.channel_frame import block_frame
from nbviz.picture.frame import Signals


def test_equal_scores_are_pale_and_one_that_stands_out_has_the_full_colour():
    equal = picture_of_scores(np.full((2, 4, 10), 0.1, "float32"))
    assert equal.least_scale == pytest.approx(0.4)
    layer = Layer("attention", "block", "MultiHeadAttention", (4, 8), 1)
    faint = block_frame(layer, Signals(pictures={"attention": equal}))
    assert faint.a_scale == pytest.approx(0.4)
    assert faint.arrays["face"].max() == 128 + round(127 / 4)
    scores = np.full((1, 4, 10), 0.02, "float32")
    scores[:, :, 3] = 0.82
    sharp = block_frame(layer, Signals(pictures={"attention": picture_of_scores(scores)}))
    assert sharp.a_scale == pytest.approx(0.82)
    assert sharp.arrays["face"].max() == 255

import sys

import numpy as np
import pytest

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.superpixels import superpixels


def test_superpixels_keep_to_the_edges_in_the_mean_picture():
    pytest.importorskip("skimage")
    mean = np.zeros((12, 12, 1))
    mean[:, 7:] = 200
    found = superpixels(ImageForm(12, 12), mean, segments=4)
    assert found.words == "superpixels"
    for number in range(len(found.names)):
        across = np.unique(np.argwhere(found.labels == number)[:, 1] >= 7)
        assert len(across) == 1  # on one side of the edge


def test_without_scikit_image_there_is_a_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.segmentation", None)
    with pytest.raises(ImportError, match=r"pip install scikit-image, or take a grid"):
        superpixels(ImageForm(4, 4), np.zeros((4, 4, 1)))

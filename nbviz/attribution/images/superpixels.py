"""Regions that follow what is in the picture: superpixels of the mean picture."""

from __future__ import annotations

import numpy as np

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import Regions, labelled_regions

SEGMENTS = 9  # about


def superpixels(form: ImageForm, mean: np.ndarray, segments: int = SEGMENTS) -> Regions:
    """Superpixels by scikit-image's SLIC (Achanta et al. 2012).

    Args:
        form: The picture.
        mean: (rows, columns, channels), the mean picture.
        segments: About how many.

    Raises:
        ImportError: scikit-image is not installed.
    """
    try:
        from skimage.segmentation import slic
    except ImportError as error:
        raise ImportError(
            'Expected scikit-image for regions="superpixels". It is not installed: pip install scikit-image, or take '
            "a grid, such as regions=(3, 3)."
        ) from error
    low, high = float(mean.min()), float(mean.max())
    scaled = (mean - low) / (high - low or 1.0)
    labels = slic(scaled, n_segments=segments, compactness=0.1, channel_axis=-1, start_label=0)
    return labelled_regions(form, labels, "superpixels")

import itertools

import numpy as np
import pytest

from nbviz import image_regions
from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import grid_regions, labelled_regions


def test_the_regions_of_a_grid_have_names_in_words_and_hold_every_pixel_once():
    regions = image_regions((8, 8))
    assert list(regions) == [
        f"rows {rows}, {side}" for rows in ("0-2", "3-4", "5-7") for side in ("left", "middle", "right")
    ]
    assert regions["rows 0-2, right"] == [5, 6, 7, 13, 14, 15, 21, 22, 23]
    assert sorted(itertools.chain(*regions.values())) == list(range(64))
    assert image_regions((8, 8, 3))["rows 3-4, middle"] == [
        *range(81, 87),
        *range(105, 111),
    ]  # row * 24 + column * 3 + channel


@pytest.mark.parametrize(
    ("shape", "grid", "names"),
    [
        ((2, 2), None, ["row 0, left", "row 0, right", "row 1, left", "row 1, right"]),
        ((1, 5), (1, 5), [f"row 0, column {column}" for column in range(5)]),
        ((9, 4), (2, 1), ["rows 0-4", "rows 5-8"]),
        ((4, 8), (1, 4), [f"rows 0-3, columns {at}-{at + 1}" for at in (0, 2, 4, 6)]),
    ],
)
def test_names_say_where_a_region_is(shape, grid, names):
    assert list(image_regions(shape, grid=grid)) == names


@pytest.mark.parametrize("grid", [(0, 3), (9, 1), (3,), "3x3", 3])
def test_a_grid_that_does_not_fit_is_refused(grid):
    with pytest.raises(ValueError, match="as a grid of up to 8 x 8"):
        image_regions((8, 8), grid=grid)


def test_regions_somebody_put_together_are_named_by_where_they_are():
    labels = np.full((6, 6), 7)
    labels[:2, :2], labels[2:4, 2:4], labels[:2, 4:], labels[4:, 4:] = 3, 4, 5, 9
    labels[2, 0] = 5  # of two parts: its middle counts
    found = labelled_regions(ImageForm(6, 6), labels)
    assert len(set(found.names)) == 5
    assert found.names[0] == "top left"
    assert "middle" in found.names[1]
    assert image_regions((6, 6), labels=labels)[found.names[0]] == [0, 1, 6, 7]
    with pytest.raises(ValueError, match=r"whole numbers of shape \(6, 6\). Received float64 of shape \(6, 6\)"):
        image_regions((6, 6), labels=labels * 1.0)


def test_a_shape_that_is_none_is_refused():
    with pytest.raises(ValueError, match="Expected image_shape as"):
        image_regions((8,))


def test_regions_of_a_grid_are_about_as_large():
    for size in range(1, 40):
        for parts in range(1, size + 1):
            labels = grid_regions(ImageForm(size, 1), (parts, 1)).labels[:, 0]
            counts = np.bincount(labels)
            assert counts.max() - counts.min() <= 1

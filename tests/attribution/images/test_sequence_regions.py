import numpy as np
import pytest

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.sequence_regions import sequence_regions

FORM = ImageForm(2, 25, is_sequence=True)
NAMES = ["heart", "breath"]


def test_each_feature_is_a_region_of_its_own():
    found = sequence_regions(FORM, NAMES)
    assert (found.names, found.words) == (("heart", "breath"), "features")
    assert found.labels.tolist() == [[0] * 25, [1] * 25]


def test_windows_of_steps_cover_them_all_and_are_about_as_long():
    found = sequence_regions(FORM, NAMES, "steps")
    assert len(found.names) == 10
    assert (found.names[0], found.names[-1], found.words) == ("steps 0-1", "steps 22-24", "steps")
    counts = np.bincount(found.labels[0])
    assert counts.sum() == 25
    assert set(counts) == {2, 3}
    assert (found.labels == found.labels[:1]).all()
    assert sequence_regions(ImageForm(1, 3, is_sequence=True), ["a"], "steps").names == ("step 0", "step 1", "step 2")


def test_regions_may_be_given_as_the_data_are():
    labels = np.zeros((25, 2), int)
    labels[10:, 1] = 7
    found = sequence_regions(FORM, NAMES, labels)
    assert found.names == ("region 0", "region 7")
    assert found.labels.shape == (2, 25)
    assert found.labels[1].tolist() == [0] * 10 + [1] * 15


@pytest.mark.parametrize(
    ("wanted", "received"),
    [("windows", "'windows'"), ((3, 3), r"\(3, 3\)"), (np.zeros((2, 25), int), r"int64 of \(2, 25\)")],
)
def test_other_regions_are_refused_with_what_would_do(wanted, received):
    expected = r'"features", "steps" or whole numbers of shape \(25, 2\)\. Received '
    with pytest.raises(ValueError, match=expected + received):
        sequence_regions(FORM, NAMES, wanted)

import numpy as np
import pytest

from nbviz.widgets.label_heights import moved_apart


def test_labels_are_moved_apart_as_little_as_needed():
    assert moved_apart(np.array([0.5, 0.9]), 0.1).tolist() == [0.5, 0.9]
    assert moved_apart(np.array([0.5, 0.5]), 0.1).tolist() == pytest.approx([0.5, 0.6])
    assert moved_apart(np.array([1.0, 1.0]), 0.1).tolist() == pytest.approx([0.9, 1.0])
    assert np.diff(np.sort(moved_apart(np.zeros(8), 0.068))).min() == pytest.approx(0.068)


def test_labels_that_do_not_fit_share_the_height():
    assert moved_apart(np.zeros(5), 0.4).tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 1])

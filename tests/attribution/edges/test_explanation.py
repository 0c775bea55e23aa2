import numpy as np
import pytest

from nbviz.attribution.edges.explanation import Explanation, LocalExplanation


@pytest.mark.parametrize(
    ("known", "feature", "class_", "covered"),
    [
        ({}, None, None, True),
        ({}, 3, None, True),  # without a class nothing is asked
        ({}, None, 0, False),
        ({"classes": (0, 1)}, None, 1, True),
        ({"classes": (0, 1)}, None, 2, False),
        ({"classes": (0, 1)}, 3, 1, False),
        ({"classes": (0, 1), "features": (3,), "path_classes": (1,)}, 3, 1, True),
        ({"classes": (0, 1), "features": (3,), "path_classes": (1,)}, 3, 0, False),
        ({"classes": (0, 1), "features": (3,), "path_classes": (1,)}, 2, 1, False),
        ({"classes": (0, 1), "reason": "there are none"}, 2, 1, True),  # asking again would not help
        ({"classes": (0,), "reason": "there are none"}, 2, 1, False),
    ],
)
def test_a_path_is_covered_when_it_is_known_or_cannot_be(known, feature, class_, covered):
    assert Explanation(**known).covers(feature, class_) is covered


def test_the_gap_is_that_of_the_worst_class():
    values = np.array([[1.0, 2.0], [0.5, -1.0]])
    assert LocalExplanation(values, start=np.array([0.0, 1.0]), end=np.array([1.5, 2.25])).gap == 0.25

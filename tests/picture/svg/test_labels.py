import numpy as np
import pytest

from nbviz.picture.svg.labels import winners

NAN = np.nan


@pytest.mark.parametrize(
    ("values", "output", "winning"),
    [
        ([0.2, 0.5, 0.3], "softmax", {1}),
        ([NAN, 0.1, 0.3], "softmax", {2}),
        ([NAN, NAN], "softmax", set()),
        ([0.5, 0.49, 0.9], "sigmoid", {2}),
        ([0.1, 0.2], "sigmoid", set()),
        ([3.0, 9.0], "linear", set()),
    ],
)
def test_of_classes_one_wins_of_labels_those_from_one_half_and_no_plain_number(values, output, winning):
    assert winners(np.array(values), output) == winning

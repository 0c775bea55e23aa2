import math

import pytest

from nbviz.style.probability import probability_words


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (0.0, "p 0.00"),
        (0.004, "p < 0.01"),
        (0.834, "p 0.83"),
        (0.995, "p > 0.99"),
        (1.0, "p 1.00"),
        (math.nan, "p unknown"),
    ],
)
def test_a_probability_is_never_rounded_to_nothing_or_to_all(p, said):
    assert probability_words(p) == said

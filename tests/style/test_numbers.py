import math

import pytest

from nbviz.style.numbers import grouped, percent, scientific, short, signed


# The same table holds for `short` in the browser, whose toFixed rounds halves away from zero.
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (0.125, "0.13"),
        (-0.004, "−0.004"),
        (0.0004, "4e-4".replace("-", "−")),
        (0.00096, "1e−3"),
        (0.456, "0.46"),
        (13.25, "13.3"),
        (99.96, "100"),
        (1065.4, "1\u2009065"),
        (123456.0, "1e5"),
        (math.nan, "NaN"),
        (-math.inf, "−∞"),
    ],
)
def test_a_number_has_as_many_decimals_as_a_glance_takes_in(value, text):
    assert short(value) == text


def test_signs_are_real_minus_signs_and_zero_has_none():
    assert [signed(0.27), signed(-1.15), signed(0.0)] == ["+0.27", "−1.15", "0.00"]
    assert scientific(-0.00001) == "−1e−5"


def test_thousands_are_parted_by_thin_spaces():
    assert grouped(10048) == "10\u2009048"


def test_a_share_is_never_rounded_to_nothing_or_to_all():
    assert [percent(share) for share in (0.0, 0.004, 0.065, 0.999, 1.0)] == ["0 %", "< 1 %", "7 %", "> 99 %", "100 %"]

import math

import pytest

from nbviz.style.colour import GROUND, NEGATIVE, POSITIVE, ZERO, css, ink_on, ramp


@pytest.mark.parametrize("zero", [ZERO, GROUND])
def test_the_ramp_ends_at_orange_and_blue_and_is_clipped_beyond(zero):
    assert css(ramp(-1.0, zero)) == css(ramp(-9.0, zero)) == "#f59322"
    assert css(ramp(1.0, zero)) == css(ramp(9.0, zero)) == "#0877bd"
    assert ramp(0.0, zero) == ramp(math.nan, zero) == zero


def test_half_of_the_way_is_the_mean_of_both_ends():
    assert ramp(0.5, GROUND) == pytest.approx([(255 + end) / 2 for end in POSITIVE])
    assert ramp(-0.5, GROUND) == pytest.approx([(255 + end) / 2 for end in NEGATIVE])


def luminance(colour):
    """Relative luminance of WCAG 2.2."""
    linear = [(c / 255) / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ratio", [share / 20 for share in range(-20, 21)])
def test_ink_on_any_colour_of_the_ramp_has_the_contrast_that_wcag_wants_of_graphics(ratio):
    fill = ramp(ratio, GROUND)
    ink = ink_on(fill)
    light, dark = sorted((luminance(fill), luminance([int(ink[at : at + 2], 16) for at in (1, 3, 5)])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3

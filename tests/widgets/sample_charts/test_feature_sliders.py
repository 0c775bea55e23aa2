import numpy as np
import pytest

from nbviz.widgets.sample_charts.feature_sliders import (
    CONSTANT,
    MOST_SLIDERS,
    FeatureSliders,
    Ranges,
    SliderFeatures,
    ranges,
)


def features(low=(0, -5, 2), high=(1, 5, 2), names=("a", "b", "c"), whole=None, order=()):
    whole = np.zeros(len(names), bool) if whole is None else np.array(whole)
    return SliderFeatures(names, Ranges(np.array(low), np.array(high), whole), order)


def filled(row=(0.25, 1, 2), **more):
    """Sliders with a row, and the moves that they tell of."""
    moves = []
    sliders = FeatureSliders(features(**more).checked(), lambda *move: moves.append(move))
    sliders.put(np.array(row, dtype=float), np.array(row, dtype=float))
    return sliders, moves


def test_ranges_are_read_from_data_without_missing_values():
    found = ranges([[1, 0.5, np.nan], [3, np.nan, np.nan], [2, -0.5, np.nan]])
    assert found.low[:2].tolist() == [1, -0.5]
    assert found.high[:2].tolist() == [3, 0.5]
    assert np.isnan(found.low[2])
    assert found.whole.tolist() == [True, False, False]


def test_whole_features_step_by_one_and_constant_ones_are_off_with_the_reason():
    a, b, c = filled(whole=[False, True, False])[0].sliders
    assert (b.step, b.min, b.max, b.readout_format) == (1, -5, 5, ".0f")
    assert a.step == 0.01
    assert c.disabled is True
    assert CONSTANT in c.tooltip
    assert c.value == 2
    assert a.disabled is False


def test_a_sample_beyond_the_data_widens_its_slider():
    sliders, _ = filled([3, 1, 2])
    assert sliders.range_of(0) == (0, 3)
    assert sliders.sliders[0].max == 3
    assert sliders.sliders[0].value == 3


def test_a_slider_that_is_moved_tells_its_feature_and_value():
    sliders, moves = filled(order=[1, 0, 2])
    sliders.sliders[0].value = -2
    assert moves == [(1, -2)]


def test_five_hundred_features_take_twenty_sliders_strongest_first():
    count = 500
    names, order = [f"gene {i}" for i in range(count)], list(range(count))[::-1]
    sliders, _ = filled(np.linspace(0, 1, count), low=[0] * count, high=[1] * count, names=names, order=order)
    assert len(sliders.sliders) == MOST_SLIDERS
    assert sliders.sliders[0].description == "gene 499"
    sliders._on.click()
    assert sliders.sliders[0].description == "gene 479"
    assert sliders.sliders[0].value == pytest.approx(479 / 499)
    assert "21–40 of 500" in sliders._pages.value
    sliders._filter.value = "gene 12"
    # gene 12 and gene 120 to gene 129
    assert [slider.description for slider in sliders.sliders if slider.layout.display != "none"] == [
        *[f"gene {i}" for i in range(129, 119, -1)],
        "gene 12",
    ]
    sliders._filter.value = "nothing like it"
    assert sliders._pages.value == "no such feature"


def test_turning_pages_moves_nothing():
    count = 45
    names = [str(i) for i in range(count)]
    sliders, moves = filled(np.linspace(0, 1, count), low=[0] * count, high=[1] * count, names=names)
    for _ in range(3):
        sliders._on.click()
    sliders._back.click()
    assert moves == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"low": [0, 0]}, r"low of shape \(3,\). Received \(2,\)"),
        ({"whole": [True]}, r"whole of shape \(3,\)"),
        ({"order": [0, 0, 1]}, "each of 0 to 2 once"),
        ({"names": []}, "at least one feature"),
    ],
)
def test_features_that_do_not_fit_are_named(given, words):
    with pytest.raises(ValueError, match=words):
        features(**given).checked()

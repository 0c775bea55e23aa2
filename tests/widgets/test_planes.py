import numpy as np

from nbviz.attribution.images.image_form import ImageForm
from nbviz.widgets.planes import MOST_LANES, NO_REGION, PlaneNames, lanes_of


def test_few_features_have_a_lane_each():
    lanes = lanes_of(np.array([3.0, 1.0, 2.0]))
    numbers = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(lanes.summed(numbers), numbers)
    names = PlaneNames(("a", "b", "<c>"), np.zeros(3), np.ones(3))
    assert lanes.wire(ImageForm(3, 2, is_sequence=True), names) == {
        "lanes": ["a", "b", "<c>"], "features": [0, 1, 2], "others": 0, "steps": 2, "block": 1, "words": ""
    }  # fmt: skip


def test_of_many_features_those_with_most_have_a_lane_and_the_others_are_summed_in_the_last():
    sizes = np.arange(200.0)
    sizes[3] = 1000
    lanes = lanes_of(sizes)
    assert lanes.chosen.tolist() == [3, *range(178, 200)]
    numbers = np.random.default_rng(0).normal(size=(2, 200, 5))
    found = lanes.summed(numbers)
    assert found.shape == (2, MOST_LANES, 5)
    np.testing.assert_allclose(found.sum(axis=1), numbers.sum(axis=1))  # nothing is lost
    assert np.isnan(lanes.kept(numbers, np.nan)[:, -1]).all()
    wire = lanes.wire(
        ImageForm(200, 10_000, most_squares=240, is_sequence=True),
        PlaneNames(tuple(f"x{number}" for number in range(200)), sizes, sizes),
    )
    assert wire["lanes"][0] == "x3"
    assert wire["lanes"][-1] == "177 others"
    assert wire["words"] == "23 of 200 features, the others summed; 10\u2009000 steps, 42 to a column"


def test_the_last_lane_is_in_a_region_only_where_all_its_features_are():
    lanes = lanes_of(np.arange(30.0))
    features = np.arange(30)[:, None].repeat(4, axis=1)
    assert (lanes.labels(features)[-1] == NO_REGION).all()
    windows = np.array([[0, 0, 1, 1]]).repeat(30, axis=0)
    assert lanes.labels(windows)[-1].tolist() == [0, 0, 1, 1]

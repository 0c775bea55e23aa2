"""Tables of three features and two classes, by hand."""

import json

import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance
from tests.attribution.table.by_hand import FEATURES, STRENGTH, importance


def test_each_class_sums_to_one_by_default():
    frame = importance().to_frame()
    assert frame["Barolo"].tolist() == pytest.approx([0.6, 0.3, 0.1])
    assert frame["Barbera"].tolist() == pytest.approx([0.2, 0, 0.8])
    assert frame.index.tolist() == FEATURES


def test_each_feature_sums_to_one():
    frame = importance().to_frame("feature")
    assert frame.to_numpy() == pytest.approx(np.array([[6 / 7, 1 / 7], [1, 0], [1 / 5, 4 / 5]]))


def test_everything_sums_to_one():
    frame = importance().to_frame("all")
    assert frame.to_numpy() == pytest.approx(np.array(STRENGTH) / 15)


def test_without_normalisation_the_frame_holds_the_strength_itself():
    held = importance([[-2.0, 1.0], [3.0, 0.0], [1.0, 4.0]])
    assert held.to_frame(None).to_numpy().tolist() == [[-2, 1], [3, 0], [1, 4]]


def test_a_frame_is_a_copy():
    held = importance()
    for frame in (held.to_frame(None), held.to_frame()):
        frame.iloc[0, 0] = 99
    assert held.strength[0, 0] == 6
    assert held.to_frame().iloc[0, 0] == pytest.approx(0.6)


def test_signed_strengths_share_by_their_size():
    frame = importance([[-6.0, 1.0], [3.0, 0.0], [-1.0, 4.0]]).to_frame()
    assert frame["Barolo"].tolist() == pytest.approx([0.6, 0.3, 0.1])


@pytest.mark.parametrize("normalize", ["class", "all", "feature"])
def test_what_is_all_zero_stays_zero(normalize):
    assert importance(np.zeros((3, 2))).to_frame(normalize).to_numpy().tolist() == [[0, 0]] * 3


def test_a_zero_column_leaves_the_others_alone():
    frame = importance([[3.0, 0.0], [1.0, 0.0], [0.0, 0.0]]).to_frame()
    assert frame.to_numpy().tolist() == [[0.75, 0], [0.25, 0], [0, 0]]


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_a_strength_that_is_no_number_takes_no_share(missing):
    frame = importance([[missing, 1.0], [3.0, 0.0], [1.0, 4.0]]).to_frame()
    assert frame["Barolo"].tolist() == pytest.approx([np.nan, 0.75, 0.25], nan_ok=True)


def test_an_unknown_normalisation_is_named():
    with pytest.raises(ValueError, match=r"^Expected normalize among 'class', 'all', 'feature', None. Received 'x'.$"):
        importance().to_frame("x")


def test_attrs_of_a_frame_are_plain_data():
    attrs = {"baseline": np.array([1.0, 2.0]), "seed": np.int64(3), "correlated": [("hue", "ash", np.float32(0.5))]}
    frame = importance(attrs=attrs).to_frame()
    assert frame.attrs == {
        "method": "expected_gradients",
        "output": "logit",
        "rows": 45,
        "baseline": [1.0, 2.0],
        "seed": 3,
        "correlated": [["hue", "ash", 0.5]],
        "normalize": "class",
        "above_floor": False,
    }
    assert json.loads(json.dumps(frame.attrs)) == frame.attrs


def test_frames_with_arrays_in_their_attrs_can_be_joined():
    frames = [importance(attrs={"baseline": np.array([seed, 2.0])}).to_frame() for seed in (0, 1, 1)]
    assert pd.concat(frames).shape == (9, 2)
    assert pd.concat(frames[1:]).attrs["baseline"] == [1.0, 2.0]
    assert (frames[0] == frames[1]).all(axis=None)


def test_pictures_keep_their_axes_and_rows_are_positions():
    strength = np.arange(12.0).reshape(2, 3, 2)
    positions = pd.MultiIndex.from_product([range(2), range(3)], names=["row", "column"])
    sample = LocalSample(
        np.stack([strength, 2 * strength]).astype("float32"), np.stack([np.zeros((2, 3)), np.ones((2, 3))])
    )
    held = importance(strength, positions, sample=sample, attrs={"direction": "spearman"})
    assert held.strength.shape == held.direction.shape == (2, 3, 2)
    assert held.direction[0, 0].tolist() == [0, 1]  # the attribution to the first class is 0 in both rows
    assert held.to_frame(None).loc[(1, 2)].tolist() == [10, 11]
    assert held.to_frame().index.names == ["row", "column"]
    assert held.top(1, "Barbera").index.tolist() == [(1, 2)]


def test_several_inputs_and_heads_have_rows_and_columns_of_two_levels():
    features = pd.MultiIndex.from_tuples([("wine", "hue"), ("wine", "ash"), ("shop", "price")])
    classes = pd.MultiIndex.from_tuples([("kind", "red"), ("price", "high")])
    held = importance(features=features, classes=classes)
    assert held.to_frame().loc[("shop", "price"), ("price", "high")] == pytest.approx(0.8)
    assert held.top(1, ("price", "high")).index.tolist() == [("shop", "price")]
    with pytest.raises(ValueError, match=r"Received 'price'"):
        held.top(1, "price")


def test_top_sorts_by_share_of_the_class():
    top = importance(standard_error=np.full((3, 2), 0.5)).top(2, "Barbera")
    assert top.index.tolist() == ["alcohol", "hue"]
    assert top.to_dict("list") == {"strength": [4, 1], "share": [0.8, 0.2], "standard_error": [0.5, 0.5]}


def test_top_of_all_classes_ranks_by_the_mean_share():
    # (0.6 + 0.2) / 2, (0.3 + 0) / 2 and (0.1 + 0.8) / 2, while hue has the largest mean strength.
    top = importance(standard_error=np.ones((3, 2))).top()
    assert top.index.tolist() == ["alcohol", "hue", "ash"]
    assert top["share"].tolist() == pytest.approx([0.45, 0.4, 0.15])
    assert top["strength"].tolist() == [2.5, 3.5, 1.5]
    assert list(top) == ["strength", "share"]


def test_top_takes_a_class_by_its_position():
    assert importance().top(1, 1).index.tolist() == ["alcohol"]
    assert importance().top(1, np.int64(0)).index.tolist() == ["hue"]


def test_a_class_that_is_a_number_is_a_name():
    held = importance(classes=[1, 0])
    assert held.top(1, 1).index.tolist() == ["hue"]
    with pytest.raises(ValueError, match=r"among \[1, 0\], or its position. Received 2"):
        held.top(1, 2)
    with pytest.raises(ValueError, match=r"Received 0"):
        importance(classes=[1, 2]).top(1, 0)


def test_top_says_the_direction_and_whether_noise_reaches_as_far():
    sample = LocalSample(np.ones((2, 3, 2), "float32") * np.array([1, -2])[:, None, None].astype("float32"))
    held = importance(sample=sample, attrs={"direction": "gradient sign"}).with_noise_floor(np.array([3.0, 0.5]))
    top = held.top(3, "Barolo")
    assert top["direction"].tolist() == [0, 0, 0]
    assert top["above_noise_floor"].tolist() == [True, False, False]  # 3.0 is the floor itself
    assert held.top(3)["above_noise_floor"].to_dict() == {"alcohol": True, "hue": True, "ash": False}


def test_top_of_signed_strengths_goes_by_size_and_shows_the_sign():
    top = importance([[-6.0, 1.0], [3.0, 0.0], [1.0, 4.0]]).top(2, "Barolo")
    assert top["strength"].tolist() == [-6, 3]


def test_top_puts_last_what_is_no_number():
    assert importance([[np.nan, 1.0], [3.0, 0.0], [1.0, 4.0]]).top(3, "Barolo").index[-1] == "hue"


def test_top_of_more_than_there_are_is_all():
    assert len(importance().top(99, "Barolo")) == 3


def test_top_refuses_less_than_one_and_lists_the_classes():
    with pytest.raises(ValueError, match=r"Expected n of at least 1. Received 0."):
        importance().top(0)
    with pytest.raises(ValueError, match=r"\['Barolo', 'Barbera'\], or its position. Received 'Merlot'"):
        importance().top(1, "Merlot")
    with pytest.raises(ValueError, match=r"Received 2"):
        importance().top(1, 2)


def test_a_noise_floor_makes_a_new_importance():
    held = importance()
    floored = held.with_noise_floor([0.5, 0.25])
    assert held.noise_floor is None
    assert floored.noise_floor.tolist() == [0.5, 0.25]
    assert floored.strength is held.strength


def test_shares_above_the_floor_are_of_what_exceeds_it():
    held = importance().with_noise_floor([1.0, 2.0])  # of 6, 3, 1 and 1, 0, 4 there are 5, 2, 0 and 0, 0, 2 above it
    frame = held.to_frame(above_floor=True)
    np.testing.assert_allclose(frame, [[5 / 7, 0], [2 / 7, 0], [0, 1]])
    assert frame.attrs["above_floor"] is True
    assert held.to_frame(None, above_floor=True).to_numpy().tolist() == [[5, 0], [2, 0], [0, 2]]
    np.testing.assert_allclose(held.to_frame("feature", above_floor=True), [[1, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(held.to_frame("all", above_floor=True), np.array([[5, 0], [2, 0], [0, 2]]) / 9)
    # All strengths stay what they were, and where nothing is above the floor there is nothing to share.
    assert held.to_frame().equals(importance().to_frame())
    assert importance().with_noise_floor([9, 9]).to_frame(above_floor=True).to_numpy().tolist() == [[0, 0]] * 3


def test_shares_above_a_floor_of_signed_and_unknown_strengths():
    signed = importance([[-6.0, np.nan], [3.0, 4.0], [-1.0, 1.0]]).with_noise_floor([1.0, 1.0])
    np.testing.assert_allclose(signed.to_frame(above_floor=True), [[5 / 7, np.nan], [2 / 7, 1], [0, 0]])
    # A rise of the loss below 0 is none at all.
    loss = importance([[-6.0, 3.0], [3.0, 1.0], [2.0, 1.0]], attrs={"method": "permutation"}).with_noise_floor([1, 0])
    np.testing.assert_allclose(loss.to_frame(above_floor=True), [[0, 0.6], [2 / 3, 0.2], [1 / 3, 0.2]])


def test_shares_above_a_floor_that_nobody_knows_are_refused():
    with pytest.raises(ValueError, match=r"^Expected a table with a noise floor. Received one without; use table.with"):
        importance().to_frame(above_floor=True)
    with pytest.raises(ValueError, match="Expected a table with a noise floor"):
        importance().to_html(above_floor=True)


def test_the_text_of_a_table_with_a_floor_has_the_shares_above_it():
    said = repr(importance().with_noise_floor([1.0, 2.0])).splitlines()
    assert said[0] == (
        "Importance: expected_gradients on logit, 45 rows, shares above the noise floor; each column sums to 1"
    )
    assert said[2].split() == ["hue", "0.714", "0.0"]
    # 1 of 10 and 2 of 5
    assert said[-1] == "noise floor, of all strength: Barolo 0.100, Barbera 0.400; 0 is not above it"


def test_the_text_says_method_output_rows_and_shares():
    assert repr(importance()).splitlines() == [
        "Importance: expected_gradients on logit, 45 rows; each column sums to 1",
        "         Barolo  Barbera",
        "hue         0.6      0.2",
        "ash         0.3      0.0",
        "alcohol     0.1      0.8",
    ]


def test_the_text_ends_after_twenty_features():
    said = repr(importance(np.ones((23, 2)), [f"f{at}" for at in range(23)])).splitlines()
    assert len(said) == 1 + 1 + 20 + 1
    assert said[-2].split() == ["f19", "0.043", "0.043"]
    assert said[-1] == "… 3 more features"


def test_a_notebook_shows_the_matrix():
    assert "<table" in importance()._repr_html_()


def test_a_negative_permutation_strength_counts_as_nothing_in_the_shares():
    table = Importance(
        np.array([[3.0], [-1.0], [1.0]]),
        None,
        pd.Index(["a", "b", "c"]),
        pd.Index(["yes"]),
        {"method": "permutation", "direction": None},
        noise_floor=np.array([0.5]),
    )
    assert table.to_frame()["yes"].tolist() == [0.75, 0, 0.25]
    assert table.top(3, "yes")["above_noise_floor"].tolist() == [True, True, False]
    assert table.to_frame(normalize=None)["yes"].tolist() == [3, -1, 1]

"""Names that stay apart however they are cut."""

import pytest

from nbviz.style.names import cut_names
from nbviz.style.text import text_width

GEARBOX = ["gearbox_vibration_axial_mm_s", "gearbox_vibration_radial_mm_s"]


def cut(names, like):
    """Cut to the room that a label takes, with half a letter to spare."""
    return cut_names(names, text_width(like, 12) + 4, 12)


def test_what_fits_is_left_and_what_differs_before_is_cut_at_its_end():
    assert cut(["hue", "proanthocyanins"], "proanth…") == ["hue", "proanth…"]


def test_names_that_an_end_cut_would_make_equal_are_cut_in_the_middle_at_a_word():
    room = "gearbox_…radial_mm_s"
    assert cut([*GEARBOX, "hydraulic"], room) == ["gearbox_…axial_mm_s", "gearbox_…radial_mm_s", "hydraulic"]


def test_where_there_is_less_room_the_beginning_gives_way_then_the_end():
    assert cut(GEARBOX, "…radial_mm_s") == ["…axial_mm_s", "…radial_mm_s"]
    assert len(set(cut(GEARBOX, "…radial"))) == 2


def test_names_of_two_groups_are_not_cut_to_the_same_end():
    names = [f"{which} {what}" for which in ("mean", "worst") for what in ("symmetry", "smoothness")]
    labels = cut(names, "worst smo…")
    assert len(set(labels)) == 4


def test_a_number_at_the_end_is_kept():
    names = [f"measurement_{index}" for index in range(10, 14)]
    assert [label[-2:] for label in cut(names, "measureme…10")] == ["10", "11", "12", "13"]


def test_names_of_one_wording_keep_the_numbers_at_their_ends():
    assert cut(["species number 7", "species number 12"], "species …12") == ["species…7", "species…12"]
    pixels = [f"row {row}, column {column}" for row, column in ((5, 3), (5, 0), (4, 6))]
    assert cut(pixels, "row 5, …3") == ["row 5,…3", "row 5,…0", "row 4,…6"]


def test_names_of_one_wording_stay_apart_where_the_number_at_their_ends_does_not_part_them():
    assert len(set(cut(["row 5, column 3", "row 1, column 3"], "…5, c…"))) == 2


def test_a_number_at_the_end_of_a_single_name_is_no_more_than_other_letters():
    assert cut(["column 10 of 3", "hue"], "column…") == ["column…", "hue"]


@pytest.mark.parametrize("like", ["mean conc…", "mean conca…", "mean concav…"])
def test_names_that_share_words_with_names_of_other_beginnings_stay_apart(like):
    words = ("compactness", "concave points", "concavity", "symmetry", "smoothness")
    assert len(set(cut([f"{which} {word}" for which in ("mean", "worst") for word in words], like))) == 10


@pytest.mark.parametrize("names", [[], ["the same name", "the same name"], ["", ""], ["a" * 100_000, "a" * 99_999]])
def test_what_cannot_be_parted_is_cut_like_any_other(names):
    labels = cut_names(names, 30, 12)
    assert len(labels) == len(names)
    assert all(text_width(label, 12) <= 40 for label in labels)

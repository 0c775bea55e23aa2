import numpy as np
import pytest

from nbviz.network.block_picture import picturable, picture_of_scores, picture_of_steps


def test_units_are_rows_and_steps_are_columns():
    states = np.array([[1, 2], [3, 4], [5, 6]], "float32")
    picture = picture_of_steps(states)
    np.testing.assert_array_equal(picture.values, [[1, 3, 5], [2, 4, 6]])
    assert picture.values.dtype == np.float32
    assert picture.words == "2 units × 3 steps"


def test_a_second_direction_is_below_the_first():
    picture = picture_of_steps(np.array([[1], [2]]), np.array([[3, 5], [4, 6]]))
    np.testing.assert_array_equal(picture.values, [[1, 2], [3, 4], [5, 6]])
    assert picture.words == "1 + 2 units × 2 steps"


def test_of_too_many_units_and_steps_evenly_spread_ones_are_shown_first_and_last_among_them():
    states = np.arange(1001)[:, None] * 1000 + np.arange(500)
    picture = picture_of_steps(states)
    assert picture.values.shape == (96, 96)
    assert picture.words == "500 units × 1,001 steps, 96 × 96 of them"
    steps, units = picture.values[0] // 1000, picture.values[:, 0] % 1000
    assert (steps[0], steps[-1], units[0], units[-1]) == (0, 1000, 0, 499)
    assert set(np.diff(steps)) == {10, 11}
    assert set(np.diff(units)) == {5, 6}


def test_two_directions_share_the_room():
    picture = picture_of_steps(np.zeros((3, 300)), np.ones((3, 300)))
    np.testing.assert_array_equal(picture.values[:, 0], np.repeat([0, 1], 48))


def test_heads_are_side_by_side_with_a_blank_line_between():
    scores = np.array([[[0.25, 0.75], [1, 0]], [[0.5, 0.5], [0.125, 0.875]]])
    picture = picture_of_scores(scores)
    np.testing.assert_array_equal(picture.values, [[0.25, 0.75, 0, 0.5, 0.5], [1, 0, 0, 0.125, 0.875]])
    assert picture.words == "2 heads: 2 queries × 2 keys"


@pytest.mark.parametrize(
    ("heads", "queries", "keys", "down", "across"),
    [
        (1, 5, 5, 1, 1),
        (4, 5, 5, 1, 4),
        (8, 5, 5, 2, 4),
        (3, 5, 5, 1, 3),
        (7, 5, 5, 2, 4),
        (11, 5, 5, 3, 5),
        (12, 5, 5, 2, 6),
        (4, 5, 20, 2, 2),
        (4, 20, 5, 1, 4),
    ],
)
def test_many_heads_stand_in_rows_that_make_a_picture_about_twice_as_wide_as_high(heads, queries, keys, down, across):
    scores = np.arange(1, heads + 1)[:, None, None] * np.ones((heads, queries, keys))
    values = picture_of_scores(scores).values
    assert values.shape == (down * (queries + 1) - 1, across * (keys + 1) - 1)
    seen = [values[row * (queries + 1), column * (keys + 1)] for row in range(down) for column in range(across)]
    assert seen == [*range(1, heads + 1), *[0] * (down * across - heads)]


def test_where_there_is_no_room_for_every_query_and_key_there_are_means_over_neighbours():
    scores = np.zeros((1, 192, 192))
    scores[0, 2:4, 190] = 0.5, 0.25
    picture = picture_of_scores(scores)
    assert picture.values.shape == (96, 96)
    assert picture.values[1, 95] == pytest.approx(0.75 / 4)
    assert np.count_nonzero(picture.values) == 1
    assert picture.words == "1 head: 192 queries × 192 keys, as 96 × 96 means"


def test_means_are_over_as_many_as_there_are():
    ones = np.ones((1, 101, 350))
    values = picture_of_scores(ones).values
    assert values.shape == (27, 96)
    np.testing.assert_allclose(values, 1)


@pytest.mark.parametrize("heads", [1, 2, 5, 8, 13, 32, 61, 64, 100])
@pytest.mark.parametrize(("queries", "keys"), [(4, 4), (512, 512), (512, 8), (1, 700)])
def test_a_picture_is_never_larger_than_a_block_and_its_heads_do_not_touch(heads, queries, keys):
    scores = np.ones((heads, queries, keys))
    values = picture_of_scores(scores).values
    assert max(values.shape) <= 96
    blank = (values == 0).all(axis=0)  # between two heads, none at the sides
    assert not blank[0]
    assert not (blank[1:] & blank[:-1]).any()


def test_of_a_hundred_heads_64_are_shown():
    scores = np.arange(1, 101)[:, None, None] * np.ones((100, 2, 3))
    picture = picture_of_scores(scores)
    assert picture.words == "100 heads, 64 of them: 2 queries × 3 keys"
    assert len(set(picture.values.ravel()) - {0}) == 64
    assert picture.values.max() == 100


def test_a_layer_without_heads_is_not_said_to_have_one():
    assert picture_of_scores(np.zeros((1, 1, 1)), heads_named=False).words == "1 query × 1 key"
    assert picture_of_scores(np.zeros((1, 1, 1))).words == "1 head: 1 query × 1 key"
    assert picture_of_scores(np.zeros((1, 300, 9)), heads_named=False).words == "300 queries × 9 keys, as 96 × 8 means"


def test_without_steps_there_is_nothing_to_show():
    assert picturable([np.zeros((2, 3))])
    assert not picturable([np.zeros((0, 3))])
    assert not picturable([])

import numpy as np

from nbviz.explorer.given.flat_rows import side_by_side, taken_apart

PICTURES = np.arange(24.0).reshape(3, 2, 4)
COUNTS = np.array([[1], [2], [3]], "uint8")
IDS = np.array([["a"], ["b"], ["c"]])


def test_rows_side_by_side_are_taken_apart_again():
    table = side_by_side([COUNTS, PICTURES])
    assert table.shape == (3, 9)
    back = taken_apart(table, [PICTURES, IDS, COUNTS], [2, 0])
    np.testing.assert_array_equal(back[0], PICTURES)
    np.testing.assert_array_equal(back[2], COUNTS)
    assert back[1].tolist() == [["a"]] * 3  # what is not in the table stays as in the first row


def test_whole_numbers_stay_within_their_type():
    (counts,) = taken_apart(np.array([[1.6], [-4.0], [300.0]]), [COUNTS], [0])
    assert counts.ravel().tolist() == [2, 0, 255]
    assert counts.dtype == np.uint8

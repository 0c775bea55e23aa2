import struct

import numpy as np
import pytest

from nbviz.picture.packed_arrays import packed, padded


@pytest.mark.parametrize(("numbers", "length"), [(0, 0), (1, 8), (8, 8), (9, 16)])
def test_an_array_ends_where_the_next_may_begin(numbers, length):
    assert padded(np.full(numbers, 7, np.uint8)) == b"\x07" * numbers + b"\0" * (length - numbers)


def test_arrays_lie_one_behind_the_other_as_the_list_tells():
    places, payload = packed({"a": np.array([[0.5, -2.0, 8.0]]), "none": None, "b": np.array([3, -1])})
    assert places == [
        {"key": "a", "dtype": "f4", "shape": [1, 3], "offset": 0},
        {"key": "b", "dtype": "i4", "shape": [2], "offset": 16},
    ]
    assert payload == struct.pack("<3f4x2i", 0.5, -2.0, 8.0, 3, -1)


def test_what_is_too_large_for_a_float_is_infinite():
    _, payload = packed({"a": np.array([1e300, -1e300])})
    assert struct.unpack("<2f", payload) == (float("inf"), float("-inf"))


def test_no_arrays_are_no_bytes():
    assert packed({}) == ([], b"")

import numpy as np

from nbviz.network.layer_arrays import by_layer


def test_arrays_of_one_role_come_by_layer_in_their_order():
    first, second, entering = np.zeros((2, 3)), np.ones((2, 1)), np.ones((2, 4))
    arrays = {("a", "y"): second, ("kernel input", "y"): entering, ("a", "h"): first}
    found = by_layer(arrays, "a")
    assert list(found) == ["y", "h"]
    assert found["y"] is second
    assert found["h"] is first


def test_a_role_that_no_layer_has_gives_nothing():
    assert by_layer({("a", "h"): np.zeros((2, 3))}, "activated") == {}

import dataclasses

import pytest

from nbviz.network.architecture import Architecture, Layer
from tests.picture.svg.drawn_by_hand import IMAGE, Drawn, block, conv, dense, pool

LINE = Layer("line", "input", "InputLayer", (3,), 3)
FLAT = Layer("flat", "maps", "GlobalMaxPooling2D", (4,), 4)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (LINE, "x2"),
        (conv("c", 4), "channel 2"),
        (dense("h", 4), "2"),
        (dense("y", 4, "softmax"), "class 2"),
        (dense("y", 4, "linear"), "output 2"),
    ],
)
def test_a_unit_without_a_name_is_called_by_what_it_is_and_its_number(layer, said):
    assert Drawn(Architecture("m", (layer,), ())).snapshot().name_of(layer, 2) == said


def test_the_one_number_of_a_regression_has_the_name_of_its_layer():
    price = dense("price", 1, "linear")
    assert Drawn(Architecture("m", (price,), ())).snapshot().name_of(price, 0) == "price"


def test_a_given_name_comes_first_of_channels_as_well_and_others_are_numbered():
    edges = conv("edges", 3)
    snapshot = Drawn(Architecture("m", (LINE, edges), ())).snapshot()
    named = dataclasses.replace(snapshot, names={"line": ["a", "b", "c"], "edges": ["d", "e", "f"]})
    assert named.name_of(LINE, 2) == "c"
    assert named.name_of(edges, 2) == "f"
    assert snapshot.name_of(edges, 2) == "channel 2"


def test_pictures_and_maps_are_squares_and_units_are_where_they_show_a_plane():
    layers = IMAGE, conv("c", 4), pool("p", 4), FLAT, dense("h", 4), block("b")
    snapshot = Drawn(Architecture("m", layers, ())).snapshot()
    assert [snapshot.is_square(layer) for layer in layers] == [True, True, True, False, False, False]
    plane = dataclasses.replace(snapshot, faces=True)
    assert [plane.is_square(layer) for layer in layers] == [True, True, True, False, True, False]

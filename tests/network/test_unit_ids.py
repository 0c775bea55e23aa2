import pytest

from nbviz.network.architecture import Architecture, Layer
from nbviz.network.unit_ids import unit_at, unit_ids

MIXED = Architecture(
    "mixed",
    (
        Layer("x", "input", "InputLayer", (4,), 4),
        Layer("picture", "input", "InputLayer", (6, 6, 1), 1),
        Layer("open", "input", "InputLayer", (None,), 1),
        Layer("edges", "conv", "Conv2D", (4, 4, 2), 2),
        Layer("join", "block", "Concatenate", (36,), 1),
        Layer("h", "dense", "Dense", (5,), 5),
        Layer("y", "dense", "Dense", (1,), 1),
    ),
    (),
)


def test_ids_run_over_all_units_and_what_is_drawn_as_one_has_one():
    assert {name: list(ids) for name, ids in unit_ids(MIXED).items()} == {
        "x": [0, 1, 2, 3],
        "picture": [4],
        "open": [5],
        "edges": [6, 7],
        "join": [8],
        "h": [9, 10, 11, 12, 13],
        "y": [14],
    }


@pytest.mark.parametrize(
    ("unit", "layer", "index"),
    [(0, "x", 0), (3, "x", 3), (4, "picture", 0), (7, "edges", 1), (13, "h", 4), (14, "y", 0)],
)
def test_an_id_tells_the_layer_and_the_place_in_it(unit, layer, index):
    found = unit_at(MIXED, unit)
    assert found is not None
    assert (found[0].name, found[1]) == (layer, index)


@pytest.mark.parametrize("unit", [-1, 15])
def test_an_id_that_there_is_not_tells_nothing(unit):
    assert unit_at(MIXED, unit) is None

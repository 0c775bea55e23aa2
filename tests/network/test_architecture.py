import dataclasses

import pytest

from nbviz.network.architecture import Architecture, Connection, Layer

MLP = Architecture(
    "mlp",
    (
        Layer("x", "input", "InputLayer", (3,), 3),
        Layer("h", "dense", "Dense", (4,), 4, steps=("relu",), activation="relu"),
        Layer("y", "dense", "Dense", (2,), 2, output="softmax"),
    ),
    (Connection("x", "h", "kernel", 12), Connection("h", "y", "kernel", 8), Connection("x", "y", "link")),
)


def test_a_layer_is_found_by_its_name():
    assert MLP["h"] is MLP.layers[1]


def test_an_unknown_layer_is_answered_with_the_names_there_are():
    with pytest.raises(KeyError, match=r"Expected one of \['x', 'h', 'y'\]\. Received 'z'\."):
        MLP["z"]


def test_inputs_and_outputs_are_the_ends_of_the_network():
    assert [layer.name for layer in MLP.inputs] == ["x"]
    assert [layer.name for layer in MLP.outputs] == ["y"]


def test_connections_are_found_from_both_sides():
    assert [c.source for c in MLP.into("y")] == ["h", "x"]
    assert [c.target for c in MLP.out_of("x")] == ["h", "y"]
    assert MLP.into("x") == ()
    assert MLP.out_of("y") == ()


@pytest.mark.parametrize(
    ("kind", "shape", "picture", "units"),
    [
        ("input", (5,), False, True),
        ("input", (), False, True),
        ("input", (28, 28, 1), True, False),
        ("input", (7, 1), True, False),
        ("input", (None,), True, False),  # an open size has no number of units
        ("dense", (5, 4), False, True),
        ("output", (4,), False, True),
        ("block", (4,), False, False),
    ],
)
def test_only_what_has_countable_units_is_drawn_unit_by_unit(kind, shape, picture, units):
    layer = Layer("a", kind, "T", shape, 1)
    assert (layer.is_picture, layer.has_units) == (picture, units)


def test_an_architecture_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        MLP.layers[0].units = 4


def test_equal_structures_are_equal():
    assert dataclasses.replace(MLP.layers[1]) == MLP.layers[1]
    assert dataclasses.replace(MLP.layers[1], units=5) != MLP.layers[1]

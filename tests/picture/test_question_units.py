"""Units chosen for questions, in small networks worked out by hand."""

import dataclasses

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.picture.fold import fold
from nbviz.picture.question_units import Wanted, question_units, shares_shown, through

DENSE = Architecture(
    "m",
    (
        Layer("x", "input", "InputLayer", (2,), 2),
        Layer("h", "dense", "Dense", (4,), 4),
        Layer("y", "dense", "Dense", (3,), 3, output="softmax"),
    ),
    (Connection("x", "h", "kernel", 8), Connection("h", "y", "kernel", 12)),
)
CHANNELS = Architecture(
    "m",
    (
        Layer("x", "input", "InputLayer", (4, 4, 1), 1),
        Layer("a", "conv", "Conv2D", (4, 4, 2), 2),
        Layer("b", "conv", "Conv2D", (4, 4, 2), 2),
        Layer("join", "maps", "Concatenate", (4, 4, 4), 4),
        Layer("y", "dense", "Dense", (1,), 1, output="linear"),
    ),
    (
        Connection("x", "a", "norm", 18),
        Connection("x", "b", "norm", 18),
        Connection("a", "join", "link", 0),
        Connection("b", "join", "link", 0, offset=2),
        Connection("join", "y", "norm", 64),
    ),
)
BY_CLASS = np.array([[1.0, -5.0, 2.0, 0.0], [0.0, 0.0, 0.0, -1.0]])  # through h


def wanted(classes=(0, 1), features=(), keep=None, outputs=None, inputs=None):
    return Wanted("y", classes, features, keep or {}, outputs or {}, inputs or {})


def chosen(architecture, carried, asked, **rooms):
    scores = {layer.name: np.arange(layer.units, 0, -1.0) for layer in architecture.layers if layer.has_units}
    folds = {
        name: fold(score, rooms.get(name, 99), by_index=architecture[name].kind in ("conv", "maps"))
        for name, score in scores.items()
    }
    return question_units(architecture, folds, scores, carried, asked)


def test_what_runs_through_a_unit_is_what_it_hands_on():
    found = through(DENSE, {"y": BY_CLASS, "h": np.array([[3.0, 4.0]] * 2)})
    assert found["h"].tolist() == BY_CLASS.tolist()
    assert found["x"].tolist() == [[3, 4]] * 2
    assert "y" not in found


def test_channels_carry_what_they_are_handed_on_as():
    found = through(CHANNELS, {"y": np.array([[1.0, -2.0, 3.0, 4.0]])})
    assert {name: found[name].tolist() for name in ("a", "b", "join")} == {
        "a": [[1, -2]], "b": [[3, 4]], "join": [[1, -2, 3, 4]],
    }  # fmt: skip
    assert "x" not in found


def test_a_unit_with_two_ways_carries_both_together():
    two = Architecture(
        "m",
        (
            Layer("x", "input", "InputLayer", (2,), 2),
            Layer("y", "dense", "Dense", (1,), 1, output="linear"),
            Layer("z", "dense", "Dense", (1,), 1, output="linear"),
        ),
        (Connection("x", "y", "kernel", 2), Connection("x", "z", "kernel", 2)),
    )
    assert through(two, {"y": np.array([[1.0, 2.0]]), "z": np.array([[-1.0, 3.0]])})["x"].tolist() == [[0, 5]]


def test_each_class_has_units_of_its_own_the_best_first_and_ties_as_they_are_ranked():
    found = chosen(DENSE, {"h": BY_CLASS}, wanted(), h=2)
    assert found["h"].tolist() == [[1, 2], [3, 0]]
    assert found["x"].tolist() == [[0, 1]] * 2
    assert found["y"].tolist() == [[0, 1, 2]] * 2


def test_a_unit_that_is_kept_and_the_class_that_is_asked_about_are_drawn():
    found = chosen(DENSE, {"h": BY_CLASS}, wanted((2, 0), keep={"h": [0]}, outputs={"y": [1, 0]}), h=2, y=2)
    assert found["h"].tolist() == [[1, 0], [3, 0]]
    assert found["y"].tolist() == [[1, 2], [1, 0]]


def test_of_a_path_the_feature_is_drawn_beside_the_inputs_that_count():
    carried = {"h": BY_CLASS[None].repeat(2, axis=0)}
    credits = {"x": np.broadcast_to(np.array([[1.0, -3.0], [2.0, 1.0]]), (2, 2, 2))}
    found = chosen(DENSE, carried, wanted(features=[("x", 0), ("x", 1)], inputs=credits), h=2, x=1)
    assert found["x"][..., 0].tolist() == [[0, 0], [1, 1]]
    assert found["h"].tolist() == [[[1, 2], [3, 0]]] * 2
    three = dataclasses.replace(DENSE, layers=(Layer("x", "input", "InputLayer", (3,), 3), *DENSE.layers[1:]))
    credits = {"x": np.array([[[1.0, -3.0, 0.0], [2.0, 1.0, 4.0]]])}
    found = chosen(three, carried, wanted(features=[("x", 0)], inputs=credits), h=2, x=2)
    assert found["x"].tolist() == [[[1, 0], [2, 0]]]


def test_where_nothing_is_known_of_a_layer_it_is_drawn_as_always():
    assert chosen(DENSE, {}, wanted(), h=2)["h"].tolist() == [[0, 1]] * 2


def test_channels_come_by_their_index_and_what_hands_them_on_shows_the_same():
    carried = through(CHANNELS, {"y": np.array([[1.0, -2.0, 3.0, 4.0]])})
    found = chosen(CHANNELS, carried, wanted((0,)), a=1, b=1, join=2)
    assert {name: found[name].tolist() for name in ("a", "b", "join")} == {"a": [[1]], "b": [[1]], "join": [[2, 3]]}


def test_the_share_is_that_of_all_that_runs_through_the_layer_signs_aside():
    units = chosen(DENSE, {"h": BY_CLASS}, wanted(), h=2)
    shares = shares_shown(DENSE, {"h": BY_CLASS}, units)
    assert shares["h"] == pytest.approx([7 / 8, 1])
    assert list(shares) == ["h"]
    assert np.isnan(shares_shown(DENSE, {"h": np.zeros((2, 4))}, units)["h"]).all()

"""Levels of the layers of a U, of networks written down by hand."""

import dataclasses
import itertools

import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.picture.arms import levels

SIDES = {"image": 32, "a": 32, "a_pool": 16, "b": 16, "b_pool": 8, "foot": 8, "b_up": 16, "b_join": 16, "c": 16,
         "a_up": 32, "a_join": 32, "mask": 32}  # fmt: skip
SKIPS = ("a", "a_join"), ("b", "b_join")


def network(sides=SIDES, skips=SKIPS, **options):
    """A chain of layers of so many rows and columns, and what skips some of them."""
    layers = tuple(
        Layer(name, "input" if name == "image" else "block", "Conv2D", (side, side, 4), 1)
        for name, side in sides.items()
    )
    ways = [(one.name, other.name) for one, other in itertools.pairwise(layers)] + list(skips)
    return Architecture("m", layers, tuple(Connection(*way, "link") for way in ways), **options)


def changed(name, **options):
    """The same with one layer that is otherwise."""
    plain = network()
    layers = tuple(dataclasses.replace(one, **options) if one.name == name else one for one in plain.layers)
    return dataclasses.replace(plain, layers=layers)


def test_each_halving_is_a_level_and_what_enlarges_stands_at_the_foot_of_its_arm():
    assert levels(network()) == {"image": 0, "a": 0, "a_pool": 1, "b": 1, "b_pool": 2, "foot": 2, "b_up": 2,
                                 "b_join": 1, "c": 1, "a_up": 1, "a_join": 0, "mask": 0}  # fmt: skip


def test_a_block_that_enlarges_stands_where_its_output_does():
    assert levels(changed("a_up", group=True))["a_up"] == 0


def test_a_block_that_ends_with_its_pooling_stands_where_it_hands_across():
    sides = {"image": 32, "down_0": 16, "down_1": 8, "foot": 8, "up_1": 16, "up_0": 32}
    plain = network(sides, [("down_0", "up_0"), ("down_1", "up_1")])
    layers = tuple(dataclasses.replace(one, group=one.kind == "block") for one in plain.layers)
    assert list(levels(dataclasses.replace(plain, layers=layers)).values()) == [0, 0, 1, 2, 1, 0]


def test_sides_that_shrink_at_every_convolution_are_no_levels():
    # As in the paper: 572, 570, 568, then 284.
    sides = {"image": 572, "a": 570, "aa": 568, "pool": 284, "b": 282, "bb": 280, "up": 560, "join": 560, "c": 558}
    assert list(levels(network(sides, [("aa", "join")])).values()) == [0, 0, 0, 1, 1, 1, 1, 0, 0]


def test_the_channels_may_come_first_and_a_picture_may_have_none():
    plain = network()
    layers = tuple(
        dataclasses.replace(one, output_shape=(4, *one.output_shape[:2]), channels_first=True) for one in plain.layers
    )
    assert levels(dataclasses.replace(plain, layers=layers)) == levels(plain)
    assert levels(changed("image", output_shape=(32, 32))) == levels(plain)


def test_sequences_are_as_pictures_are():
    plain = network()
    layers = tuple(
        dataclasses.replace(one, output_shape=one.output_shape[1:], sequence=one.kind == "input")
        for one in plain.layers
    )
    assert levels(dataclasses.replace(plain, layers=layers)) == levels(plain)


@pytest.mark.parametrize(
    "other",
    [
        network(skips=()),  # an autoencoder: nothing goes across
        network(dict.fromkeys(SIDES, 32)),  # nothing shrinks
        network(dict(list(SIDES.items())[:6]), skips=[("a_pool", "foot")]),  # nothing grows again
        changed("foot", output_shape=(256,)),  # positions are lost
        changed("foot", output_shape=(None, None, 4)),
    ],
    ids=["no skip", "no smaller", "no larger", "flat", "open"],
)
def test_other_networks_are_no_u(other):
    assert levels(other) == {}


def test_branches_beside_each_other_are_no_u():
    plain = network()
    beside = Layer("beside", "block", "Conv2D", (32, 32, 4), 1)
    ways = Connection("image", "beside", "link"), Connection("beside", "a_join", "link")
    layers = plain.layers[0], beside, *plain.layers[1:]
    assert levels(Architecture("m", layers, (*plain.connections, *ways))) == {}

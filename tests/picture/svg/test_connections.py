"""Edges of the static picture, of networks written down by hand."""

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection
from tests.picture.svg.drawn_by_hand import IMAGE, SVG, Drawn, conv, dense, digits, joined, straight_links, texts

ENDS = {True: (0xF5, 0x93, 0x22), False: (0x08, 0x77, 0xBD)}


def edges(root):
    """(source, target) -> the edge between two units; a rest node is `"rest"`."""
    paths = [path for path in root.iter(SVG + "path") if path.get("data-source")]
    return {(path.get("data-source"), path.get("data-target")): path for path in paths}


def test_each_channel_is_joined_with_its_own_pooled_map_by_a_level_line():
    found = straight_links(Drawn(digits()).root())
    assert len(found) == 6 + 8
    assert all(y0 == y1 for _, y0, _, y1 in found)
    assert len({y0 for _, y0, _, _ in found}) == 14


def test_width_and_colour_of_an_edge_between_channels_are_those_of_its_kernels_norm():
    kernel = np.zeros((6, 8))
    kernel[0, 0], kernel[5, 7], kernel[2, 3] = 2.13, -2.13, -1.065
    found = edges(Drawn(digits(), numbers={"connection/2/kernel": kernel}).root())
    first, second = 1 + 6, 1 + 6 + 6
    for row, column, share in ((0, 0, 1.0), (5, 7, -1.0), (2, 3, -0.5)):
        path = found[str(first + row), str(second + column)]
        pairs = zip((0xE8, 0xEA, 0xEB), ENDS[share < 0], strict=True)
        mixed = [round(zero + (end - zero) * abs(share)) for zero, end in pairs]
        assert float(path.get("stroke-width")) == pytest.approx(0.4 + 2.9 * abs(share) ** 2.8, abs=0.006)
        assert path.get("stroke") == "#{:02x}{:02x}{:02x}".format(*mixed)


def test_what_passes_between_channels_is_drawn_and_not_the_norm():
    flow = np.zeros((6, 8))
    flow[1, 2] = -0.33
    numbers = {"connection/2/flow": flow, "connection/2/kernel": np.ones((6, 8))}
    found = edges(Drawn(digits(), numbers=numbers).root(meaning="weight_activation"))
    assert found["8", "15"].get("stroke") == "#f59322"
    assert found["8", "14"].get("stroke") == "#e8eaeb"


def test_edges_that_do_not_exist_are_neither_drawn_nor_counted():
    layers = IMAGE, conv("stem", 4), conv("each", 4), dense("y", 2, "softmax")
    ways = ("image", "stem", 36, False), ("stem", "each", 36, True), ("each", "y", 512, False)
    made = Architecture("m", layers, tuple(Connection(a, b, "norm", weights, sparse=s) for a, b, weights, s in ways))
    root = Drawn(made, numbers={"connection/1/kernel": np.diag([1.0, -1.0, 2.0, 0.5])}).root()
    between = {pair for pair in edges(root) if {int(pair[0]), int(pair[1])} <= set(range(1, 9)) and int(pair[0]) > 0}
    assert between == {(str(1 + channel), str(5 + channel)) for channel in range(4)}
    assert "all 16 edges drawn" in texts(root)


def test_channels_that_are_put_behind_each_other_lead_to_their_new_places():
    drawn = joined()
    places = drawn.layout.places
    found = straight_links(drawn.root())
    wanted = [(places["a"].y[channel], places["join"].y[channel]) for channel in range(3)]
    wanted += [(places["b"].y[channel], places["join"].y[channel + 3]) for channel in range(5)]
    assert np.sort([(y0, y1) for _, y0, _, y1 in found], axis=0) == pytest.approx(np.sort(wanted, axis=0), abs=0.06)
    pairs = {(round(y0), round(y1)) for _, y0, _, y1 in found}
    assert (round(places["b"].y[4]), round(places["join"].y[7])) in pairs


def test_channels_without_a_place_go_to_and_come_from_the_rest_nodes():
    drawn = joined(room=4)
    places, root = drawn.layout.places, drawn.root()
    found = {(round(y0), round(y1)) for _, y0, _, y1 in straight_links(root)}
    # Of b channels 0 to 3 are shown, of the joined ones 0 to 3: those of a, and the first of b.
    from_b = [(places["b"].y[0], places["join"].y[3])] + [(y, places["join"].y[4]) for y in places["b"].y[1:]]
    from_a = list(zip(places["a"].y, places["join"].y, strict=False))
    assert found == {(round(y0), round(y1)) for y0, y1 in from_a + from_b}
    assert texts(root).count("+4") == 1

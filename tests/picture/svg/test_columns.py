import itertools

import pytest

from nbviz.network.architecture import Architecture, Connection
from nbviz.picture.svg.columns import place_columns, reach
from tests.picture.svg.drawn_by_hand import IMAGE, Drawn, block, conv, dense, digits, pool


def chain(*layers):
    pairs = itertools.pairwise(layers)
    return Architecture("m", layers, tuple(Connection(one.name, other.name, "link") for one, other in pairs))


@pytest.mark.parametrize("width", [320, 600, 960, 1600])
def test_columns_rise_and_their_nodes_do_not_touch(width):
    snapshot = Drawn(digits()).snapshot()
    columns = place_columns(snapshot, width)
    layers = snapshot.architecture.layers
    sides = [reach(snapshot, layer, columns.blocks) for layer in layers]
    for at, (left, right) in enumerate(itertools.pairwise(columns.at)):
        assert left + sides[at] + 14 <= right - sides[at + 1]
    assert columns.at[0] - sides[0] > 0
    assert columns.at[-1] + sides[-1] < columns.width


def test_a_picture_is_as_wide_as_asked_for_where_all_fits_and_else_wider():
    snapshot = Drawn(digits()).snapshot()
    assert place_columns(snapshot, 1200).width == 1200
    assert place_columns(snapshot, 320).width > 320


def test_one_column_alone_stands_between_the_margins():
    columns = place_columns(Drawn(chain(dense("y", 2, "softmax"))).snapshot(), 600)
    assert len(columns.at) == 1
    assert 0 < columns.at[0] < 600


def test_the_gap_before_what_is_handed_on_is_thinner_than_the_one_before_a_convolution():
    snapshot = Drawn(chain(IMAGE, conv("c", 4), pool("p", 4), conv("d", 4), dense("y", 2, "softmax"))).snapshot()
    at = place_columns(snapshot, 960).at
    gaps = [right - left for left, right in itertools.pairwise(at)]
    assert gaps[1] < gaps[0]
    assert gaps[1] < gaps[2]


def test_a_block_is_as_wide_as_its_words_and_wider_with_a_picture():
    plain, pictured = block("read"), block("read", parts=("input", "forget", "cell", "output"))
    widths = [place_columns(Drawn(chain(IMAGE, each, dense("y", 2, "softmax"))).snapshot(), 960).blocks["read"]
              for each in (plain, pictured)]  # fmt: skip
    assert 72 <= widths[0] < widths[1] <= 132 + 36

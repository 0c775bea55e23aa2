import pytest

from nbviz.network.architecture import Layer
from nbviz.picture.layout import Place
from nbviz.picture.svg.label_room import is_tight, name_room, output_room
from nbviz.style.text import text_width

CLASSES = Layer("y", "dense", "Dense", (3,), 3, output="softmax")
PRICE = Layer("price", "dense", "Dense", (1,), 1, output="linear")


def place(*ys):
    return Place(0, 0.0, ys, 11.0, 100.0, False)


def test_room_for_names_is_that_of_the_longest():
    assert name_room(["a", "proline", "ash"]) >= text_width("proline", 12, bold=True)
    assert name_room([]) < 2


@pytest.mark.parametrize(("pitch", "tight"), [(20, True), (43, True), (44, False), (90, False)])
def test_outputs_share_a_row_with_their_bars_where_they_are_close(pitch, tight):
    assert is_tight(place(10.0, 10.0 + pitch)) is tight


def test_one_output_is_never_tight():
    assert not is_tight(place(10.0))


def test_unknown_answers_need_room_for_names_only():
    unknown = output_room(["a"], CLASSES, place(10, 90), 960, known=False)
    assert unknown == pytest.approx(10 + name_room(["a"]))
    assert output_room(["a"], CLASSES, place(10, 90), 960, known=True) > unknown


def test_a_number_needs_less_room_than_a_probability_with_its_bar():
    row = place(10, 30)
    assert output_room(["a"], PRICE, row, 960, known=True) < output_room(["a"], CLASSES, row, 960, known=True)


def test_a_long_name_gets_a_share_of_the_picture_at_most():
    assert output_room(["n" * 300], CLASSES, place(10, 90), 960, known=False) <= 10 + 200

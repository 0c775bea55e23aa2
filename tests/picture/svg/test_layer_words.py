import pytest

from nbviz.network.architecture import Layer
from nbviz.picture.svg.layer_words import parts_words, shape_words


@pytest.mark.parametrize(
    ("shape", "said"), [((28, 28, 1), "28 × 28 × 1"), ((None, 4), "? × 4"), ((7,), "7"), ((), "scalar")]
)
def test_a_shape_is_said_with_a_question_mark_for_what_is_open(shape, said):
    assert shape_words(Layer("x", "input", "InputLayer", shape, 1)) == said


def test_parts_stand_in_one_line_and_a_layer_without_any_has_none():
    layer = Layer("read", "block", "GRU", (30, 8), 1, parts=("update", "reset", "new"))
    assert parts_words(layer) == "update · reset · new"
    assert parts_words(Layer("flat", "block", "Flatten", (30,), 1)) == ""

import math

import pytest

from nbviz.training.loop.controls import Command, not_finite, raised, read_message


@pytest.mark.parametrize(
    ("message", "command"),
    [
        ({"type": "play"}, Command("play")),
        ({"type": "pause", "value": 3}, Command("pause")),  # takes none
        ({"type": "step", "value": "epoch"}, Command("step", "epoch")),
        ({"type": "rewind", "value": 0}, Command("rewind", 0)),
        ({"type": "rewind", "value": 7.0}, Command("rewind", 7)),  # numbers of a browser are floats
        ({"type": "batch_size", "value": 1}, Command("batch_size", 1)),
        ({"type": "learning_rate", "value": "0.01"}, Command("learning_rate", 0.01)),  # from a text field
        ({"type": "speed", "value": 2}, Command("speed", 2.0)),
        ({"type": "speed", "value": None}, Command("speed")),  # as fast as it can
    ],
)
def test_a_message_of_the_browser_is_a_command(message, command):
    assert read_message(message) == command


@pytest.mark.parametrize("message", [{}, {"type": "frames"}, {"type": None}, {"type": "retire", "value": "go"}])
def test_what_a_browser_may_not_ask_for_is_no_command(message):
    assert read_message(message) is None


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("step", "minute", "Expected a step of one 'batch', 'epoch', 'sample'. Received 'minute'"),
        ("rewind", -1, "Expected rewind as a whole number of at least 0. Received -1"),
        ("rewind", 2.5, "at least 0. Received 2.5"),
        ("rewind", None, "at least 0. Received None"),
        ("rewind", math.inf, "at least 0. Received inf"),
        ("batch_size", 0, "Expected batch_size as a whole number of at least 1. Received 0"),
        ("learning_rate", 0, "Expected learning_rate as a number above 0. Received 0"),
        ("learning_rate", None, "above 0. Received None"),
        ("learning_rate", math.nan, "above 0. Received nan"),
        ("speed", math.inf, "Expected speed as a number above 0. Received inf"),
        ("speed", "fast", "above 0. Received 'fast'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(kind, value, words):
    with pytest.raises(ValueError, match=words):
        read_message({"type": kind, "value": value})


def test_a_loss_that_is_not_finite_is_told_with_its_place_and_the_ways_there_are():
    assert not_finite(math.nan, 3, 7, recorded=True) == (
        "The loss is NaN since epoch 3, batch 7: training has diverged. Reset, or go back to an earlier moment, and "
        "try a smaller learning rate."
    )
    alone = not_finite(math.inf, 1, 1, recorded=False)
    assert alone.startswith("The loss is infinite since epoch 1, batch 1")
    assert "earlier moment" not in alone


def test_an_exception_is_told_in_one_line():
    assert raised(ValueError("of two\n  lines")) == "ValueError: of two lines"
    assert raised(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert len(raised(RuntimeError("long " * 1000))) == 500

"""Which rows Train uses is said, and whether the rows explored are among them."""

import numpy as np
import pytest

from nbviz.explorer.training_rows import TrainingRows, shared_rows


def rows(count, explored, shared, are_given=False):
    return TrainingRows(None, [], None, count, explored, shared, are_given)


@pytest.mark.parametrize(
    ("given", "words", "fair"),
    [
        (
            rows(45, 45, 45, True),
            "Trains on the 45 rows explored: what is measured on them flatters the model. "
            "Pass training_data=(x, y) to keep them apart",
            False,
        ),
        (
            rows(3000, 1000, 1000, True),
            "Trains on the 3 000 rows given as x, those explored among them: what is measured on them flatters the "
            "model. Pass training_data=(x, y) to keep them apart",
            False,
        ),
        (
            rows(133, 45, 0),
            "Trains on the 133 rows of training_data; those explored are measured after each epoch",
            True,
        ),
        (
            rows(133, 178, 133),
            "Trains on the 133 rows of training_data; those explored are measured after each epoch. "
            "133 of 178 are among them: what is measured on those flatters the model",
            False,
        ),
    ],
)
def test_the_words_name_the_rows_and_warn_of_those_that_are_measured_too(given, words, fair):
    assert given.words.replace("\u2009", " ") == words
    assert given.is_fair is fair


def test_rows_are_shared_where_every_input_has_the_same_numbers():
    numbers = np.random.default_rng(0).normal(size=(20, 3, 2)).astype("float32")
    assert shared_rows([numbers], [numbers[5:]]) == 15
    assert shared_rows([numbers], [numbers[5:] + 1e-6]) == 0
    other = np.arange(20)[:, None]
    # Alike in one input only is another row.
    assert shared_rows([numbers, other], [numbers, other[::-1]]) == 0
    words = np.array([["a"], ["b"], ["c"]], object)
    assert shared_rows([words], [np.array([["c"], ["b"]], object)]) == 2

"""Words and ids that a model does not know are refused with the value, its row, and what is known."""

import re

import keras
import numpy as np
import pytest
from keras import Input, Model, layers

import nbviz
from nbviz.keras_model.graph import input_specs
from nbviz.keras_model.known_values import check_known

COLOURS = np.array([["red"], ["blue"], ["green"], ["mauve"], ["red"]])


def of_colours(known=("red", "green", "blue"), **options):
    colour, size = Input((1,), dtype="string", name="colour"), Input((2,), name="size")
    ids = layers.StringLookup(vocabulary=list(known), name="look", **options)(colour)
    both = layers.Concatenate()([layers.Flatten()(layers.Embedding(len(known) + 1, 2)(ids)), size])
    return Model([colour, size], layers.Dense(2, activation="softmax")(both))


def check(model, *inputs):
    check_known(model, input_specs(model), [np.asarray(array) for array in inputs])


SIZES = np.zeros((5, 2), "float32")


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_word_outside_the_vocabulary_is_told_with_its_row_and_the_words_there_are(as_bytes):
    colours = COLOURS.astype("S").astype(object) if as_bytes else COLOURS
    words = (
        "Expected values of 'colour' among the 3 in the vocabulary of 'look': 'red', 'green', 'blue'. "
        "Received 'mauve' in row 3; num_oov_indices=1 in that layer makes room for others."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        check(of_colours(num_oov_indices=0), colours, SIZES)
    check(of_colours(num_oov_indices=0), COLOURS[:3], SIZES)
    check(of_colours(num_oov_indices=1), COLOURS, SIZES)


def test_of_a_long_vocabulary_some_words_are_told():
    model = of_colours([f"word {number}" for number in range(1200)], num_oov_indices=0)
    with pytest.raises(ValueError, match=r"the 1,200 in the vocabulary of 'look': 'word 0', .*'word 5', \.\.\.\. Rec"):
        check(model, COLOURS, SIZES)


def test_a_mask_token_is_known_and_so_are_the_whole_numbers_of_a_vocabulary():
    check(of_colours(num_oov_indices=0, mask_token="none"), [["none"], ["red"]], SIZES[:2])
    code = Input((1,), dtype="int64", name="code")
    model = Model(code, layers.CategoryEncoding(2)(layers.IntegerLookup(vocabulary=[40, 7], num_oov_indices=0)(code)))
    check(model, [[7], [40]])
    with pytest.raises(ValueError, match=r"the 2 in the vocabulary of 'integer_lookup.*: 40, 7\. Received 8 in row 1"):
        check(model, [[7], [8]])


def tokens():
    x = Input((3,), dtype="int32")
    head = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(layers.Embedding(9, 4)(x)))
    model = Model(x, head)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("wrong", [9, -1])
def test_an_id_of_no_word_is_told_with_its_row(wrong):
    with pytest.raises(ValueError, match=rf"^Expected ids from 0 to 8, .* has\. Received {wrong} in row 1\.$"):
        check(tokens(), [[0, 8, 1], [1, wrong, 2]])


class Embeds(layers.Layer):
    """An embedding in a layer of the user's own."""

    def __init__(self):
        super().__init__()
        self.words = layers.Embedding(9, 4)

    def call(self, x):
        return self.words(x)


def embedded_by_own_layer():
    x = Input((3,), dtype="int32")
    model = Model(x, layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(Embeds()(x))))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize("make", [tokens, embedded_by_own_layer])
def test_an_explorer_refuses_them_in_each_of_its_rows_before_anything_is_made(make):
    keras.utils.set_random_seed(0)
    rows = np.random.default_rng(0).integers(0, 9, (12, 3))
    wrong, y = rows.copy(), np.arange(12) % 2
    wrong[7, 2] = 12
    for begins, given in (
        ("", {"x": wrong, "y": y}),
        ("The background: ", {"x": rows, "y": y, "background": wrong}),
        ("The training_data: ", {"x": rows, "y": y, "training_data": (wrong, y)}),
    ):
        if make is embedded_by_own_layer and "background" in given:
            continue  # is drawn from, and found out where it is used
        with pytest.raises(ValueError, match=rf"^{begins}Expected ids from 0 to 8, .*Received 12"):
            nbviz.explore(make(), **given)

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz.attribution.outputs import explained_outputs
from nbviz.attribution.tokens.token_ids import TokenInput
from nbviz.attribution.tokens.token_names import TokenNames


@pytest.fixture(scope="module")
def tokens():
    model = Sequential(
        [Input((3,), dtype="int32"), layers.Embedding(5, 4, name="words"), layers.Flatten(), layers.Dense(2)]
    )
    return TokenInput(explained_outputs(model))


def test_names_are_given_by_place_or_by_id_and_others_are_told_by_their_number(tokens):
    by_place = TokenNames(tokens, ["", "bad", b"good"])
    assert [by_place(token) for token in range(4)] == ["(padding)", "bad", "good", "[3]"]
    assert [by_place.has(token) for token in range(4)] == [True, True, True, False]
    by_id = TokenNames(tokens, {np.int64(4): "good"})
    assert (by_id(4), by_id(0)) == ("good", "[0]")
    assert by_id.source == "token_names"


def test_without_names_tokens_are_their_ids(tokens):
    names = TokenNames(tokens)
    assert (names(3), names.source) == ("3", "")


def test_a_vocabulary_in_the_model_has_the_names():
    lookup = layers.StringLookup(vocabulary=["bad", "good"], mask_token="", name="look")
    model = Sequential([Input((2,), dtype="string"), lookup, layers.Embedding(4, 3), layers.Flatten(), layers.Dense(2)])
    names = TokenNames(TokenInput(explained_outputs(model)))
    assert [names(token) for token in range(4)] == ["(padding)", "[UNK]", "bad", "good"]
    assert names.source == "the vocabulary of 'look'"
    assert keras.backend.backend() == "tensorflow"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (list("abcdef"), r"ids from 0 to 4, which 'words' takes\. Received 6 names"),
        ({9: "a"}, r"Received a name for 9"),
        ({-1: "a"}, r"Received a name for -1"),
        ({"good": 1}, r"dict of id -> text\. Received the key 'good'; turn it round: \{id: word"),
        ({"1": "good"}, r"Received the key '1'\.$"),
        ("good bad", r"Expected token_names as a list of names by id"),
        (7, r"Expected token_names as a list of names by id"),
    ],
)
def test_names_that_do_not_fit_are_refused(tokens, given, words):
    with pytest.raises(ValueError, match=words):
        TokenNames(tokens, given)

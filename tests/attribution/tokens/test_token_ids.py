"""Which ids enter an embedding, and whether it masks them."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz.attribution.outputs import explained_outputs
from nbviz.attribution.tokens.token_ids import TokenInput, reads_tokens

IDS = np.array([[3, 1, 0], [2, 2, 2]])


def ids_to_classes(**options):
    x = Input((3,), dtype="int32")
    pooled = layers.GlobalAveragePooling1D()(layers.Embedding(5, 4, name="words", **options)(x))
    return Model(x, layers.Dense(2)(pooled))


def test_ids_are_those_that_enter_and_a_mask_is_that_of_the_embedding():
    for model, masked in ((ids_to_classes(), False), (ids_to_classes(mask_zero=True), True)):
        explained = explained_outputs(model)
        tokens = TokenInput(explained)
        assert (tokens.words, tokens.lookup) == (5, None)
        found = tokens.read(explained, [IDS.astype("int32")])
        np.testing.assert_array_equal(found.ids, IDS)
        np.testing.assert_array_equal(found.masked, (IDS == 0) & masked)


def test_text_is_looked_up_by_the_layer_before():
    lookup = layers.TextVectorization(output_sequence_length=4, name="look")
    lookup.adapt(["a bad film", "a good film"])
    model = Sequential(
        [Input((1,), dtype="string"), lookup, layers.Embedding(8, 3), layers.GlobalAveragePooling1D(), layers.Dense(2)]
    )
    explained = explained_outputs(model)
    assert reads_tokens(explained)
    tokens = TokenInput(explained)
    assert tokens.lookup is lookup
    words = lookup.get_vocabulary()
    found = tokens.read(explained, [np.array([["a film, good"], ["strange"]], object)])
    assert [[words[token] for token in row] for row in found.ids] == [["a", "film", "good", ""], ["[UNK]", "", "", ""]]


def test_what_reads_no_tokens_alone_is_no_such_input():
    a, b = Input((3,), dtype="int32", name="a"), Input((2,), name="b")
    pooled = layers.GlobalAveragePooling1D()(layers.Embedding(5, 4)(a))
    assert not reads_tokens(explained_outputs(Model([a, b], layers.Dense(2)(layers.Concatenate()([pooled, b])))))
    assert not reads_tokens(explained_outputs(Sequential([Input((3,)), layers.Dense(2)])))
    assert reads_tokens(explained_outputs(ids_to_classes()))


@pytest.mark.parametrize("wrong", [-1, 5])
def test_an_id_that_the_embedding_does_not_know_is_named(wrong):
    explained = explained_outputs(ids_to_classes())
    with pytest.raises(ValueError, match=rf"{wrong}") as told:
        TokenInput(explained).read(explained, [np.array([[0, 1, wrong]], "int32")])
    assert "Expected" in str(told.value)
    assert keras.backend.backend() not in str(told.value).lower()

import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers, losses

from nbviz.attribution.outputs import explained_outputs

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def test_a_loss_given_later_is_seen():
    model = Sequential([Input((4,)), layers.Dense(3)])
    assert explained_outputs(model).heads[0].kind == "linear"
    model.compile(loss=losses.SparseCategoricalCrossentropy(from_logits=True))
    assert explained_outputs(model).heads[0].kind == "softmax"
    centred = explained_outputs(model).answers([X])
    np.testing.assert_allclose(centred.sum(axis=1), 0, atol=1e-5)
    model.compile(loss=losses.BinaryCrossentropy(from_logits=True))
    assert explained_outputs(model).heads[0].kind == "sigmoid"


def test_tokens_get_their_credit_at_the_embedding_and_whole_numbers_beside_them_their_own():
    tokens, row = Input((3,), dtype="int32", name="t"), Input((2,), dtype="int32", name="i")
    numbers = Input((4,), name="x")
    looked_up = layers.Flatten()(layers.Embedding(5, 2, name="e")(tokens))
    joined = layers.Concatenate()([looked_up, numbers, layers.Rescaling(0.5)(row)])
    explained = explained_outputs(Model([tokens, numbers, row], layers.Dense(2)(joined)))
    sites = [(site.name, site.shape, site.summed) for site in explained.roots]
    assert sites == [("t", (3, 2), True), ("x", (4,), False), ("i", (2,), False)]
    assert explained.without_credit == []


def test_the_same_model_is_looked_at_once():
    model = Sequential([Input((4,)), layers.Dense(3)])
    assert explained_outputs(model) is explained_outputs(model)
    assert explained_outputs(model, "raw_logit") is not explained_outputs(model)


class RoundsByTheWay(layers.Layer):
    """The same, but for what stands for the rounding of another order of sums."""

    def call(self, inputs):
        return inputs + 1e-5 if tf.executing_eagerly() else inputs


@pytest.mark.parametrize("seen_first", [0, 20])  # answers before the first exchange: by then others are compiled
def test_values_put_back_in_their_place_change_no_answer_by_a_rounding(seen_first):
    model = Sequential([Input((4,)), layers.Dense(5, name="h"), RoundsByTheWay(), layers.Dense(3)])
    explained = explained_outputs(model, layer="h")
    for _ in range(seen_first):
        explained.answers([X])
    for _ in range(12):
        own = explained.values([X], explained.sites)
        assert (explained.answers_with([X], explained.sites, own) == explained.answers([X])).all()


class Counted(layers.Layer):
    """Counts how often it is run."""

    times = 0

    def call(self, inputs):
        self.times += 1
        return inputs


def test_for_values_inside_nothing_behind_them_is_run():
    ids, behind = Input((3,), dtype="int32"), Counted()
    embedding = layers.Embedding(5, 2, name="e")
    model = Model(ids, layers.Dense(2)(behind(layers.Flatten()(embedding(ids)))))
    explained = explained_outputs(model)
    before, rows = behind.times, np.array([[0, 3, 4], [1, 1, 2]])
    (found,) = explained.values([rows], explained.roots)
    assert behind.times == before
    np.testing.assert_array_equal(found, embedding.get_weights()[0][rows])


def test_values_of_the_layer_that_makes_the_output_are_its_logits():
    model = Sequential([Input((4,)), layers.Dense(3, activation="softmax", name="h")])
    explained = explained_outputs(model, layer="h")
    kernel, bias = model.get_weights()
    (found,) = explained.values([X], explained.sites)
    np.testing.assert_allclose(found, X @ kernel + bias, atol=1e-6)

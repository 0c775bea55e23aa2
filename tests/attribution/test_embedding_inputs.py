from keras import Input, Model, layers, ops

from nbviz.attribution.embedding_inputs import embedding_inputs
from nbviz.keras_model.replay import Replay


def test_each_embedding_has_the_inputs_that_enter_it_and_the_others_go_on():
    a, b = Input((3,), dtype="int32", name="a"), Input((3,), dtype="int32", name="b")
    c = Input((2,), name="c")
    words = layers.Embedding(9, 4, name="words")(a + b)
    joined = layers.Concatenate()([layers.Flatten()(words), c])
    found = embedding_inputs(Replay(Model([a, b, c], layers.Dense(2)(joined))), 3)
    assert found.embeddings == {("words",): {0, 1}}
    assert found.outputs == {2}
    assert found.names == {0, 1}


def test_an_input_may_go_both_ways():
    a = Input((3,), dtype="int32", name="a")
    joined = layers.Concatenate()([layers.Flatten()(layers.Embedding(9, 4, name="e")(a)), layers.Rescaling(0.1)(a)])
    assert embedding_inputs(Replay(Model(a, layers.Dense(2)(joined))), 1) == ({("e",): {0}}, {0}, {0}, {})


class WithPositions(layers.Layer):
    def __init__(self, pooled=False):
        super().__init__(name="with_positions")
        self.words, self.places, self.pooled = layers.Embedding(9, 4), layers.Embedding(3, 4), pooled

    def call(self, ids):
        vectors = self.words(ids) + self.places(ops.arange(3))
        return ops.mean(vectors, axis=1) if self.pooled else vectors


def test_a_layer_of_ones_own_with_embeddings_inside_is_one_where_each_token_has_a_vector_behind_it():
    a = Input((3,), dtype="int32", name="a")
    vectors = Model(a, layers.Dense(2)(layers.Flatten()(WithPositions()(a))))
    assert embedding_inputs(Replay(vectors), 1) == ({("with_positions",): {0}}, set(), {0}, {})
    pooled = Model(a, layers.Dense(2)(WithPositions(pooled=True)(a)))
    assert embedding_inputs(Replay(pooled), 1) == ({}, {0}, set(), {})

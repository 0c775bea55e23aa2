from keras import Input, Model, layers

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
    assert embedding_inputs(Replay(Model(a, layers.Dense(2)(joined))), 1) == ({("e",): {0}}, {0}, {0})

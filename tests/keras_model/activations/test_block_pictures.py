import gc
import weakref

import keras
import numpy as np
import pytest

from nbviz import NetworkDiagram
from nbviz.keras_model import ModelReader
from nbviz.keras_model.activations.block_pictures import BlockPictures
from tests.keras_model.activations.steps_by_hand import (
    INPUTS,
    RNG,
    STEPS,
    UNITS,
    sequence_model,
    shaken,
    states_of,
)

L = keras.layers


def test_of_several_rows_the_mean_is_shown_over_all_batches(monkeypatch, x):
    monkeypatch.setattr("nbviz.keras_model.activations.block_pictures.ROOM", 2 * STEPS * UNITS)  # two rows
    model = sequence_model(L.GRU(UNITS, name="read"))
    picture = BlockPictures(model).read(model, [x])["read"]
    np.testing.assert_allclose(picture.values, states_of(model.layers[0].cell, x).mean(axis=0).T, atol=1e-5)
    assert picture.words == "4 units × 7 steps"


def test_of_more_rows_than_there_is_time_for_evenly_spread_ones_are_read(monkeypatch):
    monkeypatch.setattr("nbviz.keras_model.activations.block_pictures.WORK", 10 * STEPS * UNITS)
    many = RNG.normal(size=(1036, STEPS, INPUTS)).astype("float32")
    model = sequence_model(L.GRU(UNITS, name="read"))
    picture = BlockPictures(model).read(model, [many])["read"]
    expected = states_of(model.layers[0].cell, many[::115]).mean(axis=0).T
    np.testing.assert_allclose(picture.values, expected, atol=1e-5)
    assert picture.words == "4 units × 7 steps, mean of 10 of 1,036 rows"


def test_other_layers_show_what_they_return_over_time():
    tokens = np.array([[3, 1, 0]])
    inputs = keras.Input((3,), dtype="int32")
    embedding = L.Embedding(5, INPUTS, name="words")
    hidden = L.LayerNormalization(name="norm")(embedding(inputs))
    model = keras.Model(inputs, L.Dense(2)(L.Flatten(name="flat")(hidden)))
    reader = BlockPictures(model)
    assert reader.layers == ("words", "norm")
    pictures = reader.read(model, [tokens])
    rows = embedding.embeddings.numpy()[tokens[0]]
    np.testing.assert_array_equal(pictures["words"].values, rows.T)
    centred = rows - rows.mean(axis=-1, keepdims=True)
    expected = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(pictures["norm"].values, expected.T, atol=1e-5)


def test_an_open_number_of_steps_is_that_of_the_rows(x):
    model = shaken(keras.Sequential([keras.Input((None, INPUTS)), L.LSTM(UNITS, name="read")]))
    reader = BlockPictures(model)
    assert reader.read(model, [x])["read"].words == "4 units × 7 steps"
    assert reader.read(model, [x[:, :5]])["read"].words == "4 units × 5 steps"


@pytest.fixture
def nested():
    """A shared encoder inside, called twice."""
    inner = keras.Sequential([keras.Input((STEPS, INPUTS)), L.LSTM(UNITS, name="lstm")], name="encoder")
    left, right = keras.Input((STEPS, INPUTS)), keras.Input((STEPS, INPUTS))
    return shaken(keras.Model([left, right], L.Dense(1, name="same")(L.Concatenate()([inner(left), inner(right)]))))


def test_layers_inside_models_and_second_calls_have_faces_of_their_own(nested, x):
    reader = BlockPictures(nested)
    assert reader.layers == ("encoder/lstm", "encoder:1/lstm")
    pictures = reader.read(nested, [x[:1], x[1:2]])
    cell = nested.get_layer("encoder").layers[0].cell
    np.testing.assert_allclose(pictures["encoder/lstm"].values, states_of(cell, x[:1])[0].T, atol=1e-5)
    np.testing.assert_allclose(pictures["encoder:1/lstm"].values, states_of(cell, x[1:2])[0].T, atol=1e-5)


def test_only_what_is_wanted_is_read(nested, x):
    pictures = BlockPictures(nested).read(nested, [x[:1], x[1:2]], names=["encoder:1/lstm", "unknown"])
    assert list(pictures) == ["encoder:1/lstm"]


def test_a_block_of_layers_shows_the_only_one_in_it_that_has_states(nested):
    reader = BlockPictures(nested)
    closed = reader.of_blocks(ModelReader(nested).architecture)
    assert closed == {"encoder": "encoder/lstm", "encoder:1": "encoder:1/lstm"}
    opened = reader.of_blocks(ModelReader(nested, ["encoder"]).architecture)
    assert opened == {"encoder/lstm": "encoder/lstm", "encoder:1": "encoder:1/lstm"}


def test_a_block_with_two_recurrent_layers_has_no_face_of_one_of_them():
    inner = keras.Sequential([keras.Input((STEPS, INPUTS)), L.GRU(3, return_sequences=True), L.GRU(2)], name="two")
    model = keras.Sequential([keras.Input((STEPS, INPUTS)), inner, L.Dense(1)])
    assert BlockPictures(model).of_blocks(ModelReader(model).architecture) == {}


class Steps(L.Layer):
    """A layer of the user's own."""

    def call(self, x):
        """The same."""
        return x * 1.0


def test_a_block_shows_what_comes_out_of_the_layers_passed_through_after_it():
    inputs = keras.Input((STEPS, INPUTS))
    hidden = L.Activation("tanh", name="bent")(Steps(name="own")(inputs))
    hidden = L.LayerNormalization(name="norm")(L.Add(name="sum")([hidden, inputs]))
    words = L.TimeDistributed(L.Dense(4), name="each")(hidden)
    model = keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling1D(name="pool")(words)))
    reader = BlockPictures(model)
    assert reader.layers == ("own", "bent", "sum", "norm", "each")
    assert reader.of_blocks(ModelReader(model).architecture) == {"own": "bent", "each": "each"}


def traces(model):
    """All that is set on a model's layers and what is inside them, and what hangs on their graph.

    Not whether a layer has ever run: Keras notes that on the softmax in an attention layer.
    """
    return {
        id(layer): (
            {key: value if isinstance(value, (str, int, float, bool, tuple)) else id(value)
             for key, value in vars(layer).items() if key not in ("_called", "_parent_path")},
            len(layer._inbound_nodes), len(layer._outbound_nodes), [weight.path for weight in layer.weights],
        )
        for layer in model._flatten_layers()
    }  # fmt: skip


def test_looking_leaves_no_trace():
    tokens = keras.Input((STEPS,), dtype="int32", name="tokens")
    rows = L.Embedding(9, 4, mask_zero=True)(tokens)
    rows = L.MultiHeadAttention(2, 3)(rows, rows)
    left = L.GRU(4, recurrent_dropout=0.5)(L.Bidirectional(L.LSTM(3, return_sequences=True, dropout=0.5))(rows))
    plain = L.Embedding(9, 4)(tokens)
    right = L.RNN([L.LSTMCell(3), L.GRUCell(2)])(L.GroupQueryAttention(2, 2, 1)(plain, plain))
    model = keras.Model(tokens, L.Dense(2)(L.Concatenate()([left, right])))
    given = RNG.integers(0, 9, size=(3, STEPS))
    model.predict(given, verbose=0)
    before, values, config = traces(model), model.get_weights(), model.get_config()
    pictures = BlockPictures(model).read(model, [given])
    assert len(pictures) == 7
    assert traces(model) == before
    assert model.get_config() == config
    for a, b in zip(model.get_weights(), values, strict=True):
        np.testing.assert_array_equal(a, b)
    # Names that Keras counts up for the user's next layers go on from where they were.
    count = int(model.layers[-1].name.partition("_")[2] or 0)
    assert L.Dense(1).name == f"dense_{count + 1}"
    number = int(next(layer for layer in model.layers if type(layer) is L.RNN).name.partition("_")[2] or 0)
    assert L.RNN(L.LSTMCell(2)).name == f"rnn_{number + 1}"


def test_a_reader_does_not_keep_its_model_alive(x):
    model = sequence_model(L.LSTM(UNITS))
    reader = BlockPictures(model)
    reader.read(model, [x])
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    assert reader.layers


def test_a_face_follows_the_weights(x):
    model = sequence_model(L.LSTM(UNITS, name="read"))
    reader = BlockPictures(model)
    before = reader.read(model, [x[:1]])["read"].values
    shaken(model)
    after = reader.read(model, [x[:1]])["read"].values
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_allclose(after, states_of(model.layers[0].cell, x[:1])[0].T, atol=1e-5)


def test_half_floats_are_added_up_as_whole_ones(x):
    model = sequence_model(L.LSTM(UNITS, dtype="mixed_float16", name="read"))
    values = BlockPictures(model).read(model, [x])["read"].values
    np.testing.assert_allclose(values, states_of(model.layers[0].cell, x).mean(axis=0).T, atol=5e-3)
    model = keras.Sequential([keras.Input((2,), dtype="int32"), L.Embedding(1, 1, dtype="mixed_float16", name="words")])
    model.set_weights([np.array([[1000]])])  # a hundred of them are more than a half float can hold
    values = BlockPictures(model).read(model, [np.zeros((100, 2), "int32")])["words"].values
    np.testing.assert_array_equal(values, [[1000, 1000]])
    assert values.dtype == np.float32


def test_a_layer_that_cannot_be_read_is_left_out_and_the_others_see_the_same_mask(monkeypatch):
    """Flash attention returns no scores."""
    inputs = keras.Input((STEPS,), dtype="int32")
    rows = L.Embedding(5, INPUTS, mask_zero=True, name="words")(inputs)
    seen = L.MultiHeadAttention(2, 3, name="flash")(rows, rows)
    layer = L.LSTM(UNITS, name="read")
    model = shaken(keras.Model(inputs, layer(seen)))
    tokens = np.array([[3, 1, 2, 4, 0, 0, 0]])
    whole = BlockPictures(model).read(model, [tokens])
    refuse = L.MultiHeadAttention._compute_attention

    def without_scores(self, query, key, value, attention_mask=None, training=None, scores=False, **given):
        if scores:
            raise ValueError("Returning attention scores is not supported when flash attention is enabled.")
        return refuse(self, query, key, value, attention_mask, training, scores, **given)

    monkeypatch.setattr(L.MultiHeadAttention, "_compute_attention", without_scores)
    model = keras.models.clone_model(model)
    model.set_weights(shaken(model).get_weights())
    partly = BlockPictures(model).read(model, [tokens])
    assert set(whole) - set(partly) == {"flash"}
    monkeypatch.undo()
    again = keras.models.clone_model(model)
    again.set_weights(model.get_weights())
    expected = BlockPictures(again).read(again, [tokens])["read"].values
    np.testing.assert_allclose(partly["read"].values, expected, atol=1e-6)


def test_rows_that_the_model_cannot_run_have_no_faces_and_raise_nothing(x):
    model = sequence_model(L.LSTM(UNITS))
    reader = BlockPictures(model)
    assert reader.read(model, [x[:, :, :2]]) == {}
    assert reader.read(model, [x[:0]]) == {}
    assert reader.read(model, []) == {}
    assert len(reader.read(model, [x])) == 1


def test_not_a_number_is_shown_as_it_is(x):
    model = sequence_model(L.SimpleRNN(UNITS, name="read"))
    x[0, 3] = np.nan
    values = BlockPictures(model).read(model, [x[:1]])["read"].values
    assert np.isfinite(values[:, :3]).all()
    assert np.isnan(values[:, 3:]).all()


class Own(keras.Model):
    """A model whose graph is code."""

    def __init__(self):
        """One layer."""
        super().__init__()
        self.read = L.LSTM(3)

    def call(self, x):
        """(rows, steps, inputs) to (rows, 3)."""
        return self.read(x)


def test_a_model_without_a_graph_or_without_steps_has_no_faces(x):
    own = Own()
    own(x)
    assert BlockPictures(own).layers == ()
    assert BlockPictures(own).read(own, [x]) == {}
    images = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(2)])
    assert BlockPictures(images).layers == ()


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"Expected a keras.Model"):
        BlockPictures("model")


def test_attention_between_the_rows_of_a_batch_has_no_picture():
    inputs = keras.Input((5,))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Attention(name="rows")([inputs, inputs])))
    assert "rows" not in BlockPictures(model).layers
    assert "<svg" in NetworkDiagram(model, np.ones((4, 5), "float32")).to_svg()

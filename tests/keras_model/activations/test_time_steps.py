"""States and scores, seen in the faces of blocks, are those of loops over the steps."""

import keras
import numpy as np
import pytest

import nbviz
from nbviz.keras_model.activations.block_pictures import BlockPictures
from tests.keras_model.activations.steps_by_hand import (
    INPUTS,
    RNG,
    STEPS,
    UNITS,
    scores_of,
    sequence_model,
    shaken,
    side_by_side,
    softmax,
    states_of,
)

L = keras.layers


RECURRENT = {
    "LSTM": lambda **given: L.LSTM(UNITS, **given),
    "GRU": lambda **given: L.GRU(UNITS, **given),
    "GRU, reset before": lambda **given: L.GRU(UNITS, reset_after=False, **given),
    "SimpleRNN": lambda **given: L.SimpleRNN(UNITS, **given),
    "RNN": lambda **given: L.RNN(L.LSTMCell(UNITS), **given),
    "LSTM with dropout": lambda **given: L.LSTM(UNITS, dropout=0.5, recurrent_dropout=0.5, **given),
}


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("kind", RECURRENT)
def test_a_face_shows_the_state_after_each_step_whatever_the_layer_returns(kind, every, backward, x):
    layer = RECURRENT[kind](return_sequences=every, go_backwards=backward, name="read")
    model = sequence_model(layer)
    picture = BlockPictures(model).read(model, [x[:1]])["read"]
    expected = states_of(layer.cell, x[:1], backward=backward)
    np.testing.assert_allclose(picture.values, expected[0].T, atol=1e-5)
    assert picture.words == "4 units × 7 steps"
    last = expected[:, 0 if backward else -1]
    answer = layer(x[:1])[:, -1] if every else layer(x[:1])
    np.testing.assert_allclose(answer, last, atol=1e-5)


@pytest.mark.parametrize("merge_mode", ["concat", "sum", None])
@pytest.mark.parametrize("every", [False, True])
def test_a_bidirectional_face_has_forward_above_backward_both_from_left_to_right(merge_mode, every, x):
    inputs = keras.Input((STEPS, INPUTS))
    layer = L.Bidirectional(L.LSTM(UNITS, return_sequences=every), merge_mode=merge_mode, name="both")
    model = shaken(keras.Model(inputs, layer(inputs)))
    picture = BlockPictures(model).read(model, [x[:1]])["both"]
    forward = states_of(layer.forward_layer.cell, x[:1])
    backward = states_of(layer.backward_layer.cell, x[:1], backward=True)
    np.testing.assert_allclose(picture.values, np.concatenate([forward, backward], axis=-1)[0].T, atol=1e-5)
    assert picture.words == "4 + 4 units × 7 steps"


@pytest.mark.parametrize("both", [False, True])
def test_masked_steps_leave_the_state_as_it_is(both):
    tokens = np.array([[3, 1, 0, 2, 0, 0, 0], [0, 0, 4, 1, 2, 3, 4]])
    recurrent = L.LSTM(UNITS, name="read", return_sequences=both)
    layer = L.Bidirectional(recurrent, name="read") if both else recurrent
    embedding = L.Embedding(5, INPUTS, mask_zero=True)
    model = shaken(keras.Sequential([keras.Input((STEPS,), dtype="int32"), embedding, layer]))
    picture = BlockPictures(model).read(model, [tokens])["read"]
    rows, mask = embedding.embeddings.numpy()[tokens], tokens != 0
    if both:
        parts = [
            states_of(layer.forward_layer.cell, rows, mask),
            states_of(layer.backward_layer.cell, rows, mask, backward=True),
        ]
    else:
        parts = [states_of(layer.cell, rows, mask)]
    np.testing.assert_allclose(picture.values, np.concatenate(parts, axis=-1).mean(axis=0).T, atol=1e-5)


def test_a_decoder_starts_where_its_encoder_ends(x):
    inputs, target = keras.Input((STEPS, INPUTS)), keras.Input((4, INPUTS))
    encoder, decoder = L.LSTM(UNITS, return_state=True, name="encoder"), L.LSTM(UNITS, name="decoder")
    _, h, c = encoder(inputs)
    model = shaken(keras.Model([inputs, target], decoder(target, initial_state=[h, c])))
    pictures = BlockPictures(model).read(model, [x[:1], x[1:2, :4]])
    _, h, c = (part.numpy() for part in encoder(x[:1]))
    np.testing.assert_allclose(
        pictures["decoder"].values, states_of(decoder.cell, x[1:2, :4], start=[h, c])[0].T, atol=1e-5
    )
    np.testing.assert_allclose(pictures["encoder"].values, states_of(encoder.cell, x[:1])[0].T, atol=1e-5)


def test_both_directions_start_where_they_are_told_to(x):
    inputs, states = keras.Input((STEPS, INPUTS)), [keras.Input((UNITS,)) for _ in range(2)]
    layer = L.Bidirectional(L.GRU(UNITS), name="both")
    model = shaken(keras.Model([inputs, *states], layer(inputs, initial_state=states)))
    start = RNG.normal(size=(2, 1, UNITS)).astype("float32")
    picture = BlockPictures(model).read(model, [x[:1], *start])["both"]
    forward = states_of(layer.forward_layer.cell, x[:1], start=[start[0]])
    backward = states_of(layer.backward_layer.cell, x[:1], start=[start[1]], backward=True)
    np.testing.assert_allclose(picture.values, np.concatenate([forward, backward], axis=-1)[0].T, atol=1e-5)


@pytest.mark.parametrize("every", [False, True])
def test_a_stateful_layer_is_seen_from_where_it_stands_and_stays_there(every, x):
    inputs = keras.Input(batch_shape=(2, STEPS, INPUTS))
    layer = L.GRU(UNITS, stateful=True, return_sequences=every, name="read")
    model = shaken(keras.Model(inputs, layer(inputs)))
    model.predict(x[:2], verbose=0)
    stands = layer.states[0].numpy()
    assert np.abs(stands).max() > 0.01
    reader = BlockPictures(model)
    for _ in range(2):
        picture = reader.read(model, [x[2:4]])["read"]
        np.testing.assert_allclose(
            picture.values, states_of(layer.cell, x[2:4], start=[stands]).mean(axis=0).T, atol=1e-5
        )
    np.testing.assert_array_equal(layer.states[0].numpy(), stands)


def test_of_cells_on_top_of_each_other_the_last_one_is_shown(x):
    cells = [L.LSTMCell(5), L.GRUCell(UNITS)]
    model = sequence_model(L.RNN(cells, name="stack"))
    reader = BlockPictures(model)
    expected = states_of(cells[1], states_of(cells[0], x[:1]))[0].T
    np.testing.assert_allclose(reader.read(model, [x[:1]])["stack"].values, expected, atol=1e-5)
    assert reader.parts("stack") == ("cell 0", "cell 1")


ATTENTION = {
    "MultiHeadAttention": lambda: L.MultiHeadAttention(2, 3, name="look"),
    "with dropout": lambda: L.MultiHeadAttention(2, 3, dropout=0.5, name="look"),
    "GroupQueryAttention": lambda: L.GroupQueryAttention(3, 4, 2, name="look"),
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", ATTENTION)
def test_a_face_shows_what_each_head_looks_at(kind, causal, x):
    layer, inputs, other = ATTENTION[kind](), keras.Input((STEPS, INPUTS)), keras.Input((STEPS, INPUTS))
    model = shaken(keras.Model([inputs, other], layer(inputs, other, use_causal_mask=causal)))
    reader = BlockPictures(model)
    picture = reader.read(model, [x[:2], x[2:4]])["look"]
    allowed = np.tril(np.ones((STEPS, STEPS))) if causal else True
    expected = scores_of(layer, x[:2], x[2:4], allowed).mean(axis=0)
    np.testing.assert_allclose(picture.values, side_by_side(expected), atol=1e-5)
    heads = len(expected)
    assert picture.words == f"{heads} heads: 7 queries × 7 keys"
    assert reader.parts("look") == tuple(f"head {index}" for index in range(heads))


def test_masked_keys_are_not_looked_at_by_any_of_two_layers_in_a_row():
    tokens = np.array([[3, 1, 2, 4, 0, 0, 0]])
    inputs = keras.Input((STEPS,), dtype="int32")
    embedding = L.Embedding(5, INPUTS, mask_zero=True)
    rows = embedding(inputs)
    first, second = L.MultiHeadAttention(2, 3, name="first"), L.MultiHeadAttention(2, 3, name="second")
    middle = first(rows, rows)
    model = shaken(keras.Model(inputs, [second(middle, middle), middle]))
    pictures = BlockPictures(model).read(model, [tokens])
    expected = scores_of(first, (rows := embedding(tokens).numpy()), rows, (tokens != 0)[:, None, None])[0]
    real = np.r_[0:4]  # what a padding place looks at is not looked at
    np.testing.assert_allclose(pictures["first"].values[real], side_by_side(expected)[real], atol=1e-5)
    middle = model.predict(tokens, verbose=0)[1]
    expected = scores_of(second, middle, middle, (tokens != 0)[:, None, None])[0]
    np.testing.assert_allclose(pictures["second"].values[real], side_by_side(expected)[real], atol=1e-5)


@pytest.mark.parametrize("kind", [L.Attention, L.AdditiveAttention])
@pytest.mark.parametrize("returned", [False, True])
def test_attention_without_heads_is_one_square(kind, returned, x):
    query, value = keras.Input((STEPS, INPUTS)), keras.Input((4, INPUTS))
    layer = kind(use_scale=False, name="look")
    answer = layer([query, value], return_attention_scores=True) if returned else [layer([query, value])]
    model = keras.Model([query, value], [L.Dense(2)(answer[0]), *answer[1:]])
    reader = BlockPictures(model)
    picture = reader.read(model, [x[:1], x[1:2, :4]])["look"]
    q, v = x[:1].astype(float), x[1:2, :4].astype(float)
    raw = q @ v.swapaxes(1, 2) if kind is L.Attention else np.tanh(q[:, :, None] + v[:, None]).sum(axis=-1)
    np.testing.assert_allclose(picture.values, softmax(raw, 1.0)[0], atol=1e-5)
    assert (picture.words, reader.parts("look")) == ("7 queries × 4 keys", ())


def test_attention_over_rows_and_columns_has_them_one_after_the_other():
    x = RNG.normal(size=(1, 2, 3, INPUTS)).astype("float32")
    inputs = keras.Input((2, 3, INPUTS))
    layer = L.MultiHeadAttention(2, 3, name="look")
    model = shaken(keras.Model(inputs, layer(inputs, inputs)))
    picture = BlockPictures(model).read(model, [x])["look"]
    flat = x.reshape(1, 6, INPUTS)
    np.testing.assert_allclose(picture.values, side_by_side(scores_of(layer, flat, flat)[0]), atol=1e-5)
    along = L.MultiHeadAttention(2, 3, attention_axes=2, name="look")
    model = shaken(keras.Model(inputs, along(inputs, inputs)))
    picture = BlockPictures(model).read(model, [x])["look"]
    expected = scores_of(along, x[0], x[0]).mean(axis=0)
    np.testing.assert_allclose(picture.values, side_by_side(expected), atol=1e-5)


PARTS = {
    "LSTM": lambda: L.LSTM(UNITS, name="it"),
    "GRU": lambda: L.GRU(UNITS, name="it"),
    "Bidirectional": lambda: L.Bidirectional(L.LSTM(UNITS), name="it"),
    "stack": lambda: L.RNN([L.LSTMCell(2), L.LSTMCell(3)], name="it"),
}


@pytest.mark.parametrize("kind", PARTS)
def test_parts_have_the_names_that_weights_gives_them(kind):
    model = sequence_model(PARTS[kind]())
    first = {name.split("/")[0] for name in nbviz.weights(model, "it")}
    parts = BlockPictures(model).parts("it")
    assert set(parts) == first
    assert len(parts) == len(first)


def test_a_layer_without_gates_has_no_parts():
    model = sequence_model(L.SimpleRNN(UNITS, name="it"))
    assert BlockPictures(model).parts("it") == BlockPictures(model).parts("no such layer") == ()


class Shouting(L.LSTM):
    """A layer of the user's own: its call is not that of an LSTM."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        """Ten times what an LSTM returns."""
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training) * 10


def test_of_a_class_of_the_users_own_only_what_it_returns_is_shown(x):
    model = sequence_model(Shouting(UNITS, return_sequences=True, name="loud"))
    picture = BlockPictures(model).read(model, [x[:1]])["loud"]
    np.testing.assert_allclose(picture.values, 10 * states_of(model.layers[0].cell, x[:1])[0].T, atol=1e-4)
    model = sequence_model(Shouting(UNITS, name="loud"))
    assert BlockPictures(model).layers == ()


def test_convolutions_with_a_state_are_not_read():
    inputs = keras.Input((3, 8, 8, 1))
    model = keras.Model(inputs, L.ConvLSTM2D(2, 3, name="film")(inputs))
    reader = BlockPictures(model)
    assert reader.layers == ()
    assert reader.read(model, [np.zeros((1, 3, 8, 8, 1), "float32")]) == {}

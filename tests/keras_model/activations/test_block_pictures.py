import gc
import weakref

import keras
import numpy as np
import pytest

import nbviz
from nbviz.keras_model import ModelReader
from nbviz.keras_model.activations.block_pictures import BlockPictures

L = keras.layers
RNG = np.random.default_rng(5)
STEPS, INPUTS, UNITS = 7, 3, 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_step(x, state, weights):
    kernel, recurrent, bias = weights
    h, c = state
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x, state, weights):
    kernel, recurrent, bias = weights
    (h,) = state
    units = h.shape[-1]
    if bias.ndim == 2:
        z, r, new = np.split(x @ kernel + bias[0], 3, axis=-1)
        hz, hr, hn = np.split(h @ recurrent + bias[1], 3, axis=-1)
        z, r = sigmoid(z + hz), sigmoid(r + hr)
        new = np.tanh(new + r * hn)
    else:
        z, r, new = np.split(x @ kernel + bias, 3, axis=-1)
        hz, hr = np.split(h @ recurrent[:, : 2 * units], 2, axis=-1)
        z, r = sigmoid(z + hz), sigmoid(r + hr)
        new = np.tanh(new + (r * h) @ recurrent[:, 2 * units :])
    return (z * h + (1 - z) * new,)


def simple_step(x, state, weights):
    kernel, recurrent, bias = weights
    return (np.tanh(x @ kernel + state[0] @ recurrent + bias),)


STEP = {L.LSTMCell: lstm_step, L.GRUCell: gru_step, L.SimpleRNNCell: simple_step}


def states_of(cell, rows, mask=None, start=None, backward=False):
    """(rows, steps, units) by a loop over the steps: where a step is masked the state stays."""
    weights = [weight.numpy().astype(np.float64) for weight in cell.weights]
    state = [np.zeros((len(rows), cell.units)) for _ in range(2 if isinstance(cell, L.LSTMCell) else 1)]
    state = state if start is None else start
    found = np.zeros((*rows.shape[:2], cell.units))
    for step in reversed(range(rows.shape[1])) if backward else range(rows.shape[1]):
        on = np.ones((len(rows), 1), bool) if mask is None else mask[:, step, None]
        new = STEP[type(cell)](rows[:, step], state, weights)
        state = [np.where(on, a, b) for a, b in zip(new, state, strict=True)]
        found[:, step] = state[0]
    return found


def shaken(model):
    """Weights, biases included, that are not near 0."""
    model.set_weights([RNG.normal(size=weight.shape) * 0.7 for weight in model.get_weights()])
    return model


def sequence_model(layer, **options):
    return shaken(keras.Sequential([keras.Input((STEPS, INPUTS), **options), layer]))


@pytest.fixture
def x():
    return RNG.normal(size=(5, STEPS, INPUTS)).astype("float32")


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


def softmax(scores, allowed):
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True)) * allowed
    return scores / scores.sum(axis=-1, keepdims=True)


def scores_of(layer, query, value, allowed=True):
    """(rows, heads, queries, keys) of a MultiHeadAttention or GroupQueryAttention layer."""
    named = {weight.path.split("/")[-2] + "/" + weight.name: weight.numpy() for weight in layer.weights}
    q = np.einsum("rqi,ihd->rhqd", query, named["query/kernel"]) + named["query/bias"][:, None]
    k = np.einsum("rki,ihd->rhkd", value, named["key/kernel"]) + named["key/bias"][:, None]
    k = np.repeat(k, q.shape[1] // k.shape[1], axis=1)
    scores = np.einsum("rhqd,rhkd->rhqk", q, k) / np.sqrt(q.shape[-1])
    return softmax(scores, np.broadcast_to(allowed, scores.shape))


def side_by_side(scores):
    blank = np.zeros((scores.shape[1], 1))
    return np.concatenate([part for head in scores for part in (head, blank)][:-1], axis=1)


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


def test_convolutions_with_a_state_are_not_read():
    inputs = keras.Input((3, 8, 8, 1))
    model = keras.Model(inputs, L.ConvLSTM2D(2, 3, name="film")(inputs))
    reader = BlockPictures(model)
    assert reader.layers == ()
    assert reader.read(model, [np.zeros((1, 3, 8, 8, 1), "float32")]) == {}


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"Expected a keras.Model"):
        BlockPictures("model")

import keras
import numpy as np
import pytest
import tensorflow as tf

import nbviz

L = keras.layers


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(1).normal(size=(300, 6)).astype("float32")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((6,)),
            L.Dense(8, "relu", name="first"),
            L.Dropout(0.3, name="drop"),
            L.Dense(5, "tanh", name="second"),
            L.Dense(3, "softmax", name="head"),
        ]
    )


def reference(model, x):
    """Mean |gradient x activation| of the centred logits in float64 numpy, by hand for this very model."""
    w1, b1, w2, b2, w3, b3 = (value.astype(float) for value in model.get_weights())
    a1 = np.maximum(x @ w1 + b1, 0)
    a2 = np.tanh(a1 @ w2 + b2)
    z = a2 @ w3 + b3
    centring = np.eye(3) - 1 / 3
    g3 = np.broadcast_to(centring, (len(x), 3, 3))
    g2 = np.einsum("uc,ck->uk", w3, centring)[np.newaxis]
    g1 = np.einsum("hu,ru,uk->rhk", w2, 1 - a2**2, g2[0])
    return {
        "first": np.abs(a1[..., None] * g1),
        "drop": np.abs(a1[..., None] * g1),
        "second": np.abs(a2[..., None] * g2),
        "head": np.abs(z[..., None] * g3),
    }


def test_every_layer_has_the_gradient_times_activation_of_an_independent_computation(model, x):
    tables = nbviz.layer_importance(model, x)
    expected = reference(model, x.astype(float))
    assert list(tables) == list(expected)
    for name, rows in expected.items():
        assert np.allclose(tables[name].strength, rows.mean(axis=0), rtol=1e-4, atol=1e-6), name
        error = rows.std(axis=0) / np.sqrt(len(x) - 1)
        assert np.allclose(tables[name].standard_error, error, rtol=1e-3, atol=1e-6), name


@pytest.mark.parametrize("batch_size", [7, 64, 1024])
def test_batches_make_no_difference(model, x, batch_size):
    whole = nbviz.layer_importance(model, x)
    for name, table in nbviz.layer_importance(model, x, batch_size=batch_size).items():
        assert np.allclose(table.strength, whole[name].strength, rtol=1e-5, atol=1e-7)
        assert np.allclose(table.direction, whole[name].direction, atol=1e-3)


def test_it_agrees_with_importance_at_one_layer(model, x):
    tables = nbviz.layer_importance(model, x[:200])
    for name in ("first", "second", "head"):
        one = nbviz.importance(model, x[:200], method="gradient_x_input", layer=name)
        assert np.allclose(tables[name].strength, one.strength, rtol=1e-4, atol=1e-6)
        assert np.allclose(tables[name].direction, one.direction, atol=1e-6)
        assert tables[name].attrs["layer"] == one.attrs["layer"] == name


def test_classes_choose_columns_and_names_name_them(model, x):
    whole = nbviz.layer_importance(model, x, class_names=["low", "mid", "high"])["second"]
    some = nbviz.layer_importance(model, x, classes=["high", 0], class_names=["low", "mid", "high"])["second"]
    assert list(some.classes) == ["high", "low"]
    assert np.allclose(some.strength, whole.strength[:, [2, 0]], rtol=1e-6)


def test_more_classes_than_one_function_holds_come_out_the_same():
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((4,)), L.Dense(6, "relu", name="h"), L.Dense(40, "softmax", name="o")])
    x = np.random.default_rng(2).normal(size=(30, 4)).astype("float32")
    w1, b1, w2, _ = (value.astype(float) for value in model.get_weights())
    a = np.maximum(x @ w1 + b1, 0)
    centred = w2 - w2.mean(axis=1, keepdims=True)
    expected = np.abs(a[..., None] * centred).mean(axis=0)
    assert np.allclose(nbviz.layer_importance(model, x)["h"].strength, expected, rtol=1e-4, atol=1e-7)


def test_units_of_conv_layers_are_channels_summed_over_positions_row_by_row():
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((5, 5, 1)), L.Conv2D(4, 3, activation="relu", name="conv"), L.Flatten(), L.Dense(2, name="head")]
    )
    x = np.random.default_rng(3).normal(size=(20, 5, 5, 1)).astype("float32")
    maps = nbviz.activations(model, x, "conv")["conv"].astype(float)
    kernel = model.get_layer("head").kernel.numpy().astype(float).reshape(3, 3, 4, 2)
    expected = np.abs(np.einsum("rhwu,hwuk->ruk", maps, kernel)).mean(axis=0)
    table = nbviz.layer_importance(model, x)["conv"]
    assert table.strength.shape == (4, 2)
    assert np.allclose(table.strength, expected, rtol=1e-4)


def test_layers_inside_a_model_have_their_path_as_name_and_the_model_speaks_for_its_last_layer(x):
    keras.utils.set_random_seed(4)
    inner = keras.Sequential([keras.Input((8,)), L.Dense(4, "relu", name="a"), L.Dense(5, name="b")], name="inner")
    inputs = keras.Input((6,))
    model = keras.Model(inputs, L.Dense(3, "softmax", name="head")(inner(L.Dense(8, name="first")(inputs))))
    tables = nbviz.layer_importance(model, x)
    assert set(tables) == {"first", "inner", "inner/a", "inner/b", "head"}
    assert np.array_equal(tables["inner"].strength, tables["inner/b"].strength)
    assert tables["inner/a"].strength.shape == (4, 3)


def test_masks_and_tokens_are_left_out_and_embeddings_have_channels():
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.Input((7,), dtype="int32"),
            L.Embedding(20, 4, mask_zero=True, name="embed"),
            L.LSTM(5, name="lstm"),
            L.Dense(2, "softmax", name="head"),
        ]
    )
    tokens = np.random.default_rng(5).integers(0, 20, (12, 7))
    tables = nbviz.layer_importance(model, tokens)
    assert {name: table.strength.shape for name, table in tables.items()} == {
        "embed": (4, 2),
        "lstm": (5, 2),
        "head": (2, 2),
    }
    assert all(np.isfinite(table.strength).all() for table in tables.values())


def test_a_stream_gives_the_same_strengths(model, x):
    whole = nbviz.layer_importance(model, x)
    streamed = nbviz.layer_importance(model, tf.data.Dataset.from_tensor_slices(x).batch(50), batch_size=64)
    for name, table in streamed.items():
        assert np.allclose(table.strength, whole[name].strength, rtol=1e-5, atol=1e-7)
        assert table.attrs["rows"] == 300


def test_of_a_stream_of_unknown_length_the_first_rows_tell_the_direction(model, x):
    def rows():
        yield from x

    stream = tf.data.Dataset.from_generator(rows, output_signature=tf.TensorSpec((6,), "float32")).batch(50)
    table = nbviz.layer_importance(model, stream)["first"]
    assert np.allclose(table.direction, nbviz.layer_importance(model, x[:256])["first"].direction, atol=1e-6)


def test_a_subclassed_model_is_refused_with_the_way_out(x):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = L.Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    model = Own()
    model(x)
    with pytest.raises(ValueError, match=r"Expected a model whose layers can be read .* nbviz.importance explains"):
        nbviz.layer_importance(model, x)

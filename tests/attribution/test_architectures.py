"""Every kind of model is explained: right shapes, and credits that add up to what the model itself says."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import attributions, importance

RNG = np.random.default_rng(5)
ROWS = 7
TABLE = RNG.normal(size=(ROWS, 4)).astype("float32")
SERIES = RNG.normal(size=(ROWS, 5, 3)).astype("float32")
IMAGES = RNG.normal(size=(ROWS, 6, 6, 2)).astype("float32")
TOKENS = RNG.integers(1, 9, (ROWS, 5))
WIDE = keras.initializers.RandomNormal(stddev=1.0, seed=4)
NUMBER = RNG.normal(size=ROWS).astype("float32")


def tabular(*hidden, head=None):
    return Sequential([Input((4,), name="x"), *hidden, head or layers.Dense(3, activation="softmax", name="y")])


def series(*hidden):
    return Sequential([Input((5, 3), name="x"), *hidden, layers.Dense(2, activation="softmax", name="y")])


def images(*hidden):
    flat = layers.GlobalAveragePooling2D()
    return Sequential([Input((6, 6, 2), name="x"), *hidden, flat, layers.Dense(2, activation="softmax", name="y")])


def tokens(*hidden, dtype="int32", mask_zero=False):
    embedding = layers.Embedding(9, 3, mask_zero=mask_zero, embeddings_initializer=WIDE, name="e")
    head = layers.Dense(2, activation="softmax", name="y")
    return Sequential([Input((5,), dtype=dtype, name="tokens"), embedding, *hidden, head])


def pooled():
    return layers.GlobalAveragePooling1D(), layers.Dense(2, activation="softmax", name="y")


def transformer():
    x = Input((5, 3), name="x")
    # An epsilon like the spread of the data: the path meets no sharp bend.
    h = layers.Add()([x, layers.MultiHeadAttention(2, 2)(x, x)])
    h = layers.LayerNormalization(epsilon=1)(h)
    fed = layers.Dense(3)(layers.Dense(6, activation="gelu")(h))
    h = layers.LayerNormalization(epsilon=1, name="block")(h + fed)
    return Model(x, layers.Dense(2, activation="softmax", name="y")(layers.GlobalAveragePooling1D()(h)))


def two_inputs(as_dict=False):
    a, b = Input((2,), name="a"), Input((3,), name="b")
    both = layers.Concatenate()([layers.Dense(3, activation="tanh")(a), b])
    head = layers.Dense(2, activation="softmax", name="y")(layers.Dense(4, activation="silu")(both))
    return Model({"b": b, "a": a} if as_dict else [a, b], head)


def numbers_and_tokens():
    a, t = Input((2,), name="a"), Input((5,), dtype="int32", name="t")
    read = layers.GlobalAveragePooling1D()(layers.Embedding(9, 3)(t))
    h = layers.Dense(4, activation="tanh", name="h")(layers.Concatenate()([a, read]))
    return Model([a, t], layers.Dense(2, activation="softmax", name="y")(h))


def two_heads(as_dict=False):
    x = Input((4,), name="x")
    h = layers.Dense(5, activation="tanh", name="h")(x)
    kind = layers.Dense(3, activation="softmax", name="kind")(h)
    size = layers.Dense(1, name="size")(h)
    return Model(x, {"size": size, "kind": kind} if as_dict else [kind, size])


def nested(depth):
    inner = Sequential([Input((4,)), layers.Dense(4, activation="tanh", name="h")], name="level0")
    for level in range(1, depth):
        x = Input((4,))
        inner = Model(x, layers.Dense(4, activation="tanh", name="h")(inner(x)), name=f"level{level}")
    x = Input((4,), name="x")
    return Model(x, layers.Dense(3, activation="softmax", name="y")(inner(x)))


def siamese():
    encoder = Sequential([Input((2,)), layers.Dense(3, activation="tanh", name="h")], name="encoder")
    a, b = Input((2,), name="a"), Input((2,), name="b")
    return Model([a, b], layers.Dense(1, activation="sigmoid", name="y")(encoder(a) * encoder(b)))


def shared_layer():
    x, shared = Input((4,), name="x"), layers.Dense(4, activation="tanh", name="h")
    return Model(x, layers.Dense(2, name="y")(shared(shared(x))))


def residual():
    x = Input((4,), name="x")
    h = layers.Add()([x, layers.Dense(4, activation="tanh")(x)])
    h = layers.Concatenate()([h, layers.Dense(2, activation="tanh")(h)])
    return Model(x, layers.Dense(3, activation="softmax", name="y")(h))


class Squares(layers.Layer):
    def call(self, x):
        return x * x


class Subclassed(Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(5, activation="tanh")
        self.drop = layers.Dropout(0.5)
        self.head = layers.Dense(3, activation="softmax")

    def call(self, x, training=False):
        return self.head(self.drop(self.hidden(x), training=training))


class Doubled(Model):
    """A graph, and a call of its own around it."""

    def call(self, x, training=False):
        return 2 * super().call(x, training=training) + 1


def subclassed():
    model = Subclassed()
    model(TABLE)
    return model


def doubled():
    x = Input((4,), name="x")
    return Doubled(x, layers.Dense(2, activation="tanh")(x))


def adapted():
    normal = layers.Normalization()
    normal.adapt(TABLE * 3 + 2)
    return tabular(normal, layers.Dense(4, activation="tanh"))


def batch_norm():
    normal = layers.BatchNormalization()
    model = tabular(layers.Dense(4, name="h"), normal, layers.ReLU())
    normal.set_weights([np.array(part, "float32") for part in ([2, 1, 1, 3], [0, 1, 0, 1], [1, 0, 2, 0], [4, 1, 1, 2])])
    return model


def autoencoder():
    shrink = layers.Conv2D(2, 3, strides=2, activation="tanh", padding="same")
    grow = layers.Conv2DTranspose(2, 3, strides=2, padding="same")
    return Sequential([Input((6, 6, 2), name="x"), shrink, grow, layers.Flatten()])


def scalar():
    x = Input((), name="x")
    h = layers.Dense(4, activation="tanh")(layers.Reshape((1,))(x))
    return Model(x, layers.Dense(3, activation="softmax", name="y")(h))


def dropout_on():
    x = Input((4,), name="x")
    h = layers.Dropout(0.5)(layers.Dense(4, activation="tanh")(x), training=True)
    return Model(x, layers.Dense(3, activation="softmax", name="y")(h))


def half():
    wide = layers.Dense(3, activation="softmax", dtype="float32", name="y")
    return Sequential([Input((4,), name="x"), layers.Dense(5, activation="tanh", dtype="mixed_float16"), wide])


def double():
    hidden = layers.Dense(5, activation="tanh", dtype="float64")
    head = layers.Dense(3, activation="softmax", dtype="float64")
    return Sequential([Input((4,), dtype="float64", name="x"), hidden, head])


def encoder_decoder():
    x = Input((5, 3), name="x")
    _, *state = layers.LSTM(3, return_state=True)(x)
    said = layers.LSTM(3)(x, initial_state=state)
    return Model(x, layers.Dense(2, activation="softmax", name="y")(said))


MODELS = {
    # name: (how to make it, data, what its outputs are, how far credits may miss, nodes)
    "relu": (lambda: tabular(layers.Dense(6, activation="relu")), TABLE, ["softmax"], 0.02, 100),
    "gelu": (lambda: tabular(layers.Dense(5, activation="gelu")), TABLE, ["softmax"], 1e-4, 20),
    "silu": (lambda: tabular(layers.Dense(5, activation="silu")), TABLE, ["softmax"], 1e-4, 20),
    "leaky relu layer": (lambda: tabular(layers.Dense(5), layers.LeakyReLU()), TABLE, ["softmax"], 0.02, 100),
    "leaky relu": (lambda: tabular(layers.Dense(5, activation="leaky_relu")), TABLE, ["softmax"], 0.02, 100),
    "prelu": (
        lambda: tabular(layers.Dense(5), layers.PReLU(alpha_initializer=keras.initializers.Constant(0.3))),
        TABLE, ["softmax"], 0.02, 100,
    ),
    "layer norm": (
        lambda: tabular(layers.Dense(5, activation="tanh"), layers.LayerNormalization(epsilon=1)),
        TABLE, ["softmax"], 1e-3, 20,
    ),
    "batch norm": (batch_norm, TABLE, ["softmax"], 0.05, 100),
    "adapted normalization": (adapted, TABLE, ["softmax"], 1e-4, 20),
    "lambda": (
        lambda: tabular(layers.Lambda(lambda x: x * x, output_shape=(4,))), TABLE, ["softmax"], 1e-4, 20,
    ),
    "custom layer": (lambda: tabular(Squares(), layers.Dense(3)), TABLE, ["softmax"], 1e-4, 20),
    "subclassed": (subclassed, TABLE, ["softmax"], 1e-4, 20),
    "a call of one's own around a graph": (doubled, TABLE, ["linear"], 1e-4, 20),
    "residual": (residual, TABLE, ["softmax"], 1e-4, 20),
    "shared layer": (shared_layer, TABLE, ["linear"], 1e-4, 20),
    "model inside the model": (lambda: nested(1), TABLE, ["softmax"], 1e-4, 20),
    "model inside a model inside the model": (lambda: nested(3), TABLE, ["softmax"], 1e-4, 20),
    "dropout that trains": (dropout_on, TABLE, None, 0, 0),
    "mixed precision": (half, TABLE, ["softmax"], 0.01, 20),
    "float64": (double, TABLE.astype("float64"), ["softmax"], 1e-5, 20),
    "sigmoid": (
        lambda: tabular(layers.Dense(4, activation="tanh"), head=layers.Dense(1, activation="sigmoid")),
        TABLE, ["sigmoid"], 1e-4, 20,
    ),
    "scalar input": (scalar, NUMBER, ["softmax"], 1e-4, 20),
    "lstm": (lambda: series(layers.LSTM(3)), SERIES, ["softmax"], 1e-4, 20),
    "gru": (lambda: series(layers.GRU(3)), SERIES, ["softmax"], 1e-4, 20),
    "bidirectional": (lambda: series(layers.Bidirectional(layers.LSTM(2))), SERIES, ["softmax"], 1e-4, 20),
    "encoder and decoder": (encoder_decoder, SERIES, ["softmax"], 1e-4, 20),
    "conv1d": (
        lambda: series(layers.Conv1D(3, 2, activation="tanh"), layers.GlobalAveragePooling1D()),
        SERIES, ["softmax"], 1e-4, 20,
    ),
    "any length": (
        lambda: Sequential([Input((None, 3), name="x"), layers.Conv1D(3, 2, activation="tanh"), *pooled()]),
        SERIES, ["softmax"], 1e-4, 20,
    ),
    "transformer": (transformer, SERIES, ["softmax"], 1e-3, 20),
    "sequence tagging": (
        lambda: series(layers.Conv1D(3, 2, padding="causal", activation="tanh")), SERIES, ["softmax"], 1e-4, 20,
    ),
    "conv2d and max pooling": (
        lambda: images(layers.Conv2D(3, 3, activation="tanh"), layers.MaxPooling2D()), IMAGES, ["softmax"], 0.05, 100,
    ),
    "depthwise conv": (lambda: images(layers.DepthwiseConv2D(3, activation="tanh")), IMAGES, ["softmax"], 1e-4, 20),
    "separable conv": (lambda: images(layers.SeparableConv2D(3, 3, activation="tanh")), IMAGES, ["softmax"], 1e-4, 20),
    "transposed conv": (
        lambda: images(layers.Conv2DTranspose(3, 2, strides=2, activation="tanh")), IMAGES, ["softmax"], 1e-4, 20,
    ),
    "autoencoder": (autoencoder, IMAGES, ["linear"], 1e-4, 20),
    "embedding": (lambda: tokens(layers.GlobalAveragePooling1D()), TOKENS, ["softmax"], 1e-4, 20),
    "embedding of floats": (
        lambda: tokens(layers.GlobalAveragePooling1D(), dtype="float32"), TOKENS.astype("float32"), ["softmax"],
        1e-4, 20,
    ),
    "embedding and lstm with a mask": (lambda: tokens(layers.LSTM(3), mask_zero=True), TOKENS, ["softmax"], 1e-4, 20),
    "two inputs": (two_inputs, [TABLE[:, :2], SERIES[:, 0]], ["softmax"], 1e-4, 20),
    "two inputs by name": (
        lambda: two_inputs(True), {"a": TABLE[:, :2], "b": SERIES[:, 0]}, ["softmax"], 1e-4, 20,
    ),
    "numbers and tokens": (numbers_and_tokens, [TABLE[:, :2], TOKENS], ["softmax"], 1e-4, 20),
    "siamese": (siamese, [TABLE[:, :2], TABLE[:, 2:]], ["sigmoid"], 1e-4, 20),
    "two heads": (two_heads, TABLE, ["softmax", "linear"], 1e-4, 20),
    # Keras sorts outputs by name: kind, size.
    "two heads by name": (lambda: two_heads(True), TABLE, ["softmax", "linear"], 1e-4, 20),
}  # fmt: skip
GRADIENTS = ("gradient", "gradient_x_input", "smoothgrad", "integrated_gradients", "expected_gradients")


@pytest.fixture(scope="module")
def made():
    kept = {}

    def make(name):
        if name not in kept:
            keras.utils.set_random_seed(3)
            model = MODELS[name][0]()
            # Biases that are not zero, and weights large enough to bend what they are fed into.
            for layer in model._flatten_layers(include_self=False, recursive=True):
                if isinstance(layer, layers.Dense):
                    kernel, *bias = layer.get_weights()
                    layer.set_weights([kernel * 1.5, *(part + RNG.normal(0, 0.3, part.shape) for part in bias)])
            kept[name] = model
        return kept[name]

    return make


def rows(x, chosen):
    if isinstance(x, dict):
        return {name: part[chosen] for name, part in x.items()}
    return [part[chosen] for part in x] if isinstance(x, list) else x[chosen]


def parts(x):
    return [x[name] for name in sorted(x)] if isinstance(x, dict) else x if isinstance(x, list) else [x]


def explained_by_hand(model, x, kinds):
    """(rows, classes): centred log-probabilities, log-odds, or the number itself, from what the model answers."""
    columns = []
    for answer, kind in zip(keras.tree.flatten(model(x, training=False)), kinds, strict=True):
        values = np.asarray(answer, "float64")
        if kind == "softmax":
            values = np.log(values)
            values -= values.mean(axis=-1, keepdims=True)
        if kind == "sigmoid":
            values = np.log(values) - np.log1p(-values)
        if values.ndim > 2:
            values = values.mean(axis=tuple(range(1, values.ndim - 1)))
        columns.append(values)
    return np.concatenate(columns, axis=-1)


def totals(found):
    arrays = found.values() if isinstance(found, dict) else [found]
    return sum(array.reshape(len(array), -1, array.shape[-1]).sum(axis=1) for array in arrays)


@pytest.mark.parametrize("name", MODELS)
def test_gradients_have_one_number_for_each_row_feature_and_class(made, name):
    model, x = made(name), MODELS[name][1]
    classes = sum(tensor.shape[-1] for tensor in keras.tree.flatten(model(x, training=False)))
    shapes = [(ROWS, *(part.shape[1:] or (1,)), classes) for part in parts(x)]
    for method in GRADIENTS if name in ("relu", "embedding", "two inputs", "lstm") else GRADIENTS[:2]:
        found = attributions(model, x, method=method, evaluations=4, steps=2)
        assert isinstance(found, dict) == (len(shapes) > 1)
        arrays = list(found.values()) if isinstance(found, dict) else [found]
        assert [array.shape for array in arrays] == shapes
        assert all(array.dtype == np.float32 and np.isfinite(array).all() and array.any() for array in arrays)


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name][2]])
def test_credits_along_a_path_add_up_to_what_the_model_itself_says(made, name):
    _, x, kinds, tolerance, steps = MODELS[name]
    model = made(name)
    change = explained_by_hand(model, x, kinds) - explained_by_hand(model, rows(x, slice(1, 2)), kinds)
    found = attributions(model, x, method="integrated_gradients", baseline=rows(x, slice(1, 2)), steps=steps)
    np.testing.assert_allclose(totals(found), change, atol=max(tolerance * np.abs(change).max(), 1e-5))
    assert np.abs(change).max() > 0.01


@pytest.mark.parametrize("name", ["gelu", "lstm", "embedding", "two inputs", "numbers and tokens", "two heads"])
def test_credits_against_background_rows_add_up_to_the_distance_from_their_mean(made, name):
    _, x, kinds, tolerance, steps = MODELS[name]
    model, background = made(name), rows(x, slice(2, 5))
    change = explained_by_hand(model, x, kinds) - explained_by_hand(model, background, kinds).mean(axis=0)
    found = attributions(model, x, background=background, evaluations=3 * steps)
    np.testing.assert_allclose(totals(found), change, atol=tolerance * np.abs(change).max() + 1e-5)


FOLLOWED = {
    "relu", "gelu", "silu", "leaky relu layer", "leaky relu", "prelu", "batch norm", "adapted normalization",
    "residual", "shared layer", "model inside the model", "model inside a model inside the model", "mixed precision",
    "float64", "sigmoid", "scalar input", "conv1d", "depthwise conv", "separable conv", "transposed conv",
    "autoencoder", "embedding", "embedding of floats", "two inputs", "two inputs by name", "numbers and tokens",
    "two heads", "two heads by name", "any length", "sequence tagging",
}  # fmt: skip
NOT_FOLLOWED = {
    "layer norm": "LayerNormalization", "lambda": "Lambda", "custom layer": "Squares", "subclassed": "subclassed model",
    "a call of one's own around a graph": "subclassed model", "lstm": "LSTM", "gru": "GRU",
    "bidirectional": "Bidirectional", "encoder and decoder": "LSTM", "transformer": "MultiHeadAttention",
    "conv2d and max pooling": "MaxPooling2D", "embedding and lstm with a mask": "LSTM", "siamese": "Multiply",
}  # fmt: skip


def test_every_model_is_either_followed_by_deeplift_or_refused():
    assert {*FOLLOWED, *NOT_FOLLOWED, "dropout that trains"} == set(MODELS)


@pytest.mark.parametrize("name", sorted(FOLLOWED))
def test_deeplift_adds_up_where_it_answers(made, name):
    _, x, kinds, *_ = MODELS[name]
    model = made(name)
    change = explained_by_hand(model, x, kinds) - explained_by_hand(model, rows(x, slice(1, 2)), kinds)
    found = attributions(model, x, method="deeplift", baseline=rows(x, slice(1, 2)))
    within = 5e-3 if name == "mixed precision" else 1e-4
    np.testing.assert_allclose(totals(found), change, atol=within * max(1, np.abs(change).max()))


@pytest.mark.parametrize("method", ["deeplift", "lrp"])
@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_deeplift_and_lrp_name_the_layer_they_have_no_rule_for_and_a_method_that_works(made, name, method):
    model, x = made(name), MODELS[name][1]
    with pytest.raises(ValueError, match=rf"Expected .*{method}.*Received .*{NOT_FOLLOWED[name]}.*expected_gradients"):
        attributions(model, x, method=method)


def test_lrp_of_relu_units_is_gradient_times_input():
    model = Sequential([Input((4,)), layers.Dense(6, activation="relu", use_bias=False), layers.Dense(3)])
    np.testing.assert_allclose(
        attributions(model, TABLE, method="lrp"), attributions(model, TABLE, method="gradient_x_input"), atol=1e-5
    )


BENT_HEADS = {
    "softplus": lambda: tabular(layers.Dense(5, activation="tanh"), head=layers.Dense(2, activation="softplus")),
    "relu": lambda: tabular(layers.Dense(5, activation="tanh"), head=layers.Dense(2, activation="relu")),
    "tanh layer": lambda: tabular(layers.Dense(5), head=layers.Activation("tanh")),
    "flattened relu": lambda: Sequential([Input((5, 3)), layers.Dense(2, activation="relu"), layers.Flatten()]),
}


@pytest.mark.parametrize("head", BENT_HEADS)
def test_deeplift_adds_up_through_an_activation_at_the_head(head):
    model = BENT_HEADS[head]()
    x = SERIES if model.input_shape[1:] == (5, 3) else TABLE
    found = attributions(model, x, method="deeplift", baseline=x[:1])
    np.testing.assert_allclose(totals(found), model(x).numpy() - model(x[:1]).numpy(), atol=1e-5)


def test_deeplift_adds_up_for_an_output_that_is_also_on_the_way_to_another():
    x = Input((4,))
    code = layers.Dense(3, activation="tanh", name="code")(x)
    model = Model(x, [code, layers.Dense(2, name="y")(code)])
    found = attributions(model, TABLE, method="deeplift", baseline=TABLE[:1])
    change = explained_by_hand(model, TABLE, ["linear"] * 2) - explained_by_hand(model, TABLE[:1], ["linear"] * 2)
    np.testing.assert_allclose(totals(found), change, atol=1e-5)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_deeplift_refuses_an_output_of_probabilities_that_goes_on_to_another(activation):
    x = Input((4,))
    kind = layers.Dense(3, activation=activation, name="kind")(x)
    model = Model(x, [kind, layers.Dense(2, name="y")(kind)])
    with pytest.raises(ValueError, match=rf'Expected .*deeplift.*Received .*"kind".*{activation}.*expected_gradients'):
        attributions(model, TABLE, method="deeplift")


@pytest.mark.parametrize(
    "head", [lambda: layers.LSTM(2), layers.GlobalMaxPooling1D, lambda: layers.LayerNormalization()]
)
def test_deeplift_refuses_a_head_it_has_no_rule_for(head):
    model = Sequential([Input((5, 3)), layers.Dense(3, activation="tanh"), head()])
    with pytest.raises(ValueError, match="Expected layers that deeplift has a rule for"):
        attributions(model, SERIES, method="deeplift")


def test_deeplift_refuses_probabilities_that_are_cut_up_so_that_no_logits_can_be_read():
    model = tabular(layers.Dense(4, activation="softmax"), head=layers.Reshape((2, 2)))
    with pytest.raises(ValueError, match=r"Expected .*deeplift.*Received .*softmax.*expected_gradients"):
        attributions(model, TABLE, method="deeplift")


def test_deeplift_keeps_masks():
    model = tokens(layers.Dense(4, activation="tanh"), layers.GlobalAveragePooling1D(), mask_zero=True)
    padded = TOKENS.copy()
    padded[:, 3:] = 0
    found = attributions(model, padded, method="deeplift", baseline=padded[:1])
    change = explained_by_hand(model, padded, ["softmax"]) - explained_by_hand(model, padded[:1], ["softmax"])
    np.testing.assert_allclose(found.sum(axis=1), change, atol=1e-5)
    assert not found[:, 3:].any()


@pytest.mark.parametrize("method", ["integrated_gradients", "shapley"])
def test_padding_gets_no_credit(method):
    model = tokens(layers.LSTM(3), mask_zero=True)
    padded = TOKENS.copy()
    padded[:, 3:] = 0
    found = attributions(model, padded, method=method, baseline=padded[:1])
    assert found.shape == (ROWS, 5, 2)
    assert np.abs(found[:, 3:]).max() < 1e-6
    assert np.abs(found[1:, :3]).max() > 1e-6


def test_padding_is_averaged_over_as_the_model_does_it():
    """Of the mean of unmasked embeddings through a linear head each token's share is its own, by hand."""
    embedding = layers.Embedding(9, 3, mask_zero=True)
    model = Sequential([Input((5,), dtype="int32"), embedding, layers.GlobalAveragePooling1D(), layers.Dense(2)])
    padded = TOKENS.copy()
    padded[:, 3:] = 0
    (table,), (kernel, _) = embedding.get_weights(), model.layers[-1].get_weights()
    by_hand = table[padded] @ kernel / 3
    by_hand[:, 3:] = 0
    found = attributions(model, padded, method="integrated_gradients", baseline="zero")
    np.testing.assert_allclose(found, by_hand, atol=1e-6)


def test_text_is_explained_word_by_word():
    words = layers.TextVectorization(output_sequence_length=4)
    words.adapt(["good bad film the"])
    embedding = layers.Embedding(words.vocabulary_size(), 3, name="e")
    model = Sequential([Input((1,), dtype="string"), words, embedding, layers.Flatten(), layers.Dense(2)])
    x = np.array([["good film"], ["the bad film"], ["bad"]])
    found = attributions(model, x, method="integrated_gradients", baseline="zero")
    (table,), (kernel, _) = embedding.get_weights(), model.layers[-1].get_weights()
    by_hand = np.einsum("rte,tec->rtc", table[np.asarray(words(x))], kernel.reshape(4, 3, 2))
    np.testing.assert_allclose(found, by_hand, atol=1e-6)


def test_dropout_that_always_trains_is_off_while_explaining(made):
    model = made("dropout that trains")
    first, second = (attributions(model, TABLE, method="gradient") for _ in range(2))
    np.testing.assert_array_equal(first, second)


BOTTLENECKS = {
    # model: (layer, shape of one row's credit)
    "relu": ("dense", (6,)),
    "residual": ("concatenate", (6,)),
    "model inside the model": ("level0/h", (4,)),
    "model inside a model inside the model": ("level2/level1/level0/h", (4,)),
    "numbers and tokens": ("h", (4,)),
    "two inputs": ("concatenate", (6,)),
    "transformer": ("block", (5, 3)),
    "embedding": ("e", (5, 3)),
    "conv1d": ("conv1d", (4, 3)),
    "lstm": ("lstm", (3,)),
    "two heads": ("h", (5,)),
    "float64": ("dense", (5,)),
    "mixed precision": ("dense", (5,)),
}


@pytest.mark.parametrize("name", BOTTLENECKS)
def test_conductance_of_a_bottleneck_adds_up(made, name):
    _, x, kinds, tolerance, steps = MODELS[name]
    model, (layer, shape) = made(name), BOTTLENECKS[name]
    known = [each.name for each in model.layers]
    if "/" not in layer and layer not in known:  # automatic names carry a number
        layer = next(each for each in known if each.startswith(layer))
    change = explained_by_hand(model, x, kinds) - explained_by_hand(model, rows(x, slice(1, 2)), kinds)
    found = attributions(
        model, x, method="integrated_gradients", baseline=rows(x, slice(1, 2)), steps=steps, layer=layer
    )
    assert found.shape == (ROWS, *shape, change.shape[1])
    np.testing.assert_allclose(totals(found), change, atol=max(tolerance * np.abs(change).max(), 1e-5))


def test_a_recurrent_layer_is_differentiated_by_two_backward_passes(made):
    said = importance(made("lstm"), SERIES, layer=made("lstm").layers[0].name, evaluations=4).attrs
    assert said["layer_form"] == "reverse over reverse"
    said = importance(made("gelu"), TABLE, layer=made("gelu").layers[0].name, evaluations=4).attrs
    assert said["layer_form"] == "forward mode"


def test_a_model_used_twice_has_two_layers_of_each_name(made):
    model, x = made("siamese"), [TABLE[:, :2], TABLE[:, 2:]]
    first, second = (attributions(model, x, method="gradient", layer=f"encoder{use}/h") for use in ("", ":1"))
    encoder = next(layer for layer in model.layers if layer.name.startswith("encoder"))
    kernel = model.get_layer("y").get_weights()[0][:, 0]
    # d log-odds / d (what the first encoder says) = w * what the second says
    np.testing.assert_allclose(first[..., 0], kernel * encoder(x[1]).numpy(), atol=1e-5)
    np.testing.assert_allclose(second[..., 0], kernel * encoder(x[0]).numpy(), atol=1e-5)


HEADS_PASSED_ON = {
    "dropout": lambda: tabular(layers.Dense(3, activation="softmax", name="y"), head=layers.Dropout(0.5)),
    "reshape": lambda: Sequential(
        [Input((4,)), layers.Dense(3, activation="softmax", name="y"), layers.Reshape((1, 3)), layers.Flatten()]
    ),
    "flatten": lambda: Sequential(
        [Input((4,)), layers.Dense(1, activation="sigmoid", name="y"), layers.Flatten(), layers.Reshape(())]
    ),
    "identity": lambda: tabular(layers.Dense(3, activation="softmax", name="y"), head=layers.Identity()),
}


@pytest.mark.parametrize("head", HEADS_PASSED_ON)
def test_a_head_that_is_passed_on_still_means_its_logits(head):
    model = HEADS_PASSED_ON[head]()
    kernel = model.get_layer("y").get_weights()[0]
    centred = kernel - kernel.mean(axis=1, keepdims=True) if kernel.shape[1] > 1 else kernel
    for method in ("gradient", "lrp"):
        found = attributions(model, TABLE, method=method)
        by_hand = centred * TABLE[..., np.newaxis] if method == "lrp" else np.broadcast_to(centred, found.shape)
        np.testing.assert_allclose(found, by_hand, atol=1e-5)
    units = attributions(model, TABLE, method="gradient", layer="y")
    size = kernel.shape[1]
    by_hand = np.eye(size) - (1 / size if size > 1 else 0)
    np.testing.assert_allclose(units, np.broadcast_to(by_hand, units.shape), atol=1e-6)


def test_an_output_with_an_answer_per_position_is_explained_by_their_mean(made):
    said = importance(made("sequence tagging"), SERIES, method="gradient").attrs
    assert said["positions"] == "mean over positions"


def test_several_inputs_and_heads_have_two_levels_in_the_table(made):
    frame = importance(made("numbers and tokens"), MODELS["numbers and tokens"][1], evaluations=4).to_frame()
    assert frame.index.names == ["input", "feature"]
    assert frame.index.tolist() == [("a", "x0"), ("a", "x1"), *(("t", f"x{at}") for at in range(5))]
    for name in ("two heads", "two heads by name"):
        frame = importance(made(name), TABLE, evaluations=4).to_frame()
        assert frame.columns.names == ["output", "class"]
        assert frame.columns.tolist() == [("kind", "0"), ("kind", "1"), ("kind", "2"), ("size", "size")]


def test_outputs_of_one_layer_have_names_of_their_own():
    x, shared = Input((4,)), layers.Dense(2, name="d")
    frame = importance(Model(x, [shared(x), shared(x * 2.0)]), TABLE, method="gradient").to_frame(None)
    assert frame.columns.tolist() == [("d", "0"), ("d", "1"), ("d:1", "0"), ("d:1", "1")]
    np.testing.assert_allclose(frame["d:1"], 2 * frame["d"], rtol=1e-5)


def test_by_name_or_in_order_several_inputs_are_the_same(made):
    model, x = made("two inputs"), MODELS["two inputs"][1]
    by_order = attributions(model, x, method="gradient")
    by_name = attributions(model, {"b": x[1], "a": x[0]}, method="gradient")
    for name in ("a", "b"):
        np.testing.assert_array_equal(by_order[name], by_name[name])

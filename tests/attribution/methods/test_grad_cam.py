import keras
import numpy as np
import pytest
import tensorflow as tf

from nbviz.attribution.methods.grad_cam import grad_cam

L = keras.layers
RNG = np.random.default_rng(7)


def drawn(model):
    model.set_weights([RNG.normal(size=weight.shape) / 2 for weight in model.get_weights()])
    return model


@pytest.fixture
def x():
    return RNG.normal(size=(4, 8, 8, 1)).astype("float32")


@pytest.fixture
def model():
    return drawn(
        keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                L.Conv2D(4, 3, activation="relu", name="first"),
                L.MaxPooling2D(name="pool"),
                L.Conv2D(5, 2, activation="tanh", name="second"),
                L.Flatten(),
                L.Dense(6, activation="relu"),
                L.Dense(3, activation="softmax", name="head"),
            ]
        )
    )


def test_a_net_worked_out_by_hand():
    """Two maps, A0 = x and A1 = -x: logit of class 0 is the sum of 1 2 3 4 times A0, minus 3 times the sum of A1."""
    inputs = keras.Input((2, 2, 1))
    maps = L.Conv2D(2, 1, use_bias=False, name="maps")
    hidden = maps(inputs)
    head = L.Dense(2, activation="softmax")
    model = keras.Model(inputs, head(L.Flatten()(hidden)))
    maps.set_weights([np.array([[[[1.0, -1.0]]]])])
    kernel = np.zeros((8, 2))  # position by position: A0, A1
    kernel[0::2, 0], kernel[1::2, 0] = [1, 2, 3, 4], -3
    kernel[0, 1] = 8
    head.set_weights([kernel, np.zeros(2)])
    found = grad_cam(model, np.array([[[[1.0], [2.0]], [[-4.0], [0.5]]]]), "maps")
    # Weights: means 2.5 and -3 for class 0, 8 / 4 and 0 for class 1.
    np.testing.assert_allclose(found.weights[0], [[2.5, 2], [-3, 0]], atol=1e-6)
    # 2.5 x + 3 x = 5.5 x, and 2 x; below zero is cut off.
    np.testing.assert_allclose(found.maps[0, :, :, 0], [[5.5, 11], [0, 2.75]], atol=1e-5)
    np.testing.assert_allclose(found.maps[0, :, :, 1], [[2, 4], [0, 1]], atol=1e-5)
    # The mean of x is -0.125.
    np.testing.assert_allclose(found.importance[0], [[-0.3125, -0.25], [-0.375, 0]], atol=1e-6)


@pytest.mark.parametrize("name", ["first", "pool", "second"])
def test_it_is_what_a_gradient_tape_finds(model, x, name):
    found = grad_cam(model, x, name)
    names = [layer.name for layer in model.layers]
    before, behind = model.layers[: names.index(name) + 1], model.layers[names.index(name) + 1 : -1]
    head = model.get_layer("head")
    for column in range(3):
        with tf.GradientTape() as tape:
            values = tf.constant(x)
            for layer in before:
                values = layer(values)
            tape.watch(values)
            entering = values
            for layer in behind:
                entering = layer(entering)
            logit = (entering @ head.kernel + head.bias)[:, column]
        slopes = tape.gradient(logit, values).numpy()
        weights = slopes.mean(axis=(1, 2))
        expected = np.maximum(np.einsum("nhwk,nk->nhw", values.numpy(), weights), 0)
        np.testing.assert_allclose(found.weights[..., column], weights, atol=1e-5)
        np.testing.assert_allclose(found.maps[..., column], expected, atol=1e-5)
        np.testing.assert_allclose(found.importance[..., column], weights * values.numpy().mean(axis=(1, 2)), atol=1e-5)


def test_without_a_layer_it_is_the_last_one_with_rows_and_columns(model, x):
    assert grad_cam(model, x).layer == "second"


def test_classes_are_chosen_by_name_or_number(model, x):
    every = grad_cam(model, x, "second")
    some = grad_cam(model, x, "second", classes=["c", 0], class_names=["a", "b", "c"])
    np.testing.assert_allclose(some.maps, every.maps[..., [2, 0]], atol=1e-6)
    assert some.classes.tolist() == [2, 0]
    with pytest.raises(ValueError, match="Expected classes among 0 to 2"):
        grad_cam(model, x, "second", classes=[3])


def test_rows_do_not_depend_on_their_batch(model):
    many = RNG.normal(size=(70, 8, 8, 1)).astype("float32")
    every = grad_cam(model, many, "first", classes=[1])
    alone = grad_cam(model, many[66:67], "first", classes=[1])
    np.testing.assert_allclose(every.maps[66], alone.maps[0], atol=1e-6)


def test_a_layer_in_a_model_in_the_model(x):
    inner = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(3, 3, name="conv")], name="inner")
    inputs = keras.Input((8, 8, 1))
    head = L.Dense(2, activation="softmax", name="head")
    nested = drawn(keras.Model(inputs, head(L.Flatten()(inner(inputs)))))
    flat = keras.Model(inputs, head(L.Flatten()(inner.get_layer("conv")(inputs))))
    np.testing.assert_allclose(
        grad_cam(nested, x, "inner/conv").maps, grad_cam(flat, x, "conv").maps, atol=1e-6
    )  # fmt: skip


def test_a_sequence_has_steps_instead_of_rows_and_columns():
    inputs = keras.Input((9, 2))
    hidden = L.Conv1D(4, 3, activation="relu", name="conv")(inputs)
    model = drawn(keras.Model(inputs, L.Dense(2, activation="softmax")(L.GlobalAveragePooling1D()(hidden))))
    x = RNG.normal(size=(3, 9, 2)).astype("float32")
    found = grad_cam(model, x)
    assert found.maps.shape == (3, 7, 2)
    # Behind global average pooling the channel weight is the head's kernel over the number of steps.
    weights = model.layers[-1].kernel.numpy() / 7
    values = model.get_layer("conv")(x).numpy()
    np.testing.assert_allclose(found.maps, np.maximum(np.einsum("nsk,kc->nsc", values, weights), 0), atol=1e-5)


def test_channels_first_gives_the_same(x):
    def around(data_format):
        inputs = keras.Input((1, 8, 8) if data_format == "channels_first" else (8, 8, 1))
        hidden = L.Conv2D(3, 3, data_format=data_format, activation="relu", name="conv")(inputs)
        return keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling2D(data_format=data_format)(hidden)))

    last, first = drawn(around("channels_last")), around("channels_first")
    first.set_weights(last.get_weights())
    np.testing.assert_allclose(
        grad_cam(first, np.moveaxis(x, -1, 1), "conv").maps, grad_cam(last, x, "conv").maps, atol=1e-5
    )


def test_a_model_that_answers_at_every_position_is_refused(x):
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, L.Conv2D(1, 3, padding="same")(L.Conv2D(2, 3, padding="same")(inputs)))
    with pytest.raises(ValueError, match=r"one answer per sample\. Received one that answers at every position"):
        grad_cam(model, x)


def test_a_layer_that_leads_nowhere_differentiable_is_refused(x):
    inputs = keras.Input((8, 8, 1))
    hidden = L.Conv2D(2, 3, name="conv")(inputs)
    hidden = L.Lambda(tf.round)(hidden)
    model = keras.Model(inputs, L.Dense(2)(L.Flatten()(hidden)))
    with pytest.raises(ValueError, match="Expected a way for a gradient"):
        grad_cam(model, x, "conv")


def test_models_without_maps_and_other_backends_are_refused(x, monkeypatch, model):
    dense = keras.Sequential([keras.Input((3,)), L.Dense(2)])
    with pytest.raises(ValueError, match="No feature maps"):
        grad_cam(dense, np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r"Expected x of shape \(n, 8, 8, 1\)\. Received \(n, 28, 28, 1\)"):
        grad_cam(model, np.zeros((1, 28, 28, 1)))
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="Expected Keras on TensorFlow"):
        grad_cam(model, x)


def test_the_model_is_left_as_it_was(model, x):
    weights, config = model.get_weights(), model.to_json()
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    grad_cam(model, x)
    assert config == model.to_json()
    assert nodes == [len(layer._inbound_nodes) for layer in model.layers]
    for old, new in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)

import gc
import weakref

import keras
import numpy as np
import pytest
from keras import Input, Model, layers

from nbviz import activations
from nbviz.keras_model import ModelReader, describe
from tests.keras_model.models import ROW, Block, called, chain, mlp, nested, rows


def test_more_rows_than_a_batch_come_back_in_order():
    model = mlp()
    x = rows(model, 2500)
    found = activations(model, x, "y")["y"]
    assert found == pytest.approx(keras.ops.convert_to_numpy(model(x)), abs=1e-6)


def test_layers_that_differ_in_training_are_in_inference_mode():
    model = chain(
        Input((4,)),
        layers.Dropout(0.9),
        layers.GaussianNoise(1.0),
        layers.BatchNormalization(epsilon=0.0, name="bn"),
    )
    model.layers[-1].moving_mean.assign([1.0] * 4)
    model.layers[-1].moving_variance.assign([4.0] * 4)
    x = rows(model)
    assert activations(model, x, "bn")["bn"] == pytest.approx((x - 1) / 2, abs=1e-6)


def test_a_subclassed_model_is_looked_at_in_inference_mode():
    class Noisy(Model):
        def __init__(self):
            super().__init__(name="own")
            self.drop = layers.Dropout(0.9)

        def call(self, x, training=None):
            return self.drop(x, training=training)

    model = Noisy()
    x = np.ones((5, 40), "float32")
    model(x)
    assert activations(model, x)["own"].tolist() == x.tolist()


def test_live_weights_are_seen_although_the_forward_pass_is_cached():
    model = mlp()
    x = rows(model)
    activations(model, x, "h")
    model.layers[0].set_weights([np.zeros((4, 5)), np.arange(5.0)])
    assert activations(model, x, "h")["h"].tolist() == [[0, 1, 2, 3, 4]] * 6


def test_the_forward_pass_is_traced_once_for_all_numbers_of_rows(monkeypatch):
    import tensorflow as tf

    traced = []
    function = tf.function
    monkeypatch.setattr(tf, "function", lambda *args, **options: traced.append(1) or function(*args, **options))
    model = mlp()
    for count in (1, 2, 3, 2500):
        activations(model, rows(model, count))
    assert len(traced) == 1


def test_after_layers_were_added_and_popped_the_new_ones_are_seen():
    model = mlp()
    x = rows(model)
    activations(model, x)
    for size in range(1, 6):  # memory of what was popped is used again
        model.pop()
        model.add(layers.Dense(size, name=f"y{size}"))
        gc.collect()
        found = activations(model, x)
        assert list(found) == ["h", f"y{size}"]
        assert found[f"y{size}"] == pytest.approx(keras.ops.convert_to_numpy(model(x)), abs=1e-6)


def test_a_normalization_layer_adapted_again_and_an_activation_exchanged_are_seen():
    x = np.array([[1.0, 2.0], [3.0, 6.0]], "float32")
    scale = keras.layers.Normalization(name="scale")
    scale.adapt(x)
    model = keras.Sequential([keras.Input((2,)), scale, keras.layers.Dense(2, "relu", name="d")])
    model.layers[1].set_weights([np.eye(2, dtype="float32"), np.zeros(2, "float32")])
    # (x - mean) / sd: mean 2 and 4, sd 1 and 2.
    assert np.allclose(activations(model, x)["d"], [[0, 0], [1, 1]])
    scale.adapt(x * 2)
    assert np.allclose(activations(model, x)["d"], 0)
    scale.adapt(x)
    model.layers[1].activation = keras.activations.linear
    assert np.allclose(activations(model, x)["d"], [[-1, -1], [1, 1]])


@pytest.mark.parametrize("make", [mlp, lambda: called(Block(), ROW), nested])
def test_the_cache_goes_with_the_model(make):
    model = make()
    reader = ModelReader(model)
    activations(model, rows(model))
    reader.forward([rows(model)])
    reader.gradient_sizes([rows(model)])
    gone = weakref.ref(model)
    del model, reader
    gc.collect()
    assert gone() is None


def test_a_subclassed_model_that_cannot_be_called_with_its_inputs_alone_says_so():
    class Picky(Model):
        def call(self, x, extra):
            return x + extra

    model = Picky()
    model(ROW, ROW)
    with pytest.raises(ValueError, match=r"call\(\) takes its inputs alone\. Picky raised"):
        describe(model)

import keras
import numpy as np
import pytest

from nbviz.keras_model.batch_norm import Norm, norm_behind
from nbviz.keras_model.find_layer import find_layer
from nbviz.keras_model.kernel_arrays import kernels

L = keras.layers


@pytest.mark.parametrize(("scale", "center"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_normalization_is_a_scale_and_a_shift(scale, center):
    layer = L.BatchNormalization(epsilon=0.0, scale=scale, center=center)
    layer.build((None, 2))
    if scale:
        layer.gamma.assign([6.0, 1.0])
    if center:
        layer.beta.assign([10.0, -1.0])
    layer.moving_mean.assign([3.0, -8.0])
    layer.moving_variance.assign([4.0, 16.0])
    # (x - mean) / sd: 1/2 and 1/4 times x, less 3/2 and -8/4; times gamma; plus beta.
    expected = {
        (True, True): ([3.0, 0.25], [1.0, 1.0]),
        (True, False): ([3.0, 0.25], [-9.0, 2.0]),
        (False, True): ([0.5, 0.25], [8.5, 1.0]),
        (False, False): ([0.5, 0.25], [-1.5, 2.0]),
    }[scale, center]
    found = Norm("norm", layer).scale_and_shift()
    assert [array.tolist() for array in found] == list(expected)
    assert {array.dtype for array in found} == {np.dtype("float64")}


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_normalization_behind_a_layer_or_the_wrapper_around_it_is_found(wrapped):
    conv = L.Conv2D(2, 3)
    around = L.TimeDistributed(conv, name="around") if wrapped else conv
    inputs = keras.Input((4, 6, 6, 1) if wrapped else (6, 6, 1))
    norm = L.BatchNormalization(name="norm")
    model = keras.Model(inputs, L.ReLU()(norm(around(inputs))))
    found = norm_behind(find_layer(model, "around" if wrapped else conv.name), conv)
    assert (found.name, found.layer) == ("norm", norm)


def refused_models():
    inputs = keras.Input((6, 6, 2))

    def conv(**more):
        return L.Conv2D(2, 3, name="conv", **more)

    shared = conv()
    yield "the layer's own activation 'relu'", L.BatchNormalization()(conv(activation="relu")(inputs))
    yield "'activation", L.BatchNormalization()(L.Activation("relu", name="activation")(conv()(inputs)))
    yield "as an output of", conv()(inputs)
    after = conv()(inputs)
    yield "'norm' .* and 'other'", [L.BatchNormalization(name="norm")(after), L.ReLU(name="other")(after)]
    yield "2 calls", L.BatchNormalization()(L.Add()([shared(inputs), shared(inputs)]))
    yield "over axis 1", L.BatchNormalization(axis=1)(conv()(inputs))
    yield "training=True", L.BatchNormalization()(conv()(inputs), training=True)


@pytest.mark.parametrize("at", range(7))
def test_what_does_not_directly_follow_is_not_folded_in(at):
    words, outputs = list(refused_models())[at]
    source = (outputs[0] if isinstance(outputs, list) else outputs)._keras_history
    assert source is not None
    model = keras.Model(_input_of(outputs), outputs)
    with pytest.raises(ValueError, match=f"Expected a BatchNormalization directly behind 'conv'.*{words}"):
        kernels(model, "conv", fold_batch_norm=True)
    assert kernels(model, "conv").folded is None


def _input_of(outputs):
    tensor = outputs[0] if isinstance(outputs, list) else outputs
    while tensor._keras_history.operation._inbound_nodes[0].input_tensors:
        tensor = tensor._keras_history.operation._inbound_nodes[0].input_tensors[0]
    return tensor

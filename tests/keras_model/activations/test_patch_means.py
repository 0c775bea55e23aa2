import keras
import numpy as np
import pytest

from nbviz.keras_model import ModelReader
from nbviz.keras_model.activations.patch_means import patch_means

L = keras.layers
KINDS = {
    "valid": ((7, 6, 3), lambda: L.Conv2D(4, (3, 2))),
    "same on 2 x 2": ((2, 2, 3), lambda: L.Conv2D(4, 3, padding="same")),
    "same, strides": ((8, 7, 3), lambda: L.Conv2D(4, (4, 3), strides=(2, 3), padding="same")),
    "strides beyond the kernel": ((9, 8, 2), lambda: L.Conv2D(3, 2, strides=3)),
    "same, dilation": ((7, 6, 3), lambda: L.Conv2D(4, 3, dilation_rate=(2, 3), padding="same")),
    "1 x 1": ((4, 5, 3), lambda: L.Conv2D(2, 1)),
    "groups": ((6, 5, 4), lambda: L.Conv2D(6, 3, groups=2, padding="same", use_bias=False)),
    "channels first": ((3, 6, 5), lambda: L.Conv2D(4, 3, padding="same", data_format="channels_first")),
    "depthwise": ((6, 5, 3), lambda: L.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same")),
    "depthwise steps": ((9, 3), lambda: L.DepthwiseConv1D(4, padding="same")),
    "separable": ((6, 5, 3), lambda: L.SeparableConv2D(4, 3, depth_multiplier=2, padding="same")),
    "separable steps": ((9, 3), lambda: L.SeparableConv1D(4, 3, strides=2, padding="same")),
    "steps": ((9, 3), lambda: L.Conv1D(4, 4, strides=2, padding="same")),
    "causal": ((9, 3), lambda: L.Conv1D(4, 3, dilation_rate=2, padding="causal")),
    "causal, strides": ((9, 3), lambda: L.Conv1D(4, 3, strides=2, padding="causal")),
    "volume": ((4, 5, 3, 2), lambda: L.Conv3D(3, (2, 3, 2), strides=(1, 2, 1), padding="same")),
    "transposed": ((4, 5, 3), lambda: L.Conv2DTranspose(4, 3, strides=2)),
    "transposed, same": ((4, 5, 3), lambda: L.Conv2DTranspose(4, (3, 4), strides=(2, 3), padding="same")),
    "transposed, more room": ((4, 5, 3), lambda: L.Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=1)),
    "transposed, gaps": ((4, 5, 3), lambda: L.Conv2DTranspose(4, 2, strides=3)),
    "transposed, dilation": ((4, 5, 3), lambda: L.Conv2DTranspose(4, 3, dilation_rate=2, padding="same")),
    "transposed steps": ((5, 3), lambda: L.Conv1DTranspose(4, 4, strides=2, padding="same")),
    "transposed volume": ((3, 2, 3, 2), lambda: L.Conv3DTranspose(3, 2, strides=2)),
    "transposed, channels first": ((3, 4, 5), lambda: L.Conv2DTranspose(4, 3, strides=2, data_format="channels_first")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_kernel_times_its_mean_patch_is_the_mean_of_what_keras_makes(kind):
    shape, make = KINDS[kind]
    random = np.random.default_rng(0)
    image = keras.Input(shape, name="image")
    layer = make()
    model = keras.Model(image, layer(image))
    layer.set_weights([random.normal(size=weights.shape) for weights in layer.get_weights()])
    x = random.normal(0.5, 1, size=(5, *shape)).astype("float32")
    z = np.asarray(layer(x))
    axes = tuple(range(2, z.ndim)) if layer.data_format == "channels_first" else tuple(range(1, z.ndim - 1))
    reader = ModelReader(model)
    patches = reader.mean_maps([x]).patches[layer.name]
    flow = reader.channel_weights().weights[layer.name].passing(patches)
    bias = 0 if layer.bias is None else np.asarray(layer.bias)
    np.testing.assert_allclose(flow.sum(axis=0) + bias, z.mean(axis=(0, *axes)), rtol=1e-5, atol=1e-5)
    # Channel by channel: what is made of the input with all other channels at 0.
    axis = 1 if layer.data_format == "channels_first" else -1
    for channel in range(shape[0 if axis == 1 else -1]):
        alone = np.where(np.indices(x.shape)[axis] == channel, x, 0)
        made = np.asarray(layer(alone)) - np.asarray(layer(np.zeros_like(x)))
        np.testing.assert_allclose(flow[channel], made.mean(axis=(0, *axes)), rtol=1e-5, atol=1e-5)


def test_patches_of_one_step_are_counted_by_hand():
    # 1 2 4 with a zero at each end, a kernel of 3: its first place meets 0 1 2, the second 1 2 4, the third 2 4 0.
    image = keras.Input((3, 1))
    layer = L.Conv1D(1, 3, padding="same")
    layer(image)
    found = patch_means(layer, np.array([[1.0], [2.0], [4.0]]))
    np.testing.assert_allclose(found[:, 0], [3 / 3, 7 / 3, 6 / 3])

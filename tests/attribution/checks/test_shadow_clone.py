import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz.attribution.checks.shadow_clone import shadow_clone
from nbviz.keras_model.graph import input_specs
from tests.attribution.checks.shadowed import FEW, network


def clone_of(model, seed=0):
    return shadow_clone(model, input_specs(model)[0], np.random.default_rng(seed))


def test_a_clone_has_fresh_weights_all_of_them_trainable_and_takes_twice_the_columns():
    model = network(layers.BatchNormalization(trainable=False))
    model.get_layer("h").trainable = False
    model.get_layer("h").set_weights([np.full((4, 8), 7.0), np.zeros(8)])
    clones = [clone_of(model, seed) for seed in (0, 0, 1)]
    kernels = [clone.get_layer("h").kernel.numpy() for clone in clones]
    assert kernels[0].shape == (8, 8)
    assert np.abs(kernels[0]).max() < 1
    assert (kernels[0] == kernels[1]).all()
    assert (kernels[0] != kernels[2]).any()
    assert len(clones[0].trainable_weights) == 6
    assert not model.get_layer("h").trainable
    assert (model.get_layer("h").kernel.numpy() == 7).all()


def test_a_normalization_layer_scales_a_shadow_as_the_column_it_was_shuffled_from():
    units = np.array([1.0, 1000.0, 0.001, 1.0])
    adapted = layers.Normalization()
    adapted.adapt(FEW * units)
    [norm] = [layer for layer in clone_of(network(adapted)).layers if isinstance(layer, layers.Normalization)]
    assert np.ravel(norm.variance) == pytest.approx(np.tile((FEW * units).var(axis=0), 2), rel=1e-4)
    assert np.ravel(norm.mean) == pytest.approx(np.tile((FEW * units).mean(axis=0), 2), rel=1e-4)


def test_a_rescaling_by_column_scales_the_shadows_too():
    [scaling] = [
        layer
        for layer in clone_of(network(layers.Rescaling([1.0, 2.0, 3.0, 4.0], offset=0.5))).layers
        if isinstance(layer, layers.Rescaling)
    ]
    assert np.ravel(scaling.scale).tolist() == [1, 2, 3, 4, 1, 2, 3, 4]
    assert scaling.offset == 0.5


def with_rest():
    x = Input((4,), name="x")
    return Model(x, layers.Dense(3, activation="softmax")(layers.Add(name="rest")([x, layers.Dense(4)(x)])))


def with_a_part():
    x = Input((4,), name="x")
    return Model(x, layers.Dense(3, activation="softmax")(x[:, :2]))


REFUSED = {
    'twice the 4 columns.*Add "rest" takes no other': with_rest,
    'twice the 4 columns.*GetItem "get_item.*" takes no other': with_a_part,
    'twice the 4 columns.*Sequential "inner" takes no other': lambda: network(
        Sequential([Input((4,)), layers.Dense(4)], name="inner")
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_layers_that_take_no_other_columns_are_refused(message):
    with pytest.raises(ValueError, match=message):
        clone_of(REFUSED[message]())


class Wrapped(layers.Layer):
    """Hands on the layer inside itself, and not its config."""

    def __init__(self, inner, **options):
        super().__init__(**options)
        self.inner = inner

    def call(self, x):
        return self.inner(x)

    def get_config(self):
        return {"inner": self.inner, "name": self.name}


class Unnamed(layers.Layer):
    """Cannot be made again from its config."""

    def __init__(self, size):
        super().__init__(name="unnamed")
        self.size = size

    def call(self, x):
        return x * self.size


def test_layers_that_cannot_be_made_anew_are_refused():
    def behind(layer):
        x = Input((4,), name="x")
        return Model(x, layers.Dense(3, activation="softmax")(layer(layers.Dense(4)(x))))

    with pytest.raises(ValueError, match='Wrapped "w" hands on its weights'):
        clone_of(behind(Wrapped(layers.Dense(4), name="w")))
    with pytest.raises(ValueError, match=r'made anew from their config. Unnamed "unnamed" raised'):
        clone_of(behind(Unnamed(2.0)))

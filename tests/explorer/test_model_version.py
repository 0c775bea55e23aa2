"""Any change of the weights gives another version; looking changes nothing."""

import numpy as np

from nbviz.explorer.model_version import model_version
from tests.explorer.small_classifier import X, Y, mlp


def test_the_version_is_that_of_the_weights():
    net, twin = mlp(), mlp()
    assert model_version(net) == model_version(twin) == model_version(net)
    before = net.get_weights()
    for place, weight in enumerate(before):
        changed = [*before]
        changed[place] = weight + np.float32(1e-3)
        net.set_weights(changed)
        assert model_version(net) != model_version(twin)
    net.set_weights(before)
    assert model_version(net) == model_version(twin)


def test_moving_statistics_count_and_the_optimizer_does_not():
    net = mlp()
    before = model_version(net)
    net.optimizer.build(net.trainable_variables)
    net.optimizer.learning_rate = 0.5
    assert model_version(net) == before
    net.get_layer("normal").moving_mean.assign([0.1] * 8)
    assert model_version(net) != before


def test_one_number_of_a_large_kernel_counts():
    class OneWeight:
        weights = (np.arange(600 * 600, dtype="float32").reshape(600, 600),)

    before = model_version(OneWeight())
    for place in ((0, 1), (311, 599), (599, 598)):
        value = OneWeight.weights[0][place]
        OneWeight.weights[0][place] = 0.5
        assert model_version(OneWeight()) != before
        OneWeight.weights[0][place] = value
    assert model_version(OneWeight()) == before


def test_training_is_seen():
    net = mlp()
    before = model_version(net)
    net.fit(X.to_numpy(), Y, epochs=1, verbose=0)
    assert model_version(net) != before

"""Any change of the weights gives another version; looking changes nothing."""

import numpy as np
import pytest

from nbviz.explorer.model_version import MOST_NUMBERS, model_version
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


@pytest.mark.parametrize("size", [1, MOST_NUMBERS - 1, MOST_NUMBERS + 1, 3 * MOST_NUMBERS + 5])
def test_of_any_size_a_change_of_all_numbers_is_seen(size):
    class OneWeight:
        weights = (np.arange(size, dtype="float32"),)

    class Changed:
        weights = (np.arange(size, dtype="float32") + 0.5,)

    assert model_version(OneWeight()) != model_version(Changed())


def test_training_is_seen():
    net = mlp()
    before = model_version(net)
    net.fit(X.to_numpy(), Y, epochs=1, verbose=0)
    assert model_version(net) != before

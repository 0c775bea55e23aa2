import keras
import pytest

from nbviz.training.learning_rate import current_rate, why_fixed

DECAY = keras.optimizers.schedules.ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5)


def test_a_number_can_be_changed():
    assert why_fixed(keras.optimizers.SGD(0.1)) is None
    assert why_fixed(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))) is None


def test_a_schedule_is_named_as_the_reason_also_inside_another_optimizer():
    reason = why_fixed(keras.optimizers.Adam(DECAY))
    assert reason == "the optimizer follows ExponentialDecay; compile it with a number to change it here"
    assert why_fixed(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(DECAY))) == reason


def test_the_rate_is_that_of_the_next_update():
    optimizer = keras.optimizers.SGD(DECAY)
    optimizer.build([])
    rates = []
    for _ in range(3):
        rates.append(current_rate(optimizer))
        optimizer.iterations.assign_add(1)
    assert rates == [0.5, 0.25, 0.125]
    assert current_rate(keras.optimizers.SGD(0.1)) == pytest.approx(0.1)

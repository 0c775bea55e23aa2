import keras
import numpy as np
import pytest

from nbviz.training.batch_count import OptimizerCount, batches_done

X, Y = np.ones((24, 2), "float32"), np.ones((24, 1), "float32")


def compiled(optimizer="sgd", **options):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer, "mse", **options)
    return model


@pytest.mark.parametrize(
    ("before", "index", "steps", "passed", "done"),
    [
        (0, 0, 6, None, 1),
        (5, 5, None, None, 6),
        (0, 3, 6, 4, 4),  # four batches in one execution
        (4, 7, 6, 2, 6),  # of the last four there were two
        (4, 7, 6, None, 6),
        (4, 7, None, 2, 6),
        (4, 7, None, None, 8),
        (4, 7, 6, 9, 6),  # an optimizer that counts otherwise
        (4, 7, 6, 0, 6),
        (6, 0, 6, None, 1),  # a loop that tells of no epochs
    ],
)
def test_batches_done_are_those_there_were(before, index, steps, passed, done):
    assert batches_done(before, index, steps, passed) == done


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [("adam", {}), ("sgd", {"steps_per_execution": 4}), (keras.optimizers.SGD(gradient_accumulation_steps=4), {})],
)
def test_the_optimizer_counts_each_batch_that_was_trained_on(optimizer, options):
    model = compiled(optimizer, **options)
    count = OptimizerCount(model)
    model.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    assert count.passed() == 12
    assert count.passed() == 0


def test_one_that_was_put_back_has_counted_nothing_and_a_new_one_all_of_its_own():
    model = compiled()
    model.fit(X, Y, batch_size=4, verbose=0)
    count = OptimizerCount(model)
    model.optimizer.iterations.assign(2)
    assert count.passed() == 0
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=8, verbose=0)
    assert count.passed() == 3


def test_one_that_skips_batches_or_that_there_is_not_does_not_count():
    assert OptimizerCount(compiled(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()))).passed() is None
    assert OptimizerCount(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])).passed() is None

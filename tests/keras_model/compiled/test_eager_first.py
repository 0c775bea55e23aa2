"""Functions run eagerly until compiling them pays, and a graph is taken only where it answers as they do."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nbviz.keras_model.compiled.eager_first import CALLS, NUMBERS, EagerFirst
from nbviz.network.samples import InputSpec

X = np.arange(6, dtype=np.float32).reshape(3, 2)
SPECS = [InputSpec("x", (2,), "float32")]


class Told:
    """A function that tells how often its Python code ran."""

    def __init__(self, of_graph=2.0):
        self.runs, self._of_graph = 0, of_graph

    def __call__(self, x):
        self.runs += 1
        return [x * (2.0 if tf.executing_eagerly() else self._of_graph)]


def test_a_few_calls_are_eager_and_many_run_a_graph_that_is_traced_once():
    told = Told()
    function = EagerFirst(told, SPECS, 1)
    for calls in range(1, CALLS):
        np.testing.assert_array_equal(function(X)[0], 2 * X)
        assert told.runs == calls
    for _ in range(5):
        np.testing.assert_array_equal(function(X)[0], 2 * X)
    settled = told.runs
    assert settled == CALLS + 1  # of the last call both ways are compared
    np.testing.assert_array_equal(function(X[:1])[0], 2 * X[:1])
    assert told.runs == settled


def test_much_work_in_one_call_counts_as_many_calls():
    told = Told()
    function = EagerFirst(told, SPECS, NUMBERS * CALLS // len(X))
    for _ in range(4):
        np.testing.assert_array_equal(function(X)[0], 2 * X)
    assert told.runs == 2


def test_a_graph_that_answers_otherwise_is_never_taken():
    told = Told(of_graph=3.0)
    function = EagerFirst(told, SPECS, 1)
    for _ in range(CALLS + 3):
        np.testing.assert_array_equal(function(X)[0], 2 * X)


def test_what_cannot_be_traced_stays_eager():
    def run(x):
        return [keras.ops.convert_to_tensor(np.asarray(x).sum(axis=1))]

    function = EagerFirst(run, SPECS, 1)
    for _ in range(CALLS + 3):
        np.testing.assert_array_equal(function(X)[0], X.sum(axis=1))


def test_what_fails_eagerly_and_in_a_graph_says_so_each_time():
    def run(x):
        raise ValueError("Expected other rows.")

    function = EagerFirst(run, SPECS, 1)
    for _ in range(CALLS + 1):
        with pytest.raises(ValueError, match=r"Expected other rows\."):
            function(X)


def test_a_graph_is_compared_again_where_the_weights_changed_meanwhile():
    weight, told = tf.Variable(2.0), Told()

    def run(x):
        told(x)
        answer = x * weight
        if told.runs == CALLS:  # the first that is compared
            weight.assign(3.0)
        return [answer]

    function = EagerFirst(run, SPECS, 1)
    for _ in range(CALLS):
        np.testing.assert_array_equal(function(X)[0], 2 * X)
    for _ in range(4):
        np.testing.assert_array_equal(function(X)[0], 3 * X)
    assert told.runs == CALLS + 2  # traced, and compared once more

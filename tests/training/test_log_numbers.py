import math

import numpy as np
import pytest
import tensorflow as tf

from nbviz.training.log_numbers import log_numbers


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.5, 0.5),
        (3, 3.0),
        (True, 1.0),
        (np.float32(0.25), 0.25),
        (np.array(2), 2.0),
        (np.array([[0.5]]), 0.5),
        ([7], 7.0),
        (tf.constant(1.5), 1.5),
        (tf.constant(1.5, "bfloat16"), 1.5),
        (tf.Variable(2.0), 2.0),
        (math.inf, math.inf),
    ],
)
def test_what_is_like_a_number_is_one(value, number):
    assert log_numbers({"m": value}).numbers == {"m": number}


def test_a_vector_has_a_number_for_each_element():
    found = log_numbers({"f1_score": np.array([0.5, 0.25, 1]), "loss": 2.0, "t": tf.constant([1, 2])})
    assert found.numbers == {
        "f1_score[0]": 0.5, "f1_score[1]": 0.25, "f1_score[2]": 1.0, "loss": 2.0, "t[0]": 1.0, "t[1]": 2.0,
    }  # fmt: skip
    assert found.left_out == {}


def test_a_dict_within_counts_as_its_entries_as_keras_has_it():
    assert log_numbers({"loss": 1.0, "parts": {"a": 2.0, "b": [3.0, 4.0]}}).numbers == {
        "loss": 1.0, "a": 2.0, "b[0]": 3.0, "b[1]": 4.0,
    }  # fmt: skip


class Hostile:
    def __array__(self, *_, **__):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ("0.5", "a str"),
        (b"1", "a bytes"),
        (1j, "a complex"),
        (np.zeros((3, 3)), "an array of shape (3, 3)"),
        (np.zeros(0), "an array of shape (0,)"),
        (np.zeros(1000), "a vector of 1,000 numbers"),
        ([[1, 2], [3]], "a list"),
        (Hostile(), "a Hostile"),
        (tf.RaggedTensor.from_row_lengths([1, 2, 3], [1, 2]), "a RaggedTensor"),
        (np.datetime64("2020-01-01"), "a datetime64"),
        (10**400, "a int"),
    ],
)
def test_what_is_no_number_is_left_out_and_called_what_it_is(value, words):
    found = log_numbers({"loss": 1.0, "m": value})
    assert found.numbers == {"loss": 1.0}
    assert found.left_out == {"m": words}


def test_logs_may_be_nothing_or_no_dict_and_may_not_take_names_of_places():
    assert log_numbers(None).numbers == {}
    assert log_numbers(None).left_out == {}
    assert log_numbers([1, 2]).left_out == {"logs": "a list, no dict"}
    found = log_numbers({"step": 3.0, "loss": 1.0, 5: 2.0}, frozenset({"step"}))
    assert found.numbers == {"loss": 1.0, "5": 2.0}
    assert list(found.left_out) == ["step"]

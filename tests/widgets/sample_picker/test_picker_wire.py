import numpy as np
import pytest

from nbviz.widgets.sample_picker.picker_wire import ClassPredictions, ValuePredictions, picker_wire

P = [[0.7, 0.3], [0.4, 0.6], [0.9, 0.1]]


def sent(predictions, names=None):
    wire, payload = picker_wire(predictions, names)
    return wire, np.frombuffer(payload, "<f4")


def test_probabilities_travel_row_by_row_as_float32():
    wire, payload = picker_wire(ClassPredictions(P))
    assert wire["count"] == 3
    assert len(payload) == 4 * 6
    assert np.frombuffer(payload, "<f4").tolist() == pytest.approx([0.7, 0.3, 0.4, 0.6, 0.9, 0.1])


def test_the_most_probable_class_is_the_predicted_one_unless_it_is_given():
    assert sent(ClassPredictions(P))[0]["predicted"] == [0, 1, 0]
    assert sent(ClassPredictions(P, predicted=[1, 1, 1]))[0]["predicted"] == [1, 1, 1]


def test_a_nan_probability_never_wins():
    assert sent(ClassPredictions([[np.nan, 0.2, 0.1]]))[0]["predicted"] == [1]


def test_without_truth_nothing_can_be_wrong():
    wire, _ = sent(ClassPredictions(P))
    assert wire["truth"] is None
    assert wire["has_truth"] is False


def test_a_regression_sends_predicted_then_true_values():
    wire, numbers = sent(ValuePredictions([1.5, 2.5], [1, 3]))
    assert numbers.tolist() == [1.5, 2.5, 1, 3]
    assert wire["class_names"] is None
    assert wire["has_truth"] is True


def test_of_several_values_each_output_comes_by_itself():
    wire, numbers = sent(ValuePredictions([[1, 10], [2, 20]], [[3, 30], [4, 40]], ["a", "b"]))
    assert numbers.tolist() == [1, 2, 3, 4, 10, 20, 30, 40]
    assert wire["value_names"] == ["a", "b"]
    assert sent(ClassPredictions(P))[0]["value_names"] is None


def test_unknown_true_values_are_nan():
    wire, numbers = sent(ValuePredictions(np.array([[1.0], [2.0]])))
    assert numbers[:2].tolist() == [1, 2]
    assert np.isnan(numbers[2:]).all()
    assert wire["has_truth"] is False


def test_names_stay_text():
    name = "<img src=x onerror=alert(1)>"
    wire, _ = sent(ClassPredictions(P, class_names=[name, "b"]), [name, "y", "z"])
    assert wire["class_names"][0] == name
    assert wire["names"][0] == name


def test_a_thousand_rows_of_a_hundred_classes_take_four_bytes_a_number():
    p = np.full((1000, 100), 0.01)
    assert len(picker_wire(ClassPredictions(p, np.arange(1000) % 100))[1]) == 400_000


def test_no_rows_and_one_class_are_fine():
    assert sent(ClassPredictions(np.zeros((0, 1))))[0]["count"] == 0
    assert sent(ClassPredictions([[1.0]], [0]))[0]["class_names"] == ["class 0"]


@pytest.mark.parametrize(
    ("predictions", "names", "words"),
    [
        (ClassPredictions([0.1, 0.9]), None, r"shape \(samples, classes\). Received \(2,\)"),
        (ClassPredictions(P, [0, 1]), None, r"truth of shape \(3,\).*Received \(2,\)"),
        (ClassPredictions(P, [[1, 0], [1, 0], [0, 1]]), None, r"one-hot use .argmax"),
        (ClassPredictions(P, [0, 1, 2]), None, "truth from 0 to 1. Received values from 0 to 2"),
        (ClassPredictions(P, [0.5, 1, 1]), None, "use .astype"),
        (ClassPredictions(P, class_names=["a"]), None, "Expected 2 class_names. Received 1"),
        (ClassPredictions(P), ["a"], "Expected 3 names. Received 1"),
        (ValuePredictions([1, 2], [1]), None, r"true_values of shape \(2,\). Received \(1,\)"),
    ],
)
def test_what_does_not_fit_is_named(predictions, names, words):
    with pytest.raises(ValueError, match=words):
        picker_wire(predictions, names)

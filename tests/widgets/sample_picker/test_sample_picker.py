import numpy as np
import pytest
from traitlets import TraitError

from nbviz.widgets.sample_picker.sample_picker import SamplePicker, picker_state

P = [[0.7, 0.3], [0.4, 0.6], [0.9, 0.1]]


def numbers(picker):
    return np.frombuffer(picker.numbers, "<f4")


def test_probabilities_travel_row_by_row_as_float32():
    picker = SamplePicker(probability=P)
    assert len(picker.numbers) == 4 * 6
    assert numbers(picker).tolist() == pytest.approx([0.7, 0.3, 0.4, 0.6, 0.9, 0.1])


def test_the_most_probable_class_is_the_predicted_one_unless_it_is_given():
    assert SamplePicker(probability=P).samples["predicted"] == [0, 1, 0]
    assert SamplePicker(probability=P, predicted=[1, 1, 1]).samples["predicted"] == [1, 1, 1]


def test_a_nan_probability_never_wins():
    assert SamplePicker(probability=[[np.nan, 0.2, 0.1]]).samples["predicted"] == [1]


def test_without_truth_nothing_can_be_wrong():
    samples = SamplePicker(probability=P).samples
    assert samples["truth"] is None
    assert samples["has_truth"] is False


def test_regression_sends_predicted_then_true_values():
    picker = SamplePicker(predicted_value=[1.5, 2.5], true_value=[1, 3])
    assert numbers(picker).tolist() == [1.5, 2.5, 1, 3]
    assert picker.samples["class_names"] is None
    assert picker.samples["has_truth"] is True


def test_unknown_true_values_are_nan():
    picker = SamplePicker(predicted_value=np.array([[1.0], [2.0]]))
    assert numbers(picker)[:2].tolist() == [1, 2]
    assert np.isnan(numbers(picker)[2:]).all()


def test_names_stay_text():
    name = "<img src=x onerror=alert(1)>"
    samples = SamplePicker(probability=P, class_names=[name, "b"], names=[name, "y", "z"]).samples
    assert samples["class_names"][0] == name
    assert samples["names"][0] == name


def test_a_thousand_rows_of_a_hundred_classes_take_four_bytes_a_number():
    p = np.full((1000, 100), 0.01)
    assert len(SamplePicker(probability=p, truth=np.arange(1000) % 100).numbers) == 400_000


def test_no_rows_and_one_class_are_fine():
    assert SamplePicker(probability=np.zeros((0, 1))).samples["count"] == 0
    assert SamplePicker(probability=[[1.0]], truth=[0]).samples["class_names"] == ["class 0"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"probability": [0.1, 0.9]}, r"shape \(samples, classes\). Received \(2,\)"),
        ({"probability": P, "truth": [0, 1]}, r"truth of shape \(3,\).*Received \(2,\)"),
        ({"probability": P, "truth": [[1, 0], [1, 0], [0, 1]]}, r"one-hot use .argmax"),
        ({"probability": P, "truth": [0, 1, 2]}, "truth from 0 to 1. Received values from 0 to 2"),
        ({"probability": P, "truth": [0.5, 1, 1]}, "use .astype"),
        ({"probability": P, "class_names": ["a"]}, "Expected 2 class_names. Received 1"),
        ({"probability": P, "names": ["a"]}, "Expected 3 names. Received 1"),
        ({"predicted_value": [1, 2], "true_value": [1]}, r"true_value of shape \(2,\). Received \(1,\)"),
    ],
)
def test_what_does_not_fit_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        SamplePicker(**arguments)


@pytest.mark.parametrize("arguments", [{}, {"probability": P, "predicted_value": [1, 2, 3]}])
def test_classes_or_values_not_both_and_not_neither(arguments):
    with pytest.raises(TypeError, match=r"probability= .* or predicted_value="):
        SamplePicker(**arguments)


def test_new_predictions_keep_names_and_truth():
    picker = SamplePicker(probability=P, truth=[0, 0, 0], names=["a", "b", "c"], class_names=["x", "y"])
    picker.set_predictions([[0, 1], [0, 1], [1, 0]])
    assert picker.samples["predicted"] == [1, 1, 0]
    assert picker.samples["truth"] == [0, 0, 0]
    assert picker.samples["names"] == ["a", "b", "c"]
    assert numbers(picker).tolist() == [0, 1, 0, 1, 1, 0]


def test_new_values_keep_the_true_ones():
    picker = SamplePicker(predicted_value=[1, 2], true_value=[3, 4])
    picker.set_predictions([5, 6])
    assert numbers(picker).tolist() == [5, 6, 3, 4]


def test_predictions_of_another_shape_change_nothing():
    picker = SamplePicker(probability=P, truth=[0, 0, 0])
    before = dict(picker.samples), picker.numbers
    with pytest.raises(ValueError, match="Expected"):
        picker.set_predictions([[0.5, 0.5]])
    with pytest.raises(ValueError, match="Expected"):
        picker.set_predictions([[0.5, 0.2, 0.3]] * 3)
    assert (picker.samples, picker.numbers) == before


def test_observers_hear_the_selection():
    picker = SamplePicker(probability=P)
    heard = []
    picker.observe(lambda change: heard.append(change["new"]), "selected_sample")
    picker.set_state({"selected_sample": 2})  # as the front end sends it
    picker.set_state({"selected_sample": None})
    assert heard == [2, None]


def test_cells_take_what_a_heat_map_selects():
    picker = SamplePicker(probability=P, truth=[0, 0, 0])
    picker.set_state({"cells": [[0, 1], [1, 1]]})
    assert picker.cells == [[0, 1], [1, 1]]
    picker.set_state({"cells": None})
    assert picker.cells is None


def test_only_orders_that_exist_are_shown():
    with pytest.raises(TraitError):
        SamplePicker(probability=P).show = "best"


def test_the_state_of_the_picker_needs_no_widget():
    wire, payload = picker_state(probability=P, truth=[1, 1, 1])
    assert wire["count"] == 3
    assert len(payload) == 24

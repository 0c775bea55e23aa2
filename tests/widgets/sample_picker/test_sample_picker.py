import numpy as np
import pytest
from traitlets import TraitError

from nbviz.widgets.sample_picker.picker_wire import ClassPredictions, ValuePredictions, picker_wire
from nbviz.widgets.sample_picker.sample_picker import SamplePicker

P = [[0.7, 0.3], [0.4, 0.6], [0.9, 0.1]]


def numbers(picker):
    return np.frombuffer(picker.numbers, "<f4")


def test_the_picker_offers_the_rows_and_the_one_selected_first():
    predictions = ClassPredictions(P, [1, 1, 1])
    picker = SamplePicker(predictions, names=["a", "b", "c"], selected_sample=1)
    assert (picker.samples, picker.numbers) == picker_wire(predictions, ["a", "b", "c"])
    assert (picker.selected_sample, picker.cells, picker.available) == (1, None, None)


def test_new_predictions_keep_names_and_truth():
    picker = SamplePicker(ClassPredictions(P, [0, 0, 0], class_names=["x", "y"]), names=["a", "b", "c"])
    picker.set_predictions([[0, 1], [0, 1], [1, 0]])
    assert picker.samples["predicted"] == [1, 1, 0]
    assert picker.samples["truth"] == [0, 0, 0]
    assert picker.samples["names"] == ["a", "b", "c"]
    assert numbers(picker).tolist() == [0, 1, 0, 1, 1, 0]


def test_new_values_keep_the_true_ones():
    picker = SamplePicker(ValuePredictions([1, 2], [3, 4]))
    picker.set_predictions([5, 6])
    assert numbers(picker).tolist() == [5, 6, 3, 4]


def test_predictions_of_another_shape_change_nothing():
    picker = SamplePicker(ClassPredictions(P, [0, 0, 0]))
    before = dict(picker.samples), picker.numbers
    with pytest.raises(ValueError, match="Expected"):
        picker.set_predictions([[0.5, 0.5]])
    with pytest.raises(ValueError, match="Expected"):
        picker.set_predictions([[0.5, 0.2, 0.3]] * 3)
    assert (picker.samples, picker.numbers) == before


def test_observers_hear_the_selection():
    picker = SamplePicker(ClassPredictions(P))
    heard = []
    picker.observe(lambda change: heard.append(change["new"]), "selected_sample")
    picker.set_state({"selected_sample": 2})  # as the front end sends it
    picker.set_state({"selected_sample": None})
    assert heard == [2, None]


def test_cells_take_what_a_heat_map_selects():
    picker = SamplePicker(ClassPredictions(P, [0, 0, 0]))
    picker.set_state({"cells": [[0, 1], [1, 1]]})
    assert picker.cells == [[0, 1], [1, 1]]
    picker.set_state({"cells": None})
    assert picker.cells is None


def test_only_orders_that_exist_are_shown():
    with pytest.raises(TraitError):
        SamplePicker(ClassPredictions(P)).show = "best"

import numpy as np
import pytest

from nbviz.widgets.predicted_values.predicted_values import PredictedValues

TRUTH = np.arange(5.0)


def test_new_predictions_keep_rows_names_and_truth():
    chart = PredictedValues(TRUTH, TRUTH + 1, ["y"], names=list("abcde"))
    chart.set_predictions(2 * TRUTH)
    assert np.frombuffer(chart.numbers, "<f4").tolist() == [0, 2, 4, 6, 8, 0, 1, 2, 3, 4]
    assert chart.chart["names"] == list("abcde")
    assert "MAE 2.00" in chart.chart["outputs"][0]["captions"][0]


def test_predictions_of_another_shape_change_nothing():
    chart = PredictedValues(TRUTH, TRUTH, ["y"])
    before = chart.numbers
    with pytest.raises(ValueError, match="Expected truth and predicted"):
        chart.set_predictions(TRUTH[:3])
    assert chart.numbers == before


def test_its_repr_has_no_markup():
    assert repr(PredictedValues(TRUTH, TRUTH, ["<b>"])) == "PredictedValues(5 rows, 1 outputs)"

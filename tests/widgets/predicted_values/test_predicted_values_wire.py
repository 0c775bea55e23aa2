import numpy as np
import pytest

from nbviz.widgets.predicted_values.predicted_values_wire import OtherRows, predicted_values_wire

TRUTH = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
PREDICTED = np.array([[1.5, 11.0], [2.0, np.nan], [3.0, 44.0]])
OTHERS = OtherRows("rows trained on", np.array([[0.0, 50.0]]), np.array([[9.0, 52.0]]))


def test_numbers_travel_output_by_output_predicted_before_true_then_those_of_other_rows():
    wire, payload = predicted_values_wire(TRUTH, PREDICTED, ["a", "b"], others=OTHERS)
    numbers = np.frombuffer(payload, "<f4")
    own, others = numbers[:12].reshape(2, 2, 3), numbers[12:].reshape(2, 2, 1)
    np.testing.assert_array_equal(own, np.stack([PREDICTED.T, TRUTH.T], axis=1).astype("f4"))
    np.testing.assert_array_equal(others[:, :, 0], [[9, 0], [52, 50]])
    assert (wire["count"], wire["other_count"]) == (3, 1)


def test_axes_hold_every_point_and_both_axes_of_values_are_alike():
    wire, _ = predicted_values_wire(TRUTH, PREDICTED, ["a", "b"], others=OTHERS)
    first, second = wire["outputs"]
    assert first["values"]["low"] < 0
    assert first["values"]["high"] > 9
    assert second["values"]["low"] < 10
    assert second["values"]["high"] > 52
    assert first["errors"]["low"] < -1
    assert first["errors"]["high"] > 9
    assert first["values"]["labels"] == [f"{tick:g}" for tick in first["values"]["ticks"]]


def test_each_output_has_its_errors_and_those_of_other_rows():
    wire, _ = predicted_values_wire(TRUTH, PREDICTED, ["a", "b"], others=OTHERS)
    assert wire["outputs"][0]["captions"][0].endswith("MAE 0.50 · RMSE 0.65 · 3 rows")
    assert wire["outputs"][1]["captions"][0].endswith("2 rows, 1 without a finite prediction left out")
    assert wire["outputs"][1]["captions"][1] == (
        "hollow, rows trained on: no R²: y is the same in every row · MAE 2.00 · RMSE 2.00 · 1 row"
    )


@pytest.mark.parametrize("value", [0.0, 5.0, 1e-9, -3e12])
def test_a_constant_output_has_axes_too(value):
    same = np.full((4, 1), value)
    (output,) = predicted_values_wire(same, same, ["y"])[0]["outputs"]
    assert output["values"]["low"] < value < output["values"]["high"]
    assert output["errors"]["low"] < 0 < output["errors"]["high"]
    assert len(output["values"]["ticks"]) == len(output["values"]["labels"]) > 1


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"with 1 outputs. Received \(3, 2\) and \(3, 2\)"):
        predicted_values_wire(TRUTH, PREDICTED, ["a"])
    with pytest.raises(ValueError, match=r"Received \(3, 2\) and \(2, 2\)"):
        predicted_values_wire(TRUTH, PREDICTED[:2], ["a", "b"])

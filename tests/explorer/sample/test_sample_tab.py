"""What the tab *Sample* says of numbers, of one of two classes, and how it is all of one model."""

import numpy as np
import pytest
from sklearn import metrics

from nbviz import explore
from nbviz.style.numbers import short
from tests.explorer.small_classifier import LONG, NUMBERS, X, Y, bars, front_end, mlp

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")

VALUES = 100 + 20 * X.to_numpy() @ NUMBERS.normal(size=(4, 3))


def numbers(chart):
    return np.frombuffer(chart.numbers, "<f4").reshape(-1, 2, chart.chart["count"])


def test_errors_of_a_regression_are_those_of_the_models_own_predictions_and_follow_it():
    model, y = mlp(1, None), VALUES[:, 0]
    made = explore(model, X, y)
    for _ in range(2):
        own = model.predict(X.to_numpy(), verbose=0)[:, 0]
        np.testing.assert_allclose(numbers(made.predicted_values)[0], [own, y], rtol=1e-5)
        (caption,) = made.predicted_values.chart["outputs"][0]["captions"]
        mae, rmse = metrics.mean_absolute_error(y, own), metrics.root_mean_squared_error(y, own)
        assert f"MAE {short(mae)} · RMSE {short(rmse)} · 40 rows" in caption
        model.layers[-1].bias.assign([100.0])
        made.update()
    assert made.wait(LONG)
    assert made.waterfall.shown["title"].startswith("What raises the prediction")
    assert (made.waterfall.shown["end_name"], made.waterfall.shown["sample"]) == ("prediction", "sample 0")


def test_of_several_numbers_chart_and_picker_are_of_the_one_selected_in_the_diagram():
    model = mlp(3, None)
    made = explore(model, X, VALUES, class_names=["low", "mid", "high"])
    assert made.wait(LONG)
    own = model.predict(X.to_numpy(), verbose=0)
    np.testing.assert_allclose(numbers(made.predicted_values)[:, 0], own.T, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(numbers(made.predicted_values)[:, 1], VALUES.T, rtol=1e-5)
    picked = np.frombuffer(made.sample_picker.numbers, "<f4").reshape(3, 2, 40)
    np.testing.assert_array_equal(picked, numbers(made.predicted_values))
    made.selected_class = 2
    assert (made.predicted_values.selected_class, made.sample_picker.label) == (2, 2)
    assert made.waterfall.selected_class == 2
    made.selected_sample = 7
    assert made.predicted_values.selected_sample == 7
    assert bars(made).shape == (4, 3)
    # The table is of them all too.
    made.matrix.method = "permutation"
    assert made.wait(LONG)
    assert made.error is None


def check_page(made, p, y, two):
    """The slider moves in a page without a kernel, unless the waterfall would say something else."""
    content = made.page_content()
    curves, at = made.threshold_curves, made.threshold_curves.threshold
    if two:
        assert content.choices == []
        assert content.overrides[curves.slider.layout] == {"display": "none"}
        assert "Another threshold needs a running kernel." in content.overrides[curves._words]["value"]
        return
    (choice,) = content.choices
    assert (choice.control, choice.trait, len(choice.moments)) == (curves.slider, "value", 101)
    assert curves.slider.layout not in content.overrides
    for threshold in (0, 0.3, 0.57, 1):
        shown, read = choice.moments[threshold], (p > threshold).astype(int)
        assert shown[made.sample_picker]["samples"]["predicted"] == read.tolist()
        counts = np.zeros((2, 2), int)
        for a, b, n in np.frombuffer(shown[made.confusion]["numbers"], "<i4").reshape(-1, 3):
            counts[a, b] = n
        assert counts.tolist() == metrics.confusion_matrix(y, read, labels=[0, 1]).tolist()
        assert f"above {short(threshold)}." in shown[curves._words]["value"]
        assert shown[curves._roc._here]["x"].tolist() == pytest.approx([(read[y == 0] == 1).mean()])
        assert shown[made.cell_rows]["rows"]["predicted"] == read.tolist()
        for key, cell in shown[made.cell_rows]["found"].items():
            a, b = map(int, key.split())
            assert cell["total"] == counts[a, b]
        columns = shown[made.comparison]["table"]["columns"]
        assert sorted(column["sample"] for column in columns) == sorted(content.moments.keys() - {None})
        for column in columns:
            at_row = column["sample"]
            assert column["read"] == ["no", "yes"][read[at_row]]
            assert column["is_wrong"] == (read[at_row] != y[at_row])
    assert curves.threshold == at


@pytest.mark.parametrize("two", [False, True])
def test_a_threshold_decides_everywhere_which_rows_are_misread(two):
    model = mlp(2, "softmax") if two else mlp(1, "sigmoid")
    y = (Y > 0).astype(int)
    made = explore(model, X, y, class_names=["no", "yes"])
    p = model.predict(X.to_numpy(), verbose=0)[:, -1]
    assert made.threshold_curves.ranking.auc == pytest.approx(metrics.roc_auc_score(y, p), abs=1e-12)
    found = made.threshold_curves.ranking.average_precision
    assert found == pytest.approx(metrics.average_precision_score(y, p), abs=1e-12)
    for threshold in (0.5, float(np.median(p)), 0.02):
        front_end(made.threshold_curves.slider, value=threshold)
        read = (p > threshold).astype(int)
        assert made.confusion.counts.tolist() == metrics.confusion_matrix(y, read, labels=[0, 1]).tolist()
        assert made.sample_picker.samples["predicted"] == read.tolist()
        np.testing.assert_array_equal(made.misread(), np.flatnonzero(read != y))
        np.testing.assert_array_equal(made.predicted_classes(), read)
        if made.waterfall.sample is not None and made.waterfall.sample.predicted is not None:
            assert made.waterfall.sample.predicted == read[made.selected_sample]
    check_page(made, p, y, two)
    made.selected_sample = int(np.argmin(abs(p - 0.25)))
    assert "yes with p" in made.what_if._head.value
    made.threshold_curves.threshold = 0.99
    assert "no with p" in made.what_if._head.value
    model.layers[-1].bias.assign(model.layers[-1].bias + 1)
    made.update()
    read = model.predict(X.to_numpy(), verbose=0)[:, -1] > 0.99
    assert made.confusion.counts[:, 1].sum() == read.sum()
    assert made.confusion.table["title"] == "Confusion at threshold 0.99"

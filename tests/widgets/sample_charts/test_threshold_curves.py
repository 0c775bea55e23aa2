import numpy as np
import pytest
from traitlets import TraitError

from nbviz.widgets.sample_charts.threshold_curves import ThresholdCurves

TRUTH = np.array([0, 0, 0, 1, 1])
P = np.array([0.1, 0.4, 0.7, 0.6, 0.9])


def test_the_mark_and_the_words_follow_the_slider():
    curves = ThresholdCurves(TRUTH, P, ["no", "yes"])
    assert curves.threshold == 0.5
    assert (curves._roc._here.x[0], curves._roc._here.y[0]) == pytest.approx((1 / 3, 1.0))
    curves.slider.value = 0.8
    assert curves.threshold == 0.8
    assert (curves._roc._here.x[0], curves._roc._here.y[0]) == (0.0, 0.5)
    assert (curves._recall._here.x[0], curves._recall._here.y[0]) == (0.5, 1.0)
    assert "above 0.80" in curves._words.value
    assert "<b>50 %</b><i>of the rows of yes are found</i>" in curves._words.value
    curves.threshold = 0.05
    assert curves.slider.value == 0.05


def test_after_the_model_has_changed_the_threshold_stays():
    curves = ThresholdCurves(TRUTH, P, ["no", "yes"])
    curves.threshold = 0.3
    curves.update(TRUTH, 1 - P)
    assert curves.threshold == 0.3
    assert curves.ranking.auc == pytest.approx(1 - 5 / 6)
    assert "area under the ROC curve 0.167" in curves._head.value


def test_rows_of_one_class_are_said_instead_of_drawn():
    curves = ThresholdCurves(np.ones(3, int), P[:3], ["no", "yes"])
    assert "they need rows of both classes, and all are yes" in curves._head.value
    assert curves._plots.layout.display == "none"
    curves.update(TRUTH, P)
    assert curves._plots.layout.display is None


@pytest.mark.parametrize("value", [-0.1, 1.01])
def test_a_threshold_is_a_probability(value):
    curves = ThresholdCurves(TRUTH, P, ["no", "yes"])
    with pytest.raises(TraitError, match="Expected a threshold from 0 to 1"):
        curves.threshold = value
    assert curves.threshold == 0.5


def test_names_stay_text():
    curves = ThresholdCurves(TRUTH, P, ["<b>no", "<i>yes"])
    assert "&lt;i&gt;yes" in curves._words.value
    assert "<i>yes" not in curves._words.value


def test_other_than_two_classes_are_refused():
    with pytest.raises(ValueError, match=r"names of two classes\. Received 3"):
        ThresholdCurves(TRUTH, P, list("abc"))
    with pytest.raises(ValueError, match=r"Received \(5,\) and \(4,\)"):
        ThresholdCurves(TRUTH, P[:4], ["no", "yes"])

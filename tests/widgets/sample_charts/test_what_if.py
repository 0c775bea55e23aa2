import numpy as np
import pytest
import traitlets

from nbviz.widgets.sample_charts.asked_model import AskedModel
from nbviz.widgets.sample_charts.feature_sliders import CONSTANT, Ranges, SliderFeatures
from nbviz.widgets.sample_charts.response_curve import POINTS
from nbviz.widgets.sample_charts.what_if import WhatIf


def two_classes(x):
    """The second class is as probable as the first feature is large, from 0 to 1."""
    p = np.clip(x[:, :1], 0, 1)
    return np.concatenate([1 - p, p], axis=1)


def features(low, high, names, whole=None, order=()):
    whole = np.zeros(len(names), bool) if whole is None else np.array(whole)
    return SliderFeatures(names, Ranges(np.array(low), np.array(high), whole), order)


def made(predict=two_classes, low=(0, -5, 2), high=(1, 5, 2), **more):
    model = AskedModel(predict, more.pop("class_names", ["no", "yes"]), more.pop("output", "probability"))
    on_row = more.pop("on_row", None)
    panel = WhatIf(model, features(low, high, more.pop("feature_names", ["a", "b", "c"]), **more), on_row=on_row)
    panel.set_sample([0.25, 1, 2], "sample 32")
    return panel


def test_the_curve_goes_through_the_range_with_the_others_as_in_the_sample():
    asked = []

    def predict(x):
        asked.append(x)
        return two_classes(x)

    panel = made(predict)
    x = asked[0]
    assert x.dtype == np.float32
    assert x[:POINTS, 0].tolist() == pytest.approx(np.linspace(0, 1, POINTS).tolist())
    assert (x[:, 1:] == [1, 2]).all()
    assert x[-1].tolist() == [0.25, 1, 2]  # the row itself comes last
    assert panel.curve._curves.y[1].tolist() == pytest.approx(np.linspace(0, 1, POINTS).tolist())
    assert panel.curve._dots.x.tolist() == [0.25, 0.25]
    assert panel.curve._dots.y.tolist() == [0.75, 0.25]


def test_every_feature_is_asked_in_one_call_of_one_shape():
    shapes = []

    def predict(x):
        shapes.append(x.shape)
        return two_classes(x)

    panel = made(predict, whole=[False, True, False])
    for feature in (1, 2):
        panel.feature = feature
    assert shapes == [(POINTS + 1, 3)] * 3


def test_a_slider_changes_the_row_and_reset_brings_the_sample_back():
    rows = []
    panel = made(on_row=rows.append)
    panel.sliders.sliders[0].value = 0.75
    assert panel.row.tolist() == [0.75, 1, 2]
    assert "yes with p 0.75" in panel._head.value
    assert "1 feature changed" in panel._head.value
    assert panel._reset.disabled is False
    panel._reset.click()
    assert panel.row.tolist() == [0.25, 1, 2]
    assert panel.sliders.sliders[0].value == 0.25
    assert panel._reset.disabled is True
    assert [row.tolist() for row in rows] == [[0.25, 1, 2], [0.75, 1, 2], [0.25, 1, 2]]


def test_values_the_front_end_rounds_to_its_steps_are_still_the_samples_own():
    rows = []
    panel = made(on_row=rows.append)
    panel.set_sample([0.123456, 1.23456, 2], "fine")
    panel.sliders.sliders[0].set_state({"value": 0.12})  # as the front end does once it shows the slider
    panel.sliders.sliders[1].set_state({"value": 1.2})
    assert panel.row.tolist() == [0.123456, 1.23456, 2]
    assert len(rows) == 2
    panel.sliders.sliders[0].set_state({"value": 0.13})  # a step further: somebody moved it
    assert panel.row[0] == 0.13
    panel.sliders.sliders[0].set_state({"value": 0.12})  # and back
    assert panel.row.tolist() == [0.123456, 1.23456, 2]
    assert panel._reset.disabled is True


def test_rounding_a_missing_value_does_not_set_it():
    panel = made(low=(0, -5, 0.5), high=(1, 5.123, 2))
    panel.set_sample([0.5, np.nan, 1], "gap")
    panel.sliders.sliders[1].set_state({"value": round(panel.sliders.sliders[1].value, 1)})
    assert np.isnan(panel.row[1])
    panel.sliders.sliders[1].set_state({"value": 4.0})
    assert panel.row[1] == 4


def test_rows_handed_out_are_copies():
    rows = []
    panel = made(on_row=rows.append)
    rows[0][:] = 99
    assert panel.row.tolist() == [0.25, 1, 2]


def test_observers_hear_the_row():
    panel, heard = made(), []
    panel.observe(lambda change: heard.append(change["new"].tolist()), "row")
    panel.sliders.sliders[1].value = -2
    assert heard == [[0.25, -2, 2]]


def test_the_most_important_feature_is_asked_first_and_one_of_a_later_page_can_be_moved():
    count = 45
    names, order = [f"gene {i}" for i in range(count)], list(range(count))[::-1]
    panel = WhatIf(AskedModel(lambda x: x[:, :1]), features([0] * count, [1] * count, names, order=order))
    panel.set_sample(np.linspace(0, 1, count), "s")
    assert panel.feature == 44
    panel.sliders._on.click()
    assert panel.sliders.sliders[0].description == "gene 24"
    panel.sliders.sliders[0].value = 0.25
    assert panel.row[24] == 0.25


def test_asking_the_model_again_tells_nobody_of_a_row():
    rows, factor = [], [1.0]
    panel = made(lambda x: factor[0] * two_classes(x), on_row=rows.append)
    assert len(rows) == 1
    factor[0] = 0.5
    panel.refresh()
    assert len(rows) == 1
    assert "no with p 0.38" in panel._head.value  # half of 0.75


def test_a_constant_feature_answers_with_one_level_and_says_so():
    panel = made()
    panel.feature = 2
    assert np.ptp(panel.curve._curves.y, axis=1).tolist() == [0, 0]
    assert CONSTANT in panel._head.value


def test_a_model_that_fails_is_reported_and_the_picture_stays():
    def predict(x):
        if x[-1, 0] > 0.5:
            raise RuntimeError("<b>boom</b>")
        return two_classes(x)

    panel = made(predict)
    before = panel.curve._curves.y.copy()
    panel.sliders.sliders[0].value = 0.9
    assert panel.error == "RuntimeError: <b>boom</b>"
    assert "<b>" not in panel._status.value
    assert (panel.curve._curves.y == before).all()
    panel.sliders.sliders[0].value = 0.1
    assert panel.error == ""
    assert panel._status.value == ""


def test_nan_answers_and_wrong_shapes_are_reported():
    panel = made(lambda x: np.full((len(x), 2), np.nan))
    assert "Expected finite answers" in panel.error
    panel = made(lambda x: np.zeros((len(x), 3)))
    assert "Expected 2 answers a row. Received 3" in panel.error


def test_a_missing_value_stays_missing_until_it_is_set():
    panel = made()
    panel.set_sample([0.5, np.nan, 2], "gap")
    assert np.isnan(panel.row[1])
    assert "(missing)" in panel.sliders.sliders[1].description
    panel.sliders.sliders[0].value = 0.75
    assert np.isnan(panel.row[1])
    panel.sliders.sliders[1].value = 3
    assert panel.row[1] == 3


def test_regression_has_one_line_and_its_own_scale():
    panel = made(lambda x: 1000 * x[:, 0], class_names=None, output="value")
    assert "value 250" in panel._head.value
    assert panel.curve._y.min == pytest.approx(-50)
    assert panel.curve._y.max == pytest.approx(1050)


def test_one_feature_and_one_class():
    panel = WhatIf(AskedModel(lambda x: np.full((len(x), 1), 0.5), ["p"]), features([0], [1], ["only"]))
    panel.set_sample([0.5], "s")
    assert panel.error == ""
    assert panel.curve._curves.y.shape[-1] == POINTS


def test_names_are_text():
    name = "<img src=x onerror=alert(1)>"
    panel = made(feature_names=[name, "b", "c"], class_names=[name, "yes"])
    panel.set_sample([0, 0, 2], name)
    assert "<img" not in panel._head.value
    assert panel.sliders.sliders[0].description_allow_html is False


def test_a_bad_row_changes_nothing():
    panel = made()
    with pytest.raises(ValueError, match=r"row of shape \(3,\). Received \(2,\)"):
        panel.set_sample([1, 2], "bad")
    assert panel.row.tolist() == [0.25, 1, 2]
    for value in (7, -1, True, 1.5):
        with pytest.raises(traitlets.TraitError, match=rf"feature.* {value}"):
            panel.feature = value
        assert panel.feature == 0

"""Predicted against true values: points that are chosen by mouse and keyboard, and followed by the whole explorer."""

import keras
import numpy as np
from playwright.sync_api import expect

import nbviz
from nbviz.widgets.predicted_values.predicted_values import PredictedValues

from .page import set_from_python, show

TRUTH = np.array([[10.0, 1], [30, 2], [20, 3], [40, 4]])
PREDICTED = np.array([[12.0, 1], [25, 2], [20, 3], [np.nan, 5]])


def chosen(page):
    return page.evaluate("() => window.changes")


def test_a_point_is_chosen_by_mouse_and_by_keyboard(page, tmp_path):
    show(page, PredictedValues(TRUTH, PREDICTED, ["speed", "height"]), tmp_path, width=900)
    points = page.get_by_role("listbox", name="predicted against true").get_by_role("option")
    assert points.count() == 3  # one has no prediction
    points.and_(page.locator('[data-sample="1"]')).click()
    assert chosen(page) == [{"selected_sample": 1}]
    foot = page.locator(".nbviz-value-foot")
    assert foot.inner_text() == "sample 1: true 30.0, predicted 25.0, error −5.00"
    page.keyboard.press("ArrowLeft")  # by the true value
    assert foot.inner_text() == "sample 2: true 20.0, predicted 20.0, error 0.00"
    page.keyboard.press("Enter")
    assert chosen(page)[-1] == {"selected_sample": 2}
    for plot in page.locator(".nbviz-value-plots svg").all():
        ringed, mark = (plot.locator(part).bounding_box() for part in (".nbviz-value-ring", '[data-sample="2"]'))
        for side, size in (("x", "width"), ("y", "height")):
            middle = mark[side] + mark[size] / 2
            assert abs(ringed[side] + ringed[size] / 2 - middle) < 0.5
    page.keyboard.press("Escape")
    assert chosen(page)[-1] == {"selected_sample": None}
    set_from_python(page, {"selected_class": 1})
    expect(page.locator(".nbviz-value-title")).to_have_text("Predicted against true: height")
    expect(page.locator(".nbviz-value-captions")).to_contain_text("4 rows")
    page.get_by_label("Output that is charted").select_option("speed")
    assert chosen(page)[-1] == {"selected_class": 0}


def test_in_a_page_without_kernel_the_explorer_follows_a_point(page, tmp_path):
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(1).normal(size=(20, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1, name="y")])
    made = nbviz.explore(model, x, 3 * x[:, 0], feature_names=["a", "b", "c"])
    page.goto(nbviz.save_html(made, tmp_path / "values.html").as_uri())
    page.get_by_role("listbox", name="predicted against true").locator('[data-sample="7"]').click()
    expect(page.locator(".nbviz-pick-title")).to_have_text("Sample 7")
    expect(page.locator(".nbviz-explorer-fall")).to_contain_text("prediction, sample 7")
    page.locator('.nbviz-pick-square[data-sample="3"]').click()
    expect(page.locator(".nbviz-value-foot")).to_contain_text("sample 3: true")

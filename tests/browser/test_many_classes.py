"""Waterfall, confusion matrix and rows of a cell, of ten to a thousand classes, in a bare page."""

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from sklearn.metrics import precision_score, recall_score

from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.attribution.table.importance import Importance
from nbviz.widgets.importance_matrix.importance_matrix import ImportanceMatrix
from nbviz.widgets.sample_charts.cell_rows import CellNames, CellRows
from nbviz.widgets.sample_charts.confusion import Confusion
from nbviz.widgets.sample_charts.waterfall import ExplainedSample, Waterfall
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker

from .page import rest, set_from_python, settle, show

SENSORS = [
    *("spindle_motor_current_A", "gearbox_vibration_axial_mm_s", "gearbox_vibration_radial_mm_s"),
    *("coolant_flow_rate_l_min", "hydraulic_pressure_main_bar", "feed_axis_position_error_um"),
    *("acoustic_emission_level_dB", "tool_holder_runout_um", "exhaust_air_temperature_C", "cabinet_humidity_percent"),
]
FAULTS = [
    *("normal", "tool wear", "chatter", "bearing fault", "coolant loss"),
    *("misalignment", "imbalance", "overload", "belt slip", "sensor drift"),
]
NUMBERS = np.random.default_rng(5)
VALUES = NUMBERS.normal(size=(10, 10))
P = np.array([0.02, 0.02, 0.03, 0.01, 0.03, 0.005, 0.34, 0.005, 0.04, 0.5])
TRUTH = NUMBERS.integers(0, 10, 400)
PREDICTED = np.where(NUMBERS.random(400) < 0.85, TRUTH, NUMBERS.integers(0, 10, 400))


def waterfall():
    """Row 138, a belt slip that is read as sensor drift, before imbalance."""
    chart = Waterfall(SENSORS, FAULTS, start_name="average of 100 rows", end_name="centred logit")
    local = LocalExplanation(VALUES, np.zeros(10), VALUES.sum(axis=0))
    chart.show(ExplainedSample(local, "sample 138", VALUES[:, 0], P, predicted=9, truth=8))
    return chart


def headings(page):
    return [text.split("\n") for text in page.locator(".nbviz-fall-heading").all_inner_texts()]


@pytest.mark.parametrize(("theme", "width"), [("light", 900), ("dark", 480)])
def test_the_classes_that_matter_stand_side_by_side_and_a_click_exchanges_one(
    page, tmp_path, screenshots, theme, width
):
    show(page, waterfall(), tmp_path, theme=theme, width=width)
    page.screenshot(path=screenshots / f"waterfall_10_{width}_{theme}.png", full_page=True)
    three = [["sensor drift", "predicted, p 0.50"], ["belt slip", "true, p 0.04"], ["imbalance", "runner-up, p 0.34"]]
    assert headings(page) == three
    # A logit is as wide in all three: the last bar of each tells the sum.
    widths = page.eval_on_selector_all(
        ".nbviz-fall-chart .nbviz-fall-total", "all => all.map(bar => Number(bar.getAttribute('width')))"
    )
    sums = np.abs(VALUES.sum(axis=0))[[9, 8, 6]]
    np.testing.assert_allclose(np.array(widths)[1::2] / sums, widths[1] / sums[0], rtol=0.02)
    card = page.get_by_role("button", name="coolant loss: 3 %")
    card.focus()
    page.keyboard.press("Enter")
    settle(page)
    assert headings(page) == [*three[:2], ["coolant loss", "p 0.03"]]
    assert page.evaluate("window.changes") == [{"selected_class": 4, "edge_meaning": "contribution"}]
    page.keyboard.press("Escape")
    settle(page)
    assert headings(page) == three
    assert page.evaluate("window.changes.at(-1)") == {
        "selected_class": None,
        "edge_meaning": "weight",
    }
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_all_classes_have_bars_on_one_scale_in_the_order_of_the_rows(page, tmp_path):
    show(page, waterfall(), tmp_path, width=1000)
    cards = page.locator(".nbviz-fall-card")
    assert cards.locator("bdi").all_inner_texts() == FAULTS
    rows = page.locator(".nbviz-fall-rows button").evaluate_all("all => all.map(row => row.title)")
    order = [SENSORS.index(name) for name in rows]
    heights = np.array(
        cards.evaluate_all(
            "all => all.map(card => [...card.querySelectorAll('rect')].map(bar => Number(bar.getAttribute('height'))))"
        )
    )
    expected = np.abs(np.concatenate([VALUES[order], np.delete(VALUES, order, axis=0).sum(axis=0)[None]])).T
    shown = expected > 0.2  # what is less than a px has a px
    np.testing.assert_allclose(
        heights[shown] / expected[shown], heights[0, 0] / expected[0, 0], rtol=0.02, err_msg="not one scale"
    )


def test_names_that_an_end_cut_would_make_equal_are_cut_in_the_middle(page, tmp_path):
    chart = waterfall()
    values = VALUES.copy()
    values[[1, 2]] = 9.0  # both have rows
    chart.show(ExplainedSample(LocalExplanation(values, np.zeros(10), values.sum(axis=0)), "sample 138"))
    show(page, chart, tmp_path, width=440)
    names = page.locator(".nbviz-fall-rows bdi").all_inner_texts()
    assert [name for name in names if "axial" in name]
    assert [name for name in names if "radial" in name]
    assert any("…" in name for name in names)
    set_from_python(page, {"selected_unit": 1})
    page.get_by_role("button", name="gearbox_vibration_axial_mm_s").click()
    assert page.evaluate("window.changes.at(-1)") == {"selected_unit": None}


def test_ten_classes_have_cells_recall_and_precision(page, tmp_path, screenshots):
    confusion = Confusion(TRUTH, PREDICTED, FAULTS, title="Confusion, test set")
    show(page, confusion, tmp_path, width=460)
    page.screenshot(path=screenshots / "confusion_10.png", full_page=True)
    counts = [int(text) for text in page.locator(".nbviz-conf-cell").all_inner_texts()]
    assert counts == confusion.counts.ravel().tolist()
    for part, score in (("recall", recall_score), ("precision", precision_score)):
        told = page.locator(f".nbviz-conf-{part}").all_inner_texts()[:10]
        expected = score(TRUTH, PREDICTED, average=None)
        assert [int(text.split()[0]) for text in told] == [int(100 * share + 0.5) for share in expected]
    assert page.locator(".nbviz-conf-cell").first.bounding_box()["width"] >= 24  # of 26 with what parts them
    names = page.locator(".nbviz-conf-name").all_inner_texts()
    assert names == FAULTS
    wrong = np.argwhere((confusion.counts > 0) & ~np.eye(10, dtype=bool))[0].tolist()
    page.locator(f"[data-cell='{wrong[0]} {wrong[1]}']").click()
    assert page.evaluate("window.changes.at(-1)") == {"cells": [wrong]}
    expect(page.locator(".nbviz-conf-true")).to_have_text(FAULTS[wrong[0]])
    expect(page.locator(".nbviz-conf-read")).to_have_text(FAULTS[wrong[1]])
    page.keyboard.press("Escape")
    assert page.evaluate("window.changes.at(-1)") == {"cells": None}


def test_of_many_classes_rows_are_found_by_the_name_of_their_class(page, tmp_path, screenshots):
    names = [f"species number {index}" for index in range(100)]
    p = np.random.default_rng(0).dirichlet(np.full(100, 0.1), 1000)
    truth = np.arange(1000) % 100
    show(page, SamplePicker(ClassPredictions(p, truth, class_names=names)), tmp_path, width=420)
    page.screenshot(path=screenshots / "picker_100_names.png")
    shown = page.locator(".nbviz-pick-class").all_inner_texts()
    assert len(set(shown)) == 100  # cut in the middle, not at the end
    page.get_by_label("Find a class").fill("number 42")
    assert page.locator(".nbviz-pick-class").evaluate_all("all => all.map(e => e.title)") == ["species number 42"]
    right = int((p.argmax(axis=1) == truth)[truth == 42].sum())
    assert page.inner_text(".nbviz-pick-count") == f"{right}/10"
    page.get_by_label("Find a class").fill("no such")
    assert page.inner_text(".nbviz-pick-empty") == "No such class."
    assert page.locator(".nbviz-picker").bounding_box()["height"] < 560


@pytest.mark.parametrize("width", [240, 290])
def test_beside_their_bars_the_likeliest_classes_are_told_apart(page, tmp_path, width):
    p = np.full((1, 100), 0.002)
    p[0, [0, 13, 83, 50, 73, 47]] = [0.6, 0.06, 0.05, 0.04, 0.03, 0.032]
    names = [f"species number {index}" for index in range(100)]
    picker = SamplePicker(ClassPredictions(p, np.zeros(1, int), class_names=names))
    picker.selected_sample = 0
    show(page, picker, tmp_path, width=width)
    bars = page.locator(".nbviz-pick-bar-name")
    told = bars.all_inner_texts()[:6]
    assert [label.split("…")[-1] for label in told] == ["0", "13", "83", "50", "47", "73"]
    # None is cut once more where it is drawn.
    assert bars.evaluate_all("all => all.slice(0, 6).every(name => name.scrollWidth <= name.clientWidth)")


def test_the_column_of_a_selected_class_comes_into_view_and_names_can_be_read(page, tmp_path, screenshots):
    names = [*FAULTS, *(f"species number {index}" for index in range(90))]
    strength = np.random.default_rng(0).random((4, 100))
    about = {"method": "gradient", "output": "logit", "samples": 40}
    table = Importance(strength, None, pd.Index(SENSORS[:4]), pd.Index(names), about)
    show(page, ImportanceMatrix(table), tmp_path, width=460)
    page.screenshot(path=screenshots / "matrix_100.png")
    header = page.get_by_role("columnheader", name="misalignment")
    assert header.locator("bdi").inner_text() == "misalignment"
    last = page.get_by_role("columnheader", name=names[-1], exact=True)
    assert last.count() == 0  # far away
    set_from_python(page, {"selected_class": 99})
    expect(last).to_have_attribute("aria-selected", "true")
    box, room = last.bounding_box(), page.locator(".nbviz-matrix-scroller").bounding_box()
    assert room["x"] < box["x"] < room["x"] + room["width"] - 60
    assert page.evaluate("document.documentElement.scrollWidth") <= 460


def test_a_hundred_classes_are_a_heat_map_with_blocks_and_a_list(page, tmp_path, screenshots):
    truth = np.repeat(np.arange(100), 4)
    predicted = truth.copy()
    predicted[[28, 29, 40]] = [8, 8, 99]  # twice 7 as 8, once 10 as 99
    names = [f"class number {index}" for index in range(100)]
    show(page, Confusion(truth, predicted, names), tmp_path, width=620)
    page.screenshot(path=screenshots / "confusion_100.png", full_page=True)
    items = page.locator(".nbviz-conf-item")
    assert items.evaluate_all("all => all.map(item => item.getAttribute('aria-label'))") == [
        "true class number 7, read as class number 8: 2 of 4",
        "true class number 10, read as class number 99: 1 of 4",
    ]
    map_ = page.locator(".nbviz-conf-map canvas")
    box = map_.bounding_box()
    # The classes that are misread most come first: 7, 8, 10, 99.
    page.mouse.move(box["x"] + box["width"] * 0.015, box["y"] + box["height"] * 0.005)
    expect(page.locator(".nbviz-conf-pointed")).to_have_text("true class number 7, read as class number 8: 2 of 4")
    page.mouse.down()
    page.mouse.up()
    block = page.locator("[data-cell='7 8'][role=gridcell]")
    expect(block).to_have_text("2")
    assert page.locator(".nbviz-conf-cell").count() == 16 * 16
    page.screenshot(path=screenshots / "confusion_100_block.png", full_page=True)
    page.get_by_role("button", name="back to all 100 classes").click()
    expect(map_).to_be_visible()
    items.nth(1).click()
    assert page.evaluate("window.changes.at(-1)") == {"cells": [[10, 99]]}
    expect(page.locator("[data-cell='10 99'][role=gridcell]")).to_have_attribute("aria-selected", "true")


def test_of_a_thousand_classes_those_that_occur_are_shown(page, tmp_path):
    names = [f"class number {index}" for index in range(1000)]
    show(page, Confusion([3, 3, 500], [3, 999, 500], names), tmp_path, width=400)
    assert page.locator(".nbviz-conf-name").all_inner_texts() == [names[3], names[500], names[999]]
    assert [int(text) for text in page.locator(".nbviz-conf-cell").all_inner_texts()] == [1, 0, 1, 0, 1, 0, 0, 0, 0]
    assert "3 of 1\u2009000 classes occur" in page.inner_text(".nbviz-conf-title + .nbviz-conf-caption")


def test_the_rows_of_a_cell_are_asked_for_shown_and_selected(page, tmp_path, screenshots):
    truth, p = np.array([8, 8, 9]), np.full((3, 10), 0.01)
    p[[0, 1, 2], 9] = [0.6, 0.8, 0.9]
    chart = CellRows(truth, np.full(3, 9), p, CellNames(FAULTS, SENSORS), lambda row, pair: VALUES[:, list(pair)] + row)
    show(page, chart, tmp_path, width=620)
    page.evaluate("window.model.receive({ type: 'alive' })")
    page.wait_for_function("() => window.changes.some(change => String(change.cell) === '8,9')")
    chart.cell = [8, 9]
    assert chart.wait(60)
    set_from_python(page, {"found": chart.found})
    rest(page)
    page.screenshot(path=screenshots / "cell_rows.png", full_page=True)
    assert page.inner_text(".nbviz-rows-title") == "True belt slip, read as sensor drift"
    assert page.locator(".nbviz-rows-head b").all_inner_texts() == ["sample 1", "sample 0"]
    change = VALUES[:, 9] - VALUES[:, 8]
    order = np.argsort(-np.abs(change))[:3]
    first = page.locator(".nbviz-rows-row").first
    assert first.locator("bdi").evaluate_all("all => all.map(name => name.title)") == [SENSORS[at] for at in order]
    told = [float(text.replace("−", "-")) for text in first.locator(".nbviz-rows-number").all_inner_texts()]
    assert told == pytest.approx(change[order].tolist(), abs=0.006)
    first.click()
    assert page.evaluate("window.changes.at(-1)") == {"selected_sample": 1}
    set_from_python(page, {"cells": [[0, 1]]})
    page.wait_for_function("() => window.changes.some(change => String(change.cell) === '0,1')")

"""The sample picker in a bare page, and the parts drawn by bqplot in an exported page."""

import ast
import itertools

import ipywidgets
import numpy as np
import pytest
from playwright.sync_api import expect

from nbviz import save_html
from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.explorer.explorer_sheet import ExplorerSheet
from nbviz.widgets.sample_charts.asked_model import AskedModel
from nbviz.widgets.sample_charts.confusion import Confusion
from nbviz.widgets.sample_charts.feature_sliders import Ranges, SliderFeatures
from nbviz.widgets.sample_charts.waterfall import ExplainedSample, Waterfall
from nbviz.widgets.sample_charts.what_if import WhatIf
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker

from .jupyter import cell_errors, comes_to, execute, run_all, wait_until_run
from .page import rest_with_figures, set_from_python, settle, show
from .picture import screenshot

CLASSES = ["Barolo", "Grignolino", "Barbera"]
TRUTH = np.repeat([0, 1, 2], [15, 18, 12])
NOTEBOOK = """
import time
import ipywidgets
import numpy as np
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker
from nbviz.attribution.edges.explanation import LocalExplanation
from nbviz.explorer.explorer_sheet import ExplorerSheet
from nbviz.widgets.sample_charts.asked_model import AskedModel
from nbviz.widgets.sample_charts.feature_sliders import Ranges, SliderFeatures
from nbviz.widgets.sample_charts.waterfall import ExplainedSample, Waterfall
from nbviz.widgets.sample_charts.what_if import WhatIf

calls, times = [], []
def predict(x):
    times.append(time.monotonic())
    time.sleep(0.1)
    calls.append(float(x[-1, 0]))
    p = np.clip(x[:, :1], 0, 1)
    return np.concatenate([1 - p, p], axis=1)

ranges = Ranges(np.array([0, -5]), np.array([1, 5]), np.zeros(2, bool))
what_if = WhatIf(AskedModel(predict, ["no", "yes"]), SliderFeatures(["a", "b"], ranges))
what_if.set_sample([0.123456, 1.23456], "sample 32")
chart = Waterfall(["f0", "f1"], ["only"])
local = LocalExplanation(np.array([[2.0], [-4.0]]), np.array([1.0]), np.array([-1.0]))
chart.show(ExplainedSample(local, "sample 32"))
picker = SamplePicker(ClassPredictions([[0.75, 0.25]], [0], class_names=["no", "yes"]))
ipywidgets.VBox([ExplorerSheet(), picker, chart, what_if])
"""
XSS = "<img src=x onerror=\"window.failure='ran'\">"

LIGHT = {"raises": (0x08, 0x77, 0xBD), "lowers": (0xF5, 0x93, 0x22), "accent": (0x6B, 0x46, 0xC1)}
DARK = {"raises": (0x3B, 0x9F, 0xE6), "lowers": (0xF8, 0xA5, 0x48), "accent": (0xB4, 0x9B, 0xFF)}
TOKENS = {"light": LIGHT, "dark": DARK}
BARS = "[...document.querySelectorAll('.nbviz-fall-chart .nbviz-fall-bar')]"


def wine(**more):
    """45 rows; row 20, of Grignolino, is read as Barbera; rows of a class are ever less sure."""
    p = np.zeros((45, 3))
    for row, truth in enumerate(TRUTH):
        sure = 0.99 - 0.01 * row
        p[row] = (1 - sure) / 2
        p[row, truth] = sure
    p[20] = [0.1, 0.2, 0.7]
    return SamplePicker(ClassPredictions(p, TRUTH, class_names=CLASSES), **more)


def order(page):
    """The rows on offer, strip by strip."""
    return page.eval_on_selector_all(
        "[role=listbox]",
        "all => all.map(box => [...box.children].map(square => Number(square.dataset.sample)))",
    )


def has(picture, colour, tolerance=6):
    """How many pixels have about this colour."""
    return int((np.abs(picture.astype(int) - colour).max(axis=-1) <= tolerance).sum())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picker_names_the_sample_and_rings_its_square(page, tmp_path, screenshots, theme):
    show(page, wine(selected_sample=14), tmp_path, theme=theme, width=296, height=460)
    text = page.inner_text(".nbviz-picker")
    assert "Sample 14" in text
    assert "true Barolo, predicted Barolo with p 0.85" in text
    assert [line for line in text.splitlines() if line in ("15", "18", "12")] == ["15", "18", "12"]
    assert page.get_attribute("[data-sample='14']", "aria-selected") == "true"
    picture = screenshot(page)
    page.screenshot(path=screenshots / f"picker_{theme}.png")
    assert has(picture, TOKENS[theme]["accent"]) > 40  # the ring
    assert has(picture, TOKENS[theme]["lowers"]) > 60  # the misread square and its key
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_click_selects_a_row_and_a_second_one_clears(page, tmp_path):
    show(page, wine(), tmp_path, width=296)
    page.click("[data-sample='20']")
    assert page.evaluate("window.changes") == [{"selected_sample": 20}]
    assert "true Grignolino, predicted Barbera with p 0.70" in page.inner_text(".nbviz-picker")
    assert page.locator(".nbviz-pick-percent").all_inner_texts() == ["10 %", "20 %", "70 %"]
    page.click("[data-sample='20']")
    assert page.evaluate("window.changes.at(-1)") == {"selected_sample": None}
    assert "45 samples" in page.inner_text(".nbviz-picker")


def test_the_buttons_order_and_filter(page, tmp_path):
    show(page, wine(), tmp_path, width=296)
    assert order(page)[0] == list(range(15))
    assert order(page)[1][-1] == 20
    page.click("text=least sure")
    assert order(page)[0] == list(range(14, -1, -1))
    page.click("button:text-is('wrong')")
    assert order(page) == [[20]]
    assert page.get_attribute("button:text-is('wrong')", "title") == "misclassified only"
    assert page.evaluate("window.changes") == [{"show": "least_sure"}, {"show": "wrong"}]


def test_a_cell_of_the_confusion_matrix_filters_and_is_taken_back(page, tmp_path):
    show(page, wine(), tmp_path, width=296)
    set_from_python(page, {"cells": [[1, 2]]})
    assert order(page) == [[20]]
    assert "Grignolino read as Barbera: 1 sample" in page.inner_text(".nbviz-pick-filter")
    page.click(".nbviz-pick-filter button")
    assert page.evaluate("window.changes") == [{"cells": None}]
    assert len(order(page)) == 3


def test_the_keyboard_walks_along_and_across_the_strips(page, tmp_path):
    show(page, wine(), tmp_path, width=400)
    page.focus("[data-sample='0']")
    focused = "Number(document.activeElement.dataset.sample)"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == 1
    page.keyboard.press("ArrowDown")
    # The square below belongs to the next class.
    assert page.evaluate(focused) == order(page)[1][1]
    page.keyboard.press("End")
    assert page.evaluate(focused) == order(page)[2][-1]
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.evaluate("window.changes") == [{"selected_sample": order(page)[2][-1]}, {"selected_sample": None}]
    assert page.locator("[role=option][tabindex='0']").count() == 1


def test_control_with_a_click_or_shift_with_enter_puts_rows_side_by_side(page, tmp_path):
    picker = wine(selected_sample=3)
    picker.most_compared = 3
    show(page, picker, tmp_path, width=400)
    page.click("[data-sample='20']", modifiers=["ControlOrMeta"])
    page.focus("[data-sample='7']")
    page.keyboard.press("Shift+Enter")
    assert page.evaluate("window.changes") == [{"compared_samples": [3, 20]}, {"compared_samples": [3, 20, 7]}]
    assert page.locator("[data-compared='true']").count() == 3
    page.click("[data-sample='9']", modifiers=["ControlOrMeta"])
    assert page.evaluate("window.changes.length") == 2
    assert page.inner_text(".nbviz-pick-hover") == "3 samples are compared at most"
    page.click("[data-sample='3']", modifiers=["ControlOrMeta"])  # of those left another one is selected
    assert page.evaluate("window.changes.at(-1)") == {"selected_sample": 20, "compared_samples": [20, 7]}
    page.click("[data-sample='20']", modifiers=["ControlOrMeta"])  # one alone is no comparison
    assert page.evaluate("window.changes.at(-1)") == {"selected_sample": 7, "compared_samples": []}
    page.click("[data-sample='8']", modifiers=["Shift"])
    page.click("[data-sample='1']")
    assert page.evaluate("window.changes.at(-1)") == {"selected_sample": 1, "compared_samples": []}


def test_a_mean_is_named_and_a_row_or_escape_ends_it(page, tmp_path):
    picker = wine()
    picker.mean, picker.mean_name = [1, 2], "mean of 1 row: true Grignolino, read as Barbera"
    show(page, picker, tmp_path, width=400)
    assert page.inner_text(".nbviz-pick-title") == "Mean of 1 row"
    assert "true Grignolino, read as Barbera" in page.inner_text(".nbviz-pick-subtitle")
    page.click("[data-sample='8']")
    assert page.evaluate("window.changes") == [{"selected_sample": 8, "mean": None}]
    assert page.inner_text(".nbviz-pick-title") == "Sample 8"
    set_from_python(page, {"mean": [1]})
    set_from_python(page, {"selected_sample": None})
    page.focus("[data-sample='0']")
    page.keyboard.press("Escape")
    assert page.evaluate("window.changes.slice(1)").pop() == {"mean": None, "selected_sample": 8}  # that before it


def test_a_pointer_on_a_square_names_the_row(page, tmp_path):
    show(page, wine(), tmp_path, width=360)
    page.hover("[data-sample='3']")
    assert page.inner_text(".nbviz-pick-hover") == "sample 3: true Barolo, predicted Barolo with p 0.96"
    page.mouse.move(5, 5)
    assert page.inner_text(".nbviz-pick-hover") == ""


def test_rows_that_a_page_lacks_are_off_with_the_reason(page, tmp_path):
    picker = wine()
    picker.available = [0, 20]
    show(page, picker, tmp_path, width=296)
    page.click("[data-sample='5']", force=True)
    assert page.evaluate("window.changes") == []
    assert "not among the samples that this page carries" in page.get_attribute("[data-sample='5']", "title")
    page.click("[data-sample='20']")
    assert page.evaluate("window.changes") == [{"selected_sample": 20}]
    words = page.locator(".nbviz-pick-legend")
    page.mouse.move(0, 0)  # over a square its own words stand in the place of the legend
    expect(words).to_be_visible()
    assert f"not in this page, which holds 2 of {page.locator('[role=option]').count()}" in words.inner_text()
    hollow = ("background-color", "rgba(0, 0, 0, 0)")  # pale is unsure
    expect(page.locator("[data-sample='5']")).to_have_css(*hollow)
    expect(page.locator("[data-sample='0']")).not_to_have_css(*hollow)
    assert words.evaluate("el => el.scrollWidth <= el.clientWidth")


def test_without_labels_there_is_one_strip_and_nothing_wrong(page, tmp_path):
    show(page, SamplePicker(ClassPredictions([[0.6, 0.4], [0.1, 0.9]], class_names=["a", "b"])), tmp_path, width=296)
    assert order(page) == [[1, 0]]
    assert page.locator("button:text-is('wrong')").count() == 0


def test_a_thousand_rows_of_a_hundred_classes_are_there_and_scroll(page, tmp_path, screenshots):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(100), 1000)
    picker = SamplePicker(ClassPredictions(p, rng.integers(0, 100, 1000)), selected_sample=999)
    show(page, picker, tmp_path, width=296, height=500)
    assert page.locator("[role=option]").count() == 1000
    board = page.locator(".nbviz-pick-strips").bounding_box()
    square = page.locator("[data-sample='999']").bounding_box()
    assert board["height"] < 260
    assert board["y"] <= square["y"] <= board["y"] + board["height"]  # scrolled to
    page.screenshot(path=screenshots / "picker_100_classes.png")


def test_names_in_the_picker_are_text(page, tmp_path):
    picker = SamplePicker(ClassPredictions([[0.6, 0.4]], [0], class_names=[XSS, XSS]), names=[XSS], selected_sample=0)
    show(page, picker, tmp_path, width=296)
    set_from_python(page, {"cells": [[0, 0]]})
    page.hover("[data-sample='0']")
    assert page.locator(".nbviz-picker img").count() == 0
    assert page.evaluate("window.failure") is None
    assert XSS in page.inner_text(".nbviz-pick-title").replace("Img", "img")


def test_a_view_that_is_removed_leaves_no_listener(page, tmp_path):
    show(page, wine(), tmp_path, width=296)
    page.evaluate("window.show_again()")
    settle(page)
    page.locator("[data-sample='4']").nth(1).click()
    assert page.locator("[data-sample='4'][aria-selected='true']").count() == 2
    for view in (0, 1):
        page.evaluate("view => window.remove_view(view)", view)
    assert page.evaluate("window.model.listener_count()") == 0


def exported(page, widget, folder, *, theme="light", width=1280, height=700):
    """Open an exported page with the widget, in the style of the explorer, and a picker in it."""
    path = save_html(ipywidgets.VBox([ExplorerSheet(), widget]), folder / "page.html")
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme)
    page.goto(path.as_uri())
    page.wait_for_selector(".nbviz-picker", state="attached")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.bqplot')].every(f => f.querySelector('.label, .line'))"
    )
    rest_with_figures(page)


def parts(waterfall=None, **more):
    truth = TRUTH
    predicted = truth.copy()
    predicted[20] = 2
    confusion = Confusion(truth, predicted, CLASSES, title="Confusion, test set")
    picker = wine(**more)
    ipywidgets.jslink((confusion, "cells"), (picker, "cells"))
    layout = ipywidgets.Layout(flex_flow="row wrap")
    return ipywidgets.Box([picker, waterfall or of_two_features(), confusion], layout=layout)


def of_two_features():
    """+1, then f0 +2 -> 3, f1 -4 -> -1."""
    chart = Waterfall(["f0", "f1"], ["only"], start_name="average of 60 others")
    chart.show(ExplainedSample(LocalExplanation([[2.0], [-4.0]], [1.0], [-1.0]), "sample 32"))
    return chart


def boxes(page, selector):
    return page.eval_on_selector_all(
        selector,
        "all => all.map(e => e.getBoundingClientRect()).map(b => [b.left, b.right, b.top, b.bottom])",
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_stand_where_the_sums_say_in_the_colours_of_their_signs(page, tmp_path, screenshots, theme):
    exported(page, parts(), tmp_path, theme=theme, width=1280)
    page.screenshot(path=screenshots / f"explorer_parts_{theme}.png")
    # Four bars: start, f1 (the largest), f0, sum; each with where it begins and where it ends.
    drawn = page.eval_on_selector_all(
        ".nbviz-fall-chart .nbviz-fall-bar",
        "all => all.map(bar => [...['x', 'width'].map(n => Number(bar.getAttribute(n))), getComputedStyle(bar).fill])",
    )
    assert len(drawn) == 4
    (a, logit, _), (b, four, lowers), (c, two, raises), (d, one, _) = drawn
    assert logit > 5
    edges = [b, b + four, c, c + two, d, d + one]
    assert [round((x - a) / logit, 2) for x in edges] == [-3, 1, -3, -1, -1, 0]
    assert lowers == "rgb({}, {}, {})".format(*TOKENS[theme]["lowers"])
    assert raises == "rgb({}, {}, {})".format(*TOKENS[theme]["raises"])
    text = page.inner_text(".nbviz-fall")
    assert "adds up exactly" in text
    assert "average of 60 others" in text
    labels = page.locator(".nbviz-fall-chart text").all_text_contents()
    assert sorted(labels) == sorted(["+1.00", "−4.00", "+2.00", "−1.00"])


def test_rows_of_names_stand_level_with_their_bars(page, tmp_path):
    exported(page, parts(), tmp_path)
    names = boxes(page, ".nbviz-fall-rows > *")
    bars = boxes(page, ".nbviz-fall-chart .nbviz-fall-bar")
    middles = [(top + bottom) / 2 for _, _, top, bottom in bars]
    assert [(top + bottom) / 2 for _, _, top, bottom in names] == pytest.approx(middles, abs=1)


@pytest.mark.parametrize("width", [360, 700, 1280])
def test_no_part_is_wider_than_its_room(page, tmp_path, screenshots, width):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(13, 3))
    chart = Waterfall([f"a_feature_with_a_name_{i}" for i in range(13)], CLASSES)
    chart.show(ExplainedSample(LocalExplanation(values, np.zeros(3), values.sum(axis=0)), "sample 32"))
    chart.selected_class = 1
    exported(page, parts(chart), tmp_path, width=width, height=1200)
    page.screenshot(path=screenshots / f"explorer_parts_{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for left, right, _, _ in boxes(page, ".nbviz-view"):
        assert left >= 0
        assert right <= width


def test_a_click_on_a_cell_picks_its_rows_and_the_picker_gives_them_back(page, tmp_path):
    exported(page, parts(), tmp_path)
    cells = page.get_by_role("gridcell", name="true")
    assert cells.count() == 9
    misread = page.get_by_role("gridcell", name="true Grignolino, read as Barbera: 1 of 18")
    misread.click()
    page.wait_for_function("() => document.querySelectorAll('[role=option]').length === 1")
    assert order(page) == [[20]]
    expect(misread).to_have_attribute("aria-selected", "true")
    cells.nth(0).click()
    page.wait_for_function("() => document.querySelectorAll('[role=option]').length === 15")
    page.click(".nbviz-pick-filter button")
    page.wait_for_function("() => document.querySelectorAll('[role=option]').length === 45")
    expect(cells.nth(0)).to_have_attribute("aria-selected", "false")


def test_cells_hold_counts_right_ones_grey_and_wrong_ones_orange_with_recall_and_precision(page, tmp_path):
    exported(page, parts(), tmp_path)
    cells = page.locator(".nbviz-conf-cell")
    assert cells.all_inner_texts() == ["15", "0", "0", "0", "17", "1", "0", "0", "12"]
    fill = cells.evaluate_all("all => all.map(e => getComputedStyle(e).backgroundColor)")
    right, wrong, none = fill[0], fill[5], fill[1]
    red, _, blue = (int(channel) for channel in wrong[4:-1].split(","))
    assert red > blue + 50
    red, _, blue = (int(channel) for channel in right[4:-1].split(","))
    assert abs(red - blue) < 25
    assert none not in (right, wrong)
    # 17 of 18 Grignolino are right, 12 of the 13 that were read as Barbera.
    assert page.locator(".nbviz-conf-recall").all_inner_texts() == ["100 %", "94 %", "100 %", "recall"]
    assert page.locator(".nbviz-conf-precision").all_inner_texts() == ["100", "100", "92"]


def test_names_in_charts_are_text(page, tmp_path):
    chart = Waterfall([XSS], [XSS], start_name=XSS, end_name=XSS)
    chart.show(ExplainedSample(LocalExplanation([[1.0]], [0.0], [1.0]), XSS, [XSS]))
    confusion = Confusion([0, 1], [0, 1], [XSS, "b"], title=XSS)
    model = AskedModel(lambda x: np.full((len(x), 2), 0.5), [XSS, "b"])
    panel = WhatIf(model, SliderFeatures([XSS], Ranges(np.array([0]), np.array([1]), np.zeros(1, bool))))
    panel.set_sample([0.5], XSS)
    exported(page, ipywidgets.VBox([chart, confusion, panel, wine()]), tmp_path)
    assert page.locator(".nbviz-parts img").count() == 0
    assert page.evaluate("window.failure") is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_response_curve_has_a_named_line_for_each_class(page, tmp_path, screenshots, theme):
    def softmax(x):
        z = np.exp(x[:, :3] * [1, 0, -1])
        return z / z.sum(axis=1, keepdims=True)

    names = [f"feature {index}" for index in range(13)]
    ranges = Ranges(np.full(13, -2), np.full(13, 2), np.zeros(13, bool))
    panel = WhatIf(AskedModel(softmax, CLASSES), SliderFeatures(names, ranges))
    panel.set_sample([0.5] * 13, "sample 32")
    exported(page, ipywidgets.VBox([panel, wine()]), tmp_path, theme=theme, width=1000)
    page.screenshot(path=screenshots / f"what_if_{theme}.png")
    labels = page.locator(".nbviz-response .label").all_text_contents()
    assert labels == CLASSES
    # Lines end where the model says at the right end of the range, feature 0 at 2: 0.67, 0.24 and 0.09.
    answer = softmax(np.array([[2, 0.5, 0.5]]))[0]
    ends = page.eval_on_selector_all(
        ".nbviz-response path.line",
        """all => all.filter(p => p.getAttribute("d").match(/[\\d.]+/g).length > 40)
          .map(p => Number(p.getAttribute("d").match(/-?[\\d.]+/g).at(-1)))""",
    )
    height = 248 - 10 - 24
    assert [1 - end / height for end in ends] == pytest.approx(list(answer), abs=0.01)
    assert page.locator(".nbviz-what-if .widget-hslider").count() == 13


def test_parts_in_a_hidden_tab_are_drawn_when_it_opens(page, tmp_path):
    tabs = ipywidgets.Tab([ipywidgets.HTML("nothing"), parts()], titles=["first", "second"])
    explorer = ipywidgets.VBox([ExplorerSheet(), tabs])
    explorer.add_class("nbviz-explorer")  # keeps the width of hidden tabs
    path = save_html(explorer, tmp_path / "page.html")
    page.goto(path.as_uri())
    page.locator(".lm-TabBar-tab, .p-TabBar-tab").nth(1).click()
    page.wait_for_selector(".nbviz-conf-cell")
    rest_with_figures(page)
    widths = [right - left for left, right, _, _ in boxes(page, ".nbviz-conf-cell")]
    assert min(widths) > 50
    assert page.locator("[data-sample='0']").bounding_box()["width"] > 8


def test_in_jupyterlab_a_dragged_slider_ends_at_its_last_value_and_the_parts_follow_the_theme(notebook, screenshots):
    page = notebook([NOTEBOOK])
    run_all(page)
    wait_until_run(page)
    assert cell_errors(page) == []
    page.wait_for_selector(".nbviz-fall-bar")
    handle = page.locator(".nbviz-what-if .noUi-handle").first
    handle.scroll_into_view_if_needed()
    rest_with_figures(page)
    # Shown, the sliders have reported rounded values; nobody has moved them.
    assert execute(page, "print(what_if.row.tolist(), len(calls))") == "[0.123456, 1.23456] 1\n"
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(40):
        page.mouse.move(x + 2 * step, y)
        settle(page)
    page.mouse.up()
    told = float(page.locator(".nbviz-what-if .widget-readout").first.inner_text())
    assert comes_to(
        page, f"print(abs(calls[-1] - what_if.row[0]) < 1e-6 and abs(calls[-1] - {told}) < 0.005)", "True\n"
    )
    last, row, shown = ast.literal_eval(
        execute(page, "print([float(n) for n in (calls[-1], what_if.row[0], what_if.sliders.sliders[0].value)])")
    )
    assert last == pytest.approx(row, abs=1e-6)
    assert row == shown > 0.2
    # An answer takes 0.1 s, and the kernel has as long for others before the next one.
    begun = ast.literal_eval(execute(page, "print(times)"))
    assert min(later - sooner for sooner, later in itertools.pairwise(begun)) > 0.19
    bar = f"() => getComputedStyle({BARS}[1]).fill"
    light, dark = ("rgb({}, {}, {})".format(*tokens["lowers"]) for tokens in (LIGHT, DARK))
    assert page.evaluate(bar) == light
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_function(f"() => ({bar})() === '{dark}'")
    page.screenshot(path=screenshots / "explorer_parts_in_jupyterlab_dark.png")
    # JupyterLab's splash screen trips over a second change of theme before it is gone.
    gone = "() => document.querySelector('#jupyterlab-splash') === null"
    page.wait_for_function(gone)
    rest_with_figures(page)
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    page.wait_for_function(f"() => ({bar})() === '{light}'")
    page.wait_for_function(gone)
    rest_with_figures(page)

"""Training charts and weight histograms in an exported page: cursor, hover, log, ridges, all without a kernel."""

import ipywidgets
import numpy as np
import pandas as pd
import pytest

from nbviz import save_html
from nbviz.page.content import PageContent
from nbviz.widgets.training_charts.training_chart import TrainingChart
from nbviz.widgets.training_charts.weight_histograms import WeightHistograms
from tests.recorded_run import RecordedRun

from .jupyter import cell_errors, comes_to, execute, run_all, wait_until_run
from .page import rest_with_figures, wait_until
from .picture import screenshot

ACCENT = {"light": (0x6B, 0x46, 0xC1), "dark": (0xB4, 0x9B, 0xFF)}
LEFT, RIGHT = 46 + 17, 92 + 17  # px beside the plot: the figure's margins and the panel's


class Both(ipywidgets.VBox):
    """A chart and histograms on one timeline."""

    def __init__(self, run, **more):
        self.chart, self.histograms = TrainingChart(run), WeightHistograms(run)
        self.links = [ipywidgets.jslink((self.chart, "shown_frame"), (self.histograms, "shown_frame"))]
        super().__init__([self.chart, self.histograms])

    def page_content(self):
        return PageContent()

    def close(self):
        for link in self.links:
            link.close()
        self.chart.close()
        self.histograms.close()
        super().close()


@pytest.fixture
def opened(page, tmp_path):
    """Save a widget, open its page, wait until it is drawn; the widget is closed afterwards."""
    held = []

    def open_page(widget, *, theme="light", width=900, height=1000):
        held.append(widget)
        path = save_html(widget, tmp_path / "page.html")
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-drawn=true]")
        page.wait_for_selector(".bqplot path.line", state="attached")
        rest_with_figures(page)
        return page

    yield open_page
    for widget in held:
        widget.close()


def texts(page, which=".nbviz-curves"):
    """The words in the figures, but for axes."""
    return [text for text in page.locator(f"{which} .bqplot text.label").all_text_contents() if text]


def plot_box(page, figure=0):
    box = page.locator(".nbviz-curves .plotarea_background").nth(figure).bounding_box()
    return box["x"], box["y"], box["width"], box["height"]


def at_epoch(page, epoch, epochs, share=0.5):
    """A place in the loss."""
    x, y, width, height = plot_box(page)
    return x + width * epoch / epochs, y + height * share


def accent(page, theme="light"):
    """Where pixels have the accent: mask of the page."""
    return np.abs(screenshot(page).astype(int) - ACCENT[theme]).max(axis=-1) <= 8


def leave(page):
    """Take the mouse away and wait until nothing is left of it."""
    page.mouse.move(2, 2)
    rest_with_figures(page)


def says(page, *words):
    """Wait for words in the figures."""
    wait_until(page, lambda: set(words) <= set(texts(page)))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_click_moves_chart_and_histograms_to_that_moment(opened, screenshots, theme):
    page = opened(Both(RecordedRun(20)), theme=theme)
    assert "epoch 10" not in texts(page)
    before = accent(page, theme).sum()
    x, y = at_epoch(page, 10.2, 20)
    page.mouse.click(x, y)
    leave(page)
    assert "epoch 10" in texts(page)
    # 1.5 e^(-0.2 · 10) and 0.1 more, as the labels have it.
    assert {"0.203", "0.303", "89.8 %"} <= set(texts(page))
    assert "10" in texts(page, ".nbviz-histograms")
    mask = accent(page, theme)
    assert mask.sum() > before + 500
    left, top, width, height = plot_box(page)
    columns = np.flatnonzero(mask[round(top) : round(top + height)].mean(axis=0) > 0.8)
    assert abs(columns.mean() - (left + width / 2)) <= 1.5  # the cursor stands on epoch 10
    page.screenshot(path=screenshots / f"training_charts_{theme}.png")


def test_a_double_click_goes_back_to_live(opened):
    page = opened(Both(RecordedRun(20)))
    page.mouse.click(*at_epoch(page, 5, 20))
    leave(page)
    assert "epoch 5" in texts(page)
    page.mouse.dblclick(*at_epoch(page, 12, 20))
    leave(page)
    assert not [text for text in texts(page) if text.startswith("epoch ")]
    assert {"0.027", "0.127"} <= set(texts(page))


def test_dragging_scrubs_and_what_comes_later_fades(opened):
    page = opened(TrainingChart(RecordedRun(20)))
    left, top, width, height = map(round, plot_box(page))
    future = np.s_[top : top + height, left + round(width * 0.6) : left + width - 8]

    def ink():
        return (255 - screenshot(page)[future].astype(int)).sum()

    full = ink()
    page.mouse.move(*at_epoch(page, 2, 20))
    page.mouse.down()
    for epoch in (4, 6, 8):
        page.mouse.move(*at_epoch(page, epoch, 20))
        says(page, f"epoch {epoch}")
    page.mouse.up()
    page.mouse.move(*at_epoch(page, 15, 20))
    rest_with_figures(page)
    assert "epoch 8" in texts(page)
    leave(page)
    assert 0 < ink() < 0.6 * full


def test_the_mouse_reads_values_and_leaves_no_trace(opened):
    page = opened(TrainingChart(RecordedRun(20)))
    live = texts(page)
    page.mouse.move(*at_epoch(page, 5, 20))
    # 1.5 e^-1; of accuracy 1 - 0.5518 / 2
    says(page, "0.552", "0.652", "72.4 %")
    leave(page)
    assert texts(page) == live


def test_the_log_switch_spreads_a_falling_loss(opened):
    page = opened(TrainingChart(RecordedRun(20)))
    line = page.locator(".nbviz-curves .bqplot").first.locator("g.curve path.line")

    def middle():
        """Share of the height at which the train line passes the middle of its run."""
        return page.evaluate(
            """() => {
              const paths = [...document.querySelectorAll('.nbviz-curves .bqplot path.line')];
              const train = paths.find(p => (p.getAttribute('d') ?? '').split('L').length === 20);
              const ys = train.getAttribute('d').slice(1).split('L').map(at => Number(at.split(',')[1]));
              return (ys[10] - ys[0]) / (ys[19] - ys[0]);
            }"""
        )

    assert line.count() > 0
    assert middle() > 0.8
    page.click("button:text-is('log')")
    rest_with_figures(page)
    # An exponential is a straight line.
    assert middle() == pytest.approx(10 / 19, abs=0.01)
    ticks = page.locator(".nbviz-curves .axis:visible text").all_text_contents()
    assert "0.1" in ticks
    page.click("button:text-is('log')")
    rest_with_figures(page)
    assert middle() > 0.8


def test_a_moment_chosen_before_saving_is_shown_when_the_page_opens(opened):
    both = Both(RecordedRun(20))
    both.chart.shown_frame = both.histograms.shown_frame = 24
    page = opened(both)
    assert "epoch 12" in texts(page)
    assert page.locator(".nbviz-histograms .bqplot text.label", has_text="12").count() >= 3


def test_a_diverged_run_draws_without_errors(opened, screenshots):
    table = pd.DataFrame({"loss": [1.4, 30.0, 1e8, np.nan, np.nan], "val_loss": [1.5, 31.0, 1e8, np.nan, np.nan]})
    page = opened(TrainingChart({"calm": RecordedRun(5), "<i>wild": table}), height=500)
    assert "<i>wild: loss explodes at epoch 2, is not finite since epoch 4" in page.inner_text(".nbviz-curves-head")
    assert "NaN" in texts(page)
    # The axis is logarithmic by itself, and the other one is drawn without errors too.
    ticks = ".nbviz-curves .bqplot .axis text"
    assert "1e7" in page.locator(f"{ticks}:visible").all_text_contents()
    page.get_by_role("button", name="log").click()
    rest_with_figures(page)
    assert "1e7" not in page.locator(f"{ticks}:visible").all_text_contents()
    page.screenshot(path=screenshots / "training_chart_runs.png")


@pytest.mark.parametrize("width", [600, 1280])
def test_nothing_is_wider_than_the_page(opened, screenshots, width):
    page = opened(Both(RecordedRun(20)), width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for label in page.locator(".nbviz-curves .bqplot text.label").all():
        box = label.bounding_box()
        if box and box["width"]:
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    page.screenshot(path=screenshots / f"training_charts_{width}.png", full_page=True)


def test_bands_have_the_cursor_too(opened, screenshots):
    histograms = WeightHistograms(RecordedRun(20))
    histograms.view = "bands"
    histograms.shown_frame = 20
    page = opened(histograms, height=420)
    mask = accent(page)
    for place in page.locator(".nbviz-histograms .plotarea_background").all():
        box = place.bounding_box()
        rows = slice(round(box["y"]) + 2, round(box["y"] + box["height"]) - 2)
        columns = np.flatnonzero(mask[rows].mean(axis=0) > 0.8)
        assert np.abs(columns - (box["x"] + box["width"] / 2)).min() <= 1.5
    page.screenshot(path=screenshots / "weight_bands.png")


def test_ridges_are_orange_left_of_zero_and_blue_right_of_it(opened):
    page = opened(WeightHistograms(RecordedRun(8)), height=520)
    picture = screenshot(page).astype(int)
    box = page.locator(".nbviz-histograms .plotarea_background").first.bounding_box()
    rows = slice(round(box["y"]), round(box["y"] + box["height"]))
    middle = round(box["x"] + box["width"] / 2)
    warm = picture[rows, :, 0] - picture[rows, :, 2]
    left, right = warm[:, round(box["x"]) : middle - 4], warm[:, middle + 4 : round(box["x"] + box["width"])]
    assert (left > 25).sum() > 1000
    assert (right < -25).sum() > 1000
    assert (left < -25).sum() < 50
    assert (right > 25).sum() < 50


NOTEBOOK = [
    """
import keras, numpy as np
from nbviz.training.recording.recording import Recording
from nbviz.widgets.training_charts.training_chart import TrainingChart
from nbviz.widgets.training_charts.weight_histograms import WeightHistograms

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 6)).astype("float32")
y = (x[:, 0] + x[:, 1] > 0).astype(int)
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(16, "relu", name="hidden"),
                          keras.layers.Dense(2, "softmax", name="answer")])
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
recording = Recording(model, x, y, every_batches=4)
chart = TrainingChart(recording)
chart
""",
    "histograms = WeightHistograms(recording)\nhistograms",
    """
history = model.fit(x, y, batch_size=50, epochs=12, validation_split=0.2, verbose=0,
                    callbacks=[recording.callback()])
""",
]


def test_in_jupyterlab_charts_follow_fit_and_a_click_reaches_python(notebook, screenshots):
    page = notebook(NOTEBOOK)
    run_all(page)
    wait_until_run(page)
    assert cell_errors(page) == []
    page.wait_for_function("() => document.querySelectorAll('.nbviz-curves .bqplot').length === 2")
    expected = execute(page, "print(f\"{history.history['val_loss'][-1]:.3f}\")").strip()
    # The last state is drawn although training ended between two refreshes.
    page.wait_for_function(
        """words => [...document.querySelectorAll('.nbviz-curves text.label')].some(t => t.textContent === words)""",
        arg=expected,
    )
    page.locator(".nbviz-curves").scroll_into_view_if_needed()
    rest_with_figures(page)
    page.mouse.click(*at_epoch(page, 6, 12))
    says(page, "epoch 6")
    step = execute(page, "print(6 * recording.steps_per_epoch)")
    assert comes_to(page, "print(chart.shown_frame)", step)
    # What the browser moves is never sent back.
    assert execute(page, "print([plot['cursor'].visible for plot in chart.cursor.time_plots])") == "[False, False]\n"
    execute(page, "histograms.shown_frame = chart.shown_frame; histograms.quantity = 'gradients'")
    page.wait_for_function(
        """() => [...document.querySelectorAll('.nbviz-histograms text.label')].some(
             t => t.textContent === '6' && t.style.fontWeight === 'bold')"""
    )
    rest_with_figures(page)
    # The same moments, another quantity: axis and accent are its own.
    reach = execute(page, "print(histograms._panels.children[0]._axis.tick_labels)")
    ticks = page.locator(".nbviz-histograms .axis").first.locator("text").all_text_contents()
    assert all(repr(tick) in reach for tick in ticks if tick)
    assert len([tick for tick in ticks if tick]) == 3
    lines = page.locator(".nbviz-histograms .bqplot").first.locator("path.line")
    accents = [line.get_attribute("d") for line in lines.all() if "accent" in (line.get_attribute("style") or "")]
    assert len(accents) == 2
    assert accents[0] == accents[1]
    page.locator(".nbviz-histograms").scroll_into_view_if_needed()
    page.screenshot(path=screenshots / "training_charts_in_jupyterlab.png")
    # Running the cells again leaves no listener behind for what was closed.
    assert execute(page, "chart.close(); histograms.close(); print(len(recording._listeners))") == "0\n"

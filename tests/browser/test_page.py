"""A page saved by `save_html`, opened from disk without a network."""

import re

import anywidget
import bqplot
import ipywidgets
import keras
import numpy as np
import pytest
import traitlets
from playwright.sync_api import expect

import nbviz
from nbviz.page.content import PageContent
from nbviz.page.packing import packed as pack
from tests.page.widgets import saved_models, scripts, unpacked

from .page import rest, wait_until
from .picture import changed_share, colour_share, screenshot

CLASS_NAMES = ["low", "high"]
BLUE = "#0877bd"  # strong positive


class Chosen(anywidget.AnyWidget):
    """Says which class is selected."""

    _esm = """export default { render({ model, el }) {
      const show = () => { el.textContent = `class ${model.get("selected_class")}`; };
      model.on("change:selected_class", show);
      show();
    } };"""
    selected_class = traitlets.Int(None, allow_none=True).tag(sync=True)


class Report(ipywidgets.VBox):
    """A diagram, bars and words that follow its sample, and a button that needs Python."""

    def __init__(self, model, x):
        self.diagram = nbviz.NetworkDiagram(model, x, feature_names=list("abcde"), class_names=CLASS_NAMES)
        self.answers = np.asarray(model(x))
        scales = {"x": bqplot.OrdinalScale(), "y": bqplot.LinearScale(min=0, max=1)}
        self.bars = bqplot.Bars(x=CLASS_NAMES, y=[0.0, 0.0], scales=scales, colors=["#0877bd"])
        self.figure = bqplot.Figure(
            marks=[self.bars],
            axes=[bqplot.Axis(scale=scales["x"])],
            layout={"width": "100%", "height": "200px"},
            display_toolbar=False,
        )
        self.figure.add_class("bars")
        self.words = ipywidgets.HTML("no sample")
        self.slider = ipywidgets.IntText(-1, description="sample")
        self.chosen = Chosen()
        self.train = ipywidgets.Button(description="Train")
        ipywidgets.jslink((self.slider, "value"), (self.diagram, "selected_sample"))
        ipywidgets.jsdlink((self.diagram, "selected_class"), (self.chosen, "selected_class"))
        super().__init__([self.diagram, self.slider, self.chosen, self.figure, self.words, self.train])

    def page_content(self):
        moments = {}
        for sample, answer in enumerate(self.answers):
            frame = self.diagram.show(sample).frame
            moments[sample] = {
                self.diagram: {"frame": frame},
                self.bars: {"y": answer},
                self.words: {"value": f"<b>sample {sample}</b>: {answer[1]:.3f}"},
            }
        self.diagram.show(None)
        return PageContent(self.diagram, moments, {self.train.layout: {"display": "none"}, self.slider: {"value": 2}})


@pytest.fixture(scope="module")
def report():
    keras.utils.set_random_seed(7)
    layers = [keras.layers.Dense(20, "tanh", name="hidden"), keras.layers.Dense(2, "softmax", name="answer")]
    model = keras.Sequential([keras.Input((5,), name="features"), *layers])
    return Report(model, 3 * np.random.default_rng(7).normal(size=(6, 5)).astype("float32"))


@pytest.fixture(scope="module")
def saved(report, tmp_path_factory):
    return nbviz.save_html(report, tmp_path_factory.mktemp("page") / "a page.html", title="Saved")


@pytest.fixture
def opened(page, saved):
    """The page, and the addresses it asked for beside its own."""
    asked = []
    page.context.set_offline(True)
    page.on("request", lambda request: asked.append(request.url))

    def refuse_the_network(route):
        own = route.request.url.startswith(("file:", "data:", "blob:"))
        route.continue_() if own else route.abort()

    page.route("**/*", refuse_the_network)

    def open_page(width=1280, theme="light"):
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(color_scheme=theme)
        page.goto(saved.as_uri())
        page.wait_for_selector("html[data-drawn=true]")
        page.wait_for_selector(".bars rect")
        rest(page)
        return page

    yield open_page
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [saved.as_uri()]


def choose(page, sample):
    box = page.locator("input[type=number]").first
    box.fill(str(sample))
    box.press("Enter")
    page.mouse.move(2, 2)
    rest(page)


def expect_sample(page, report, sample):
    """Waits until the words and the bars are those of a sample."""
    expect(page.locator(".widget-html b")).to_have_text(f"sample {sample}")

    def share_of_low():
        low, high = (float(bar.get_attribute("height")) for bar in page.locator(".bars rect.bar").all())
        return low / (low + high)

    wait_until(page, lambda: share_of_low() == pytest.approx(report.answers[sample][0], abs=0.01))
    rest(page)


def test_the_page_draws_without_a_network_and_without_a_kernel(opened, screenshots):
    page = opened()
    assert page.title() == "Saved"
    drawn = screenshot(page.locator(".nbviz-network"))
    page.screenshot(path=screenshots / "page_light.png", full_page=True)
    assert colour_share(drawn, BLUE, tolerance=40) > 0.003
    assert page.get_by_text("Train", exact=True).is_hidden()


def test_links_and_the_first_sample_hold_from_the_start(opened, report):
    expect_sample(opened(), report, 2)


def test_choosing_a_sample_replays_what_python_worked_out(opened, report):
    page = opened()
    choose(page, 0)
    expect_sample(page, report, 0)
    diagram = screenshot(page.locator(".nbviz-network"))
    choose(page, 5)
    expect_sample(page, report, 5)
    assert changed_share(diagram, screenshot(page.locator(".nbviz-network"))) > 0.002
    choose(page, 0)
    expect_sample(page, report, 0)
    assert changed_share(diagram, screenshot(page.locator(".nbviz-network"))) < 0.001


def test_quick_changes_end_with_the_last_sample(opened, report):
    page = opened()
    box = page.locator("input[type=number]").first
    for sample in (1, 3, 0, 5, 4):
        box.fill(str(sample))
        box.press("Enter")
    expect_sample(page, report, 4)


def test_a_sample_that_was_not_saved_leaves_the_picture(opened):
    page = opened()
    choose(page, 77)
    assert page.locator(".widget-html b").inner_text() == "sample 2"


def test_hovering_a_unit_shows_its_card(opened, report):
    page = opened()
    unit = report.diagram.unit_id("answer", 1)
    box = page.locator(f"[role=treeitem][data-unit='{unit}']").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator(".nbviz-card")
    card.wait_for(state="visible")
    assert "high" in card.inner_text()


def test_a_click_selects_and_the_link_carries_it_to_another_widget(opened, report):
    page = opened()
    before = screenshot(page.locator(".nbviz-network"))
    unit = report.diagram.unit_id("answer", 1)
    box = page.locator(f"[role=treeitem][data-unit='{unit}']").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(2, 2)
    page.get_by_text("class 1", exact=True).wait_for()
    rest(page)
    assert changed_share(before, screenshot(page.locator(".nbviz-network"))) > 0.002


def test_the_page_is_dark_where_the_reader_likes_it_dark(opened, screenshots):
    page = opened(theme="dark")
    page.screenshot(path=screenshots / "page_dark.png", full_page=True)
    assert colour_share(screenshot(page), "#111315", tolerance=6) > 0.6
    assert page.locator(".nbviz-network").get_attribute("data-theme") == "dark"
    ink = page.locator(".widget-html-content").first.evaluate("el => getComputedStyle(el).color")
    assert ink == "rgb(231, 234, 237)"


@pytest.mark.parametrize("width", [360, 700, 1600])
def test_the_page_fits_the_window(opened, screenshots, width):
    page = opened(width=width)
    page.screenshot(path=screenshots / f"page_{width}.png", full_page=True)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.locator(".nbviz-network").bounding_box()["width"] > min(width, 1600) - 40


def test_script_in_a_widget_of_the_user_does_not_run(page, tmp_path, problems):
    text = "<img src=x onerror='document.title=\"owned\"'><script>document.title='owned'</script>after"
    path = nbviz.save_html(ipywidgets.HTML(text), tmp_path / "evil.html", title="safe")
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn=true]")
    page.get_by_text("after").wait_for()
    # The browser says that it refused the picture and the handler.
    wait_until(page, lambda: len(problems.texts) >= 2)
    assert page.title() == "safe"
    assert all("Content Security Policy" in text or "file://" in text for text in problems.texts)
    problems.texts.clear()


def test_icons_show_where_a_widget_has_one(page, tmp_path):
    path = nbviz.save_html(ipywidgets.Button(icon="check", description=""), tmp_path / "icon.html")
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn=true]")
    page.evaluate("() => document.fonts.ready.then(() => null)")
    assert page.evaluate("() => document.fonts.check('900 14px \"Font Awesome 5 Free\"', '\\uf00c')")
    assert colour_share(screenshot(page.locator("button i")), "#1f2328", tolerance=60) > 0.05


@pytest.fixture(scope="module")
def explorer():
    keras.utils.set_random_seed(3)
    random = np.random.default_rng(3)
    x = random.normal(size=(30, 5)).astype("float32")
    y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5)
    layers = [keras.layers.Dense(12, "relu", name="hidden"), keras.layers.Dense(3, "softmax", name="answer")]
    model = keras.Sequential([keras.Input((5,), name="features"), *layers])
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=20, verbose=0)
    return nbviz.explore(model, x, y, feature_names=list("abcde"), class_names=["low", "mid", "high"])


@pytest.fixture(scope="module")
def saved_explorer(explorer, tmp_path_factory):
    return nbviz.save_html(explorer, tmp_path_factory.mktemp("explorer") / "explorer.html")


@pytest.fixture
def explored(page, saved_explorer):
    """The explorer's page, without a network."""
    asked = []
    page.context.set_offline(True)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(saved_explorer.as_uri())
    page.wait_for_selector("html[data-drawn=true]")
    page.locator(".nbviz-matrix-cell").first.wait_for()
    rest(page)
    yield page
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [saved_explorer.as_uri()]


def test_a_click_on_the_saved_matrix_changes_the_diagram(explored, screenshots):
    page = explored
    diagram = page.locator(".nbviz-network")
    before = screenshot(diagram)
    page.locator(".nbviz-matrix-cell").first.click()
    page.mouse.move(2, 2)
    rest(page)
    page.screenshot(path=screenshots / "page_explorer_path.png", full_page=True)
    assert changed_share(before, screenshot(diagram)) > 0.01


def test_a_click_on_the_saved_diagram_changes_the_matrix(explored, explorer):
    page = explored
    matrix = page.locator(".nbviz-importance-matrix")
    before = screenshot(matrix)
    box = page.locator(f"[role=treeitem][data-unit='{explorer.diagram.unit_id('features', 'b')}']").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(2, 2)
    rest(page)
    assert changed_share(before, screenshot(matrix)) > 0.001


def test_the_next_sample_of_the_saved_explorer_is_explained(explored):
    page = explored
    total = page.get_by_text(re.compile(r"^centred logit, sample \d+$"))
    before = total.inner_text()
    page.get_by_role("button", name="next sample").click()
    number = int(re.search(r"\d+$", before)[0])
    expect(total).to_have_text(f"centred logit, sample {number + 1}")


def test_a_page_that_cannot_be_drawn_says_so(page, saved, tmp_path, problems):
    broken = tmp_path / "broken.html"
    text, (state,) = saved.read_text("utf-8"), scripts(saved, "application/vnd.nbviz.state")
    other = pack(unpacked(saved, "state").replace(b'"version_major":2', b'"version_major":9'))
    broken.write_text(text.replace(state, other), "utf-8")
    page.goto(broken.as_uri())
    page.get_by_text("This page could not be drawn: Unsupported widget state format").wait_for()
    assert len(problems.texts) == 1
    problems.texts.clear()


def test_a_browser_that_cannot_unpack_the_page_says_which_can(page, saved, problems):
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(saved.as_uri())
    page.get_by_text("Expected Chrome or Edge 80, Firefox 113, Safari 16.4, or one that is newer.").wait_for()
    assert len(problems.texts) == 1
    problems.texts.clear()


def test_a_page_that_was_cut_says_that_it_cannot_be_drawn(page, saved, tmp_path, problems):
    broken = tmp_path / "cut.html"
    (state,) = scripts(saved, "application/vnd.nbviz.state")
    broken.write_text(saved.read_text("utf-8").replace(state, state[: 4 * (len(state) // 8)]), "utf-8")
    page.goto(broken.as_uri())
    page.get_by_text(re.compile("^This page could not be drawn: .")).wait_for()
    assert len(problems.texts) >= 1
    problems.texts.clear()


def test_what_only_python_can_do_is_not_in_the_page_of_an_explorer(saved_explorer):
    kinds = [model["model_name"] for model in saved_models(saved_explorer).values()]
    assert kinds.count("FloatSliderModel") == 0
    # Diagram, matrix, picker, waterfall, samples compared, confusion, rows of a cell, and the sheet of the explorer.
    assert kinds.count("AnyModel") == 8

"""An explorer saved as a page and opened from disk, without a kernel and without a network."""

import re

import ipywidgets
import keras
import numpy as np
import pytest
from playwright.sync_api import expect
from sklearn.datasets import load_wine

import nbviz
from nbviz.style.numbers import short
from tests.page.widgets import whole_text

from .page import rest, rest_with_figures
from .picture import changed_share, screenshot

CLASSES = ["Barolo", "Grignolino", "Barbera"]
ROWS, NOISE = np.random.default_rng(0).normal(size=(2, 40, 4)).astype("float32")
SECRET = "nobody-should-read-this-9c1f"


@pytest.fixture(scope="module")
def explorer():
    keras.utils.set_random_seed(1)
    wine = load_wine(as_frame=True)
    x = ((wine.data - wine.data.mean()) / wine.data.std()).astype("float32")
    hidden = [keras.layers.Dense(32, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(16, "relu")]
    model = keras.Sequential([keras.Input((13,)), *hidden, keras.layers.Dense(3, "softmax")], name="wine")
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[::2], wine.target[::2], epochs=30, verbose=0)
    return nbviz.explore(model, x[1::4], wine.target[1::4], class_names=CLASSES, background=x[::2])


@pytest.fixture(scope="module")
def saved(explorer, tmp_path_factory):
    secret = ipywidgets.Text(SECRET)
    path = nbviz.save_html(explorer, tmp_path_factory.mktemp("explorer") / "wine.html")
    secret.close()
    return path


def _drawn(page):
    """Wait until everything in the page is there and stands still."""
    page.wait_for_selector("html[data-drawn=true]")
    page.wait_for_selector(".nbviz-network canvas")
    rest_with_figures(page)


@pytest.fixture
def opened(saved, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    page.set_viewport_size({"width": 1312, "height": 1100})
    page.goto(saved.as_uri())
    _drawn(page)
    yield page
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def _cell(page, row, column):
    rows = page.locator(".nbviz-importance-matrix [role=row]")
    return rows.filter(has=page.locator("[role=rowheader]", has_text=row)).locator("[role=gridcell]").nth(column)


def _status(page, words):
    page.locator(".nbviz-network .nbviz-status", has_text=words).wait_for()


def test_a_click_on_the_matrix_lights_the_path_and_escape_brings_the_weights_back(opened, screenshots):
    diagram = opened.locator(".nbviz-network")
    at_rest = screenshot(diagram)
    _cell(opened, "proline", 0).click()
    _status(opened, "proline → Barolo")
    rest(opened)
    opened.screenshot(path=screenshots / "explorer_page_path.png", full_page=True)
    assert changed_share(at_rest, screenshot(diagram)) > 0.02
    opened.keyboard.press("Escape")
    _status(opened, "edges drawn")
    rest(opened)
    assert changed_share(at_rest, screenshot(diagram)) < 0.001


def test_escape_in_the_diagram_ends_a_comparison_a_class_and_a_filter_and_the_sample_stays(opened):
    picker, compared = opened.locator(".nbviz-picker"), opened.locator(".nbviz-compare")
    title = picker.locator(".nbviz-pick-title").inner_text()
    at_rest = screenshot(opened.locator(".nbviz-network"))
    others = picker.locator(".nbviz-pick-square:not([aria-disabled=true]):not([aria-selected=true])")
    others.first.click(modifiers=["ControlOrMeta"])
    expect(compared).to_have_attribute("data-open", "true")
    opened.locator(".nbviz-conf-cell").first.click()
    expect(picker.locator(".nbviz-pick-filter")).to_be_visible()
    opened.locator(".nbviz-importance-matrix").get_by_role("columnheader", name="Barbera").click()
    _status(opened, "Contributions to Barbera")
    opened.locator(".nbviz-network [role=treeitem][tabindex='0']").focus()
    opened.keyboard.press("Escape")
    expect(compared).to_have_attribute("data-open", "false")
    expect(picker.locator(".nbviz-pick-filter")).to_be_hidden()
    expect(opened.locator(".nbviz-conf-cell[aria-selected=true]")).to_have_count(0)
    expect(picker.locator(".nbviz-pick-title")).to_have_text(title)
    _status(opened, "edges drawn")
    opened.evaluate("document.activeElement.blur()")
    rest(opened)
    assert changed_share(at_rest, screenshot(opened.locator(".nbviz-network"))) < 0.001


def test_the_path_says_the_number_of_the_waterfall(opened, explorer):
    _cell(opened, "proline", 1).click()
    _status(opened, "proline → Grignolino")
    told = opened.locator(".nbviz-network .nbviz-status").inner_text()
    sample = explorer.selected_sample
    found = explorer.diagram.explain_at(sample)
    names = explorer.diagram.frames.drawing.names[explorer.diagram.architecture.inputs[0].name]
    bar = found.local.values[list(names).index("proline"), 1]
    number = float(re.search(r"sample \d+: ([+−][\d.]+)", told).group(1).replace("−", "-"))
    assert number == pytest.approx(bar, abs=0.0051)


def test_a_class_shows_its_contributions_and_a_hidden_unit_its_layer_until_it_is_let_go(opened, screenshots):
    opened.locator(".nbviz-importance-matrix").get_by_role("columnheader", name="Barbera").click()
    _status(opened, "Contributions to Barbera")
    shown = opened.locator(".nbviz-network [role=treeitem][data-unit]")
    ids = [int(item.get_attribute("data-unit")) for item in shown.all()]
    unit = shown.nth(next(at for at, number in enumerate(ids) if 13 <= number < 45)).bounding_box()
    opened.mouse.click(unit["x"] + unit["width"] / 2, unit["y"] + unit["height"] / 2)
    opened.locator(".nbviz-importance-matrix", has_text="Rows: dense").wait_for()
    opened.locator(".nbviz-importance-matrix [role=gridcell][aria-selected=true]").first.wait_for()
    rest(opened)
    opened.screenshot(path=screenshots / "explorer_page_unit.png", full_page=True)
    opened.keyboard.press("Escape")
    opened.locator(".nbviz-importance-matrix", has_text="Rows: features").wait_for()


def test_another_sample_changes_diagram_and_waterfall(opened, explorer):
    parts = [opened.locator(".nbviz-network"), opened.locator(".nbviz-fall"), opened.locator(".nbviz-picker")]
    before = [screenshot(part) for part in parts]
    available = sorted(explorer.page_content().moments.keys() - {None})
    following = available[(available.index(explorer.selected_sample) + 1) % len(available)]
    opened.get_by_role("button", name="next sample").click()
    expect(parts[1]).to_contain_text(f"sample {following}")
    _drawn(opened)
    shares = [changed_share(old, screenshot(part)) for old, part in zip(before, parts, strict=True)]
    assert min(shares) > 0.003, shares


def test_samples_are_put_side_by_side_and_add_up_without_a_kernel(opened, explorer, screenshots):
    chosen = [explorer.selected_sample, *(at for at in (2, 17) if at != explorer.selected_sample)][:3]
    for sample in chosen[1:]:
        opened.locator(f'.nbviz-pick-square[data-sample="{sample}"]').click(modifiers=["ControlOrMeta"])
    table = opened.get_by_role("table", name="Samples compared")
    expect(table.get_by_role("columnheader").locator("bdi")).to_have_text([f"sample {sample}" for sample in chosen])
    expect(opened.locator(".nbviz-fall")).to_be_hidden()
    expect(opened.locator(".nbviz-compare-caption")).to_contain_text("adds up")
    rest(opened)
    opened.screenshot(path=screenshots / "explorer_page_compared.png", full_page=True)
    read = explorer.predicted_classes()[chosen]
    expect(table.get_by_role("row").filter(has_text="read as").get_by_role("cell")).to_have_text(
        [CLASSES[index] for index in read]
    )
    sums = table.get_by_role("row").filter(has_text="centred logit").get_by_role("cell").all_inner_texts()
    ends = [explorer.diagram.explain_at(sample).local.end[read[0]] for sample in chosen]
    assert [float(text.replace("\u2212", "-")) for text in sums] == pytest.approx(ends, abs=0.051)
    cell = table.locator(f'button.nbviz-compare-cell[data-sample="{chosen[2]}"]').first
    feature = cell.get_attribute("aria-label").split(",")[0]
    cell.click()
    _status(opened, f"{feature} → {CLASSES[read[0]]}, sample {chosen[2]}")
    expect(table.get_by_role("columnheader")).to_have_count(4)  # one of those compared: they stay
    opened.locator(f'.nbviz-pick-square[data-sample="{chosen[1]}"]').click()
    expect(table).to_be_hidden()
    expect(opened.locator(".nbviz-fall")).to_contain_text(f"sample {chosen[1]}")


def test_a_page_saved_at_a_mean_opens_at_a_row_and_every_part_is_of_all_rows(opened, explorer, tmp_path, screenshots):
    picker, matrix = opened.locator(".nbviz-pick-title"), opened.locator(".nbviz-importance-matrix")
    named, told = picker.inner_text(), matrix.inner_text()
    explorer.show_mean("Barbera")
    path = nbviz.save_html(explorer, tmp_path / "mean.html")
    explorer.show_mean(None)
    opened.goto(path.as_uri())
    _drawn(opened)
    opened.screenshot(path=screenshots / "explorer_page_of_a_mean.png", full_page=True)
    assert (picker.inner_text(), matrix.inner_text()) == (named, told)
    label = opened.locator(".nbviz-network .nbviz-sample")
    expect(label).to_have_text(f"{explorer.selected_sample} of 45")
    # Nothing selected is the mean over all rows, and there is a way back from there too.
    chosen = opened.locator(".nbviz-pick-square[aria-selected=true]")
    sample = chosen.get_attribute("data-sample")
    chosen.click()
    expect(label).to_have_text("mean of 45")
    opened.locator(f'.nbviz-pick-square[data-sample="{sample}"]').click()
    expect(label).to_have_text(f"{sample} of 45")
    assert (picker.inner_text(), matrix.inner_text()) == (named, told)


def test_what_needs_a_kernel_is_not_there_and_no_secret_is_in_the_page(opened, saved):
    text = opened.locator("body").inner_text()
    assert "What if" not in text
    assert (
        opened.locator("[aria-label='Method']").count() == 0 or not opened.locator("[aria-label='Method']").is_visible()
    )
    assert SECRET not in whole_text(saved)


def test_the_page_of_wine_is_small(saved):
    assert saved.stat().st_size <= 5.5e6


@pytest.mark.parametrize(("width", "scheme"), [(700, "light"), (1600, "light"), (1280, "dark")])
def test_nothing_is_cut_off_at_any_width(saved, page, screenshots, width, scheme):
    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(color_scheme=scheme)
    page.goto(saved.as_uri())
    _drawn(page)
    page.screenshot(path=screenshots / f"explorer_page_{width}_{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    right = page.evaluate(
        "parts => [...document.querySelectorAll(parts)].map(part => part.getBoundingClientRect().right)",
        ".nbviz-explorer, .nbviz-network, .nbviz-importance-matrix, .nbviz-fall",
    )
    assert max(right) <= width
    picture = screenshot(page)
    assert np.median(picture) < 60 if scheme == "dark" else np.median(picture) > 240


def _small(tmp_path, units, y, names):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
    model.fit(ROWS, y, epochs=30, verbose=0)
    made = nbviz.explore(model, ROWS, y, class_names=names, method="gradient")
    return model.predict(ROWS, verbose=0), nbviz.save_html(made, tmp_path / "small.html")


def test_in_a_page_the_menu_of_labels_changes_table_and_crosses(page, tmp_path, screenshots):
    names, y = ["red", "green", "blue"], (ROWS[:, :3] + NOISE[:, :3] > 0).astype(int)
    p, path = _small(tmp_path, 3, y, names)
    page.set_viewport_size({"width": 1312, "height": 1100})
    page.goto(path.as_uri())
    _drawn(page)
    for label in (2, 0, 1):
        page.locator(".nbviz-label-confusion select").select_option(label=names[label])
        expect(page.locator(".nbviz-label-confusion .nbviz-conf-title")).to_have_text(names[label])
        wrong = int(((p[:, label] > 0.5) != y[:, label]).sum())
        expect(page.locator(".nbviz-pick-wrong[role=option]")).to_have_count(wrong)
        expect(page.locator(".nbviz-pick-legend")).to_contain_text(f"{names[label]} is wrong")
        expect(page.locator(".nbviz-label-confusion")).to_contain_text(f"{len(y) - wrong} of {len(y)} right")
    page.screenshot(path=screenshots / "explorer_page_labels.png", full_page=True)


def test_in_a_page_the_threshold_of_one_sigmoid_moves(page, tmp_path, screenshots):
    y = (ROWS[:, 0] + NOISE[:, 0] > 0).astype(int)
    p, path = _small(tmp_path, 1, y, ["no", "yes"])
    page.set_viewport_size({"width": 1312, "height": 1100})
    page.goto(path.as_uri())
    _drawn(page)
    handle = page.locator(".nbviz-threshold .noUi-handle")
    for threshold in (0.51, 0.52):
        handle.press("ArrowRight")
        expect(page.locator(".nbviz-threshold-words")).to_contain_text(f"above {short(threshold)}.")
        expect(page.locator(".nbviz-conf-title")).to_have_text(f"Confusion at threshold {short(threshold)}")
    wrong = int(((p[:, 0] > 0.52) != y).sum())
    expect(page.locator(".nbviz-pick-wrong[role=option]")).to_have_count(wrong)
    page.screenshot(path=screenshots / "explorer_page_threshold.png", full_page=True)

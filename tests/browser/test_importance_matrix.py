"""What a person sees and does in an `ImportanceMatrix`: pixels of its cells, clicks, keys, menus, scrolling."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance
from nbviz.widgets.importance_matrix.importance_matrix import ImportanceMatrix

from .jupyter import comes_to, run_all, wait_until_run, waiting_for
from .page import let_pass, rest, set_from_python, settle, show
from .picture import changed_share, screenshot

ATTRS = {"method": "expected_gradients", "output": "logit", "rows": 10, "head": "softmax"}
ROW, CELL, HEAD = "[role=row]", "[role=gridcell]:not([aria-label*='mean share'])", "[role=columnheader]"
FEATURES, CLASSES = ["proline", "alcohol", "ash", "hue"], ["Barolo", "Grignolino", "Barbera"]
# Shares are these over 10, 5 and 4.
STRENGTH = [[5.0, 1.0, 1.0], [3.0, 1.0, 1.0], [1.5, 2.0, 1.0], [0.5, 1.0, 1.0]]
UPS = [[10, 10, 10], [0, 0, 0], [5, 5, 5], [10, 10, 10]]  # of ten rows: raise, lower, are mixed, raise


def table(strength, features=None, classes=None, ups=None, errors=None, **attrs):
    strength = np.array(strength, dtype=float)
    rows, columns = strength.shape
    sample = None
    if ups is not None:
        sign = np.where(np.arange(10)[:, None, None] < np.array(ups), 1, -1)
        sample, attrs = LocalSample(sign.astype("float32")), {"direction": "gradient sign", **attrs}
    return Importance(
        strength,
        errors,
        pd.Index(range(rows) if features is None else features),
        pd.Index(range(columns) if classes is None else classes),
        {**ATTRS, **attrs},
        sample=sample,
    )


@pytest.fixture
def wine():
    """Four features, three classes; hue is below the noise floor for Barolo alone."""
    held = table(STRENGTH, FEATURES, CLASSES, UPS, np.array(STRENGTH) / 20, correlated=[("proline", "alcohol", 0.86)])
    matrix = ImportanceMatrix(held.with_noise_floor(np.array([1.0, 0.1, 0.1])))
    matrix.above_floor = False
    return matrix


@pytest.fixture
def layered(wine):
    """The wine, and a hidden layer of 40 units with the ids 4 to 43."""
    strength = np.linspace(1, 2, 120).reshape(40, 3)
    wine.set_table("dense", table(strength, classes=CLASSES, layer="dense"), range(4, 44))
    return wine


def cell(page, name):
    return page.locator(f"[role=gridcell][aria-label^='{name}:']").first


def head(page, name):
    return page.locator(f"{HEAD}[aria-label='{name}']").first


def names(page):
    return [row.inner_text() for row in page.locator("[role=rowheader]").all()]


def changes(page):
    """What was saved since the last time, as one."""
    saved = page.evaluate("() => window.changes.splice(0)")
    return {key: value for change in saved for key, value in change.items()}


def colour(page, locator, at=(5, 3)):
    """The colour of a cell near its upper left corner."""
    box = locator.bounding_box()
    picture = screenshot(page)
    return picture[round(box["y"]) + at[1], round(box["x"]) + at[0]].astype(int)


@pytest.mark.parametrize(
    ("theme", "ground", "raises", "lowers", "mixed"),
    [
        # The deepest share is 0.5, which has the whole colour. Alcohol 0.3: depth 0.12 + 0.88 * 0.6 = 0.648; ash
        # 0.15: 0.12 + 0.88 * 0.3 = 0.384; each channel is ground + depth * (token - ground).
        ("light", (255, 255, 255), (8, 119, 189), (249, 185, 112), (217, 220, 223)),
        ("dark", (17, 17, 17), (59, 159, 230), (167, 115, 53), (52, 55, 59)),
    ],
)
def test_cells_have_the_colours_of_their_direction_in_the_depth_of_their_share(
    page, wine, tmp_path, screenshots, theme, ground, raises, lowers, mixed
):
    show(page, wine, tmp_path, theme=theme, width=430, height=600)
    page.screenshot(path=screenshots / f"importance_matrix_{theme}.png")
    for name, expected in (("proline", raises), ("alcohol", lowers), ("ash", mixed), ("hue", ground)):
        assert np.abs(colour(page, cell(page, f"{name} for Barolo")) - expected).max() <= 2, name


def test_once_the_floor_is_known_shares_are_those_above_it_and_a_menu_has_them_all(page, wine, tmp_path):
    wine.above_floor = True
    show(page, wine, tmp_path, width=430)
    # Of Barolo 4, 2, 0.5 and none of 6.5 exceed the floor of 1.
    numbers = [cell(page, f"{name} for Barolo").inner_text() for name in FEATURES]
    assert numbers == ["0.62", "0.31", "0.08", "0.00"]
    title = cell(page, "alcohol for Barolo").get_attribute("title")
    assert title == "alcohol → Barolo: share above the floor 0.308, strength 3 ± 0.15 logits, direction −1.00"
    words = page.locator(".output")
    expect(words).to_contain_text("shares of what exceeds the noise floor: each column sums to 1")
    assert (colour(page, cell(page, "hue for Barolo")) == 255).all()
    page.get_by_label("what shares are of").select_option("of all strength")
    expect(cell(page, "alcohol for Barolo")).to_have_text("0.30")
    expect(words).to_contain_text("shares: each column sums to 1")
    assert changes(page) == {"above_floor": False}


def test_the_button_asks_for_the_floor_shows_how_far_it_is_and_stops_it(page, wine, tmp_path):
    wine.set_table("", table(STRENGTH, FEATURES, CLASSES))
    wine.floor = "offered"
    show(page, wine, tmp_path, width=430)
    button = page.locator("button.nbviz-matrix-floor")
    expect(button).to_be_hidden()  # nobody is there to work it out
    page.evaluate("window.model.receive({ type: 'alive' })")
    expect(button).to_have_text("Noise floor")
    button.click()
    set_from_python(page, {"floor": "running", "floor_progress": 0.34})
    expect(button).to_have_text("Stop · noise floor 34 %")
    button.click()
    asked = [message["value"] for message in page.evaluate("window.sent") if message["type"] == "floor"]
    assert asked == [True, False]
    set_from_python(page, {"floor": "offered", "floor_words": "No noise floor: it needs <b>y</b>."})
    expect(page.locator(".nbviz-notice")).to_contain_text("No noise floor: it needs <b>y</b>.")


def test_numbers_triangles_and_words_are_those_of_the_table(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    assert names(page) == ["proline", "ash", "alcohol", "hue"]  # mean shares 0.317, 0.267, 0.25 and 0.167
    assert page.locator(CELL).all_inner_texts()[:6] == ["0.50", "0.20", "0.25", "0.15", "0.40", "0.25"]
    labels = [cell(page, f"{name} for Barolo").get_attribute("aria-label") for name in FEATURES]
    assert labels == [
        "proline for Barolo: 0.50, raises",
        "alcohol for Barolo: 0.30, lowers",
        "ash for Barolo: 0.15",
        "hue for Barolo: 0.05, below the noise floor",
    ]
    title = cell(page, "alcohol for Barolo").get_attribute("title")
    assert title == "alcohol → Barolo: share 0.300, strength 3 ± 0.15 logits, direction −1.00"
    text = page.locator(".output").inner_text()
    for said in (
        "Importance by class",
        "expected gradients on the centred logit, 10 rows",
        "shares: each column sums to 1",
        "below noise floor: Barolo 0.10, Grignolino 0.02, Barbera 0.03",
        "proline and alcohol overlap (r 0.86): they share credit",
    ):
        assert said in text
    grid = page.get_by_role("grid")
    assert (grid.get_attribute("aria-rowcount"), grid.get_attribute("aria-colcount")) == ("5", "5")


def test_ink_is_white_on_deep_cells_and_dark_on_pale_ones(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    ink = "e => getComputedStyle(e).color"
    assert cell(page, "proline for Barolo").evaluate(ink) == "rgb(255, 255, 255)"  # luminance 0.17
    assert cell(page, "alcohol for Barolo").evaluate(ink) == "rgb(31, 35, 40)"
    assert cell(page, "hue for Barolo").evaluate(ink) == "rgb(107, 116, 126)"


def test_the_tick_stands_at_the_share_on_one_scale_for_all_cells(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    # The scale ends at 0.5 + 1.96 * 0.025 = 0.549; both its ends are 3 px inside the cell.
    for name, share in (("proline", 0.5), ("alcohol", 0.3), ("ash", 0.15)):
        box = cell(page, f"{name} for Barolo").bounding_box()
        picture = screenshot(page).astype(int)
        left, foot = round(box["x"]), round(box["y"] + box["height"]) - 7
        columns = picture[foot + 1 : foot + 5, left : left + round(box["width"])]
        dark = np.abs(columns - colour(page, cell(page, f"{name} for Barolo"))).sum(axis=-1).min(axis=0)
        assert abs(int(dark.argmax()) - (3 + (box["width"] - 6) * share / 0.549)) <= 1


def test_a_click_on_a_cell_selects_feature_class_and_path_and_another_clears_them(page, wine, tmp_path, screenshots):
    show(page, wine, tmp_path, width=430)
    before = screenshot(page)
    cell(page, "ash for Grignolino").click()
    settle(page)
    assert changes(page) == {"selected_unit": 2, "selected_class": 1, "edge_meaning": "path"}
    assert page.locator("[aria-selected=true]").count() == 3  # cell, row header, column header
    accent = colour(page, cell(page, "ash for Grignolino"), at=(30, -1))
    assert np.abs(accent - (0x6B, 0x46, 0xC1)).max() <= 2
    page.screenshot(path=screenshots / "importance_matrix_cell.png")
    cell(page, "ash for Grignolino").click()
    settle(page)
    assert changes(page) == {"selected_unit": None, "selected_class": None, "edge_meaning": "weight"}
    page.mouse.move(2, 890)
    settle(page)
    assert changed_share(before, screenshot(page)) == 0


def test_a_click_on_a_name_selects_the_row_alone(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    page.get_by_role("rowheader", name="alcohol").click()
    settle(page)
    assert changes(page) == {"selected_unit": 1}
    assert page.locator("[aria-selected=true]").all_inner_texts() == ["alcohol"]


def test_a_click_on_a_class_selects_it_and_sorts_by_it(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    cell(page, "proline for Barolo").click()
    head(page, "Grignolino").click()
    rest(page)
    saved = changes(page)
    assert (saved["selected_unit"], saved["selected_class"], saved["edge_meaning"]) == (None, 1, "contribution")
    assert saved["sort"] == "class:1"
    assert names(page) == ["ash", "proline", "alcohol", "hue"]
    assert head(page, "Grignolino").get_attribute("aria-sort") == "descending"
    assert page.locator("[aria-sort]").count() == 1
    tops = [row.bounding_box()["y"] for row in page.locator("[role=rowheader]").all()]
    assert tops == sorted(tops)


def test_the_menu_sorts_by_name_as_given_and_by_class(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    menu = page.get_by_label("sort the rows")
    assert menu.input_value() == "mean"
    for value, order in (
        ("name", ["alcohol", "ash", "hue", "proline"]),
        ("class:1", ["ash", "proline", "alcohol", "hue"]),
        ("given", FEATURES),
    ):
        menu.select_option(value)
        rest(page)
        assert names(page) == order
        assert changes(page) == {"sort": value}
    assert "Sort: as given" in page.locator(".output").inner_text()
    page.get_by_role("columnheader", name="mean over classes").click()
    rest(page)
    assert changes(page) == {"sort": "mean"}


def test_selection_and_focus_survive_a_new_order(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    cell(page, "ash for Grignolino").click()
    set_from_python(page, {"sort": "class:1"})
    rest(page)
    assert names(page)[0] == "ash"
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "ash for Grignolino: 0.40"
    assert cell(page, "ash for Grignolino").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("proline for Grignolino")


def test_the_whole_grid_can_be_walked_and_selected_by_keys_none_of_which_reach_the_notebook(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    page.evaluate("() => { window.heard = []; document.addEventListener('keydown', e => window.heard.push(e.key)); }")
    focused = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
    page.get_by_label("sort the rows").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "feature"
    steps = [
        ("ArrowDown", "proline"),
        ("ArrowRight", "proline for Barolo: 0.50, raises"),
        ("End", "proline: mean share 0.32"),
        ("Home", "proline"),
        ("Control+End", "hue: mean share 0.17"),
        ("ArrowLeft", "hue for Barbera: 0.25, raises"),
        ("PageUp", "proline for Barbera: 0.25, raises"),
        ("ArrowUp", "Barbera"),
        ("ArrowUp", "Barbera"),
        ("PageDown", "hue for Barbera: 0.25, raises"),
        ("Control+Home", "proline"),
        ("ArrowRight", "proline for Barolo: 0.50, raises"),
    ]
    for key, expected in steps:
        page.keyboard.press(key)
        assert page.evaluate(focused) == expected, key
    assert page.locator("[role=grid] [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    assert changes(page) == {"selected_unit": 0, "selected_class": 0, "edge_meaning": "path"}
    page.keyboard.press("Escape")
    assert changes(page) == {"selected_unit": None, "selected_class": None, "edge_meaning": "weight"}
    page.keyboard.press(" ")
    assert changes(page)["selected_unit"] == 0
    assert [key for key in page.evaluate("window.heard") if key not in ("Tab", "Control")] == []
    assert page.evaluate("document.activeElement.dataset.lmSuppressShortcuts") == "true"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # with nothing to clear it is the notebook's
    assert page.evaluate("window.heard").count("Escape") == 1


def test_a_selection_from_elsewhere_shows_and_leaves_nothing_behind(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    before = screenshot(page)
    set_from_python(page, {"selected_unit": 3, "selected_class": 2})
    assert cell(page, "hue for Barbera").get_attribute("aria-selected") == "true"
    assert changed_share(before, screenshot(page)) > 0
    set_from_python(page, {"selected_unit": None, "selected_class": None})
    assert changed_share(before, screenshot(page)) == 0
    set_from_python(page, {"selected_unit": 10_000, "selected_class": 99})  # of a layer without a table
    assert changed_share(before, screenshot(page)) == 0
    assert changes(page) == {}


def test_a_unit_selected_elsewhere_turns_to_its_layer_and_scrolls_to_its_row(page, layered, tmp_path):
    layered.height = 330
    show(page, layered, tmp_path, width=430)
    set_from_python(page, {"selected_unit": 4})  # unit 0, the weakest
    settle(page)
    assert changes(page) == {"layer": "dense"}
    row = page.get_by_role("rowheader", name="0", exact=True)
    box, inside = row.bounding_box(), page.locator(".nbviz-matrix-scroller").bounding_box()
    assert inside["y"] < box["y"]
    assert box["y"] + box["height"] <= inside["y"] + inside["height"]
    assert "gradients on the centred logit at layer dense" in page.locator(".output").inner_text()
    set_from_python(page, {"selected_unit": 1})
    settle(page)
    assert changes(page) == {"layer": ""}
    assert "alcohol" in names(page)


def test_a_hidden_units_cell_asks_for_the_contribution(page, layered, tmp_path):
    layered.layer = "dense"
    show(page, layered, tmp_path, width=430)
    cell(page, "unit 39 for Barolo").click()
    assert changes(page) == {"selected_unit": 43, "selected_class": 0, "edge_meaning": "contribution"}


def test_without_a_kernel_only_what_is_there_is_offered(page, layered, tmp_path):
    layered.layers = [*layered.layers, {"key": "later", "label": "later"}]
    layered.methods = ["expected_gradients", "shapley"]
    layered.method = "shapley"
    show(page, layered, tmp_path, width=430)
    rows, method = page.get_by_label("rows of the table"), page.get_by_label("method")
    assert rows.locator("option").all_inner_texts() == ["features", "dense"]
    assert not method.is_visible()
    assert page.evaluate("window.sent") == [{"type": "hello"}]
    page.evaluate("window.model.receive({ type: 'alive' })")
    settle(page)
    assert rows.locator("option").all_inner_texts() == ["features", "dense", "later"]
    method.select_option("expected_gradients")
    assert changes(page) == {"method": "expected_gradients"}
    rows.select_option("dense")
    settle(page)
    assert changes(page) == {"layer": "dense"}
    assert "39" in names(page)


def test_while_a_table_is_computed_the_old_one_stays_paler_and_words_come_after_a_second(
    page, layered, tmp_path, screenshots
):
    layered.layers = [*layered.layers, {"key": "later", "label": "later"}]
    show(page, layered, tmp_path, width=430)
    page.evaluate("window.model.receive({ type: 'alive' })")
    words = page.get_by_text("expected gradients, 40 of 100")
    set_from_python(page, {"layer": "later", "busy": "expected gradients, 40 of 100", "progress": 0.4})
    delay = "e => getComputedStyle(e).transitionDelay"  # a slow machine's picture would come too late to tell
    assert page.get_by_role("grid").evaluate(delay) == "0.3s"
    assert words.evaluate(delay) == "1s"
    words.wait_for()
    expect(page.get_by_role("grid")).to_have_css("opacity", "0.6")
    page.screenshot(path=screenshots / "importance_matrix_busy.png")
    paler = np.round(255 + 0.6 * (np.array((8, 119, 189)) - 255))
    assert np.abs(colour(page, cell(page, "proline for Barolo")) - paler).max() <= 3
    bar = page.locator(".nbviz-matrix-progress i").bounding_box()["width"]
    assert bar == pytest.approx(0.4 * page.locator(".nbviz-matrix-header").bounding_box()["width"], abs=1)
    # As long as nobody knows how far it is, the bar claims no share.
    set_from_python(page, {"busy": "gradient", "progress": 0.0})
    expect(page.locator(".nbviz-matrix-progress i")).to_have_css("opacity", "0.35")
    layered.set_table("later", table([[1.0, 1.0, 1.0]], ["only"], CLASSES))
    set_from_python(page, {"tables": layered.tables, "numbers": layered.numbers, "busy": ""})
    assert names(page) == ["only"]
    assert not words.is_visible()


def test_a_hundred_thousand_rows_scroll_to_the_last_with_few_elements(page, tmp_path):
    count = 100_000
    strength = np.linspace(2, 1, count)[:, np.newaxis] * np.ones(3)
    matrix = ImportanceMatrix(table(strength, [f"feature {at}" for at in range(count)]))
    show(page, matrix, tmp_path, width=430)
    assert page.locator(ROW).count() < 60
    scroller = page.locator(".nbviz-matrix-scroller")
    scroller.evaluate("e => { e.scrollTop = e.scrollHeight; }")
    settle(page)
    last = page.get_by_role("rowheader", name=f"feature {count - 1}", exact=True)
    assert page.locator(ROW).count() < 200
    box, inside = last.bounding_box(), scroller.bounding_box()
    assert box["y"] + box["height"] <= inside["y"] + inside["height"]
    assert page.locator(f"{ROW}[aria-rowindex='{count + 1}']").count() == 1
    most = page.evaluate(
        """row => { const e = document.querySelector(".nbviz-matrix-scroller"); let most = 0;
        for (let step = 0; step < 20; step++) { e.scrollTop = step * 130000; e.dispatchEvent(new Event("scroll"));
          most = Math.max(most, document.querySelectorAll(row).length); } return most; }""",
        ROW,
    )
    assert most < 60  # of a wholly new window
    set_from_python(page, {"selected_unit": 54_321})
    assert page.get_by_role("rowheader", name="feature 54321", exact=True).is_visible()


def test_five_hundred_features_and_a_hundred_classes_have_few_elements_and_names_stay_while_columns_scroll(
    page, tmp_path, screenshots
):
    strength = np.random.default_rng(0).gamma(1, size=(500, 100))
    matrix = ImportanceMatrix(table(strength, [f"f{at}" for at in range(500)], [f"class {at}" for at in range(100)]))
    assert len(json.dumps(matrix.tables)) < 20_000
    show(page, matrix, tmp_path, width=700)
    assert page.locator(CELL).count() < 500
    scroller = page.locator(".nbviz-matrix-scroller")
    first = page.locator("[role=rowheader]").first
    before = first.bounding_box()["x"]
    scroller.evaluate("e => { e.scrollLeft = e.scrollWidth; }")
    settle(page)
    page.screenshot(path=screenshots / "importance_matrix_500_100.png")
    assert first.bounding_box()["x"] == before
    column, bars = head(page, "class 99").bounding_box(), head(page, "mean over classes").bounding_box()
    assert column["x"] + column["width"] <= bars["x"]
    assert head(page, "class 99").is_visible()
    scroller.evaluate("e => { e.scrollLeft = 0; }")
    settle(page)
    assert head(page, "mean over classes").bounding_box()["x"] == bars["x"]  # sticks at the right
    page.locator(CELL).first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert " for class 99: " in label
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def test_names_are_text_whatever_they_hold(page, tmp_path):
    attack = "<img src=x onerror=document.title='pwned'>"
    held = table([[1.0, 2.0]], [attack], [attack, "<u>b</u>"], [[10, 0]], correlated=[(attack, attack, 0.9)])
    matrix = ImportanceMatrix(held)
    matrix.layers = [*matrix.layers, {"key": "x", "label": attack}]
    matrix.methods = [attack]
    matrix.busy = attack
    show(page, matrix, tmp_path, width=430)
    page.evaluate("window.model.receive({ type: 'alive' })")
    cell(page, re.sub("'", r"\\'", f"{attack} for {attack}")).click()
    rest(page)
    assert page.title() == "nbviz"
    assert page.locator(".output :is(img, u)").count() == 0
    assert page.get_by_role("rowheader").get_attribute("title") == attack
    assert names(page)[0].startswith("<img src=x")


@pytest.mark.parametrize(
    ("strength", "errors", "expected"),
    [
        ([[3.0]], None, ["1.00"]),
        (np.zeros((2, 2)), np.zeros((2, 2)), ["0.00"] * 4),
        ([[1.0, np.nan], [3.0, np.nan]], np.full((2, 2), np.nan), ["0.75", "n/a", "0.25", "n/a"]),
    ],
    ids=["one cell", "constant columns", "unknown numbers"],
)
def test_poor_tables_show_what_they_have(page, tmp_path, strength, errors, expected):
    show(page, ImportanceMatrix(table(strength, errors=errors)), tmp_path, width=300)
    assert page.locator(CELL).all_inner_texts() == expected
    assert "NaN" not in page.locator(".output").inner_html()


def test_two_views_of_one_matrix_show_and_select_the_same(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430, height=1000)
    page.evaluate("() => window.show_again()")
    settle(page)
    outputs = page.locator(".output")
    cell(outputs.nth(1), "ash for Barbera").click()
    page.mouse.move(2, 990)
    settle(page)
    one, two = (screenshot(outputs.nth(index)) for index in range(2))
    assert changed_share(one, two) == 0
    cell(outputs.nth(0), "ash for Barbera").click()  # the other view gives back what this one found
    assert changes(page) == {"selected_unit": None, "selected_class": None, "edge_meaning": "weight"}


def test_a_removed_view_leaves_no_listener_behind(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    with_one = page.evaluate("() => window.model.listener_count()")
    page.evaluate("() => window.show_again()")
    settle(page)
    page.evaluate("() => window.remove_view(1)")
    assert page.evaluate("() => window.model.listener_count()") == with_one
    page.evaluate("() => window.remove_view(0)")
    assert page.evaluate("() => window.model.listener_count()") == 0
    assert page.locator("[role=grid]").count() == 0


def test_a_view_that_was_hidden_at_first_draws_when_it_is_shown(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    expected = screenshot(page.locator(".output"))
    page.evaluate(
        """async () => { const style = document.createElement("style"); style.id = "hidden";
        style.textContent = ".output { display: none; }"; document.head.append(style);
        await window.remove_view(0); await window.show_again(); }"""
    )
    settle(page)
    page.evaluate("() => document.querySelector('#hidden').remove()")
    rest(page)
    assert changed_share(expected, screenshot(page.locator(".output"))) == 0


@pytest.mark.parametrize("width", [300, 430, 700])
def test_the_page_never_scrolls_sideways_and_long_names_end_in_an_ellipsis(page, layered, tmp_path, screenshots, width):
    layered.set_table("", table(STRENGTH, ["od280/od315_of_diluted_wines_and_more", *FEATURES[1:]], CLASSES, UPS))
    show(page, layered, tmp_path, width=width)
    page.screenshot(path=screenshots / f"importance_matrix_{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    name = page.get_by_role("rowheader").first
    assert name.get_attribute("title") == "od280/od315_of_diluted_wines_and_more"
    assert name.locator("bdi").inner_text().endswith("…")
    assert name.locator("bdi").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert name.bounding_box()["width"] >= 80


def test_the_sort_and_the_selection_of_a_saved_page_are_shown_again(page, wine, tmp_path):
    wine.sort, wine.selected_unit, wine.selected_class = "class:1", 0, 1
    show(page, wine, tmp_path, width=430)
    assert names(page)[0] == "ash"
    assert cell(page, "proline for Grignolino").get_attribute("aria-selected") == "true"


def test_a_selection_cleared_elsewhere_gives_back_the_meaning_of_edges(page, wine, tmp_path):
    wine.edge_meaning = "weight_activation"
    show(page, wine, tmp_path, width=430)
    cell(page, "ash for Grignolino").click()
    assert changes(page)["edge_meaning"] == "path"
    set_from_python(page, {"selected_unit": None, "selected_class": None})
    assert changes(page) == {"edge_meaning": "weight_activation"}


def test_a_meaning_chosen_elsewhere_since_stays(page, wine, tmp_path):
    show(page, wine, tmp_path, width=430)
    cell(page, "ash for Grignolino").click()
    set_from_python(page, {"edge_meaning": "weight_activation"})
    changes(page)
    cell(page, "ash for Grignolino").click()
    assert changes(page) == {"selected_unit": None, "selected_class": None}


def test_a_page_saved_while_it_waited_shows_the_table_it_has(page, layered, tmp_path):
    layered.layers = [*layered.layers, {"key": "later", "label": "later"}]
    layered.layer, layered.busy = "later", "expected gradients, 40 of 100"
    show(page, layered, tmp_path, width=430)
    rest(page)
    let_pass(page, 80)  # more than the second after which the words would come
    assert not page.get_by_text("40 of 100").is_visible()
    assert page.get_by_label("rows of the table").input_value() == ""
    assert "proline" in names(page)


@pytest.mark.slow
def test_in_jupyterlab_two_linked_matrices_follow_each_other_while_the_kernel_is_busy(notebook, screenshots, tmp_path):
    page = notebook(
        [
            "import ipywidgets, numpy as np, pandas as pd\n"
            "from nbviz.attribution.table.importance import Importance\n"
            "from nbviz import ImportanceMatrix\n"
            "strength = np.array([[6.0, 1.0], [3.0, 2.0], [1.0, 4.0]])\n"
            "attrs = {'method': 'shapley', 'output': 'logit'}\n"
            "held = Importance(strength, strength / 20, pd.Index(['hue', 'ash', 'alcohol']),"
            " pd.Index(['high', 'low']), attrs)\n"
            "one, two = ImportanceMatrix(held), ImportanceMatrix(held)\n"
            "for trait in ('selected_unit', 'selected_class', 'edge_meaning'):\n"
            "    ipywidgets.jslink((one, trait), (two, trait))\n"
            "two.sort = 'name'\n"
            "ipywidgets.VBox([one, two])",
            waiting_for(tmp_path / "followed"),
        ]
    )
    run_all(page)
    page.wait_for_selector("[role=grid] >> nth=1", timeout=60_000)
    grids = page.get_by_role("grid")
    cell(grids.nth(0), "ash for low").click()
    selected = cell(grids.nth(1), "ash for low").and_(page.locator("[aria-selected=true]"))
    selected.wait_for()
    page.screenshot(path=screenshots / "importance_matrix_in_jupyterlab.png")
    assert page.locator(".jp-InputPrompt", has_text="[*]").count() > 0
    count = page.locator(".jp-Cell").count()
    for key in ("ArrowUp", "d", "d", "b", "Home", "Enter"):  # to alcohol, the second by its mean share
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == count
    chosen = page.locator("[role=rowheader][aria-selected=true]")
    grids.nth(1).get_by_role("rowheader", name="alcohol").and_(chosen).wait_for()
    page.get_by_role("rowheader", name="hue").nth(1).click()
    grids.nth(0).get_by_role("rowheader", name="hue").and_(chosen).wait_for()
    assert page.locator(".jp-InputPrompt", has_text="[*]").count() > 0
    (tmp_path / "followed").touch()
    wait_until_run(page)
    # The front end sends what came meanwhile once the kernel has answered the first change.
    assert comes_to(page, "print(one.selected_unit, one.selected_class, one.edge_meaning)", "0 1 path\n")

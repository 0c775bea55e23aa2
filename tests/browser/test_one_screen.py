"""The explorer on one screen: diagram beside table, a height that stays, and the diagram in sight, however deep."""

import keras
import pytest
from sklearn.datasets import load_breast_cancer, load_wine

import nbviz

from .page import rest, rest_with_figures

CLASSES = ["Barolo", "Grignolino", "Barbera"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Three pages: wine, a deep network with eight hidden layers, and tumours of two classes."""
    keras.utils.set_random_seed(1)
    wine = load_wine(as_frame=True)
    x = ((wine.data - wine.data.mean()) / wine.data.std()).astype("float32")
    folder = tmp_path_factory.mktemp("one_screen")
    pages = {}
    for name, sizes in {"wine": [32, 16], "deep": [64] * 8}.items():
        hidden = [keras.layers.Dense(size, "relu") for size in sizes]
        model = keras.Sequential([keras.Input((13,)), *hidden, keras.layers.Dense(3, "softmax")], name=name)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x[::2], wine.target[::2], epochs=10, verbose=0)
        explorer = nbviz.explore(model, x[1::4], wine.target[1::4], class_names=CLASSES)
        pages[name] = nbviz.save_html(explorer, folder / f"{name}.html")
    tumours = load_breast_cancer(as_frame=True)
    x = ((tumours.data - tumours.data.mean()) / tumours.data.std()).astype("float32").iloc[:, :10]
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(1, "sigmoid")], name="tumours")
    model.compile("adam", "binary_crossentropy")
    model.fit(x[::2], tumours.target[::2], epochs=2, verbose=0)
    explorer = nbviz.explore(model, x[1::5], tumours.target[1::5], class_names=["malignant", "benign"])
    pages["tumours"] = nbviz.save_html(explorer, folder / "tumours.html")
    return pages


@pytest.fixture
def opened(saved, page):
    def open_at(name, width, height=900):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(saved[name].as_uri())
        page.wait_for_selector("html[data-drawn=true]")
        page.wait_for_selector(".nbviz-network canvas")
        rest_with_figures(page)
        # The explorer's own width is meant, whatever stands around it.
        page.eval_on_selector(".nbviz-explorer", "(e, width) => { e.style.width = `${width}px`; }", width - 40)
        rest_with_figures(page)
        return page

    return open_at


def _box(page, selector):
    return page.locator(selector).first.bounding_box()


def test_table_and_diagram_stand_beside_each_other_from_850_px_and_no_class_is_cut(opened):
    page = opened("wine", 900)
    diagram, matrix = _box(page, ".nbviz-network"), _box(page, ".nbviz-importance-matrix")
    assert matrix["x"] >= diagram["x"] + diagram["width"]
    assert abs(matrix["y"] - diagram["y"]) < 2
    assert abs(matrix["height"] - diagram["height"]) < 2
    # Inputs and outputs are in sight, and so is every column of the table, the bars too.
    for part in (".nbviz-stage", ".nbviz-matrix-scroller"):
        assert page.eval_on_selector(part, "e => e.scrollWidth - e.clientWidth") <= 0, part
    names = ".nbviz-matrix-class bdi"
    assert page.eval_on_selector_all(names, "all => all.map(e => e.scrollWidth <= e.clientWidth)") == [True] * 3
    page.eval_on_selector(".nbviz-explorer", "e => { e.style.width = '840px'; }")
    rest(page)
    diagram, matrix = _box(page, ".nbviz-network"), _box(page, ".nbviz-importance-matrix")
    assert matrix["y"] >= diagram["y"] + diagram["height"] - 1


@pytest.mark.parametrize("width", [700, 940, 1300])
def test_the_height_stays_while_tabs_turn_rows_are_chosen_and_paths_are_lit(opened, width):
    page = opened("wine", width)

    def height():
        return _box(page, ".nbviz-explorer")["height"]

    first = height()
    heights = {}
    for tab in page.get_by_role("tab").all():
        tab.click()
        rest_with_figures(page)
        heights[tab.inner_text()] = height()
    page.get_by_role("tab", name="Sample", exact=True).click()
    page.locator(".nbviz-importance-matrix [role=gridcell]").nth(1).click()
    page.locator(".nbviz-network .nbviz-status[data-tone=selected]").wait_for()
    rest_with_figures(page)
    heights["a path"] = height()
    page.keyboard.press("Escape")
    page.locator(".nbviz-importance-matrix").get_by_role("columnheader", name="Barbera").click()
    rest_with_figures(page)
    heights["a class"] = height()
    page.locator(".nbviz-picker").get_by_text("wrong", exact=True).click()
    rest_with_figures(page)
    heights["the misread"] = height()
    assert heights == dict.fromkeys(heights, pytest.approx(first, abs=0.6))


def test_the_diagram_is_in_sight_while_one_goes_through_a_table_beneath_it(opened):
    page = opened("wine", 700)
    scroller = page.locator(".nbviz-matrix-scroller")
    scroller.evaluate("e => { e.scrollTop = e.scrollHeight; }")
    last = page.locator(".nbviz-matrix-row").last.locator("[role=gridcell]").first
    last.scroll_into_view_if_needed()
    last.click()
    page.locator(".nbviz-network .nbviz-status[data-tone=selected]").wait_for()
    rest(page)
    row, stage = last.bounding_box(), _box(page, ".nbviz-stage")
    assert 0 <= row["y"] < row["y"] + row["height"] <= 900
    # All that the path runs through, and the row that was clicked, which the diagram does not cover.
    drawn = page.eval_on_selector(".nbviz-stage", "e => e.getBoundingClientRect().bottom")
    assert stage["y"] >= -1
    assert drawn <= row["y"]


@pytest.mark.parametrize("width", [700, 1300])
def test_both_ends_of_a_deep_network_are_in_sight_and_a_button_makes_room_and_gives_it_back(opened, width):
    page = opened("deep", width)
    stage = ".nbviz-stage"

    def ends():
        named = page.locator(".nbviz-network [role=treeitem][data-unit]")
        boxes = [named.first.bounding_box(), named.last.bounding_box()]
        frame = _box(page, stage)
        return [frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"] for box in boxes]

    assert ends() == [True, True]
    assert page.eval_on_selector(stage, "e => e.scrollWidth - e.clientWidth") <= 0
    page.get_by_role("button", name="Wider gaps").click()
    rest(page)
    assert ends() == [True, False]
    page.get_by_role("button", name="Fit to width").click()
    rest(page)
    assert ends() == [True, True]


def test_a_wide_explorer_leaves_no_third_of_its_table_blank(opened):
    page = opened("wine", 1300)
    matrix = _box(page, ".nbviz-importance-matrix")
    used = page.eval_on_selector(".nbviz-matrix-sheet", "e => parseFloat(e.style.width)")
    assert used > 0.8 * matrix["width"]


@pytest.mark.parametrize("width", [940, 1300])
def test_the_threshold_stands_beside_the_matrix_that_it_moves_and_rows_of_a_cell_are_whole(opened, width):
    page = opened("tumours", width)
    matrix, words = _box(page, ".nbviz-confusion"), _box(page, ".nbviz-threshold-said")
    tab = _box(page, ".widget-tab-contents")
    assert abs(words["x"] - matrix["x"]) < 2
    assert matrix["y"] + matrix["height"] <= words["y"]
    # A slider stands at the top of it, where there is a kernel.
    assert words["y"] + 40 < tab["y"] + tab["height"]
    assert page.eval_on_selector(".nbviz-conf-scroller", "e => e.scrollWidth - e.clientWidth") <= 0
    assert page.eval_on_selector(".nbviz-conf-edge", "e => e.scrollWidth - e.clientWidth") <= 0
    edges = page.eval_on_selector(
        ".nbviz-rows-list",
        """list => {
          const foot = list.getBoundingClientRect().bottom;
          return [...list.children].map(row => row.getBoundingClientRect())
            .map(({ top, bottom }) => bottom <= foot + 1 ? "whole" : top >= foot - 5 ? "beneath" : "cut");
        }""",
    )
    assert "whole" in edges
    assert "cut" not in edges


@pytest.mark.parametrize(("name", "width"), [("wine", 700), ("wine", 1300), ("tumours", 940), ("tumours", 1300)])
def test_the_parts_of_a_sample_are_read_in_the_order_of_the_document_and_seen_at_once(opened, name, width):
    page = opened(name, width)
    places = page.eval_on_selector_all(
        ".nbviz-explorer-sample > :not(.nbviz-explorer-threshold), .nbviz-threshold-said",
        "all => all.map(e => e.getBoundingClientRect()).map(({ top, left }) => [Math.round(left), Math.round(top)])",
    )
    assert len(places) == (4 if name == "wine" else 5)
    assert places == sorted(places)  # column by column
    assert page.eval_on_selector(".nbviz-explorer-sample", "e => e.scrollHeight - e.clientHeight") <= 0


def test_no_rectangle_has_a_negative_width(opened):
    page = opened("tumours", 940)
    for tab in page.get_by_role("tab").all():
        tab.click()
        rest_with_figures(page)
    sizes = "all => all.flatMap(e => ['width', 'height'].map(side => Number.parseFloat(e.getAttribute(side))))"
    assert min(page.eval_on_selector_all("svg rect", sizes)) >= 0


def test_curves_have_the_width_of_their_places_when_the_page_is_narrowed(opened):
    page = opened("tumours", 1300)
    page.set_viewport_size({"width": 700, "height": 900})
    page.eval_on_selector(".nbviz-explorer", "e => { e.style.width = '660px'; }")
    for curve in page.locator(".nbviz-threshold-plots .bqplot").all():
        # What is out of sight bqplot lays out when it comes into it.
        curve.scroll_into_view_if_needed()
        rest_with_figures(page)
        ends = "all => all.map(e => e.getBoundingClientRect().right)"
        plot = curve.locator(".plotarea_background").evaluate_all(ends)[0]
        place = curve.evaluate_all(ends)[0]
        assert place - 40 < plot <= place

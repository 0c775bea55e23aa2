"""Two models as their difference, in a page without a kernel."""

import keras
import numpy as np
import pytest
from playwright.sync_api import expect

import nbviz

from .page import rest, rest_with_figures

FEATURES, CLASSES = ["length", "width", "height"], ["low", "high", "none"]


@pytest.fixture(scope="module")
def compared():
    x = np.random.default_rng(1).normal(size=(30, 3)).astype("float32")
    made = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        stack = [keras.layers.Dense(5, "relu", name="hidden"), keras.layers.Dense(3, "softmax", name="answer")]
        made.append(keras.Sequential([keras.Input((3,)), *stack]))
    return nbviz.compare(*made, x, np.arange(30) % 3, names=("old", "new"), feature_names=FEATURES, class_names=CLASSES)


def test_diagram_and_matrix_of_a_difference_are_linked_and_tell_both_values(compared, page, tmp_path, screenshots):
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(nbviz.save_html(compared, tmp_path / "compared.html").as_uri())
    page.wait_for_selector("html[data-drawn=true]")
    rest_with_figures(page)
    status = page.locator(".nbviz-network .nbviz-status")
    expect(status).to_contain_text("all 30 edges drawn")
    expect(page.locator(".nbviz-change")).to_contain_text("new minus old")
    expect(page.get_by_role("radiogroup", name="Edges show")).to_be_hidden()
    page.screenshot(path=screenshots / "model_comparison.png", full_page=True)
    frame = compared.to_frame()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="width"))
    cell = row.get_by_role("gridcell").nth(1)
    change = frame.loc["width", "high"]
    words = f"{abs(change):.2f}" if abs(change) < 0.005 else f"{'+' if change > 0 else chr(0x2212)}{abs(change):.2f}"
    expect(cell).to_have_text(words)
    old, new = (table.to_frame().loc["width", "high"] for table in (compared.matrix.before, compared.matrix.after))
    assert f"share old {old:.3f}, new {new:.3f}" in cell.get_attribute("title")
    cell.click()
    expect(status).to_contain_text("width")
    rest(page)
    first = compared.diagram.network["layers"][1]
    unit = page.locator(f'[role=treeitem][data-unit="{first["first_unit"]}"]').bounding_box()
    page.mouse.move(unit["x"] + unit["width"] / 2, unit["y"] + unit["height"] / 2)
    card = page.locator(".nbviz-card")
    expect(card).to_contain_text("mean activation, old")
    expect(card).to_contain_text("change of its bias")

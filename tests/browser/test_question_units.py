"""Units that come for a path or a class and go again, the rest node that carries what they do not, and their rank."""

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram

from .page import rest, set_from_python, settle, show

X = np.random.default_rng(0).normal(size=(40, 5)).astype("float32")


@pytest.fixture
def diagram():
    keras.utils.set_random_seed(4)
    hidden = layers.Dense(60, activation="relu", name="hidden")
    model = Sequential([Input((5,), name="x"), hidden, layers.Dense(3, activation="softmax", name="answer")])
    made = NetworkDiagram(model, X, max_units=6)
    made.show(7)
    made.explain_always()
    assert made.wait(60)
    return made


def drawn(page, diagram):
    """Hidden units in the picture, top to bottom."""
    ids = page.locator(".nbviz-tree [data-unit]").evaluate_all("items => items.map(item => Number(item.dataset.unit))")
    first = diagram.unit_id("hidden", 0)
    return [unit - first for unit in ids if 0 <= unit - first < 60]


def status(page):
    return page.locator(".nbviz-status").inner_text()


def credit(model, feature, to):
    """What runs through each hidden unit by hand, at the only row that a path is compared with, many small steps."""
    (kernel, bias), (out, _) = (layer.get_weights() for layer in model.layers)
    slope = out[:, to] - out.mean(axis=1)
    found = np.zeros(60)
    alphas, weights = np.polynomial.legendre.leggauss(32)
    for other in X:
        step = X[7] - other
        for alpha, weight in zip((alphas + 1) / 2, weights / 2 / len(X), strict=True):
            on = (other + alpha * step) @ kernel + bias > 0
            found += weight * step[feature] * kernel[feature] * on * slope
    return found


def test_the_units_that_carry_a_path_come_and_escape_brings_the_others_back(page, diagram, tmp_path, screenshots):
    show(page, diagram, tmp_path, width=1000)
    base = drawn(page, diagram)
    assert base == diagram.network["layers"][1]["shown"]
    through = credit(diagram.model, 2, 1)
    expected = np.argsort(-np.abs(through), kind="stable")[:6]
    assert set(expected.tolist()) - set(diagram.network["layers"][1]["candidates"])  # some are nowhere near the others
    set_from_python(page, {"selected_unit": 2, "selected_class": 1, "edge_meaning": "path"})
    rest(page)
    assert set(drawn(page, diagram)) == set(expected.tolist())
    share = np.abs(through[expected]).sum() / np.abs(through).sum()
    assert f"units shown carry {share:.0%}".replace("%", " %") in status(page).replace("\u202f", " ")
    others = f"{through.sum() - through[expected].sum():+.2f}".replace("-", "−")
    assert f"the others {others}" in status(page)
    page.screenshot(path=screenshots / "path.png")
    box = page.locator("[data-rest=hidden]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_text("of the path through them").wait_for()
    assert others in page.locator(".nbviz-card").inner_text()
    page.mouse.move(3, 3)
    # From whatever state, by whatever way: one picture.
    for asked in (
        {"selected_unit": 2, "selected_class": 1, "edge_meaning": "path"},
        {"selected_unit": None, "selected_class": 0, "edge_meaning": "contribution"},
        {
            "selected_unit": diagram.unit_id("hidden", int(expected[0])),
            "selected_class": 2,
            "edge_meaning": "contribution",
        },
        {"selected_unit": diagram.unit_id("hidden", diagram.network["layers"][1]["candidates"][-1])},
    ):
        set_from_python(page, asked)
        rest(page)
        assert drawn(page, diagram) != base
        page.locator("[role=treeitem][tabindex='0']").focus()
        page.keyboard.press("Escape")
        rest(page)
        assert drawn(page, diagram) == base
        assert status(page).startswith("66 of 480 edges") or "edges drawn" in status(page)


def test_how_units_are_ranked_is_chosen_on_the_caption(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=1000)
    page.evaluate("window.model.receive({type: 'alive'})")  # as a kernel says
    settle(page)
    menu = page.get_by_label("how units are ranked")
    assert menu.input_value() == "contribution"
    menu.select_option("weight")
    assert page.evaluate("() => window.model.get('rank')") == "weight"

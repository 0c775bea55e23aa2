"""Pointing at things: the formula card, isolation, selection, and units pulled out of the strip."""

import re

import keras
import numpy as np
import pytest

import nbviz

from .page import rest, set_from_python, show
from .picture import colour_share, screenshot

HOSTILE = "<img src=x onerror=window.hacked=1>"


@pytest.fixture
def diagram():
    """6-30-3 with names, 16 of 30 units shown, coloured by row 5."""
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Dense(30, "relu", name="hidden"), keras.layers.Dense(3, "softmax", name="answer")]
    model = keras.Sequential([keras.Input((6,), name="features"), *layers])
    model.set_weights([np.random.default_rng(5).normal(size=weights.shape) for weights in model.get_weights()])
    x = np.random.default_rng(6).normal(size=(40, 6))
    names = [HOSTILE, "b", "c", "d", "e", "f"]
    return nbviz.NetworkDiagram(model, x, feature_names=names, class_names=["low", "mid", HOSTILE]).show(5)


def centre(page, unit):
    box = page.locator(f"[data-unit='{unit}']").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def numbers(text):
    return [float(found.replace("−", "-")) for found in re.findall(r"[+−]\d+\.\d+", text)]


def test_the_card_of_a_unit_adds_up_to_the_models_own_z(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=1000)
    unit = diagram.frames.drawing.folds["hidden"].shown[2]
    page.mouse.move(*centre(page, diagram.unit_id("hidden", unit)))
    rest(page)
    card = page.locator(".nbviz-card").inner_text()
    kernel, bias = diagram.model.get_layer("hidden").get_weights()
    z = float(diagram.frames.observation.x[0][5] @ kernel[:, unit] + bias[unit])
    total, shown_bias, shown_z = numbers(card[card.index("Σ") :])[:3]
    assert shown_z == pytest.approx(z, abs=0.0051)
    assert shown_bias == pytest.approx(float(bias[unit]), abs=0.0051)
    assert total + shown_bias == pytest.approx(z, abs=0.0101)
    largest = float(np.sort(np.abs(diagram.frames.observation.x[0][5] * kernel[:, unit]))[-1])
    assert max(map(abs, numbers(card[: card.index("Σ")]))) >= largest - 0.0051


def test_hovering_dims_the_other_edges_and_leaving_restores_them(page, diagram, tmp_path, screenshots):
    show(page, diagram, tmp_path, width=1000)
    before = screenshot(page)
    page.mouse.move(*centre(page, diagram.unit_id("hidden", diagram.frames.drawing.folds["hidden"].shown[0])))
    rest(page)
    page.screenshot(path=screenshots / "hovered.png")
    hovered = screenshot(page)
    for colour in ("#f59322", "#0877bd"):
        assert colour_share(hovered, colour, tolerance=60) < 0.7 * colour_share(before, colour, tolerance=60)
    page.mouse.move(3, 3)
    rest(page)
    assert np.abs(screenshot(page).astype(int) - before).max() < 30


def test_a_click_selects_a_class_and_escape_lets_go(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=1000)
    unit = diagram.unit_id("answer", "mid")
    page.mouse.click(*centre(page, unit))
    rest(page)
    assert page.evaluate("() => [window.model.get('selected_unit'), window.model.get('selected_class')]") == [unit, 1]
    assert page.get_by_text("Esc clears").is_visible()
    page.keyboard.press("Escape")
    rest(page)
    assert page.evaluate("() => [window.model.get('selected_unit'), window.model.get('selected_class')]") == [
        None,
        None,
    ]


def test_a_selected_unit_that_is_folded_away_comes_into_view(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=1000)
    fold = diagram.frames.drawing.folds["hidden"]
    hidden = next(unit for unit in fold.candidates if unit not in fold.shown)
    unit = diagram.unit_id("hidden", hidden)
    assert page.locator(f"[data-unit='{unit}']").count() == 0
    set_from_python(page, {"selected_unit": unit})
    rest(page)
    assert page.locator(f"[data-unit='{unit}']").count() == 1
    shown = page.locator("[role=treeitem]").all_inner_texts()
    assert len(shown) == 6 + 16 + 1 + 3


def test_names_are_never_markup(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=1000)
    page.mouse.move(*centre(page, 0))
    rest(page)
    assert page.get_by_text(HOSTILE).first.inner_text().count("onerror") == 1
    page.mouse.click(*centre(page, diagram.unit_id("answer", 2)))
    rest(page)
    assert page.evaluate("() => [document.images.length, typeof window.hacked]") == [0, "undefined"]


def test_a_nan_weight_is_a_badge_with_the_layers_name(page, diagram, tmp_path, screenshots):
    weights = diagram.model.get_weights()
    weights[0][2, diagram.frames.drawing.folds["hidden"].shown[0]] = np.nan
    diagram.model.set_weights(weights)
    diagram.update()
    show(page, diagram, tmp_path, width=1000)
    page.screenshot(path=screenshots / "nan.png")
    assert page.get_by_text("hidden: NaN in the kernel").is_visible()


def test_weight_times_activation_draws_other_edges(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=1000)
    before = screenshot(page)
    page.get_by_text("Weight × activation").first.click()
    page.mouse.move(3, 3)
    rest(page)
    assert page.evaluate("() => window.model.get('edge_meaning')") == "weight_activation"
    assert np.mean(np.abs(screenshot(page).astype(int) - before).max(axis=-1) > 24) > 0.01

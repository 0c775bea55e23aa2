"""Sequences and texts in an explorer, saved as a page: maps, series, tokens in line, linked without a kernel."""

import re

import keras
import numpy as np
import pytest
from playwright.sync_api import expect

import nbviz

from .page import rest_with_figures

RANDOM = np.random.default_rng(0)
SERIES = RANDOM.normal(size=(40, 12, 3)).astype("float32")
WORDS = ["", "the", "film", "was", "dull", "bright", "<b>long</b>", "short"]
IDS = RANDOM.integers(1, 8, size=(40, 6)).astype("int32")
IDS[::3, 4:] = 0


def _opened(explorer, page, tmp_path, width=1312):
    explorer.selected_sample = 3
    explorer.wait()
    path = nbviz.save_html(explorer, tmp_path / "page.html")
    page.set_viewport_size({"width": width, "height": 1200})
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn=true]")
    page.wait_for_selector(".nbviz-network canvas")
    rest_with_figures(page)
    return page


@pytest.fixture(scope="module")
def of_series():
    keras.utils.set_random_seed(1)
    end = keras.layers.Dense(2, activation="softmax")
    model = keras.Sequential([keras.Input((12, 3)), keras.layers.Flatten(), end])
    return nbviz.explore(model, SERIES, np.arange(40) % 2, feature_names=["heart", "<breath>", "skin"])


@pytest.fixture(scope="module")
def of_texts():
    keras.utils.set_random_seed(1)
    x = keras.Input((6,), dtype="int32", name="words")
    pooled = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(8, 4, mask_zero=True)(x))
    model = keras.Model(x, keras.layers.Dense(2, activation="softmax", name="mood")(pooled))
    model.set_weights([RANDOM.normal(size=weight.shape) for weight in model.get_weights()])
    names = ["gloomy", "cheerful"]
    return nbviz.explore(model, IDS, (IDS == 5).any(axis=1).astype(int), token_names=WORDS, class_names=names)


def _point(canvas, row, column, rows, columns, click=False):
    box = canvas.bounding_box()
    at = {"x": (column + 0.5) * box["width"] / columns, "y": (row + 0.5) * box["height"] / rows}
    (canvas.click if click else canvas.hover)(position=at)


def test_a_cell_of_a_map_says_its_number_and_chooses_its_feature_everywhere(of_series, page, tmp_path):
    opened = _opened(of_series, page, tmp_path)
    maps = opened.locator(".nbviz-image-importance")
    canvas = maps.locator(".nbviz-plane canvas")
    _point(canvas, 1, 4, 3, 12)
    squares = of_series.images.tables.squares
    shown = int(of_series.predicted_classes()[3])
    share = squares.strength[1, 4, shown] / squares.strength[..., shown].sum()
    card = maps.locator(".nbviz-hover-card")
    expect(card).to_have_text(re.compile(r"^step 4 · <breath>: share 0\.\d+"))
    assert float(re.search(r"0\.\d+", card.inner_text())[0]) == pytest.approx(share, abs=0.0051)
    _point(canvas, 1, 4, 3, 12, click=True)
    region = maps.locator(".nbviz-images-region", has_text="<breath>")
    expect(region).to_have_attribute("aria-pressed", "true")
    evidence = opened.locator(".nbviz-image-evidence")
    values = of_series.diagram.explain_at(3).local.values.reshape(12, 3, 2)
    read = f"{abs(values[:, 1, shown].sum()):.2f} to class {shown}"
    opened.mouse.move(0, 0)
    expect(evidence.locator(".nbviz-evidence-pointed")).to_contain_text(read)
    _point(evidence.locator(".nbviz-plane canvas").first, 2, 7, 3, 12)
    card = evidence.locator(".nbviz-hover-card").first
    expect(card).to_contain_text("step 7 · skin: ")
    told = card.inner_text().replace("−", "-")
    assert float(re.search(r"skin: ([+-]?[\d.e-]+)", told)[1]) == pytest.approx(values[7, 2, shown], abs=0.006)
    assert float(re.search(r"value ([+-]?[\d.]+)", told)[1]) == pytest.approx(float(SERIES[3, 7, 2]), abs=0.006)
    expect(evidence.locator(".nbviz-evidence-note")).to_contain_text("a click on a cell lights the path of that step")
    expect(opened.locator(".nbviz-network .nbviz-status")).to_contain_text(
        "A running kernel works out the path of the step that is chosen"
    )
    maps.press("Escape")
    expect(region).to_have_attribute("aria-pressed", "false")
    cells = maps.locator(".nbviz-plane-cells")
    cells.focus()
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowRight")
    expect(maps.locator(".nbviz-hover-card")).to_contain_text("step 1 · <breath>: share")
    opened.keyboard.press("Enter")
    expect(region).to_have_attribute("aria-pressed", "true")


def _luminance(colour):
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tokens_stand_on_their_weights_and_can_be_read(of_texts, page, tmp_path, theme):
    page.emulate_media(color_scheme=theme)
    opened = _opened(of_texts, page, tmp_path)
    values = of_texts.diagram.explain_at(3).local.values
    read = int(of_texts.predicted_classes()[3])
    first = opened.locator(".nbviz-evidence-tokens").first
    tokens = first.locator("button")
    assert tokens.all_inner_texts() == [WORDS[token] for token in IDS[3, :4]]
    expect(first.locator(".nbviz-evidence-padding")).to_have_text("2 padded places")
    for place, token in enumerate(tokens.all()):
        ground, ink = token.evaluate("each => [getComputedStyle(each).backgroundColor, getComputedStyle(each).color]")
        red, _, blue = (int(part) for part in re.findall(r"\d+", ground)[:3])
        if abs(values[place, read]) > 0.2 * np.abs(values).max():
            assert (blue > red) == (values[place, read] > 0)
        light, dark = sorted([_luminance(ground), _luminance(ink)], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    tokens.nth(1).focus()
    card = first.locator(".nbviz-hover-card")
    expect(card).to_contain_text(f"{WORDS[IDS[3, 1]]}, token 1: ")
    told = card.inner_text().replace("−", "-")
    assert float(re.search(r": ([+-]?[\d.e-]+) to", told)[1]) == pytest.approx(values[1, read], abs=0.006)
    assert "to gloomy" in told or "to cheerful" in told


def test_a_token_lights_its_path_as_a_cell_of_the_matrix_does(of_texts, page, tmp_path):
    opened = _opened(of_texts, page, tmp_path)
    values = of_texts.diagram.explain_at(3).local.values
    read = int(of_texts.predicted_classes()[3])
    name = ["gloomy", "cheerful"][read]
    token = opened.locator(".nbviz-evidence-tokens").first.locator("button").nth(2)
    token.click()
    expect(token).to_have_attribute("aria-pressed", "true")
    status = opened.locator(".nbviz-network .nbviz-status")
    expect(status).to_contain_text(f"Path token 2 → {name}, sample 3: ")
    told = status.inner_text().replace("−", "-")
    assert float(re.search(r"sample 3:\s+([+-]?[\d.]+)", told)[1]) == pytest.approx(values[2, read], abs=0.006)
    matrix = opened.locator(".nbviz-importance-matrix")
    expect(matrix.locator("[role=columnheader][aria-selected=true]")).to_have_text(name)
    frame = of_texts.tokens
    expect(matrix).to_contain_text(f"bright · {frame.loc['bright', 'rows']}")
    token.press("Escape")
    expect(token).to_have_attribute("aria-pressed", "false")


def test_a_row_of_a_token_is_marked_and_says_why_it_lights_no_path(of_texts, page, tmp_path):
    matrix = _opened(of_texts, page, tmp_path).locator(".nbviz-importance-matrix")
    row = matrix.get_by_role("rowheader", name="bright")
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    why = matrix.locator(".nbviz-matrix-why")
    expect(why).to_have_text(
        "bright has another place in each of its rows, and a path starts at one: click it in a sample\u2019s text."
    )
    row.click()
    expect(row).to_have_attribute("aria-selected", "false")
    expect(why).to_be_hidden()
    # A cell asks about its class, and the row stays marked as long as that is shown.
    cell = matrix.locator("[role=gridcell][aria-label^='bright'][aria-label*=' for cheerful']")
    cell.click()
    expect(cell).to_have_attribute("aria-selected", "true")
    expect(why).to_contain_text("bright has another place")
    cell.press("Escape")
    expect(cell).to_have_attribute("aria-selected", "false")
    expect(why).to_be_hidden()

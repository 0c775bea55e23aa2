"""Pictures in an explorer, saved as a page: maps, regions, evidence and thumbnails, linked without a kernel."""

import keras
import numpy as np
import pytest
from playwright.sync_api import expect
from sklearn.datasets import load_digits

import nbviz
from tests.path_flows import path_flows

from .page import rest_with_figures


@pytest.fixture(scope="module")
def explorer():
    keras.utils.set_random_seed(1)
    digits = load_digits()
    x = (digits.images[..., None] / 16).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, activation="relu", name="conv2d"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[200:], digits.target[200:], epochs=4, verbose=0)
    return nbviz.explore(model, x[:60], digits.target[:60], background=x[200:300])


@pytest.fixture
def opened(explorer, page, tmp_path):
    explorer.wait()
    explorer.selected_sample = int(explorer.misread()[0])
    return _opened(explorer, page, tmp_path)


def _opened(explorer, page, folder):
    path = nbviz.save_html(explorer, folder / "digits.html")
    page.set_viewport_size({"width": 1312, "height": 1100})
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn=true]")
    page.wait_for_selector(".nbviz-network canvas")
    rest_with_figures(page)
    return page


def _number(words):
    return float(words.replace("−", "-"))


def test_a_region_is_the_same_in_list_maps_and_evidence_and_what_is_told_adds_up(opened, explorer):
    sample = explorer.selected_sample
    predicted = int(explorer.predicted_classes()[sample])
    table = explorer.importance
    shown = table.to_frame().iloc[:, predicted]
    name = shown.idxmax()
    region = opened.locator(".nbviz-images-region", has_text=name)
    assert f"{shown[name]:.2f}" in region.inner_text()
    region.click()
    expect(region).to_have_attribute("aria-pressed", "true")
    expect(opened.locator(".nbviz-network .nbviz-status")).to_contain_text(
        "A running kernel works out the path of the region that is chosen"
    )
    # The credit of the region is that of its pixels, as the diagram's explanation has them.
    values = explorer.diagram.explain_at(sample).local.values
    credit = values[nbviz.image_regions((8, 8))[name], predicted].sum()
    evidence = opened.locator(".nbviz-image-evidence")
    picture = evidence.locator(".nbviz-evidence-figure").first
    expect(picture.locator(".nbviz-evidence-region")).to_have_text(name)
    to_predicted = picture.locator(".nbviz-evidence-line").first
    assert _number(to_predicted.inner_text().split()[-1]) == pytest.approx(credit, abs=0.006)
    # Average, pixels for and pixels against make the logit that the list has, and that the model gives.
    p = explorer.diagram.reader.model(explorer._data.x[0][sample : sample + 1]).numpy()[0]
    logits = np.log(p) - np.log(p).mean()
    second = evidence.locator(".nbviz-evidence-figure").nth(1)
    start, up, down, end = [
        _number(line.split()[-1]) for line in second.locator(".nbviz-evidence-line").all_inner_texts()
    ]
    assert start + up + down == pytest.approx(end, abs=0.05)
    assert end == pytest.approx(logits[predicted], abs=0.01)
    told = evidence.locator(".nbviz-evidence-row .nbviz-evidence-end").all_inner_texts()
    np.testing.assert_allclose([_number(words) for words in told], logits, atol=0.01)
    # The share of the region stands at every class's map.
    shares = opened.locator(".nbviz-images-map .nbviz-images-share").all_inner_texts()
    np.testing.assert_allclose([float(words) for words in shares], table.to_frame().loc[name], atol=0.006)
    opened.locator(".nbviz-image-importance").press("Escape")
    expect(region).to_have_attribute("aria-pressed", "false")


def test_thumbnails_ring_what_was_misread_and_choose_a_sample(opened, explorer):
    wrong = explorer.misread()
    ringed = opened.locator(".nbviz-pick-strips .nbviz-pick-wrong")
    assert ringed.count() == len(wrong)
    reads = explorer.predicted_classes()
    assert {int(mark.get_attribute("data-sample")): mark.get_attribute("data-read") for mark in ringed.all()} == {
        int(row): f"class {reads[row]}" for row in wrong
    }
    right = next(row for row in range(60) if row not in wrong)
    opened.locator(f".nbviz-pick-square[data-sample='{right}']").click()
    expect(opened.locator(".nbviz-image-evidence .nbviz-evidence-caption")).to_contain_text(f"sample {right},")
    expect(opened.locator(".nbviz-image-importance")).to_contain_text("read right")


def test_a_map_chooses_its_class_and_rows_of_a_layer_bring_the_table(opened):
    opened.locator(".nbviz-images-map").nth(3).click()
    expect(opened.locator(".nbviz-images-map").nth(3)).to_have_attribute("aria-pressed", "true")
    expect(opened.locator(".nbviz-image-importance .nbviz-images-name").first).to_have_text("class 3")
    expect(opened.locator(".nbviz-evidence-row[aria-pressed=true]")).to_contain_text("class 3")
    opened.locator(".nbviz-image-importance select").first.select_option("conv2d")
    expect(opened.locator(".nbviz-images-grid")).to_be_hidden()
    matrix = opened.locator(".nbviz-importance-matrix")
    expect(matrix).to_be_visible()
    matrix.get_by_label("rows of the table").select_option("")
    expect(opened.locator(".nbviz-images-grid")).to_be_visible()
    expect(matrix).to_be_hidden()


def test_a_region_of_flat_pixels_lights_its_path_without_a_kernel_and_escape_brings_the_base_back(page, tmp_path):
    keras.utils.set_random_seed(1)
    digits = load_digits()
    x = (digits.data / 16).astype("float32")
    inside = keras.layers.Dense(20, activation="relu", name="hidden")
    model = keras.Sequential([keras.Input((64,), name="pixels"), inside, keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x[200:], digits.target[200:], epochs=6, verbose=0)
    explorer = nbviz.explore(model, x[:40], digits.target[:40], background=x[200:240], image_shape=(8, 8), max_units=8)
    explorer.selected_sample = 3
    assert explorer.wait(120)
    predicted = int(explorer.predicted_classes()[3])
    _opened(explorer, page, tmp_path)
    status = page.locator(".nbviz-network .nbviz-status")
    base = status.inner_text()
    pixels = nbviz.image_regions((8, 8))["rows 3-4, right"]
    region = page.locator(".nbviz-images-region", has_text="rows 3-4, right")
    region.click()
    expect(region).to_have_attribute("aria-pressed", "true")
    # What the region brings, and which units carry it, in float64 numpy.
    flows = list(path_flows(model.get_weights(), x[3], explorer._data.explainer.background[0], pixels))
    bar = sum(flow.bar for flow in flows)
    told = f"{bar[predicted]:+.2f}".replace("-", "−")
    name = "class " + str(predicted)
    expect(status).to_contain_text(f"Path rows 3-4, right → {name}, sample 3: {told} to the centred logit")
    drawn = page.locator(".nbviz-tree [data-unit]").evaluate_all(
        "items => items.map(each => Number(each.dataset.unit))"
    )
    through = [sum(flow.leaving[depth][predicted] for flow in flows) for depth in (0, 1)]
    strongest = {pixel for pixel in np.argsort(-np.abs(through[0]), kind="stable")[:8] if through[0][pixel] != 0}
    assert strongest <= {unit for unit in drawn if unit < 64}
    hidden = {unit - 64 for unit in drawn if 64 <= unit < 84}
    sizes = np.abs(through[1])
    assert sizes[list(hidden)].sum() > 0.98 * np.sort(sizes)[-8:].sum()
    # Another class, in its map: the same region's path to that.
    other = (predicted + 1) % 10
    page.locator(".nbviz-images-map").nth(other).click()
    told = f"{bar[other]:+.2f}".replace("-", "−")
    expect(status).to_contain_text(f"Path rows 3-4, right → class {other}, sample 3: {told} to the centred logit")
    page.keyboard.press("Escape")
    expect(region).to_have_attribute("aria-pressed", "false")
    expect(status).to_have_text(base)
    # In the evidence for the class, too.
    canvas = page.locator(".nbviz-image-evidence canvas").nth(1)
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.9, "y": box["height"] * 0.5})
    expect(region).to_have_attribute("aria-pressed", "true")
    expect(status).to_contain_text("Path rows 3-4, right → ")

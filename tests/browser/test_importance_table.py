"""What a person sees of an `Importance` in a notebook cell: the pixels of its cells, in light and dark."""

import re

import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance

from .picture import screenshot

DARK = "--jp-layout-color0: #111; --jp-layout-color1: #111; --jp-ui-font-color1: rgba(255, 255, 255, 0.87);"


@pytest.fixture(scope="module")
def table():
    """Raises, lowers, mixed in the first class; much weaker in the second, where only the first passes the floor."""
    strength = np.array([[6.0, 3.0], [3.0, 0.2], [1.0, 0.2]])
    values = np.linspace(-1, 1, 21)
    credit = np.stack([values, -values, np.abs(values)], axis=1)
    sample = LocalSample(np.stack([credit, credit], axis=-1), np.stack([values] * 3, axis=1))
    return Importance(
        strength,
        strength / 20,
        pd.Index(["up", "<img src=x onerror=document.title='pwned'>", "both"]),
        pd.Index(["yes", "<u>no</u>"]),
        {"method": "expected_gradients", "output": "logit", "rows": 21, "head": "softmax", "direction": "spearman",
         "correlated": [("up", "<script>document.title='pwned'</script>", 0.9)]},
        noise_floor=np.array([0.5, 0.5]),
        sample=sample,
    )  # fmt: skip


@pytest.fixture
def cells(page, screenshots, request):
    """Shows HTML on a ground and returns {(row, column): mean colour of the upper left of the cell}."""

    def show(html, ground="", scheme="light"):
        page.emulate_media(color_scheme=scheme)
        page.set_content(
            f'<body style="margin: 12px; {ground} background: var(--jp-layout-color0, Canvas)">{html}</body>'
        )
        page.screenshot(path=screenshots / f"{re.sub(r'[^a-z0-9]+', '_', request.node.name)[:80]}.png")
        picture = screenshot(page).astype(float)
        found = {}
        for row, line in enumerate(page.locator("tbody tr").all()):
            for column, cell in enumerate(line.locator(".nbviz-cell").all()):
                box = cell.bounding_box()
                left, top = round(box["x"]), round(box["y"])
                found[row, column] = picture[top + 5 : top + 11, left + 4 : left + 12].mean(axis=(0, 1))
        return found

    return show


def blue(colour):
    return colour[2] - colour[0]


@pytest.mark.parametrize(
    ("ground", "scheme"), [("", "light"), ("", "dark"), (DARK, "light")], ids=["light", "dark", "lab"]
)
def test_cells_are_blue_where_a_feature_raises_the_class_orange_where_it_lowers_it_grey_where_mixed(
    table, cells, ground, scheme
):
    found = cells(table.to_html(above_floor=False), ground, scheme)
    assert blue(found[0, 0]) > 60
    assert blue(found[1, 0]) < -40
    assert abs(blue(found[2, 0])) < 20


@pytest.mark.parametrize(("ground", "light"), [("", True), (DARK, False)], ids=["light", "lab"])
def test_cells_below_the_noise_floor_have_the_colour_of_the_ground(table, cells, ground, light):
    found = cells(table.to_html(above_floor=False), ground)
    expected = 255 if light else 17
    assert np.allclose(found[1, 1], expected, atol=6)
    assert np.allclose(found[2, 1], expected, atol=6)
    assert abs(found[0, 1] - expected).max() > 60


def test_numbers_are_read_as_shares_and_names_as_text(table, cells, page):
    cells(table.to_html(above_floor=False))
    rows = [line.inner_text() for line in page.locator("tbody tr").all()]
    assert "0.60" in rows[0]
    assert "0.88" in rows[0]
    assert "<img" in rows[1]
    assert page.locator("thead").inner_text().count("<u>no</u>") == 1
    assert page.title() == ""
    assert page.locator("img, u, script").count() == 0


def test_without_its_style_as_in_an_untrusted_notebook_numbers_directions_and_colours_remain(table, cells, page):
    found = cells(re.sub(r"<style.*?</style>", "", table.to_html(above_floor=False), flags=re.DOTALL))
    assert blue(found[0, 0]) > 60
    assert blue(found[1, 0]) < -40
    text = page.locator("tbody").inner_text()
    assert "0.60" in text
    assert "▲" in text
    assert "▼" in text

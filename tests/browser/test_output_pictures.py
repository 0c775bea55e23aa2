"""A region of an output is chosen in its picture: a click, another, Esc, the menu; without a kernel a sentence."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import grid_regions
from nbviz.widgets.output_pictures.output_pictures import OutputPictures
from nbviz.widgets.output_pictures.output_pictures_wire import OutputPicture

from .page import rest, show

EXPLAINED = ".nbviz-outputs-explained [role=status]"


@pytest.fixture
def pictures():
    rng = np.random.default_rng(0)
    made = OutputPictures(grid_regions(ImageForm(6, 6)), ["<cell>", "edge"])
    made.show(
        OutputPicture(
            "sample 3", rng.random((6, 6, 1)), (0, 1), rng.random((6, 6, 2)), None, ["<cell>", "edge"], True, 0, None
        )
    )
    return made


def press(page, tile, x, y):
    """Clicks a tile's picture at a share of its width and height."""
    canvas = page.locator(".nbviz-outputs-tile canvas").nth(tile)
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * x, "y": box["height"] * y})
    rest(page)


def chosen(page):
    return page.evaluate("[window.model.get('selected_region'), window.model.get('selected_class')]")


def test_a_click_on_the_output_explains_a_region_of_that_channel_and_another_or_escape_returns(
    page, pictures, tmp_path
):
    show(page, pictures, tmp_path, width=700)
    page.evaluate("window.model.receive({ type: 'alive' })")
    words = page.locator(EXPLAINED)
    expect(words).to_contain_text("the mean of each channel over all of it. A click on the output")
    press(page, 0, 0.1, 0.5)  # what goes in
    assert chosen(page) == [None, None]
    press(page, 2, 0.1, 0.5)
    assert chosen(page) == [3, 1]
    assert {"selected_region": 3} in page.evaluate("window.changes")
    expect(words).to_contain_text("the mean of edge over rows 2-3, left. Another click, or Esc")
    press(page, 1, 0.1, 0.5)  # the same of the other channel
    assert chosen(page) == [3, 0]
    expect(words).to_contain_text("the mean of <cell> over rows 2-3, left")
    press(page, 1, 0.1, 0.5)
    assert chosen(page) == [None, 0]
    page.get_by_label("the part of the output that is explained").select_option("rows 4-5, right")
    rest(page)
    assert chosen(page) == [8, 0]
    page.keyboard.press("Escape")
    rest(page)
    assert chosen(page) == [None, 0]


def test_without_a_kernel_a_click_says_what_it_takes(page, pictures, tmp_path):
    pictures.selected_region = 4
    show(page, pictures, tmp_path, width=700)
    words = page.locator(EXPLAINED)
    expect(words).to_have_text("What is explained is the mean of each channel over rows 2-3, middle.")
    press(page, 1, 0.1, 0.5)
    expect(words).to_contain_text("Another part of it needs a running kernel.")
    assert chosen(page) == [4, None]
    page.keyboard.press("Escape")
    rest(page)
    assert chosen(page) == [4, None]
    expect(words).to_have_text("What is explained is the mean of each channel over rows 2-3, middle.")


def squares(page, tile):
    """(6, 6, 3): the colour in the middle of each square."""
    read = """canvas => Array.from({ length: 36 }, (_, at) => [...canvas.getContext("2d").getImageData(
      Math.floor(((at % 6) + 0.5) / 6 * canvas.width), Math.floor((Math.floor(at / 6) + 0.5) / 6 * canvas.height), 1, 1,
    ).data].slice(0, 3))"""
    return np.array(page.locator(".nbviz-outputs-tile canvas").nth(tile).evaluate(read)).reshape(6, 6, 3)


def colour_of(css):
    """(3,), 0 to 255, of `#rrggbb` or `rgb(r, g, b)`."""
    if css.startswith("#"):
        return np.array([int(css[at : at + 2], 16) for at in (1, 3, 5)])
    return np.array([float(part) for part in re.findall(r"[\d.]+", css)[:3]])


def test_each_square_has_the_colour_of_its_number_between_the_ends_of_the_scale(page, tmp_path):
    rng = np.random.default_rng(1)
    given, made, true = rng.uniform(2, 4, (6, 6, 1)), rng.random((6, 6, 1)), rng.random((6, 6, 1))
    view = OutputPictures()
    view.show(OutputPicture("sample 3", given, (2, 4), made, true, ["output"], True, 2.0, "y", False))
    show(page, view, tmp_path, width=700)
    # The page's own ink and paper, as JupyterLab's are taken over.
    ask = "(e, name) => getComputedStyle(e).getPropertyValue(`--nbviz-${name}`)"
    paper, ink, wrong = (
        colour_of(page.eval_on_selector(".nbviz-output-pictures", ask, name))
        for name in ("background", "ink-1", "negative")
    )
    shares = [((given - 2) / 2, ink), (made, ink), (true, ink), ((made - true) ** 2 / 2, wrong)]
    for tile, (share, end) in enumerate(shares):
        np.testing.assert_allclose(squares(page, tile), paper + (end - paper) * share, atol=2.5)

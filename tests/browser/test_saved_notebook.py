"""The committed lesson, opened but not run: what a reader without a kernel's work sees."""

import pytest

from .jupyter import execute
from .page import rest
from .picture import colour_share, screenshot

pytestmark = pytest.mark.slow

DIAGRAMS = ".jp-OutputArea-output:has(canvas), .jp-OutputArea-output:has(img[alt='Network diagram'])"


def drawn(page, screenshots, name):
    """A picture of the first diagram in the page."""
    page.wait_for_selector(DIAGRAMS)
    output = page.locator(DIAGRAMS).first
    output.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-OutputArea-output img')].every(one => one.complete)"
    )
    rest(page)
    page.screenshot(path=screenshots / f"{name}.png")
    return screenshot(output)


def test_an_untrusted_notebook_shows_the_picture(notebook, project, screenshots):
    page = notebook(project / "notebooks" / "01_first_look.ipynb")
    picture = drawn(page, screenshots, "saved_notebook_untrusted")
    assert colour_share(picture, "#f59322", tolerance=60) > 0.0005
    assert colour_share(picture, "#0877bd", tolerance=60) > 0.0005


def test_a_trusted_notebook_draws_the_widget_from_its_saved_state(notebook, project, screenshots):
    page = notebook(project / "notebooks" / "01_first_look.ipynb")
    name = page.url.split("?")[0].rsplit("/", 1)[1]
    execute(page, f"import subprocess, sys; subprocess.run([sys.executable, '-m', 'jupyter', 'trust', {name!r}])")
    page.reload()
    page.wait_for_selector(".jp-OutputArea-output canvas")
    picture = drawn(page, screenshots, "saved_notebook_trusted")
    assert colour_share(picture, "#f59322", tolerance=60) > 0.0005
    assert colour_share(picture, "#0877bd", tolerance=60) > 0.0005

"""Browser, JupyterLab and pages for the tests in this folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .chromium import Problems, chromium
from .jupyter import Lab, jupyter_lab, open_notebook, write_notebook

# No claim on speed: a busy machine takes its time.
MILLISECONDS = 60_000
expect.set_options(timeout=MILLISECONDS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, for `pytest -m "not browser"`, and run it after the others."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
    # The browser leaves an event loop running in this thread; what others test does without one.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let fixtures see whether the test passed."""
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    return report


_PASSED = pytest.StashKey[bool]()


def _file_name(item: pytest.Item) -> str:
    return re.sub(r"\W+", "_", item.name).strip("_")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def screenshots(project: Path) -> Path:
    """A git-ignored folder for pictures to look at; failed tests leave one there."""
    folder = project / ".screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def problems() -> Problems:
    """Errors of the page. Any that is left at the end fails the test; one that expects an error clears them."""
    return Problems()


@pytest.fixture
def page(browser: Browser, problems: Problems, screenshots: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new page, in a profile of its own."""
    context = browser.new_context(viewport={"width": 1300, "height": 1100})
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    problems.watch(page)
    yield page
    if not request.node.stash.get(_PASSED, False):
        page.screenshot(path=screenshots / f"failed_{_file_name(request.node)}.png")
    context.close()
    assert problems.texts == []


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for all tests, in an empty folder."""
    with jupyter_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def notebook(lab: Lab, page: Page, request: pytest.FixtureRequest) -> Iterator[Callable[[Sequence[str] | Path], Page]]:
    """Open a notebook, a new one with these cells or a copy of a file, not yet run; its kernel ends with the test."""

    def open_copy(source: Sequence[str] | Path) -> Page:
        path = lab.folder / f"{_file_name(request.node)}.ipynb"
        if isinstance(source, Path):
            shutil.copy(source, path)
        else:
            write_notebook(path, source)
        open_notebook(page, lab, path.name)
        return page

    yield open_copy
    lab.shut_down_kernels()

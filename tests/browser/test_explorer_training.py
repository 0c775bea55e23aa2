"""Training in the explorer: everything moves together, goes back together, and plays in a page without a kernel."""

import os

import pytest
from playwright.sync_api import expect

import nbviz

from .jupyter import cell_errors, comes_to, execute, is_busy, keep_busy, run_all, wait_until_run
from .page import rest_with_figures, wait_until
from .picture import changed_share, colour_share, screenshot, wait_for_change

pytestmark = pytest.mark.slow

ACCENT = "#6b46c1"
EXPLORE = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, nbviz, numpy as np
keras.utils.set_random_seed(1)
random = np.random.default_rng(1)
x = random.normal(size=(320, 5)).astype("float32")
y = (x[:, :3] + 0.3 * random.normal(size=(320, 3))).argmax(axis=1)
model = keras.Sequential([
    keras.Input((5,), name="plant"), keras.layers.Dense(8, activation="relu", name="hidden"),
    keras.layers.Dense(3, activation="softmax", name="answer"),
])
model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
explorer = nbviz.explore(model, x[:80], y[:80], training_data=(x[80:], y[80:]), class_names=["one", "two", "three"])
explorer.wait()
explorer
"""


def _parts(page):
    """Diagram, matrix, curves and distributions of the shown explorer."""
    explorer = page.locator(".nbviz-explorer").first
    names = (".nbviz-network", ".nbviz-importance-matrix", ".nbviz-curves", ".nbviz-histograms")
    return [explorer.locator(name).first for name in names]


def _pictures(parts):
    return [screenshot(part) for part in parts]


def _changes(before, after):
    # A part grows by what comes below it, such as the timeline.
    heights = [min(len(one), len(other)) for one, other in zip(before, after, strict=True)]
    cut = zip(before, after, heights, strict=True)
    return [changed_share(one[:height], other[:height]) for one, other, height in cut]


def test_a_run_in_jupyterlab_moves_every_part_and_goes_back_in_every_part_while_a_cell_is_busy(
    notebook, screenshots, tmp_path
):
    page = notebook([EXPLORE])
    page.set_viewport_size({"width": 1600, "height": 1500})
    run_all(page)
    page.wait_for_selector(".nbviz-explorer canvas", timeout=90_000)
    wait_until_run(page)
    page.get_by_role("tab", name="Training").click()
    page.locator(".nbviz-explorer").evaluate("explorer => explorer.scrollIntoView({ block: 'start' })")
    parts = _parts(page)
    rest_with_figures(page)
    before = _pictures(parts)

    def has_moved():
        diagram, _, curves, histograms = _changes(before, _pictures(parts))
        return diagram > 0.01 and curves > 0.002 and histograms > 0.01

    page.get_by_role("button", name="Train", exact=True).click()
    wait_until(page, has_moved)
    assert comes_to(page, "print(explorer.training.trainer.updates > 8)", "True\n")
    assert execute(page, "print(explorer.training.trainer.status)") == "training\n"
    page.screenshot(path=screenshots / "explorer_training.png")

    page.get_by_role("button", name="Pause").click()
    page.locator(".nbviz-explorer", has_text="paused").wait_for()
    # Tables and samples follow.
    wait_until(page, lambda: _changes(before, _pictures(parts))[1] > 0.01)
    execute(page, "explorer.training.trainer.wait(60); explorer.wait(60)")
    rest_with_figures(page)
    rested = _pictures(parts)
    assert _changes(before, rested)[1] > 0.01

    # A busy kernel: what follows happens in the browser.
    keep_busy(page, tmp_path / "looked back")
    timeline = page.locator(".nbviz-network [role=slider]").first
    timeline.focus()
    timeline.press("Home")
    expect(timeline).to_have_attribute("aria-valuetext", "before training")
    rest_with_figures(page)
    page.screenshot(path=screenshots / "explorer_training_back.png")
    back = _pictures(parts)
    assert is_busy(page), "the kernel was to be busy all along"
    assert all(share > 0.002 for share in _changes(rested, back)), _changes(rested, back)
    assert colour_share(back[2], ACCENT, tolerance=40) > 0.0005  # the cursor among the curves
    assert page.get_by_text("before training").count() > 0
    page.get_by_role("button", name="Back to live").first.click()
    expect(timeline).not_to_have_attribute("aria-valuetext", "before training")
    rest_with_figures(page)
    assert _changes(rested, _pictures(parts))[0] < 0.002
    (tmp_path / "looked back").touch()
    execute(page, "")
    page.locator(".nbviz-network [role=slider]").first.focus()
    page.keyboard.press("Home")
    page.get_by_role("button", name="Go on from here").click()
    assert comes_to(page, "print(explorer.training.trainer.updates, explorer.diagram.shown_frame)", "0 None\n")
    assert cell_errors(page) == []


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    names = {}
    exec(EXPLORE.strip().rsplit("\n", 1)[0], names)
    explorer = names["explorer"]
    explorer.training.trainer.speed = 60.0
    for _ in range(10):
        explorer.training.trainer.step("epoch")
        # Where it comes to rest it is recorded, however slow the machine is.
        assert explorer.training.trainer.wait(120)
    assert explorer.wait(120)
    moments = [moment.step for moment in explorer.training.recording.moments]
    return nbviz.save_html(explorer, tmp_path_factory.mktemp("page") / "training.html"), moments


def test_a_page_plays_the_run_without_a_kernel(page, saved, screenshots):
    path, moments = saved
    assert len(moments) > 4
    page.set_viewport_size({"width": 1280, "height": 1300})
    page.goto(path.as_uri())
    page.locator(".nbviz-network canvas").first.wait_for()
    page.get_by_role("tab", name="Training").click()
    rest_with_figures(page)
    parts = _parts(page)
    assert page.get_by_role("button", name="Train", exact=True).is_hidden()
    live = _pictures(parts)
    timeline = page.locator(".nbviz-network [role=slider]").first
    timeline.focus()
    timeline.press("Home")
    expect(timeline).to_have_attribute("aria-valuetext", "before training")
    rest_with_figures(page)
    timeline.evaluate(
        """timeline => {
          window.seen = [];
          const look = () => {
            const words = timeline.getAttribute("aria-valuetext");
            if (words !== window.seen.at(-1)) window.seen.push(words);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    first = _pictures(parts)
    assert all(share > 0.002 for share in _changes(live, first)), _changes(live, first)
    timeline.press("Space")
    page.wait_for_function("() => window.seen.length > 4")
    seen = page.evaluate("window.seen")
    page.screenshot(path=screenshots / "explorer_training_page.png")
    assert seen[0] == "before training"
    assert len(seen) > 4
    wait_for_change(page, parts[0], first[0], 0.01)

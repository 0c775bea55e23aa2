"""What all views have from their base: hello, theme, keys, an end without a trace, and a word when they rest."""

import keras
import numpy as np
import pytest

import nbviz
from tests.widgets.small_parts import small_convnet, small_picker, small_table

from .page import JUPYTER_VARIABLES, let_pass, rest, settle, show, to_wire
from .picture import changed_share, screenshot

L = keras.layers


@pytest.fixture(scope="module")
def images():
    return small_convnet()


MAKERS = {
    "network": lambda model, x: nbviz.NetworkDiagram(model, x),
    "importance-matrix": lambda model, x: nbviz.ImportanceMatrix(small_table()),
    "picker": lambda model, x: small_picker(),
    "trainer": lambda model, x: nbviz.Trainer(model, x, np.array([0, 1, 0])),
    "kernel-grid": lambda model, x: nbviz.KernelGrid(model),
    "feature-maps": lambda model, x: nbviz.FeatureMaps(model, x),
}


@pytest.fixture
def shown(page, images, tmp_path):
    made = []

    def show_view(part):
        made.append(MAKERS[part](*images))
        show(page, made[-1], tmp_path, width=700)
        return page.locator(f".nbviz-{part}")

    yield show_view
    for widget in made:
        widget.close()


def stays(page, picture):
    """Whether the page still looks like this some frames later."""
    let_pass(page, 25)
    return changed_share(picture, screenshot(page)) == 0


@pytest.mark.parametrize("part", MAKERS)
def test_every_view_says_hello_once_and_leaves_nothing_behind(part, shown, page):
    root = shown(part)
    assert page.evaluate("window.sent") == [{"type": "hello"}]
    assert root.count() == 1
    page.evaluate("window.remove_view(0)")
    assert root.count() == 0
    assert page.evaluate("window.model.listener_count()") == 0


@pytest.mark.parametrize("part", MAKERS)
def test_every_view_follows_the_theme_of_its_host(part, shown, page):
    root = shown(part)
    assert root.get_attribute("data-theme") == "light"
    page.evaluate(
        """variables => {
          for (const [name, value] of Object.entries(variables)) document.body.style.setProperty(name, value);
          document.body.dataset.jpThemeLight = "false";
        }""",
        JUPYTER_VARIABLES["dark"],
    )
    settle(page)
    assert root.get_attribute("data-theme") == "dark"
    assert root.evaluate("root => getComputedStyle(root).getPropertyValue('--nbviz-background')") == "rgb(17, 17, 17)"


@pytest.mark.parametrize("part", MAKERS)
def test_every_view_keeps_its_keys_to_itself(part, shown, page):
    shown(part)
    page.keyboard.press("Tab")
    focused = "document.activeElement"
    assert page.evaluate(f"{focused}.closest('.nbviz-{part}') !== null")
    # JupyterLab looks at the focused element alone first.
    assert page.evaluate(f"{focused}.getAttribute('data-lm-suppress-shortcuts')") == "true"


@pytest.mark.parametrize("part", MAKERS)
def test_every_view_comes_to_rest_and_then_stays_as_it_is(part, shown, page):
    shown(part)
    page.wait_for_selector(f".nbviz-{part}[data-resting=true]")
    rest(page)
    assert stays(page, screenshot(page))


def ms_to_rest(page, part, changes):
    """Assign traits as Python would; how long the view does not rest from then on."""
    return page.evaluate(
        """([part, changes]) => new Promise((done, failed) => {
          const root = document.querySelector(`.nbviz-${part}`);
          // The time of frames: what moves goes by it, too, and one that is late is dated back.
          const began = document.timeline.currentTime;
          window.model.set_from_python(window.from_wire(changes));
          if (root.dataset.resting !== "false") failed(new Error("it rests though it has to draw"));
          const look = () => {
            if (root.dataset.resting === "false") requestAnimationFrame(look);
            else done(document.timeline.currentTime - began);
          };
          look();
        })""",
        [part, to_wire(changes)],
    )


def test_a_view_does_not_rest_while_its_picture_moves(shown, page, images):
    shown("network")
    before = screenshot(page)
    model, x = images
    # Numbers are on their way for 200 ms.
    assert ms_to_rest(page, "network", {"frame": nbviz.NetworkDiagram(model, -x).frame}) >= 200
    after = screenshot(page)
    assert changed_share(before, after) > 0.005
    assert stays(page, after)


def test_a_table_does_not_rest_while_its_rows_travel(shown, page):
    shown("importance-matrix")
    # Hue is above ash; by name it is below. That takes 400 ms.
    assert ms_to_rest(page, "importance-matrix", {"sort": "name"}) >= 400
    assert page.evaluate("document.getAnimations().length") == 0

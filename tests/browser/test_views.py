"""Views of one diagram: several at once, gone again, hidden at first, without motion."""

import keras
import numpy as np
import pytest

import nbviz

from .page import rest, set_from_python, settle, show
from .picture import changed_share, colour_share, screenshot


@pytest.fixture
def diagram():
    """5-20-2, coloured by the mean of 40 rows."""
    keras.utils.set_random_seed(7)
    layers = [keras.layers.Dense(20, "tanh", name="hidden"), keras.layers.Dense(2, "softmax", name="answer")]
    model = keras.Sequential([keras.Input((5,), name="features"), *layers])
    return nbviz.NetworkDiagram(model, np.random.default_rng(7).normal(size=(40, 5)))


def test_two_views_of_one_diagram_draw_the_same_and_select_together(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=800, height=1300)
    page.evaluate("() => window.show_again()")
    rest(page)
    outputs = page.locator(".output")
    one, two = (screenshot(outputs.nth(index)) for index in range(2))
    assert one.shape == two.shape
    assert changed_share(one, two) < 0.001
    unit = diagram.unit_id("hidden", diagram.frames.drawing.folds["hidden"].shown[3])
    box = outputs.nth(1).locator(f"[data-unit='{unit}']").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(2, 2)
    rest(page)
    assert changed_share(one, screenshot(outputs.nth(0))) > 0.01
    assert changed_share(screenshot(outputs.nth(0)), screenshot(outputs.nth(1))) < 0.002


def test_a_removed_view_leaves_no_listener_and_no_loop(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    with_one = page.evaluate("() => window.model.listener_count()")
    page.evaluate("() => window.show_again()")
    settle(page)
    page.evaluate("() => window.remove_view(1)")
    assert page.evaluate("() => window.model.listener_count()") == with_one
    page.evaluate("() => window.remove_view(0)")
    assert page.evaluate("() => window.model.listener_count()") == 0
    assert page.locator("canvas").count() == 0
    asked = page.evaluate(
        """() => new Promise(done => {
          const ask = window.requestAnimationFrame.bind(window);
          let asked = 0;
          window.requestAnimationFrame = call => { asked += 1; return ask(call); };
          let frames = 20;
          const pass = () => { frames -= 1; if (frames > 0) ask(pass); else done(asked); };
          ask(pass);
        })"""
    )
    assert asked == 0


def test_a_view_that_was_hidden_draws_when_it_is_shown(page, diagram, tmp_path):
    show(page, diagram, tmp_path, width=800)
    expected = screenshot(page)
    page.evaluate("() => { document.querySelector('.output').style.display = 'none'; }")
    model = diagram.model
    model.set_weights([-weights for weights in model.get_weights()])
    set_from_python(page, {"frame": diagram.update().frame})
    page.evaluate("() => { document.querySelector('.output').style.display = ''; }")
    rest(page)
    shown = screenshot(page)
    assert changed_share(expected, shown) > 0.01
    assert colour_share(shown, "#0877bd", tolerance=60) > 0.0005


def test_without_motion_a_frame_is_drawn_at_once(page, diagram, tmp_path):
    page.emulate_media(reduced_motion="reduce")
    show(page, diagram, tmp_path, width=800)
    model = diagram.model
    model.set_weights([-weights for weights in model.get_weights()])
    set_from_python(page, {"frame": diagram.update().frame})
    at_once = screenshot(page)
    rest(page)
    assert changed_share(at_once, screenshot(page)) == 0


@pytest.mark.parametrize("width", [600, 900, 1600])
def test_nothing_is_wider_than_the_widget(page, diagram, tmp_path, width):
    show(page, diagram, tmp_path, width=width)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('[role=treeitem]')].map(item => {
          const { left, right } = item.getBoundingClientRect(); return [left, right]; })"""
    )
    units = 5 + 17 + 2  # with the rest node
    assert len(boxes) == units
    assert all(left >= 0 and right <= width for left, right in boxes)

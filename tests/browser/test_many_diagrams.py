"""Thirty diagrams in one page: each draws when it comes into view, those out of sight cost nothing."""

import ipywidgets
import keras
import numpy as np
import pytest
from playwright.sync_api import expect

import nbviz
from nbviz.picture.frame import Progress

from .page import rest
from .picture import colour_share, screenshot

COUNT = 30
MOVING = 12  # this one shows a training that goes on; it is far below the first screen

# Counts animation frames asked for by others and, for each canvas, how often it was cleared to be painted anew.
COUNTERS = """
window.frames_asked = 0;
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = callback => { window.frames_asked += 1; return ask(callback); };
window.pass_frames = count => new Promise(done => {
  const pass = () => { count -= 1; if (count > 0) ask(pass); else done(); };
  ask(pass);
});
const { clearRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  this.canvas.painted = (this.canvas.painted ?? 0) + 1;
  return clearRect.apply(this, box);
};
window.paints = () => [...document.querySelectorAll(".nbviz-network")].map(diagram =>
  [...diagram.querySelectorAll("canvas")].reduce((sum, canvas) => sum + (canvas.painted ?? 0), 0));
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A page of thirty diagrams, one of them in training."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(24, activation="relu"),
            keras.layers.Dense(12, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    x = np.random.default_rng(1).normal(size=(50, 8)).astype("float32")
    diagrams = [nbviz.NetworkDiagram(model, x).show(number) for number in range(COUNT)]
    diagrams[MOVING].publish(Progress(training=True, epoch=3, batch=7, updates_per_second=50.0))
    return nbviz.save_html(ipywidgets.VBox(diagrams), tmp_path_factory.mktemp("many") / "many.html")


@pytest.fixture
def diagrams(page, saved):
    """The diagrams of the opened page, once the page is at rest."""
    page.add_init_script(COUNTERS)
    page.goto(saved.as_uri())
    found = page.locator(".nbviz-network")
    expect(found.locator("canvas")).to_have_count(3 * COUNT)
    rest(page)
    return found


def _see(page, number):
    """Scroll to a diagram and wait until it is painted; others that come into view with it rest."""
    diagram = page.locator(".nbviz-network").nth(number)
    diagram.scroll_into_view_if_needed()
    page.wait_for_function("number => window.paints()[number] > 0", arg=number)
    page.evaluate(f"document.querySelectorAll('.nbviz-network')[{MOVING}].dataset.moves = ''")
    rest(page, "[data-resting]:not([data-moves])")
    return diagram


def _during(page, frames):
    """Frames asked for, canvases painted by diagram, and s of computing time of the page within so many frames."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def now():
        work = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
        return page.evaluate("window.frames_asked"), np.array(page.evaluate("window.paints()")), work["ThreadTime"]

    before = now()
    page.evaluate("count => window.pass_frames(count)", frames)
    return [after - earlier for after, earlier in zip(now(), before, strict=True)]


def test_all_thirty_draw_when_they_are_scrolled_to(page, diagrams):
    assert diagrams.count() == COUNT
    for number in range(COUNT):
        picture = screenshot(_see(page, number))
        assert colour_share(picture, "#f59322", tolerance=60) > 0.0005, f"diagram {number} shows no negative weight"
        assert colour_share(picture, "#0877bd", tolerance=60) > 0.0005, f"diagram {number} shows no positive weight"


def test_diagrams_out_of_sight_are_not_painted(page, diagrams):
    in_view = page.evaluate(
        "[...document.querySelectorAll('.nbviz-network')].map(d => d.getBoundingClientRect().top < innerHeight)"
    )
    assert 0 < sum(in_view) < 5
    painted = page.evaluate("window.paints().map(count => count > 0)")
    assert painted == in_view


def test_at_rest_nothing_is_painted_and_no_animation_frame_asked_for(page, diagrams):
    frames, paints, work = _during(page, 120)
    print("work at rest", work)
    assert frames == 0
    assert paints.sum() == 0
    assert work < 0.2


def test_a_diagram_in_training_moves_while_it_is_seen_and_costs_nothing_when_it_is_not(page, diagrams):
    _see(page, MOVING)
    frames, paints, work = _during(page, 120)
    print("work moving", work, paints, frames)
    assert frames > 5
    assert paints[MOVING] > 5
    assert np.delete(paints, MOVING).sum() == 0
    diagrams.first.scroll_into_view_if_needed()
    rest(page)
    frames, paints, _ = _during(page, 60)
    assert frames == 0
    assert paints.sum() == 0

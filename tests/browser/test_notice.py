"""The line that says what is wrong and what to do: a kernel that does not answer, a picture that does not come."""

import keras
import numpy as np
import pytest
from playwright.sync_api import expect

import nbviz
from tests.widgets.small_parts import small_picker, small_table

from .page import set_from_python, settle, show

SILENT = "No kernel answers; unless it is busy, run the cell again."


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax", name="answer")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


X = np.random.default_rng(7).normal(size=(6, 3)).astype("float32")
# What is waited for, the widget, and the trait without which there is nothing to draw.
LACKING = {
    "network": ("the network", lambda model: nbviz.NetworkDiagram(model, X), "network"),
    "importance-matrix": ("the table", lambda model: nbviz.ImportanceMatrix(small_table()), "tables"),
    "trainer": ("the state of the training", lambda model: nbviz.Trainer(model, X, np.array([0, 1] * 3)), "state"),
    "picker": ("the rows", lambda model: small_picker(), "samples"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_command_that_nobody_answers_is_told_and_can_be_tried_again(theme, model, page, tmp_path, screenshots):
    page.clock.install()
    with_trainer = nbviz.Trainer(model, X, np.array([0, 1] * 3))
    show(page, with_trainer, tmp_path, theme=theme)
    notice = page.locator(".nbviz-trainer .nbviz-notice")
    page.evaluate("window.model.receive({ type: 'alive' })")
    settle(page)
    step = page.get_by_role("button", name="Step one batch")
    step.click()
    page.clock.fast_forward(3_000)
    expect(notice).to_be_hidden()
    expect(page.locator(".nbviz-state-word")).to_have_text("ready")

    page.evaluate("window.model.answers = false")
    step.click()
    page.clock.fast_forward(3_000)
    expect(notice).to_contain_text(SILENT)
    expect(page.locator(".nbviz-state-word")).to_have_text("no kernel")
    expect(step).to_have_attribute("title", "needs a running kernel")
    page.locator(".nbviz-trainer").screenshot(path=screenshots / f"notice_{theme}.png")

    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_be_hidden()
    page.clock.fast_forward(3_000)
    expect(notice).to_contain_text(SILENT)
    # Whoever speaks is there.
    page.evaluate("window.model.receive({ type: 'alive' })")
    expect(notice).to_be_hidden()
    expect(step).to_have_attribute("aria-disabled", "false")
    with_trainer.close()


def test_what_is_chosen_and_asks_for_the_kernel_is_a_command(model, page, tmp_path, screenshots):
    page.clock.install()
    show(page, nbviz.NetworkDiagram(model, X), tmp_path)
    page.evaluate("window.model.receive({ type: 'alive' }); window.model.answers = false")
    settle(page)
    # What works without a kernel needs no answer.
    page.get_by_role("treeitem").first.press("Enter")
    page.wait_for_function("() => window.changes.some(change => 'selected_unit' in change)")
    page.clock.fast_forward(3_000)
    settle(page)
    expect(page.locator(".nbviz-notice")).to_have_count(0)
    page.get_by_role("button", name="next sample").click()
    page.clock.fast_forward(3_000)
    expect(page.locator(".nbviz-notice")).to_contain_text(SILENT)
    page.locator(".nbviz-network").screenshot(path=screenshots / "notice_network.png")


@pytest.mark.parametrize("part", LACKING)
def test_after_ten_seconds_without_a_picture_it_is_told_what_is_waited_for(part, model, page, tmp_path, screenshots):
    what, make, trait = LACKING[part]
    widget = make(model)
    whole = widget.get_state([trait])
    widget.set_trait(trait, {})
    page.clock.install()
    show(page, widget, tmp_path, width=700)
    notice = page.locator(f".nbviz-{part} .nbviz-notice")
    page.clock.fast_forward(9_000)
    settle(page)
    expect(notice).to_have_count(0)
    page.clock.fast_forward(1_000)
    expect(notice).to_contain_text(f"Waiting for {what}: nothing has come for ten seconds.")
    page.locator(f".nbviz-{part}").screenshot(path=screenshots / f"notice_waiting_{part}.png")
    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_be_hidden()
    page.wait_for_function("() => window.sent.length === 2")
    assert page.evaluate("window.sent") == [{"type": "hello"}] * 2
    page.clock.fast_forward(10_000)
    expect(notice).to_be_visible()
    set_from_python(page, whole)
    expect(notice).to_be_hidden()
    widget.close()


def test_a_picture_that_no_longer_follows_the_training_says_so(model, page, tmp_path, screenshots):
    diagram = nbviz.NetworkDiagram(model, X)
    diagram.fault = "The live diagram has stopped: ValueError('<b>no</b>'). Training goes on."
    show(page, diagram, tmp_path)
    notice = page.locator(".nbviz-network .nbviz-notice")
    expect(notice.locator(".nbviz-notice-words")).to_have_text(diagram.fault)
    expect(notice.get_by_role("button", name="Try again")).to_be_hidden()
    page.locator(".nbviz-network").screenshot(path=screenshots / "notice_fault.png")
    set_from_python(page, {"fault": None})
    expect(notice).to_be_hidden()
    set_from_python(page, {"fault": "It has stopped."})
    expect(notice.locator(".nbviz-notice-words")).to_have_text("It has stopped.")
    diagram.close()

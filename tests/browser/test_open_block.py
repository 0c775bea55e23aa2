"""Blocks of a deep network that open where they are clicked, and close again."""

import numpy as np
import pytest
from keras import Input, Model, layers

import nbviz

from .jupyter import cell_errors, execute, run_all, wait_until_run
from .page import rest, set_from_python, settle, show, wait_until
from .picture import changed_share, screenshot

HOSTILE = "<img src=x onerror=alert(1)>"
SENT = ("network", "frame", "opened", "selected_unit", "selected_class")


def trunk(blocks=9, name="trunk"):
    x = before = Input((6, 4), name="steps")
    for number in range(blocks):
        y = layers.Conv1D(4, 3, padding="same", name=f"b{number}_conv")(before)
        y = layers.Dense(4, name=f"b{number}_mix")(y)
        before = layers.Add(name=f"b{number}_add")([before, y])
    return Model(x, before, name=name)


@pytest.fixture(scope="module")
def model():
    """Nine blocks of three layers, then two classes."""
    whole = trunk()
    y = layers.GlobalAveragePooling1D(name="mean")(whole.output)
    return Model(whole.inputs, layers.Dense(2, activation="softmax", name="y")(y), name="deep")


@pytest.fixture
def diagram(model):
    return nbviz.NetworkDiagram(model, np.random.default_rng(0).normal(size=(8, 6, 4)).astype("float32"))


def with_kernel(page):
    page.evaluate("window.model.receive({type: 'alive'})")
    settle(page)


def answer(page, diagram):
    """Do what a kernel does: take what the page has changed, and send what comes of it."""
    for changes in page.evaluate("window.changes.splice(0)"):
        diagram.set_state(changes)
    set_from_python(page, {name: getattr(diagram, name) for name in SENT})
    rest(page)  # layers come out of their block


def item(page, layer):
    return page.locator(f'[role=group][aria-label="{layer}"] [role=treeitem]').first


def click(page, layer):
    item(page, layer).scroll_into_view_if_needed()
    box = item(page, layer).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def come_into_sight(page, *names):
    """Wait until the drawing has scrolled to these layers, and no further."""
    wait_until(page, lambda: all(is_in_sight(page, name) for name in names))
    page.wait_for_function(
        """seen => {
          const { scrollLeft } = document.querySelector(".nbviz-stage");
          seen.frames = seen.at === scrollLeft ? seen.frames + 1 : 0;
          seen.at = scrollLeft;
          return seen.frames > 10;
        }""",
        arg=page.evaluate_handle("() => ({ frames: 0, at: null })"),
    )


def is_in_sight(page, layer):
    stage, box = page.locator(".nbviz-stage").bounding_box(), item(page, layer).bounding_box()
    return stage["x"] <= box["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 900)])
def test_a_click_opens_a_block_into_its_layers_and_the_cross_closes_it(
    page, diagram, tmp_path, screenshots, theme, width
):
    show(page, diagram, tmp_path, theme=theme, width=width)
    with_kernel(page)
    closed = screenshot(page)
    click(page, "b7")
    answer(page, diagram)
    page.mouse.move(5, 5)
    assert diagram.opened == ["b7"]
    assert item(page, "b7").count() == 0
    come_into_sight(page, "b7_conv", "b7_mix", "b7_add")
    rest(page)
    page.screenshot(path=screenshots / f"open_block_{theme}.png")
    assert changed_share(closed, screenshot(page)) > 0.01
    header = page.locator(".nbviz-group-header")
    assert header.inner_text().strip() == "b7"
    frame, inside = header.bounding_box(), [item(page, f"b7_{part}").bounding_box() for part in ("conv", "add")]
    assert frame["y"] + frame["height"] <= min(box["y"] for box in inside)
    assert frame["x"] < inside[0]["x"]
    assert inside[1]["x"] + inside[1]["width"] < frame["x"] + frame["width"]
    page.get_by_role("button", name="Close b7").click()
    answer(page, diagram)
    assert diagram.opened == []
    come_into_sight(page, "b7")
    assert page.locator(".nbviz-group-header").count() == 0


def test_enter_opens_and_closes_and_focus_goes_along(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    with_kernel(page)
    item(page, "b2").focus()
    assert item(page, "b2").get_attribute("aria-expanded") == "false"
    assert item(page, "y").get_attribute("aria-expanded") is None
    page.keyboard.press("Enter")
    answer(page, diagram)
    assert diagram.opened == ["b2"]
    focused = "document.activeElement.closest('[role=group]')?.ariaLabel ?? document.activeElement.ariaLabel"
    assert page.evaluate(focused) == "b2_conv"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Close b2"
    page.keyboard.press("Enter")
    answer(page, diagram)
    assert diagram.opened == []
    assert page.evaluate(focused) == "b2"


def test_the_card_says_that_a_click_opens(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    with_kernel(page)
    item(page, "b1").hover(force=True)
    page.locator(".nbviz-card", has_text="click to open: 3 layers").wait_for()
    assert page.locator(".nbviz-stage canvas").last.evaluate("canvas => canvas.style.cursor") == "pointer"


def test_without_a_kernel_nothing_opens_and_the_page_says_why(page, diagram, tmp_path):
    diagram.open_block("b3")
    show(page, diagram, tmp_path)
    click(page, "b1")
    page.locator(".nbviz-card", has_text="3 layers inside: opening needs a running kernel").wait_for()
    close = page.get_by_role("button", name="Close b3")
    assert (close.get_attribute("aria-disabled"), close.get_attribute("title")) == ("true", "needs a running kernel")
    close.click(force=True)
    assert not any("opened" in changes for changes in page.evaluate("window.changes"))


def test_a_block_inside_an_opened_model_opens_and_closes_with_it(page, tmp_path, screenshots):
    x = Input((6, 4), name="x")
    inner = trunk(name=HOSTILE)
    y = layers.GlobalAveragePooling1D(name="mean")(inner(x))
    diagram = nbviz.NetworkDiagram(Model(x, layers.Dense(2, name="y")(y)))
    show(page, diagram, tmp_path)
    with_kernel(page)
    click(page, inner.name)
    answer(page, diagram)
    click(page, f"{inner.name}/b2")
    answer(page, diagram)
    page.mouse.move(5, 5)
    rest(page)
    page.screenshot(path=screenshots / "open_block_nested.png")
    headers = page.locator(".nbviz-group-header")
    # A name is text, whatever it holds.
    assert [text.strip() for text in headers.all_inner_texts()] == [HOSTILE, "b2"]
    outer, own = (headers.nth(index).bounding_box() for index in range(2))
    assert outer["y"] + 18 <= own["y"]
    assert outer["x"] < own["x"]
    headers.first.get_by_role("button").click()
    answer(page, diagram)
    assert diagram.opened == []
    assert page.locator(".nbviz-group-header").count() == 0


def test_the_name_stays_in_sight_while_the_drawing_scrolls(page, diagram, tmp_path):
    diagram.opened = ["b0", "b1"]
    show(page, diagram, tmp_path, width=600)
    page.locator(".nbviz-stage").evaluate("stage => { stage.scrollLeft = 0; }")
    header = page.locator(".nbviz-group-header").first.bounding_box()
    page.locator(".nbviz-stage").evaluate(f"stage => {{ stage.scrollLeft = {header['x'] + header['width'] / 2}; }}")
    stage, name = page.locator(".nbviz-stage").bounding_box(), page.locator(".nbviz-group-name").first.bounding_box()
    assert stage["x"] <= name["x"]
    assert name["x"] + name["width"] <= stage["x"] + stage["width"]


@pytest.mark.slow
def test_a_block_opens_in_jupyterlab_while_the_model_trains(notebook, screenshots):
    make = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, numpy as np, nbviz
x = before = keras.Input((6, 4), name="steps")
for number in range(9):
    y = keras.layers.Conv1D(4, 3, padding="same", name=f"b{number}_conv")(before)
    y = keras.layers.Dense(4, name=f"b{number}_mix")(y)
    before = keras.layers.Add(name=f"b{number}_add")([before, y])
y = keras.layers.GlobalAveragePooling1D(name="mean")(before)
model = keras.Model(x, keras.layers.Dense(2, activation="softmax", name="y")(y))
model.compile("adam", "sparse_categorical_crossentropy")
data = np.random.default_rng(0).normal(size=(64, 6, 4)).astype("float32")
answer = np.arange(64) % 2
diagram = nbviz.NetworkDiagram(model, data)
trainer = nbviz.Trainer(model, data, answer, diagram=diagram)
diagram = diagram.show_history(trainer.recording)
"""
    page = notebook([make, "diagram"])
    run_all(page)
    page.wait_for_selector(".jp-OutputArea-output canvas", timeout=180_000)
    wait_until_run(page)
    execute(page, "import time\ntrainer.play()\nwhile not trainer.updates: time.sleep(0.1)")
    shown = page.locator(".nbviz-network")
    shown.scroll_into_view_if_needed()
    click(page, "b2")
    shown.get_by_role("button", name="Close b2").wait_for()
    # The run goes on, and with it the picture of the layers inside.
    execute(page, "before, end = trainer.updates, time.time() + 120")
    execute(page, "while trainer.updates < before + 5 and time.time() < end: time.sleep(0.1)")
    assert execute(page, "print(trainer.updates >= before + 5, trainer.error)") == "True None\n"
    page.screenshot(path=screenshots / "open_block_in_jupyterlab.png")
    execute(page, "trainer.pause()")
    assert execute(page, "print(diagram.opened)") == "['b2']\n"
    shown.get_by_role("button", name="Close b2").click()
    shown.get_by_role("button", name="Close b2").wait_for(state="detached")
    assert execute(page, "print(diagram.opened)") == "[]\n"
    assert cell_errors(page) == []

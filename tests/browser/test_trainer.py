"""The control bar of a Trainer: alone in a page, and in a real JupyterLab with a kernel that trains."""

import itertools
import json
import re

import pytest
from playwright.sync_api import expect

from nbviz.widgets.trainer.trainer_wire import TrainerWire
from nbviz.widgets.view import View

from .jupyter import cell_errors, comes_to, execute, run_all, wait_until_run
from .page import let_pass, set_from_python, settle, show
from .picture import screenshot, wait_for_change

STATE: TrainerWire = {
    "status": "training",
    "error": None,
    "note": None,
    "closed": False,
    "updates": 1200,
    "epoch": 60,
    "batch": 20,
    "epochs": None,
    "steps_per_epoch": 20,
    "batch_size": 32,
    "batch_sizes": [16, 32, 64],
    "learning_rate": 0.001,
    "fixed_rate": None,
    "optimizer": "Adam",
    "updates_per_second": 82.0,
    "speed": None,
    "latest": 1200,
    "recorded": True,
    "health": [{"kind": "dead", "text": "hidden: 25 % dead ReLU since epoch 6", "meaning": "no gradient", "step": 120}],
    "checked": ["no NaN or inf"],
    "preview": None,
}
PREVIEW = {
    "row": 354,
    "rows": 640,
    "loss": 1.77,
    "layers": [
        {"layer": "hidden", "change": 0.08, "share": 0.0032, "largest": "hue → unit 13", "before": 0.1, "after": 0.101},
        {"layer": "<img src=x>", "change": 0.03, "share": 0.0021, "largest": "<b>a</b> → B", "before": 0.2, "after": 0},
    ],
}


@pytest.fixture
def widget():
    """The front end without Keras: a widget with the traits of a Trainer."""
    import traitlets

    class Bar(View):
        _view_folder = "trainer"
        state = traitlets.Dict().tag(sync=True)
        shown_frame = traitlets.Int(None, allow_none=True).tag(sync=True)

    return Bar(state=STATE)


@pytest.fixture
def bar(page, widget, tmp_path):
    """Shows the bar with a kernel that answers."""

    def open_bar(state=STATE, shown_frame=None, kernel=True, **page_options):
        show(page, widget, tmp_path, **page_options)
        set_from_python(page, {"state": state, "shown_frame": shown_frame})
        if kernel:
            page.evaluate("window.model.receive({type: 'alive'})")
            settle(page)
        page.evaluate("window.sent.length = 0")
        return page.locator(".nbviz-trainer")

    return open_bar


def sent(page):
    return page.evaluate("window.sent")


def comes_to_send(page, message):
    """Wait until this is the last message to the kernel."""
    page.wait_for_function(
        "last => JSON.stringify(window.sent.at(-1)) === last", arg=json.dumps(message, separators=(",", ":"))
    )


def test_it_asks_whether_a_kernel_is_there_and_is_off_without_one(page, widget, tmp_path):
    show(page, widget, tmp_path)
    assert sent(page) == [{"type": "hello"}]
    for name in ("Train", "Step one batch", "Reset"):
        button = page.get_by_role("button", name=name)
        assert button.get_attribute("title") == "needs a running kernel"
        button.click(force=True)
    page.get_by_role("slider", name="Learning rate").press("ArrowRight")
    assert sent(page) == [{"type": "hello"}]
    # What a saved page says is not that it trains.
    assert "training" not in page.locator(".nbviz-state").inner_text()


def test_its_buttons_say_what_they_ask_for(bar, page):
    bar({**STATE, "status": "paused"})
    page.get_by_role("button", name="Train").click()
    page.get_by_role("button", name="Step one batch").click()
    page.get_by_role("combobox", name="Size of a step").select_option("epoch")
    page.get_by_role("button", name="Step one epoch").click()
    page.get_by_role("button", name="Reset").click()
    assert sent(page) == [
        {"type": "play"},
        {"type": "step", "value": "batch"},
        {"type": "step", "value": "epoch"},
        {"type": "reset"},
    ]
    set_from_python(page, {"state": STATE})
    page.get_by_role("button", name="Pause").click()
    assert sent(page)[-1] == {"type": "pause"}


def test_the_learning_rate_is_dragged_on_a_log_scale_and_typed(bar, page):
    bar()
    slider = page.get_by_role("slider", name="Learning rate")
    field = page.get_by_role("textbox")
    assert field.input_value() == "0.001"
    assert slider.get_attribute("aria-valuetext") == "0.001"
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.evaluate(
        """() => {
          window.times = [];
          window.sent.push = message => {
            window.times.push(performance.now());
            return Array.prototype.push.call(window.sent, message);
          };
        }"""
    )
    # 1e-6 to 10 are seven decades: 0.001 lies at 3 of 7.
    knob = box["x"] + 6 + (box["width"] - 12) * 3 / 7
    page.mouse.move(knob, middle)
    page.mouse.down()
    for part in range(1, 11):
        page.mouse.move(knob + part * (box["width"] - 12) / 70, middle)
    # While it is held, what Python says of before does not pull it back.
    set_from_python(page, {"state": {**STATE, "updates": 1201}})
    assert field.input_value() == "0.01"
    page.mouse.up()
    comes_to_send(page, {"type": "learning_rate", "value": 0.01})
    rates = [message["value"] for message in sent(page)]
    assert rates == sorted(rates)
    # ms; 60 are to lie between two, and the clock is read a little later.
    assert all(later - sooner > 50 for sooner, later in itertools.pairwise(page.evaluate("window.times")))
    field.fill("2e-5")
    field.press("Enter")
    assert sent(page)[-1] == {"type": "learning_rate", "value": 2e-5}
    count = len(sent(page))
    field.fill("fast")
    field.press("Enter")
    assert len(sent(page)) == count
    assert field.input_value() == "0.001"


def test_a_rate_that_follows_a_schedule_is_off_with_the_reason(bar, page):
    bar({**STATE, "fixed_rate": "the optimizer follows CosineDecay"})
    slider = page.get_by_role("slider", name="Learning rate")
    assert slider.get_attribute("title") == "the optimizer follows CosineDecay"
    slider.press("ArrowRight")
    assert not page.get_by_role("textbox").is_editable()
    assert sent(page) == []


def test_the_speed_goes_from_slow_motion_to_full(bar, page):
    shown = bar()
    assert "4.10 epochs/s" in shown.inner_text()
    slider = page.get_by_role("slider", name="Speed")
    assert slider.get_attribute("aria-valuetext") == "full"
    slider.press("Home")
    comes_to_send(page, {"type": "speed", "value": 0.5})
    slider.press("End")
    comes_to_send(page, {"type": "speed", "value": None})
    set_from_python(page, {"state": {**STATE, "speed": 5.0}})
    assert "5 updates/s" in shown.inner_text()


def test_the_batch_size_is_chosen_before_the_first_update_only(bar, page):
    bar({**STATE, "status": "ready", "updates": 0, "epoch": 0, "batch": 0})
    batch = page.get_by_role("combobox", name="Batch size")
    batch.select_option("64")
    assert sent(page) == [{"type": "batch_size", "value": 64}]
    set_from_python(page, {"state": STATE})
    assert batch.is_disabled()
    assert batch.get_attribute("title") == "Reset to change the batch size"


def test_status_and_health_are_said_as_text(bar, page):
    shown = bar({**STATE, "health": [{"kind": "dead", "text": "<i>a</i>: dead", "meaning": "x", "step": 1}]})
    assert re.search(r"training\s+epoch 60, batch 20 of 20", shown.inner_text())
    assert page.get_by_role("list", name="Health").get_by_role("listitem").all_inner_texts() == [
        "<i>a</i>: dead",
        "no NaN or inf",
    ]
    set_from_python(page, {"state": {**STATE, "status": "error", "error": "ValueError: <b>bad</b>"}})
    notice = page.locator(".nbviz-trainer .nbviz-notice")
    assert notice.inner_text() == "ValueError: <b>bad</b>"
    assert shown.locator("b, i:not(.nbviz-dot)").count() == 0
    set_from_python(page, {"state": STATE})
    assert not notice.is_visible()


def test_many_findings_leave_room_for_the_rest(bar, page):
    many = [{"kind": "nan", "text": f"layer_{i}: NaN", "meaning": "diverged", "step": i} for i in range(9)]
    bar({**STATE, "health": many, "checked": []})
    pills = page.get_by_role("list", name="Health").get_by_role("listitem")
    assert pills.all_inner_texts() == ["layer_0: NaN", "layer_1: NaN", "layer_2: NaN", "layer_3: NaN", "5 more"]
    assert pills.last.get_attribute("title") == "\n".join(f"layer_{i}: NaN" for i in range(4, 9))


def test_looking_back_offers_the_way_back_and_going_on_from_there(bar, page):
    shown = bar(shown_frame=880)
    assert "viewing epoch 44 of 60" in shown.inner_text()
    page.get_by_role("button", name="Go on from here").click()
    assert sent(page) == [{"type": "rewind", "value": 880}]
    page.get_by_role("button", name="Back to live").click()
    settle(page)
    assert page.evaluate("window.changes") == [{"shown_frame": None}]
    assert "viewing" not in shown.inner_text()
    set_from_python(page, {"shown_frame": 883})
    assert "viewing epoch 45 of 60, batch 3" in shown.inner_text()


def test_back_to_live_works_without_a_kernel(bar, page):
    bar(shown_frame=0, kernel=False)
    assert page.get_by_role("button", name="Go on from here").get_attribute("aria-disabled") == "true"
    page.get_by_role("button", name="Back to live").click()
    assert page.evaluate("window.changes") == [{"shown_frame": None}]


def test_the_change_by_one_row_is_a_table_with_apply_and_discard(bar, page):
    shown = bar({**STATE, "status": "paused", "preview": PREVIEW})
    text = shown.inner_text()
    assert "Row 354 of 640 alone, loss 1.77" in text
    assert "Σ|Δw| 0.08, 0.32 % of Σ|w|" in text
    assert "+0.1000 → +0.1010" in text
    assert "<img src=x>" in text
    assert "<b>a</b> → B" in text
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Apply").click()
    assert sent(page) == [{"type": "discard"}, {"type": "step", "value": "sample"}]
    set_from_python(page, {"state": STATE})
    assert not page.get_by_role("button", name="Apply").is_visible()
    assert page.evaluate("document.activeElement.innerText") == "Step"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [600, 900, 1280, 1600])
def test_nothing_is_cut_off_or_overlaps_at_any_width(bar, page, screenshots, width, theme):
    shown = bar({**STATE, "preview": PREVIEW}, shown_frame=883, width=width, theme=theme)
    page.screenshot(path=screenshots / f"trainer_{width}_{theme}.png")
    outside = page.evaluate(
        """() => {
          const root = document.querySelector(".nbviz-trainer").getBoundingClientRect();
          const parts = [...document.querySelectorAll(".nbviz-trainer :is(button, select, input, .nbviz-pill)")];
          const boxes = parts.map(part => part.getBoundingClientRect()).filter(box => box.width > 0);
          const out = boxes.filter(box => box.left < root.left + 15 || box.right > root.right - 15).length;
          const before = (a, b) => a.right <= b.left + 1 || a.bottom <= b.top;
          const apart = (a, b) => before(a, b) || before(b, a);
          return [out, boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => !apart(a, b))).length, boxes.length];
        }"""
    )
    assert outside[:2] == [0, 0]
    assert outside[2] >= 14
    clipped = page.evaluate(
        """() => ["position", "state-word", "limit", "viewing-words"]
          .map(part => document.querySelector(`.nbviz-${part}`))
          .filter(part => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1).length"""
    )
    assert clipped == 0
    if width >= 1280:
        assert shown.locator(".nbviz-controls").bounding_box()["height"] <= 45


MODEL = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, numpy as np, nbviz, threading
from nbviz.widgets.trainer.trainer import Trainer
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((6,), name="x"), keras.layers.Dense(24, activation="tanh", name="hidden"),
    keras.layers.Dense(3, activation="softmax", name="answer"),
])
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
random = np.random.default_rng(0)
x = random.normal(size=(640, 6)).astype("float32")
y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)
class Broken(keras.callbacks.Callback):
    raises = False
    def on_train_batch_end(self, batch, logs=None):
        if self.raises: raise RuntimeError("no space left")
broken = Broken()
diagram = nbviz.NetworkDiagram(model, x, feature_names=list("abcdef"), class_names=["low", "mid", "high"])
"""
MAKE = "trainer = Trainer(model, x, y, diagram=diagram, callbacks=[broken])"


def word(page, text):
    """Wait for a word of the status."""
    expect(page.locator(".nbviz-state-word").last).to_have_text(text)


def come_to_rest(page, place):
    """Wait until the bar shows a place, and until what follows from being there is done."""
    page.wait_for_function("place => document.body.innerText.includes(place)", arg=place)
    assert execute(page, "print(trainer.wait(60))") == "True\n"


@pytest.mark.slow
def test_in_jupyterlab_the_controls_work_while_no_cell_runs(notebook, screenshots):
    page = notebook([MODEL, "diagram", f"{MAKE}\ntrainer"])
    run_all(page)
    wait_until_run(page)
    word(page, "ready")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("() => /epoch \\d+, batch/.test(document.querySelector('.nbviz-position').textContent)")
    drawn = page.locator(".jp-OutputArea-output canvas").first
    drawn.scroll_into_view_if_needed()
    wait_for_change(page, drawn, screenshot(drawn), 0.0005)
    page.screenshot(path=screenshots / "trainer_in_jupyterlab.png")
    for _ in range(3):
        page.get_by_role("button", name="Pause", exact=True).evaluate("button => button.click()")
        word(page, "paused")
        at = execute(page, "print(trainer.updates, trainer.status)")
        let_pass(page, 30)
        assert execute(page, "print(trainer.updates, trainer.status)") == at
        assert at.endswith("paused\n")
        page.get_by_role("button", name="Train", exact=True).evaluate("button => button.click()")
        word(page, "training")
    # A cell that runs meanwhile sees it train.
    look = "import time; before, end = trainer.updates, time.monotonic() + 60\n"
    look += "while trainer.updates == before and time.monotonic() < end: time.sleep(0.05)\n"
    assert execute(page, f"{look}print(trainer.updates > before)") == "True\n"
    page.get_by_role("button", name="Reset", exact=True).click()
    word(page, "ready")
    position = page.locator(".nbviz-position").last
    page.get_by_role("button", name="Step one batch").click()
    come_to_rest(page, "epoch 1, batch 1 of 20")
    page.get_by_role("combobox", name="Size of a step").select_option("epoch")
    page.get_by_role("button", name="Step one epoch").click()
    come_to_rest(page, "epoch 1, batch 20 of 20")
    # Go on from the first batch: the same weights as then.
    steps = execute(page, "print([moment.step for moment in trainer.recording.moments])")
    assert re.fullmatch(r"\[0, 1, (\d+, )*20\]\n", steps)
    execute(page, "after = [w.copy() for w in model.get_weights()]; trainer.shown_frame = 1")
    page.get_by_role("button", name="Go on from here").click()
    come_to_rest(page, "epoch 1, batch 1 of 20")
    assert execute(page, "print(any((a == b).all() for a, b in zip(after, model.get_weights())))") == "False\n"
    page.get_by_role("button", name="Step one epoch").click()
    come_to_rest(page, "epoch 1, batch 20 of 20")
    assert execute(page, "print(all((a == b).all() for a, b in zip(after, model.get_weights())))") == "True\n"
    # The change by one row is shown, then made.
    page.get_by_role("combobox", name="Size of a step").select_option("sample")
    page.get_by_role("button", name="Step one sample").click()
    page.get_by_role("button", name="Apply").wait_for()
    page.screenshot(path=screenshots / "trainer_sample_in_jupyterlab.png")
    assert execute(page, "print(all((a == b).all() for a, b in zip(after, model.get_weights())))") == "True\n"
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Apply").wait_for(state="hidden")
    come_to_rest(page, "epoch 1, batch 20 of 20")
    assert execute(page, "print(all((a == b).all() for a, b in zip(after, model.get_weights())))") == "False\n"
    field = page.get_by_role("textbox", name="Learning rate, as a number").last
    field.fill("0.5")
    field.press("Enter")
    assert comes_to(page, "print(float(model.optimizer.learning_rate))", "0.5\n")
    # An exception in training.
    execute(page, "broken.raises = True")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("RuntimeError: no space left").wait_for()
    word(page, "stopped")
    page.screenshot(path=screenshots / "trainer_error_in_jupyterlab.png")
    assert execute(page, "print(np.isfinite(model.predict(x, verbose=0)).all())") == "True\n"
    execute(page, "broken.raises = False")
    page.get_by_role("button", name="Train", exact=True).click()
    word(page, "training")
    assert position.inner_text().startswith("epoch ")
    assert cell_errors(page) == []


@pytest.mark.slow
def test_in_jupyterlab_a_cell_that_is_run_ten_times_leaves_one_live_worker(notebook):
    page = notebook([MODEL, f"{MAKE}\ntrainer.play()\ntrainer"])
    run_all(page)
    wait_until_run(page)
    workers = "print(sum(t.name == 'nbviz trainer' for t in threading.enumerate()))"
    assert comes_to(page, workers, "1\n")
    first = int(execute(page, "print(threading.active_count())"))
    resident = (
        "import resource; print(int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize() // 2**20)"
    )
    used = []
    for _ in range(10):
        page.evaluate(
            """async () => {
              const panel = [...window.jupyterapp.shell.widgets("main")].find(widget => widget.sessionContext);
              panel.content.activeCellIndex = 1;
              const late = new Promise((_, no) => setTimeout(() => no(new Error("The cell has not ended.")), 120000));
              await Promise.race([window.jupyterapp.commands.execute("notebook:run-cell"), late]);
            }"""
        )
        wait_until_run(page)
        word(page, "training")
        assert comes_to(page, "print(trainer.updates > 20)", "True\n")
        used.append(int(execute(page, resident)))
        assert comes_to(page, workers, "1\n")
    # The diagram has short-lived ones of its own; one left behind by each run would make ten.
    assert comes_to(page, f"print(threading.active_count() <= {first + 4})", "True\n")
    # MB; once warm.
    assert used[-1] - used[3] < 60, used
    assert cell_errors(page) == []

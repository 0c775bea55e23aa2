"""Going back in time: the timeline beneath the network, and the importance matrix at recorded moments."""

import base64
from types import SimpleNamespace

import ipywidgets
import keras
import numpy as np
import pandas as pd
import pytest

import nbviz
from nbviz.attribution.table.importance import Importance
from nbviz.training.recording.recording import Recording
from nbviz.widgets.importance_matrix.importance_matrix import ImportanceMatrix
from nbviz.widgets.training_charts.training_chart import TrainingChart
from tests.recorded_run import RecordedRun

from .page import count_time_in_frames, rest, rest_with_figures, set_from_python, settle, show
from .picture import changed_share, colour_share, screenshot
from .recorded import compact, frame_parts, history_bytes, moment_wire

STEPS = [0, 10, 20, 25, 30, 60]
EVENTS = [
    {"step": 10, "kind": "health", "text": "5 of 16 units dead"},
    {"step": 30, "kind": "best", "text": "best validation"},
]
LOSSES = [None, 0.5, 0.25, 0.2, 0.125, 0.1]
BUTTON = "[aria-label='play the training']"


@pytest.fixture
def recorded():
    """Six moments of a network; in each the weights point another way, and "no" gets likelier."""
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(40, activation="relu", name="hidden"), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential([keras.Input((4,)), *layers])
    x = np.random.default_rng(1).normal(size=(50, 4)).astype("float32")
    diagram = nbviz.NetworkDiagram(model, x, feature_names=["a", "b", "c", "d"], class_names=["yes", "no"]).show(0)
    kernels = model.get_weights()
    frames = []
    for at in range(len(STEPS)):
        weights = [kernel * (1 if at % 2 else -1) * (0.5 + at / 10) for kernel in kernels]
        weights[-1] = np.array([0, at - 3], "float32")
        model.set_weights(weights)
        frames.append(bytes(diagram.update().frame))
    metrics = [{} if loss is None else {"loss": loss} for loss in LOSSES]
    diagram.history = history_bytes(diagram.network, frames, STEPS, events=EVENTS, metrics=metrics)
    return SimpleNamespace(diagram=diagram, frames=frames)


def slider(page):
    return page.locator("[role=slider]")


def viewing(page):
    return page.locator(".nbviz-viewing").inner_text()


def saved(page):
    """What the front end has saved as `shown_frame`, one after the other."""
    return [change["shown_frame"] for change in page.evaluate("window.changes") if "shown_frame" in change]


def stage(page):
    rest(page)
    return screenshot(page.locator(".nbviz-stage"))


def press(page, share):
    """Press the track at a share of its length, without letting go."""
    box = slider(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + 13)
    page.mouse.down()


def test_a_network_without_a_history_has_no_timeline(page, recorded, tmp_path):
    diagram = recorded.diagram
    history, diagram.history = diagram.history, b""
    show(page, diagram, tmp_path)
    assert slider(page).is_hidden()
    one = history_bytes(diagram.network, recorded.frames[:1], [0])
    set_from_python(page, {"history": one})
    assert slider(page).is_hidden()
    set_from_python(page, {"history": history})
    assert slider(page).is_visible()
    assert viewing(page) == "live · 6 moments kept"
    assert page.get_by_role("button", name="Back to live").count() == 0


def test_dragging_shows_the_network_as_it_was(page, recorded, tmp_path):
    show(page, recorded.diagram, tmp_path)
    live = stage(page)
    press(page, 0.95)
    box = slider(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.34, box["y"] + 40, steps=4)
    page.mouse.up()
    past = stage(page)
    assert viewing(page) == "viewing epoch 2 of 6"
    assert saved(page)[-1] == 20
    assert page.locator(".nbviz-status").inner_text().endswith("loss 0.25")
    assert changed_share(live, past) > 0.01
    # Half precision draws the same picture as the frame itself.
    set_from_python(page, {"shown_frame": None, "frame": recorded.frames[2]})
    assert changed_share(past, stage(page)) < 0.0005


def test_back_to_live_shows_the_newest_frame(page, recorded, tmp_path):
    show(page, recorded.diagram, tmp_path)
    set_from_python(page, {"shown_frame": 10})
    past = stage(page)
    set_from_python(page, {"frame": recorded.frames[0]})
    assert changed_share(past, stage(page)) == 0
    page.get_by_role("button", name="Back to live").click()
    assert saved(page) == [None]
    live = stage(page)
    set_from_python(page, {"shown_frame": 0})
    assert changed_share(live, stage(page)) < 0.0005
    assert changed_share(past, live) > 0.01


def test_a_step_between_two_moments_shows_the_earlier_one(page, recorded, tmp_path):
    show(page, recorded.diagram, tmp_path)
    for step, words in {24: "epoch 2", 25: "epoch 3, batch 5", 29: "epoch 3, batch 5", 99: "epoch 6"}.items():
        set_from_python(page, {"shown_frame": step})
        assert slider(page).get_attribute("aria-valuetext") == words
    set_from_python(page, {"shown_frame": 25})
    assert viewing(page) == "viewing epoch 3 of 6, batch 5"
    set_from_python(page, {"shown_frame": 0})
    assert viewing(page) == "viewing before training"


def test_keys_move_through_the_moments(page, recorded, tmp_path):
    show(page, recorded.diagram, tmp_path)
    slider(page).focus()
    for key in ("Home", "ArrowLeft", "ArrowRight", "ArrowUp", "End", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        settle(page)
    assert saved(page) == [0, 10, 20, 60, 30]
    assert slider(page).get_attribute("aria-valuenow") == "4"
    assert slider(page).get_attribute("aria-valuetext") == "epoch 3; best validation"
    # JupyterLab leaves keys to an element that says so.
    assert page.evaluate("document.activeElement.hasAttribute('data-lm-suppress-shortcuts')")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_passes_every_moment_and_stops_at_the_last(page, recorded, tmp_path, motion):
    count_time_in_frames(page)
    show(page, recorded.diagram, tmp_path)
    page.emulate_media(reduced_motion=motion)
    page.locator(BUTTON).click()
    assert page.get_by_role("button", name="pause").count() == 1
    page.wait_for_selector(BUTTON)
    assert saved(page) == STEPS
    assert viewing(page) == "viewing epoch 6 of 6"


def test_space_plays_and_pauses_and_whoever_goes_elsewhere_ends_it(page, recorded, tmp_path):
    count_time_in_frames(page)
    show(page, recorded.diagram, tmp_path)
    slider(page).focus()
    for _ in range(2):
        page.keyboard.press(" ")
        settle(page)
    assert page.locator(BUTTON).count() == 1
    count = len(saved(page))
    rest(page)
    assert len(saved(page)) == count
    page.locator(BUTTON).click()
    set_from_python(page, {"shown_frame": 25})
    rest(page)
    assert viewing(page) == "viewing epoch 3 of 6, batch 5"
    assert page.locator(BUTTON).count() == 1


def test_a_flag_goes_to_its_moment_and_its_words_are_text(page, recorded, tmp_path):
    diagram = recorded.diagram
    nasty = "<img src=x onerror='window.failure = 1'>"
    events = [*EVENTS, {"step": 60, "kind": "rate", "text": nasty}]
    diagram.history = history_bytes(diagram.network, recorded.frames, STEPS, events=events)
    show(page, diagram, tmp_path, width=1000)
    assert page.locator(".nbviz-track").inner_text().split("\n") == [event["text"] for event in events]
    page.get_by_text("best validation").click()
    settle(page)
    assert saved(page) == [30]
    page.get_by_title("5 of 16 units dead").click()
    settle(page)
    assert saved(page) == [30, 10]
    assert page.evaluate("window.failure") is None
    assert page.locator(".nbviz-track img").count() == 0


def test_many_moves_between_two_pictures_are_one_change(page, recorded, tmp_path):
    show(page, recorded.diagram, tmp_path)
    press(page, 0.9)
    settle(page)
    count = len(saved(page))
    page.evaluate("""() => {
        const track = document.querySelector("[role=slider]");
        const { left, width } = track.getBoundingClientRect();
        for (let at = 0; at <= 20; at += 1)
          track.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, clientX: left + width * (at / 40) }));
    }""")
    settle(page)
    page.mouse.up()
    assert len(saved(page)) == count + 1
    assert saved(page)[-1] == 30  # at half of 60 steps


def test_a_moment_that_comes_while_training_is_appended_and_a_missing_one_is_asked_for(page, recorded, tmp_path):
    diagram = recorded.diagram
    show(page, diagram, tmp_path)
    header, payload = frame_parts(recorded.frames[2])
    _, packed = compact(diagram.network["arrays"], payload)
    message = {"type": "moment", "moment": moment_wire(70, header, 10, loss=0.05), "count": 7}
    receive = """([message, payload]) => {
        window.model.receive(message, [window.from_wire({ payload: { base64: payload } }).payload]);
    }"""
    page.evaluate(receive, [message, base64.b64encode(packed).decode()])
    settle(page)
    assert viewing(page) == "live · 7 moments kept"
    slider(page).focus()
    page.keyboard.press("End")
    appended = stage(page)
    assert viewing(page) == "viewing epoch 7 of 7"
    set_from_python(page, {"shown_frame": 20})
    assert changed_share(appended, stage(page)) == 0
    for count in (9, 10):
        page.evaluate(receive, [{**message, "count": count}, base64.b64encode(packed).decode()])
    assert page.evaluate("window.sent.filter(({ type }) => type === 'history').length") == 1
    assert slider(page).get_attribute("aria-valuemax") == "6"


def test_numbers_are_those_of_the_moment_shown(page, recorded, tmp_path):
    diagram = recorded.diagram
    array = next(array for array in diagram.network["arrays"] if array["key"] == "layer/hidden/a")
    found = [np.frombuffer(frame_parts(recorded.frames[at])[1], "<f4", 40, array["offset"]) for at in (0, 5)]
    row = int(np.argmax(np.minimum(*found) + np.abs(found[0] - found[1])))
    layer = next(layer for layer in diagram.network["layers"] if layer["name"] == "hidden")
    show(page, diagram, tmp_path)
    set_from_python(page, {"selected_unit": diagram.unit_id("hidden", layer["candidates"][row])})
    told = []
    for step in (0, 60):
        set_from_python(page, {"shown_frame": step})
        told.append(page.locator(".nbviz-status-left").inner_text())
    for words, activations in zip(told, found, strict=True):
        # Half precision may turn the last digit.
        said = float(words.split("activation ")[1].split()[0].replace("\N{MINUS SIGN}", "-"))
        assert said == pytest.approx(activations[row], abs=0.006)
    assert told[0] != told[1]


def test_contributions_are_known_for_the_live_network_only(page, recorded, tmp_path):
    show(page, recorded.diagram, tmp_path)
    set_from_python(page, {"shown_frame": 20, "edge_meaning": "contribution", "selected_class": 1})
    rest(page)
    assert "known for the live network only: weights shown" in page.locator(".nbviz-status").inner_text()


@pytest.mark.parametrize("width", [400, 600, 700, 1280])
@pytest.mark.parametrize(("theme", "accent"), [("light", "#6b46c1"), ("dark", "#b49bff")])
def test_the_played_part_is_in_accent_at_every_width(page, recorded, tmp_path, screenshots, theme, accent, width):
    show(page, recorded.diagram, tmp_path, theme=theme, width=width)
    shares = []
    for step in (0, 30, 60):
        set_from_python(page, {"shown_frame": step})
        shares.append(colour_share(screenshot(slider(page)), accent, tolerance=8))
    page.screenshot(path=screenshots / f"timeline_{theme}_{width}.png")
    assert shares[0] < 0.5 * shares[1] < 0.4 * shares[2]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    timeline = page.locator(".nbviz-timeline").bounding_box()
    for part in (BUTTON, "[role=slider]", ".nbviz-viewing", "text=Back to live"):
        box = page.locator(part).bounding_box()
        assert timeline["x"] <= box["x"]
        assert box["x"] + box["width"] <= timeline["x"] + timeline["width"] + 1


def importance(strength):
    attrs = {"method": "expected_gradients", "output": "logit", "rows": 10, "head": "softmax"}
    return Importance(
        np.array(strength, float), None, pd.Index(["proline", "ash"]), pd.Index(["Barolo", "Barbera"]), attrs
    )


def names(page):
    rows = page.locator("[role=row]:has([role=rowheader])").all()
    return [
        row.locator("[role=rowheader]").inner_text() for row in sorted(rows, key=lambda row: row.bounding_box()["y"])
    ]


def numbers(page):
    cells = page.locator("[role=gridcell]:not([aria-label*='mean share'])").all()
    return {cell.get_attribute("aria-label").split(":")[0]: cell.inner_text() for cell in cells}


def test_the_matrix_shows_the_table_of_the_moment_and_its_rows_keep_their_places(page, tmp_path, screenshots):
    matrix = ImportanceMatrix(importance([[9, 9], [1, 1]]))
    matrix.set_history(
        [0, 60], [importance([[1, 2], [4, 3]]), importance([[3, 3], [1, 1]])], ["before training", "epoch 6"]
    )
    show(page, matrix, tmp_path, width=600)
    assert names(page) == ["proline", "ash"]
    assert numbers(page)["proline for Barolo"] == "0.90"
    set_from_python(page, {"shown_frame": 59})
    # Ash is the stronger one here, and stays below.
    assert names(page) == ["proline", "ash"]
    assert numbers(page) == {
        "proline for Barolo": "0.20",
        "proline for Barbera": "0.40",
        "ash for Barolo": "0.80",
        "ash for Barbera": "0.60",
    }
    assert "before training" in page.locator(".nbviz-matrix-title").inner_text()
    set_from_python(page, {"shown_frame": 60})
    assert numbers(page)["proline for Barolo"] == "0.75"
    assert "at epoch 6" in page.locator(".nbviz-matrix-title").inner_text()
    page.screenshot(path=screenshots / "matrix_at_a_moment.png")
    set_from_python(page, {"shown_frame": None})
    assert numbers(page)["proline for Barolo"] == "0.90"
    assert page.locator(".nbviz-matrix-title").inner_text() == "Importance by class"


def test_rows_are_sorted_by_the_moment_shown_when_asked_to(page, tmp_path):
    matrix = ImportanceMatrix(importance([[9, 9], [1, 1]]))
    matrix.set_history([0], [importance([[1, 2], [4, 3]])])
    show(page, matrix, tmp_path, width=600)
    set_from_python(page, {"shown_frame": 0})
    page.locator("[role=columnheader][aria-label='Barbera']").click()
    rest(page)
    assert names(page) == ["ash", "proline"]


def test_a_table_that_was_not_recorded_says_that_it_is_of_now(page, tmp_path):
    matrix = ImportanceMatrix(importance([[9, 9], [1, 1]]))
    show(page, matrix, tmp_path, width=600)
    set_from_python(page, {"shown_frame": 0})
    assert "now: not recorded over time" in page.locator(".nbviz-matrix-title").inner_text()


def test_the_timeline_and_the_curves_beneath_it_have_one_axis(page, recorded, tmp_path):
    chart = TrainingChart(RecordedRun(6, steps_per_epoch=10))  # 60 steps, as the moments of the diagram
    path = nbviz.save_html(ipywidgets.VBox([recorded.diagram, chart]), tmp_path / "page.html")
    for width in (640, 1200):
        page.set_viewport_size({"width": width, "height": 1300})
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-drawn=true]")
        rest_with_figures(page)
        track = page.locator(".nbviz-track").bounding_box()
        plots = [plot.bounding_box() for plot in page.locator(".nbviz-curves .plotarea_background").all()]
        assert len(plots) == 2
        for box in plots:
            assert box["x"] == pytest.approx(track["x"], abs=1.5)
            assert box["width"] == pytest.approx(track["width"], abs=1.5)
        # Epoch 3 of 6 is in the middle of both.
        mark = page.locator(".nbviz-mark-best").first.bounding_box()
        assert mark["x"] + mark["width"] / 2 == pytest.approx(track["x"] + track["width"] / 2, abs=1.5)
    chart.close()


def test_a_saved_page_plays_without_a_kernel(page, recorded, tmp_path, screenshots):
    count_time_in_frames(page)
    path = nbviz.save_html(recorded.diagram, tmp_path / "page.html", title="Recorded")
    page.set_viewport_size({"width": 1000, "height": 700})
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn=true]")
    rest(page)
    slider(page).press("Home")
    start = stage(page)
    assert viewing(page) == "viewing before training"
    page.evaluate("""() => {
        const words = document.querySelector(".nbviz-viewing");
        window.viewed = [];
        const kept = () => window.viewed.push(words.textContent);
        new MutationObserver(kept).observe(words, { childList: true, characterData: true, subtree: true });
    }""")
    page.locator(BUTTON).click()
    page.wait_for_selector(BUTTON)
    words = ["epoch 1 of 6", "epoch 2 of 6", "epoch 3 of 6, batch 5", "epoch 3 of 6", "epoch 6 of 6"]
    assert page.evaluate("window.viewed") == [f"viewing {moment}" for moment in words]
    assert changed_share(start, stage(page)) > 0.01
    page.screenshot(path=screenshots / "timeline_in_a_page.png")
    page.get_by_role("button", name="Back to live").click()
    settle(page)
    assert viewing(page) == "live · 6 moments kept"


def test_a_recorded_run_is_shown_as_it_was_drawn_then(page, tmp_path):
    keras.utils.set_random_seed(2)
    layers = [keras.layers.Dense(24, activation="relu"), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    x = np.random.default_rng(2).normal(size=(40, 3)).astype("float32")
    diagram = nbviz.NetworkDiagram(model, x)
    first = bytes(diagram.frame)
    recording = Recording(model, x, diagram=diagram, every_batches=5)
    diagram.show_history(recording)
    model.fit(x, (x[:, 0] > 0).astype(int), batch_size=8, epochs=4, callbacks=[recording.callback()], verbose=0)
    diagram.show_history(recording)
    show(page, diagram, tmp_path)
    set_from_python(page, {"shown_frame": 0})
    past = stage(page)
    assert viewing(page) == "viewing before training"
    set_from_python(page, {"shown_frame": 20})
    assert viewing(page) == "viewing epoch 4 of 4"
    assert "loss" in page.locator(".nbviz-status").inner_text()
    assert changed_share(past, stage(page)) > 0.005
    set_from_python(page, {"shown_frame": None, "frame": first})
    assert changed_share(past, stage(page)) < 0.0005

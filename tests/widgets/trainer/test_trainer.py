"""`Trainer`: what its controls do to the model, and what it says of it; without a browser."""

import threading
import time

import keras
import numpy as np
import pytest
import traitlets
from ipywidgets.widgets.widget import _instances

import nbviz
from nbviz.training.loop.command_loop import THREAD_NAME
from nbviz.training.model_state import ModelState
from nbviz.training.recording.recording import Recording
from nbviz.widgets.trainer.trainer import Trainer

ROWS = 64
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(ROWS, 6)).astype("float32")
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
PATIENCE = 60  # s, for a machine that does other things as well


def build(optimizer=None):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, "relu", name="hidden"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(3, "softmax", name="answer"),
        ]
    )
    model.compile(optimizer or keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def trainers():
    """Makes trainers, 4 batches an epoch, and ends them."""
    made = []

    def make(model=None, x=X, y=Y, **given):
        made.append(Trainer(model or build(), x, y, **{"batch_size": 16} | given))
        return made[-1]

    yield make
    for trainer in made:
        trainer.close()


def everything(model):
    state = ModelState.take(model)
    return [*state.variables.values(), *(state.optimizer or {}).values()]


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))


def threads():
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class Held(keras.callbacks.Callback):
    """Holds the training at a batch, of `hook`, until it is let go."""

    def __init__(self, hook, batch):
        super().__init__()
        self.seen, self.batch = [], batch
        self.reached, self.go = threading.Event(), threading.Event()
        setattr(self, hook, self.hold)

    def hold(self, batch, logs=None):
        self.seen.append(batch)
        if len(self.seen) == self.batch:
            self.reached.set()
            assert self.go.wait(PATIENCE)


def done(trainer):
    assert trainer.wait(PATIENCE)
    return trainer


def test_play_trains_until_pause_and_goes_on_where_it_was(trainers):
    trainer = trainers()
    before = trainer.recording.model.get_weights()
    trainer.play()
    until(lambda: trainer.updates > 20)
    assert trainer.status == "training"
    trainer.pause()
    done(trainer)
    assert trainer.status == "paused"
    at = trainer.updates
    assert not same(before, trainer.recording.model.get_weights())
    time.sleep(0.05)
    assert trainer.updates == at
    trainer.play()
    until(lambda: trainer.updates > at)


def test_pause_waits_for_the_batch_under_way_and_no_longer(trainers):
    held = Held("on_train_batch_end", 22)
    trainer = trainers(validation_data=(X, Y), callbacks=[held])
    trainer.play()
    assert held.reached.wait(PATIENCE)
    trainer.pause()
    held.go.set()
    done(trainer)
    assert trainer.status == "paused"
    assert trainer.updates == len(held.seen) == 22


def test_a_long_validation_can_be_paused_gone_on_with_and_left(trainers):
    held = Held("on_test_batch_end", 3)
    seen = held.seen
    held.on_epoch_end = lambda epoch, logs=None: seen.append("epoch")
    x, y = np.tile(X, (10, 1)), np.tile(Y, 10)
    trainer = trainers(validation_data=(x, y), callbacks=[held])
    trainer.step("epoch")
    assert held.reached.wait(PATIENCE)
    trainer.pause()
    held.go.set()
    done(trainer)
    assert trainer.status == "paused"
    assert len(seen) == 3
    time.sleep(0.1)
    assert len(seen) == 3
    trainer.step("epoch")
    done(trainer)
    assert seen == [*range(40), "epoch"]
    # A reset does not wait for the end of it.
    held.batch = 44
    held.reached.clear()
    held.go.clear()
    trainer.step("epoch")
    assert held.reached.wait(PATIENCE)
    trainer.reset()
    held.go.set()
    done(trainer)
    assert trainer.status == "ready"
    assert len(seen) == 44


def test_steps_of_a_batch_and_of_an_epoch(trainers):
    trainer = trainers()
    for what, place in [("batch", (1, 1)), ("batch", (1, 2)), ("epoch", (1, 4)), ("epoch", (2, 4)), ("batch", (3, 1))]:
        trainer.step(what)
        done(trainer)
        assert (trainer.epoch, trainer.batch, trainer.status) == (*place, "paused")
    with pytest.raises(ValueError, match=r"'batch', 'epoch', 'sample'.*'row'"):
        trainer.step("row")


def test_of_quick_presses_each_counts(trainers):
    trainer = trainers()
    for what in ("epoch", "batch", "epoch", "batch"):
        trainer.step(what)
    done(trainer)
    assert trainer.updates == 9
    trainer.play()
    trainer.step("batch")
    done(trainer)
    assert trainer.status == "paused"


def test_the_change_by_one_row_is_shown_before_it_is_made(trainers):
    model = build(keras.optimizers.SGD(0.5))
    trainer = trainers(model, diagram=nbviz.NetworkDiagram(model, X, feature_names=list("abcdef")))
    trainer.step("batch")
    done(trainer)
    before = everything(model)
    kernels = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    trainer.step("sample")
    done(trainer)
    assert same(before, everything(model))
    preview = trainer.state["preview"]
    trainer.step("sample")
    done(trainer)
    assert trainer.state["preview"] is None
    assert trainer.updates == 1
    for layer in preview["layers"]:
        deltas = [
            new - old
            for old, new in zip(kernels[layer["layer"]], model.get_layer(layer["layer"]).get_weights(), strict=True)
        ]
        assert layer["change"] == pytest.approx(sum(np.abs(delta).sum() for delta in deltas), rel=1e-4)
        assert abs(layer["after"] - layer["before"]) == pytest.approx(max(np.abs(d).max() for d in deltas), rel=1e-3)
        assert layer["change"] > 0
    source = preview["layers"][0]["largest"].split(" → ")[0]
    assert source in "abcdef" or source.startswith("bias of ")


def test_a_preview_that_is_discarded_changes_nothing(trainers):
    trainer = trainers()
    before = everything(trainer.recording.model)
    trainer.step("sample")
    done(trainer)
    assert trainer.state["preview"] is not None
    trainer._receive(trainer, {"type": "discard"}, [])
    done(trainer)
    assert trainer.state["preview"] is None
    assert same(before[:4], everything(trainer.recording.model)[:4])
    assert (trainer.status, trainer.updates) == ("ready", 0)


def test_reset_gives_the_first_state_back_bitwise_and_callbacks_begin_anew(trainers):
    class Counting(keras.callbacks.Callback):
        begun = ended = 0

        def on_train_begin(self, logs=None):
            self.begun += 1

        def on_train_end(self, logs=None):
            self.ended += 1

    model, counting = build(), Counting()
    model.fit(X, Y, verbose=0)
    before = everything(model)
    trainer = trainers(model, callbacks=[counting])
    trainer.step("epoch")
    done(trainer)
    once = everything(model)
    trainer.reset()
    done(trainer)
    assert (trainer.status, trainer.updates, trainer.epoch) == ("ready", 0, 0)
    assert same(before, everything(model))
    trainer.step("epoch")
    done(trainer)
    assert same(once, everything(model))
    assert (counting.begun, counting.ended) == (2, 1)


def test_rewind_is_exact_and_training_on_gives_the_same_model_again(trainers):
    model = build()
    recording = Recording(model, X, Y, every_batches=3)
    trainer = trainers(model, recording=recording, epochs=5)
    trainer.play()
    done(trainer)
    assert (trainer.status, trainer.updates) == ("finished", 20)
    end = everything(model)
    moment = recording.moment_at(9)
    assert 0 < moment.step < 20
    trainer.shown_frame = moment.step
    trainer.rewind(moment.step)
    done(trainer)
    now = ModelState.take(model)
    assert all(np.array_equal(now.variables[path], value) for path, value in moment.state.variables.items())
    assert trainer.updates == moment.step == recording.step
    assert trainer.shown_frame is None
    trainer.play()
    done(trainer)
    assert (trainer.status, trainer.updates) == ("finished", 20)
    assert same(end, everything(model))


def test_a_rewind_of_the_recording_itself_is_followed(trainers):
    model = build()
    recording = Recording(model, X, Y, every_batches=1)
    trainer = trainers(model, recording=recording)
    for _ in range(2):
        trainer.step("epoch")
    done(trainer)
    end = everything(model)
    recording.rewind([moment.step for moment in recording.moments].index(4))
    trainer.step("epoch")
    done(trainer)
    assert trainer.updates == 8
    assert same(end, everything(model))


def test_a_new_learning_rate_holds_from_the_next_update_and_stays_after_reset(trainers):
    model = build(keras.optimizers.SGD(0.1))
    trainer = trainers(model)
    trainer.learning_rate = 1e-30
    trainer.step("batch")
    done(trainer)
    before = model.get_weights()
    trainer.step("batch")
    done(trainer)
    assert all(np.allclose(a, b, atol=1e-20) for a, b in zip(before, model.get_weights(), strict=True))
    trainer.learning_rate = 0.25
    done(trainer)
    assert float(model.optimizer.learning_rate) == trainer.state["learning_rate"] == 0.25
    trainer.reset()
    done(trainer)
    assert float(model.optimizer.learning_rate) == 0.25
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(traitlets.TraitError, match="above 0"):
            trainer.learning_rate = wrong


def test_a_rate_that_a_callback_changes_is_shown(trainers):
    plateau = keras.callbacks.ReduceLROnPlateau("loss", patience=1, factor=0.5, min_delta=10)
    trainer = trainers(callbacks=[plateau], epochs=4)
    trainer.play()
    done(trainer)
    assert trainer.learning_rate < 0.01
    assert trainer.learning_rate == trainer.state["learning_rate"]


def test_the_rate_of_a_schedule_cannot_be_changed_and_the_reason_is_told(trainers):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    trainer = trainers(build(keras.optimizers.SGD(schedule)))
    assert "ExponentialDecay" in trainer.state["fixed_rate"]
    with pytest.raises(traitlets.TraitError, match="ExponentialDecay"):
        trainer.learning_rate = 0.5
    first = trainer.learning_rate
    trainer.step("epoch")
    done(trainer)
    assert trainer.learning_rate < first


def test_slow_motion_keeps_to_its_speed(trainers):
    times = []
    clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: times.append(time.monotonic()))
    trainer = trainers(callbacks=[clock])
    trainer.step("batch")
    done(trainer)
    trainer.speed = 20
    trainer.play()
    until(lambda: trainer.updates > 20)
    trainer.pause()
    done(trainer)
    # The first one comes at once; a batch that took longer may be followed sooner.
    assert len(times) - 3 <= 20 * (times[-1] - times[1])
    trainer.speed = None
    done(trainer)
    assert trainer.state["speed"] is None


def test_an_exception_in_training_is_shown_and_the_model_can_be_used_and_trained(trainers):
    class Broken(keras.callbacks.Callback):
        raises = True

        def on_train_batch_end(self, batch, logs=None):
            if self.raises and batch == 2:
                raise RuntimeError("no space <b>left</b>")

    model, broken = build(), Broken()
    trainer = trainers(model, callbacks=[broken])
    trainer.play()
    done(trainer)
    assert trainer.status == "error"
    assert trainer.error == trainer.state["error"] == "RuntimeError: no space <b>left</b>"
    assert isinstance(trainer.exception, RuntimeError)
    assert trainer.exception.__traceback__ is not None
    assert np.isfinite(model.predict(X, verbose=0)).all()
    broken.raises = False
    trainer.step("epoch")
    done(trainer)
    assert (trainer.status, trainer.error, trainer.updates) == ("paused", None, 4)


def test_a_loss_that_is_not_finite_pauses_at_its_batch_and_the_way_back_is_open(trainers):
    model = build(keras.optimizers.SGD(0.1))
    trainer = trainers(model)
    for _ in range(2):
        trainer.step("epoch")
    done(trainer)
    good = everything(model)
    step = trainer.updates
    trainer.learning_rate = 3e38
    trainer.play()
    done(trainer)
    assert trainer.status == "paused"
    assert trainer.error.startswith(
        ("The loss is NaN since epoch 3, batch", "The loss is infinite since epoch 3, batch")
    )
    told = trainer.error
    trainer.step("batch")
    done(trainer)
    assert trainer.error.split(":")[0].split("since")[1] == told.split(":")[0].split("since")[1]
    assert any(finding["kind"] == "nan" for finding in trainer.state["health"])
    assert "no NaN or inf" not in trainer.state["checked"]
    trainer.rewind(step)
    done(trainer)
    assert trainer.error is None
    assert trainer.state["health"] == []
    assert same(good, everything(model))


def test_the_epochs_end_the_run_and_playing_on_adds_as_many(trainers):
    ended = []
    trainer = trainers(epochs=2, callbacks=[keras.callbacks.LambdaCallback(on_train_end=lambda logs: ended.append(1))])
    trainer.play()
    done(trainer)
    assert (trainer.status, trainer.epoch, trainer.batch, ended) == ("finished", 2, 4, [1])
    trainer.play()
    done(trainer)
    assert (trainer.status, trainer.epoch, ended) == ("finished", 4, [1, 1])


def test_stop_rules_end_the_run(trainers):
    wrong = (Y + 1) % 3
    trainer = trainers(validation_data=(X, wrong), stop={"monitor": "val_loss", "patience": 2})
    trainer.play()
    done(trainer)
    assert trainer.status == "finished"
    assert trainer.state["note"] == "val_loss has not improved for 2 epochs"
    seen = []

    def enough(logs):
        seen.append(logs["loss"])
        return len(seen) == 3

    trainer = trainers(stop=enough)
    trainer.play()
    done(trainer)
    assert (trainer.status, trainer.epoch, trainer.state["note"]) == ("finished", 3, "the stop rule is met")
    with pytest.raises(ValueError, match=r"validation_data.*'val_loss'"):
        trainers(stop={"monitor": "val_loss"})
    with pytest.raises(TypeError, match="Expected stop"):
        trainers(stop=3)


def test_stop_ends_the_run_for_the_callbacks(trainers):
    ended = []
    trainer = trainers(callbacks=[keras.callbacks.LambdaCallback(on_train_end=lambda logs: ended.append(1))])
    trainer.stop()
    done(trainer)
    assert trainer.status == "ready"
    trainer.play()
    until(lambda: trainer.updates > 0)
    trainer.stop()
    done(trainer)
    assert (trainer.status, ended) == ("finished", [1])


def test_a_trainer_takes_the_place_of_the_one_before_and_one_thread_is_left(trainers):
    model = build()
    made = [trainers(model) for _ in range(3)]
    made.append(trainers(model))
    for trainer in made:
        trainer.play()
    for _ in range(10):
        made.append(trainers(model))
        made[-1].play()
        until(lambda last=made[-1]: last.updates > 0)
        assert len(threads()) == 1
    old = made[0]
    assert old.state["closed"]
    assert "newer trainer" in old.state["note"]
    assert old.recording is None
    assert old._driver is None
    made[-1].close()
    assert threads() == []


def test_trainers_that_were_replaced_keep_no_widgets_open_beside_themselves(trainers):
    model = build()
    first = trainers(model)
    first.step("batch")
    done(first)
    before = len(_instances)
    for _ in range(3):
        trainers(model).step("batch")
    done(trainers(model))
    # Of each trainer itself and its layout, which its cell may still show.
    assert len(_instances) <= before + 4 * 2 + 2


def test_a_thread_lives_only_while_there_is_something_to_do(trainers):
    trainer = trainers()
    assert threads() == []
    trainer.step("batch")
    done(trainer)
    until(lambda: threads() == [])


def test_the_same_cell_run_again_ends_its_trainer_of_another_model(trainers, monkeypatch):
    cell = ["a", "first run"]
    monkeypatch.setattr("nbviz.training.loop.active_drivers.running_cell", lambda: tuple(cell))
    first, beside = trainers(), trainers()
    first.play()
    assert not first.state["closed"]
    cell[1] = "second run"
    trainers()
    until(lambda: first.state["closed"] and beside.state["closed"])
    assert "its cell was run again" in first.state["note"]
    cell[:] = ["b", "third run"]
    assert not trainers().state["closed"]


def test_messages_of_the_browser_do_what_the_methods_do(trainers):
    trainer = trainers()
    for message in (
        {"type": "batch_size", "value": 32},
        {"type": "step", "value": "epoch"},
        {"type": "learning_rate", "value": 0.5},
        {"type": "speed", "value": 100},
    ):
        trainer._receive(trainer, message, [])
    done(trainer)
    assert (trainer.updates, trainer.steps_per_epoch) == (2, 2)
    assert (trainer.learning_rate, trainer.speed) == (0.5, 100)
    before = dict(trainer.state)
    for wrong in (
        {"type": "step", "value": "row"},
        {"type": "learning_rate", "value": "x"},
        {"type": "rewind", "value": None},
        {"type": "retire"},
        {"type": "__init__"},
        {},
    ):
        trainer._receive(trainer, wrong, [])
    done(trainer)
    assert trainer.state == before
    trainer._receive(trainer, {"type": "speed", "value": None}, [])
    trainer._receive(trainer, {"type": "reset"}, [])
    done(trainer)
    assert (trainer.speed, trainer.status) == (None, "ready")


def test_the_batch_size_can_be_changed_before_the_first_update_only(trainers):
    trainer = trainers()
    trainer.step("batch")
    done(trainer)
    trainer._receive(trainer, {"type": "batch_size", "value": 8}, [])
    done(trainer)
    assert trainer.status == "error"
    assert "before the first update" in trainer.error
    trainer.reset()
    trainer._receive(trainer, {"type": "batch_size", "value": 8}, [])
    trainer.step("epoch")
    done(trainer)
    assert (trainer.error, trainer.updates, trainer.steps_per_epoch) == (None, 8, 8)


def test_without_a_recording_it_trains_and_there_is_nothing_to_go_back_to(trainers):
    trainer = trainers(recording=False)
    trainer.step("epoch")
    done(trainer)
    assert trainer.updates == 4
    assert not trainer.state["recorded"]
    with pytest.raises(ValueError, match="Expected a recording"):
        trainer.rewind(0)
    trainer.reset()
    done(trainer)
    assert trainer.status == "ready"


def test_a_diagram_shows_the_weights_at_rest(trainers):
    model = build()
    diagram = nbviz.NetworkDiagram(model, X)
    trainer = trainers(model, diagram=diagram)
    before = diagram.frame
    trainer.step("epoch")
    done(trainer)
    shown = diagram.frame
    assert shown != before
    assert b'"epoch":1' in shown.replace(b" ", b"")


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"y": np.eye(3)[Y]}, ValueError, "fits the loss"),
        ({"y": Y[:-1]}, ValueError, "same number of rows"),
        ({"epochs": 0}, ValueError, "epochs as a whole number of at least 1"),
        ({"recording": "other"}, ValueError, "recording of the model that is trained"),
    ],
)
def test_bad_input_leaves_the_model_and_its_trainer_alone(trainers, given, error, words):
    model = build()
    before = everything(model)
    working = trainers(model)
    if given.get("recording") == "other":
        given = {"recording": Recording(build())}
    with pytest.raises(error, match=words):
        trainers(model, **given)
    assert same(before, everything(model))
    working.step("batch")
    done(working)
    assert working.updates == 1


def test_a_recording_of_another_batch_size_is_refused(trainers):
    model = build()
    recording = Recording(model, X, Y)
    model.fit(X, Y, batch_size=32, verbose=0, callbacks=[recording.callback()])
    with pytest.raises(ValueError, match=r"epochs of 4 batches\. Received one of 2"):
        trainers(model, recording=recording)
    trainer = trainers(model, recording=recording, batch_size=32)
    trainer.step("batch")
    done(trainer)
    assert (trainer.updates, trainer.epoch, trainer.batch) == (3, 2, 1)
    assert [moment.step for moment in recording.moments][-1] == 3


def test_a_trainer_that_is_only_made_leaves_metrics_as_fit_left_them(trainers):
    model = build()
    model.fit(X, Y, verbose=0)
    before = [variable.numpy() for metric in model.metrics for variable in metric.variables]
    assert any(value.any() for value in before)
    trainers(model)
    after = [variable.numpy() for metric in model.metrics for variable in metric.variables]
    assert same(before, after)


class FailsIn(keras.callbacks.Callback):
    """Raises in one hook, for as long as it is told to."""

    def __init__(self, hook):
        super().__init__()
        self.on = True
        setattr(self, hook, self.fail)

    def fail(self, *_, **__):
        if self.on:
            raise RuntimeError("broken")


@pytest.mark.parametrize(
    "hook", ["on_train_begin", "on_epoch_begin", "on_train_batch_end", "on_epoch_end", "on_train_end"]
)
def test_after_an_error_every_command_is_answered(trainers, hook):
    failing = FailsIn(hook)
    model = build()
    trainer = trainers(model, callbacks=[failing], epochs=1)
    start = model.get_weights()
    told = []
    trainer.observe(lambda change: told.append(change.new["status"]), "state")
    commands = (
        trainer.play, trainer.step, lambda: trainer.step("epoch"), lambda: trainer.step("sample"), trainer.pause,
        trainer.stop, lambda: trainer.rewind(0), trainer.play, trainer.reset,
    )  # fmt: skip
    for command in commands:
        before = len(told)
        command()
        assert trainer.wait(PATIENCE)
        assert trainer.status != "training"
        if command not in (trainer.pause, trainer.stop):  # at rest there is nothing to pause or to stop
            assert len(told) > before
    failing.on = False
    trainer.reset()
    done(trainer)
    assert (trainer.status, trainer.error, trainer.updates) == ("ready", None, 0)
    assert same(start, model.get_weights())
    trainer.play()
    done(trainer)
    assert (trainer.status, trainer.error, trainer.updates) == ("finished", None, 4)


def test_vectors_in_the_logs_several_rates_and_faults_of_the_recording_are_trained_with(trainers):
    parts = [keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.01)]
    model = build(keras.optimizers.MultiOptimizer(lambda variable: parts[variable.shape[-1] == 3]))
    model.compile(model.optimizer, "categorical_crossentropy", metrics=[keras.metrics.F1Score()])
    answers = np.eye(3, dtype="float32")[Y]
    trainer = trainers(model, y=answers, validation_data=(X, answers), epochs=1)
    trainer.play()
    done(trainer)
    assert (trainer.status, trainer.error, trainer.updates) == ("finished", None, 4)
    assert trainer.state["fixed_rate"].startswith("the optimizer has several learning rates")
    expected = model.evaluate(X, answers, verbose=0, return_dict=True)["f1_score"]
    own = trainer.recording.metrics[[f"val_f1_score[{place}]" for place in range(3)]].to_numpy()[0]
    np.testing.assert_allclose(own, expected, rtol=1e-6)
    trainer.recording.fail("The recording has stopped: out of room.")
    trainer.reset()
    done(trainer)
    assert trainer.state["note"] == "The recording has stopped: out of room."


def test_a_rewind_by_hand_moves_the_trainer_and_drops_what_was_to_be_applied(trainers):
    trainer = trainers(epochs=3)
    trainer.step("epoch")
    assert trainer.wait(PATIENCE)
    trainer.step("sample")
    assert trainer.wait(PATIENCE)
    assert trainer.state["preview"] is not None
    moment = trainer.recording.rewind(0)
    assert trainer.wait(PATIENCE)
    assert (trainer.updates, trainer.epoch, trainer.state["preview"]) == (moment.step, 0, None)
    assert trainer.status == "paused"


def test_a_fit_that_the_recording_watched_moves_the_trainer(trainers):
    trainer = trainers(epochs=3)
    trainer.step("batch")
    assert trainer.wait(PATIENCE)
    model, before = trainer.recording.model, trainer.updates
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0, callbacks=[trainer.recording.callback()])
    assert trainer.wait(PATIENCE)
    assert trainer.updates == trainer.recording.step == before + 2 * trainer.steps_per_epoch

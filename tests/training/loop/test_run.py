"""`TrainingRun` does what `fit` does: the same weights, logs and calls of callbacks, from any place in the run."""

import keras
import numpy as np
import pandas as pd
import pytest

from nbviz.training.loop.run import TrainingRun
from nbviz.training.model_state import ModelState

ROWS = 50
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(ROWS, 6))
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
HELD_OUT = (X[:20], Y[:20])


def build(loss="sparse_categorical_crossentropy", units=3, metrics=("accuracy",), optimizer=None, **compiled):
    """With batch normalization and dropout, whose state changes as well."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(units, "softmax" if units > 1 else None),
        ]
    )
    model.compile(optimizer or keras.optimizers.Adam(0.01), loss, metrics=list(metrics), **compiled)
    return model


def everything(model):
    state = ModelState.take(model)
    # Automatic names count the models of the session.
    return [*state.variables.values(), *(state.optimizer or {}).values()]


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))


def epochs(run, count):
    """What the last batch of each epoch returned."""
    return [[run.step_batch() for _ in range(run.steps_per_epoch)][-1] for _ in range(count)]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"validation_data": HELD_OUT},
        {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}},
        {"sample_weight": np.linspace(0.1, 2, ROWS), "validation_data": (*HELD_OUT, np.linspace(0, 1, 20))},
    ],
    ids=["plain", "validation", "class weights", "sample weights"],
)
def test_in_the_same_order_weights_optimizer_and_logs_are_those_of_fit_bitwise(given):
    fitted, driven = build(), build()
    history = fitted.fit(X, Y, batch_size=16, epochs=3, shuffle=False, verbose=0, **given).history
    logs = epochs(TrainingRun(driven, X, Y, batch_size=16, shuffle=False, **given), 3)
    assert same(everything(fitted), everything(driven))
    assert [sorted(log) for log in logs] == [sorted(history)] * 3
    assert all(log[name] == history[name][epoch] for epoch, log in enumerate(logs) for name in log)


def test_an_averaging_optimizer_takes_its_averages_at_the_end_as_in_fit():
    models = [build(optimizer=keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5)) for _ in range(2)]
    models[0].fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    run = TrainingRun(models[1], X, Y, batch_size=16, shuffle=False)
    epochs(run, 2)
    before = models[1].get_weights()
    run.end()
    assert not same(before, models[1].get_weights())
    assert same(models[0].get_weights(), models[1].get_weights())


def test_metrics_that_are_no_means_run_over_the_epoch_as_in_fit():
    answer = (Y > 0).astype("float32")
    fitted, driven = (build("binary_crossentropy", 1, ["AUC"]) for _ in range(2))
    expected = fitted.fit(X, answer, batch_size=16, epochs=2, shuffle=False, verbose=0).history
    logs = epochs(TrainingRun(driven, X, answer, batch_size=16, shuffle=False), 2)
    assert [next(v for k, v in log.items() if k.lower().startswith("auc")) for log in logs] == next(
        values for name, values in expected.items() if name.lower().startswith("auc")
    )


class Diary(keras.callbacks.Callback):
    """Writes down every call."""

    def __init__(self):
        super().__init__()
        self.calls = []


def _note(hook):
    def call(self, *arguments, **named):
        found = [*arguments, *named.values()]
        logs = sorted(found[-1]) if found and isinstance(found[-1], dict) else None
        self.calls.append((hook, *[item for item in found if isinstance(item, int)], logs or None))

    return call


for _hook in ("train", "epoch", "train_batch", "test", "test_batch"):
    for _edge in ("begin", "end"):
        setattr(Diary, f"on_{_hook}_{_edge}", _note(f"on_{_hook}_{_edge}"))


def test_callbacks_are_called_as_fit_calls_them():
    fitted, driven = Diary(), Diary()
    build().fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0, validation_data=HELD_OUT, callbacks=[fitted])
    run = TrainingRun(build(), X, Y, batch_size=16, validation_data=HELD_OUT, callbacks=[driven])
    epochs(run, 2)
    run.end()
    run.end()
    assert driven.calls == fitted.calls
    # Each epoch: itself, 4 batches, the validation and its 2 batches; around them the run. All begin and end.
    assert len(fitted.calls) == 2 * (2 * (1 + 4 + 1 + 2) + 1)
    assert driven.params["steps"] == fitted.params["steps"] == 4


def test_early_stopping_reduced_rates_and_checkpoints_do_what_they_do_in_fit(tmp_path):
    def callbacks(name):
        return [
            keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True),
            keras.callbacks.ReduceLROnPlateau("loss", patience=1, factor=0.5, min_delta=10),
            keras.callbacks.ModelCheckpoint(str(tmp_path / f"{name}.keras"), save_best_only=True),
        ]

    # Validation answers are wrong, so that it gets worse soon.
    wrong = (X[:20], (Y[:20] + 1) % 3)
    fitted, driven = build(), build()
    history = fitted.fit(
        X, Y, batch_size=16, epochs=30, shuffle=False, verbose=0, validation_data=wrong, callbacks=callbacks("fit")
    ).history
    run = TrainingRun(driven, X, Y, batch_size=16, shuffle=False, validation_data=wrong, callbacks=callbacks("run"))
    while not run.stopped:
        run.step_batch()
    assert 1 < len(history["loss"]) < 30
    assert run.epoch == len(history["loss"])
    assert same(fitted.get_weights(), driven.get_weights())
    assert float(driven.optimizer.learning_rate) == float(fitted.optimizer.learning_rate) < 0.01
    saved = [keras.models.load_model(tmp_path / f"{name}.keras").get_weights() for name in ("fit", "run")]
    assert same(*saved)


def test_each_epoch_has_an_order_of_its_own_that_the_seed_gives():
    runs = [TrainingRun(build(), X, Y, batch_size=16, seed=seed) for seed in (1, 1, 2)]
    orders = [[np.concatenate([run.batch_rows(4 * e + b) for b in range(4)]) for e in range(2)] for run in runs]
    assert all(sorted(order) == list(range(ROWS)) for run in orders for order in run)
    assert np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0][0], orders[0][1])
    assert not np.array_equal(orders[0][0], orders[2][0])


@pytest.mark.parametrize("back_to", [0, 4, 6])
def test_from_a_state_put_back_the_same_updates_give_bitwise_the_same_model(back_to):
    model = build()
    run = TrainingRun(model, X, Y, batch_size=16)
    states = {}
    for step in range(12):
        states[step] = ModelState.take(model)
        run.step_batch()
    end = everything(model)
    states[back_to].put(model)
    run.go_to(back_to)
    assert run.step == back_to
    for _ in range(12 - back_to):
        run.step_batch()
    assert same(everything(model), end)


def test_places_are_counted_as_fit_prints_them():
    run = TrainingRun(build(), X, Y, batch_size=16)
    seen = [(run.epoch, run.batch)]
    for _ in range(5):
        run.step_batch()
        seen.append((run.epoch, run.batch))
    assert run.steps_per_epoch == 4
    assert seen == [(0, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 1)]


def test_data_smaller_than_a_batch_are_one_short_batch():
    model = build()
    run = TrainingRun(model, X[:5], Y[:5], batch_size=64)
    before = model.get_weights()
    assert np.isfinite(run.step_batch()["loss"])
    assert (run.steps_per_epoch, run.epoch, run.batch) == (1, 1, 1)
    assert not same(before, model.get_weights())


def test_an_exception_of_a_callback_loses_no_update_and_training_goes_on():
    class Broken(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                raise RuntimeError("disk full")

    plain, model = build(), build()
    run = TrainingRun(model, X, Y, batch_size=16, shuffle=False, callbacks=[Broken()])
    run.step_batch()
    with pytest.raises(RuntimeError, match="disk full"):
        run.step_batch()
    assert run.step == 2
    run.step_batch()
    run.step_batch()
    plain.fit(X, Y, batch_size=16, shuffle=False, verbose=0)
    assert same(plain.get_weights(), model.get_weights())


def test_an_update_by_one_row_leaves_place_and_metrics_of_the_run():
    model, other = build(), build()
    run, twin = (TrainingRun(m, X, Y, batch_size=16) for m in (model, other))
    for _ in range(2):
        run.step_batch()
        twin.step_batch()
    before = ModelState.take(model)
    weights = model.get_weights()
    logs = run.train_on_row(7)
    assert not same(weights, model.get_weights())
    assert run.step == 2
    assert np.isfinite(logs["loss"])
    before.put(model)
    assert run.step_batch() == twin.step_batch()


def test_several_inputs_and_outputs_are_trained_as_by_fit():
    def two():
        keras.utils.set_random_seed(0)
        a, b = keras.Input((2,), name="a"), keras.Input((4,), name="b")
        joined = keras.layers.Concatenate()([a, b])
        model = keras.Model([a, b], [keras.layers.Dense(3, name="kind")(joined), keras.layers.Dense(1, name="size")(a)])
        losses = [keras.losses.SparseCategoricalCrossentropy(from_logits=True), "mse"]
        model.compile("sgd", losses)
        return model

    x, y = [X[:, :2], X[:, 2:]], [Y, X[:, 0]]
    weight = np.linspace(0.5, 1.5, ROWS)
    fitted, driven = two(), two()
    history = fitted.fit(x, y, batch_size=16, shuffle=False, verbose=0, epochs=2, sample_weight=weight).history
    logs = epochs(TrainingRun(driven, x, y, batch_size=16, shuffle=False, sample_weight=weight), 2)
    assert same(fitted.get_weights(), driven.get_weights())
    assert [log["loss"] for log in logs] == history["loss"]


def no_weights():
    model = build()
    model.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def uncompiled():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])


ONE_HOT = np.eye(3)[Y]


@pytest.mark.parametrize(
    ("model", "x", "y", "given", "error", "words"),
    [
        (uncompiled, X, Y, {}, ValueError, r"Expected a compiled model.*model\.compile\(optimizer, loss\)"),
        (no_weights, X, Y, {}, ValueError, "trainable weights.*has none"),
        (build, X, ONE_HOT, {}, ValueError, r"fits the loss 'sparse_categorical_crossentropy'.*\(n, 3\)"),
        (build, X, Y + 1, {}, ValueError, "fits the loss"),
        (lambda: build("categorical_crossentropy"), X, Y, {}, ValueError, "sparse_categorical_crossentropy"),
        (lambda: build("mse", 1), X, ONE_HOT, {}, ValueError, r"output of shape \(n, 1\).*y of shape \(n, 3\)"),
        (build, X[:, :4], Y, {}, ValueError, r"fits the model.*\(n, 4\)"),
        (build, X, Y[:-1], {}, ValueError, "same number of rows.*x: 50, y: 49"),
        (build, X[:0], Y[:0], {}, ValueError, "at least one row"),
        (build, X, Y.astype(str), {}, TypeError, "y as numbers"),
        (build, X, None, {}, ValueError, "fits the loss.*Received None"),
        (build, (row for row in X), Y, {}, TypeError, "x as arrays.*generator"),
        (build, X, Y, {"batch_size": 0}, ValueError, "batch_size of at least 1"),
        (build, X, Y, {"sample_weight": np.ones(ROWS), "class_weight": {0: 1}}, ValueError, "Received both"),
        (build, X, Y, {"sample_weight": np.ones(3)}, ValueError, "sample_weight: 3"),
        (build, X, Y, {"validation_data": X}, TypeError, r"validation_data as \(x, y\)"),
        (build, X, Y, {"validation_data": (X, ONE_HOT)}, ValueError, "y of validation_data that fits the loss"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_clear_words_and_the_model_stays_as_it_was(model, x, y, given, error, words):
    model = model()
    before = [np.array(value) for value in everything(model)]
    with pytest.raises(error, match=words):
        TrainingRun(model, x, y, **given)
    assert same(before, everything(model))


def test_getting_ready_changes_nothing_of_the_model():
    model = build()
    before = everything(model)
    TrainingRun(model, X, Y, validation_data=HELD_OUT)
    assert same(before, everything(model))
    assert not model.optimizer.built


def test_columns_of_validation_data_are_those_of_the_same_name_in_what_is_trained_on():
    table = pd.DataFrame(X, columns=list("abcdef"))
    mixed = table[list("fbdcea")]
    logs = [
        TrainingRun(build(), table, Y, validation_data=(held_out, Y), shuffle=False)
        for held_out in (table.to_numpy(), mixed)
    ]
    first, second = ([*run._validation.take(slice(None))] for run in logs)
    assert same(first[:2], second[:2])
    with pytest.raises(ValueError, match=r"columns of validation_data named 'a', 'b', .*Received none of 'a', and 'q'"):
        TrainingRun(build(), table, Y, validation_data=(mixed.rename(columns={"a": "q"}), Y))

"""A fit that is watched and recorded gives what it gives alone, bit for bit; whatever is in its logs."""

from __future__ import annotations

import random
import threading
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from nbviz import NetworkDiagram, Recording, TrainingChart

X = np.random.default_rng(0).normal(size=(22, 4)).astype("float32")
Y = np.eye(3, dtype="float32")[np.random.default_rng(1).integers(0, 3, 22)]


def _several() -> keras.Optimizer:
    parts = [keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.01)]
    return keras.optimizers.MultiOptimizer(lambda variable: parts[variable.shape[-1] == 3])


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.01),
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
    "averages": lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5),
    "accumulated": lambda: keras.optimizers.SGD(0.05, gradient_accumulation_steps=2),
    "scheduled": lambda: keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)),
    "a function": lambda: keras.optimizers.SGD(lambda: 0.05),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)),
    "several": _several,
}
METRICS = {
    "none": list,
    "accuracy": lambda: ["accuracy"],
    "vector": lambda: [keras.metrics.F1Score(), "mae"],
    "matrix": lambda: [keras.metrics.AUC(name="auc"), keras.metrics.F1Score(average="macro")],
}
ODD = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.floats(width=32),
    st.integers(-(10**20), 10**20),
    st.booleans(),
    st.lists(st.floats(-1, 1), max_size=3),
    st.dictionaries(st.text(max_size=3), st.floats(-1, 1), max_size=2),
    st.sampled_from([np.zeros((2, 2)), np.zeros(3), np.float16(2), np.array(None), b"x", 1j, object, np.zeros(2000)]),
)


class OddLogs(keras.callbacks.Callback):
    """Puts things into the logs, as callbacks of the user's do."""

    def __init__(self, odd: dict[str, Any]) -> None:
        """What to put there."""
        super().__init__()
        self.odd = odd

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Put it there."""
        logs.update(self.odd)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put it there."""
        logs.update(self.odd)


class Halve(keras.callbacks.Callback):
    """Changes the weights at the very end."""

    def on_train_end(self, logs: Any = None) -> None:
        """Halve them."""
        self.model.set_weights([array / 2 for array in self.model.get_weights()])


CALLBACKS = {
    "early": lambda: keras.callbacks.EarlyStopping("loss", mode="max", patience=1, restore_best_weights=True),
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau("loss", patience=1, factor=0.5, min_delta=10.0),
    "halve": Halve,
    "nan": keras.callbacks.TerminateOnNaN,
}
RUNS = st.fixed_dictionaries(
    {
        "optimizer": st.sampled_from(sorted(OPTIMIZERS)),
        "metrics": st.sampled_from(sorted(METRICS)),
        "together": st.sampled_from([1, 1, 2, 5]),
        "eager": st.booleans(),
        "epochs": st.integers(1, 3),
        "validated": st.booleans(),
        "weighted": st.booleans(),
        "callbacks": st.lists(st.sampled_from(sorted(CALLBACKS)), unique=True, max_size=2),
        "place": st.integers(0, 2),  # of ours among them
        "odd": st.dictionaries(st.text(max_size=4) | st.sampled_from(["step", "epoch", "loss "]), ODD, max_size=3),
        "recording": st.fixed_dictionaries(
            {"every_batches": st.sampled_from([None, 1, 3]), "optimizer_state": st.booleans()}
        ),
        "rows": st.sampled_from(["none", "x", "x and y"]),
    }
)


def compiled(run: dict[str, Any]) -> keras.Model:
    """With dropout and batch normalization, whose state changes as well."""
    keras.utils.set_random_seed(3)
    layers = [
        keras.Input((4,)),
        keras.layers.Dense(5, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential(layers, name="m")
    options = {} if run["eager"] else {"steps_per_execution": run["together"]}
    model.compile(
        OPTIMIZERS[run["optimizer"]](),
        "categorical_crossentropy",
        metrics=METRICS[run["metrics"]](),
        run_eagerly=run["eager"],
        **options,
    )
    return model


def fitted(run: dict[str, Any], model: keras.Model, ours: list[Any]) -> dict[str, Any]:
    """All that a fit leaves behind."""
    others = [CALLBACKS[name]() for name in run["callbacks"] if name != "plateau" or _has_rate(model)]
    callbacks = [OddLogs(run["odd"]), *others]
    callbacks[run["place"] : run["place"]] = ours
    history = model.fit(
        X, Y, batch_size=6, epochs=run["epochs"], verbose=0, callbacks=callbacks,
        validation_data=(X[:9], Y[:9]) if run["validated"] else None,
        class_weight={0: 1.0, 1: 2.0, 2: 0.5} if run["weighted"] else None,
    ).history  # fmt: skip
    return {
        "weights": [variable.numpy().tobytes() for variable in model.variables],
        "optimizer": [variable.numpy().tobytes() for variable in model.optimizer.variables],
        "metrics": [variable.numpy().tobytes() for metric in model.metrics for variable in metric.variables],
        "history": {name: repr(values) for name, values in history.items()},
        "attributes": sorted(vars(model)),
        "random": [random.random(), float(np.random.random()), keras.random.uniform((2,)).numpy().tolist()],
    }


def _has_rate(model: keras.Model) -> bool:
    # ReduceLROnPlateau wants one that can be set.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    return not hasattr(optimizer, "optimizers") and isinstance(optimizer._learning_rate, keras.Variable)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The recording leaves out:RuntimeWarning")
@seed(0)
@settings(
    max_examples=30, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)  # without shrinking, which takes minutes
@given(RUNS)
def test_a_watched_fit_gives_bitwise_what_it_gives_alone(run: dict[str, Any]) -> None:
    failed, before = [], threading.excepthook
    threading.excepthook = failed.append
    try:
        alone = fitted(run, compiled(run), [])
        model = compiled(run)
        diagram = NetworkDiagram(model, X)
        data = {"none": (), "x": (X,), "x and y": (X, Y)}[run["rows"]]
        recording = Recording(model, *data, **run["recording"])
        chart = TrainingChart(recording)
        live, callback = diagram.live(), recording.callback()
        watched = fitted(run, model, [live, callback])
    finally:
        threading.excepthook = before
    assert {name for name in alone if alone[name] != watched[name]} == set()
    assert (live.fault, callback.fault, recording.fault, failed) == (None, None, None, [])
    assert diagram.progress.training is recording.training is False
    # What is told of it is true.
    epochs = len(alone["history"]["loss"].split(","))
    assert recording.step == recording.moments[-1].step == 4 * epochs
    assert recording.metrics["epoch"].tolist() == list(range(1, epochs + 1))
    assert [len(recording.metrics[name]) for name in recording.metrics] == [epochs] * recording.metrics.shape[1]
    assert recording.moments[-1].state.is_of(model)
    chart.refresh()
    chart.close()
    diagram.close()

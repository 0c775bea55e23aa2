"""What the trainer costs, as ratios measured in one run: `python tests/benchmarks/trainer.py`.

Rounds of the sides alternate, since the machines are shared and noisy.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import nbviz
from nbviz.widgets.trainer.trainer import Trainer

ROUNDS = 9
EPOCHS = 2
ROWS = 16_000


def mlp() -> keras.Model:
    """20-256-256-256-3, compiled."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(256, activation="relu") for _ in range(3)]
    model = keras.Sequential([keras.Input((20,)), *layers, keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def seconds(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and CPU time of a piece of work."""
    began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began[0], time.process_time() - began[1]


def train(trainer: Trainer) -> None:
    """`EPOCHS` epochs at full speed."""
    trainer.play()
    if not trainer.wait(600) or trainer.status != "finished":
        raise RuntimeError(f"Expected the run to finish. Received {trainer!r}: {trainer.error}")


def main() -> dict[str, float]:
    """Throughput of a Trainer over that of fit, batch 32, and how fast it pauses while training."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(ROWS, 20)).astype("float32"), random.integers(0, 3, ROWS)
    plain = mlp()
    shown_model = mlp()
    shown = Trainer(shown_model, x, y, epochs=EPOCHS, diagram=nbviz.NetworkDiagram(shown_model, x[:200]))
    sides = {
        "alone": Trainer(mlp(), x, y, epochs=EPOCHS, recording=False),
        "with a recording": Trainer(mlp(), x, y, epochs=EPOCHS),
        "with a recording and a diagram": shown,
    }

    def fit() -> None:
        plain.fit(x, y, batch_size=32, epochs=EPOCHS, verbose=0)

    fit()
    for trainer in sides.values():
        train(trainer)
    ratios: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, trainer in sides.items():
            # Each beside a fit of its own: what else the machine does changes within seconds.
            (wall, cpu), (own_wall, own_cpu) = seconds(fit), seconds(partial(train, trainer))
            ratios.setdefault(f"Trainer / fit, {name}", []).append(wall / own_wall)
            ratios.setdefault(f"the same by CPU time, {name}", []).append(cpu / own_cpu)
    waits = []
    for _ in range(10):
        shown.wait(60)
        shown.play()
        time.sleep(0.3)
        waits.append(seconds(partial(pause, shown))[0])
    results = {name: statistics.median(found) for name, found in ratios.items()}
    return results | {"s to pause, median": statistics.median(waits), "s to pause, longest": max(waits)}


def pause(trainer: Trainer) -> None:
    """Pause, and wait until no more batches are trained."""
    trainer.pause()
    while trainer.status == "training":
        time.sleep(0.001)


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in main().items()}, indent=2))

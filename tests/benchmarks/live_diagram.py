"""What the diagram costs, as ratios measured in one run: `python tests/benchmarks/live_diagram.py`.

Rounds of the two sides of each ratio alternate, since the machines are shared and noisy.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import nbviz
from nbviz.picture.frame import Progress

ROUNDS = 5


def mlp(*units: int) -> keras.Model:
    """A compiled relu network with 3 softmax classes, units[0] inputs."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(count, activation="relu") for count in units[1:]]
    model = keras.Sequential([keras.Input((units[0],)), *layers, keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def alternate(*sides: Callable[[], float]) -> list[list[float]]:
    """The results of each side over the rounds, after one round of warming up."""
    for side in sides:
        side()
    rounds = [[side() for side in sides] for _ in range(ROUNDS)]
    return [list(column) for column in zip(*rounds, strict=True)]


def live_share() -> dict[str, float]:
    """CPU time spent inside the callback over CPU time of fit, 20-256-256-256-3 at batch 32."""
    model = mlp(20, 256, 256, 256)
    random = np.random.default_rng(0)
    x, y = random.normal(size=(16_000, 20)).astype("float32"), random.integers(0, 3, 16_000)
    diagram = nbviz.NetworkDiagram(model, x[:200])
    inside = [0.0, 0]
    publish = diagram.publish

    def measured(progress: Progress) -> None:
        began = time.thread_time()
        publish(progress)
        inside[0] += time.thread_time() - began
        inside[1] += 1

    diagram.publish = measured  # type: ignore[method-assign]

    def plain() -> float:
        began = time.process_time()
        model.fit(x, y, batch_size=32, epochs=4, verbose=0)
        return time.process_time() - began

    def live() -> float:
        inside[:] = [0.0, 0]
        began = time.perf_counter()
        model.fit(x, y, batch_size=32, epochs=4, verbose=0, callbacks=[diagram.live()])
        pictures.append(inside[1] / (time.perf_counter() - began))
        return inside[0]

    pictures: list[float] = []
    without, within = alternate(plain, live)
    return {
        "CPU in .live() / CPU of fit": statistics.median(within) / statistics.median(without),
        "pictures a second": statistics.median(pictures),
    }


def update_growth() -> dict[str, float]:
    """Python time of one live update at 1.07 M weights over that at 137 k."""
    small, large = mlp(20, 256, 256, 256), mlp(20, 724, 724, 724)
    x = np.random.default_rng(0).normal(size=(200, 20)).astype("float32")
    diagrams = [nbviz.NetworkDiagram(model, x) for model in (small, large)]

    def update(diagram: nbviz.NetworkDiagram) -> Callable[[], float]:
        def run() -> float:
            began = time.perf_counter()
            for _ in range(20):
                diagram.publish(Progress(True, 1, 1, 1.0))
            return time.perf_counter() - began

        return run

    times = alternate(*(update(diagram) for diagram in diagrams))
    return {
        "weights, large": large.count_params(),
        "update at 1.07 M / at 137 k": statistics.median(times[1]) / statistics.median(times[0]),
        "ms an update at 137 k": statistics.median(times[0]) / 20 * 1000,
        "frame bytes / float32 weights": len(diagrams[0].frame) / (4 * small.count_params()),
    }


def import_time() -> dict[str, float]:
    """Seconds that `import nbviz` adds to `import ipywidgets`."""

    def seconds(code: str) -> Callable[[], float]:
        def run() -> float:
            program = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
            answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
            return float(answer.stdout)

        return run

    alone, both = alternate(seconds("import ipywidgets"), seconds("import ipywidgets, nbviz"))
    return {"import nbviz adds, s": statistics.median(both) - statistics.median(alone)}


if __name__ == "__main__":
    results: dict[str, float] = {}
    for benchmark in (live_share, update_growth, import_time):
        results |= benchmark()
    print(json.dumps({name: round(value, 4) for name, value in results.items()}, indent=2))

"""What a refresh of `WeightHistograms` costs, in training steps: `python -P tests/benchmarks/histograms.py`.

The model has 137 k weights (20-256-256-256-3), a step takes 1,024 rows, a refresh draws one new moment beside the
fifteen before it and sends what has changed. Both are timed in turns, so that a busy machine slows both.
"""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from nbviz.training.recording.recording import Recording
from nbviz.widgets.training_charts.training_chart import TrainingChart
from nbviz.widgets.training_charts.weight_histograms import WeightHistograms

ROWS, ROUNDS = 1024, 40


def main() -> None:
    """Print milliseconds and ratios."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(256, "relu") for _ in range(3)]
    model = keras.Sequential([keras.Input((20,)), *layers, keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(ROWS, 20)).astype("float32"), rng.integers(0, 3, ROWS)
    recording = Recording(model, x, y, every_batches=1)
    model.fit(x, y, batch_size=ROWS, epochs=20, verbose=0, callbacks=[recording.callback()])
    histograms, chart = WeightHistograms(recording), TrainingChart(recording)
    for widget in (histograms, chart):
        widget._throttle.stop()  # only what is timed here is drawn
    times: dict[str, list[float]] = {"step": [], "histograms": [], "bands": [], "chart": []}

    def timed(name: str, job: object) -> None:
        begun = time.perf_counter()
        job()  # type: ignore[operator]
        times[name].append(time.perf_counter() - begun)

    for _ in range(ROUNDS):
        timed("step", lambda: model.train_on_batch(x, y))
        recording.capture()
        histograms.view = "ridges"
        histograms._known.pop(recording.moments[-1], None)
        timed("histograms", histograms.refresh)
        timed("chart", chart.refresh)
        timed("step", lambda: model.train_on_batch(x, y))
        histograms.view = "bands"
        histograms._known.pop(recording.moments[-1], None)
        timed("bands", histograms.refresh)
    median = {name: 1000 * statistics.median(values[5:]) for name, values in times.items()}
    print(f"{model.count_params():,} weights, {len(recording.moments)} moments")
    for name, value in median.items():
        print(f"{name:>10} {value:7.2f} ms   {value / median['step']:.2f} of a step")


if __name__ == "__main__":
    main()

"""What each method of importance costs, as ratios to one forward and one backward pass a class.

`python tests/benchmarks/attribution_cost.py [rows ...]`, from the repository's top folder. B, the floor, is written
here without nbviz: a compiled function, batches of 1,024, a persistent tape, one backward pass a class. Every timing
of a method stands between two of B, since the machines are shared and noisy; the ratio is the median over rounds.
The first call of each method, which compiles, is timed apart. Slow ones get fewer rows, scaled up; the table says so.

For the rows of SHAP: `pip install shap`, for this benchmark only.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import nbviz

ROWS = (1_000, 10_000)
ROUNDS = 5
BATCH = 1024
FEATURES, CLASSES = 20, 3
Ask = Callable[[np.ndarray], object]


@dataclass(frozen=True, slots=True)
class Side:
    """One line of the table.

    Attributes:
        name: What is measured.
        ask: Does it for rows.
        target: The ratio it should stay below, None where there is none.
        most_rows: More than these it does not get: the time is scaled up.
        over: The side it is compared with instead of B.
    """

    name: str
    ask: Ask
    target: float | None = None
    most_rows: int | None = None
    over: str | None = None


def network() -> keras.Model:
    """20-256-256-256-3, relu, dropout, softmax."""
    keras.utils.set_random_seed(0)
    hidden = [layer for _ in range(3) for layer in (keras.layers.Dense(256, "relu"), keras.layers.Dropout(0.3))]
    return keras.Sequential([keras.Input((FEATURES,)), *hidden, keras.layers.Dense(CLASSES, "softmax")])


def with_linear_head(model: keras.Model) -> keras.Model:
    """The same network up to its logits."""
    inputs = keras.Input((FEATURES,))
    flow = inputs
    for layer in model.layers[:-1]:
        flow = layer(flow)
    head = keras.layers.Dense(CLASSES)
    logits = keras.Model(inputs, head(flow))
    head.set_weights(model.layers[-1].get_weights())
    return logits


def floor(model: keras.Model) -> Ask:
    """B: gradients of the centred logits, (rows, features) for each class."""
    kernels = [(layer.kernel.value, layer.bias.value) for layer in model.layers if hasattr(layer, "kernel")]

    @tf.function(input_signature=[tf.TensorSpec((None, FEATURES), tf.float32)])
    def gradients(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(x)
            flow = x
            for kernel, bias in kernels[:-1]:
                flow = tf.nn.relu(flow @ kernel + bias)
            logits = flow @ kernels[-1][0] + kernels[-1][1]
            columns = tf.unstack(logits - tf.reduce_mean(logits, axis=-1, keepdims=True), axis=-1)
        return [tape.gradient(column, x) for column in columns]

    def run(x: np.ndarray) -> object:
        return [[part.numpy() for part in gradients(x[at : at + BATCH])] for at in range(0, len(x), BATCH)]

    return run


def sides(model: keras.Model, background: np.ndarray) -> list[Side]:
    """All that is measured, B apart."""

    def by(method: str, **options: object) -> Ask:
        return lambda x: nbviz.importance(model, x, method=method, **options)

    found = [
        Side("gradient", by("gradient"), 1.3),
        Side("gradient_x_input", by("gradient_x_input"), 1.3),
        Side("integrated_gradients, 50 steps", by("integrated_gradients", steps=50), 60),
        Side("expected_gradients, 50 evaluations", by("expected_gradients"), 60),
        Side("smoothgrad, 50 evaluations", by("smoothgrad"), 60),
        Side("deeplift", by("deeplift"), 2),
        Side("lrp", by("lrp")),
        Side("ablation", by("ablation"), 7),
        Side("column_shuffle, 5 repeats", by("column_shuffle")),
        Side("shapley, 50 orders", by("shapley"), most_rows=1_000),
        Side("connection_weights", by("connection_weights")),
    ]
    if hasattr(nbviz, "layer_importance"):
        every_layer = nbviz.layer_importance
        found += [
            Side("layer_importance, every layer", lambda x: every_layer(model, x)),
            Side("  over gradient_x_input", lambda x: every_layer(model, x), 1.5, over="gradient_x_input"),
        ]
    return found + shap_sides(with_linear_head(model), background)


def shap_sides(logits: keras.Model, background: np.ndarray) -> list[Side]:
    """SHAP's GradientExplainer on the logits, or nothing where it is not installed."""
    try:
        import shap
    except ImportError:
        return []
    explainer = shap.GradientExplainer(logits, background)

    def of(samples: int) -> Ask:
        return lambda x: explainer.shap_values(x, nsamples=samples, rseed=0)

    return [
        Side("SHAP GradientExplainer, 50 samples", of(50), most_rows=50),
        Side("SHAP GradientExplainer, 200 samples", of(200), most_rows=25),
    ]


def seconds(ask: Ask, x: np.ndarray) -> float:
    """What one call takes."""
    began = time.perf_counter()
    ask(x)
    return time.perf_counter() - began


def median_ratio(side: Side, below: Ask, x: np.ndarray) -> tuple[float, float]:
    """Median over rounds of (time of the side) / (time of what it is compared with), and the seconds of the side."""
    few = x[: side.most_rows]
    scale = len(x) / len(few)
    ratios, times = [], []
    slow = seconds(side.ask, few) > 3
    for _ in range(2 if slow else ROUNDS):
        # Several of a quick one, so that no single hiccup decides.
        before = [seconds(below, x) for _ in range(3)]
        taken = statistics.median(seconds(side.ask, few) for _ in range(1 if slow else 3))
        after = [seconds(below, x) for _ in range(3)]
        ratios.append(scale * taken / statistics.median(before + after))
        times.append(scale * taken)
    return statistics.median(ratios), statistics.median(times)


def main() -> None:
    """Print the table."""
    model = network()
    random = np.random.default_rng(0)
    counts = [int(count) for count in sys.argv[1:]] or list(ROWS)
    data = {count: random.normal(size=(count, FEATURES)).astype(np.float32) for count in counts}
    base = floor(model)
    base(data[counts[0]])
    found = sides(model, data[counts[0]][:100])
    compiling = {side.name: seconds(side.ask, data[counts[0]][: side.most_rows]) for side in found}
    asked = {side.name: side.ask for side in found}
    b = {count: statistics.median(seconds(base, x) for _ in range(9)) for count, x in data.items()}
    print("B: " + ", ".join(f"{1000 * b[count]:.1f} ms for {count:,} rows" for count in counts))
    print(f"{'ratio to B':36}" + "".join(f"{count:>10,}" for count in counts) + "   target  first call, s")
    for side in found:
        ratios = [median_ratio(side, asked[side.over] if side.over else base, x)[0] for x in data.values()]
        line = f"{side.name:36}" + "".join(f"{ratio:10.2f}" for ratio in ratios)
        line += f"{'' if side.target is None else f'<= {side.target:g}':>9}{compiling[side.name]:16.2f}"
        if side.target is not None:
            line += "   " + ("met" if max(ratios) <= side.target else "MISSED")
        if side.most_rows and side.most_rows < max(counts):
            line += f"   (of {side.most_rows} rows, scaled up)"
        print(line, flush=True)
    for name in ("layer_importance", "shap"):
        if not any(name in side.name.lower() for side in found):
            print(f"{name}: not there, skipped")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    with contextlib.redirect_stderr(io.StringIO()):  # progress bars
        main()

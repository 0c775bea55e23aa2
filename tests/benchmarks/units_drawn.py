"""What the units drawn carry of the paths that are asked for: `python tests/benchmarks/units_drawn.py [MODEL.h5]`.

Of every feature and every class, over a few samples: the share of a path, signs aside, that runs through the 16 units
drawn of each hidden layer, by flows in float64 numpy. Beside the best that 16 units could carry stand the units drawn
for the path, and those that are drawn where nothing is asked, ranked by contribution and by weight. MODEL: one of
20-256-256-256-3; by default the one of the tests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
from keras import Input, Sequential, layers
from sklearn.datasets import load_digits

from nbviz import NetworkDiagram
from nbviz.widgets.network_diagram.edge_explanations import EdgeQuestion
from tests.path_flows import best, path_flows

FIXTURE = Path(__file__).parents[1] / "fixtures" / "tf212_mlp_20_256_256_256_3.h5"
ROWS, FEATURES = 60, 24  # rows of x; features looked at, where each takes an explanation of its own


def nets() -> Iterator[tuple[str, keras.Model, np.ndarray]]:
    """(name, trained model, rows)."""
    numbers = np.random.default_rng(0)
    path = sys.argv[1] if len(sys.argv) > 1 else FIXTURE
    yield "20-256-256-256-3", keras.models.load_model(path), numbers.uniform(0, 1, (ROWS, 20)).astype("float32")
    digits = load_digits()
    small = (digits.images / 16).astype("float32")
    # As large as those of MNIST: three pixels for one, and a margin.
    large = np.pad(np.kron(small, np.ones((1, 3, 3))), ((0, 0), (2, 2), (2, 2))).astype("float32")
    for name, hidden, images in (("digits 64-48-10", 48, small), ("784-512-10", 512, large)):
        keras.utils.set_random_seed(0)
        x = images.reshape(len(images), -1)
        model = Sequential([Input((x.shape[1],)), layers.Dense(hidden, "relu"), layers.Dense(10, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x[:1200], digits.target[:1200], epochs=10, verbose=0)
        yield name, model, x[1200 : 1200 + ROWS]


def shares(model: keras.Model, x: np.ndarray, sample: int) -> dict[str, list[tuple[float, float, float, float]]]:
    """Hidden layer -> of every path (best, drawn for it, drawn by contribution, drawn by weight)."""
    diagram = NetworkDiagram(model, x)
    base = [diagram, NetworkDiagram(model, x, rank="weight")]
    by_contribution, by_weight = (each.frames.drawing.folds for each in base)
    hidden = [
        name for name, fold in by_contribution.items() if fold.folded and diagram.architecture[name].kind == "dense"
    ]
    found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in hidden}
    seen = diagram.frames.observation.with_sample(sample)
    inputs = diagram.architecture.inputs[0].name
    lively = np.argsort(-x.std(axis=0), kind="stable")[:FEATURES]
    told = None
    for feature, flow in zip(lively, path_flows(model.get_weights(), x[sample], x, lively), strict=True):
        unit = diagram.unit_id(inputs, int(feature))
        if not np.abs(flow.bar).max() > 0:
            continue
        if told is None or unit not in told.features:
            told = diagram._edges.explain(seen, EdgeQuestion("path", unit, 0))
        assert told is not None
        place = told.features.index(unit)
        for at, to in enumerate(told.path_classes):
            for depth, name in enumerate(hidden):
                sizes = np.abs(flow.leaving[depth + 1][to])
                drawn = told.path_units[name][place, at]
                choices = drawn, by_contribution[name].shown, by_weight[name].shown
                carried = [best(sizes, len(drawn)), *(sizes[list(units)].sum() for units in choices)]
                found[name].append(tuple(float(part / sizes.sum()) for part in carried))
    return found


if __name__ == "__main__":
    print(
        f"{'':28}{'paths':>6}{'best 16':>9}{'drawn':>9}{'of best':>9}{'least':>8}"
        f"{'by contribution':>18}{'by weight':>12}"
    )
    for name, model, x in nets():
        every: dict[str, list[tuple[float, float, float, float]]] = {}
        for sample in (0, 7):
            for layer, paths in shares(model, x, sample).items():
                every.setdefault(layer, []).extend(paths)
        for layer, paths in every.items():
            table = np.array(paths)
            most, drawn, contribution, weight = table.mean(axis=0)
            of_best = table[:, 1] / table[:, 0]
            print(
                f"{name:18}{layer:10}{len(table):6}{most:9.1%}{drawn:9.1%}{of_best.mean():9.1%}{of_best.min():8.1%}"
                f"{contribution:18.1%}{weight:12.1%}"
            )

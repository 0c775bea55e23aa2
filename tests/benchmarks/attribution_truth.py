"""How near each method of importance comes to planted truth, beside SHAP, on the same models, rows and background.

`python tests/benchmarks/attribution_truth.py`, from the repository's top folder. The data are those of
`tests/attribution/planted.py`: 4 of 20 features make the 3 classes, one noise feature is correlated 0.9 with one of
them. Three seeds, each with data and a 20-256-256-256-3 relu network of its own; methods that draw at random draw three
times. Most of the distance to the truth is what a network made of 3,000 rows: the whole background, with ten nodes
for each of its rows, says how much.

For the rows of SHAP: `pip install shap`, for this benchmark only. Its explainers get the logits, as a model with a
linear head, which is not their default use; their values are also centred over classes, as the truth is. Without
that, and on probabilities, what they say is listed too.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
import pandas as pd

import nbviz
from tests.attribution.planted import CLASSES, FEATURES, TRUE, Planted, planted, total_variation

SEEDS = range(3)
ROWS = 500
BACKGROUND = 100
DRAWS = 3
PAIRS = (
    ("expected_gradients", "SHAP Gradient, logits centred, 50"),
    ("expected_gradients, 200 evaluations", "SHAP Gradient, logits centred, 200"),
    ("expected_gradients", "SHAP Gradient, logits, 200"),
    ("expected_gradients", "SHAP Gradient, default use, 200"),
)
Strength = Callable[[int], np.ndarray]  # of the seed of the draws


def trained(data: Planted, seed: int) -> keras.Model:
    """20-256-256-256-3, relu, dropout, softmax."""
    keras.utils.set_random_seed(seed)
    hidden = [layer for _ in range(3) for layer in (keras.layers.Dense(256, "relu"), keras.layers.Dropout(0.3))]
    model = keras.Sequential([keras.Input((FEATURES,)), *hidden, keras.layers.Dense(CLASSES, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(data.x.to_numpy(), data.y, epochs=12, batch_size=64, verbose=0)
    return model


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


def by_nbviz(model: keras.Model, x: np.ndarray, y: np.ndarray, background: np.ndarray) -> dict[str, Strength]:
    """(features, classes) of each method, with its defaults."""

    def strength(method: str, **options: object) -> Strength:
        asked = {"method": method, "background": background, **options}
        answers = y if method == "permutation" else None
        return lambda seed: nbviz.importance(model, x, answers, seed=seed, **asked).strength

    found = {name: strength(name) for name in nbviz.METHODS}
    found["expected_gradients, 200 evaluations"] = strength("expected_gradients", evaluations=200)
    found["expected_gradients, whole background"] = strength("expected_gradients", evaluations=10 * BACKGROUND)
    found["expected_gradients, probability"] = strength("expected_gradients", output="probability")
    return found


def by_shap(model: keras.Model, x: np.ndarray, background: np.ndarray) -> dict[str, Strength]:
    """(features, classes): mean |SHAP value|; nothing where SHAP is not installed."""
    try:
        import shap
    except ImportError:
        return {}
    logits = with_linear_head(model)

    def values(kind: str, part: keras.Model, seed: int, **options: object) -> np.ndarray:
        explainer = getattr(shap, kind)(part, background)
        if kind == "DeepExplainer":
            return np.asarray(explainer.shap_values(x, check_additivity=False))
        return np.asarray(explainer.shap_values(x, rseed=seed, **options))

    def strength(kind: str, part: keras.Model, centred: bool, **options: object) -> Strength:
        def run(seed: int) -> np.ndarray:
            found = values(kind, part, seed, **options)
            if centred:
                found = found - found.mean(axis=-1, keepdims=True)
            return np.abs(found).mean(axis=0)

        return run

    gradient, deep = "GradientExplainer", "DeepExplainer"
    return {
        "SHAP Gradient, logits centred, 50": strength(gradient, logits, True, nsamples=50),
        "SHAP Gradient, logits centred, 200": strength(gradient, logits, True, nsamples=200),
        "SHAP Gradient, logits, 200": strength(gradient, logits, False, nsamples=200),
        "SHAP Gradient, default use, 200": strength(gradient, model, False, nsamples=200),
        # Last: where it fails, it leaves TensorFlow's gradients patched.
        "SHAP Deep, logits centred": strength(deep, logits, True),
        "SHAP Deep, default use": strength(deep, model, False),
    }


def scores(strength: np.ndarray, data: Planted) -> dict[str, float]:
    """How good a table is."""
    shares = pd.DataFrame(strength / strength.sum(axis=0), index=data.x.columns)
    found = [len(set(shares[name].nlargest(TRUE).index) & set(data.true)) for name in shares]
    return {
        "found": min(found),
        "distance": float(total_variation(shares, data.truth).mean()),
        "noise": float(shares[~data.is_true].sum().mean()),
    }


def main() -> None:
    """Print the table."""
    table: dict[str, list[dict[str, float]]] = {}
    for seed in SEEDS:
        data = planted(seed)
        model = trained(data, seed)
        random = np.random.default_rng(seed)
        chosen = random.permutation(len(data.x))
        x = data.x.to_numpy()
        rows, background = chosen[:ROWS], x[chosen[ROWS : ROWS + BACKGROUND]]
        methods = by_nbviz(model, x[rows], data.y[rows], background) | by_shap(model, x[rows], background)
        for name, ask in methods.items():
            draws = []
            began = time.perf_counter()
            try:
                for draw in range(1 if "Deep" in name else DRAWS):
                    draws.append(scores(ask(draw), data))
            except Exception as error:
                print(f"{name}, seed {seed}: {type(error).__name__}: {str(error)[:200]}")
                continue
            mean = {key: float(np.mean([draw[key] for draw in draws])) for key in draws[0]}
            seconds = (time.perf_counter() - began) / len(draws)
            scatter = float(np.std([draw["distance"] for draw in draws]))
            least = min(draw["found"] for draw in draws)
            table.setdefault(name, []).append(mean | {"found": least, "seconds": seconds, "scatter": scatter})
    print(f"{ROWS} rows, {BACKGROUND} background rows, seeds {list(SEEDS)}. Least true features in the top {TRUE} of a")
    print("class; total variation to the truth of each seed, and the mean; share on noise features; median seconds.")
    print(f"{'':38}{'found of 4':>12}{'total variation':>25}{'noise':>8}{'seconds':>9}")
    for name, by_seed in sorted(table.items(), key=lambda entry: np.mean([seed["distance"] for seed in entry[1]])):
        distances = [seed["distance"] for seed in by_seed]
        line = f"{name:38}{' '.join(str(seed['found']) for seed in by_seed):>12}"
        line += f"{' '.join(f'{distance:.3f}' for distance in distances):>18}{np.mean(distances):7.4f}"
        line += f"{np.mean([seed['noise'] for seed in by_seed]):8.3f}"
        print(line + f"{np.median([seed['seconds'] for seed in by_seed]):9.2f}")
    if not all(name in table for pair in PAIRS for name in pair):
        print("No comparison with SHAP, which is not installed (pip install shap) or failed.")
        return
    for ours, theirs in PAIRS:
        difference = np.subtract(*([seed["distance"] for seed in table[name]] for name in (ours, theirs)))
        scatter = np.mean([seed["scatter"] for name in (ours, theirs) for seed in table[name]])
        by_seed = difference.round(4).tolist()
        print(f"{ours} - {theirs}: {difference.mean():+.4f}, by seed {by_seed}; a draw: {scatter:.4f}")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    with contextlib.redirect_stderr(io.StringIO()):  # progress bars
        main()

"""What `explore` costs as models grow, in CPU time over that of `predict`: `python tests/benchmarks/sizes.py`.

One row for each size; the last column is the cost beside that of the smallest model of its family, and how much more
work that model's own forward pass is. Where the first outgrows the second, something grows faster than the work.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np

import nbviz

ROWS = 1500
FAMILIES = {
    "classes": [(50, 32, 10), (50, 32, 100), (50, 32, 1000)],
    "features": [(50, 32, 10), (500, 32, 10), (5000, 32, 10)],
    "units": [(50, 256, 10), (50, 10_000, 10), (50, 100_000, 10)],
}


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


def cost(features: int, units: int, classes: int) -> tuple[float, float, float]:
    """CPU seconds of `predict`, of `explore` and of what follows in the background."""
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    hidden, head = keras.layers.Dense(units, activation="relu"), keras.layers.Dense(classes, activation="softmax")
    model = keras.Sequential([keras.Input((features,)), hidden, head])
    x = random.normal(size=(ROWS, features)).astype("float32")
    y = random.integers(0, classes, ROWS)
    model.predict(x, verbose=0)
    predict = min(cpu(lambda: model.predict(x, verbose=0)) for _ in range(3))
    made: list[nbviz.ModelExplorer] = []
    first = cpu(lambda: made.append(nbviz.explore(model, x, y)))
    later = cpu(made[0].wait)
    made[0].close()
    return predict, first, later


def main() -> None:
    """Print everything."""
    warnings.simplefilter("ignore")
    cost(50, 32, 10)  # what is loaded at first use
    wanted = sys.argv[1:] or list(FAMILIES)
    for family in wanted:
        smallest: tuple[float, float] | None = None
        for size in FAMILIES[family]:
            predict, first, later = cost(*size)
            whole = first + later
            smallest = smallest or (predict, whole)
            print(
                f"{family}: {size[0]}-{size[1]}-{size[2]}, {ROWS} rows: predict {predict:.2f} s, "
                f"explore {first:.2f} + {later:.2f} s = {whole / predict:.0f} x predict; "
                f"{whole / smallest[1]:.1f} x the smallest, whose predict is {predict / smallest[0]:.1f} x",
                flush=True,
            )


if __name__ == "__main__":
    main()

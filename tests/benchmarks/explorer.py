"""What the explorer costs, as ratios in one run: `python tests/benchmarks/explorer.py`.

First picture: `explore(...)` until its widgets hold all that the first picture needs, over the model's own forward
pass and importance on the same rows. Page: its size by part. Click to picture: in Chromium, on the exported page, from
the click on a cell of the matrix to the end of the animation, and to the first changed frame.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
from sklearn.datasets import load_wine

import nbviz
from tests.browser.chromium import chromium
from tests.page.widgets import saved_models

ROUNDS = 7
CLASSES = ["Barolo", "Grignolino", "Barbera"]


def wine() -> tuple[keras.Model, np.ndarray, np.ndarray]:
    """A trained model of 13-32-16-3, and its data."""
    keras.utils.set_random_seed(0)
    x, y = load_wine(return_X_y=True)
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((13,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=30, verbose=0)
    return model, x, y


def wide() -> tuple[keras.Model, np.ndarray, np.ndarray]:
    """A model of 20-256-256-256-3 on 1,000 rows."""
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    x = random.normal(size=(1000, 20)).astype("float32")
    hidden = [keras.layers.Dense(256, activation="relu") for _ in range(3)]
    model = keras.Sequential([keras.Input((20,)), *hidden, keras.layers.Dense(3, activation="softmax")])
    return model, x, random.integers(0, 3, 1000)


def median_time(work: Callable[[], object]) -> float:
    """Median seconds over some rounds; what is compiled on first use is compiled before."""
    work()
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def first_picture(name: str, model: keras.Model, x: np.ndarray, y: np.ndarray) -> nbviz.ModelExplorer:
    """Print the ratio, cold and warm."""
    start = time.perf_counter()
    explorer = nbviz.explore(model, x, y)
    cold = time.perf_counter() - start
    explorer.wait()

    def own() -> None:
        nbviz.activations(model, x)
        nbviz.importance(model, x)

    def explore() -> None:
        made = nbviz.explore(model, x, y)
        # The layers' tables follow in the background: they are no part of the first picture.
        made._panels.tables.give_up()
        waiting.append(made)

    waiting: list[nbviz.ModelExplorer] = []
    base, whole = median_time(own), median_time(explore)
    for made in waiting:
        made.wait()
    print(
        f"{name}: explore {whole:.2f} s = {whole / base:.2f} x (forward + importance {base:.2f} s); cold {cold:.2f} s"
    )
    return explorer


def page_parts(path: Path) -> None:
    """Print the size of the page by part."""
    text = path.read_text("utf-8")
    print(f"page: {path.stat().st_size / 1e6:.2f} MB")
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", text, flags=re.DOTALL):
        if len(content) > 20_000:
            kind = re.search(r'type="([^"]+)"', attributes)
            print(f"  {kind.group(1) if kind else 'code'}: {len(content.encode()) / 1e6:.2f} MB, {content[:60]!r}")
    models = saved_models(path).values()
    sizes = sorted(((len(json.dumps(model)), model["model_name"]) for model in models), reverse=True)
    print("  largest models, unpacked:", ", ".join(f"{name} {size / 1e3:.0f} kB" for size, name in sizes[:6]))


def click_to_picture(path: Path) -> None:
    """Print how long a click on the matrix takes to show in the diagram."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1100})
        page.goto(f"file://{path}")
        page.wait_for_selector(".nbviz-network canvas")
        page.wait_for_timeout(2000)
        taken = page.evaluate(
            """async () => {
              const cells = [...document.querySelectorAll(".nbviz-importance-matrix [role=gridcell]")].slice(0, 12);
              const canvas = document.querySelector(".nbviz-network canvas");
              const picture = () => canvas.toDataURL();
              const first = [];
              for (const cell of cells) {
                const before = picture(), start = performance.now();
                cell.click();
                while (picture() === before) await new Promise(requestAnimationFrame);
                first.push(performance.now() - start);
                await new Promise(done => setTimeout(done, 800));
              }
              return first;
            }"""
        )
        print(f"click to the first changed picture: median {statistics.median(taken):.0f} ms, most {max(taken):.0f} ms")


def main() -> None:
    """Print everything."""
    warnings.simplefilter("ignore", UserWarning)  # of correlated features
    explorer = first_picture("13-32-16-3, 178 rows", *wine())
    first_picture("20-256-256-256-3, 1000 rows", *wide())
    with tempfile.TemporaryDirectory() as folder:
        path = nbviz.save_html(explorer, Path(folder) / "wine.html")
        page_parts(path)
        click_to_picture(path)


if __name__ == "__main__":
    main()

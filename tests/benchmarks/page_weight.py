"""What pages and notebooks weigh, and how soon they come: `python tests/benchmarks/page_weight.py [--rounds N]`.

Sizes are those of files, in MB of 10^6 bytes. `save_html` is CPU time of all threads over that of the model's first
`predict` of the same rows. Navigation to first drawing is read in Chromium, in turn for the two pages: from the start
of the navigation to the first stroke or fill of a diagram's canvas that is in the document. Messages are those that a
kernel sends to its front end until an explorer that is shown is at rest; bytes are JSON and binary parts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, str(Path(__file__).parents[2]))

import comm
import keras
import numpy as np
from comm.base_comm import BaseComm
from sklearn.datasets import load_wine

import nbviz
from nbviz.explorer.page_content import page_content
from tests.browser.chromium import chromium

HERE = Path(__file__).resolve().parents[2]
ROUNDS = 7
CODE = ("_esm", "_css", "source", "style", "imports")  # traits that hold code
KERNEL_CODE = 96_000  # bytes of code that each diagram carried when it carried its own
FIRST_DRAWING = """for (const name of ["stroke", "fill", "fillText", "putImageData", "drawImage"]) {
  const own = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...given) {
    if (window.firstDrawing === undefined && this.canvas.closest?.(".nbviz-network")) {
      window.firstDrawing = performance.now();
    }
    return own.apply(this, given);
  };
}"""


class Counted(BaseComm):
    """A comm without a front end that counts what a kernel would send."""

    sent: list[int] = []  # noqa: RUF012  # of all of them, bytes of each message

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        **keys: Any,
    ) -> None:
        """Count it."""
        self.sent.append(len(json.dumps(data or {})) + sum(len(bytes(part)) for part in buffers or ()))


def wine() -> tuple[keras.Model, np.ndarray, np.ndarray]:
    """A trained model of 13-32-16-3, and its data."""
    keras.utils.set_random_seed(0)
    x, y = load_wine(return_X_y=True)
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
    hidden = [keras.layers.Dense(32, activation="relu"), keras.layers.Dense(16, activation="relu")]
    model = keras.Sequential([keras.Input((13,)), *hidden, keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=30, verbose=0)
    return model, x, y


def seconds(work: Callable[[], object]) -> float:
    """CPU time of all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


def first_predict(model: keras.Model, x: np.ndarray) -> float:
    """CPU time of a fresh copy's first `predict`."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return seconds(lambda: copy.predict(x, verbose=0))


def largest_gap(explorer: nbviz.ModelExplorer) -> float:
    """By how much the credits of a sample in the page fail to add up to the change of its outputs, the worst one."""
    driver = explorer.diagram
    samples = [sample for sample in page_content(explorer._panels).moments if sample is not None]
    found = [driver.explain_at(sample) for sample in samples]
    return max(each.local.gap for each in found if each is not None and each.local is not None)


def code_of_diagrams(model: keras.Model) -> int:
    """Bytes of code in the saved state of a notebook with ten diagrams."""
    from ipywidgets.embed import dependency_state

    diagrams = [nbviz.NetworkDiagram(model) for _ in range(10)]
    states = dependency_state(diagrams, drop_defaults=False).values()
    parts = [{key: state["state"].get(key) for key in CODE if key in state["state"]} for state in states]
    return sum(len(json.dumps(part)) for part in parts if part)


def first_drawings(paths: list[Path], rounds: int) -> list[float]:
    """Median milliseconds from navigation to first drawing, of each page."""
    taken: list[list[float]] = [[] for _ in paths]
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.add_init_script(FIRST_DRAWING)
        for _ in range(rounds):
            for path, times in zip(paths, taken, strict=True):
                page.goto(path.as_uri())
                times.append(page.wait_for_function("() => window.firstDrawing").json_value())
    return [statistics.median(times) for times in taken]


def line(what: str, value: str, target: str) -> None:
    """One line of the table."""
    print(f"{what:58}{value:>24}  {target}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    warnings.filterwarnings("ignore")
    model, x, y = wine()
    comm.create_comm = Counted
    explorer = nbviz.explore(model, x, y)
    explorer._repr_mimebundle_()
    explorer.wait()
    messages, size = len(Counted.sent), sum(Counted.sent)
    with tempfile.TemporaryDirectory() as folder:
        whole, alone = Path(folder) / "wine.html", Path(folder) / "diagram.html"
        saving = seconds(lambda: nbviz.save_html(explorer, whole))
        nbviz.save_html(nbviz.NetworkDiagram(model, x), alone)
        line("page of wine", f"{whole.stat().st_size / 1e6:.2f} MB", "<= 2.5 MB")
        line("page of a diagram alone", f"{alone.stat().st_size / 1e6:.2f} MB", "<= 0.9 MB")
        code = code_of_diagrams(model)
        half = f"<= half of 10 x {KERNEL_CODE / 1000:.0f} kB"
        line("ten diagrams in a notebook, code", f"{code / 1000:.0f} kB", half)
        lesson = (HERE / "notebooks" / "04_watch_it_learn.ipynb").stat().st_size
        line("lesson 04", f"{lesson / 1e6:.2f} MB", "<= half of 2.3 MB")
        predict = statistics.median(first_predict(model, x) for _ in range(rounds))
        line("save_html(explore(wine)) / first predict", f"{saving / predict:.1f} ({saving:.2f} s)", "<= 15")
        line("largest completeness gap of a sample carried", f"{largest_gap(explorer):.3f}", "<= .05")
        of_whole, of_alone = first_drawings([whole, alone], rounds)
        value = f"{of_whole / of_alone:.2f} ({of_whole:.0f} ms)"
        line("first drawing, explorer page / diagram alone", value, "<= 1.4")
    line("messages when explore(wine) is shown", f"{messages}, {size / 1000:.0f} kB", "<= 150, <= 300 kB")


if __name__ == "__main__":
    main()

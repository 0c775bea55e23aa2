"""How the network follows a pointer that drags the timeline over 200 moments, at 16 units a layer.

`python tests/benchmarks/timeline.py`, from the repository's top folder. Prints the distinct pictures a second while
the pointer moves, and how many redraws after its last move the newest picture stands.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
from playwright.sync_api import Page

import nbviz
from tests.browser.chromium import chromium
from tests.browser.page import show
from tests.browser.recorded import history_bytes

LAYERS = (20, 16, 16, 16, 3)
MOMENTS = 200
SECONDS = 3.0
ROUNDS = 5

# A picture is the edges' canvas cleared and drawn again; its step is that of the moment the view was asked for.
WATCH = """() => {
  const [edges] = document.querySelectorAll("canvas");
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  window.drawn = [];
  window.moves = [];
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas === edges) window.drawn.push([performance.now(), window.model.get("shown_frame")]);
    return clear.apply(this, box);
  };
  let redraws = Infinity;
  const loop = () => {
    redraws += 1;
    // After all that was asked for before this picture has been drawn: two redraws after the last move.
    if (redraws === 2) setTimeout(() => { window.early = edges.toDataURL(); });
    requestAnimationFrame(loop);
  };
  requestAnimationFrame(loop);
  document.querySelector("[role=slider]").addEventListener("pointermove", () => {
    redraws = 0;
    window.moves.push(performance.now());
  });
}"""

FOLLOWED = """() => {
  const [edges] = document.querySelectorAll("canvas");
  const last = window.moves.at(-1);
  const newest = window.model.get("shown_frame");
  const after = window.drawn.filter(([at]) => at >= last);
  const dragged = window.drawn.filter(([at]) => at >= window.moves[0] && at <= last);
  return {
    redraws: after.findIndex(([, step]) => step === newest) + 1,
    stands: window.early === edges.toDataURL(),
    pictures: new Set(dragged.map(([, step]) => step)).size,
    seconds: (last - window.moves[0]) / 1000,
    moves: window.moves.length,
  };
}"""


def drag(page: Page) -> dict[str, float]:
    """Drag from one end of the timeline to the other, as fast as the browser takes it, for some seconds."""
    box = page.locator("[role=slider]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"], box["y"] + 13)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.evaluate("() => { window.moves = []; window.drawn = []; window.early = null; }")
    began = time.perf_counter()
    while (share := (time.perf_counter() - began) / SECONDS) < 1:
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 13)
    page.wait_for_timeout(1000)
    found: dict[str, float] = page.evaluate(FOLLOWED)
    page.mouse.up()
    return found


def main() -> None:
    """Print the numbers; fails where they miss their marks."""
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(units, activation="relu") for units in LAYERS[1:]]
    model = keras.Sequential([keras.Input((LAYERS[0],)), *hidden])
    diagram = nbviz.NetworkDiagram(model, np.random.default_rng(0).normal(size=(50, LAYERS[0])))
    start = model.get_weights()
    end = [np.random.default_rng(at).normal(0, 0.4, weights.shape) for at, weights in enumerate(start)]
    frames = []
    for at in range(MOMENTS):
        share = at / (MOMENTS - 1)
        model.set_weights([(1 - share) * a + share * b for a, b in zip(start, end, strict=True)])
        frames.append(bytes(diagram.update().frame))
    diagram.history = history_bytes(diagram.network, frames, [10 * at for at in range(MOMENTS)])
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        page = browser.new_page()
        show(page, diagram, Path(folder), width=960)
        page.evaluate(WATCH)
        rounds = [drag(page) for _ in range(ROUNDS)]
    rate = statistics.median(found["pictures"] / found["seconds"] for found in rounds)
    redraws = max(found["redraws"] for found in rounds)
    stands = all(found["stands"] for found in rounds)
    numbers = {
        "distinct pictures a second": rate,
        "pointer moves a second": statistics.median(found["moves"] / found["seconds"] for found in rounds),
        "redraws until the newest": redraws,
        "newest picture stands after two": stands,
        "history kB": len(diagram.history) / 1000,
    }
    print(json.dumps(numbers))
    if rate < 15 or not 0 <= redraws <= 2 or not stands:
        raise SystemExit("Expected at least 15 pictures a second and the newest within two redraws.")


if __name__ == "__main__":
    main()

"""Browser CPU of one full redraw at 137 k weights, over a canvas that strokes one path per edge.

`python tests/benchmarks/redraw.py`, from the repository's top folder. CPU of the whole browser, its helper
processes included; the two sides alternate.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
from playwright.sync_api import Page

import nbviz
from tests.browser.chromium import chromium
from tests.browser.page import settle, show, to_wire

ROUNDS = 3
REDRAWS = 60
LAYERS = (20, 256, 256, 256, 3)

NAIVE = """layers => {
  const canvas = document.createElement("canvas");
  canvas.width = 960; canvas.height = 480;
  document.body.append(canvas);
  const context = canvas.getContext("2d");
  window.naive = () => {
    context.clearRect(0, 0, 960, 480);
    for (let gap = 0; gap + 1 < layers.length; gap++) {
      const [from, to] = [layers[gap], layers[gap + 1]];
      const [x0, x1] = [gap * 220 + 40, gap * 220 + 260];
      for (let i = 0; i < from; i++) for (let j = 0; j < to; j++) {
        const weight = Math.sin(i * 7 + j * 13 + gap);
        const [y0, y1] = [(i + 0.5) * 480 / from, (j + 0.5) * 480 / to];
        context.beginPath();
        context.moveTo(x0, y0);
        context.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
        context.lineWidth = Math.abs(weight) * 3;
        context.strokeStyle = weight < 0 ? "#f59322" : "#0877bd";
        context.globalAlpha = Math.abs(weight);
        context.stroke();
      }
    }
  };
}"""

# Between two frames, so that each is drawn; without motion a frame is one redraw.
REDRAW = """async ([frames, count]) => {
  for (let i = 0; i < count; i++) {
    window.model.set_from_python(window.from_wire({ frame: frames[i % 2] }));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  }
}"""


def cpu_seconds(root: int) -> float:
    """CPU time of a process and all its descendants so far."""
    children: dict[int, list[int]] = {}
    spent: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        children.setdefault(int(fields[1]), []).append(pid)
        spent[pid] = int(fields[11]) + int(fields[12])
    family, total = [root], 0
    while family:
        pid = family.pop()
        total += spent.get(pid, 0)
        family += children.get(pid, [])
    return total / os.sysconf("SC_CLK_TCK")


def measure(page: Page, work: Callable[[], object]) -> float:
    """CPU seconds of a piece of work in the browser."""
    began = cpu_seconds(os.getpid()) - sum(os.times()[:2])
    work()
    settle(page)
    return cpu_seconds(os.getpid()) - sum(os.times()[:2]) - began


def main() -> None:
    """Print the ratio."""
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(units, activation="relu") for units in LAYERS[1:]]
    model = keras.Sequential([keras.Input((LAYERS[0],)), *hidden])
    diagram = nbviz.NetworkDiagram(model, np.random.default_rng(0).normal(size=(50, 20)))
    frames = [diagram.frame]
    model.set_weights([weights * -0.9 for weights in model.get_weights()])
    frames.append(diagram.update().frame)
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        ours, theirs = browser.new_page(), browser.new_page()
        ours.emulate_media(reduced_motion="reduce")
        show(ours, diagram, Path(folder), width=960)
        theirs.evaluate(NAIVE, list(LAYERS))
        wire = [to_wire({"frame": frame})["frame"] for frame in frames]
        rounds = []
        for _ in range(ROUNDS):
            mine = measure(ours, lambda: ours.evaluate(REDRAW, [wire, REDRAWS])) / REDRAWS
            naive = measure(theirs, lambda: theirs.evaluate("() => window.naive()"))
            rounds.append((mine, naive))
    mine, naive = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(json.dumps({"CPU ms, ours": mine * 1000, "CPU ms, a path an edge": naive * 1000, "ratio": mine / naive}))


if __name__ == "__main__":
    main()

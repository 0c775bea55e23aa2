"""How long it takes to look at a model of every family and at all of `keras.applications`.

`python tests/benchmarks/architectures.py [NAME ...]`, from the repository's top folder; without names all of them.
All times are seconds of processor time over all threads, so that other work on the machine does not count: the clock
of an idle machine shows no more. `describe`, `NetworkDiagram` and `to_svg` may each take as long as building the
model took, or 2 s. `show` and `activations` of every layer, for one row, may each take 3 times what the model's own
first `predict` of that row takes (which compiles, too), or 2 s.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras

import nbviz
from tests.architectures import FAMILIES, application, applications, as_called, rows

SECONDS = 2.0
FORWARD_TIMES = 3.0
COLUMNS = ("build", "predict", "describe", "diagram", "svg", "show", "activations")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time, and what came back."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def measure(make: Callable[[], keras.Model]) -> tuple[dict[str, float], dict[str, Any], list[str]]:
    """Seconds by column, what was drawn, and what is wrong."""
    seconds: dict[str, float] = {}
    seconds["build"], model = timed(make)
    before = [weight.copy() for weight in model.get_weights()]
    row = rows(model, 1)
    given = row[0] if len(row) == 1 else row
    seconds["predict"], _ = timed(lambda: model.predict(as_called(model, row), verbose=0))
    seconds["describe"], architecture = timed(lambda: nbviz.describe(model))
    seconds["diagram"], diagram = timed(lambda: nbviz.NetworkDiagram(model))
    seconds["svg"], picture = timed(diagram.to_svg)
    seconds["show"], _ = timed(lambda: diagram.show(given))
    seconds["activations"], flow = timed(lambda: nbviz.activations(model, given))
    wrong = [key for key in ("describe", "diagram", "svg") if seconds[key] > max(SECONDS, seconds["build"])]
    limit = max(SECONDS, FORWARD_TIMES * seconds["predict"])
    wrong += [key for key in ("show", "activations") if seconds[key] > limit]
    if sum(layer.parameters for layer in architecture.layers) != model.count_params():
        wrong.append("parameters")
    found = {name for layer in diagram.architecture.layers for name in (layer.name, *layer.members)}
    if missing := [layer.name for layer in model.layers if layer.name not in found]:
        wrong.append(f"{len(missing)} layers in no block")
    if any((old != new).any() for old, new in zip(before, model.get_weights(), strict=True)):
        wrong.append("weights changed")
    width = re.match(r'<svg[^>]* width="([\d.]+)"', picture)
    drawn = {
        "layers": len(model.layers),
        "drawn": len(diagram.architecture.layers),
        "columns": diagram.network["columns"],
        "width": round(float(width[1])) if width else 0,
        "answers": len(flow),
    }
    return seconds, drawn, wrong


def main() -> None:
    """Print the table."""
    makers: dict[str, Callable[[], keras.Model]] = dict(FAMILIES)
    makers |= {name: lambda name=name: application(name) for name in applications()}
    chosen = sys.argv[1:] or list(makers)
    nbviz.describe(makers["conv net"]())  # loads what is loaded once
    nbviz.NetworkDiagram(makers["conv net"]()).to_svg()
    counted = ("layers", "drawn", "columns", "width", "answers")
    print("| model |", " | ".join((*COLUMNS, *counted)), "| |")
    print("|---" * (len(COLUMNS) + len(counted) + 2) + "|")
    for name in chosen:
        try:
            seconds, drawn, wrong = measure(makers[name])
        except Exception:
            traceback.print_exc()
            print(f"| {name} | fail: {traceback.format_exc().splitlines()[-1]} |", flush=True)
            continue
        cells = [f"{seconds[key]:.2f}" for key in COLUMNS] + [str(drawn[key]) for key in counted]
        print(f"| {name} |", " | ".join(cells), f"| {'fail: ' + ', '.join(wrong) if wrong else 'pass'} |", flush=True)
        keras.backend.clear_session()
        gc.collect()


if __name__ == "__main__":
    main()

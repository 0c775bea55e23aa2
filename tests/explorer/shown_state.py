"""What an explorer shows, as plain data that two explorers can be compared by."""

from __future__ import annotations

import json
import math
import re
import struct
from typing import Any

import bqplot
import numpy as np

from nbviz import ModelExplorer

# How far a run has come is none of the model's: a fresh explorer knows of none.
OF_THE_RUN = ("version", "epoch", "batch", "updates_per_second")


def shown_state(explorer: ModelExplorer) -> dict[str, Any]:
    """Name of each thing that is shown -> its value."""
    matrix, diagram, picker = explorer.matrix, explorer.diagram, explorer.sample_picker
    shown: dict[str, Any] = {
        "selection": [explorer.selected_unit, explorer.selected_class, explorer.selected_sample, explorer.edge_meaning],
        "importance": explorer.importance.strength,
        "predicted": explorer.predicted_classes(),
        "misread": explorer.misread(),
        "error": explorer.error,
        "diagram.frame": _frame(diagram.frame),
        "diagram.selection": [
            diagram.selected_unit,
            diagram.selected_class,
            diagram.selected_sample,
            diagram.edge_meaning,
        ],
        "diagram.opened": diagram.opened,
        "diagram.explained": None if diagram.explained is None else _local(diagram.explained.local),
        "diagram.explanation_error": diagram.explanation_error,
        "matrix.tables": {key: {**wire, "offset": 0} for key, wire in matrix.tables.items()},
        "matrix.numbers": {key: numbers for key, (_, _, numbers) in matrix._tables.items()},
        "matrix.selection": [matrix.selected_unit, matrix.selected_class, matrix.edge_meaning],
        "matrix.layers": matrix.layers,
        "matrix.busy": matrix.busy,
        "picker.samples": picker.samples,
        "picker.numbers": picker.numbers,
        "picker.selected_sample": picker.selected_sample,
        "layers.table": explorer.layers.table.value,
        "weights": re.sub(r"nbviz-ramp-\w+", "ramp", explorer.weights.distributions.value),
    }
    if explorer.confusion is not None:
        shown["confusion.counts"] = explorer.confusion.counts
        shown["confusion.sent"] = [explorer.confusion.table, explorer.confusion.numbers]
    if explorer.images is not None:
        images = explorer.images
        shown["images"], shown["images.numbers"] = images.maps, images.numbers
        shown["images.sample"] = [images.sample, images.sample_picture]
    if explorer.evidence is not None:
        shown["evidence"], shown["evidence.numbers"] = explorer.evidence.evidence, explorer.evidence.numbers
    if explorer.predicted_values is not None:
        values = explorer.predicted_values
        shown["values.chart"], shown["values.numbers"] = values.chart, values.numbers
        shown["values.selection"] = [values.selected_sample, values.selected_class]
    if explorer.threshold_curves is not None:
        curves = explorer.threshold_curves
        shown["threshold.words"] = [curves._head.value, curves._words.value]
        shown["threshold.figures"] = [_marks(plot.figure) for plot in (curves._roc, curves._recall)]
    if explorer.waterfall is not None:
        fall = explorer.waterfall
        shown["waterfall.sample"] = None if fall.sample is None else _local(fall.sample.local)
        # By how much it does not add up is rounding.
        shown["waterfall.shown"] = {name: value for name, value in fall.shown.items() if name != "adds_up"}
        shown["waterfall.numbers"] = fall.numbers
        shown["waterfall.selection"] = [fall.selected_class, fall.selected_unit, fall.edge_meaning]
    if explorer.confusion is not None:
        shown["mean"] = [explorer.mean_of, explorer.confusion.mean, explorer.sample_picker.mean_name]
    if explorer.comparison is not None:
        table = explorer.comparison
        shown["comparison"] = [table.compared_samples, table.table, table.selected_sample, table.selected_class]
        shown["comparison.numbers"] = table.numbers
        shown["comparison.picked"] = explorer.sample_picker.compared_samples
    if explorer.what_if is not None:
        what_if = explorer.what_if
        shown["what_if.row"] = what_if.row
        shown["what_if.words"] = [what_if._head.value, what_if._status.value, what_if.error]
        shown["what_if.curve"] = _marks(what_if.curve.children[0])
    if explorer.layers.maps is not None:
        maps = explorer.layers.maps
        shown["maps"], shown["maps.numbers"] = maps.maps, maps.numbers
        shown["maps.selection"] = [maps.layer, maps.selected_sample, maps.selected_unit, maps.selected_channel]
    if explorer.weights.kernels is not None:
        kernels = explorer.weights.kernels
        shown["kernels"], shown["kernels.numbers"] = kernels.grid, kernels.numbers
        shown["kernels.selection"] = [kernels.layer, kernels.selected_unit, kernels.selected_channel]
    return shown


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Where two explorers show something else."""
    assert one.keys() == other.keys()
    return [name for name in one if not alike(one[name], other[name])]


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same but for the rounding of float32."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, bytes) and isinstance(other, bytes):
        if one == other:
            return True
        numbers = [np.frombuffer(part, "<f4") for part in (one, other) if len(part) % 4 == 0]
        return len(numbers) == 2 and alike(*numbers)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and one.dtype.kind == other.dtype.kind == "f":
        if one.shape != other.shape:
            return False
        size = np.abs(one[np.isfinite(one)]).max(initial=0.0)
        return bool(np.allclose(one, other, rtol=1e-4, atol=1e-5 * max(1.0, float(size)), equal_nan=True))
    if isinstance(one, np.ndarray):
        return alike(one.tolist(), np.asarray(other).tolist())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-5) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def _frame(frame: bytes) -> Any:
    size = struct.unpack("<I", frame[:4])[0]
    header = json.loads(frame[4 : 4 + size])
    return {name: value for name, value in header.items() if name not in OF_THE_RUN}, frame[4 + size :]


def _local(local: Any) -> Any:
    return None if local is None else [np.asarray(part) for part in (local.start, local.values, local.end)]


def _marks(figure: bqplot.Figure) -> list[Any]:
    """Numbers and words of all marks of a figure."""
    found = []
    for mark in figure.marks:
        for name in ("x", "y", "text", "visible"):
            if mark.has_trait(name) and getattr(mark, name) is not None:
                found.append(np.asarray(getattr(mark, name)))
    return found

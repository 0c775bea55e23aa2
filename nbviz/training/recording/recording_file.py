"""A recording as one `.npz` file: plain arrays and JSON, nothing that runs when it is read."""

from __future__ import annotations

import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd

from nbviz.keras_model.graph import check_model
from nbviz.keras_model.reader import ModelReader
from nbviz.keras_model.same_model import same_variable
from nbviz.network.arguments import file_path, real_number, whole_number
from nbviz.page.writing import whole_file, writable
from nbviz.training.model_state import ModelState, Signature, by_path, fresh_optimizer, kernel_paths, signature
from nbviz.training.recording.contents import Branch, Position, RecordingContents, Settings
from nbviz.training.recording.findings import Finding
from nbviz.training.recording.moment import Moment
from nbviz.training.recording.probe import Probe

FORMAT = "nbviz recording 1"
Arrays = dict[str, np.ndarray]
# What reading raises where a file was cut off, damaged or made by something else.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    RuntimeError,
    MemoryError,
    StopIteration,
    ArithmeticError,
    IndexError,
)


def write(contents: RecordingContents, model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Write a recording of a model whole, or leave what was there; see `Recording.save`."""
    target = writable(path)
    arrays = _packed(contents, model)
    with whole_file(target) as part, part.open("wb") as file:  # a path without .npz would be given one
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read(path: str | os.PathLike[str], model: keras.Model) -> RecordingContents:
    """Read a recording for a model; see `Recording.load`."""
    check_model(model)
    file = file_path(path)
    if not file.is_file():
        raise FileNotFoundError(f"Expected the file of a recording. There is none at {path}.")
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays["header"].tobytes())
        fits = header["format"] == FORMAT
    except BROKEN as error:
        raise _broken(file.name, error) from error
    if not fits:
        raise ValueError(f"Expected {FORMAT!r}. Received {header['format']!r}; it was written by another version.")
    try:
        difference = _difference(header, model)
    except BROKEN as error:
        raise _broken(file.name, error) from error
    if difference is not None:
        raise ValueError(
            f"Expected a recording of the model {model.name!r}. Received {file.name}, one of {header['model']!r}, "
            f"which has {difference}; load it with the model that was recorded. The model is as it was."
        )
    try:
        return _unpacked(header, arrays, model)
    except BROKEN as error:
        raise _broken(file.name, error) from error


def _broken(file: str, error: Exception) -> ValueError:
    return ValueError(
        f"Expected a file that Recording.save wrote. Received {file}, which is incomplete or something else "
        f"({type(error).__name__}); the model is as it was."
    )


def _packed(contents: RecordingContents, model: keras.Model) -> Arrays:
    """All of a recording by names of entries."""
    arrays: Arrays = {}
    optimizer: dict[str, list[Any]] = {}
    entries = []
    for index, moment in enumerate(contents.moments):
        state = moment.state
        for path, array in (state.optimizer or {}).items():
            optimizer.setdefault(path, [list(array.shape), array.dtype.name])
        arrays[f"state {index}"] = _bytes_of([*state.variables.values(), *(state.optimizer or {}).values()])
        arrays[f"frame {index}"] = np.frombuffer(moment.frame, np.uint8)
        quantiles = [*moment.activations.values()]
        for kernel, bias in moment.gradients.values():
            quantiles += [kernel] if bias is None else [kernel, bias]
        if quantiles:
            arrays[f"quantiles {index}"] = np.stack(quantiles)
        entries.append(
            {
                "step": moment.step,
                "epoch": moment.epoch,
                "batch": moment.batch,
                "seconds": moment.seconds,
                "optimizer": None if state.optimizer is None else list(state.optimizer),
                "optimizer_built": state.optimizer_built,
                "activations": list(moment.activations),
                "gradients": [[name, bias is not None] for name, (_, bias) in moment.gradients.items()],
                "metrics": {name: None if math.isnan(value) else value for name, value in moment.metrics.items()},
            }
        )
    tables = {"epochs": contents.epochs, "batches": contents.batches}
    for index, branch in enumerate(contents.branches):
        tables |= {f"branch {index} epochs": branch.metrics, f"branch {index} batches": branch.batch_metrics}
    for name, table in tables.items():
        arrays[name] = table.to_numpy(float)
    probe = contents.probe
    if probe is not None:
        arrays |= {f"x {index}": part for index, part in enumerate(probe.x) if part.dtype.kind in "biuf"}
        arrays |= {f"y {index}": part for index, part in enumerate(keras.tree.flatten(probe.y)) if part is not None}
        arrays["rows"] = probe.rows
    variables = by_path(model.variables)
    header = {
        "format": FORMAT,
        "model": model.name,
        "signature": signature(model.variables),
        "optimizer": optimizer,
        "layers": [layer.name for layer in ModelReader(model).whole.layers],
        "kinds": _layer_kinds(model),
        "kernels": list(kernel_paths(model, variables)),
        "moments": entries,
        "tables": {name: list(table.columns) for name, table in tables.items()},
        "branches": [branch.step for branch in contents.branches],
        "position": list(contents.position),
        "steps_per_epoch": contents.steps_per_epoch,
        "settings": contents.settings._asdict(),
        "findings": [asdict(finding) for finding in contents.findings],
        "rates": contents.rates,
        "rate": contents.rate,
        # Text is no input that a probe could be made of again.
        "probe": probe is not None and all(part.dtype.kind in "biuf" for part in probe.x),
        "y": None if probe is None or probe.y is None else _structure_of(probe.y),
    }
    # NaN and infinity, which JSON lacks, may be among learning rates only: Python reads its own spelling of them.
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    return arrays


def _bytes_of(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.frombuffer(b"".join(array.tobytes() for array in arrays), np.uint8)


def _structure_of(y: Any) -> Any:
    """How y is arranged: None for an array, a number for a list of so many, names for a dict."""
    if isinstance(y, dict):
        return {"names": list(y)}
    return {"count": len(y)} if isinstance(y, list) else {}


def _difference(header: Mapping[str, Any], model: keras.Model) -> str | None:
    """What the recorded model has instead of this one; None where they may be one."""
    recorded: Signature = header["signature"]
    own = signature(model.variables)
    layers = len(ModelReader(model).whole.layers)
    kinds = _layer_kinds(model)
    alike = len(header["layers"]) == layers and header.get("kinds", kinds) == kinds  # files of before have no kinds
    if recorded == own and alike:
        return None
    if len(recorded) != len(own):
        return f"{len(recorded)} variables instead of {len(own)}"
    unlike = [(a, b) for a, b in zip(recorded, own, strict=True) if not _may_be_one(a, b)]
    if unlike:
        return " instead of ".join(map(_words, unlike[0]))
    return None if alike else f"other layers: {', '.join(header.get('kinds', header['layers']))}"


def _layer_kinds(model: keras.Model) -> list[str]:
    """What each layer is, and its activation: "Dense relu"; names do not matter."""
    found = []
    for layer in model._flatten_layers(include_self=False):
        if not isinstance(layer, (keras.Model, keras.layers.InputLayer)):
            activation = getattr(getattr(layer, "activation", None), "__name__", "")
            found.append(f"{type(layer).__name__} {activation}".rstrip())
    return found


def _may_be_one(recorded: list[Any], own: list[Any]) -> bool:
    (path, *kind), (own_path, *own_kind) = recorded, own
    return kind == own_kind and same_variable(path, own_path)


def _words(variable: list[Any]) -> str:
    path, shape, dtype = variable
    return f"{path!r} of shape {tuple(shape)} and {dtype}"


def _unpacked(header: Mapping[str, Any], arrays: Arrays, model: keras.Model) -> RecordingContents:
    probe = None
    if header["probe"]:
        x = [arrays[f"x {index}"] for index in range(sum(name.startswith("x ") for name in arrays))]
        parts = [arrays[f"y {index}"] for index in range(sum(name.startswith("y ") for name in arrays))]
        arrangement = header["y"]
        y: Any = parts
        if arrangement is None:
            y = None
        elif "names" in arrangement:
            y = dict(zip(sorted(arrangement["names"]), parts, strict=True))  # Keras flattens by sorted names
        elif "count" not in arrangement:
            (y,) = parts
        probe = Probe(x, y, arrays["rows"])
    own_layers = [layer.name for layer in ModelReader(model).whole.layers]
    layer_names = dict(zip(header["layers"], own_layers, strict=True))
    renamed = _Renamed(layer_names, _optimizer_paths(header["optimizer"], model))
    moments = [_moment(index, header, arrays, model, renamed) for index in range(len(header["moments"]))]
    tables = {
        name: pd.DataFrame(arrays[name], columns=columns).astype(
            {column: "int64" for column in columns if column in ("epoch", "step", "batch")}
        )
        for name, columns in header["tables"].items()
    }
    findings = [
        Finding(**{**entry, "units": tuple(entry["units"]), "layer": layer_names.get(entry["layer"])})
        for entry in header["findings"]
    ]
    return RecordingContents(
        settings=Settings(**header["settings"]),
        moments=tuple(moments),
        position=_position(*header["position"]),
        steps_per_epoch=header["steps_per_epoch"],
        epochs=tables["epochs"],
        batches=tables["batches"],
        branches=tuple(
            Branch(step, tables[f"branch {index} epochs"], tables[f"branch {index} batches"])
            for index, step in enumerate(header["branches"])
        ),
        findings=tuple(findings),
        rates=tuple((step, before, after) for step, before, after in header["rates"]),
        rate=header["rate"],
        probe=probe,
    )


def _position(step: Any, epoch: Any, batch: Any, seconds: Any) -> Position:
    counts = [whole_number(name, count, 0) for name, count in (("step", step), ("epoch", epoch), ("batch", batch))]
    return Position(counts[0], counts[1], counts[2], real_number("seconds", seconds, 0, math.inf))


@dataclass(frozen=True)
class _Renamed:
    """What is called otherwise now: name in the file -> name in the model.

    Attributes:
        layers: Names of layers.
        slots: Paths of the optimizer's variables.
    """

    layers: Mapping[str, str]
    slots: Mapping[str, str]


def _moment(index: int, header: Mapping[str, Any], arrays: Arrays, model: keras.Model, renamed: _Renamed) -> Moment:
    entry = header["moments"][index]
    named = by_path(model.variables)
    shapes = [(path, shape, dtype) for path, (_, shape, dtype) in zip(named, header["signature"], strict=True)]
    slots = [(renamed.slots[path], *header["optimizer"][path]) for path in entry["optimizer"] or ()]
    raw = arrays[f"state {index}"]
    values, offset = {}, 0
    for path, shape, dtype in shapes + slots:
        kind = np.dtype(dtype)  # bfloat16 is known to numpy once TensorFlow is
        size = kind.itemsize * math.prod(shape)
        values[path] = np.frombuffer(raw[offset : offset + size].tobytes(), kind).reshape(shape)
        offset += size
    if offset != raw.size:
        raise ValueError(f"Expected a state of {offset} bytes. Received {raw.size}.")
    at = _position(*(entry[name] for name in Position._fields))
    state = ModelState(
        {path: values[path] for path, _, _ in shapes},
        None if entry["optimizer"] is None else {path: values[path] for path, _, _ in slots},
        entry["optimizer_built"],
        kernel_paths(model, named),
    )
    quantiles = iter(arrays.get(f"quantiles {index}", ()))
    activations = {renamed.layers[name]: next(quantiles) for name in entry["activations"]}
    own_kernels = dict(zip(header["kernels"], kernel_paths(model, named), strict=True))
    gradients = {
        own_kernels[name]: (next(quantiles), next(quantiles) if bias else None) for name, bias in entry["gradients"]
    }
    metrics = {name: math.nan if value is None else value for name, value in entry["metrics"].items()}
    return Moment(
        *at,
        state,
        arrays[f"frame {index}"].tobytes(),
        activations,
        gradients,
        metrics,
    )


def _optimizer_paths(recorded: Mapping[str, Sequence[Any]], model: keras.Model) -> dict[str, str]:
    """Path of an optimizer's variable when it was recorded -> its path now; the same where it is another optimizer."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and recorded:
        live = (optimizer if optimizer.built else fresh_optimizer(optimizer, model)).variables
        alike = [(list(variable.shape), str(variable.dtype)) for variable in live][: len(recorded)]
        if alike == [(list(shape), dtype) for shape, dtype in recorded.values()]:
            return dict(zip(recorded, by_path(live), strict=False))
    return {path: path for path in recorded}

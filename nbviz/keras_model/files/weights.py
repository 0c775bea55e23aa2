"""Weights from a file into a built model: compared first, then all of them or none."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import keras
import numpy as np

from nbviz.keras_model.files.declared_sizes import ForeignPart, TooLarge, arrays_of
from nbviz.keras_model.find_layer import every_layer
from nbviz.keras_model.forward import look_at

# In a file of Keras 3, what belongs to training.
_OF_TRAINING = {"optimizer", "metrics", "_metrics", "_compile_metrics", "_compile_loss", "_loss_tracker"}
_MOST_DIFFERENCES = 4


def read_into(model: keras.Model, file: Path, is_old: bool, path: Path) -> None:
    """Give a model the weights of a file.

    Args:
        model: A built model.
        file: HDF5 file, under a name that Keras takes for one with weights.
        is_old: Whether it is laid out as Keras 2 did.
        path: Its name to the user.

    Raises:
        ValueError: The weights do not fit, or cannot be read. The model is as it was.
    """
    if is_old:
        _read_old(model, file, path)
    else:
        _read_new(model, file, path)


def _misfit(path: Path, model: keras.Model, differences: list[str]) -> ValueError:
    shown = "; ".join(differences[:_MOST_DIFFERENCES])
    more = len(differences) - _MOST_DIFFERENCES
    return ValueError(
        f"Expected the weights of a model built like {model.name!r}. Received {path}: {shown}"
        f"{f'; and {more} more differences' if more > 0 else ''}. The model is as it was; build it as it was when the "
        "weights were saved."
    )


@contextmanager
def _all_or_nothing(model: keras.Model) -> Iterator[None]:
    """Puts back the model's values if anything goes wrong."""
    before = [(variable, np.array(look_at(variable))) for variable in model.variables]
    try:
        yield
    except BaseException:
        for variable, value in before:
            variable.assign(value)
        raise


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _moved(pairs: list[tuple[str, str]], model: keras.Model) -> list[str]:
    """The first layer whose name the file has for another layer; pairs: name in the file, name in the model."""
    numbered = {found.layer.name for found in every_layer(model) if _is_numbered(found.layer)}
    own = {name for _, name in pairs} - numbered
    moved = next(((saved, name) for saved, name in pairs if saved != name and saved in own), None)
    return [] if moved is None else [f"its layers are in another order: {moved[0]!r} where the model has {moved[1]!r}"]


def _is_numbered(layer: Any) -> bool:
    """Whether Keras made up the name, so that it is another one in every session."""
    return re.sub(r"_\d+$", "", layer.name).replace("_", "") == type(layer).__name__.lower()


# As Keras 3 writes them: "layers/dense/vars/0".


def _read_new(model: keras.Model, file: Path, path: Path) -> None:
    found = _arrays_in(file, path)
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "own.weights.h5"
        # What the model itself would write tells exactly what it can read.
        model.save_weights(own)
        expected = _arrays_in(own, own)
    differences = _different_places(expected, found)
    if not differences:
        differences = _moved([(found[place].layer, each.layer) for place, each in expected.items()], model)
    if differences:
        raise _misfit(path, model, differences)
    with _reading(file, path) as hdf5:
        for place in expected:
            _ = hdf5[place][()]
    optimizer = getattr(model, "optimizer", None)
    skipped = {} if optimizer is None else {"objects_to_skip": [optimizer]}
    with _all_or_nothing(model):
        try:
            model.load_weights(file, **skipped)
        except Exception as error:
            raise _misfit(path, model, [str(error).splitlines()[0] if str(error) else type(error).__name__]) from error


@contextmanager
def _reading(file: Path, path: Path) -> Iterator[h5py.File]:
    """The open file; whatever goes wrong while it is read says that it is damaged."""
    try:
        with h5py.File(file, "r") as hdf5:
            yield hdf5
    except (TooLarge, ForeignPart):
        raise
    except Exception as error:  # whatever the library raises
        raise ValueError(
            f"Expected weights that can be read. Received {path}, which is damaged: {error}. Copy or download it again."
        ) from error


def _check_numbers(array: Any) -> None:
    if array.dtype.kind not in "biufV":  # bfloat16 is V
        raise ValueError(f"{array.name!r} in it holds {array.dtype}, no numbers")


class _SavedArray(NamedTuple):
    """An array in a file: the name of the layer there, empty where none is told, and its shape."""

    layer: str
    shape: tuple[int, ...]


def _arrays_in(file: Path, path: Path) -> dict[str, _SavedArray]:
    """Place in the file -> what is said to be there; nothing of it is read."""
    arrays: dict[str, _SavedArray] = {}
    with _reading(file, path) as hdf5:
        for place, item in arrays_of(hdf5, path, file.stat().st_size).items():
            if place.split("/")[0] not in _OF_TRAINING:
                _check_numbers(item)
                above = item.parent
                name = above.attrs.get("name", above.parent.attrs.get("name", ""))
                arrays[place] = _SavedArray(_text(name), tuple(item.shape or ()))
    return arrays


def _different_places(expected: Mapping[str, _SavedArray], found: Mapping[str, _SavedArray]) -> list[str]:
    differences = []
    for place, (name, shape) in expected.items():
        words = f"{name or place} ({place})"
        if place not in found:
            differences.append(f"it has nothing for {words} of shape {shape}")
        elif found[place].shape != shape:
            differences.append(f"{words} has shape {found[place].shape}, the model's {shape}")
    extra = [place for place in found if place not in expected]
    differences += [f"the model has no {found[place].layer or place} ({place})" for place in extra]
    return differences


# As Keras 2 wrote them: a group for each layer, "dense/dense/kernel:0".


def _read_old(model: keras.Model, file: Path, path: Path) -> None:
    saved = _layers_in(file, path)
    own = {layer.name: _in_old_order(layer) for layer in model.layers}
    own = {name: variables for name, variables in own.items() if variables}
    # Keras numbers names anew in every session: where they differ, the order tells which is which.
    pairs = [(name, name) for name in own] if set(saved) == set(own) else list(itertools.zip_longest(own, saved))
    differences: list[str] = []
    places: list[tuple[Any, str]] = []
    for name, saved_name in pairs:
        if name is None or saved_name is None:
            differences.append(
                f"the model has no layer for {saved_name!r}" if name is None else f"it has nothing for layer {name!r}"
            )
            continue
        words = repr(name) if name == saved_name else f"{saved_name!r}, for {name!r} of the model,"
        variables, arrays = own[name], saved[saved_name]
        shapes, own_shapes = [shape for _, shape in arrays], [tuple(variable.shape) for variable in variables]
        if shapes != own_shapes:
            differences.append(f"{words} has arrays of shapes {shapes}, the model's have {own_shapes}")
            continue
        places += zip(variables, (place for place, _ in arrays), strict=True)
    differences = differences or _moved([(saved_name, name) for name, saved_name in pairs], model)
    if differences:
        raise _misfit(path, model, differences)
    with _all_or_nothing(model):
        for variable, place in places:
            with _reading(file, path) as hdf5:
                array = hdf5[place][()]
            variable.assign(array)


def _in_old_order(layer: Any) -> list[Any]:
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _layers_in(file: Path, path: Path) -> dict[str, list[tuple[str, tuple[int, ...]]]]:
    """Name of each layer with weights -> (place, shape) of its arrays, in the file's order; nothing is read."""
    layers = {}
    with _reading(file, path) as hdf5:
        arrays_of(hdf5, path, file.stat().st_size)
        group = hdf5["model_weights"] if "model_weights" in hdf5 and "layer_names" not in hdf5.attrs else hdf5
        for name in _names(group, "layer_names"):
            arrays = [group[name][weight] for weight in _names(group[name], "weight_names")]
            for array in arrays:
                _check_numbers(array)
            if arrays:
                layers[name] = [(array.name, tuple(array.shape)) for array in arrays]
    return layers


def _names(group: Any, attribute: str) -> list[str]:
    """An attribute that is a list of names; a long one is in pieces."""
    if attribute in group.attrs:
        return [_text(name) for name in group.attrs[attribute]]
    pieces = itertools.takewhile(lambda key: key in group.attrs, (f"{attribute}{at}" for at in itertools.count()))
    return [_text(name) for piece in pieces for name in group.attrs[piece]]

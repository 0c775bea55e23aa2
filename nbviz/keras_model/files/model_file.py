"""Models from files."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import h5py
import keras

from nbviz.keras_model.files.config import holds_code, without_idle_settings
from nbviz.keras_model.files.weights import read_into
from nbviz.keras_model.graph import check_model

_HDF5 = b"\x89HDF\r\n\x1a\n"
_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"
_ZIP = b"PK\x03\x04"
_POINTER = b"version https://git-lfs"

# What a file holds: a whole model, or weights only; as Keras 3 or as Keras 2 wrote it.
_Kind = Literal["keras", "hdf5", "weights", "old weights"]
_ENDINGS: dict[_Kind, tuple[str, ...]] = {
    "keras": (".keras",),
    "hdf5": (".h5", ".hdf5"),
    "weights": (".weights.h5",),
    "old weights": (".h5", ".hdf5"),
}
_BY_WEIGHTS = "build the model in code and take the weights from the file with nbviz.load(path, model)"


def load(path: str | os.PathLike[str], model: keras.Model | None = None) -> keras.Model:
    """Load a model to look at it; no code from the file is run.

    Whole models: `.keras` files, and `.h5` files of Keras 2. Settings in the file that Keras does not know and that
    change nothing are passed over, such as `groups=1` of a Conv2DTranspose of TensorFlow 2.12. A loss or a metric of
    one's own is passed over too: the model is then not compiled.

    Args:
        path: The file.
        model: A built model that takes the weights of the file, whether that holds only weights (`.weights.h5`, or
            `.h5` of `save_weights` in Keras 2) or a whole model. Names, numbers and shapes of all weights are
            compared first; if anything fails, the model is as it was. Its optimizer is left alone.

    Returns:
        The model; `model` itself if that was given.

    Raises:
        OSError: There is no such file, or it cannot be read.
        TypeError: `model` is no `keras.Model`.
        ValueError: Not a Keras file, a damaged one, one that holds code (Lambda layers), layers or settings that Keras
            does not know, weights only without a model to take them, or weights that do not fit.
    """
    path = Path(path)
    kind = _kind_of(path)
    if model is not None:
        with _weights_of(path, kind) as (file, is_old):
            read_into(check_model(model), file, is_old, path)
        return model
    if kind in ("weights", "old weights"):
        raise ValueError(
            f"Expected a whole model. Received {path}, which holds weights only: {_BY_WEIGHTS.removesuffix(')')}), "
            "with model built as it was when they were saved."
        )
    return _whole_model(path, kind)


def _kind_of(path: Path) -> _Kind:
    if path.is_dir():
        hint = ""
        if (path / "saved_model.pb").exists():
            hint = (
                ", a TensorFlow SavedModel, which has no Keras layers to look at; save the model as a .keras file "
                "where it was trained, with model.save('model.keras')"
            )
        raise IsADirectoryError(f"Expected a Keras model file (.keras, .h5). Received the folder {path}{hint}.")
    with path.open("rb") as file:
        start = file.read(32)
    if start.startswith(_HDF5):
        return _kind_of_hdf5(path)
    # A .keras file is a zip that holds config.json.
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if _CONFIG in archive.namelist():
                return "keras"
    elif start.startswith(_ZIP):
        raise _damaged(path, "its end is missing")
    received = f"{path}, which is neither"
    if not start:
        received = f"{path}, which is empty"
    elif start.startswith(_POINTER):
        received = f"{path}, which is a Git LFS pointer to the file; fetch that with `git lfs pull`"
    raise ValueError(f"Expected a Keras model file (.keras, .h5). Received {received}.")


def _kind_of_hdf5(path: Path) -> _Kind:
    try:
        with h5py.File(path, "r") as file:
            if "model_config" in file.attrs:
                return "hdf5"
            if "layer_names" in file.attrs or "layer_names0" in file.attrs:
                return "old weights"
            if any(name in file for name in ("layers", "vars", "_layer_checkpoint_dependencies")):
                return "weights"
            groups = [group for group in file.values() if isinstance(group, h5py.Group)]
            if any("vars" in group for group in groups):
                return "weights"
            contents = ", ".join(map(repr, list(file)[:5])) or "nothing"
    except (OSError, RuntimeError, KeyError) as error:
        raise _damaged(path, _first_line(error)) from error
    raise ValueError(f"Expected a Keras model file (.keras, .h5). Received {path}, an HDF5 file with {contents} in it.")


def _whole_model(path: Path, kind: _Kind) -> keras.Model:
    config = _config_of(path, kind)
    code_in = holds_code(config)
    if code_in is not None:
        raise ValueError(
            f"Expected a model without code in its file. Received {path}, whose Lambda layer {code_in!r} holds Python "
            f"code, which is not run. Either {_BY_WEIGHTS}; or, if you trust the file, "
            f"model = keras.models.load_model({str(path)!r}, safe_mode=False), and look at that."
        )
    try:
        with _named_as(path, kind) as file:
            model = _load(file)
    # Keras lets through whatever its layers raise.
    except Exception as error:
        cleaned, meaningful = without_idle_settings(config)
        if cleaned == config:
            raise _refused(path, kind, error, meaningful) from error
        try:
            with _with_config(path, kind, cleaned) as file:
                model = _load(file)
        except Exception as still:
            raise _refused(path, kind, still, meaningful) from still
    if not isinstance(model, keras.Model):
        raise ValueError(f"Expected a Keras model. Received a {type(model).__name__} in {path}.")
    return model


def _config_of(path: Path, kind: _Kind) -> Any:
    try:
        if kind == "keras":
            with zipfile.ZipFile(path) as archive:
                return json.loads(archive.read(_CONFIG))
        with h5py.File(path, "r") as hdf5:
            return json.loads(hdf5.attrs["model_config"])
    except (OSError, ValueError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
        raise _damaged(path, _first_line(error)) from error


def _refused(path: Path, kind: _Kind, error: Exception, meaningful: list[str]) -> ValueError:
    damage = _damage(path, kind)
    if damage is not None:
        return _damaged(path, damage)
    unknown = re.search(r"Could not locate (?:class|function) '([^']*)'|Unknown layer: '([^']*)'", str(error))
    first = _first_line(error).rstrip(".")
    if unknown:
        first = f"it has {(unknown[1] or unknown[2])!r}, which Keras does not know"
    expected = f"Expected a model that Keras {keras.__version__} can load. Received {path}: "
    if meaningful:
        return ValueError(
            f"{expected}it has settings that Keras {keras.__version__} does not know: {', '.join(meaningful)}. Load it "
            f"with the version of Keras that wrote it, or {_BY_WEIGHTS}."
        )
    if re.search(r"TFOpLambda|SlicingOpLambda", str(error)):
        return ValueError(
            f"{expected}it has bare TensorFlow operations, as Keras 2 wrote them (TFOpLambda), which Keras 3 cannot "
            f"run. Rebuild the model with keras.ops in their place and take the weights: nbviz.load(path, model)."
        )
    return ValueError(
        f"{expected}{first}. A model with layers of your own loads where their code is: import what registers them "
        f"(@keras.saving.register_keras_serializable()) before loading, or {_BY_WEIGHTS}."
    )


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(
        f"Expected a Keras model file (.keras, .h5). Received {path}, which is damaged: {what.rstrip('.')}. Copy or "
        "download it again."
    )


def _damage(path: Path, kind: _Kind) -> str | None:
    """What of the file cannot be read."""
    try:
        if kind == "keras":
            with zipfile.ZipFile(path) as archive:
                broken = archive.testzip()
                return None if broken is None else f"{broken} in it cannot be read"
        with h5py.File(path, "r") as hdf5:
            hdf5.visititems(lambda _name, item: item[()].size < 0 if isinstance(item, h5py.Dataset) else None)
    except (OSError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
        return _first_line(error)
    return None


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


@contextmanager
def _named_as(path: Path, kind: _Kind) -> Iterator[Path]:
    """The file under a name that Keras can tell its kind from."""
    if path.name.endswith(_ENDINGS[kind]):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{_ENDINGS[kind][0]}"
        shutil.copyfile(path, copy)
        yield copy


@contextmanager
def _with_config(path: Path, kind: _Kind, config: Any) -> Iterator[Path]:
    """A copy of the file with another config."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{_ENDINGS[kind][0]}"
        if kind == "hdf5":
            shutil.copyfile(path, copy)
            copy.chmod(0o600)
            with h5py.File(copy, "r+") as hdf5:
                hdf5.attrs["model_config"] = json.dumps(config)
        else:
            with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
                for item in old.infolist():
                    if item.filename == _CONFIG:
                        new.writestr(item, json.dumps(config))
                        continue
                    with old.open(item) as source, new.open(item, "w") as target:
                        shutil.copyfileobj(source, target)
        yield copy


@contextmanager
def _weights_of(path: Path, kind: _Kind) -> Iterator[tuple[Path, bool]]:
    """An HDF5 file with the weights, named so that Keras reads it, and whether it is as Keras 2 wrote it."""
    if kind != "keras":
        with _named_as(path, kind) as file:
            yield file, kind != "weights"
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extract(_WEIGHTS, folder)
        except KeyError as error:
            raise ValueError(f"Expected {_WEIGHTS} in {path}. Received {zipfile.ZipFile(path).namelist()}.") from error
        except (OSError, zipfile.BadZipFile, RuntimeError) as error:
            raise _damaged(path, _first_line(error)) from error
        yield Path(folder) / _WEIGHTS, False


def _load(path: Path) -> Any:
    absl = logging.getLogger("absl")
    level = absl.level
    absl.setLevel(logging.ERROR)
    # Notes about metrics and optimizers mean nothing to somebody who only looks.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # The loss tells logits from a regression.
            return keras.models.load_model(path)
        except Exception:
            # A loss or a metric of one's own is no reason not to look.
            return keras.models.load_model(path, compile=False)
        finally:
            absl.setLevel(level)

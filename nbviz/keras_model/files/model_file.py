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
from typing import Any

import h5py
import keras

from nbviz.keras_model.files.config import holds_code, without_idle_settings
from nbviz.keras_model.files.declared_sizes import TooLarge, arrays_of, at_most, counts_too_far
from nbviz.keras_model.files.file_kind import (
    CONFIG,
    ENDINGS,
    WEIGHTS,
    Kind,
    damaged,
    first_line,
    held_in,
    kind_of,
    opened,
)
from nbviz.keras_model.files.training_config import compile_as_saved, why_not
from nbviz.keras_model.files.weights import read_into
from nbviz.keras_model.graph import check_model
from nbviz.network.arguments import file_path

_BY_WEIGHTS = "build the model in code and take the weights from the file with nbviz.load(path, model)"


def load(path: str | os.PathLike[str], model: keras.Model | None = None) -> keras.Model:
    """Load a model to look at it; no code from the file is run.

    Whole models: `.keras` files, and `.h5` files of Keras 2 and 3. Settings in the file that Keras does not know and
    that change nothing are passed over, such as `groups=1` of a Conv2DTranspose of TensorFlow 2.12. A loss or a metric
    that is not known here is passed over too: the model is then not compiled, and a warning says so.

    A file is not believed: what it declares is compared with its size, and with the model that takes its weights,
    before anything of it is read or built.

    Args:
        path: The file.
        model: A built model that takes the weights of the file, whether that holds only weights (`.weights.h5`, or
            `.h5` of `save_weights` in Keras 2) or a whole model. Names, numbers and shapes of all weights are
            compared first; if anything fails, the model is as it was. Its optimizer is left alone.

    Returns:
        The model; `model` itself if that was given.

    Raises:
        OSError: There is no such file, it cannot be read, or it is none: a folder, a pipe.
        TypeError: `model` is no `keras.Model`.
        ValueError: Not a Keras file, a damaged one, one that holds code (Lambda layers), layers or settings that Keras
            does not know, weights only without a model to take them, weights that do not fit, or a file that declares
            many times what it holds.
    """
    path = file_path(path)
    if model is not None:
        check_model(model)
    kind = kind_of(path)
    if model is not None:
        with _weights_of(path, kind) as (file, is_old):
            read_into(model, file, is_old, path)
        return model
    if kind in ("weights", "old weights"):
        raise ValueError(
            f"Expected a whole model. Received {path}, which holds weights only: {_BY_WEIGHTS.removesuffix(')')}), "
            "with model built as it was when they were saved."
        )
    return _whole_model(path, kind)


def _whole_model(path: Path, kind: Kind) -> keras.Model:
    config = _config_of(path, kind)
    code_in = holds_code(config)
    if code_in is not None:
        raise ValueError(
            f"Expected a model without code in its file. Received {path}, whose Lambda layer {code_in!r} holds Python "
            f"code, which is not run. Either {_BY_WEIGHTS}; or, if you trust the file, "
            f"model = keras.models.load_model({str(path)!r}, safe_mode=False), and look at that."
        )
    held = held_in(path, kind)
    try:
        with at_most(held, path), _named_as(path, kind) as file:
            model, lost = _load(file, kind, config)
    except TooLarge:
        raise
    # Keras lets through whatever its layers raise.
    except Exception as error:
        try:
            cleaned, meaningful = without_idle_settings(config)
        except RecursionError:
            raise damaged(path, "its config has no end") from error
        if cleaned == config:
            raise _refused(path, kind, error, meaningful) from error
        try:
            with at_most(held, path), _with_config(path, kind, cleaned) as file:
                model, lost = _load(file, kind, cleaned)
        except TooLarge:
            raise
        except Exception as still:
            raise _refused(path, kind, still, meaningful) from still
    if not isinstance(model, keras.Model):
        raise ValueError(f"Expected a Keras model. Received a {type(model).__name__} in {path}.")
    if lost is not None:
        warnings.warn(
            f"{path} is loaded without its loss and optimizer: {lost.rstrip('.')}. It can be looked at; before "
            "evaluate or fit call model.compile(optimizer, loss), or import what registers them before loading.",
            stacklevel=3,
        )
    return model


def _config_of(path: Path, kind: Kind) -> Any:
    try:
        if kind == "keras":
            with opened(path) as archive:
                return json.loads(archive.read(CONFIG))
        with h5py.File(path, "r") as hdf5:
            return json.loads(hdf5.attrs["model_config"])
    except TooLarge:
        raise
    except Exception as error:
        raise damaged(path, first_line(error)) from error


def _refused(path: Path, kind: Kind, error: Exception, meaningful: list[str]) -> ValueError:
    damage = _damage(path, kind)
    if damage is not None:
        return damaged(path, damage)
    unknown = re.search(r"Could not locate (?:class|function) '([^']*)'|Unknown layer: '([^']*)'", str(error))
    first = first_line(error).rstrip(".")
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


def _damage(path: Path, kind: Kind) -> str | None:
    """What of the file cannot be read."""
    try:
        if kind == "keras":
            with zipfile.ZipFile(path) as archive:
                broken = archive.testzip()
                return None if broken is None else f"{broken} in it cannot be read"
        with h5py.File(path, "r") as hdf5:
            for array in arrays_of(hdf5, path, path.stat().st_size).values():
                array[()]
    except Exception as error:
        return first_line(error)
    return None


@contextmanager
def _named_as(path: Path, kind: Kind) -> Iterator[Path]:
    """The file under a name that Keras can tell its kind from."""
    if path.name.endswith(ENDINGS[kind]):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{ENDINGS[kind][0]}"
        shutil.copyfile(path, copy)
        yield copy


@contextmanager
def _with_config(path: Path, kind: Kind, config: Any) -> Iterator[Path]:
    """A copy of the file with another config."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{ENDINGS[kind][0]}"
        if kind == "hdf5":
            shutil.copyfile(path, copy)
            copy.chmod(0o600)
            with h5py.File(copy, "r+") as hdf5:
                hdf5.attrs["model_config"] = json.dumps(config)
        else:
            with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
                for item in old.infolist():
                    if item.filename == CONFIG:
                        new.writestr(item, json.dumps(config))
                        continue
                    with old.open(item) as source, new.open(item, "w") as target:
                        shutil.copyfileobj(source, target)
        yield copy


@contextmanager
def _weights_of(path: Path, kind: Kind) -> Iterator[tuple[Path, bool]]:
    """An HDF5 file with the weights, named so that Keras reads it, and whether it is as Keras 2 wrote it."""
    if kind != "keras":
        with _named_as(path, kind) as file:
            yield file, kind != "weights"
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            with opened(path) as archive:
                if WEIGHTS not in archive.namelist():
                    raise ValueError(f"Expected {WEIGHTS} in {path}. Received {archive.namelist()[:5]}.")
                archive.extract(WEIGHTS, folder)
        except ValueError:
            raise
        except Exception as error:
            raise damaged(path, first_line(error)) from error
        yield Path(folder) / WEIGHTS, False


def _load(path: Path, kind: Kind, config: Any) -> tuple[Any, str | None]:
    """The model in a file, and why it is not compiled as it was saved; None where it is."""
    absl = logging.getLogger("absl")
    level = absl.level
    absl.setLevel(logging.ERROR)
    # Notes about metrics and optimizers mean nothing to somebody who only looks.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if kind == "hdf5":
                model = keras.models.load_model(path, compile=False)
                return model, compile_as_saved(model, path)
            compiled = config.get("compile_config") if isinstance(config, dict) else None
            if not compiled:
                return keras.models.load_model(path, compile=False), None
            try:
                if counts_too_far([compiled.get("metrics"), compiled.get("weighted_metrics")]):
                    raise ValueError("a metric asks for too much")
                # The loss tells logits from a regression.
                model = keras.models.load_model(path)
                return model, None if model.compiled else "Keras cannot compile it"
            except TooLarge:
                raise
            except Exception as error:
                # A loss or a metric of one's own is no reason not to look.
                return keras.models.load_model(path, compile=False), why_not(error)
        finally:
            absl.setLevel(level)

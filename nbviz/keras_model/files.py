"""Models from files."""

from __future__ import annotations

import logging
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import keras

_HDF5 = b"\x89HDF\r\n\x1a\n"


def load_model(path: str | os.PathLike[str]) -> keras.Model:
    """Load a model to look at it; no code from the file is run.

    Args:
        path: A `.keras` or `.h5` file.

    Raises:
        OSError: There is no such file, or it cannot be read.
        ValueError: Not a Keras model, or one with layers that Keras does not know.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"Expected a Keras model file (.keras, .h5). Received the folder {path}.")
    with path.open("rb") as file:
        is_hdf5 = file.read(len(_HDF5)) == _HDF5
    # A .keras file is a zip that holds config.json.
    if not is_hdf5 and not (zipfile.is_zipfile(path) and "config.json" in zipfile.ZipFile(path).namelist()):
        raise ValueError(f"Expected a Keras model file (.keras, .h5). Received {path}, which is neither.")
    try:
        model = _load(path)
    # Keras lets through whatever its layers raise.
    except Exception as error:
        first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ValueError(
            f"Expected a model that Keras {keras.__version__} can load. Received {path}: {first.strip()} "
            "A model with layers of your own opens in a notebook, with nbviz.explore(model, x)."
        ) from error
    if not isinstance(model, keras.Model):
        raise ValueError(f"Expected a Keras model. Received a {type(model).__name__} in {path}.")
    return model


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

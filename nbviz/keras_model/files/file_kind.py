"""What a file is: a model or weights only, as Keras 3 or as Keras 2 wrote them; or why it is none of these."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import h5py

from nbviz.keras_model.files.declared_sizes import ForeignPart, TooLarge, arrays_of, check_archive

_HDF5 = b"\x89HDF\r\n\x1a\n"
CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
_ZIP = b"PK\x03\x04"
_POINTER = b"version https://git-lfs"

# What a file holds: a whole model, or weights only; as Keras 3 or as Keras 2 wrote it.
Kind = Literal["keras", "hdf5", "weights", "old weights"]
ENDINGS: dict[Kind, tuple[str, ...]] = {
    "keras": (".keras",),
    "hdf5": (".h5", ".hdf5"),
    "weights": (".weights.h5",),
    "old weights": (".h5", ".hdf5"),
}


def kind_of(path: Path) -> Kind:
    """What the file is.

    Raises:
        OSError: There is no such file, or it is a folder or a pipe.
        ValueError: No file of Keras, a damaged one, or one that unpacks to many times its size.
    """
    if path.is_dir():
        hint = ""
        if (path / "saved_model.pb").exists():
            hint = (
                ", a TensorFlow SavedModel, which has no Keras layers to look at; save the model as a .keras file "
                "where it was trained, with model.save('model.keras')"
            )
        raise IsADirectoryError(f"Expected a Keras model file (.keras, .h5). Received the folder {path}{hint}.")
    if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe waits for somebody to write into it
        raise OSError(f"Expected a Keras model file (.keras, .h5). Received {path}, which is a pipe or a device.")
    with path.open("rb") as file:
        start = file.read(32)
    if start.startswith(_HDF5):
        return _kind_of_hdf5(path)
    # A .keras file is a zip that holds config.json.
    if zipfile.is_zipfile(path):
        with opened(path) as archive:
            if CONFIG in archive.namelist():
                return "keras"
    elif start.startswith(_ZIP):
        raise damaged(path, "its end is missing")
    received = f"{path}, which is neither"
    if not start:
        received = f"{path}, which is empty"
    elif start.startswith(_POINTER):
        received = f"{path}, which is a Git LFS pointer to the file; fetch that with `git lfs pull`"
    raise ValueError(f"Expected a Keras model file (.keras, .h5). Received {received}.")


def _kind_of_hdf5(path: Path) -> Kind:
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
    except Exception as error:
        raise damaged(path, first_line(error)) from error
    raise ValueError(f"Expected a Keras model file (.keras, .h5). Received {path}, an HDF5 file with {contents} in it.")


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, if what it unpacks to is in proportion."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, struct.error) as error:
        raise damaged(path, first_line(error)) from error
    with archive:
        check_archive(archive, path)
        yield archive


def held_in(path: Path, kind: Kind) -> int:
    """Bytes of the file, unpacked, once its arrays are known to be in proportion.

    Raises:
        ValueError: They are not, or a part of the file lies in another one.
    """
    try:
        return _held(path, kind)
    except (TooLarge, ForeignPart):
        raise
    except Exception as error:  # whatever the libraries that read it raise
        raise damaged(path, first_line(error)) from error


def _held(path: Path, kind: Kind) -> int:
    size = path.stat().st_size
    if kind != "keras":
        with h5py.File(path, "r") as hdf5:
            arrays_of(hdf5, path, size)
        return size
    with opened(path) as archive:
        unpacked = check_archive(archive, path)
        if WEIGHTS in archive.namelist():
            # Written by Keras it is not compressed, so that it can be looked at where it is.
            with archive.open(WEIGHTS) as member, h5py.File(member, "r") as hdf5:
                arrays_of(hdf5, path, unpacked)
        elif any(name.endswith(".npz") for name in archive.namelist()):
            raise ValueError("its weights are in an .npz file, which only a few versions of Keras 3 wrote")
    return unpacked


def damaged(path: Path, what: str) -> ValueError:
    """The error that says so."""
    return ValueError(
        f"Expected a Keras model file (.keras, .h5). Received {path}, which is damaged: {what.rstrip('.')}. Copy or "
        "download it again."
    )


def first_line(error: BaseException) -> str:
    """The first line of an error that says something."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)

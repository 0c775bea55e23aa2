"""What a file declares against what it holds, so that a small file never asks for much memory.

A few hundred bytes can declare a terabyte: a compressed array, an archive of zeros, a layer of 1e8 units. What is
declared is read first, and refused where it is many times the file.
"""

from __future__ import annotations

import math
import os
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import keras

FLOOR = 2**26  # bytes that any file may ask for
ARCHIVE_RATIO = 16  # weights that were pruned compress well
MODEL_RATIO = 2  # a file holds all weights of its model; Keras does not compress them
MOST_IN_METRICS = 100_000  # such as thresholds of an AUC, which are made one by one
_METER = threading.RLock()


class TooLarge(ValueError):
    """A file declares many times what it holds."""

    def __init__(self, path: Path, what: str, declared: float) -> None:
        """The error in words.

        Args:
            path: The file.
            what: What asks for the memory: `"its weights"`.
            declared: Bytes of it.
        """
        super().__init__(
            f"Expected a file that holds what it declares. Received {path} of {_words(os.path.getsize(path))}: {what} "
            f"would take {_words(declared)}. It is damaged, or made to fill the memory; it was not read."
        )


class ForeignPart(ValueError):
    """A part of a file lies in another one, which might be any file of this machine."""

    def __init__(self, path: Path, place: str) -> None:
        """The error in words."""
        super().__init__(
            f"Expected a file that holds its own weights. Received {path}, whose {place!r} lies in another file; save "
            "the model anew with Keras."
        )


def check_archive(archive: zipfile.ZipFile, path: Path) -> int:
    """Check what the members of an archive unpack to.

    Returns:
        Bytes of all members, unpacked.

    Raises:
        TooLarge: Many times the file.
    """
    declared = sum(member.file_size for member in archive.infolist())
    if declared > FLOOR + ARCHIVE_RATIO * path.stat().st_size:
        raise TooLarge(path, "what it unpacks to", declared)
    return declared


def arrays_of(hdf5: h5py.File, path: Path, held: int) -> dict[str, h5py.Dataset]:
    """All arrays of an HDF5 file by their place in it; nothing of them is read.

    Args:
        hdf5: The open file.
        path: Its name to the user.
        held: Bytes of the file.

    Raises:
        TooLarge: Their shapes ask for many times the file.
        ForeignPart: A part of it lies in another file.
    """
    arrays: dict[str, h5py.Dataset] = {}
    seen: set[Any] = set()
    stack: list[tuple[str, Any]] = [("", hdf5)]
    while stack:
        place, item = stack.pop()
        address = h5py.h5o.get_info(item.id).addr
        if address in seen:
            continue
        seen.add(address)
        if isinstance(item, h5py.Dataset):
            if item.external or item.is_virtual:
                raise ForeignPart(path, place)
            arrays[place] = item
        elif isinstance(item, h5py.Group):
            for name in reversed(list(item)):
                inner = f"{place}/{name}".lstrip("/")
                link = item.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise ForeignPart(path, inner)
                if isinstance(link, h5py.HardLink):
                    stack.append((inner, item[name]))
    declared = sum(math.prod(array.shape or ()) * array.dtype.itemsize for array in arrays.values())
    if declared > FLOOR + ARCHIVE_RATIO * held:
        raise TooLarge(path, "its arrays", declared)
    return arrays


@contextmanager
def at_most(held: int, path: Path) -> Iterator[None]:
    """While a model is made from its config: refuse weights of more bytes than the file can hold.

    Keras makes the weights before it compares them with those in the file. They are counted where every layer asks
    for them; of this thread alone.

    Args:
        held: Bytes of the file, unpacked.
        path: The file.

    Raises:
        TooLarge: A layer asked for more.
    """
    thread, limit = threading.get_ident(), FLOOR + MODEL_RATIO * held
    refused: list[TooLarge] = []
    asked = 0.0

    def counted(owner: Any, shape: Any, dtype: Any) -> None:
        nonlocal asked
        if threading.get_ident() != thread:
            return
        try:
            size = math.prod(int(length) for length in (shape or ()))
            asked += size * _itemsize(dtype or getattr(owner, "variable_dtype", "float32"))
        except (TypeError, ValueError):  # Keras says what is wrong with it
            return
        if asked > limit:
            refused.append(TooLarge(path, f"the weights of {owner.name!r}, as its config has them,", asked))
            raise refused[0]

    layer, metric = keras.layers.Layer, keras.metrics.Metric
    of_layer, of_metric = layer.add_weight, metric.add_variable

    def add_weight(self: Any, *args: Any, **more: Any) -> Any:
        counted(self, more.get("shape", args[0] if args else None), more.get("dtype"))
        return of_layer(self, *args, **more)

    def add_variable(self: Any, shape: Any, *rest: Any, **more: Any) -> Any:
        counted(self, shape, "float32")
        return of_metric(self, shape, *rest, **more)

    with _METER:
        layer.add_weight, metric.add_variable = add_weight, add_variable
        try:
            yield
        except Exception:
            # Keras tells it as an error of deserialising the layer.
            if refused:
                raise refused[0] from None
            raise
        finally:
            layer.add_weight, metric.add_variable = of_layer, of_metric


def counts_too_far(config: Any) -> bool:
    """Whether a config of metrics holds a number that no metric is made with in reasonable time."""
    stack = [config]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            stack += part.values()
        elif isinstance(part, (list, tuple)):
            stack += part
        elif isinstance(part, (int, float)) and abs(part) > MOST_IN_METRICS:
            return True
    return False


def _itemsize(dtype: Any) -> float:
    name = keras.backend.standardize_dtype(dtype)
    return 8.0 if name.endswith("64") else 1.0 if name in ("bool", "int8", "uint8") else 4.0


def _words(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "bytes" else f"{size:.0f} bytes"
        size /= 1000
    return f"{size:,.3g} TB"

"""Weights in each kind of file that Keras has written."""

from __future__ import annotations

from pathlib import Path

import h5py
import keras


def saved_weights(folder: Path, kind: str, model: keras.Model) -> Path:
    """A file of kind "new" (weights of Keras 3), "keras", "h5" or "old" (weights of Keras 2)."""
    path = folder / {"new": "m.weights.h5", "keras": "m.keras", "h5": "m.h5", "old": "old.h5"}[kind]
    if kind == "new":
        model.save_weights(path)
    elif kind != "old":
        model.save(path)
    else:
        model.save(folder / "whole.h5")
        with h5py.File(folder / "whole.h5") as whole, h5py.File(path, "w") as file:
            for name in whole["model_weights"]:
                whole["model_weights"].copy(name, file)
            for name, value in whole["model_weights"].attrs.items():
                file.attrs[name] = value
    return path

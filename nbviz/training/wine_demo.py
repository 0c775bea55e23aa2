"""The demonstration: a small network that tells three wines apart."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd

CLASS_NAMES = ["Barolo", "Grignolino", "Barbera"]


@dataclass(frozen=True, eq=False, repr=False)
class TrainedOnWine:
    """A model, and the bottles it has not seen.

    Attributes:
        model: 13-32-16-3, with the standardisation of its inputs inside.
        x: (45, 13) measurements.
        y: (45,) class indices.
        accuracy: Share of these bottles that it gets right.
    """

    model: keras.Model
    x: pd.DataFrame
    y: np.ndarray
    accuracy: float

    def __repr__(self) -> str:
        """The model and how good it is; no arrays."""
        return f"TrainedOnWine(model {self.model.name!r}, {len(self.x)} bottles, accuracy {self.accuracy:.3f})"


def train_on_wine(seed: int = 3, epochs: int = 60) -> TrainedOnWine:
    """Train on three quarters of scikit-learn's wine data: 178 bottles, 13 measurements, three grapes.

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_wine
        from sklearn.model_selection import train_test_split
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'The demonstration needs the wine data of scikit-learn: pip install "nbviz[demo]".', name=error.name
        ) from error
    wine = load_wine(as_frame=True)
    x_train, x_test, y_train, y_test = train_test_split(
        wine.data, wine.target.to_numpy(), stratify=wine.target, random_state=seed, test_size=45
    )
    keras.utils.set_random_seed(seed)
    normalization = keras.layers.Normalization(name="standardise")
    normalization.adapt(x_train.to_numpy())
    layers = [
        keras.Input((13,), name="wine"),
        normalization,
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential(layers, name="wine")
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(x_train.to_numpy(), y_train, epochs=epochs, batch_size=32, verbose=0)
    right = model.predict(x_test.to_numpy(), verbose=0).argmax(axis=1) == y_test
    return TrainedOnWine(model, x_test.reset_index(drop=True), y_test, float(right.mean()))

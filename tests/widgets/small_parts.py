"""The least that each view can be made of: a network on images, a table, a prediction."""

import keras
import numpy as np
import pandas as pd

from nbviz.attribution.table.importance import Importance
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker


def small_convnet() -> tuple[keras.Model, np.ndarray]:
    """A convolution of two filters on images of 6 x 6, and three images."""
    keras.utils.set_random_seed(7)
    layers = keras.layers
    head = [layers.GlobalAveragePooling2D(name="average"), layers.Dense(2, "softmax", name="answer")]
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3, name="maps"), *head])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model, np.random.default_rng(7).normal(size=(3, 6, 6, 1))


def small_table() -> Importance:
    """Two features and two classes."""
    attrs = {"method": "ablation", "output": "logit", "rows": 3, "head": "softmax"}
    return Importance(np.array([[3.0, 1], [1, 3]]), None, pd.Index(["hue", "ash"]), pd.Index(["no", "yes"]), attrs)


def small_picker() -> SamplePicker:
    """One row, rightly told from the other class."""
    return SamplePicker(ClassPredictions([[0.75, 0.25]], [0], class_names=["no", "yes"]))

"""The least that each view can be made of: a network on images, a table, a prediction."""

import keras
import numpy as np
import pandas as pd

from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.region_tables import ImageTables
from nbviz.attribution.images.regions import grid_regions
from nbviz.attribution.table.importance import Importance
from nbviz.widgets.image_evidence.image_evidence import ImageEvidence
from nbviz.widgets.image_evidence.image_evidence_wire import EvidencePlan
from nbviz.widgets.image_importance.image_importance import ImageImportance
from nbviz.widgets.image_importance.image_importance_wire import MappedPictures
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


def small_maps() -> ImageImportance:
    """Pictures of 2 x 1 pixels, each a region, and two classes."""
    form, table = ImageForm(2, 1), small_table()
    squares = Importance(table.strength.reshape(2, 1, 2), None, table.features, table.classes, table.attrs)
    pictures = MappedPictures(form, grid_regions(form), np.ones((2, 1, 1)), 0.0, 1.0)
    return ImageImportance(pictures, ImageTables(table, squares))


def small_evidence() -> ImageEvidence:
    """Of pictures of 2 x 1 pixels and two classes, none of which is explained yet."""
    form = ImageForm(2, 1)
    plan = EvidencePlan(form, grid_regions(form), 0.0, 1.0, ("no", "yes"), "average of 3 rows", "centred logit")
    return ImageEvidence(plan)

"""A part of an explorer that its user closes is left out from then on; all the others go on."""

import keras
import numpy as np
import pytest
import traitlets
from keras import Input, Sequential, layers

import nbviz
from nbviz import explore
from nbviz.widgets.owner import ClosedError
from tests.explorer.small_classifier import CLASSES_OF_IMAGES, IMAGES, LONG, NAMES, X, convnet
from tests.page.widgets import whole_text

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")


def use(model, made, sample):
    """Look at a row and a class, change the model, train a step: what is left shows the live model."""
    made.selected_sample, made.selected_class = sample, 1
    made.selected_unit, made.edge_meaning = 0, "path"
    model.layers[-1].bias.assign(model.layers[-1].bias + 0.5)
    made.update()
    assert made.wait(LONG)
    trainer = None if made.training.comm is None else made.training.trainer
    if trainer is not None and trainer.comm is not None:
        trainer.step()
        assert trainer.wait(LONG)
        assert trainer.error is None
    assert made.wait(LONG)
    assert made.error is None
    made.selected_class = made.selected_unit = None


def close(made, part):
    part.close()
    # A box with a closed widget in it could not be saved.
    boxes = [made, made.tabs, *made.tabs.children, *made.children]
    assert all(child.comm is not None for box in boxes for child in getattr(box, "children", ()))
    assert len(made.tabs.titles) == len(made.tabs.children)


def test_of_classes_every_part_can_be_closed(own, tmp_path):
    model, made = own
    parts = [
        *(made.sample_picker, made.cell_rows, made.confusion, made.what_if, made.waterfall, made.comparison),
        *(made.training.chart, made.training.histograms, made.training.trainer),
        *(made.weights, made.layers, made.training, made.matrix),
    ]
    for sample, part in enumerate(parts):
        close(made, part)
        use(model, made, sample)
    assert made.tabs.titles == ("Sample",)
    np.testing.assert_allclose(made._panels.samples.predictions, model.predict(X.to_numpy(), verbose=0), atol=1e-6)
    page = whole_text(nbviz.save_html(made, tmp_path / "left.html"))
    assert "NetworkDiagram" in page or "network_diagram" in page
    with pytest.raises(ClosedError, match="Expected an open ImportanceMatrix"):
        _ = made.importance
    made.diagram.close()
    with pytest.raises(ClosedError, match="Expected an open NetworkDiagram"):
        made.update()


def test_without_what_compares_or_averages_nothing_is_compared_or_averaged(own):
    _, made = own
    made.compared_samples = (1, 2)
    close(made, made.comparison)
    assert made.compared_samples == ()
    assert (made.sample_picker.most_compared, made.sample_picker.compared_samples) == (0, [])
    with pytest.raises(traitlets.TraitError, match="what compares them has been closed"):
        made.compared_samples = (1, 2)
    made.selected_sample = 4
    made.show_mean(0)
    close(made, made.confusion)
    assert (made.mean_of, made.selected_sample) == (None, 4)
    assert made.wait(LONG)
    assert made.error is None
    assert made.importance.attrs.get("rows_name") is None


def test_labels_and_their_table_can_be_closed():
    keras.utils.set_random_seed(0)
    model = Sequential([Input((4,)), layers.Dense(3, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    made = explore(model, X, (X.to_numpy()[:, :3] > 0).astype(int), method="gradient")
    for sample, part in enumerate([made.sample_picker, made.labels]):
        close(made, part)
        use(model, made, sample)


def test_of_pictures_evidence_and_maps_can_be_closed():
    model = convnet()
    made = explore(model, IMAGES, CLASSES_OF_IMAGES, class_names=NAMES, method="gradient")
    for sample, part in enumerate([made.evidence, made.weights.kernels, made.layers.maps, made.images]):
        close(made, part)
        use(model, made, sample)


def test_whatever_is_asked_of_a_closed_part_it_says_that_it_is_closed(own):
    _, made = own
    picker = made.sample_picker
    picker.close()
    with pytest.raises(ClosedError, match=r"^Expected an open SamplePicker.* without set_predictions"):
        picker.set_predictions(np.zeros((40, 3)))
    picker.close()
    assert repr(picker) == "SamplePicker(closed)"

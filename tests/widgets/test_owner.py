"""Every widget: closed, or dropped by whoever held it, it is gone, and with it the model and all it is made of."""

import gc
import threading
import time
import weakref

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

import nbviz
from nbviz.widgets.code_file import CodeFile
from nbviz.widgets.output_pictures.output_pictures import OutputPictures
from nbviz.widgets.owner import ClosedError
from nbviz.widgets.predicted_values.predicted_values import PredictedValues
from nbviz.widgets.sample_charts.asked_model import AskedModel
from nbviz.widgets.sample_charts.cell_rows import CellNames, CellRows
from nbviz.widgets.sample_charts.confusion import Confusion
from nbviz.widgets.sample_charts.feature_sliders import SliderFeatures, ranges
from nbviz.widgets.sample_charts.label_confusion import LabelConfusion
from nbviz.widgets.sample_charts.response_curve import ResponseCurve
from nbviz.widgets.sample_charts.threshold_curves import ThresholdCurves
from nbviz.widgets.sample_charts.waterfall import Waterfall
from nbviz.widgets.sample_charts.what_if import WhatIf
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker
from tests.explorer.small_classifier import CLASSES_OF_IMAGES, IMAGES, LONG, NAMES, X, Y, convnet, mlp
from tests.widgets.small_parts import small_evidence, small_maps

ROWS = X.to_numpy()


def recording(model, **more):
    made = nbviz.Recording(model, ROWS, Y, every_batches=1, **more)
    model.fit(ROWS, Y, verbose=0, callbacks=[made.callback()])
    return made


def watched(model):
    diagram = nbviz.NetworkDiagram(model, X)
    made = recording(model, diagram=diagram)
    diagram.show_history(made)
    model.fit(ROWS, Y, verbose=0, callbacks=[diagram.live(), made.callback()])
    return diagram


def trained(model):
    trainer = nbviz.Trainer(model, ROWS, Y)
    trainer.step("epoch")
    assert trainer.wait(LONG)
    return trainer


def what_if(model):
    predict = lambda table: model.predict(table, verbose=0)  # noqa: E731
    made = WhatIf(AskedModel(predict, NAMES), SliderFeatures(list(X.columns), ranges(ROWS)))
    made.set_sample(ROWS[0], "sample 0")
    return made


def cell_rows(model):
    p = model(ROWS).numpy()
    credits = lambda row, pair: model(ROWS[[row, row]]).numpy().T[:, :2]  # noqa: E731
    made = CellRows(Y, p.argmax(axis=1), p, CellNames(NAMES, list(X.columns)[:3]), credits)
    made.cell = [int(Y[0]), int(p[0].argmax())]
    return made


def explored(model):
    made = nbviz.explore(model, X, Y)
    made.training.trainer.step("epoch")
    assert made.training.trainer.wait(LONG)
    made.selected_sample, made.edge_meaning = 3, "path"
    return made


PUBLIC = {
    "NetworkDiagram": (mlp, watched),
    "ImportanceMatrix": (mlp, lambda model: nbviz.ImportanceMatrix(nbviz.importance(model, X))),
    "KernelGrid": (convnet, nbviz.KernelGrid),
    "FeatureMaps": (convnet, lambda model: nbviz.FeatureMaps(model, IMAGES)),
    "TrainingChart": (mlp, lambda model: nbviz.TrainingChart(recording(model))),
    "WeightHistograms": (mlp, lambda model: nbviz.WeightHistograms(recording(model))),
    "Trainer": (mlp, trained),
    "SamplePicker": (mlp, lambda model: SamplePicker(ClassPredictions(model(ROWS).numpy(), Y, class_names=NAMES))),
    "Confusion": (mlp, lambda model: Confusion(Y, model(ROWS).numpy().argmax(axis=1), NAMES)),
    "CellRows": (mlp, cell_rows),
    "LabelConfusion": (mlp, lambda model: LabelConfusion(np.eye(3)[Y], model(ROWS).numpy() > 0.5, NAMES)),
    "PredictedValues": (mlp, lambda model: PredictedValues(X.to_numpy()[:, :3], model(ROWS).numpy(), NAMES)),
    "ImageImportance": (mlp, lambda model: small_maps()),
    "ImageEvidence": (mlp, lambda model: small_evidence()),
    "ThresholdCurves": (mlp, lambda model: ThresholdCurves(Y > 0, model(ROWS).numpy()[:, 1], ["no", "yes"])),
    "OutputPictures": (mlp, lambda model: OutputPictures()),
    "WhatIf": (mlp, what_if),
    "Waterfall": (mlp, lambda model: Waterfall(list(X.columns), NAMES)),
    "ResponseCurve": (mlp, lambda model: ResponseCurve(NAMES)),
    "ModelExplorer": (mlp, explored),
    "ModelComparison": (mlp, lambda model: nbviz.compare(model, mlp(seed=2), X)),
    "ModelExplorer of images": (convnet, lambda model: nbviz.explore(model, IMAGES, CLASSES_OF_IMAGES)),
}


def open_widgets():
    """Ids of the widgets that are open, the views' code apart: it is everybody's."""
    gc.collect()
    return {name for name, widget in list(_instances.items()) if not isinstance(widget, CodeFile)}


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("nbviz")]


def wait_for_threads():
    """Wait until none runs: what one of them ends with may have started another."""
    end = time.monotonic() + LONG
    while running := threads():
        assert time.monotonic() < end, running
        for thread in running:
            thread.join(LONG)


@pytest.fixture(autouse=True)
def nothing_of_others_runs():
    wait_for_threads()


def made(name):
    build, make = PUBLIC[name]
    model = build()
    return weakref.ref(model), make(model)


@pytest.mark.parametrize("name", PUBLIC)
def test_after_close_nothing_is_left_but_a_closed_widget(name):
    before = open_widgets()
    model, widget = made(name)
    assert open_widgets() - before
    widget.close()
    assert open_widgets() == before
    wait_for_threads()
    gc.collect()
    assert model() is None, "whoever holds the widget no longer holds the model"
    assert repr(widget) == f"{name.split()[0]}(closed)"
    widget.close()
    held = weakref.ref(widget)
    del widget
    gc.collect()
    assert held() is None


@pytest.mark.parametrize("name", PUBLIC)
def test_what_was_never_shown_goes_with_its_last_reference(name):
    before = open_widgets()
    model, widget = made(name)
    held = weakref.ref(widget)
    del widget
    wait_for_threads()
    assert open_widgets() == before
    assert (model(), held()) == (None, None)


def test_the_models_of_a_cross_validation_are_gone_with_their_pictures():
    before, models = open_widgets(), []
    for seed in range(10):
        model = mlp(seed=seed)
        models.append(weakref.ref(model))
        nbviz.NetworkDiagram(model, X).to_svg()
        if seed == 0:
            nbviz.explore(model, X, Y)
    del model
    wait_for_threads()
    assert open_widgets() == before
    assert [held() for held in models] == [None] * 10


def test_a_part_that_is_held_keeps_what_it_shows():
    explorer = nbviz.explore(mlp(), X, Y)
    diagram, recorded = explorer.diagram, explorer.training.recording
    held = weakref.ref(explorer)
    del explorer
    gc.collect()
    assert diagram.show(2).comm is not None
    del diagram
    wait_for_threads()
    gc.collect()
    assert held() is None, "a recording keeps the model, not its pictures"
    assert recorded.capture().step == 0


def test_a_closed_widget_says_so():
    diagram = nbviz.NetworkDiagram(mlp(), X)
    diagram.close()
    for use in (diagram.update, diagram.to_svg, lambda: diagram.model, lambda: diagram.show(3)):
        with pytest.raises(ClosedError, match="Expected an open NetworkDiagram"):
            use()
    assert diagram._repr_mimebundle_ is None
    with pytest.raises(ValueError, match="closed"):
        nbviz.save_html(diagram, "unwritten.html")


def test_what_a_user_put_in_stays_the_users():
    explorer = nbviz.explore(mlp(), X, Y)
    note = ipywidgets.HTML("mine")
    explorer.children = [*explorer.children, note]
    mine = ipywidgets.IntSlider()
    link = ipywidgets.jslink((explorer.diagram, "selected_sample"), (mine, "value"))
    box = ipywidgets.VBox([explorer.diagram, mine])
    explorer.close()
    assert (note.comm is None, mine.comm is None, box.comm is None) == (False, False, False)
    assert link.comm is None, "it leads nowhere, and would break every page saved later"
    for widget in (box, box.layout, mine, mine.layout, mine.style, note, note.layout, note.style):
        widget.close()


def test_a_trainer_at_work_goes_on_though_nobody_holds_it():
    model = mlp()
    trainer = nbviz.Trainer(model, ROWS, Y, epochs=3)
    held = weakref.ref(trainer)
    trainer.play()
    del trainer
    wait_for_threads()
    gc.collect()
    assert held() is None
    assert int(np.asarray(model.optimizer.iterations)) == 6

"""What a browser hears of a widget at first: all that draws it, whatever comes of later messages."""

import comm
import keras
import numpy as np
import pytest
from comm.base_comm import BaseComm
from ipywidgets.widgets.widget import _remove_buffers

import nbviz
from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import grid_regions
from nbviz.widgets.image_evidence.image_evidence import ImageEvidence
from nbviz.widgets.image_importance.image_importance import ImageImportance
from nbviz.widgets.importance_matrix.difference_matrix import DifferenceMatrix
from nbviz.widgets.network_diagram.difference_diagram import DifferenceDiagram
from nbviz.widgets.network_diagram.network_picture import NetworkPicture
from nbviz.widgets.output_pictures.output_pictures import OutputPictures
from nbviz.widgets.predicted_values.predicted_values import PredictedValues
from nbviz.widgets.sample_charts.cell_rows import CellNames, CellRows
from nbviz.widgets.sample_charts.confusion import Confusion
from nbviz.widgets.sample_charts.sample_comparison import ComparisonNames, SampleComparison
from nbviz.widgets.sample_charts.waterfall import Waterfall
from nbviz.widgets.sample_picker.sample_picker import SamplePicker
from nbviz.widgets.training_charts.time_cursor import TimeCursor
from nbviz.widgets.view import View
from tests.widgets.small_parts import (
    small_convnet,
    small_evidence,
    small_maps,
    small_picker,
    small_table,
)

MAKERS = {
    nbviz.NetworkDiagram: lambda model, x: nbviz.NetworkDiagram(model, x, height=300),
    nbviz.ImportanceMatrix: lambda model, x: nbviz.ImportanceMatrix(small_table()),
    nbviz.Trainer: lambda model, x: nbviz.Trainer(model, x, np.array([0, 1, 0]), recording=False),
    nbviz.KernelGrid: lambda model, x: nbviz.KernelGrid(model, sort="norm"),
    nbviz.FeatureMaps: lambda model, x: nbviz.FeatureMaps(model, x, sample=2),
    SamplePicker: lambda model, x: small_picker(),
    Confusion: lambda model, x: Confusion([0, 1, 0], [0, 1, 1], ["no", "yes"]),
    Waterfall: lambda model, x: Waterfall(["hue", "ash"], ["no", "yes"]),
    CellRows: lambda model, x: CellRows(
        [0, 1], [1, 1], [[0.25, 0.75], [0.25, 0.75]], CellNames(["no", "yes"], ["hue"]), lambda row, pair: np.ones(1)
    ),
    PredictedValues: lambda model, x: PredictedValues([1.0, 3.0], [2.0, 2.5], ["y"]),
    ImageImportance: lambda model, x: small_maps(),
    ImageEvidence: lambda model, x: small_evidence(),
    OutputPictures: lambda model, x: OutputPictures(grid_regions(ImageForm(6, 6)), ["cell", "edge"]),
    SampleComparison: lambda model, x: SampleComparison(3, ComparisonNames(["hue"], ["no", "yes"]), lambda row: None),
    DifferenceDiagram: lambda model, x: DifferenceDiagram(model, keras.models.clone_model(model), x),
    DifferenceMatrix: lambda model, x: DifferenceMatrix(small_table(), small_table()),
    TimeCursor: lambda model, x: TimeCursor(shown_frame=3),
}


@pytest.fixture(scope="module")
def images():
    return small_convnet()


@pytest.fixture
def messages(monkeypatch):
    """All that is sent to a browser from now on: kind, comm, data, buffers."""
    sent = []

    class Recorded(BaseComm):
        def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
            sent.append((msg_type, self.comm_id, data, buffers))

    monkeypatch.setattr(comm, "create_comm", Recorded)
    return sent


def views(kind=View):
    return {one for sub in kind.__subclasses__() if sub.__module__.startswith("nbviz.") for one in {sub} | views(sub)}


@pytest.mark.parametrize("kind", MAKERS, ids=lambda kind: kind.__name__)
def test_the_first_message_holds_the_whole_state_and_no_other_follows(kind, images, messages):
    widget = MAKERS[kind](*images)
    own = [message for message in messages if message[1] == widget.model_id]
    ((how, _, data, buffers),) = own
    state, paths, held = _remove_buffers(widget.get_state())
    assert how == "comm_open"
    assert data == {"state": state, "buffer_paths": paths}
    assert [bytes(buffer) for buffer in buffers] == [bytes(buffer) for buffer in held]
    assert state["_own_id"] == widget.model_id
    widget.close()


def test_no_view_is_left_out():
    # anywidget gives each instance a class of its own, of the same name. Nobody makes the base of the diagrams.
    assert {view.__name__ for view in views()} == {kind.__name__ for kind in MAKERS} | {NetworkPicture.__name__}


def test_a_widget_that_cannot_be_made_is_never_told(images, messages):
    with pytest.raises(ValueError, match="importance"):
        nbviz.KernelGrid(images[0], sort="importance")
    assert [message for message in messages if "grid" in (message[2] or {}).get("state", {})] == []

"""The panels of an explorer: made from what is explored, and brought up to date with the model."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets
import numpy as np
import traitlets

from nbviz.attribution.table.importance import Importance
from nbviz.explorer.explored_data import ExploredData
from nbviz.explorer.faults import Faults
from nbviz.explorer.importance_over_time import ImportanceOverTime
from nbviz.explorer.layers_tab import LayersTab
from nbviz.explorer.linking.channel_link import ChannelIds
from nbviz.explorer.matrix_tables import MatrixTables
from nbviz.explorer.pictures.explored_images import MappedImportance
from nbviz.explorer.pictures.sample_beside_maps import sample_beside_maps
from nbviz.explorer.sample.sample_tab import SampleTab
from nbviz.explorer.training_rows import TrainingRows
from nbviz.explorer.training_tab import TrainingTab
from nbviz.explorer.weights_tab import WeightsTab
from nbviz.picture.fold import Rank
from nbviz.widgets.feature_maps.feature_maps import FeatureMaps
from nbviz.widgets.image_importance.image_importance import ImageImportance
from nbviz.widgets.kernel_grid.kernel_grid import KernelGrid
from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram
from nbviz.widgets.owner import drop_when_closed, is_open
from nbviz.widgets.sample_charts.asked_model import AskedModel
from nbviz.widgets.sample_charts.feature_sliders import SliderFeatures, ranges
from nbviz.widgets.sample_charts.what_if import WhatIf

if TYPE_CHECKING:
    from nbviz.keras_model import Model

COMPILED = 0.1  # of the time of the first table: most of it goes into compiling
WEIGHTS = "Weights"
MOST_BESIDE = 6  # columns of a diagram that leaves room for the matrix beside it in a narrow explorer


class UnitsDrawn(NamedTuple):
    """Which units of wide layers the diagram draws; see `nbviz.NetworkDiagram`."""

    max_units: int = 16
    rank: Rank | None = None


class Panels:
    """The views of a model and its rows, side by side; none of them knows another, but for the training's.

    Attributes:
        data: What is explored.
        tables: What fills the matrix.
        over_time: Tables at moments of a run; None where nothing is trained.
        channels: Ids of channels in the diagram.
        top: Diagram and matrix, side by side.
        samples: What is said of single rows.
        tabs: All the others, `samples` among them.
        before_mean: The row that was looked at before a mean, None for none.

    The other attributes are those of `ModelExplorer`.
    """

    def __init__(
        self,
        data: ExploredData,
        method: str,
        drawn: UnitsDrawn,
        training_data: tuple[Any, Any] | None,
        faults: Faults,
    ) -> None:
        """Make them. Nothing of a half made explorer is left where that cannot be.

        Args:
            data: What is explored.
            method: How importance is measured.
            drawn: Which units of wide layers the diagram draws.
            training_data: Rows and answers to train on; None for those that are explored.
            faults: Are told what goes wrong in the background.

        Raises:
            TypeError: Training data that are not numbers.
            ValueError: Training data, a method or a number of units that do not fit.
        """
        self.data = data
        self._cell: tuple[int, ...] | None = None  # whose mean is shown
        self.before_mean: int | None = None
        to_train = data.training_rows(training_data)
        self.over_time: ImportanceOverTime | None = None
        self.tables = MatrixTables(data, method, faults.of("tables"), self._table_made, self.first_units, to_train)
        self.diagram = self._make_diagram(drawn)
        self.matrix = self.tables.make_matrix()
        self.images = None if data.images is None else ImageImportance(data.images.mapped)
        self.samples = SampleTab(data, faults.of("mean"))
        self.what_if = self._make_what_if()
        self._no_training = ""
        self.training = None if to_train is None else self._make_training(to_train)
        self.channels = ChannelIds(self.diagram)
        self.weights = WeightsTab(data.model, self.channels)
        if self.training is not None:
            self.weights.follow(self.training.recording)
        self.layers = LayersTab(
            data.model,
            data.given_form,
            class_names={data.explainer.output.name: data.answers.output_names},
            sample=self.samples.first_sample,
            first_unit=self.channels,
            output_kind=data.reader.output_kind,
            at_once=False,  # nobody sees them at first
        )
        drop_when_closed(self, "what_if", "images", "training")
        self.top = ipywidgets.Box([self.diagram, self._make_side()])
        self.top.add_class("nbviz-explorer-top")
        if self.diagram.network["columns"] > MOST_BESIDE:
            self.top.add_class("nbviz-explorer-deep")
        self.tabs = self._make_tabs()

    def look_at_output(self, name: str) -> None:
        """Explore another output from now on: its table follows in the background, all else is of it at once.

        Args:
            name: Among `ExploredData.outputs`.
        """
        self.tables.give_up()
        self.data.look_at_output(name)
        self.samples.make_anew()
        before = self.what_if
        if before is not None:
            self.what_if = self._make_what_if()
            self.tabs.children = [self.what_if if tab is before else tab for tab in self.tabs.children]
            drop_when_closed(self, "what_if")
            before.close()
        if self.over_time is not None:
            self.over_time.forget()
        self.matrix.selected_class = None
        self.matrix.forget_tables()  # the last one stays in sight until that of this output is there
        if self.images is not None:
            self.images.selected_class = None
            self.images.show_sample(self.sample_beside_maps(self.diagram.selected_sample))
        self.diagram.explain_output(name, self.data.explainer.layer)
        self.tables.make_anew()

    def look_at_region(self, number: int | None) -> None:
        """Explore the mean over a region of the output from now on, None for all of it; as `look_at_output`."""
        self.tables.give_up()
        self.data.look_at_region(number)
        self.samples.look_at_region()
        if self.over_time is not None:
            self.over_time.forget()
        self.matrix.forget_tables()
        self.diagram.explain_region(self.data.explainer.region)
        self.tables.make_anew()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for what is worked out in the background; answers whether all of it is done."""
        return self.tables.wait(timeout) and self.diagram.wait(timeout) and self.samples.wait(timeout)

    def update(self) -> None:
        """Read the live weights again; the tables of the matrix stay as they are."""
        data = self.data
        data.read_again()
        self.diagram.update()
        self.samples.update()
        self.read_anew()
        if self.what_if is not None:
            self.what_if.refresh()
        self._explain_again()
        if is_open(self.weights):
            self.weights.update()
        if is_open(self.layers):
            self.layers.update()

    def look_at_mean(self, cell: Sequence[int] | None) -> None:
        """Have diagram, matrix and waterfall show the mean over the rows of a class or of a cell.

        Args:
            cell: The true class, and the one that is read where it is a cell; None for one row, or all, again.

        Raises:
            ValueError: There is no such row; nothing has changed.
        """
        group = None if cell is None else self.samples.group(cell)
        self._cell = None if cell is None else tuple(cell)
        was_shown = self.samples.mean.group is not None
        if group is not None:
            if not was_shown:
                self.before_mean = self.diagram.selected_sample
            self.diagram.show_mean(group.rows.tolist(), name=group.name)
        self.samples.look_at_mean(group)
        if group is None and self.diagram.frames.observation.rows is not None:
            self.diagram.show(None)
        if group is None and was_shown:
            self._explain_again()
        self.tables.of_rows(None if group is None else group.rows, "" if group is None else group.of)

    def renew_mean(self) -> None:
        """Other rows may be of the cell whose mean is shown; without any it is no longer."""
        if self._cell is None:
            return
        try:
            self.look_at_mean(self._cell)
        except ValueError:
            assert self.samples.confusion is not None
            self.samples.confusion.set_trait("mean", None)

    def _explain_again(self) -> None:
        """The waterfall of a row that the diagram, which shows the mean, does not explain by itself."""
        asked = self.samples.asked
        if asked is None or self.samples.waterfall is None or self.samples.mean.group is not None:
            return
        if self.diagram.frames.observation.sample is not None:
            return
        found = self.diagram.explain_at(asked.given)
        if found is not None and found.local is not None:
            self.samples.explain(found, asked)

    @property
    def kernels(self) -> KernelGrid | None:
        """What shows kernels; None where there are none, or nobody wants to see them."""
        return self.weights.kernels if is_open(self.weights) and is_open(self.weights.kernels) else None

    @property
    def maps(self) -> FeatureMaps | None:
        """What shows feature maps; None likewise."""
        return self.layers.maps if is_open(self.layers) and is_open(self.layers.maps) else None

    def show_live(self) -> None:
        """End looking at an earlier moment of the training."""
        for part in (self.diagram, self.matrix, self.images):
            if part is not None:
                part.shown_frame = None
        if self.training is not None:
            for shows_time in (self.training.trainer, self.training.chart, self.training.histograms):
                shows_time.shown_frame = None

    def end(self) -> None:
        """Work nothing out any more; when this returns, nothing is under way."""
        if self.over_time is not None:
            self.over_time.close()
        self.samples.mean.close()
        self.tables.end()

    def first_units(self) -> dict[str, int]:
        """Id of unit 0 of each layer of the picture."""
        return {layer["name"]: layer["first_unit"] for layer in self.diagram.network["layers"]}

    def flat_row(self, sample: int) -> np.ndarray:
        """(features,): a row that is explored, its inputs side by side."""
        return np.asarray(self.data.flat_of([array[sample : sample + 1] for array in self.data.x])[0])

    @property
    def row_given(self) -> np.ndarray | None:
        """(features,): the row that the diagram shows by its values; None for a row that is explored, or the mean."""
        given = self.diagram.frames.observation.row
        return None if given is None else np.asarray(self.data.flat_of(given)[0])

    @property
    def follows_parts(self) -> bool:
        """Whether the paths of regions of a picture, or of steps of a sequence, can be asked for."""
        return self.data.images is not None and self.data.explainer.follows_parts

    @property
    def regions_together(self) -> range:
        """The regions of pictures whose paths cost little more together than one alone, so that a page has all."""
        images, explainer = self.data.images, self.data.explainer
        return range(len(images.regions.names) if images is not None and explainer.follows_many_parts else 0)

    def sample_beside_maps(self, sample: int | None, *, as_read: bool = True) -> dict[str, Any]:
        """What the maps show of a sample, trait -> value; None for the mean over rows.

        Args:
            sample: Its number.
            as_read: Whether to say what it is read as.
        """
        assert self.images is not None
        if sample is None:
            return self.images.sample_state(None)
        read = int(self.samples.predicted_classes()[sample]) if as_read else None
        return sample_beside_maps(self.images, self.data, self.flat_row(sample), sample, read)

    def read_anew(self) -> None:
        """Say anew, beside the maps and of a mean, what rows are read as: the model or the threshold is another."""
        if self.images is not None:
            self.images.show_sample(self.sample_beside_maps(self.diagram.selected_sample))
        self.renew_mean()

    def _make_diagram(self, drawn: UnitsDrawn) -> NetworkDiagram:
        data = self.data
        features, classes = data.names_by_layer
        first = data.reader.architecture.inputs[0]
        diagram = NetworkDiagram(
            data.model,
            data.given_form,
            feature_names=features,
            class_names=classes,
            max_units=drawn.max_units,
            rank=drawn.rank,
            height=480,
            output_kind=data.reader.output_kind,
            value_names=None if data.texts is None else data.texts.value_names(first, data.x[0]),
        )
        if len(data.outputs) > 1 or data.answers.is_spread:  # what answers at every position is no layer of classes
            diagram.explain_output(data.explainer.output.name, data.explainer.layer)
            diagram.explain_region(data.explainer.region)
        diagram.frames.observation.row_names = data.row_names
        # Drawn once, with the explorer's seed: the charts name as many rows.
        diagram.explain_always(data.explainer.background or data.background)
        if not data.answers.is_regression and data.truth is not None and data.truth.ndim == 1:
            diagram.frames.observation.answers = data.truth
            diagram.frames.observation.answered = data.explainer.layer
        return diagram

    def _make_side(self) -> ipywidgets.Widget:
        """The matrix; of pictures their maps, until the rows of a layer are chosen."""
        if self.images is None:
            return self.matrix
        for name in ("busy", "progress", "layers", "methods"):
            traitlets.dlink((self.matrix, name), (self.images, name))
        self.images.method = self.matrix.method
        side = ipywidgets.Box([self.images, self.matrix])
        side.add_class("nbviz-explorer-side")
        return side

    def _make_what_if(self) -> WhatIf | None:
        flat = self.data.flat
        if flat is None:
            return None
        answers, ranked = self.data.answers, np.arange(0)
        if is_open(self.matrix) and len(self.matrix.importance.features) == flat.shape[1]:
            ranked = np.argsort(-self.matrix.importance.mean_share, kind="stable")
        one_number = answers.is_regression and len(answers.class_names) == 1
        asked = AskedModel(
            self.data.predict_flat,
            None if one_number else answers.class_names,
            "value" if answers.is_regression else "probability",
            exclusive=not answers.has_labels,
            read_as=self.samples.explained.read_as if answers.has_two_classes else None,
        )
        return WhatIf(asked, SliderFeatures(self.data.feature_names, ranges(flat), ranked.tolist()))

    def _make_training(self, rows: TrainingRows) -> TrainingTab | None:
        try:
            training = TrainingTab(self.diagram, rows, seed=self.data.seed)
        except ValueError as error:
            self._no_training = _why_not(self.data.model, error)
            return None
        over_time = self.over_time = ImportanceOverTime(
            training.recording,
            lambda: self.tables.asked.importance(self.tables.method),
            self.matrix.set_history,
            cost=COMPILED * self.tables.cost,
        )
        if self.matrix.tables and not self.tables.is_partial:
            over_time.add(0, self.matrix.importance)
        self.matrix.observe(lambda _: over_time.forget(), "method")
        return training

    def _table_made(self, table: Importance, of_all: bool) -> None:
        if self.images is not None and isinstance(table, MappedImportance):
            self.images.show(table.tables)
        if self.over_time is None or self.training is None or not of_all:
            return
        recording = self.training.recording
        # Weights that nobody recorded, such as those after an update by one row, have no place in the history.
        if not recording.moments or recording.moment_at(recording.step).state.is_of(self.data.model):
            self.over_time.add(recording.step, table)

    def _make_tabs(self) -> ipywidgets.Tab:
        tabs: dict[str, ipywidgets.Widget] = {"Sample": self.samples}
        if self.what_if is not None:
            tabs["What if"] = self.what_if
        if self.training is not None:
            tabs["Training"] = self.training
        elif self._no_training:
            tabs["Training"] = ipywidgets.HTML(
                f'<div class="nbviz-explorer-empty">{html.escape(self._no_training)}</div>'
            )
        tabs |= {WEIGHTS: self.weights, "Layers": self.layers}
        arranged = ipywidgets.Tab(list(tabs.values()))
        arranged.titles = tuple(tabs)
        return arranged


def _why_not(model: Model, error: ValueError) -> str:
    """Why a model is not trained here, for the place where one looks for that."""
    if not model.compiled or model.optimizer is None:
        return (
            "This model has no optimizer and no loss yet. After model.compile(optimizer, loss) explore it again, and "
            "it is trained here."
        )
    if not model.trainable_weights:
        return "All weights of this model are frozen, so that there is nothing to train."
    return f"This model is not trained here. {error}"

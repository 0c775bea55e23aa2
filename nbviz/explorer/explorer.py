"""`explore`: the diagram, the importance matrix and single samples in one widget, linked. Views meet only here."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

import ipywidgets
import numpy as np
import traitlets

from nbviz.attribution.edges.explanation import Explanation
from nbviz.attribution.table.importance import Importance
from nbviz.explorer.channel_link import ChannelIds, ChannelLink
from nbviz.explorer.explored_data import MOST_ROWS, Subject
from nbviz.explorer.explorer_sheet import ExplorerSheet
from nbviz.explorer.importance_over_time import ImportanceOverTime
from nbviz.explorer.layers_tab import LayersTab
from nbviz.explorer.matrix_tables import MatrixTables
from nbviz.explorer.weights_tab import WeightsTab
from nbviz.network.samples import Samples
from nbviz.page.content import PageContent
from nbviz.picture.network_wire import EdgeMeaning
from nbviz.style.numbers import grouped
from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram
from nbviz.widgets.sample_charts.asked_model import AskedModel
from nbviz.widgets.sample_charts.confusion import Confusion
from nbviz.widgets.sample_charts.feature_sliders import SliderFeatures, ranges
from nbviz.widgets.sample_charts.waterfall import ExplainedSample, Waterfall
from nbviz.widgets.sample_charts.what_if import WhatIf
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions, ValuePredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker

if TYPE_CHECKING:
    from nbviz.explorer.training_tab import TrainingTab
    from nbviz.keras_model import Model

COMPILED = 0.1  # of the time of the first table: most of it goes into compiling
WEIGHTS = "Weights"
SHARED = ("selected_unit", "selected_class", "edge_meaning")


def explore(
    model: Model,
    x: Samples,
    y: Any = None,
    *,
    feature_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    class_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    method: str = "expected_gradients",
    background: Samples | None = None,
    max_units: int = 16,
    training_data: tuple[Any, Any] | None = None,
    seed: int = 0,
) -> ModelExplorer:
    """Explore a live model with rows of data: what it is, what matters to it, and why it says what it says.

    Args:
        model: A built `keras.Model`; looking at it changes nothing.
        x: Rows to explore it with: array, DataFrame, or a list / dict of these for several inputs. Of more than
            1,000 rows 1,000 are drawn.
        y: Their answers: class indices, one-hot rows, class names or other labels, or the numbers of a regression.
            With them rows can be looked up by their class, and those misread.
        feature_names: Names of the inputs' columns; by default those of a DataFrame. A dict by input name for
            several inputs.
        class_names: Names of the first output's classes; a dict by output for several.
        method: How importance is measured: a name in `nbviz.METHODS`.
        background: Rows that others are compared with, such as the training data; by default those of x.
        max_units: A hidden layer with more units than this shows its best ranked ones.
        training_data: Rows and answers that the training tab trains on, after each epoch of which x and y are
            measured; by default it trains on x and y themselves.
        seed: Of all random draws.

    Returns:
        The explorer, the importance of the features worked out. That of each hidden layer's units follows in the
        background.

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: x, y, names or background that do not fit; the message says what would.
    """
    return ModelExplorer(
        model,
        x,
        y,
        feature_names=feature_names,
        class_names=class_names,
        method=method,
        background=background,
        max_units=max_units,
        training_data=training_data,
        seed=seed,
    )


class ModelExplorer(ipywidgets.VBox):
    """A diagram, an importance matrix and views of one sample, linked in the browser.

    Attributes:
        selected_unit: Id of the selected unit over all layers, None for none.
        selected_class: Index of the selected class of the first output, None for none.
        selected_sample: Row that is looked at, among `rows`; None for the mean over them.
        edge_meaning: What the diagram's edges show.
        diagram: The `NetworkDiagram`.
        matrix: The `ImportanceMatrix`.
        sample_picker: The `SamplePicker`.
        waterfall: Why the sample's outputs differ from the average; None where inputs are no flat rows of numbers.
        confusion: The confusion matrix; None without y, or for a regression.
        what_if: Sliders and a response curve; None where inputs are no flat rows of numbers.
        training: The `TrainingTab`: its `trainer`, `recording`, `chart` and `histograms`; None without y, or where
            the model cannot be trained as it is.
        weights: The `WeightsTab`: its `kernels`, a `KernelGrid` or None, and the weights' `distributions`.
        layers: The `LayersTab`: its `maps`, `FeatureMaps` or None, and the `table` of layers.
        error: What went wrong in the background, None for nothing.
        sheet: Brings the style sheets of the parts that have no view of their own.
    """

    selected_unit = traitlets.Int(None, allow_none=True)
    selected_class = traitlets.Int(None, allow_none=True)
    selected_sample = traitlets.Int(None, allow_none=True)
    edge_meaning = traitlets.Enum(list(get_args(EdgeMeaning)), "weight")
    error = traitlets.Unicode(None, allow_none=True)
    sheet = traitlets.Instance(ExplorerSheet, ()).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(
        self,
        model: Model,
        x: Samples,
        y: Any = None,
        *,
        feature_names: Any = None,
        class_names: Any = None,
        method: str = "expected_gradients",
        background: Samples | None = None,
        max_units: int = 16,
        training_data: tuple[Any, Any] | None = None,
        seed: int = 0,
    ) -> None:
        """See `explore`."""
        if x is None:
            raise ValueError(
                "Expected x, the rows to explore the model with. Received None; "
                "nbviz.NetworkDiagram(model) draws a model without data."
            )
        subject = self._subject = Subject(
            model, x, y, feature_names=feature_names, class_names=class_names, background=background, seed=seed
        )
        self._to_train = subject.data_to_train_on(training_data)
        self._over_time: ImportanceOverTime | None = None
        self._tables = MatrixTables(subject, method, self._tell, self._table_made, self._first_units)
        self._follows = True
        self._base: int | None = None  # the sample that the sliders started from
        self.diagram = self._make_diagram(max_units)
        self.matrix = self._tables.make_matrix()
        self._predictions = subject.predictions()
        self.sample_picker = self._make_picker()
        self.confusion = self._make_confusion()
        self.waterfall = self._make_waterfall()
        self.what_if = self._make_what_if(self.importance)
        self._no_training = ""
        self.training = self._make_training()
        self._channels = ChannelIds(self.diagram)
        self._known_ids: dict[str, int] = {}
        first = self._first_sample()
        self.weights = WeightsTab(model, self._channels)
        if self.training is not None:
            self.weights.follow(self.training.recording)
        self.layers = LayersTab(
            model,
            subject.given_form,
            class_names={subject.explainer.output.name: subject.output_names},
            sample=first,
            first_unit=self._channels,
        )
        self._note = ipywidgets.HTML(self._words())
        self._note.add_class("nbviz-explorer-note")
        super().__init__(self._arranged())
        self.add_class("nbviz-explorer")
        self._link()
        self.diagram.show(first)
        self._tables.add_layers()

    @property
    def rows(self) -> np.ndarray:
        """(rows,), numbers in the x that was given of the rows that are explored."""
        return self._subject.rows

    @property
    def importance(self) -> Importance:
        """The table of the matrix that is shown."""
        return self.matrix.importance

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for what is worked out in the background.

        Args:
            timeout: Seconds, None for as long as it takes.

        Returns:
            Whether all of it is done.
        """
        return self._tables.wait(timeout) and self.diagram.wait(timeout)

    def update(self) -> ModelExplorer:
        """Read the live weights again, and work everything out anew."""
        self.diagram.update()
        self._predictions = self._subject.predictions()
        if self.sample_picker is not None:
            shown = self._predictions
            self.sample_picker.set_predictions(shown[:, 0] if self._subject.is_regression else shown)
        if self.confusion is not None and self._subject.truth is not None:
            self.confusion.update(self._subject.truth, self._predictions.argmax(axis=1))
        if self.what_if is not None:
            self.what_if.refresh()
        self.weights.update()
        self.layers.update()
        self._tables.make_anew()
        return self

    def page_content(self) -> PageContent:
        """What a page without a kernel shows for each sample."""
        from nbviz.explorer.page_content import page_content

        return page_content(self)

    def _make_diagram(self, max_units: int) -> NetworkDiagram:
        subject = self._subject
        features, classes = subject.names_by_layer
        diagram = NetworkDiagram(
            subject.model,
            subject.given_form,
            feature_names=features,
            class_names=classes,
            max_units=max_units,
            height=480,
        )
        # Drawn once, with the explorer's seed: the charts name as many rows.
        diagram.explain_always(subject.explainer.background or subject.background)
        return diagram

    def _make_picker(self) -> SamplePicker:
        subject = self._subject
        names = None
        if subject.given_rows > MOST_ROWS:
            names = [f"row {row}" for row in subject.rows]
        if subject.is_regression:
            truth = None if subject.truth is None else subject.truth.astype(float)
            return SamplePicker(ValuePredictions(self._predictions[:, 0], truth), names=names)
        predictions = ClassPredictions(self._predictions, subject.truth, class_names=subject.class_names)
        return SamplePicker(predictions, names=names)

    def _make_confusion(self) -> Confusion | None:
        subject = self._subject
        if subject.truth is None or subject.is_regression:
            return None
        return Confusion(subject.truth, self._predictions.argmax(axis=1), subject.class_names)

    def _make_waterfall(self) -> Waterfall | None:
        explainer = self._subject.explainer
        if explainer.refusal is not None or explainer.background is None:
            return None
        return Waterfall(
            self._subject.feature_names,
            self._subject.output_names,
            start_name=f"average of {len(explainer.background[0])} rows",
            end_name=explainer.output_words,
        )

    def _make_what_if(self, table: Importance) -> WhatIf | None:
        flat = self._subject.flat
        if flat is None:
            return None
        subject = self._subject
        ranked = np.argsort(-table.mean_share, kind="stable") if len(table.features) == flat.shape[1] else np.arange(0)
        one_number = subject.is_regression and len(subject.class_names) == 1
        asked = AskedModel(
            subject.predict_flat,
            None if one_number else subject.class_names,
            "value" if subject.is_regression else "probability",
        )
        features = SliderFeatures(subject.feature_names, ranges(flat), ranked.tolist())
        return WhatIf(asked, features, on_row=self._show_row)

    def _make_training(self) -> TrainingTab | None:
        if self._to_train is None:
            return None
        from nbviz.explorer.training_tab import TrainingTab

        subject = self._subject
        try:
            training = TrainingTab(self.diagram, *self._to_train, seed=subject.seed)
        except ValueError as error:
            self._no_training = str(error)
            return None
        over_time = self._over_time = ImportanceOverTime(
            training.recording,
            lambda: subject.importance(self._tables.method),
            self.matrix.set_history,
            cost=COMPILED * self._tables.cost,
        )
        over_time.add(0, self.importance)
        training.trainer.observe(self._trained, "status")
        self.matrix.observe(lambda _: over_time.forget(), "method")
        return training

    def _table_made(self, table: Importance) -> None:
        if self._over_time is not None and self.training is not None:
            self._over_time.add(self.training.recording.step, table)

    def _trained(self, change: traitlets.Bunch) -> None:
        """Tables and samples follow the weights when training rests; while it goes on they would slow it down."""
        if change.new == "training":
            self._tables.give_up()
        elif change.old == "training":
            self.update()

    def _arranged(self) -> list[ipywidgets.Widget]:
        top = ipywidgets.Box([self.diagram, self.matrix])
        top.add_class("nbviz-explorer-top")
        sample = ipywidgets.Box(
            [part for part in (self.sample_picker, self.waterfall, self.confusion) if part is not None]
        )
        sample.add_class("nbviz-explorer-sample")
        tabs = {"Sample": sample}
        if self.what_if is not None:
            tabs["What if"] = self.what_if
        if self.training is not None:
            tabs["Training"] = self.training
        elif self._no_training:
            tabs["Training"] = ipywidgets.HTML(
                f'<div class="nbviz-explorer-empty">{html.escape(self._no_training)}</div>'
            )
        tabs |= {WEIGHTS: self.weights, "Layers": self.layers}
        self.tabs = ipywidgets.Tab(list(tabs.values()))
        self.tabs.titles = tuple(tabs)
        self.tabs.observe(self._turned, "selected_index")
        return [top, self._note, self.tabs]

    def _first_units(self) -> dict[str, int]:
        return {layer["name"]: layer["first_unit"] for layer in self.diagram.network["layers"]}

    def _redrawn(self, _change: traitlets.Bunch) -> None:
        ids = self._first_units()
        if ids != self._known_ids:
            self._known_ids = ids
            self._tables.renumber()

    def _turned(self, _change: traitlets.Bunch) -> None:
        at = self.tabs.selected_index
        self.weights.is_open = at is not None and self.tabs.titles[at] == WEIGHTS

    def _link(self) -> None:
        diagram, matrix, picker = self.diagram, self.matrix, self.sample_picker
        self._links = [ipywidgets.jslink((diagram, name), (matrix, name)) for name in SHARED]
        self._links.append(ipywidgets.jslink((diagram, "selected_sample"), (picker, "selected_sample")))
        if self.training is not None:
            self._links.append(ipywidgets.jslink((diagram, "shown_frame"), (matrix, "shown_frame")))
        if self.confusion is not None:
            self._links.append(ipywidgets.jslink((self.confusion.cells, "selected"), (picker, "cells")))
        maps = self.layers.maps
        self._channel_links = [
            ChannelLink(diagram, view, self._channels) for view in (self.weights.kernels, maps) if view is not None
        ]
        if maps is not None:
            self._links += [ipywidgets.jslink((diagram, name), (maps, name)) for name in self._shared_with_maps()]
        self._known_ids = self._first_units()
        diagram.observe(self._redrawn, "network")
        for name in (*SHARED, "selected_sample"):
            diagram.observe(self._diagram_changed, name)
            self.observe(self._own_changed, name)
        diagram.observe(lambda change: self._explained(change.new), "explained")
        diagram.observe(lambda change: self._explaining_failed(change.new), "explanation_error")

    @traitlets.validate("selected_unit", "selected_class", "selected_sample")
    def _valid(self, proposal: traitlets.Bunch) -> int | None:
        name = proposal.trait.name
        layers = self.diagram.network["layers"]
        count = {
            "selected_unit": sum(layer["units"] for layer in layers),
            "selected_class": self._subject.explainer.classes,
            "selected_sample": len(self.rows),
        }[name]
        if proposal.value is not None and not 0 <= proposal.value < count:
            raise traitlets.TraitError(f"Expected {name} from 0 to {count - 1} or None. Received {proposal.value}.")
        return proposal.value  # type: ignore[no-any-return]

    def _diagram_changed(self, change: traitlets.Bunch) -> None:
        # The browser moves the other views itself: an echo from here would overtake the user's next click.
        self._follows = False
        try:
            self.set_trait(change.name, change.new)
        finally:
            self._follows = True
        if change.name in ("selected_class", "selected_unit"):
            self._mark_in_waterfall()
        if change.name == "selected_sample" and self.what_if is not None and change.new is not None:
            self._base = change.new
            self.what_if.set_sample(self.flat_row(change.new), f"sample {change.new}")

    def _own_changed(self, change: traitlets.Bunch) -> None:
        """Set in Python: every view is told, whether or not there is a browser."""
        if not self._follows:
            return
        self.diagram.set_trait(change.name, change.new)
        if change.name in SHARED:
            self.matrix.set_trait(change.name, change.new)
        else:
            self.sample_picker.set_trait(change.name, change.new)
        if change.name == "selected_unit":
            for link in self._channel_links:
                link.tell(change.new)
        elif self.layers.maps is not None and change.name in self._shared_with_maps():
            self.layers.maps.set_trait(change.name, change.new)

    def _shared_with_maps(self) -> list[str]:
        # The maps count the classes of all outputs, in the model's order.
        counts_alike = self._subject.explainer.first_column == 0
        return ["selected_sample", *(["selected_class"] if counts_alike else [])]

    def flat_row(self, sample: int) -> np.ndarray:
        """(features,): a row that is explored, its inputs side by side."""
        flat = self._subject.flat
        assert flat is not None
        return np.asarray(flat[sample])

    def _first_sample(self) -> int:
        """A misread row, where there is one: that is where questions begin."""
        wrong = self.misread()
        return int(wrong[0]) if len(wrong) else 0

    def predicted_classes(self) -> np.ndarray:
        """(rows,), index of the likeliest class; of a regression zeros."""
        if self._subject.is_regression:
            return np.zeros(len(self._predictions), int)
        return np.asarray(self._predictions.argmax(axis=1))

    def misread(self) -> np.ndarray:
        """Rows whose likeliest class is not their own; none without y."""
        if self._subject.truth is None or self._subject.is_regression:
            return np.zeros(0, int)
        return np.flatnonzero(self.predicted_classes() != self._subject.truth)

    def _explained(self, found: Explanation | None) -> None:
        if self.waterfall is None or found is None or found.local is None:
            return
        sample = self.diagram.selected_sample
        if sample is not None:
            row, name = self.flat_row(sample), f"sample {sample}"
        elif self.what_if is not None and self.what_if.row is not None:
            row, name = self.what_if.row, f"sample {self._base}, changed"
        else:
            return
        self._mark_in_waterfall()
        self.waterfall.show(self.explained_sample(found, row, name))

    def explained_sample(self, found: Explanation, row: np.ndarray, name: str) -> ExplainedSample:
        """What the waterfall shows of a row."""
        assert found.local is not None
        subject = self._subject
        answer = subject.predict_flat(row[None])[0]
        probability = None if subject.is_regression else answer[1:] if subject.is_binary else answer
        return ExplainedSample(found.local, name, row, probability)

    def marks(self) -> dict[str, int | None]:
        """What of the waterfall is brought forward."""
        ids = self._tables.feature_ids()
        unit = self.diagram.selected_unit
        return {
            "selected_class": self.diagram.selected_class,
            "selected_feature": ids.index(unit) if unit is not None and unit in ids else None,
        }

    def _mark_in_waterfall(self) -> None:
        if self.waterfall is not None:
            self.waterfall.set_trait("selected_class", self.marks()["selected_class"])
            self.waterfall.set_trait("selected_feature", self.marks()["selected_feature"])

    def _show_row(self, row: np.ndarray) -> None:
        """The row of the sliders: the sample itself, or one that is nobody's."""
        if self._base is not None and np.array_equal(row, self.flat_row(self._base), equal_nan=True):
            if self.diagram.selected_sample != self._base:
                self.diagram.show(self._base)
            return
        self.diagram.show(self._subject.inputs_of(row), name=f"sample {self._base}, changed")

    def _explaining_failed(self, error: str | None) -> None:
        self._tell(error and f"What the edges contribute could not be worked out: {error}")

    def _tell(self, error: str | None) -> None:
        self.error = error
        self._note.value = self._words()

    def _words(self) -> str:
        """What the explorer looks at, and what went wrong."""
        subject = self._subject
        words = []
        if subject.given_rows > MOST_ROWS:
            words.append(f"{grouped(MOST_ROWS)} of {grouped(subject.given_rows)} rows, drawn (seed {subject.seed})")
        if subject.explainer.refusal is not None:
            words.append(f"no explanation of single rows: {subject.explainer.refusal}")
        plain = f"<span>{html.escape(' · '.join(words))}</span>" if words else ""
        wrong = f'<span class="nbviz-explorer-error">{html.escape(self.error)}</span>' if self.error else ""
        return plain + wrong

    def __repr__(self) -> str:
        """Layers and rows; no markup."""
        return f"ModelExplorer({self.diagram.architecture.name}, {grouped(len(self._subject.rows))} rows)"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data["text/html"] = self.diagram.picture_html() + self.importance._repr_html_()
            data["text/plain"] = repr(self)
        return bundle

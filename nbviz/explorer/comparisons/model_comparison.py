"""`compare`: two models of the same layers, or two moments of a run, as what is different between them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import traitlets

from nbviz.explorer.comparisons.alike import check_alike
from nbviz.explorer.data_tables import DataTables
from nbviz.explorer.explored_data import ExploredData
from nbviz.explorer.explorer_sheet import ExplorerSheet
from nbviz.explorer.given.given_data import GivenData
from nbviz.keras_model import ModelReader
from nbviz.keras_model.compiled.judge import ROWS
from nbviz.network.architecture import SaidKinds
from nbviz.network.arguments import a_list
from nbviz.network.samples import Samples
from nbviz.picture.history_wire import MomentPlace
from nbviz.style.numbers import grouped, percent, short
from nbviz.training.model_of_state import model_of_state
from nbviz.training.recording.recording import Recording
from nbviz.widgets.importance_matrix.difference_matrix import DifferenceMatrix
from nbviz.widgets.index_trait import Index
from nbviz.widgets.network_diagram.difference_diagram import DifferenceDiagram
from nbviz.widgets.owner import Owner
from nbviz.widgets.view import SavedPicture
from nbviz.widgets.weak_registry import linked

if TYPE_CHECKING:
    from nbviz.keras_model import Model
    from nbviz.training.recording.moment import Moment

SHARED = ("selected_unit", "selected_class")


@dataclass(frozen=True, eq=False)
class ComparisonOptions:
    """How two models are compared, see `compare`."""

    names: Sequence[str] = ("A", "B")
    feature_names: Any = None
    class_names: Any = None
    method: str = "expected_gradients"
    background: Samples | None = None
    max_units: int = 16
    seed: int = 0
    output_kind: SaidKinds = None


def compare(
    model_a: Model,
    model_b: Model,
    x: Samples | None = None,
    y: Any = None,
    *,
    names: Sequence[str] = ("A", "B"),
    feature_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    class_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    method: str = "expected_gradients",
    background: Samples | None = None,
    max_units: int = 16,
    seed: int = 0,
    output_kind: SaidKinds = None,
) -> ModelComparison:
    """Compare two models of the same layers: the network of their differences, and what matters to each.

    Everything shown is the second model minus the first. Looking changes neither.

    Args:
        model_a: A built `keras.Model`.
        model_b: Another one, of the same layers in the same order; names of layers may differ.
        x: Rows that mean activations and importance are compared on, as for `explore`; None for weights alone.
        y: Their answers, to tell which of the models is right more often.
        names: What the two are called.
        feature_names: Names of the inputs' columns; by default those of a DataFrame.
        class_names: Names of the output's classes.
        method: How importance is measured: a name in `nbviz.METHODS`. Both tables have the same rows and seed.
        background: Rows that others are compared with; by default those of x.
        max_units: A hidden layer with more units shows those whose weights differ most.
        seed: Of all random draws.
        output_kind: What the outputs are, where the models do not say it; as for `explore`.

    Returns:
        The comparison: its `diagram`, its `matrix`, and `to_frame()`.

    Raises:
        TypeError: No `keras.Model`, or data that are not numbers.
        ValueError: Models of other layers, the message says what differs; data or names that do not fit.
    """
    options = ComparisonOptions(names, feature_names, class_names, method, background, max_units, seed, output_kind)
    return ModelComparison(model_a, model_b, x, y, options)


def compare_moments(
    recording: Recording,
    step_a: int,
    step_b: int,
    x: Samples | None = None,
    y: Any = None,
    *,
    names: Sequence[str] | None = None,
    feature_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    class_names: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    method: str = "expected_gradients",
    background: Samples | None = None,
    max_units: int = 16,
    seed: int = 0,
    output_kind: SaidKinds = None,
) -> ModelComparison:
    """Compare a model with itself at another moment of its training; see `compare`.

    Args:
        recording: A run of a model that can be cloned.
        step_a: Step of a recorded moment.
        step_b: That of another one, which is usually later.
        x: As for `compare`; by default the rows that the recording looks at, where it has any.
        y: As for `compare`.
        names: What the two are called; `"before training"`, `"epoch 35"`, `"epoch 40, batch 3"` and so on by
            default.
        feature_names: As for `compare`.
        class_names: As for `compare`.
        method: As for `compare`.
        background: As for `compare`.
        max_units: As for `compare`.
        seed: As for `compare`.
        output_kind: As for `compare`.

    Returns:
        The comparison. It stays one of these moments, however the model goes on.

    Raises:
        TypeError: No `Recording`.
        ValueError: There is no such moment, or the same twice; otherwise as for `compare`.
    """
    if not isinstance(recording, Recording):
        raise TypeError(
            f"Expected an nbviz.Recording. Received {type(recording).__name__}; nbviz.compare takes models."
        )
    moments = {moment.step: moment for moment in recording.moments}
    for name, step in (("step_a", step_a), ("step_b", step_b)):
        if isinstance(step, bool) or not isinstance(step, (int, np.integer)) or step not in moments:
            raise ValueError(
                f"Expected {name} as the step of a recorded moment{_steps(list(moments))}. Received {step!r}."
            )
    if step_a == step_b:
        raise ValueError(f"Expected two moments. Received step {step_a} twice.")
    if x is None and recording.probe is not None:
        arrays = recording.probe.x
        x = arrays[0] if len(arrays) == 1 else arrays
    told = _names_of([moments[step_a], moments[step_b]], recording.steps_per_epoch) if names is None else names
    rows = None if recording.probe is None else [array[:ROWS] for array in recording.probe.x]
    one, other = (model_of_state(recording.model, moments[step].state, rows) for step in (step_a, step_b))
    options = ComparisonOptions(told, feature_names, class_names, method, background, max_units, seed, output_kind)
    return ModelComparison(one, other, x, y, options)


class ModelComparison(SavedPicture, Owner, ipywidgets.VBox):
    """The difference of two models: a diagram and an importance matrix, linked.

    Attributes:
        selected_unit: Id of the selected unit over all layers, None for none.
        selected_class: Index of the selected class, None for none.
        diagram: The `DifferenceDiagram`: by how much weights and mean activations differ.
        matrix: The `DifferenceMatrix`: by how much importance does; None without x, and where inputs are pictures.
        names: What the two models are called.
        sheet: Brings the style sheets of the parts that have no view of their own.
    """

    selected_unit = Index(of=lambda made: made._count("selected_unit"))
    selected_class = Index(of=lambda made: made._count("selected_class"))
    sheet = traitlets.Instance(ExplorerSheet, ()).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, model_a: Model, model_b: Model, x: Samples | None, y: Any, options: ComparisonOptions) -> None:
        """See `compare`."""
        names = [str(name) for name in a_list("names", options.names, "two names")]
        if len(names) != 2:
            raise ValueError(f"Expected names of two models. Received {len(names)}.")
        self.names = (names[0], names[1])
        if model_a is model_b:
            raise ValueError(
                "Expected two models. Received the same one twice; nbviz.compare_moments compares moments of one."
            )
        readers = [ModelReader(model, output_kind=options.output_kind) for model in (model_a, model_b)]
        check_alike(*readers)
        if x is None and y is not None:
            raise ValueError("Expected x along with y. Received y alone.")
        self._data: list[ExploredData] = []
        if x is not None:
            given = GivenData(x, y, options.feature_names, options.class_names, options.background, options.output_kind)
            self._data = [ExploredData(model, given, options.seed) for model in (model_a, model_b)]
        self._method = options.method
        self.diagram = self._make_diagram(model_a, model_b, options)
        self.matrix = self._make_matrix()
        self._note = ipywidgets.HTML(self._words())
        self._note.add_class("nbviz-explorer-note")
        parts = [self.diagram] if self.matrix is None else [self.diagram, self.matrix]
        top = ipywidgets.Box(parts)
        top.add_class("nbviz-explorer-top")
        super().__init__([top, self._note])
        self.add_class("nbviz-explorer")
        self._links = (
            [] if self.matrix is None else [linked((self.diagram, name), (self.matrix, name)) for name in SHARED]
        )
        self.observe(self._selected, SHARED)
        # The browser moves the other view itself, see `nbviz.explorer.linking.links`.
        self.diagram.observe(lambda change: self.set_trait(change.name, change.new), SHARED)
        self.own_parts()

    def to_frame(self) -> Any:
        """The differences of importance as a DataFrame, see `DifferenceMatrix.to_frame`.

        Raises:
            ValueError: There are none: no x, or pictures.
        """
        if self.matrix is None:
            raise ValueError("Expected x with flat rows for importance. This comparison has none.")
        return self.matrix.to_frame()

    def update(self) -> ModelComparison:
        """Read both models again."""
        self.diagram.update()
        if self.matrix is not None:
            before, after = self._tables()
            self.matrix.show_difference(before, after, self._feature_ids())
        self._note.value = self._words()
        return self

    def picture_html(self) -> str:
        """Diagram and table, which a notebook shows without a kernel."""
        return self.diagram.picture_html() + ("" if self.matrix is None else self.matrix.picture_html())

    def __repr__(self) -> str:
        """Which models; no markup."""
        return f"ModelComparison({self.names[1]} minus {self.names[0]}, {self.diagram.architecture.name})"

    def _make_diagram(self, before: Model, after: Model, options: ComparisonOptions) -> DifferenceDiagram:
        features, classes = options.feature_names, options.class_names
        if self._data:
            features, classes = self._data[1].names_by_layer
        return DifferenceDiagram(
            before,
            after,
            self._data[1].given_form if self._data else None,
            names=self.names,
            feature_names=features,
            class_names=classes,
            max_units=options.max_units,
            output_kind=options.output_kind,
        )

    def _make_matrix(self) -> DifferenceMatrix | None:
        if not self._data or self._data[1].flat is None:
            return None
        before, after = self._tables()
        matrix = DifferenceMatrix(before, after, names=self.names, height=620)
        matrix.show_difference(matrix.before, matrix.after, self._feature_ids())
        return matrix

    def _tables(self) -> list[Any]:
        return [DataTables(data).importance(self._method) for data in self._data]

    def _feature_ids(self) -> list[int | None]:
        return list(self._data[1].explainer.feature_ids)

    def _count(self, selected: str) -> int:
        """How many there are of what a trait selects."""
        layers = self.diagram.frames.network["layers"]
        if selected == "selected_class" and self._data:
            return self._data[1].explainer.classes
        return sum(layer["units"] for layer in layers if selected == "selected_unit" or layer["output"] is not None)

    def _selected(self, change: traitlets.Bunch) -> None:
        for part in (self.diagram, self.matrix):
            if part is not None:
                part.set_trait(change.name, change.new)

    def _words(self) -> str:
        """How often each model is right, and how many rows the two read otherwise."""
        one, other = self.names
        words = [f"{other} minus {one}"]
        if self._data:
            predictions = [data.predictions() for data in self._data]
            words[0] += f", {grouped(len(self._data[0].rows))} rows"
            words += self._answers(predictions)
            if self.matrix is None:
                words.append("importance is compared for flat rows of numbers only")
        else:
            words.append("weights alone: pass x= for mean activations and importance")
        return f"<span>{html.escape(' · '.join(words))}</span>"

    def _answers(self, predictions: list[np.ndarray]) -> list[str]:
        answers, truth = self._data[1].answers, self._data[1].truth
        if answers.is_spread:
            return []
        if answers.is_regression:
            if truth is None:
                return []
            errors = [np.abs(each - truth.reshape(each.shape)).mean() for each in predictions]
            return [f"mean absolute error {short(float(errors[0]))} → {short(float(errors[1]))}"]
        read = [answers.predicted(each) for each in predictions]
        differs = read[0] != read[1]
        count = int((differs.any(axis=1) if differs.ndim > 1 else differs).sum())
        words = [f"{grouped(count)} {'row is' if count == 1 else 'rows are'} read otherwise"]
        if truth is not None:
            right = [1 - answers.misread(truth, each).mean() for each in predictions]
            words.insert(0, f"{percent(float(right[0]))} → {percent(float(right[1]))} read right")
        return words


def _names_of(moments: Sequence[Moment], steps_per_epoch: int | None) -> list[str]:
    """Where in the run each lies, in words that tell them apart."""
    places = [MomentPlace(moment.step, moment.epoch, moment.batch, steps_per_epoch) for moment in moments]
    names = [place.label for place in places]
    return names if len(set(names)) == len(names) else [f"step {grouped(place.step)}" for place in places]


def _steps(steps: list[int]) -> str:
    some = ", ".join(map(str, steps[:6])) + (", ..." if len(steps) > 6 else "")
    return f", such as {some}" if steps else " (there is none yet)"

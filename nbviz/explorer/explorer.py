"""`explore`: the diagram, the importance matrix and single samples in one widget, linked. Views meet only here."""

from __future__ import annotations

import html
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import ipywidgets
import numpy as np
import pandas as pd
import traitlets

from nbviz.attribution.answers.numbering import is_trained
from nbviz.attribution.table.importance import Importance
from nbviz.explorer.explored_data import MOST_ROWS, ExploredData
from nbviz.explorer.explorer_sheet import ExplorerSheet
from nbviz.explorer.faults import Faults
from nbviz.explorer.given.given_data import GivenData
from nbviz.explorer.linking.base_state import BaseState
from nbviz.explorer.linking.links import Links
from nbviz.explorer.model_follower import ModelFollower
from nbviz.explorer.output_menu import OutputMenu
from nbviz.explorer.page_content import page_content
from nbviz.explorer.panels import Panels, UnitsDrawn
from nbviz.explorer.pictures.regions_of_output import no_regions
from nbviz.network.architecture import SaidKinds
from nbviz.network.samples import Samples
from nbviz.page.content import Choice, PageContent
from nbviz.picture.fold import Rank
from nbviz.picture.network_wire import EdgeMeaning
from nbviz.style.numbers import grouped
from nbviz.widgets.index_trait import Index
from nbviz.widgets.owner import Owner
from nbviz.widgets.sample_charts.sample_comparison import checked_samples
from nbviz.widgets.view import SavedPicture

if TYPE_CHECKING:
    from nbviz.keras_model import Model


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
    rank: Rank | None = None,
    training_data: tuple[Any, Any] | None = None,
    seed: int = 0,
    output_kind: SaidKinds = None,
    output: str | None = None,
    image_shape: Sequence[int] | None = None,
    regions: Any = None,
    token_names: Sequence[str] | Mapping[int, str] | None = None,
    output_region: int | str | None = None,
) -> ModelExplorer:
    """Explore a live model with rows of data: what it is, what matters to it, and why it says what it says.

    Args:
        model: A built `keras.Model`; looking at it changes nothing.
        x: Rows to explore it with: array, DataFrame, or a list / dict of these for several inputs. Of more than
            1,000 rows 1,000 are drawn.
        y: Their answers: class indices, one-hot rows, class names or other labels, or the numbers of a regression; of
            several outputs a list of these, or a dict by output; answers of one alone are those of `output`, of the
            output that `class_names` are for, or of the only one that they fit. Labels are numbered by `class_names` if
            they are among them, by the categories of a pandas Categorical, else in sorted order; where another order
            agrees far better with the model, a warning says so. Several sigmoids are labels, of which a row has any.
            With them rows can be looked up by their class, and those misread.
        feature_names: Names of the inputs' columns; by default those of a DataFrame. A dict by input name for
            several inputs.
        class_names: Names of the explored output's classes; a dict by output for several.
        method: How importance is measured: a name in `nbviz.METHODS`.
        background: Rows that others are compared with, such as the training data; by default those of x.
        max_units: A hidden layer with more units than this shows its best ranked ones; where a path or the
            contributions to a class are asked for, those that carry most of it.
        rank: How units are ranked where nothing is asked: `"contribution"`, the default, or `"weight"`; see
            `nbviz.NetworkDiagram`.
        training_data: Rows and answers that the training tab trains on, after each epoch of which x and y are
            measured; by default it trains on x and y themselves, and says that this flatters what is measured on
            them.
        seed: Of all random draws.
        output_kind: What the outputs are, where neither the last layers nor the loss say it: `"softmax"`
            (probabilities of classes), `"sigmoid"` (of labels, or of one class), `"logits"` (of either) or
            `"regression"`; a dict of these by output.
        output: Name of the output that is explored, of several; by default the first of the picture, of those that
            answer once for each row if there are any. A menu, and `selected_output`, change it.
        image_shape: What flat rows are pictures of: (rows, columns) or (rows, columns, channels). Inputs of rows x
            columns x channels are pictures anyway; those of steps x features are sequences, whose features are named
            by `feature_names`.
        regions: Parts of pictures whose importance is told: a grid (rows, columns), `"superpixels"` of the mean
            picture, which need scikit-image, or the region of each pixel, whole numbers (rows, columns); by default a
            grid of about 3 x 3. Of sequences `"features"`, the default, `"steps"` (windows of them), or the region of
            each number, whole numbers (steps, features).
        token_names: What the ids of tokens mean, which enter an Embedding: a list, or a dict id -> text. By default
            the vocabulary of a TextVectorization or StringLookup in the model, else tokens are their ids.
        output_region: Of an output of pictures (an autoencoder's, a U-Net's) the region whose mean is explained, by
            name or number: those of `regions` where the output has the size of the input, else a grid of 3 x 3; by
            default all of it. A click on the output's picture, and `output_region` of the explorer, change it.

    Returns:
        The explorer, the importance of the features worked out. That of pictures and of each hidden layer's units
        follows in the background.

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: x, y, names or background that do not fit; the message says what would.

    Warns:
        UserWarning: The labels of y seem to be numbered in another order than the model learned them.
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
        rank=rank,
        training_data=training_data,
        seed=seed,
        output_kind=output_kind,
        output=output,
        image_shape=image_shape,
        regions=regions,
        token_names=token_names,
        output_region=output_region,
    )


class ModelExplorer(SavedPicture, Owner, ipywidgets.VBox):
    """A diagram, an importance matrix and views of one sample, linked in the browser.

    Attributes:
        selected_unit: Id of the selected unit over all layers, None for none.
        selected_class: Index of the selected class of the output that is explored, None for none.
        selected_sample: Row that is looked at, among `rows`; None for the mean over them.
        compared_samples: Rows that stand side by side in the place of the waterfall, two to six of `rows`; none where
            nothing is compared.
        mean_of: The true class, or true class and class read, over whose rows diagram, matrix and waterfall show the
            mean; None for none. See `show_mean`.
        selected_output: Name of the output that is explored. Diagram, matrix and what is said of samples follow.
        output_region: Number of the region of the output whose mean is explained, of an output of pictures; None for
            all of it. Diagram, matrix, evidence and waterfall follow.
        edge_meaning: What the diagram's edges show.
        diagram: The `NetworkDiagram`.
        matrix: The `ImportanceMatrix`.
        sample_picker: The `SamplePicker`.
        waterfall: Why the sample's outputs differ from the average; None where inputs are no flat rows of numbers.
        comparison: The samples that are compared, a `SampleComparison`; None where there is no waterfall, or one row.
        confusion: The confusion matrix; None without y, for a regression, or where labels do not exclude each other.
        cell_rows: The rows of a cell of the confusion matrix, and what pushed each towards the class it was read as;
            None without one, or where inputs are no flat rows of numbers.
        predicted_values: What a regression predicts against what is true; None for classes, or without y.
        threshold_curves: Of two classes the ROC and precision-recall curves, and the `threshold` from which on a row is
            read as the second; None for others, or without y.
        pictures: Of a model that answers at every position the input beside the output; None for others.
        labels: A table for each of several labels (sigmoids); None for classes, or without y.
        what_if: Sliders and a response curve; None where inputs are no flat rows of numbers.
        images: Of pictures and sequences: the `ImageImportance`, maps and regions in place of the matrix; else None.
        evidence: Of pictures, sequences and texts: the `ImageEvidence`, what in a sample speaks for and against
            classes; else None.
        training: The `TrainingTab`: its `trainer`, `recording`, `chart` and `histograms`; None without y, or where
            the model cannot be trained as it is.
        weights: The `WeightsTab`: its `kernels`, a `KernelGrid` or None, and the weights' `distributions`.
        layers: The `LayersTab`: its `maps`, `FeatureMaps` or None, and the `table` of layers.
        error: What went wrong in the background, None for nothing.
        output_menu: Chooses the output; None where there is one.
        sheet: Brings the style sheets of the parts that have no view of their own.
    """

    selected_unit = Index(of=lambda explorer: explorer._count("selected_unit"))
    selected_class = Index(of=lambda explorer: explorer._count("selected_class"))
    selected_sample = Index(of=lambda explorer: explorer._count("selected_sample"))
    compared_samples = traitlets.Any(())
    compared_samples.allow_none = False  # its validator says what is wrong with None
    mean_of = traitlets.Any(None)
    selected_output = traitlets.Unicode()
    output_region = Index(of=lambda explorer: explorer._count("output_region") or None)
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
        rank: Rank | None = None,
        training_data: tuple[Any, Any] | None = None,
        seed: int = 0,
        output_kind: SaidKinds = None,
        output: str | None = None,
        image_shape: Sequence[int] | None = None,
        regions: Any = None,
        token_names: Sequence[str] | Mapping[int, str] | None = None,
        output_region: int | str | None = None,
    ) -> None:
        """See `explore`."""
        if x is None:
            raise ValueError(
                "Expected x, the rows to explore the model with. Received None; "
                "nbviz.NetworkDiagram(model) draws a model without data."
            )
        given = GivenData(
            x,
            y,
            feature_names,
            class_names,
            background,
            output_kind,
            output,
            image_shape=image_shape,
            regions=regions,
            token_names=token_names,
            output_region=output_region,
        )
        data = self._data = ExploredData(model, given, seed)
        self._faults = Faults(self._tell)
        panels = self._panels = Panels(data, method, UnitsDrawn(max_units, rank), training_data, self._faults)
        self.diagram, self.matrix = panels.diagram, panels.matrix
        self._name_parts()
        self.training, self.weights, self.layers = panels.training, panels.weights, panels.layers
        self.images = panels.images
        self.tabs = panels.tabs
        doubt = self._doubt()
        if doubt is not None:
            warnings.warn(doubt, UserWarning, stacklevel=3)
        self._note = ipywidgets.HTML()
        self._note.add_class("nbviz-explorer-note")
        name = data.explainer.output.name
        self.output_menu = OutputMenu(data.outputs, name, data.y_words) if len(data.outputs) > 1 else None
        shown = [panels.top, self._note, panels.tabs]
        super().__init__([*([self.output_menu] if self.output_menu else []), *shown])
        self.selected_output, self.output_region = name, data.region_number
        self.add_class("nbviz-explorer")
        self._follower = ModelFollower(panels, self._faults.of("model"), self._say)
        self._say()
        self._links = Links(self, panels, self._faults.of("edges"))
        self._base = BaseState(self, panels)
        if self.output_menu is not None:
            traitlets.link((self, "selected_output"), (self.output_menu, "value"))
        self.observe(lambda change: self._look_at_output(change.new), "selected_output")
        self.observe(lambda change: self._look_at_region(change.new), "output_region")
        self.diagram.show(panels.samples.first_sample)
        panels.tables.begin()
        self._follower.begin()
        self.own_parts()

    @property
    def rows(self) -> np.ndarray:
        """(rows,), numbers in the x that was given of the rows that are explored."""
        return self._data.rows

    @property
    def importance(self) -> Importance:
        """The table of the matrix that is shown; that of the features is waited for where another one is wanted.

        While the model trains it is that of before.
        """
        self._follower.settle_features()
        return self.matrix.importance

    @property
    def tokens(self) -> pd.DataFrame | None:
        """Of texts the tokens in rows: in how many rows each is (`rows`), and its mean credit there for each class.

        A credit is in units of the output; those of all tokens of a row add up to what it differs from the average by.
        None for others.
        """
        if self._data.texts is None:
            return None
        self._follower.settle_features()
        table = self._panels.tables.features
        frame = pd.DataFrame(table.attrs["means"], index=table.features, columns=table.classes)
        frame.insert(0, "rows", table.attrs["occurs"])
        return frame

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for what is worked out in the background, so that everything shown is of the model as it is now.

        While the model trains, table and samples rest.

        Args:
            timeout: Seconds, None for as long as it takes.

        Returns:
            Whether all of it is done.
        """
        return self._follower.wait(timeout)

    def update(self) -> ModelExplorer:
        """Read the live weights again, and work everything out anew."""
        self._follower.update()
        return self

    def show_mean(self, true_class: int | str | None, read_as: int | str | None = None) -> ModelExplorer:
        """Show the mean over all rows of a class, or of a cell of the confusion matrix, everywhere but in the sliders.

        A saved page shows the row before it instead, since nobody could work out another mean there.

        Args:
            true_class: Index or name of the class; None goes back to a single row.
            read_as: Index or name of the class that the rows are read as; None for all rows of the class.

        Raises:
            ValueError: There are no such classes or rows, or none that can be explained; the message says why.
        """
        if true_class is None:
            self.mean_of = None
            return self
        names = self._data.answers.class_names
        cell = [
            names.index(each) if isinstance(each, str) and each in names else each
            for each in (true_class, read_as)
            if each is not None
        ]
        try:
            self.mean_of = tuple(cell)
        except traitlets.TraitError as error:
            raise ValueError(str(error)) from error
        return self

    def clear(self) -> ModelExplorer:
        """Back to the base state, as Esc in any view: no unit, class, region or path, no mean, nothing compared.

        The row that is looked at stays; after a mean it is the one before it. Edges show what they did before something
        was asked, and the units drawn are those of `rank`.
        """
        self._base.restore()
        return self

    def measure_noise_floor(self) -> ModelExplorer:
        """Work out the noise floor of the features, as the matrix's button does, in the background.

        A copy of the model is trained beside shuffled columns, see `nbviz.noise_floor`, on the rows that Train uses.
        `wait()` waits for it. The matrix then shows shares of what exceeds it, and `importance.noise_floor` has it,
        until the model changes or another method is chosen.

        Raises:
            ValueError: There is none for this model or these rows, or it is being trained; the message says why.
        """
        self._panels.tables.measure_floor()
        return self

    def page_content(self) -> PageContent:
        """What a page without a kernel shows for each sample."""
        self.wait()
        content = page_content(self._panels, self.output_menu)
        training = self._panels.training
        moments = [] if training is None else training.recording.moments
        if len(moments) < 2:
            return content
        # The timeline moves in the page too.
        live, back = ({self._note: {"value": self._words(self._follower.words_of(looks))}} for looks in (False, True))
        shown = dict.fromkeys((moment.step for moment in moments), back) | {None: live}
        return replace(content, choices=[*content.choices, Choice(self.diagram, "shown_frame", shown)])

    def predicted_classes(self) -> np.ndarray:
        """(rows,), index of the likeliest class; of a regression zeros."""
        return self._panels.samples.predicted_classes()

    def misread(self) -> np.ndarray:
        """Rows whose likeliest class is not their own, or of which a label is wrong; none without y."""
        return self._panels.samples.misread()

    def flat_row(self, sample: int) -> np.ndarray:
        """(features,): a row that is explored, its inputs side by side."""
        return self._panels.flat_row(sample)

    def _name_parts(self) -> None:
        samples = self._panels.samples
        self.sample_picker, self.waterfall = samples.sample_picker, samples.waterfall
        self.comparison = samples.comparison
        self.confusion, self.labels, self.cell_rows = samples.confusion, samples.labels, samples.cell_rows
        self.predicted_values, self.threshold_curves = samples.predicted_values, samples.threshold_curves
        self.what_if, self.pictures, self.evidence = self._panels.what_if, samples.pictures, samples.evidence

    def _look_at_output(self, name: str) -> None:
        before = self._data.explainer.output.name
        if name == before:
            return
        try:
            self._change_output(name)
        except Exception as error:
            self._change_output(before)
            self.selected_output = before
            if self.output_menu is not None:  # links pass nothing back while they pass something on
                self.output_menu.value = self.output_menu.menu.value = before
            self._faults.of("output")(f"The output {name!r} cannot be explored: {error}")
            raise
        self._faults.forget()

    def _look_at_region(self, number: int | None) -> None:
        before = self._data.region_number
        if number == before:
            return
        self._follower.rest()
        try:
            self._panels.look_at_region(number)
        except Exception as error:
            self._panels.look_at_region(before)
            self.output_region = before
            self._faults.of("output")(f"This region of the output cannot be explored: {error}")
            raise
        self._faults.forget()

    def _change_output(self, name: str) -> None:
        self._follower.rest()
        self._panels.look_at_output(name)
        self.output_region = None
        self._name_parts()
        self._links.renew()
        self._follower.watch_sliders()
        self.own_parts()

    @traitlets.validate("selected_output")
    def _known_output(self, proposal: traitlets.Bunch) -> str:
        if proposal.value not in self._data.outputs:
            raise traitlets.TraitError(
                f"Expected selected_output among {self._data.outputs}. Received {proposal.value!r}."
            )
        return str(proposal.value)

    @traitlets.validate("output_region")
    def _has_regions(self, proposal: traitlets.Bunch) -> int | None:
        if proposal.value is not None and not self._count("output_region"):
            raise traitlets.TraitError(no_regions(proposal.value, self._data.head.name))
        return None if proposal.value is None else int(proposal.value)

    def _count(self, selected: str) -> int:
        """How many there are of what a trait selects."""
        if selected == "output_region":
            regions = self._data.output_regions
            return 0 if regions is None else len(regions.names)
        if selected == "selected_unit":
            return sum(layer["units"] for layer in self.diagram.frames.network["layers"])
        return self._data.explainer.classes if selected == "selected_class" else len(self.rows)

    @traitlets.validate("compared_samples")
    def _comparable(self, proposal: traitlets.Bunch) -> tuple[int, ...]:
        try:
            rows = checked_samples(proposal.value, len(self.rows))
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        if rows and self._panels.samples.comparison is None:
            closed = "what compares them has been closed" if self.comparison is not None else None
            why = self._data.explainer.refusal or closed or "there is no waterfall of this output"
            raise traitlets.TraitError(
                f"Expected rows that can be explained as compared_samples. Received {rows} where {why}."
            )
        return tuple(rows)

    @traitlets.validate("mean_of")
    def _has_rows(self, proposal: traitlets.Bunch) -> tuple[int, ...] | None:
        cell = proposal.value
        if cell is None:
            return None
        names = self._data.answers.class_names
        samples = self._panels.samples
        if samples.confusion is None or not samples.confusion.offers_mean:
            raise traitlets.TraitError(
                f"Expected y with classes, and rows that can be explained, for a mean. Received {cell!r} without."
            )
        known = isinstance(cell, (tuple, list)) and len(cell) in (1, 2)
        whole = known and all(isinstance(each, (int, np.integer)) and not isinstance(each, bool) for each in cell)
        if not whole or not all(0 <= each < len(names) for each in cell):
            raise traitlets.TraitError(
                f"Expected a true class, or a true class and the one that is read, among {names}. Received {cell!r}."
            )
        try:
            samples.group(cell)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        return tuple(int(each) for each in cell)

    def _tell(self, error: str | None) -> None:
        self.error = error
        self._say()

    def _say(self) -> None:
        self._note.value = self._words()

    def _doubt(self) -> str | None:
        """A sentence where the labels of y seem to be numbered in another order than the model learned them."""
        data = self._data
        return data.answers.doubt(data.rows, self._panels.samples.predictions) if is_trained(data.model) else None

    def _words(self, of_when: str | None = None) -> str:
        """What the explorer looks at, and what went wrong.

        Args:
            of_when: Of when the panels are, where that is not now; None for as they are.
        """
        data = self._data
        words = []
        if data.given_rows > MOST_ROWS:
            words.append(f"{grouped(MOST_ROWS)} of {grouped(data.given_rows)} rows, drawn (seed {data.seed})")
        classes, few = grouped(len(data.answers.class_names)), self._panels.tables.asked.few_classes
        tabled = len(self._panels.tables.asked.tabled)
        over = f" over {grouped(tabled)} of the rows" if tabled < len(data.rows) else ""
        if few is not None:
            words.append(f"maps of the {few} of {classes} classes that are read or true most often{over}")
        elif over:
            words.append(f"importance for {classes} classes{over}")
        if data.offer is not None:
            words.append(data.offer)
        if data.texts is not None and data.texts.words is not None:
            words.append(data.texts.words)
        if data.explainer.refusal is not None:
            words.append(f"no explanation of single rows: {data.explainer.refusal}")
        doubt = self._doubt()
        if doubt is not None:
            words.append(doubt)
        words += [f"the output {name} is not explored: {reason}" for name, reason in data.not_explored.items()]
        if data.answers.is_spread and data.answers.given is not None and self.training is None:
            words.append("a model of pictures is trained with model.fit(..., callbacks=[explorer.diagram.live()])")
        plain = f"<span>{html.escape(' · '.join(words))}</span>" if words else ""
        # These come and go: they stand where they take no room.
        now = html.escape(self._follower.words if of_when is None else of_when)
        plain += f'<span class="nbviz-explorer-now" title="{now}">{now}</span>' if now else ""
        wrong = f'<span class="nbviz-explorer-error">{html.escape(self.error)}</span>' if self.error else ""
        return plain + wrong

    def __repr__(self) -> str:
        """Layers and rows; no markup."""
        return f"ModelExplorer({self.diagram.architecture.name}, {grouped(len(self._data.rows))} rows)"

    def _end(self) -> None:
        self._follower.close()
        self._panels.end()

    def picture_html(self) -> str:
        """The diagram and the table, which a notebook shows without a kernel."""
        table = self.matrix.picture_html() if self.matrix.tables else ""
        return self.diagram.picture_html() + table

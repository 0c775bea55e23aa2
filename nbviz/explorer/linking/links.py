"""How the panels of an explorer follow each other: what is selected, shown or trained in one is so in the others."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import numpy as np
import traitlets

from nbviz.attribution.edges.explanation import Explanation
from nbviz.explorer.linking.channel_link import ChannelLink
from nbviz.explorer.panels import WEIGHTS, Panels
from nbviz.explorer.sample.sample_tab import AskedRow
from nbviz.widgets.owner import is_open
from nbviz.widgets.sample_charts.sample_comparison import SampleComparison
from nbviz.widgets.sample_charts.waterfall import Waterfall
from nbviz.widgets.weak_registry import linked

SHARED = ("selected_unit", "selected_class", "edge_meaning")


class Links:
    """Joins panels: in the browser where both ends are there, in Python where something is worked out between them."""

    def __init__(self, selection: ipywidgets.Widget, panels: Panels, tell: Callable[[str | None], None]) -> None:
        """Join them.

        Args:
            selection: What is selected, as Python sees and sets it: has the traits of `SHARED`, `selected_sample`,
                `compared_samples` and `mean_of`.
            panels: The panels.
            tell: Given what went wrong in the background, None once something succeeds.
        """
        self._selection, self._panels, self._tell = selection, panels, tell
        self._follows = True  # whether what is selected in Python goes to the views
        self._base: int | None = None  # the row of x that the sliders started from
        self._slid: np.ndarray | None = None  # the row that they have put into the diagram
        diagram, maps = panels.diagram, panels.maps
        self._number_features()
        self._in_browser = self._link_in_browser()
        self._of_samples = self._link_samples()
        self._channels = [
            ChannelLink(diagram, view, panels.channels) for view in (panels.kernels, maps) if view is not None
        ]
        self._of_maps = self._link_maps()
        self._known_ids = panels.first_units()
        diagram.observe(self._redrawn, "network")
        for name in (*SHARED, "selected_sample"):
            diagram.observe(self._diagram_changed, name)
            selection.observe(self._selection_changed, name)
        selection.observe(self._comparison_set, "compared_samples")
        selection.observe(self._mean_set, "mean_of")
        diagram.observe(lambda _: self._mean_left(), "frame")
        if panels.what_if is not None:
            diagram.observe(lambda _: self._row_given(panels.row_given), "frame")
        self._listen_to_samples()
        diagram.observe(lambda change: self._explained(change.new), "explained")
        diagram.observe(lambda change: self._explaining_failed(change.new), "explanation_error")
        panels.tabs.observe(self._turned, "selected_index")

    def _link_in_browser(self) -> list[ipywidgets.Widget]:
        panels = self._panels
        diagram, matrix = panels.diagram, panels.matrix
        links = [linked((diagram, name), (matrix, name)) for name in SHARED]
        if panels.training is not None:
            links.append(linked((diagram, "shown_frame"), (matrix, "shown_frame")))
        return links

    def _link_samples(self) -> list[ipywidgets.Widget]:
        panels = self._panels
        diagram, picker = panels.diagram, panels.samples.sample_picker
        links = [linked((diagram, name), (part, trait)) for name, part, trait in self._parts_of_sample()]
        labels, confusion, cell_rows = panels.samples.labels, panels.samples.confusion, panels.samples.cell_rows
        if labels is not None and picker is not None:
            links.append(linked((labels.table, "cells"), (picker, "cells")))
            # In Python, which counts another table.
            traitlets.link((labels, "label"), (picker, "label"))
        if confusion is not None and picker is not None:
            links += [linked((confusion, name), (picker, name)) for name in ("cells", "mean")]
        if confusion is not None and cell_rows is not None:
            links.append(linked((confusion, "cells"), (cell_rows, "cells")))
        comparison = panels.samples.comparison
        if comparison is not None and picker is not None:
            links.append(linked((picker, "compared_samples"), (comparison, "compared_samples")))
        return links + self._link_pictures()

    def _link_pictures(self) -> list[ipywidgets.Widget]:
        panels = self._panels
        diagram, images, evidence = panels.diagram, panels.images, panels.samples.evidence
        if panels.data.images is None:
            # Tokens have units of their own in the diagram.
            return [] if evidence is None else [linked((diagram, name), (evidence, name)) for name in SHARED]
        links: list[ipywidgets.Widget] = []
        if images is not None:
            links += [linked((diagram, name), (images, name)) for name in (*SHARED, "shown_frame", "selected_part")]
            links += [linked((panels.matrix, name), (images, name)) for name in ("layer", "method")]
            links += [linked((images, "selected_region"), (part, "selected_unit")) for part in self._falls]
        if evidence is not None:
            links += [linked((diagram, name), (evidence, name)) for name in (*SHARED, "selected_part")]
        if images is not None and evidence is not None:
            links.append(linked((images, "selected_region"), (evidence, "selected_region")))
        return links

    def renew(self) -> None:
        """Join what is said of samples once more: another output is explored, by other parts."""
        for link in (*self._of_samples, *self._of_maps):
            link.close()
        self._of_maps = self._link_maps()
        self._number_features()
        panels, seen = self._panels, self._panels.diagram.selected_sample
        for name, part, trait in self._parts_of_sample():
            part.set_trait(trait, getattr(panels.diagram, name))
        self._selection.set_trait("compared_samples", ())  # they were compared by another output
        self._selection.set_trait("mean_of", None)
        panels.look_at_mean(None)
        self._of_samples = self._link_samples()
        self._listen_to_samples()
        panels.samples.show_pictures(seen)
        if panels.what_if is not None and seen is not None:
            self._base, self._slid = seen, None
            panels.what_if.set_sample(panels.flat_row(seen), panels.data.name_of(seen))

    def _listen_to_samples(self) -> None:
        comparison, confusion = self._panels.samples.comparison, self._panels.samples.confusion
        if comparison is not None:
            comparison.observe(self._compared_changed, "compared_samples")
            comparison.observe(self._comparison_closed, "comm")
        if self._panels.samples.pictures is not None:
            self._panels.samples.pictures.observe(self._region_chosen, "selected_region")
        if confusion is not None:
            confusion.observe(self._mean_changed, "mean")
            confusion.observe(self._confusion_closed, "comm")
        if self._panels.samples.threshold_curves is not None:
            self._panels.samples.threshold_curves.observe(lambda _: self._panels.read_anew(), "threshold")
        what_if, curves = self._panels.what_if, self._panels.samples.threshold_curves
        if what_if is None:
            return
        what_if.on_row = self._show_row
        if curves is not None:
            curves.observe(lambda _: what_if.refresh(), "threshold")

    def _parts_of_sample(self) -> list[tuple[str, ipywidgets.Widget, str]]:
        """What of the diagram parts of the tab *Sample* follow, and by which trait."""
        samples = self._panels.samples
        picker, values = samples.sample_picker, samples.predicted_values
        found: list[tuple[str, ipywidgets.Widget, str]] = []
        if picker is not None:
            found.append(("selected_sample", picker, "selected_sample"))
        if values is not None:
            found.append(("selected_sample", values, "selected_sample"))
        if samples.cell_rows is not None:
            found.append(("selected_sample", samples.cell_rows, "selected_sample"))
        # Of pictures their rows are regions, which have no unit in the diagram.
        shared = SHARED if self._panels.data.images is None else ("selected_class",)
        found += [(name, part, name) for part in self._falls for name in shared]
        if samples.comparison is not None:
            found.append(("selected_sample", samples.comparison, "selected_sample"))
        if samples.pictures is not None:
            found.append(("selected_class", samples.pictures, "selected_class"))
        if samples.several_values:
            # Which of several numbers: the one that is selected in the diagram.
            if picker is not None:
                found.append(("selected_class", picker, "label"))
            if values is not None:
                found.append(("selected_class", values, "selected_class"))
        return found

    @property
    def _falls(self) -> list[Waterfall | SampleComparison]:
        """What tells the contributions of features to single samples."""
        samples = self._panels.samples
        return [part for part in (samples.waterfall, samples.comparison) if part is not None]

    def _link_maps(self) -> list[ipywidgets.Widget]:
        diagram, maps = self._panels.diagram, self._panels.maps
        return [] if maps is None else [linked((diagram, name), (maps, name)) for name in self._shared_with_maps()]

    def _shared_with_maps(self) -> list[str]:
        # The maps count the classes of all outputs, in the model's order.
        counts_alike = self._panels.data.explainer.first_column == 0
        return ["selected_sample", *(["selected_class"] if counts_alike else [])]

    def _diagram_changed(self, change: traitlets.Bunch) -> None:
        # The browser moves the other views itself: an echo from here would overtake the user's next click.
        followed, self._follows = self._follows, False
        try:
            self._selection.set_trait(change.name, change.new)
        finally:
            self._follows = followed
        what_if = self._panels.what_if
        if change.name == "selected_sample":
            self._panels.samples.show_pictures(change.new)
            if self._panels.images is not None:
                self._panels.images.show_sample(self._panels.sample_beside_maps(change.new))
        if change.name == "selected_sample" and what_if is not None and change.new is not None:
            self._base, self._slid = change.new, None
            what_if.set_sample(self._panels.flat_row(change.new), self._panels.data.name_of(change.new))

    def _selection_changed(self, change: traitlets.Bunch) -> None:
        """Set in Python: every view is told, whether or not there is a browser."""
        if not self._follows:
            return
        panels, maps = self._panels, self._panels.maps
        panels.diagram.set_trait(change.name, change.new)
        if change.name in SHARED:
            for part in (panels.matrix, panels.images, panels.samples.evidence):
                if is_open(part) and part is not None and part.has_trait(change.name):
                    part.set_trait(change.name, change.new)
        for name, part, trait in self._parts_of_sample():
            if name == change.name:
                part.set_trait(trait, change.new)
        if change.name == "selected_sample" and change.new is not None:
            if change.new not in self._selection.trait_values()["compared_samples"]:
                self._selection.set_trait("compared_samples", ())
            self._selection.set_trait("mean_of", None)
        if change.name == "selected_unit":
            for link in self._channels:
                link.tell(change.new)
        elif maps is not None and change.name in self._shared_with_maps():
            maps.set_trait(change.name, change.new)

    def _compared_changed(self, change: traitlets.Bunch) -> None:
        """Somebody has put samples side by side in the browser, or a set of them goes that was set in Python."""
        followed, self._follows = self._follows, False
        try:
            self._selection.set_trait("compared_samples", tuple(change.new))
        finally:
            self._follows = followed

    def _comparison_set(self, change: traitlets.Bunch) -> None:
        """Set in Python: of samples that stand side by side one is looked at."""
        samples, diagram = self._panels.samples, self._panels.diagram
        if not self._follows or samples.comparison is None:
            return
        of_mean = self._selection.trait_values()["mean_of"] is not None  # it has a column of its own
        if change.new and not of_mean and diagram.selected_sample not in change.new:
            self._selection.set_trait("selected_sample", change.new[0])
        for part in (samples.comparison, samples.sample_picker):
            if part is not None:
                part.compared_samples = list(change.new)

    @property
    def _is_whole(self) -> bool:
        """Whether it is a part alone that is closed, instead of all."""
        return is_open(self._selection) and is_open(self._panels.diagram)

    def _comparison_closed(self, change: traitlets.Bunch) -> None:
        """Nothing is compared any more, and nothing offered to be."""
        picker = self._panels.samples.sample_picker
        if change.new is None and self._is_whole and self._panels.samples.comparison is None:
            self._selection.set_trait("compared_samples", ())
            if picker is not None:
                picker.most_compared, picker.compared_samples = 0, []

    def _confusion_closed(self, change: traitlets.Bunch) -> None:
        """Without the table that asks for them no mean is shown."""
        is_shown = self._panels.samples.mean.group is not None
        if change.new is None and self._is_whole and is_shown:
            self._selection.set_trait("mean_of", None)

    def _mean_changed(self, change: traitlets.Bunch) -> None:
        """Somebody has asked for a mean in the browser, or gone back."""
        followed, self._follows = self._follows, False
        try:
            self._selection.set_trait("mean_of", None if change.new is None else tuple(change.new))
            self._panels.look_at_mean(change.new)
        except (ValueError, traitlets.TraitError) as error:  # any page may have sent it
            self._tell(str(error))
        finally:
            self._follows = followed

    def _region_chosen(self, change: traitlets.Bunch) -> None:
        """Somebody has asked for a region of the output in the browser, or gone back."""
        try:
            self._selection.set_trait("output_region", change.new)
        except (ValueError, traitlets.TraitError) as error:
            self._tell(str(error))

    def _mean_left(self) -> None:
        """The diagram shows something else than the mean, as a row of the sliders."""
        samples = self._panels.samples
        if samples.mean.group is None or samples.confusion is None:
            return
        if self._panels.diagram.frames.observation.rows is None:
            samples.confusion.set_trait("mean", None)

    def _mean_set(self, change: traitlets.Bunch) -> None:
        """Set in Python: the parts are told, and the sample that was looked at before comes back."""
        samples, diagram = self._panels.samples, self._panels.diagram
        if not self._follows:
            return
        for part in (samples.confusion, samples.sample_picker):
            if part is not None:
                part.set_trait("mean", None if change.new is None else list(change.new))
        if samples.confusion is None:
            self._panels.look_at_mean(None)
        before = self._panels.before_mean
        if change.new is None and diagram.selected_sample is None and before is not None:
            diagram.show(before)

    def _redrawn(self, _change: traitlets.Bunch) -> None:
        ids = self._panels.first_units()
        if ids != self._known_ids:
            self._known_ids = ids
            self._panels.tables.renumber()
            self._number_features()

    def _turned(self, _change: traitlets.Bunch) -> None:
        tabs = self._panels.tabs
        at = tabs.selected_index
        if is_open(self._panels.weights):
            self._panels.weights.is_open = at is not None and tabs.titles[at] == WEIGHTS

    def _explained(self, found: Explanation | None) -> None:
        panels = self._panels
        waterfall, evidence = panels.samples.waterfall, panels.samples.evidence
        if found is None or found.local is None or (waterfall is None and evidence is None):
            if evidence is not None:
                evidence.show(None)
            return
        seen = panels.diagram.frames.observation
        if seen.sample is None:
            return
        name = seen.sample_name or ""
        if evidence is not None:
            evidence.show(panels.samples.explained.evidence_of(found, seen.sample, name, seen.selected))
        if waterfall is None:
            return
        row = panels.row_given if seen.selected is None else panels.flat_row(seen.selected)
        if row is None:
            return
        given = panels.data.as_given(seen.row or []) if seen.selected is None else seen.selected
        panels.samples.explain(found, AskedRow(row, name, seen.selected, given))

    def _explaining_failed(self, error: str | None) -> None:
        self._tell(error and f"What the edges contribute could not be worked out: {error}")

    def _number_features(self) -> None:
        data, panels = self._panels.data, self._panels
        if panels.follows_parts and data.images is not None:
            panels.diagram.explain_parts(data.images.part, data.images.mapped.parts)
            name = data.reader.architecture.inputs[0].name
            unit = None if data.explainer.feature_ids else panels.first_units()[name]
            for view in (panels.images, panels.samples.evidence):
                if view is not None:
                    view.input_unit, view.lights_parts = unit, True
        if data.images is None:
            for part in self._falls:
                part.set_units(panels.tables.ids.of_features())

    def _row_given(self, row: np.ndarray | None) -> None:
        """Somebody has the diagram show a row by its values: the sliders start from it."""
        what_if = self._panels.what_if
        if row is None or what_if is None:
            return
        if self._slid is None or not np.array_equal(row, self._slid, equal_nan=True):
            self._base, self._slid = None, row
            what_if.set_sample(row, self._panels.diagram.frames.observation.sample_name or "")

    def _show_row(self, row: np.ndarray) -> None:
        """The row of the sliders: the sample itself, or one that is nobody's."""
        panels, base, what_if = self._panels, self._base, self._panels.what_if
        assert what_if is not None
        if base is not None and np.array_equal(row, panels.flat_row(base), equal_nan=True):
            if panels.diagram.selected_sample != base:
                panels.diagram.show(base)
            return
        given = panels.data.inputs_of(row)
        self._slid = panels.data.flat_of(given if isinstance(given, list) else [given])[0]
        shown = panels.row_given
        if shown is None or not np.array_equal(shown, self._slid, equal_nan=True):
            name = what_if.sample_name if what_if.is_sample else f"{what_if.sample_name}, changed"
            panels.diagram.show(given, name=name)

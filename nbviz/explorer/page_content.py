"""What an explorer shows in a page without a kernel: everything of some samples, worked out beforehand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from ipywidgets import Widget

from nbviz.explorer.pictures.explored_images import MappedImportance
from nbviz.keras_model.forward import unchanged
from nbviz.page.content import Choice, PageContent, Traits
from nbviz.widgets.owner import is_open

if TYPE_CHECKING:
    from nbviz.attribution.edges.explanation import Explanation
    from nbviz.explorer.output_menu import OutputMenu
    from nbviz.explorer.panels import Panels
    from nbviz.widgets.sample_charts.sample_comparison import ComparedSample, SampleComparison

MOST_SAMPLES = 60
PATHS_BUDGET = 1_200_000  # bytes of paths, of all samples together
BUDGET = 2_400_000  # bytes of pictures and explanations
COMPARED_BUDGET = 400_000  # bytes of samples that can be put side by side
THRESHOLDS = 100  # steps of the slider
NOT_HERE = "the paths of this sample are not in this page"


MapsAt = Callable[
    [int | None], dict[str, Any]
]  # a sample, None for the mean over all -> what the feature maps show of it, trait -> value


def page_content(panels: Panels, output_menu: OutputMenu | None = None) -> PageContent:
    """What the page shows for each sample that is in it, and where none is selected.

    A mean of some rows is not shown: nobody works out another there. The page opens at the row that was before it.

    Args:
        panels: Of the explorer; they stay as they are.
        output_menu: What chooses another output; None without.

    Returns:
        The selected sample, those misread, and others of every class in turn, as many as there is room for.
    """
    panels.wait()
    if panels.training is not None:
        for chart in (panels.training.chart, panels.training.histograms):
            if is_open(chart):
                chart.refresh()  # which they do by themselves a little later
    diagram = panels.diagram
    credits: dict[int, np.ndarray] = {}
    columns: dict[int, ComparedSample] = {}
    no_maps: contextlib.AbstractContextManager[MapsAt] = contextlib.nullcontext(lambda sample: {})
    with (
        unchanged(panels.data.model),
        no_maps if panels.maps is None else panels.layers.maps_by_sample() as maps_at,
    ):
        moments = _moments(panels, maps_at, credits, columns)
        moments[None] = _of_no_sample(panels, maps_at)
    at_hand = sorted(sample for sample in moments if sample is not None)
    opened = diagram.selected_sample
    has_more = opened in moments and opened is not None and len(panels.regions_together) > 0
    overrides: dict[Widget, dict[str, Any]] = {
        # Of the row that the page opens at the kernel has the path of one region at most.
        diagram: {"available_samples": at_hand} | (moments[opened][diagram] if has_more else {}),
        panels.matrix: {"methods": [], "floor_words": ""},
        **({} if panels.images is None else {panels.images: {"methods": []}}),
        panels.tabs: _tabs(panels),
    }
    if panels.images is not None and _has_thresholds(panels):
        overrides[panels.images] |= panels.sample_beside_maps(diagram.selected_sample, as_read=False)
    if panels.samples.confusion is not None:
        overrides[panels.samples.confusion] = {"offers_mean": False}  # nobody works it out
    if panels.samples.sample_picker is not None:
        overrides[panels.samples.sample_picker] = {"available": at_hand}
    if panels.samples.cell_rows is not None:
        overrides[panels.samples.cell_rows] = panels.samples.cell_rows.state(credits)
    beside = _columns_beside(panels.samples.comparison, columns)
    if panels.samples.comparison is not None:
        overrides[panels.samples.comparison] = panels.samples.comparison.state(beside)
    if panels.samples.sample_picker is not None:
        offered = [column.sample for column in beside]
        most = {} if len(beside) > 1 else {"most_compared": 0}
        overrides[panels.samples.sample_picker] |= {"comparable": offered} | most
    if output_menu is not None:
        overrides |= output_menu.without_kernel()
    if panels.samples.predicted_values is not None:
        overrides[panels.samples.predicted_values] = {"available": at_hand}
    thresholds = _thresholds(panels, credits, beside)
    if panels.samples.threshold_curves is not None and not thresholds:
        overrides |= panels.samples.threshold_curves.without_kernel()
    if panels.training is not None:
        overrides[panels.training.trainer.layout] = {"display": "none"}
        if is_open(panels.training.histograms):
            for widget, values in panels.training.histograms.page_content().overrides.items():
                overrides[widget] = dict(values)
    kernels = panels.weights.kernels if is_open(panels.weights) else None
    of_kernels = PageContent() if kernels is None or not is_open(kernels) else kernels.page_content()
    overrides |= {widget: dict(values) for widget, values in of_kernels.overrides.items()}
    if panels.samples.mean.group is not None:
        for widget, values in _without_mean(panels, moments).items():
            overrides[widget] = {**overrides.get(widget, {}), **values}
    here = {widget: values for widget, values in overrides.items() if is_open(widget)}
    return PageContent(diagram, moments, here, [*_labels(panels), *thresholds, *of_kernels.choices])


def _moments(
    panels: Panels,
    maps_at: MapsAt,
    credits: dict[int, np.ndarray],
    columns: dict[int, ComparedSample],
) -> dict[int | None, dict[Widget, dict[str, Any]]]:
    """What each sample shows, as many as there is room for; `credits` and `columns` are filled with why it is so."""
    diagram, maps = panels.diagram, panels.maps
    moments: dict[int | None, dict[Widget, dict[str, Any]]] = {}
    spent = of_paths = 0
    regions = panels.regions_together
    for sample in samples_in_order(panels)[:MOST_SAMPLES]:
        found = told = diagram.explain_at(sample, regions)
        shown: dict[str, Any] = {}
        if found is not None:
            explanation = diagram.explanation_wire(found, sample)
            if of_paths + len(explanation) > PATHS_BUDGET or len(regions) < len(panels.regions_together):
                regions = range(0)  # each costs some time
                told = replace(found, paths={}, path_units={}, features=(), path_classes=(), reason=NOT_HERE, parts=())
                explanation = diagram.explanation_wire(told, sample)
            else:
                of_paths += len(explanation)
            shown["explanation"] = explanation
        shown["frame"] = diagram.frame_wire(told, sample)
        mapped, pictured = maps_at(sample), _pictures(panels, sample, found)
        spent += sum(len(value) for state in pictured.values() for value in state.values())
        spent += sum(len(value) for value in shown.values()) + len(mapped.get("numbers", b""))
        if spent > BUDGET and moments:
            break
        moments[sample] = {diagram: shown} if maps is None else {diagram: shown, maps: mapped}
        moments[sample] |= pictured
        if panels.samples.maps is not None and panels.samples.pictures is not None:
            moments[sample] |= panels.samples.pictures.state(panels.samples.maps.at(sample))
        if panels.samples.waterfall is not None and found is not None and found.local is not None:
            row = panels.flat_row(sample)
            credits[sample] = panels.samples.explained.credits_by_class(found.local.values)
            explained = panels.samples.explained.sample(found, row, panels.data.name_of(sample), sample)
            moments[sample][panels.samples.waterfall] = panels.samples.waterfall.state(explained)
        if panels.samples.comparison is not None:
            columns[sample] = panels.samples.explained.compared(sample, found)
    return moments


def _of_no_sample(panels: Panels, maps_at: MapsAt) -> dict[Widget, dict[str, Any]]:
    """What is shown where no sample is selected: the mean over all rows."""
    diagram, maps = panels.diagram, panels.maps
    found = diagram.explain_at(None)
    explanation = b"" if found is None else diagram.explanation_wire(found, None)
    moment = {diagram: {"frame": diagram.frame_wire(found, None), "explanation": explanation}}
    return moment | ({} if maps is None else {maps: maps_at(None)}) | _pictures(panels, None, None)


def _without_mean(
    panels: Panels, moments: dict[int | None, dict[Widget, dict[str, Any]]]
) -> dict[Widget, dict[str, Any]]:
    """What is shown in the place of the mean of some rows: one row, and tables of all rows."""
    samples, tables = panels.samples, panels.tables.of_all_rows()
    sample = looked_at(panels)
    parts = (panels.diagram, panels.maps, samples.sample_picker, samples.cell_rows, samples.comparison)
    states: dict[Widget, dict[str, Any]] = {part: {"selected_sample": sample} for part in parts if part is not None}
    states[panels.matrix] = panels.tables.state(tables)
    of_all = tables[""]
    if panels.images is not None and isinstance(of_all, MappedImportance):
        states[panels.images] = panels.images.state(of_all.tables)
    if samples.confusion is not None:
        states[samples.confusion] = {"mean": None}
    if samples.sample_picker is not None:
        states[samples.sample_picker] |= {"mean": None, "mean_name": ""}
    for widget, values in moments[sample].items():
        states[widget] = {**states.get(widget, {}), **values}
    return states


def _columns_beside(comparison: SampleComparison | None, columns: dict[int, ComparedSample]) -> list[ComparedSample]:
    """Rows that can be put side by side: those that are already, then as many as there is room for."""
    if comparison is None:
        return []
    first = [sample for sample in comparison.compared_samples if sample in columns]
    wanted = list(dict.fromkeys([*first, *columns]))
    while len(wanted) > 1 and len(comparison.state([columns[at] for at in wanted])["numbers"]) > COMPARED_BUDGET:
        wanted = wanted[: max(len(wanted) // 2, 1)]
    return [columns[at] for at in wanted]


def _pictures(panels: Panels, sample: int | None, found: Explanation | None) -> dict[Widget, dict[str, Any]]:
    """What is shown of a picture, or of none: beside the maps, and the evidence in it."""
    shown: dict[Widget, dict[str, Any]] = {}
    evidence = panels.samples.evidence
    if panels.images is not None:
        # Where the page has a slider of thresholds, that decides.
        shown[panels.images] = panels.sample_beside_maps(sample, as_read=not _has_thresholds(panels))
    if evidence is not None:
        explained = None
        if sample is not None and found is not None and found.local is not None:
            row = [array[sample : sample + 1] for array in panels.data.x]
            explained = panels.samples.explained.evidence_of(found, row, panels.data.name_of(sample), sample)
        shown[evidence] = evidence.state(explained)
    return shown


def _tabs(panels: Panels) -> dict[str, Any]:
    """The tabs that need no kernel: a training only where it has been recorded."""
    recorded = panels.training is not None and len(panels.training.recording.moments) > 1
    wanted = ["Sample", *(["Training"] if recorded else []), "Weights", "Layers"]
    titles = [title for title in wanted if title in panels.tabs.titles]
    at = [panels.tabs.titles.index(title) for title in titles]
    return {"children": [panels.tabs.children[place] for place in at], "titles": titles, "selected_index": 0}


def _labels(panels: Panels) -> list[Choice]:
    """What each of several labels shows: its table, and its rows in the picker."""
    labels, picker = panels.samples.labels, panels.samples.sample_picker
    if labels is None or picker is None:
        return []
    states = enumerate(labels.states())
    shown: dict[float, Traits] = {at: {labels.table: state, picker: {"label": at}} for at, state in states}
    return [Choice(labels.choice, "index", shown)]


def _thresholds(panels: Panels, credits: dict[int, np.ndarray], beside: list[ComparedSample]) -> list[Choice]:
    """What each threshold of one sigmoid shows. Of two classes the waterfall too says which a sample is read as."""
    curves = panels.samples.threshold_curves
    if curves is None or not _has_thresholds(panels):
        return []
    steps = [step / THRESHOLDS for step in range(THRESHOLDS + 1)]
    return [Choice(curves.slider, "value", {at: panels.samples.at_threshold(at, credits, beside) for at in steps})]


def _has_thresholds(panels: Panels) -> bool:
    return panels.samples.threshold_curves is not None and panels.data.answers.is_binary


def samples_in_order(panels: Panels) -> list[int]:
    """All samples, those first that a page should have: selected, compared, misread, then the classes in turn."""
    count = len(panels.data.rows)
    wrong = panels.samples.misread()
    classes = panels.samples.predicted_classes()
    turns: list[int] = []
    groups = [list(np.flatnonzero(classes == number)) for number in np.unique(classes)]
    for place in range(max(map(len, groups))):
        turns += [int(group[place]) for group in groups if place < len(group)]
    sample = looked_at(panels)
    selected = [] if sample is None else [sample]
    compared = [] if panels.samples.comparison is None else panels.samples.comparison.compared_samples
    return list(dict.fromkeys([*selected, *compared, *map(int, wrong), *turns]))[:count]


def looked_at(panels: Panels) -> int | None:
    """The row that the page opens at, None for none; in the place of a mean that before it, or of those compared."""
    if panels.samples.mean.group is None:
        return panels.diagram.selected_sample
    compared = [] if panels.samples.comparison is None else panels.samples.comparison.compared_samples
    before = panels.samples.first_sample if panels.before_mean is None else panels.before_mean
    return before if before in compared or not compared else compared[0]

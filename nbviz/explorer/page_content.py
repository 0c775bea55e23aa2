"""What an explorer shows in a page without a kernel: everything of some samples, worked out beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from ipywidgets import Widget

from nbviz.page.content import PageContent

if TYPE_CHECKING:
    from nbviz.attribution.edges.explanation import Explanation
    from nbviz.explorer.panels import Panels
    from nbviz.widgets.sample_charts.sample_comparison import ComparedSample, SampleComparison

MOST_SAMPLES = 60
PATHS_BUDGET = 1_200_000  # bytes of paths, of all samples together
BUDGET = 2_400_000  # bytes of pictures and explanations
COMPARED_BUDGET = 400_000  # bytes of samples that can be put side by side
NOT_HERE = "the paths of this sample are not in this page"


def page_content(panels: Panels, output_menu: Widget | None = None) -> PageContent:
    """What the page shows for each sample that is in it.

    Args:
        panels: Of the explorer; they stay as they are.
        output_menu: What chooses another output; None without.

    Returns:
        The selected sample, those misread, and others of every class in turn, as many as there is room for.
    """
    panels.wait()
    if panels.training is not None:
        for chart in (panels.training.chart, panels.training.histograms):
            chart.refresh()  # which they do by themselves a little later
    diagram = panels.diagram
    credits: dict[int, np.ndarray] = {}
    columns: dict[int, ComparedSample] = {}
    with panels.layers.maps_by_sample() as maps_at:
        moments = _moments(panels, maps_at, credits, columns)
    at_hand = sorted(sample for sample in moments if sample is not None)
    overrides: dict[Widget, dict[str, Any]] = {
        diagram: {"available_samples": at_hand},
        panels.samples.sample_picker: {"available": at_hand},
        panels.matrix: {"methods": [], "floor_words": ""},
        **({} if panels.images is None else {panels.images: {"methods": []}}),
        panels.tabs: _tabs(panels),
    }
    if panels.samples.confusion is not None:
        overrides[panels.samples.confusion] = {"offers_mean": False}  # nobody works it out
    if panels.samples.cell_rows is not None:
        overrides[panels.samples.cell_rows] = panels.samples.cell_rows.state(credits)
    if panels.samples.comparison is not None:
        comparable = _comparable(panels.samples.comparison, columns)
        overrides[panels.samples.comparison] = panels.samples.comparison.state([columns[at] for at in comparable])
        overrides[panels.samples.sample_picker]["comparable"] = comparable
        if len(comparable) < 2:
            overrides[panels.samples.sample_picker]["most_compared"] = 0
    if output_menu is not None:
        overrides[output_menu.layout] = {"display": "none"}  # nobody works out another output
    if panels.samples.predicted_values is not None:
        overrides[panels.samples.predicted_values] = {"available": at_hand}
    if panels.samples.threshold_curves is not None:
        # Nobody counts anew which rows another threshold misreads.
        overrides[panels.samples.threshold_curves.slider.layout] = {"display": "none"}
    if panels.samples.labels is not None:
        # Nobody counts the table of another label.
        overrides[panels.samples.labels.choice.layout] = {"display": "none"}
    if panels.training is not None:
        overrides[panels.training.trainer.layout] = {"display": "none"}
        for widget, values in panels.training.histograms.page_content().overrides.items():
            overrides[widget] = dict(values)
    return PageContent(diagram, moments, overrides)


def _moments(
    panels: Panels,
    maps_at: Callable[[int], dict[str, Any]],
    credits: dict[int, np.ndarray],
    columns: dict[int, ComparedSample],
) -> dict[int | None, dict[Widget, dict[str, Any]]]:
    """What each sample shows, as many as there is room for; `credits` and `columns` are filled with why it is so."""
    diagram, maps = panels.diagram, panels.layers.maps
    moments: dict[int | None, dict[Widget, dict[str, Any]]] = {}
    spent = of_paths = 0
    for sample in samples_in_order(panels)[:MOST_SAMPLES]:
        found = told = diagram.explain_at(sample)
        shown: dict[str, Any] = {}
        if found is not None:
            explanation = diagram.explanation_wire(found, sample)
            if of_paths + len(explanation) > PATHS_BUDGET:
                told = replace(found, paths={}, path_units={}, features=(), path_classes=(), reason=NOT_HERE, part=None)
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
            credits[sample] = panels.samples.credits_by_class(found.local.values)
            explained = panels.samples.explained_sample(found, row, f"sample {sample}", sample)
            moments[sample][panels.samples.waterfall] = panels.samples.waterfall.state(explained)
            columns[sample] = panels.samples.compared(sample, found)
    return moments


def _comparable(comparison: SampleComparison, columns: dict[int, ComparedSample]) -> list[int]:
    """Rows that can be put side by side: those that are already, then as many as there is room for."""
    first = [sample for sample in comparison.compared_samples if sample in columns]
    wanted = list(dict.fromkeys([*first, *columns]))
    while len(wanted) > 1 and len(comparison.state([columns[at] for at in wanted])["numbers"]) > COMPARED_BUDGET:
        wanted = wanted[: max(len(wanted) // 2, 1)]
    return wanted


def _pictures(panels: Panels, sample: int, found: Explanation | None) -> dict[Widget, dict[str, Any]]:
    """What is shown of a picture: beside the maps, and the evidence in it."""
    shown: dict[Widget, dict[str, Any]] = {}
    evidence = panels.samples.evidence
    if panels.images is not None:
        shown[panels.images] = panels.sample_beside_maps(sample)
    if evidence is not None:
        explained = None
        if found is not None and found.local is not None:
            row = [array[sample : sample + 1] for array in panels.data.x]
            explained = panels.samples.evidence_of(found, row, f"sample {sample}", sample)
        shown[evidence] = evidence.state(explained)
    return shown


def _tabs(panels: Panels) -> dict[str, Any]:
    """The tabs that need no kernel: a training only where it has been recorded."""
    recorded = panels.training is not None and len(panels.training.recording.moments) > 1
    titles = ["Sample", *(["Training"] if recorded else []), "Weights", "Layers"]
    at = [panels.tabs.titles.index(title) for title in titles]
    return {"children": [panels.tabs.children[place] for place in at], "titles": titles, "selected_index": 0}


def samples_in_order(panels: Panels) -> list[int]:
    """All samples, those first that a page should have: selected, compared, misread, then the classes in turn."""
    count = len(panels.data.rows)
    wrong = panels.samples.misread()
    classes = panels.samples.predicted_classes()
    turns: list[int] = []
    groups = [list(np.flatnonzero(classes == number)) for number in np.unique(classes)]
    for place in range(max(map(len, groups))):
        turns += [int(group[place]) for group in groups if place < len(group)]
    selected = [] if panels.diagram.selected_sample is None else [panels.diagram.selected_sample]
    compared = [] if panels.samples.comparison is None else panels.samples.comparison.compared_samples
    return list(dict.fromkeys([*selected, *compared, *map(int, wrong), *turns]))[:count]

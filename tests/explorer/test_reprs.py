"""What a cell prints of a public object fits on a line or two, whatever is in it."""

import dataclasses

import nbviz
from nbviz.widgets.owner import parts_of
from tests.explorer.small_classifier import LONG, convnet


def test_what_is_printed_of_any_part_of_an_explorer_is_a_short_line(explored):
    explored.selected_sample = 3
    assert explored.wait(LONG)
    training = explored.training
    parts = [
        explored,
        *(explored.diagram, explored.matrix, explored.sample_picker, explored.confusion, explored.waterfall),
        explored.comparison,
        *(explored.what_if, explored.what_if.curve, explored.what_if.sliders, explored.weights, explored.layers),
        *(training, training.trainer, training.chart, training.histograms, explored.sheet),
        *(explored.diagram.explained, explored.diagram.explained.local, explored.diagram.architecture),
        *explored.diagram.explained.contributions.values(),
        explored.page_content(),
        *nbviz.METHODS.values(),
        explored._panels.samples,
        *(part for part in parts_of(explored) if type(part).__module__.startswith("nbviz.")),
    ]
    for part in parts:
        text = repr(part)
        assert len(text) <= 120, text
        assert "\n" not in text
        assert "<" not in text, text
        assert text.startswith(type(part).__name__)
    assert repr(explored.what_if) == "WhatIf(4 features, sample 3)"
    assert repr(explored.sample_picker) == "SamplePicker(40 rows, selected: 3)"
    assert repr(explored.comparison) == "SampleComparison(4 features, no samples)"
    assert repr(explored.waterfall) == "Waterfall(4 features, 3 classes, sample 3)"


def test_a_described_model_is_one_line_however_deep():
    architecture = nbviz.describe(convnet())
    layers = len(architecture.layers)
    assert repr(architecture) == f"Architecture(small: {layers} layers, {len(architecture.connections)} connections)"
    deep = dataclasses.replace(architecture, layers=architecture.layers * 100)
    assert len(repr(deep)) < 80

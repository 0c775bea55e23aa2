"""Curves as a static picture."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from nbviz import TrainingChart
from nbviz.widgets.training_charts.metrics.curves import read_curves
from nbviz.widgets.training_charts.metrics.svg import draw_curves

SVG = "{http://www.w3.org/2000/svg}"


def drawn(runs, end):
    curves = [curve for name, run in runs.items() for curve in read_curves(name, run)]
    return ElementTree.fromstring(draw_curves(curves, list(runs), end))


def lines(svg):
    return [
        np.array([pair.split(",") for pair in line.get("points").split()], float) for line in svg.iter(f"{SVG}polyline")
    ]


def words(svg):
    return [text.text for text in svg.iter(f"{SVG}text")]


def test_a_falling_loss_falls_from_left_to_right_between_the_axes():
    svg = drawn({"": pd.DataFrame({"loss": [1.0, 0.5, 0.0]})}, 4)
    (line,) = lines(svg)
    # 454 px for 4 epochs from 56 px on; the loss goes from 1 at the top to 0 at the bottom, 140 px apart.
    np.testing.assert_allclose(line[:, 0], [56 + 454 * epoch / 4 for epoch in (1, 2, 3)], atol=0.06)
    np.testing.assert_allclose(line[:, 1], [34, 104, 174], atol=0.06)
    assert {"Loss", "train 0.00", "epoch"} <= set(words(svg))


def test_each_metric_has_a_plot_of_its_own_and_accuracy_is_told_in_per_cent():
    table = pd.DataFrame(
        {"loss": [1.0, 0.5], "accuracy": [0.5, 0.75], "val_loss": [1.0, 0.7], "val_accuracy": [0.5, 0.6]}
    )
    svg = drawn({"": table}, 2)
    assert len(lines(svg)) == 4
    assert {"Accuracy, %", "validation 60.0 %", "train 75.0 %", "validation 0.700"} <= set(words(svg))


def test_runs_are_named_at_the_ends_of_their_lines_and_names_are_text():
    table = pd.DataFrame({"loss": [1.0, 0.5]})
    svg = drawn({"<b>slow</b>": table, "fast": table / 2}, 2)
    assert {"<b>slow</b> 0.500", "fast 0.250"} <= set(words(svg))
    colours = [line.get("stroke") for line in svg.iter(f"{SVG}polyline")]
    assert len(set(colours)) == 2


@pytest.mark.parametrize("loss", [[np.nan, np.nan], [1.0, np.nan], [1.0, np.inf], [1.0]])
def test_a_run_that_diverged_is_drawn_as_far_as_it_was_finite(loss):
    svg = drawn({"": pd.DataFrame({"loss": loss})}, 2)
    (line,) = lines(svg)
    assert len(line) == np.isfinite(loss).sum()
    assert np.isfinite(line).all()


def test_a_chart_in_a_saved_notebook_is_a_picture():
    chart = TrainingChart(pd.DataFrame({"loss": [1.0, 0.5]}))
    bundle = chart._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/html"].startswith('<img alt="Training curves" src="data:image/svg+xml;base64,')
    assert data["text/plain"] == "TrainingChart()"
    chart.close()

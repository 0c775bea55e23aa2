"""Whatever was selected, asked for or compared: one state comes back, in Python and from what a browser has sent."""

import numpy as np
import pytest

from tests.explorer.small_classifier import LONG, X, Y, front_end

STATE = ("selected_unit", "selected_class", "selected_sample", "edge_meaning", "mean_of", "compared_samples")


def state(explored):
    shown = {name: getattr(explored, name) for name in STATE}
    parts = (explored.diagram, explored.matrix, explored.waterfall, explored.sample_picker, explored.confusion)
    for part in (*parts, explored.comparison, explored.cell_rows):
        for name in (*STATE[:4], "mean", "cells"):
            if part.has_trait(name):
                shown[type(part).__name__, name] = getattr(part, name)
    return shown, explored.waterfall.sample.name, explored.diagram.frames.observation.rows


@pytest.mark.parametrize("meaning", ["weight", "weight_activation"])
def test_from_every_question_one_state_comes_back(explored, meaning):
    explored.edge_meaning = meaning
    explored.selected_sample = 7
    assert explored.wait(LONG)
    base = state(explored)
    feature = explored.diagram.unit_id("x", "height")
    for asked in (
        {"selected_unit": feature, "selected_class": 1, "edge_meaning": "path"},
        {"selected_class": 2, "edge_meaning": "contribution"},
        {"selected_unit": explored.diagram.unit_id("h", 5)},
        {"compared_samples": (7, 3, 9)},
        {"mean_of": (1,)},
        {"mean_of": (1,), "selected_class": 0, "edge_meaning": "contribution"},
    ):
        for name, value in asked.items():
            setattr(explored, name, value)
        assert explored.wait(LONG)
        assert state(explored) != base
        assert explored.clear() is explored
        assert explored.wait(LONG)
        assert state(explored) == base, asked
    explored.confusion.cells = explored.sample_picker.cells = [[1, 1]]
    explored.clear()
    assert state(explored) == base
    row = X.to_numpy()[7:8]
    logits = np.log(explored.diagram.model.predict(row, verbose=0)[0])
    np.testing.assert_allclose(explored.waterfall.sample.local.end, logits - logits.mean(), atol=1e-4)


def test_after_a_mean_that_a_browser_has_asked_for_its_row_comes_back(explored):
    explored.selected_sample = 7
    explored.show_mean(0).clear()
    explored.selected_sample = 9
    front_end(explored.confusion, mean=[int(Y[3])])
    assert explored.wait(LONG)
    assert (explored.selected_sample, explored.mean_of) == (None, (int(Y[3]),))
    explored.clear()
    assert explored.wait(LONG)
    assert (explored.selected_sample, explored.mean_of, explored.waterfall.sample.name) == (9, None, "sample 9")

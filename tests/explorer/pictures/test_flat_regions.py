"""The path of a region of flat pixels through dense layers to a class, against flows in float64 numpy."""

import json
import struct

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

import nbviz
from nbviz.explorer import page_content
from nbviz.explorer.page_content import NOT_HERE
from tests.explorer.small_classifier import LONG
from tests.path_flows import path_flows

X = np.random.default_rng(0).normal(size=(40, 64)).astype("float32")
Y = np.arange(40) % 3
SAMPLE, REGION, CLASS, DRAWN = 7, 0, 2, 6
PIXELS = [row * 8 + column for row in range(3) for column in range(3)]  # rows 0-2, left
ID = -1 - REGION


def made_of(*hidden):
    keras.utils.set_random_seed(1)
    inside = [layers.Dense(units, activation="relu", name=f"h{units}") for units in hidden]
    model = Sequential([Input((64,), name="x"), *inside, layers.Dense(3, activation="softmax", name="y")])
    explorer = nbviz.explore(model, X, Y, image_shape=(8, 8), max_units=DRAWN)
    explorer.selected_sample = SAMPLE
    assert explorer.wait(LONG)
    return explorer


def ask(explorer, **values):
    explorer.diagram.set_state({"selected_class": CLASS, "edge_meaning": "path", "selected_part": REGION} | values)
    assert explorer.wait(LONG)
    return explorer.diagram.explained


@pytest.fixture(scope="module")
def explored():
    return made_of(20, 12)


@pytest.fixture(scope="module")
def by_hand(explored):
    """What runs through the kernels of what the region brings: (class, inputs) and (class, units) of each, and bars."""
    others = explored._data.explainer.background[0]
    flows = list(path_flows(explored.diagram.model.get_weights(), X[SAMPLE], others, PIXELS))
    leaving, into = (
        [sum(parts) for parts in zip(*(getattr(flow, of) for flow in flows), strict=True)] for of in ("leaving", "into")
    )
    return leaving, into, sum(flow.bar for flow in flows)


def test_what_is_drawn_of_every_gap_rest_nodes_included_adds_up_to_what_the_region_brings(explored, by_hand):
    found, (leaving, into, bar) = ask(explored), by_hand
    assert (found.reason, found.features, [part.name for part in found.parts]) == (None, (ID,), ["rows 0-2, left"])
    assert found.path_classes == (0, 1, 2)
    sources = "x"
    for depth, name in enumerate(("h20", "h12", "y")):
        flow = found.paths[name]
        for to in range(3):
            drawn, ends = found.path_units[sources][0, to], found.path_units[name][0, to]
            np.testing.assert_allclose(flow.out_of[0, to], leaving[depth][to, drawn], atol=1e-5)
            np.testing.assert_allclose(flow.into[0, to], into[depth][to, ends], atol=1e-5)
            # The edges of rest nodes are what is left of these sums, and of this.
            assert flow.total[0, to] == pytest.approx(bar[to], abs=1e-5)
        sources = name
    shown = explored._data.images.in_regions(found.local.values)
    np.testing.assert_allclose(shown[REGION], bar, atol=1e-5)


def test_the_units_drawn_are_those_of_the_region_and_of_layers_that_carry_most_of_it(explored, by_hand):
    found, (leaving, _, _) = ask(explored), by_hand
    for depth, name in enumerate(("x", "h20", "h12")):
        sizes = np.abs(leaving[depth][CLASS])
        drawn = found.path_units[name][0, CLASS]
        assert len(set(drawn.tolist())) == DRAWN
        best = np.argsort(-sizes, kind="stable")[:DRAWN]
        if name == "x":
            assert set(drawn.tolist()) == set(best.tolist()) < set(PIXELS)
        assert sizes[drawn].sum() > 0.95 * sizes[best].sum()


def test_the_path_of_a_pixel_and_contributions_are_told_apart_from_it(explored):
    ask(explored)
    unit = explored.diagram.unit_id("x", 10)
    assert ask(explored, selected_unit=unit).features == (unit,)
    # A unit of another layer has no path: what is known stays.
    assert ask(explored, selected_unit=explored.diagram.unit_id("h20", 3)).parts == ()
    assert ask(explored, selected_unit=None).features == (ID,)
    explored.clear()
    assert explored.diagram.selected_part is None


def test_in_a_linear_model_each_pixel_carries_its_weight_times_its_distance_from_the_mean():
    explorer = made_of()
    found = ask(explorer)
    kernel = explorer.diagram.model.get_layer("y").get_weights()[0]
    distance = (X[SAMPLE] - explorer._data.explainer.background[0].mean(axis=0))[:, None]
    centred = np.eye(3)[CLASS] - 1 / 3  # of the logits
    edges = distance * kernel * centred  # (pixels, classes that they lead to)
    bars = edges.sum(axis=1)
    flow, drawn = found.paths["y"], found.path_units["x"][0, CLASS]
    assert set(drawn.tolist()) == {PIXELS[at] for at in np.argsort(-np.abs(bars[PIXELS]))[:DRAWN]}
    np.testing.assert_allclose(flow.edges[0, CLASS], edges[drawn], atol=1e-5)
    # What comes in besides comes from the rest node, which is the rest of the region.
    np.testing.assert_allclose(flow.into[0, CLASS], edges[PIXELS].sum(axis=0), atol=1e-5)
    assert flow.total[0, CLASS] == pytest.approx(bars[PIXELS].sum(), abs=1e-5)


def header(data):
    (length,) = struct.unpack_from("<I", data)
    return json.loads(data[4 : 4 + length])


def test_a_page_has_the_paths_of_all_regions_as_far_as_there_is_room(explored, monkeypatch):
    explored.clear()
    diagram = explored.diagram
    assert explored.images.lights_parts
    assert explored.evidence.lights_parts
    assert explored.images.input_unit is None
    monkeypatch.setattr(page_content, "MOST_SAMPLES", 3)
    one = len(diagram.explanation_wire(diagram.explain_at(SAMPLE, range(9)), SAMPLE))
    monkeypatch.setattr(page_content, "PATHS_BUDGET", one + 50)
    content = explored.page_content()
    moments = content.moments
    assert content.overrides[diagram]["explanation"] == moments[SAMPLE][diagram]["explanation"]
    told = {sample: header(state[diagram]["explanation"]) for sample, state in moments.items() if sample is not None}
    first = told.pop(SAMPLE)
    assert [part["id"] for part in first["parts"]] == first["features"] == [-1 - region for region in range(9)]
    assert first["parts"][5]["name"] == "rows 3-4, right"
    assert [(each["parts"], each["reason"]) for each in told.values()] == [([], NOT_HERE)] * 2

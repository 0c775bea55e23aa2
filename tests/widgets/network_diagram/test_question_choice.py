"""The units drawn for paths through a wide net, against flows in float64 numpy."""

from pathlib import Path

import keras
import numpy as np
import pytest

from nbviz import NetworkDiagram
from nbviz.widgets.network_diagram.edge_explanations import EdgeQuestion, units_told
from tests.path_flows import best, path_flows
from tests.sent_frames import read_frame

FIXTURE = Path(__file__).parents[2] / "fixtures" / "tf212_mlp_20_256_256_256_3.h5"
HIDDEN = ["dense", "dense_1", "dense_2"]


@pytest.fixture(scope="module")
def wide():
    """(diagram, explanation of row 7, flows of its 20 features by hand) of 20-256-256-256-3."""
    x = np.random.default_rng(0).uniform(0, 1, (60, 20)).astype("float32")
    diagram = NetworkDiagram(keras.models.load_model(FIXTURE), x)
    weights = diagram.model.get_weights()
    return diagram, diagram.explain_at(7), list(path_flows(weights, x[7], x))


@pytest.mark.slow
def test_the_units_drawn_for_every_path_carry_nearly_what_the_best_could(wide):
    diagram, found, flows = wide
    shares = [[], []]  # of the units drawn for the path, and of those always drawn
    for feature, flow in enumerate(flows):
        for to in range(3):
            for depth, name in enumerate(HIDDEN):
                sizes = np.abs(flow.leaving[depth + 1][to])
                drawn = found.path_units[name][feature, to]
                assert len(set(drawn.tolist())) == 16
                always = list(diagram.frames.drawing.folds[name].shown)
                for share, units in zip(shares, (drawn, always), strict=True):
                    share.append(sizes[units].sum() / best(sizes, 16))
    assert min(shares[0]) > 0.95
    assert np.mean(shares[0]) > 0.99
    assert np.mean(shares[1]) < 0.6  # what the choice is worth


@pytest.mark.slow
def test_what_is_drawn_of_every_gap_rest_nodes_included_adds_up_to_the_bar(wide):
    _, found, flows = wide
    for feature, flow in enumerate(flows):
        largest = np.abs(flow.bar).max()
        np.testing.assert_allclose(found.local.values[feature], flow.bar, atol=1e-5 * max(1, largest))
        for depth, name in enumerate([*HIDDEN, "dense_3"]):
            edges = found.paths[name].edges[feature]
            sources = found.path_units[["dense_input", *HIDDEN][depth]][feature]
            targets = found.path_units[name][feature]
            for to in range(3):
                # The edges of a rest node are what is left of these sums, and of the bar.
                expected = flow.into[depth][to, targets[to]], flow.leaving[depth][to, sources[to]]
                got = found.paths[name].into[feature, to], found.paths[name].out_of[feature, to]
                for one, other in zip(got, expected, strict=True):
                    np.testing.assert_allclose(one, other, atol=1e-5 * max(1, largest))
                from_rest = got[0].sum() - edges[to].sum()
                to_rest = got[1].sum() - edges[to].sum()
                corner = found.paths[name].total[feature, to] - edges[to].sum() - from_rest - to_rest
                whole = edges[to].sum() + from_rest + to_rest + corner
                assert whole == pytest.approx(flow.bar[to], abs=1e-5 * max(1, largest))


@pytest.mark.slow
def test_a_selected_unit_is_among_those_drawn_for_a_class_and_units_stay_while_it_trains(wide):
    diagram, found, _ = wide
    assert 250 not in found.units["dense_1"][0]
    unit = diagram.unit_id("dense_1", 250)
    kept = diagram._edges.explain(
        diagram.frames.observation.with_sample(7), EdgeQuestion("contribution", None, 0, unit)
    )
    assert (kept.units["dense_1"] == 250).any(axis=1).all()
    assert not kept.covers(None, 0, ("dense_1", next(u for u in range(256) if u not in kept.units["dense_1"][0])))
    # Of other numbers the same units, where an explanation of before says them.
    seen = diagram.frames.observation.with_sample(9)
    again = diagram._edges.explain(seen, EdgeQuestion("contribution", None, 0), before=found)
    for name in HIDDEN:
        np.testing.assert_array_equal(again.units[name], found.units[name])
        np.testing.assert_array_equal(again.path_units[name], found.path_units[name])
    other = diagram._edges.explain(seen, EdgeQuestion("contribution", None, 0))
    assert (other.units["dense_1"] != found.units["dense_1"]).any()


@pytest.mark.slow
def test_frames_have_the_numbers_of_the_units_told_behind_the_candidates(wide):
    diagram, found, _ = wide
    header, arrays = read_frame(diagram.network, diagram.frame_wire(found, 7))
    told = units_told(found)
    layers = {layer["name"]: layer for layer in diagram.network["layers"]}
    biases = {layer.name: layer.get_weights()[1] for layer in diagram.model.layers if layer.get_weights()}
    for asked in header["asked"]:
        layer = diagram.network["layers"][asked["layer"]]
        assert set(layer["candidates"]) | set(told[layer["name"]]) == set(layer["candidates"]) | set(asked["units"])
        assert not set(layer["candidates"]) & set(asked["units"])
        order = np.argsort(-diagram.frames.drawing.scores[layer["name"]], kind="stable")
        assert order[asked["ranks"]].tolist() == asked["units"]
        units = [*layer["candidates"], *asked["units"]]
        np.testing.assert_array_equal(arrays[f"layer/{layer['name']}/bias"], biases[layer["name"]][units])
    assert {diagram.network["layers"][asked["layer"]]["name"] for asked in header["asked"]} == set(HIDDEN)
    # The weights between them would be many: those of candidates alone.
    assert arrays["connection/1/kernel"].shape == tuple(len(layers[name]["candidates"]) for name in HIDDEN[:2])


@pytest.mark.slow
def test_while_it_trains_the_units_of_the_question_are_told_alone(wide):
    diagram, found, _ = wide
    question = EdgeQuestion("path", diagram.unit_id("dense_input", 11), 1)
    told = units_told(found, question)
    drawn = set(found.path_units["dense_1"][11, 1].tolist()) | set(found.units["dense_1"][1].tolist())
    assert set(told["dense_1"]) == drawn < set(units_told(found)["dense_1"])

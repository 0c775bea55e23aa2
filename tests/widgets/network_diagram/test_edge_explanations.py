"""What the edges of a diagram carry: worked out in the background, for the sample that is shown."""

import numpy as np
import pytest

import nbviz
from tests.explorer.small_classifier import LONG, NAMES, X, mlp


@pytest.fixture(scope="module")
def model():
    return mlp()


@pytest.fixture
def diagram(model):
    return nbviz.NetworkDiagram(model, X, class_names=NAMES)


def test_a_diagram_alone_works_nothing_out_until_its_edges_are_asked(diagram):
    diagram.show(3)
    assert diagram.wait(LONG)
    assert (diagram.explanation, diagram.explained) == (b"", None)
    diagram.edge_meaning = "path"
    assert diagram.wait(LONG)
    assert diagram.explained.features
    assert len(diagram.explanation) > 1000


def test_an_explanation_of_another_sample_is_not_taken_for_this_ones(diagram):
    diagram.edge_meaning = "contribution"
    diagram.show(3)
    assert diagram.wait(LONG)
    diagram.edge_meaning = "weight"
    diagram.show(5)
    assert diagram.wait(LONG)
    diagram.edge_meaning = "contribution"
    diagram.selected_class = 1
    assert diagram.wait(LONG)
    assert b'"sample":5' in diagram.explanation
    expected = diagram.explain_at(5)
    np.testing.assert_allclose(diagram.explained.local.values, expected.local.values, atol=1e-6)


def test_an_explanation_ends_with_the_sample_it_was_of(model):
    diagram = nbviz.NetworkDiagram(model)  # without x there is no mean to go back to
    diagram.edge_meaning = "contribution"
    diagram.show(X.to_numpy()[0])
    assert diagram.wait(LONG)
    assert diagram.explained.contributions
    diagram.show(None)
    assert diagram.wait(LONG)
    assert (diagram.explanation, diagram.explained) == (b"", None)


def test_frames_and_explanations_of_other_samples_leave_the_diagram_as_it_is(diagram):
    diagram.edge_meaning = "path"
    diagram.show(X.to_numpy()[2] + 1, name="mine")
    assert diagram.wait(LONG)
    before = diagram.get_state()
    frame, found = diagram.frame_at(9), diagram.explain_at(9)
    sent = diagram.explanation_wire(found, 9)
    assert diagram.get_state() == before
    diagram.show(9)
    assert diagram.wait(LONG)
    assert diagram.frame == frame
    assert diagram.explanation == sent


def test_the_explanation_follows_a_change_of_the_picture(diagram):
    diagram.edge_meaning = "path"
    diagram.show(2)
    assert diagram.wait(LONG)
    version = diagram.network["version"]
    diagram.rerank()
    assert diagram.wait(LONG)
    assert diagram.network["version"] == version + 1
    assert f'"version":{version + 1}'.encode() in diagram.explanation

import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.picture.frame import Progress
from nbviz.picture.live_frames import LiveFrames
from nbviz.widgets.network_diagram.edge_explanations import EdgeExplanations, EdgeQuestion, EdgesExplained
from tests.explorer.small_classifier import LONG, NAMES
from tests.explorer.small_classifier import X as FRAME
from tests.explorer.small_classifier import mlp as small_classifier

X = np.random.default_rng(3).normal(size=(12, 4)).astype("float32")
WEIGHTS = EdgeQuestion("weight", None, None)
OF_CLASS_2 = EdgeQuestion("contribution", None, 2)


@pytest.fixture
def frames():
    hidden = layers.Dense(5, activation="relu", name="h")
    made = LiveFrames(Sequential([Input((4,), name="x"), hidden, layers.Dense(3, activation="softmax", name="y")]), X)
    made.arrange(480.0)
    return made


@pytest.fixture
def asked(frames):
    found = []
    return EdgeExplanations(frames, found.append), found


def test_where_weights_are_shown_nothing_is_worked_out_and_what_was_is_no_longer_that_of_the_frame(asked):
    edges, found = asked
    edges.ask(WEIGHTS)
    assert edges.wait(60)
    assert found == [EdgesExplained()]


def test_contributions_of_a_sample_are_worked_out_for_the_network_shown(frames, asked):
    edges, found = asked
    frames.observation.select(3)
    edges.ask(OF_CLASS_2)
    assert edges.wait(60)
    (answer,) = found
    assert answer.error is None
    # w a of the last layer: its logits without the bias, centred over the classes.
    kernel = frames.model.get_layer("y").get_weights()[0]
    hidden = frames.model.layers[0](X[3:4]).numpy()[0]
    expected = (hidden[:, None] * kernel)[:, 2] - (hidden[:, None] * kernel).mean(axis=1)
    flow = answer.explained.contributions["y"]
    np.testing.assert_allclose(flow.edges[2].sum(axis=-1), expected, atol=1e-5)
    assert answer.explanation == edges.sent(answer.explained, frames.observation)


def test_without_rows_there_is_nothing_to_explain(frames):
    bare, found = LiveFrames(frames.model), []
    bare.arrange(480.0)
    edges = EdgeExplanations(bare, found.append)
    edges.ask(OF_CLASS_2)
    assert edges.wait(60)
    assert found == [EdgesExplained(explanation=b"")]


def test_what_was_worked_out_for_another_network_is_not_handed_on(frames, asked, monkeypatch):
    edges, found = asked
    real = edges.explain

    def rearranged_meanwhile(*given):
        answer = real(*given)
        frames.arrange(480.0)
        return answer

    monkeypatch.setattr(edges, "explain", rearranged_meanwhile)
    edges.ask(OF_CLASS_2)
    assert edges.wait(60)
    assert found == []


def test_what_goes_wrong_is_told(asked, monkeypatch):
    edges, found = asked

    def fails(*_given):
        raise ValueError("no way")

    monkeypatch.setattr(edges, "explain", fails)
    edges.ask(OF_CLASS_2)
    assert edges.wait(60)
    assert found == [EdgesExplained(error="no way")]


def test_while_the_model_trains_it_is_worked_out_only_where_it_is_shown_and_not_with_each_picture(frames, asked):
    edges, found = asked
    frames.progress = Progress(True, 1, 1, None)
    edges.always(None)
    edges.ask(WEIGHTS)
    assert edges.wait(60)
    assert found == []
    edges.ask(OF_CLASS_2)
    edges.ask(OF_CLASS_2)
    assert edges.wait(60)
    assert len(found) == 1


@pytest.fixture(scope="module")
def model():
    return small_classifier()


@pytest.fixture
def diagram(model):
    return NetworkDiagram(model, FRAME, class_names=NAMES)


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
    diagram = NetworkDiagram(model)  # without x there is no mean to go back to
    diagram.edge_meaning = "contribution"
    diagram.show(FRAME.to_numpy()[0])
    assert diagram.wait(LONG)
    assert diagram.explained.contributions
    diagram.show(None)
    assert diagram.wait(LONG)
    assert (diagram.explanation, diagram.explained) == (b"", None)


def test_frames_and_explanations_of_other_samples_leave_the_diagram_as_it_is(diagram):
    diagram.edge_meaning = "path"
    diagram.show(FRAME.to_numpy()[2] + 1, name="mine")
    assert diagram.wait(LONG)
    before = diagram.get_state()
    frame, found = diagram.frames.of_sample(9), diagram.explain_at(9)
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

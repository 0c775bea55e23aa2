import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz.picture.frame import Progress
from nbviz.picture.live_frames import LiveFrames
from nbviz.widgets.network_diagram.edge_explanations import EdgeExplanations, EdgeQuestion, EdgesExplained

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

import keras
import numpy as np
import pandas as pd

from nbviz import NetworkDiagram
from nbviz.training.recording.recording import Recording
from tests.training.recording.small_run import X, made


def test_activations_and_gradients_are_quantiles_of_the_probe():
    model, recording = made()
    moment = recording.capture()
    values = keras.Model(model.inputs, model.get_layer("first").output)(X).numpy()
    np.testing.assert_allclose(moment.activations["first"], np.quantile(values, np.linspace(0, 1, 65)), atol=1e-5)
    assert set(moment.activations) == {"first", "last"}
    assert set(moment.gradients) == {"first", "last"}
    assert [part.shape for part in moment.gradients["last"]] == [(65,), (65,)]
    assert moment.nbytes == moment.state.nbytes + len(moment.frame) + 4 * 65 * (2 + 4)


def test_the_probe_is_drawn_with_the_seed_rows_and_answers_together():
    model, _ = made()
    x = np.arange(6000, dtype="float32").reshape(1000, 6)
    first, again, other = (Recording(model, x, np.arange(1000) % 3, seed=seed).probe for seed in (0, 0, 1))
    assert len(first.rows) == len(first.x[0]) == len(first.y) == 256
    np.testing.assert_array_equal(first.rows, again.rows)
    assert (first.rows != other.rows).any()
    np.testing.assert_array_equal(first.x[0][:, 0], first.rows * 6)
    np.testing.assert_array_equal(first.y, first.rows % 3)


def test_without_x_there_are_no_activations_and_no_gradients():
    model, _ = made()
    recording = Recording(model)
    moment = recording.capture()
    assert moment.activations == {}
    assert moment.gradients == {}
    assert recording.probe is None
    diagram = NetworkDiagram(model, X)
    assert set(Recording(model, diagram=diagram).capture().activations) == {"first", "last"}


def test_rows_beside_a_diagram_are_read_by_the_names_of_its_table():
    model, _ = made()
    table = pd.DataFrame(X, columns=list("abcdef"))
    diagram = NetworkDiagram(model, table)
    np.testing.assert_array_equal(Recording(model, table[list("fbdcea")], diagram=diagram).probe.x[0], X)
    named = NetworkDiagram(model, X, feature_names=list("abcdef"))
    np.testing.assert_array_equal(Recording(model, table[list("fbdcea")], diagram=named).probe.x[0], X)
    named.frames.look_at_rows(table[list("fbdcea")])
    np.testing.assert_array_equal(named.frames.observation.x[0], X)

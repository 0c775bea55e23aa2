import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.attribution.edges.channel_flows import channel_contributions
from nbviz.attribution.edges.edge_flow import EdgeUnits
from nbviz.attribution.edges.explainer import Explainer
from nbviz.attribution.outputs import explained_outputs
from nbviz.keras_model import ModelReader

KINDS = {
    "plain": lambda: layers.Conv2D(4, 3, use_bias=False, activation="relu", name="second"),
    "grouped": lambda: layers.Conv2D(6, 3, groups=3, use_bias=False, activation="relu", name="second"),
    "depthwise": lambda: layers.DepthwiseConv2D(3, use_bias=False, activation="relu", name="second"),
    "separable": lambda: layers.SeparableConv2D(4, 3, use_bias=False, activation="relu", name="second"),
    "transposed": lambda: layers.Conv2DTranspose(4, 3, use_bias=False, activation="relu", name="second"),
}


def network(kind="plain"):
    keras.utils.set_random_seed(0)
    return Sequential(
        [
            Input((8, 8, 2), name="image"),
            layers.Conv2D(3, 3, use_bias=False, activation="relu", name="first"),
            layers.MaxPooling2D(name="pool"),
            KINDS[kind](),
            layers.Flatten(),
            layers.Dense(3, use_bias=False, activation="softmax", name="y"),
        ]
    )


def found(model, x, signed=True, classes=(0, 1, 2)):
    reader = ModelReader(model)
    every = {layer.name: list(range(layer.units)) for layer in reader.architecture.layers}
    units = {
        "first": EdgeUnits((), every["first"]),
        "second": EdgeUnits(every["pool"], every["second"]),
        "y": EdgeUnits(every["second"], every["y"]),
    }
    regrouped = reader.cells_by_channel
    return channel_contributions(explained_outputs(model), [x], units, regrouped, classes=classes, signed=signed)


def logits(model, x):
    inner = keras.Model(model.inputs, model.layers[-2].output)
    z = inner.predict(x, verbose=0) @ np.asarray(model.layers[-1].kernel)
    return z - z.mean(axis=1, keepdims=True)  # what softmax answers to


def rows(count=1):
    return np.random.default_rng(1).normal(size=(count, 8, 8, 2)).astype("float32")


@pytest.mark.parametrize("kind", KINDS)
def test_without_biases_the_edges_of_every_layer_add_up_to_the_logit(kind):
    model, x = network(kind), rows()
    expected = logits(model, x)[0]
    for name, flow in found(model, x).items():
        np.testing.assert_allclose(flow.total, expected, rtol=1e-4, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(flow.edges.sum(axis=(1, 2)), expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(flow.edges.sum(axis=1), flow.into, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(flow.edges.sum(axis=2), flow.out_of, rtol=1e-4, atol=1e-5)


def test_an_edge_from_a_channel_into_a_class_is_what_the_logit_loses_without_the_channel():
    model, x = network(), rows()
    edges = found(model, x)["y"].edges  # (classes, channels, units)
    inner = keras.Model(model.inputs, model.get_layer("second").output)
    maps, kernel = inner.predict(x, verbose=0)[0], np.asarray(model.layers[-1].kernel)
    for class_ in range(3):
        for channel in range(4):
            alone = np.zeros_like(maps)
            alone[..., channel] = maps[..., channel]
            # Of a class its own logit counts, less the mean over all.
            own = (np.arange(3) == class_) - 1 / 3
            expected = own * (alone.reshape(-1) @ kernel)
            np.testing.assert_allclose(edges[class_, channel], expected, rtol=1e-4, atol=1e-6)


def test_an_edge_between_channels_is_the_change_of_the_logit_along_its_kernel():
    model, x = network(), rows()
    edges = found(model, x, classes=[1])["second"].edges[0]
    layer = model.get_layer("second")
    kernel = np.asarray(layer.kernel)
    step = 1e-3
    for source, target in ((0, 0), (2, 3), (1, 2)):
        ends = []
        for sign in (1, -1):
            changed = kernel.copy()
            changed[:, :, source, target] *= 1 + sign * step
            layer.kernel.assign(changed)
            ends.append(logits(model, x)[0, 1])
        layer.kernel.assign(kernel)
        np.testing.assert_allclose(edges[source, target], (ends[0] - ends[1]) / (2 * step), rtol=0.02, atol=2e-4)


def test_over_rows_the_sizes_are_averaged():
    model, x = network(), rows(3)
    each = [found(model, x[row : row + 1])["second"].edges for row in range(3)]
    together = found(model, x, signed=False)["second"].edges
    np.testing.assert_allclose(together, np.abs(each).mean(axis=0), rtol=1e-4, atol=1e-6)


def test_looking_changes_no_weight():
    model, x = network(), rows()
    before = [np.array(weight) for weight in model.weights]
    found(model, x)
    for old, new in zip(before, model.weights, strict=True):
        assert (old == np.asarray(new)).all()


def test_the_explainer_tells_channels_what_they_contribute():
    model, x = network(), rows(4)
    reader = ModelReader(model)
    drawn = {layer.name: range(layer.units) for layer in reader.architecture.layers if layer.has_units}
    explained = Explainer(reader, [x]).explain([x[:1]], drawn, is_sample=True)
    assert set(explained.contributions) == {"first", "second", "y"}
    assert explained.contributions["first"].edges.shape == (3, 1, 3)
    assert explained.contributions["second"].edges.shape == (3, 3, 4)
    assert explained.contributions["y"].edges.shape == (3, 4, 3)


def test_a_diagram_of_channels_answers_which_of_them_speak_for_a_class():
    model, x = network(), rows(4)
    diagram = NetworkDiagram(model, x)
    diagram.show(0)
    diagram.edge_meaning, diagram.selected_class = "contribution", 2
    assert diagram.wait(60)
    assert diagram.explanation_error is None
    np.testing.assert_allclose(diagram.explained.contributions["y"].total[2], logits(model, x[:1])[0, 2], rtol=1e-4)

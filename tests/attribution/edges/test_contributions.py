"""Contributions of edges, against activation x weight x slope in float64 numpy."""

import numpy as np
import pytest
from keras import Input, Model, layers

from nbviz.attribution.edges import contributions as module
from nbviz.attribution.edges.contributions import contributions
from nbviz.attribution.edges.edge_flow import EdgeUnits
from nbviz.attribution.outputs import explained_outputs
from tests.attribution.edges.dense_edges import close, dense_units
from tests.attribution.reference import ACTIVATIONS, random_net, random_rows, to_keras

X = random_rows(40, 5)


@pytest.fixture(scope="module", params=["relu", "tanh"])
def pushed(request):
    """(net, model) of 5-7-6-3."""
    net = random_net(5, 7, 6, 3, activation=request.param)
    return net, to_keras(net)


def entering_and_slope(net, rows, depth):
    """(rows, inputs) of what enters a kernel, (rows, units, classes) of d answer / d z behind it."""
    z = net.hidden(rows, depth) @ net.kernels[depth] + net.biases[depth]
    if depth == len(net.kernels) - 1:
        slope = np.broadcast_to(np.eye(net.classes) - 1 / net.classes, (len(rows), net.classes, net.classes))
    else:
        slope = (
            net.gradient(net.hidden(rows, depth + 1), start=depth + 1) * ACTIVATIONS[net.activation][1](z)[..., None]
        )
    return net.hidden(rows, depth), slope


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_at_a_sample_a_units_contributions_add_up_to_its_sum_without_bias_times_its_slope(pushed, depth):
    net, model = pushed
    flow = contributions(explained_outputs(model), [X[:1]], dense_units(model), signed=True)[["h1", "h2", "y"][depth]]
    a, g = entering_and_slope(net, X[:1], depth)
    z = a @ net.kernels[depth] + net.biases[depth]
    close(flow.edges.sum(axis=1), ((z - net.biases[depth])[0, :, None] * g[0]).T)
    close(flow.into, ((z - net.biases[depth])[0, :, None] * g[0]).T)
    edges = np.einsum("i,ij,jc->cij", a[0], net.kernels[depth], g[0])
    close(flow.edges, edges)
    close(flow.out_of, edges.sum(axis=2))
    close(flow.total, edges.sum(axis=(1, 2)))
    close(flow.absolute, np.abs(edges).sum(axis=(1, 2)))


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_over_rows_contributions_are_the_mean_or_the_mean_size(pushed, depth, signed):
    net, model = pushed
    flow = contributions(explained_outputs(model), [X], dense_units(model), signed=signed)[["h1", "h2", "y"][depth]]
    a, g = entering_and_slope(net, X, depth)
    each = np.einsum("ri,ij,rjc->rcij", a, net.kernels[depth], g)
    edges = each.mean(axis=0) if signed else np.abs(each).mean(axis=0)
    close(flow.edges, edges)
    close(flow.into, edges.sum(axis=1))
    close(flow.out_of, edges.sum(axis=2))
    close(flow.total, edges.sum(axis=(1, 2)))
    close(flow.absolute, np.abs(each).mean(axis=0).sum(axis=(1, 2)))


def test_contributions_of_chosen_units_and_classes_are_those_of_all(pushed):
    _, model = pushed
    explained = explained_outputs(model)
    whole = contributions(explained, [X], dense_units(model), signed=False)["h2"]
    part = contributions(explained, [X], {"h2": EdgeUnits([6, 2], [5, 0, 1])}, classes=[2, 0], signed=False)["h2"]
    close(part.edges, whole.edges[[2, 0]][:, [6, 2]][:, :, [5, 0, 1]])
    close(part.into, whole.into[[2, 0]][:, [5, 0, 1]])
    close(part.out_of, whole.out_of[[2, 0]][:, [6, 2]])
    close(part.total, whole.total[[2, 0]])
    close(part.absolute, whole.absolute[[2, 0]])


def test_rows_taken_in_portions_have_the_same_mean_contribution(pushed, monkeypatch):
    _, model = pushed
    explained = explained_outputs(model)
    whole = contributions(explained, [X], dense_units(model), signed=True)
    monkeypatch.setattr(module, "ROOM", 9 * (42 // 16))  # 9 rows at once
    portions = contributions(explained, [X], dense_units(model), signed=True)
    for layer, flow in whole.items():
        close(portions[layer].edges, flow.edges)


def test_contributions_to_more_classes_than_are_worked_out_at_once():
    net = random_net(5, 6, 40)
    model = to_keras(net)
    flow = contributions(explained_outputs(model), [X[:1]], dense_units(model), signed=True)["y"]
    a, _ = entering_and_slope(net, X[:1], 1)
    centred = np.eye(40) - 1 / 40
    close(flow.edges, np.einsum("i,ij,jc->cij", a[0], net.kernels[1], centred))
    assert flow.total.shape == (40,)


def test_contributions_behind_an_embedding_and_of_a_layer_on_rows_without_units():
    tokens = Input((4,), dtype="int32")
    pooled = layers.GlobalAveragePooling1D()(layers.Embedding(9, 5)(tokens))
    model = Model(tokens, layers.Dense(3, name="y")(layers.Dense(6, activation="relu", name="h")(pooled)))
    x = np.random.default_rng(0).integers(0, 9, (7, 4)).astype("int32")
    units = {"h": EdgeUnits((), range(6)), "y": EdgeUnits(range(6), range(3))}
    found = contributions(explained_outputs(model), [x], units, signed=True)
    kernel, _ = model.get_layer("y").get_weights()
    h = np.maximum(model.layers[1](x).numpy().mean(axis=1) @ model.get_layer("h").kernel + model.get_layer("h").bias, 0)
    close(found["y"].into, np.diag((h @ kernel).mean(axis=0)), 1e-4)
    assert found["h"].edges.shape == (3, 0, 6)
    assert found["h"].into.shape == (3, 6)


class Own(Model):
    def __init__(self):
        super().__init__()
        self.answer = layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.answer(x)


def test_a_subclassed_model_has_no_edges_to_contribute():
    model = Own()
    model(X)
    assert contributions(explained_outputs(model), [X], {}, signed=True) == {}

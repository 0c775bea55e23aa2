"""The path of a part of a sequence, against sums over all points written out with convolutions by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Sequential, layers

from nbviz.attribution.edges.edge_flow import EdgeUnits
from nbviz.attribution.edges.feature_paths import WantedPaths, explain_row
from nbviz.attribution.edges.part_paths import part_paths
from nbviz.attribution.edges.straight_paths import StraightPaths
from nbviz.attribution.outputs import explained_outputs
from tests.attribution.edges.dense_edges import close

X = np.random.default_rng(0).normal(size=(4, 7, 2)).astype("float32")
ROW, OTHERS = X[:1], X[1:]
PART = np.zeros((7, 2), np.float32)
PART[2:4, 0] = 1
UNITS = {
    "c1": EdgeUnits((), range(3)),
    "c2": EdgeUnits(range(3), range(2)),
    "h": EdgeUnits(range(2), range(4)),
    "y": EdgeUnits(range(4), range(3)),
}


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    inside = [layers.Conv1D(3, 2, activation="tanh", name="c1"), layers.Conv1D(2, 3, activation="tanh", name="c2")]
    ends = [layers.GlobalAveragePooling1D(), layers.Dense(4, activation="tanh", name="h"), layers.Dense(3, name="y")]
    return Sequential([Input((7, 2)), *inside, *ends])


@pytest.fixture(scope="module")
def found(model):
    return part_paths(
        explained_outputs(model),
        StraightPaths([ROW], [OTHERS]),
        PART,
        UNITS,
        lambda _, cells: cells[None],
        classes=range(3),
    )


@pytest.fixture(scope="module")
def by_hand(model):
    """Edges of each layer, (classes, sources, targets)."""
    (k1, b1), (k2, b2), (kh, bh), (ky, _) = (layer.get_weights() for layer in model.layers if layer.get_weights())
    edges = {"c1": np.zeros((3, 1, 3)), "c2": np.zeros((3, 3, 2)), "h": np.zeros((3, 2, 4)), "y": np.zeros((3, 4, 3))}
    conv = lambda x, k: tf.nn.conv1d(x, k, 1, "VALID")  # noqa: E731
    places, weights = np.polynomial.legendre.leggauss(32)
    for other in OTHERS[:, None]:
        step = (ROW - other) * PART
        for place, weight in zip((places + 1) / 2, weights / 2 / len(OTHERS), strict=True):
            z1 = tf.constant(conv(other + np.float32(place) * (ROW - other), k1) + b1)
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(z1)
                z2 = conv(tf.tanh(z1), k2) + b2
                zh = tf.reduce_mean(tf.tanh(z2), axis=1) @ kh + bh
                outputs = [(tf.tanh(zh) @ ky)[:, number] for number in range(3)]
            t1 = conv(step, k1)
            a1 = (1 - tf.tanh(z1) ** 2) * t1  # what the part brings behind each layer
            t2 = conv(a1, k2)
            ah = tf.reduce_mean((1 - tf.tanh(z2) ** 2) * t2, axis=1)
            ay = (1 - tf.tanh(zh) ** 2) * (ah @ kh)
            for number, output in enumerate(outputs):
                g1, g2, gh = (tape.gradient(output, z) for z in (z1, z2, zh))
                edges["c1"][number, 0] += weight * np.sum(t1 * g1, axis=(0, 1))
                for source in range(3):
                    own = conv(a1[..., source : source + 1], k2[:, source : source + 1])
                    edges["c2"][number, source] += weight * np.sum(own * g2, axis=(0, 1))
                edges["h"][number] += weight * np.asarray(ah)[0][:, None] * kh * np.asarray(gh)
                edges["y"][number] += weight * np.asarray(ay)[0][:, None] * ky * np.eye(3)[number]
    return edges


@pytest.mark.parametrize("name", UNITS)
def test_an_edge_carries_what_its_weights_make_of_the_part(found, by_hand, name):
    close(found[name].edges[0], by_hand[name], 1e-4)
    close(found[name].into[0], by_hand[name].sum(axis=1), 1e-4)
    close(found[name].total[0], by_hand[name].sum(axis=(1, 2)), 1e-4)


def test_every_layer_that_everything_passes_through_adds_up_to_the_credit_of_the_part(model, found):
    values = explain_row(explained_outputs(model), StraightPaths([ROW], [OTHERS]), WantedPaths()).values
    credit = values.reshape(7, 2, 3)[2:4, 0].sum(axis=0)
    for flow in found.values():
        close(flow.total[0], credit, 1e-4)

"""Importance in float64 numpy, written from the definitions: slow, and without a line of nbviz.

A net is a chain of dense layers. Arrays of attributions are (rows, features, classes).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

Array = np.ndarray
Answers = Callable[[Array], Array]


def normal_cdf(z: Array) -> Array:
    """Of the standard normal distribution."""
    return np.asarray((1 + np.vectorize(math.erf)(z / math.sqrt(2))) / 2)


def _normal_density(z: Array) -> Array:
    return np.asarray(np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi))


# name -> (value, derivative)
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "linear": (lambda z: z, np.ones_like),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "gelu": (lambda z: z * normal_cdf(z), lambda z: normal_cdf(z) + z * _normal_density(z)),
    "softplus": (lambda z: np.logaddexp(0, z), lambda z: 1 / (1 + np.exp(-z))),
}


@dataclass(frozen=True)
class Net:
    """Dense layers: kernels (inputs, units), biases (units,), the hidden activation, and what the head means."""

    kernels: list[Array]
    biases: list[Array]
    activation: str = "relu"
    kind: str = "softmax"

    @property
    def classes(self) -> int:
        """Units of the head."""
        return len(self.biases[-1])

    def hidden(self, x: Array, depth: int) -> Array:
        """What the hidden layer of that number returns; 0 is the input itself."""
        a = np.asarray(x, float)
        for kernel, bias in zip(self.kernels[:depth], self.biases[:depth], strict=True):
            a = ACTIVATIONS[self.activation][0](a @ kernel + bias)
        return a

    def logits(self, x: Array, start: int = 0) -> Array:
        """From what hidden layer `start` returns on."""
        a = np.asarray(x, float)
        for kernel, bias in zip(self.kernels[start:-1], self.biases[start:-1], strict=True):
            a = ACTIVATIONS[self.activation][0](a @ kernel + bias)
        return a @ self.kernels[-1] + self.biases[-1]

    def answers(self, x: Array, output: str = "logit", start: int = 0) -> Array:
        """(rows, classes): the output that is explained."""
        return explained(self.logits(x, start), self.kind, output)

    def gradient(self, x: Array, output: str = "logit", start: int = 0) -> Array:
        """(rows, units, classes): d answer / d what hidden layer `start` returns, by the chain rule forwards."""
        a = np.asarray(x, float)
        chain = np.broadcast_to(np.eye(a.shape[1]), (len(a), a.shape[1], a.shape[1]))
        for kernel, bias in zip(self.kernels[start:-1], self.biases[start:-1], strict=True):
            z = a @ kernel + bias
            value, derivative = ACTIVATIONS[self.activation]
            chain = (chain @ kernel) * derivative(z)[:, np.newaxis]
            a = value(z)
        chain = chain @ self.kernels[-1]
        return chain @ _slope_of_explained(a @ self.kernels[-1] + self.biases[-1], self.kind, output)


def explained(logits: Array, kind: str, output: str) -> Array:
    """What is explained, of logits (rows, classes)."""
    if output == "probability" and kind == "softmax":
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)
    if output == "probability" and kind == "sigmoid":
        return 1 / (1 + np.exp(-logits))
    if output == "logit" and kind == "softmax":
        return logits - logits.mean(axis=1, keepdims=True)
    return logits


def _slope_of_explained(logits: Array, kind: str, output: str) -> Array:
    """(rows, logits, answers)."""
    rows, classes = logits.shape
    unit = np.broadcast_to(np.eye(classes), (rows, classes, classes))
    if output == "probability" and kind == "softmax":
        p = explained(logits, kind, output)
        return p[:, :, np.newaxis] * (unit - p[:, np.newaxis])
    if output == "probability" and kind == "sigmoid":
        p = explained(logits, kind, output)
        return unit * (p * (1 - p))[:, np.newaxis]
    if output == "logit" and kind == "softmax":
        return unit - 1 / classes
    return unit


def random_net(
    *sizes: int, activation: str = "relu", kind: str = "softmax", seed: int = 0, scale: float = 1.0, bias: float = 0.5
) -> Net:
    """Weights as float32 numbers, so that Keras holds exactly the same."""
    numbers = np.random.default_rng(seed)
    pairs = list(itertools.pairwise(sizes))
    kernels = [numbers.normal(size=pair) * scale * math.sqrt(2 / pair[0]) for pair in pairs]
    biases = [bias * numbers.normal(size=size) for _, size in pairs]
    return Net([_exact(k) for k in kernels], [_exact(b) for b in biases], activation, kind)


def random_rows(rows: int, features: int, seed: int = 1) -> Array:
    """(rows, features), normal around (0.5, 0.5, ...), float32."""
    return (np.random.default_rng(seed).normal(size=(rows, features)) + 0.5).astype("float32")


def to_keras(net: Net) -> keras.Model:
    """The same net: hidden layers "h1", "h2", ..., the head "y", the input "x"."""
    inside = [
        keras.layers.Dense(len(bias), activation=net.activation, name=f"h{number}")
        for number, bias in enumerate(net.biases[:-1], 1)
    ]
    head = keras.layers.Dense(net.classes, activation=net.kind, name="y")
    model = keras.Sequential([keras.Input((len(net.kernels[0]),), name="x"), *inside, head], name="net")
    model.set_weights([array for pair in zip(net.kernels, net.biases, strict=True) for array in pair])
    return model


def to_net(model: keras.Model, activation: str = "relu", kind: str = "softmax") -> Net:
    """The weights of a chain of Dense layers."""
    weights = [_exact(weight) for weight in model.get_weights()]
    return Net(weights[::2], weights[1::2], activation, kind)


def integrated_gradients(net: Net, x: Array, baseline: Array, output: str = "logit", nodes: int = 2000) -> Array:
    """The path integral by the midpoint rule."""
    by = np.asarray(x, float) - baseline
    total = sum(net.gradient(baseline + (node + 0.5) / nodes * by, output) for node in range(nodes))
    return total / nodes * by[:, :, np.newaxis]


def expected_gradients(net: Net, x: Array, background: Array, output: str = "logit", nodes: int = 500) -> Array:
    """Row by row, background row by background row."""
    return np.array(
        [
            np.mean([integrated_gradients(net, row[None], other[None], output, nodes)[0] for other in background], 0)
            for row in x
        ]
    )


def conductance(net: Net, x: Array, baseline: Array, depth: int, output: str = "logit", nodes: int = 4000) -> Array:
    """Credit of the units of a hidden layer: sum of gradient x step of the unit, over many steps of the path."""
    by = np.asarray(x, float) - baseline
    total: Array | float = 0.0
    before = net.hidden(baseline + 0 * by, depth)
    for node in range(nodes):
        after = net.hidden(baseline + (node + 1) / nodes * by, depth)
        middle = net.hidden(baseline + (node + 0.5) / nodes * by, depth)
        total = total + net.gradient(middle, output, depth) * (after - before)[:, :, np.newaxis]
        before = after
    return np.asarray(total)


def deeplift(net: Net, x: Array, baseline: Array, output: str = "logit", start: int = 0) -> Array:
    """The rescale rule, multipliers from layer to layer; credit at what hidden layer `start` returns."""
    a, b = net.hidden(x, start), net.hidden(baseline, start)
    by = a - b
    chain = np.broadcast_to(np.eye(a.shape[1]), (len(a), a.shape[1], a.shape[1]))
    value = ACTIVATIONS[net.activation][0]
    for kernel, bias in zip(net.kernels[start:-1], net.biases[start:-1], strict=True):
        z, z_baseline = a @ kernel + bias, b @ kernel + bias
        a, b = value(z), value(z_baseline)
        chain = (chain @ kernel) * ((a - b) / (z - z_baseline))[:, np.newaxis]
    chain = chain @ net.kernels[-1] @ _slope_of_explained(a @ net.kernels[-1] + net.biases[-1], net.kind, output)
    return chain * by[:, :, np.newaxis]


def lrp(net: Net, x: Array, epsilon: float = 1e-6) -> Array:
    """Relevance handed back layer by layer, R_i = sum_j a_i w_ij / (z_j + epsilon sign z_j) R_j; none at the head."""
    values = [net.hidden(x, depth) for depth in range(len(net.kernels))]
    logits = net.logits(x)
    classes = []
    for answer in range(net.classes):
        # A centred logit is a weighted sum of the logits, each of which starts with its share.
        share = np.eye(net.classes)[answer] - (1 / net.classes if net.kind == "softmax" else 0)
        relevance = logits * share
        steps = list(zip(values, net.kernels, net.biases, strict=True))
        for number, (a, kernel, bias) in reversed(list(enumerate(steps, 1))):
            z = a @ kernel + bias
            stabiliser = epsilon * np.where(z >= 0, 1, -1) if number < len(steps) else 0
            relevance = a * ((relevance / (z + stabiliser)) @ kernel.T)
        classes.append(relevance)
    return np.stack(classes, axis=-1)


def ablation(answers: Answers, x: Array, baseline: Array, groups: Sequence[Sequence[int]] | None = None) -> Array:
    """What is lost when a feature (or group) is set to the baseline."""
    credits = []
    for members in groups or [[feature] for feature in range(x.shape[1])]:
        without = np.array(x, float)
        without[:, members] = np.broadcast_to(baseline, x.shape)[:, members]
        credits.append(answers(np.asarray(x, float)) - answers(without))
    return np.stack(credits, axis=1)


def shapley(answers: Answers, x: Array, baseline: Array, groups: Sequence[Sequence[int]] | None = None) -> Array:
    """The mean gain over all orders, one order after the other."""
    players = list(groups or [[feature] for feature in range(x.shape[1])])
    start = np.broadcast_to(np.asarray(baseline, float), x.shape)
    total = np.zeros((len(x), len(players), answers(start).shape[1]))
    orders = list(itertools.permutations(range(len(players))))
    for order in orders:
        row = start.copy()
        before = answers(row)
        for player in order:
            row[:, players[player]] = x[:, players[player]]
            after = answers(row)
            total[:, player] += after - before
            before = after
    return total / len(orders)


def rest_log_loss(logits: Array, truth: Array) -> Array:
    """(rows, classes): one-against-rest log-loss in nats of softmax(logits), truth in class indices."""
    losses = np.empty(logits.shape)
    for row, (line, answer) in enumerate(zip(logits, truth, strict=True)):
        whole = np.logaddexp.reduce(line)
        for c in range(len(line)):
            rest = np.logaddexp.reduce(np.delete(line, c))
            losses[row, c] = whole - (line[c] if c == answer else rest)
    return losses


def spearman(first: Array, second: Array) -> float:
    """Rank correlation of numbers of which no two are equal."""
    ranks = [np.argsort(np.argsort(numbers)) for numbers in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1])


def _exact(array: Array) -> Array:
    return np.asarray(array, np.float32).astype(float)

"""What recurrent and attention layers do over time, by loops over the steps in numpy, from the weights alone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

L = keras.layers
RNG = np.random.default_rng(5)
STEPS, INPUTS, UNITS = 7, 3, 4

State = tuple[np.ndarray, ...]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _lstm_step(x: np.ndarray, state: State, weights: list[np.ndarray]) -> State:
    kernel, recurrent, bias = weights
    h, c = state
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=-1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def _gru_step(x: np.ndarray, state: State, weights: list[np.ndarray]) -> State:
    kernel, recurrent, bias = weights
    (h,) = state
    units = h.shape[-1]
    if bias.ndim == 2:
        z, r, new = np.split(x @ kernel + bias[0], 3, axis=-1)
        hz, hr, hn = np.split(h @ recurrent + bias[1], 3, axis=-1)
        z, r = _sigmoid(z + hz), _sigmoid(r + hr)
        new = np.tanh(new + r * hn)
    else:
        z, r, new = np.split(x @ kernel + bias, 3, axis=-1)
        hz, hr = np.split(h @ recurrent[:, : 2 * units], 2, axis=-1)
        z, r = _sigmoid(z + hz), _sigmoid(r + hr)
        new = np.tanh(new + (r * h) @ recurrent[:, 2 * units :])
    return (z * h + (1 - z) * new,)


def _simple_step(x: np.ndarray, state: State, weights: list[np.ndarray]) -> State:
    kernel, recurrent, bias = weights
    return (np.tanh(x @ kernel + state[0] @ recurrent + bias),)


_STEP = {L.LSTMCell: _lstm_step, L.GRUCell: _gru_step, L.SimpleRNNCell: _simple_step}


def states_of(
    cell: Any,
    rows: np.ndarray,
    mask: np.ndarray | None = None,
    start: list[np.ndarray] | None = None,
    backward: bool = False,
) -> np.ndarray:
    """(rows, steps, units) by a loop over the steps: where a step is masked the state stays."""
    weights = [weight.numpy().astype(np.float64) for weight in cell.weights]
    state = [np.zeros((len(rows), cell.units)) for _ in range(2 if isinstance(cell, L.LSTMCell) else 1)]
    state = state if start is None else start
    found = np.zeros((*rows.shape[:2], cell.units))
    for step in reversed(range(rows.shape[1])) if backward else range(rows.shape[1]):
        on = np.ones((len(rows), 1), bool) if mask is None else mask[:, step, None]
        new = _STEP[type(cell)](rows[:, step], tuple(state), weights)
        state = [np.where(on, a, b) for a, b in zip(new, state, strict=True)]
        found[:, step] = state[0]
    return found


def softmax(scores: np.ndarray, allowed: Any) -> np.ndarray:
    """Shares of each query's keys, 0 where they are not allowed."""
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True)) * allowed
    return scores / scores.sum(axis=-1, keepdims=True)


def scores_of(layer: Any, query: np.ndarray, value: np.ndarray, allowed: Any = True) -> np.ndarray:
    """(rows, heads, queries, keys) of a MultiHeadAttention or GroupQueryAttention layer."""
    named = {weight.path.split("/")[-2] + "/" + weight.name: weight.numpy() for weight in layer.weights}
    q = np.einsum("rqi,ihd->rhqd", query, named["query/kernel"]) + named["query/bias"][:, None]
    k = np.einsum("rki,ihd->rhkd", value, named["key/kernel"]) + named["key/bias"][:, None]
    k = np.repeat(k, q.shape[1] // k.shape[1], axis=1)
    scores = np.einsum("rhqd,rhkd->rhqk", q, k) / np.sqrt(q.shape[-1])
    return softmax(scores, np.broadcast_to(allowed, scores.shape))


def side_by_side(scores: np.ndarray) -> np.ndarray:
    """The squares of all heads with a blank column between two."""
    blank = np.zeros((scores.shape[1], 1))
    return np.concatenate([part for head in scores for part in (head, blank)][:-1], axis=1)


def shaken(model: keras.Model) -> keras.Model:
    """Weights, biases included, that are not near 0."""
    model.set_weights([RNG.normal(size=weight.shape) * 0.7 for weight in model.get_weights()])
    return model


def sequence_model(layer: Any, **options: Any) -> keras.Model:
    """A layer on a sequence."""
    return shaken(keras.Sequential([keras.Input((STEPS, INPUTS), **options), layer]))

"""Values that the layers behind the inputs know: words of a vocabulary without room for others, ids of an Embedding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.graph import calls_of, has_graph
from nbviz.network.samples import InputSpec

_LOOKUPS = (keras.layers.StringLookup, keras.layers.IntegerLookup)
_SHOWN = 6  # words of a vocabulary


def check_known(model: keras.Model, specs: Sequence[InputSpec], inputs: Sequence[np.ndarray]) -> None:
    """Check that the model knows every word and every id.

    Args:
        model: The model.
        specs: What its inputs take.
        inputs: Rows, one array for each input.

    Raises:
        ValueError: It does not; the message names the value, its row, and what is known.
    """
    for index, layer in _knowing_layers(model):
        array, name = inputs[index], specs[index].name
        if isinstance(layer, keras.layers.Embedding):
            wrong = (array < 0) | (array >= layer.input_dim)
            known = f"ids from 0 to {layer.input_dim - 1}, as an Embedding of the model has"
            way_out = ""
        else:
            words = _plain(np.asarray(layer.get_vocabulary(), dtype=object))
            wrong = ~np.isin(_plain(array), words)
            shown = ", ".join(map(repr, words[:_SHOWN])) + (", ..." if len(words) > _SHOWN else "")
            known = f"values of {name!r} among the {len(words):,} in the vocabulary of {layer.name!r}: {shown}"
            way_out = "; num_oov_indices=1 in that layer makes room for others"
        if wrong.any():
            row = int(np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))[0])
            value = _plain(array[row][wrong[row]] if array.ndim > 1 else array[row : row + 1])[0]
            raise ValueError(f"Expected {known}. Received {value!r} in row {row}{way_out}.")


def _knowing_layers(model: keras.Model) -> Iterator[tuple[int, Any]]:
    """(input, layer) wherever an input goes into a layer that knows some values only."""
    if not has_graph(model):
        return
    places = {id(tensor): index for index, tensor in enumerate(model.inputs)}
    for call in calls_of(model):
        layer = call.operation
        closed = isinstance(layer, _LOOKUPS) and layer.num_oov_indices == 0 and not layer.invert
        if closed or isinstance(layer, keras.layers.Embedding):
            yield from ((places[id(tensor)], layer) for tensor in call.inputs if id(tensor) in places)


def _plain(values: np.ndarray) -> np.ndarray:
    """Text as text, whether it came as bytes or not; numbers as Python has them."""
    flat = [value.item() if isinstance(value, np.generic) else value for value in values.ravel().tolist()]
    flat = [value.decode() if isinstance(value, bytes) else value for value in flat]
    plain = np.empty(len(flat), object)
    plain[:] = flat
    return plain.reshape(values.shape)

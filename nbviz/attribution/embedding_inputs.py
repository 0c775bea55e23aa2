"""Which inputs of a model are numbers, and which name things: ids that enter an embedding, text, categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras

from nbviz.keras_model.replay import Path, Replay

# What reads whole numbers or text as names of things, of which one is no more than another.
_READ_NAMES = (
    keras.layers.Embedding,
    keras.layers.StringLookup,
    keras.layers.IntegerLookup,
    keras.layers.Hashing,
    keras.layers.HashedCrossing,
    keras.layers.CategoryEncoding,
    keras.layers.TextVectorization,
)


class Reached(NamedTuple):
    """Where the inputs go.

    Attributes:
        embeddings: Path of each embedding, or layer of the user's own with one inside -> the inputs that enter it.
        outputs: The inputs that reach an output on another way.
        names: The inputs that enter a layer which reads names of things.
        maskings: Path of each Masking layer -> the input that enters it, and nothing else.
    """

    embeddings: dict[Path, set[int]]
    outputs: set[int]
    names: set[int]
    maskings: dict[Path, int]


@dataclass(frozen=True, slots=True)
class _Origin:
    """Inputs that reach a place without passing an embedding.

    Attributes:
        inputs: Their numbers.
        is_input: Whether it is an input itself.
    """

    inputs: frozenset[int]
    is_input: bool = False


def embedding_inputs(replay: Replay, inputs: int) -> Reached:
    """Embeddings with the inputs that enter them, and where the other inputs go."""
    found = Reached({}, set(), set(), {})

    def visit(path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Origin:
        entering = [value for value in keras.tree.flatten([args, kwargs]) if isinstance(value, _Origin)]
        reached = frozenset().union(*(origin.inputs for origin in entering))
        embeds = isinstance(operation, keras.layers.Embedding) or _embeds_inside(operation)
        if embeds or isinstance(operation, _READ_NAMES):
            found.names.update(reached)
        if embeds:
            found.embeddings[path] = set(reached)
            return _Origin(frozenset())
        if type(operation) is keras.layers.Masking and [origin.is_input for origin in entering] == [True]:
            (found.maskings[path],) = reached
            return _Origin(frozenset())
        return _Origin(reached)

    answers = replay([_Origin(frozenset([index]), is_input=True) for index in range(inputs)], visit)
    found.outputs.update(*(origin.inputs for origin in answers))
    entering = [
        *found.maskings.values(),
        *found.outputs,
        *(index for each in found.embeddings.values() for index in each),
    ]
    for path, index in list(found.maskings.items()):
        if entering.count(index) > 1:
            del found.maskings[path]
            found.outputs.add(index)
    return found


def _embeds_inside(operation: Any) -> bool:
    """Whether a layer of the user's own puts tokens, and their positions, say, into vectors: (tokens, coordinates)."""
    if not isinstance(operation, keras.layers.Layer) or type(operation).__module__.startswith("keras."):
        return False
    inside = any(isinstance(layer, keras.layers.Embedding) for layer in operation._flatten_layers(include_self=False))
    try:
        return inside and len(operation.output.shape) == 3 and len(operation.input.shape) == 2
    except (AttributeError, ValueError):  # called more than once, or with several tensors
        return False


def whole_numbers(dtypes: Sequence[str], reached: Reached | None) -> set[int]:
    """Inputs of whole numbers that may be numbers to calculate with; a gradient tells whether they are.

    Args:
        dtypes: Of the inputs.
        reached: Where they go; None where the graph is not known.
    """
    whole = {index for index, dtype in enumerate(dtypes) if dtype.startswith(("int", "uint", "bool"))}
    return whole if reached is None else (whole & reached.outputs) - reached.names

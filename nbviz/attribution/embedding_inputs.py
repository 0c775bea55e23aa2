"""Which inputs of a model enter an embedding, whose output gets the credit, and which go on as the numbers they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from nbviz.keras_model.replay import Path, Replay


@dataclass(frozen=True, slots=True)
class _Origin:
    """Inputs that reach a place without passing an embedding."""

    inputs: frozenset[int]


def embedding_inputs(replay: Replay, inputs: int) -> tuple[dict[Path, set[int]], set[int]]:
    """Embeddings with the inputs that enter them, and the inputs that reach an output on another way."""
    embeddings: dict[Path, set[int]] = {}

    def visit(path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Origin:
        entering = [value for value in keras.tree.flatten([args, kwargs]) if isinstance(value, _Origin)]
        reached = frozenset().union(*(origin.inputs for origin in entering))
        if isinstance(operation, keras.layers.Embedding):
            embeddings[path] = set(reached)
            return _Origin(frozenset())
        return _Origin(reached)

    answers = replay([_Origin(frozenset([index])) for index in range(inputs)], visit)
    return embeddings, set().union(*(origin.inputs for origin in answers))

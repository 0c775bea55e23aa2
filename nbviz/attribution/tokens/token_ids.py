"""The ids that enter the one embedding of a model, whether it leaves them out as padding, and who made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np

from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.keras_model.replay import Path, Replay, run_layer

LOOKUPS = (keras.layers.TextVectorization, keras.layers.StringLookup, keras.layers.IntegerLookup)


class TokenRows(NamedTuple):
    """Tokens of rows of data.

    Attributes:
        ids: (rows, tokens), as they enter the embedding.
        masked: (rows, tokens), whether the embedding masks them.
    """

    ids: np.ndarray
    masked: np.ndarray


@dataclass(frozen=True, slots=True)
class _Made:
    """A value on its way to an embedding.

    Attributes:
        by: The layer that looked its ids up in a vocabulary; None for none.
    """

    by: Any = None


class TokenInput:
    """The one input of a model, whose tokens enter one embedding.

    Attributes:
        embedding: The layer.
        lookup: The layer before it that has a vocabulary, None without.
    """

    def __init__(self, explained: ExplainedOutputs) -> None:
        """Find the layers; `reads_tokens` has said that they are there."""
        assert explained.replay is not None
        (site,) = explained.roots
        self._path = site.path
        self.embedding: Any = explained.replay.paths[site.path]
        self.lookup = _lookup_before(explained.replay, site.path)

    @property
    def words(self) -> int | None:
        """How many ids the embedding knows, None where it does not say."""
        count = getattr(self.embedding, "input_dim", None)
        return None if count is None else int(count)

    def read(self, explained: ExplainedOutputs, inputs: Sequence[np.ndarray]) -> TokenRows:
        """The tokens of rows of data.

        Args:
            explained: The model's outputs.
            inputs: One array for the input.

        Raises:
            ValueError: Ids that the embedding does not know.
        """
        path = self._path

        def run(*rows: Any) -> Any:
            found: list[Any] = []

            def visit(at: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], is_head: bool) -> Any:
                answer = run_layer(operation, args, kwargs)
                if at == path:
                    ids = keras.tree.flatten([args, kwargs])[0]
                    mask = getattr(keras.tree.flatten(answer)[0], "_keras_mask", None)
                    known = keras.ops.ones_like(ids, dtype="bool") if mask is None else mask
                    # The answer too: an id that no word has is found out by the embedding.
                    found.extend([ids, known, keras.ops.sum(answer, axis=-1)])
                return answer

            explained.forward(list(rows), run=visit)
            return found

        ids, known, _ = explained.compiled(("token ids", path), run, explained.specs)(*inputs)
        ids = np.asarray(ids).astype(np.int64)
        # Keras counts negative ids from the end.
        wrong = ids[(ids < 0) | (ids >= (self.words or np.inf))]
        if wrong.size:
            most = "" if self.words is None else f" to {self.words - 1}"
            raise ValueError(f"Expected ids from 0{most}, as an Embedding of the model has. Received {wrong[0]}.")
        return TokenRows(ids, ~np.asarray(known).astype(bool))


def reads_tokens(explained: ExplainedOutputs) -> bool:
    """Whether the model has one input, of tokens that enter one embedding, each row a text."""
    if explained.replay is None or len(explained.specs) != 1 or len(explained.roots) != 1:
        return False
    (site,) = explained.roots
    return site.input is None and site.summed and len(site.shape) == 2


def _lookup_before(replay: Replay, path: Path) -> Any:
    """The layer with a vocabulary that made the ids which enter the layer of a path."""
    found: list[_Made] = []

    def visit(at: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Made:
        entering = [value for value in keras.tree.flatten([args, kwargs]) if isinstance(value, _Made)]
        if at == path:
            found.extend(entering)
        if isinstance(operation, LOOKUPS):
            return _Made(operation)
        return next((value for value in entering if value.by is not None), _Made())

    replay([_Made()], visit)
    return next((value.by for value in found if value.by is not None), None)

"""Which tokens matter over all rows: one row of a table for each, wherever in a text it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nbviz.attribution.classes import heads_of
from nbviz.attribution.explain import attributions
from nbviz.attribution.outputs import explained_outputs
from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance
from nbviz.attribution.tokens.token_ids import TokenInput
from nbviz.style.numbers import grouped

MOST_TOKENS = 1000  # with a row of their own: those in most rows, ties by id; the others share one
MOST_NUMBERS = 2**25  # rows x tokens x classes


def token_table(
    model: Any,
    x: np.ndarray,
    name_of: Callable[[int], str],
    classes: Sequence[str],
    *,
    columns: Sequence[int],
    **asked: Any,
) -> Importance:
    """Importance of tokens.

    In a row a token has the sum of its credits at all its places. Its strength is the mean of the size of that over
    all rows, 0 in those without it; its direction the mean sign over the rows with it.

    Args:
        model: A built `keras.Model` that reads tokens, see `reads_tokens`.
        x: Rows of its input.
        name_of: What a token is called.
        classes: Names of the outputs.
        columns: Their numbers.
        **asked: As for `nbviz.attributions`.

    Returns:
        The table; `attrs["occurs"]` has the number of rows with each token, `attrs["means"]`, (tokens, classes), the
        mean of its signed credit over these rows.

    Raises:
        ValueError: There is nothing but padding; otherwise as for `nbviz.attributions`.
    """
    explained = explained_outputs(model, output_kind=asked.get("output_kind"))
    credits = attributions(model, x, classes=list(columns), **asked)
    assert isinstance(credits, np.ndarray)
    ids, masked = TokenInput(explained).read(explained, [x])
    # What is masked counts where it has credit all the same: then the model does not heed its mask.
    rows, places = np.nonzero(~(masked & (credits == 0).all(axis=-1)))
    if not len(rows):
        raise ValueError(f"Expected rows with tokens. Received {grouped(len(ids))} that are padding alone.")
    tokens, number = np.unique(ids[rows, places], return_inverse=True)
    pairs = np.unique(np.stack([number, rows]), axis=1)  # a token may come twice in a row
    most = max(1, min(MOST_TOKENS, MOST_NUMBERS // (len(ids) * credits.shape[-1])))
    frequent = np.argsort(-np.bincount(pairs[0]), kind="stable")
    own, others = np.sort(frequent[:most]), len(tokens) - min(most, len(tokens))
    slots = np.full(len(tokens), len(own))
    slots[own] = np.arange(len(own))
    sums = np.zeros((len(ids), len(own) + (others > 0), credits.shape[-1]), np.float32)
    np.add.at(sums, (rows, slots[number]), credits[rows, places])
    occurs = np.bincount(np.unique(np.stack([slots[pairs[0]], pairs[1]]), axis=1)[0])
    names = [name_of(int(token)) for token in tokens[own]] + [f"{grouped(others)} other tokens"] * (others > 0)
    head = heads_of(explained.heads, np.asarray(columns))[0]
    return Importance(
        strength=np.abs(sums).mean(axis=0, dtype=np.float64),
        standard_error=None,
        features=pd.Index(told_apart(names), name="token"),
        classes=pd.Index(list(classes), name="class"),
        attrs={
            "method": asked.get("method", "expected_gradients"),
            "output": "raw output" if head.kind == "linear" else "logit",
            "head": head.kind,
            "layer": None,
            "seed": asked.get("seed", 0),
            "rows": len(ids),
            "direction": "token sign",
            "occurs": occurs.tolist(),
            "means": (sums.sum(axis=0, dtype=np.float64) / occurs[:, np.newaxis]).tolist(),
        },
        sample=LocalSample(sums),
    )


def told_apart(names: Sequence[str]) -> list[str]:
    """The same names, those that come again with their number."""
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told

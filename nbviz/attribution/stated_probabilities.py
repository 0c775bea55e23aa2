"""Outputs that are said to be probabilities, by the user or by the loss, are looked at: numbers can tell otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.keras_model.forward import Returned, forward_pass
from nbviz.keras_model.graph import has_graph
from nbviz.keras_model.outputs.graph_evidence import graph_evidence

_ROWS = 64
_ROUNDING = 1e-3


def check_stated(explained: ExplainedOutputs, inputs: Sequence[np.ndarray]) -> None:
    """Refuse outputs that are taken for probabilities and are none.

    Args:
        explained: The outputs.
        inputs: Checked rows of data, one array for each input.

    Raises:
        ValueError: An output that nothing but the user or the loss calls probabilities goes below 0 or above 1.
    """
    model = explained.model
    for place, (head, (_, found)) in enumerate(zip(explained.heads, graph_evidence(model), strict=True)):
        if not head.composed or (found is not None and found.kind != "linear"):
            continue
        tensor = model.outputs[place] if has_graph(model) else Returned(place)
        [values] = forward_pass(model, [tensor], [array[:_ROWS] for array in inputs])
        low, high = float(values.min()), float(values.max())
        if low < -_ROUNDING or high > 1 + _ROUNDING:
            raise ValueError(
                f"Expected probabilities of the output {head.name!r}, as output_kind or the compiled loss says. "
                f'Received numbers from {low:.3g} to {high:.3g}; say output_kind="logits" or "regression", or compile '
                "the model with from_logits=True."
            )

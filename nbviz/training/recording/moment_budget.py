"""How much of a model is kept at each moment, and how much memory the moments may take."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from nbviz.network.arguments import whole_number, yes_or_no
from nbviz.training.model_state import state_bytes

if TYPE_CHECKING:
    import keras

BUDGET = 256_000_000  # bytes, where nothing is said
FEWEST = 2  # moments: the first and the last


def moment_budget(model: keras.Model, budget: int | None, optimizer_state: bool | None) -> tuple[int, bool]:
    """Settle what was left open: first the optimizer's state goes, then the budget grows.

    Args:
        model: A built model.
        budget: Bytes for all moments, None for what is usual.
        optimizer_state: Whether they hold the optimizer's state, None where there is room for it.

    Returns:
        Both, settled.

    Raises:
        ValueError: A budget too small for two moments of what is to be kept, or no whole number.
    """
    room = BUDGET if budget is None else whole_number("budget", budget)
    whole = FEWEST * state_bytes(model, True)
    if optimizer_state is None:
        optimizer_state = budget is not None or whole <= room
        if not optimizer_state:
            warnings.warn(
                f"Two moments of this model with its optimizer take {whole / 1e6:,.0f} MB. The recording keeps the "
                "weights alone, and training on from an earlier moment goes with the optimizer as it is then; pass "
                f"Recording(model, budget={whole:_}) for both.",
                UserWarning,
                stacklevel=3,  # where the recording is made
            )
    yes_or_no("optimizer_state", optimizer_state)
    needed = FEWEST * state_bytes(model, optimizer_state)
    if budget is None:
        return max(room, needed), optimizer_state
    if room < needed:
        raise ValueError(
            f"Expected a budget of at least {needed:,} bytes, two moments of this model. Received {room:,}; pass a "
            "larger budget, or optimizer_state=False."
        )
    return room, optimizer_state

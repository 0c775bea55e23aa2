"""Whether TensorFlow still has its own gradients: another package may have put its rules in their place.

`shap.DeepExplainer` replaces the gradients of some fifty operations while it works. A call of it that fails half way
can leave them so, for the whole process: slopes are then errors, or numbers that mean something else.
"""

from __future__ import annotations

from typing import Any

import keras


def replaced_gradients() -> list[str]:
    """Names of TensorFlow's operations whose gradient is that of SHAP."""
    if keras.backend.backend() != "tensorflow":
        return []
    # Nothing public lists them; a TensorFlow that keeps them elsewhere is one that SHAP does not reach.
    from tensorflow.python.framework import ops

    registry: Any = getattr(getattr(ops, "gradient_registry", None), "_registry", None) or {}
    return sorted(name for name, entry in registry.items() if _is_foreign(entry) and not name.startswith("shap_"))


def _is_foreign(entry: Any) -> bool:
    function = entry.get("type") if isinstance(entry, dict) else None
    return (getattr(function, "__module__", None) or "").partition(".")[0] == "shap"


def check_gradients() -> None:
    """Refuse to work out slopes with gradients that are not TensorFlow's.

    Raises:
        RuntimeError: Some have been replaced.
    """
    replaced = replaced_gradients()
    if replaced:
        some = ", ".join(replaced[:3]) + (f" and {len(replaced) - 3} more" if len(replaced) > 3 else "")
        raise RuntimeError(
            f"Expected TensorFlow's own gradients. Received those of SHAP for {some}, which a call of shap that failed "
            "has left behind: training and explanations go wrong until the kernel is restarted."
        )

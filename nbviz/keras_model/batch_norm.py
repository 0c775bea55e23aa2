"""The BatchNormalization directly behind a layer, as the scale and shift it is in inference mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.find_layer import FoundLayer
from nbviz.keras_model.forward import look_at
from nbviz.keras_model.graph import calls_of, has_graph


@dataclass(frozen=True, slots=True)
class Norm:
    """A BatchNormalization.

    Attributes:
        name: Its name.
        layer: The layer.
    """

    name: str
    layer: Any

    def scale_and_shift(self) -> tuple[np.ndarray, np.ndarray]:
        """(channels,) each, float64: what it returns is `x * scale + shift`."""
        layer = self.layer
        mean, variance = (
            np.asarray(look_at(value), dtype=np.float64) for value in (layer.moving_mean, layer.moving_variance)
        )
        scale = 1 / np.sqrt(variance + layer.epsilon)
        if layer.gamma is not None:
            scale = scale * look_at(layer.gamma)
        shift = -mean * scale
        return scale, shift if layer.beta is None else shift + look_at(layer.beta)


def norm_behind(found: FoundLayer, layer: Any) -> Norm:
    """The BatchNormalization that all of a convolution's output goes to, and nothing else does.

    Args:
        found: The layer's place in the model.
        layer: The convolution.

    Raises:
        ValueError: There is none, or it cannot be folded in; says what is there instead.
    """

    def refused(reason: str) -> ValueError:
        return ValueError(
            f"Expected a BatchNormalization directly behind {found.path!r} to fold in. Received {reason}; "
            "leave fold_batch_norm off."
        )

    home, member = found.home, found.member
    if not has_graph(home):
        raise refused(f"a layer of the subclassed model {home.name!r}, whose graph is code")
    if layer.activation not in (None, keras.activations.linear):
        name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
        raise refused(f"the layer's own activation {name!r} before anything else")
    inside = member
    while type(inside) in (keras.layers.TimeDistributed, keras.layers.SpectralNormalization):
        inside = inside.layer
    if inside is not layer:
        raise refused(f"the layer as a part of {member.name!r}, whose graph is code")
    calls = calls_of(home)
    own = [call for call in calls if call.operation is member]
    if len(own) != 1:
        raise refused(f"{len(own)} calls of the layer")
    leaving = own[0].outputs[0]
    behind = [call for call in calls if any(tensor is leaving for tensor in call.inputs)]
    if any(tensor is leaving for tensor in home.outputs):
        raise refused(f"the layer's output as an output of {home.name!r}")
    if len(behind) != 1 or not isinstance(behind[0].operation, keras.layers.BatchNormalization):
        raise refused(" and ".join(f"{call.name!r} ({type(call.operation).__name__})" for call in behind) or "nothing")
    norm = behind[0].operation
    rank = len(leaving.shape)
    channel_axis = rank - 1 if layer.data_format == "channels_last" else rank - 1 - len(layer.kernel_size)
    axes = [axis % rank for axis in np.atleast_1d(norm.axis).tolist()]
    if axes != [channel_axis]:
        raise refused(f"{norm.name!r} over axis {axes[0]}, which is not that of the channels ({channel_axis})")
    if (getattr(behind[0].arguments, "kwargs", None) or {}).get("training"):
        raise refused(f"{norm.name!r} called with training=True, so with the statistics of each batch")
    return Norm(norm.name, norm)

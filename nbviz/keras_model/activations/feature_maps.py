"""Feature maps: what layers with positions return, and what it was before their activation."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np

from nbviz.keras_model.activations.convolution_windows import Sliding, sliding_of
from nbviz.keras_model.channel_layers import is_convolution
from nbviz.keras_model.compiled.function import compiled_if_possible
from nbviz.keras_model.find_layer import find_layer
from nbviz.keras_model.forward import kept
from nbviz.keras_model.graph import Call, check_model, input_specs
from nbviz.keras_model.kernel_arrays import WITH_KERNELS, Kernels, kernels_of
from nbviz.keras_model.kernel_taps import without_activation
from nbviz.keras_model.layers import ACTIVATION_LAYERS, has_plain_kernel, last_step
from nbviz.keras_model.replay import Path, Replay, as_tensors, every_call, run_layer, runs_its_graph
from nbviz.network.architecture import SaidKinds

NO_MAPS = "No feature maps: this model has no layer with rows and columns, or steps."
ROOM = 2**22  # numbers that the maps of one batch may hold
_REARRANGING = (keras.layers.Permute, keras.layers.Reshape)


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A layer that returns maps.

    Attributes:
        name: Its name as in `model.summary()`; inside another model `"outer/inner"`; its second call `"name:1"`.
        path: The same, for `Replay`.
        type: Class name of the layer: `"Conv2D"`.
        shape: (rows, columns, channels) or (steps, channels), None where a size is open.
        channels_first: Whether the layer has the channels before the positions.
        activation: The nonlinear step inside the layer, None without.
        sliding: How its kernels slide over its input, None for a layer that is no convolution.
    """

    name: str
    path: Path
    type: str
    shape: tuple[int | None, ...]
    channels_first: bool
    activation: str | None
    sliding: Sliding | None

    def channels_last(self, array: np.ndarray) -> np.ndarray:
        """An array (rows, ...) of what the layer returns, with its channels at the end."""
        return np.moveaxis(array, 1, -1) if self.channels_first else array


class MeanMaps(NamedTuple):
    """What a layer returns and what it was made of, as means over rows; float32.

    Attributes:
        after: (rows, columns, channels) or (steps, channels).
        before: The same before the activation, None for a layer without one.
        entering: (rows, columns, channels) or (steps, channels) of what the kernels slide over; None where it was not
            asked for.
    """

    after: np.ndarray
    before: np.ndarray | None
    entering: np.ndarray | None


@dataclass(frozen=True, slots=True)
class DataFormat:
    """Where the channels are in a value on its way through the graph; stands for a tensor.

    Attributes:
        channels_first: None while nobody has said.
        inputs: The inputs that it comes from.
    """

    channels_first: bool | None
    inputs: frozenset[int]


class MapReader:
    """Reads the maps of one model again and again.

    Attributes:
        layers: Name -> layer, of those that return maps, in the model's order.
        specs: What the model's inputs take.
        inputs_first: Whether each input has its channels before its positions.
        output_kind: What the user says of the outputs.
    """

    def __init__(self, model: keras.Model, output_kind: SaidKinds = None) -> None:
        """Find the layers.

        Args:
            model: The model.
            output_kind: What the user says of its outputs.

        Raises:
            TypeError: Not a `keras.Model`.
            ValueError: The model is not built.
        """
        check_model(model)
        self.output_kind = output_kind
        self.specs = input_specs(model)
        self.layers: dict[str, MapLayer] = {}
        self.inputs_first = [keras.config.image_data_format() == "channels_first"] * len(self.specs)
        self._replay = Replay(model) if runs_its_graph(model) else None
        self._key = (*map(id, model.outputs), *map(id, model.layers)) if self._replay else ()
        if self._replay is None:
            return
        formats = self._formats(self._replay)
        for path, call in every_call(model):
            tensor = call.outputs[0]
            floating = "float" in keras.backend.standardize_dtype(tensor.dtype)
            if len(tensor.shape) not in (3, 4) or not floating:
                continue
            operation = self._replay.paths[path]
            shape, first = tuple(tensor.shape[1:]), formats[path]
            self.layers["/".join(path)] = MapLayer(
                "/".join(path),
                path,
                type(operation).__name__,
                (*shape[1:], shape[0]) if first else shape,
                first,
                last_step(operation) if _can_be_split(operation) else None,
                _sliding(operation, call, model.inputs),
            )

    @property
    def first(self) -> str:
        """Name of the layer to begin with: the first convolution, else the first with rows and columns."""
        known = {kind.__name__ for kind in WITH_KERNELS}
        named = list(self.layers.values())
        pictures = [layer for layer in named if len(layer.shape) == 3]
        for group in ([la for la in pictures if la.type in known], [la for la in named if la.type in known], pictures):
            if group:
                return group[0].name
        return named[0].name if named else ""

    def find(self, model: keras.Model, layer: Any) -> str:
        """Name of the layer that is meant.

        Args:
            model: The model that this reader was made for.
            layer: A name, an index in `model.layers`, or a layer. A model inside the model stands for its last layer.

        Raises:
            TypeError: `layer` is nothing that can name one.
            ValueError: No such layer, or one without maps.
            IndexError: The index is too large.
        """
        if isinstance(layer, str) and layer in self.layers:
            return layer
        found = find_layer(model, layer)
        path = tuple(found.path.split("/"))
        name = "/".join(self._replay.last_inside.get(path, path)) if self._replay else found.path
        if name in self.layers:
            return name
        raise ValueError(
            f"{self.expected} Received {found.path!r}, a {type(found.layer).__name__} layer, which returns none."
        )

    @property
    def expected(self) -> str:
        """What a layer may be."""
        if self._replay is None:
            return "No feature maps: the layers of a subclassed model are code, not to be read."
        if not self.layers:
            return NO_MAPS
        names = list(self.layers)
        some = ", ".join(map(repr, names[:40])) + (f" and {len(names) - 40} more" if len(names) > 40 else "")
        return f"Expected a layer with feature maps: {some}."

    def kernels(self, name: str) -> Kernels:
        """The kernels of a layer that slides them."""
        assert self._replay is not None
        return kernels_of(name, self._replay.paths[self.layers[name].path])

    def mean_maps(
        self, model: keras.Model, name: str, inputs: Sequence[np.ndarray], *, entering: bool = False
    ) -> MeanMaps:
        """What a layer returns, as the mean over rows of data; of one row its own maps.

        Args:
            model: The model that this reader was made for.
            name: Of the layer.
            inputs: Checked rows, one array for each input.
            entering: Return what enters the layer too; only of layers that slide kernels over it.

        Raises:
            RuntimeError: TensorFlow cannot run a layer with channels first on this machine.
        """
        layer = self.layers[name]
        entering = entering and layer.sliding is not None
        key = ("feature maps", layer.path, entering, *self._key)
        function = kept(model, key, lambda: self._compile(layer, entering))
        rows = len(inputs[0])
        at_once = max(1, min(64, ROOM // max(1, int(np.prod([size or 64 for size in layer.shape])))))
        sums: list[np.ndarray] = []
        for start in range(0, rows, at_once):
            batch = [array[start : start + at_once] for array in inputs]
            try:
                answers = [_to_float(answer) for answer in function(*batch)]
            except Exception as error:
                self._explain(error)
                raise
            if entering and layer.sliding is not None and layer.sliding.channels_first:
                answers[-1] = np.moveaxis(answers[-1], 1, -1)
            outputs = len(answers) - entering
            answers[:outputs] = map(layer.channels_last, answers[:outputs])
            found = [answer.sum(axis=0, dtype=np.float64) for answer in answers]
            sums = [a + b for a, b in zip(sums, found, strict=True)] if sums else found
        with np.errstate(over="ignore", invalid="ignore"):
            means = [(total / rows).astype(np.float32) for total in sums]
        return MeanMaps(
            means[0], means[1] if layer.activation is not None else None, means[-1] if entering else None
        )  # fmt: skip

    def _compile(self, layer: MapLayer, entering: bool) -> Any:
        replay = self._replay
        assert replay is not None

        def run(*rows: Any) -> list[Any]:
            found: list[Any] = []

            class Reached(Exception):
                """The layer has answered."""

            def visit(path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
                answer = run_layer(operation, args, kwargs)
                if path == layer.path:
                    found.append(keras.tree.flatten(answer)[0])
                    given = args[0] if args else kwargs.get("inputs")
                    if layer.activation is not None:
                        found.append(_before(operation, given))
                    if entering:
                        found.append(given)
                    raise Reached
                return answer

            with keras.StatelessScope(), contextlib.suppress(Reached):
                replay(as_tensors(rows), visit)
            return found

        return compiled_if_possible(run, self.specs)

    def _explain(self, error: Exception) -> None:
        """Say clearly what TensorFlow says in many words."""
        first = [layer.name for layer in self.layers.values() if layer.channels_first]
        if first and any(word in str(error) for word in ("NHWC", "NCHW", "data_format", "channels")):
            raise RuntimeError(
                f"Expected channels last: TensorFlow on a CPU cannot run convolutions or pooling with channels first. "
                f"Received {first[0]!r} with channels first; run on a GPU, or build the model with "
                'data_format="channels_last" (the kernels are the same) and set its weights.'
            ) from error

    def _formats(self, replay: Replay) -> dict[Path, bool]:
        """Where the channels are in what each layer returns."""
        found: dict[Path, DataFormat] = {}
        said: dict[int, bool] = {}

        def visit(path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> DataFormat:
            entering = [value for value in keras.tree.flatten([args, kwargs]) if isinstance(value, DataFormat)]
            inputs = frozenset[int]().union(*(each.inputs for each in entering))
            first = next((la.channels_first for la in entering if la.channels_first is not None), None)
            own = getattr(operation, "data_format", None)
            if isinstance(operation, _REARRANGING):
                first = False
            elif own in ("channels_first", "channels_last"):
                if first is None:
                    for index in inputs:
                        said.setdefault(index, own == "channels_first")
                first = own == "channels_first" if not isinstance(operation, keras.layers.Flatten) else first
            found[path] = DataFormat(first, inputs)
            return found[path]

        replay([DataFormat(None, frozenset([index])) for index in range(len(self.specs))], visit)
        default = self.inputs_first
        self.inputs_first = [said.get(index, default[index]) for index in range(len(self.specs))]
        return {
            path: next((self.inputs_first[index] for index in sorted(each.inputs)), False)
            if each.channels_first is None
            else each.channels_first
            for path, each in found.items()
        }


def _sliding(operation: Any, call: Call, inputs: Sequence[Any]) -> Sliding | None:
    if len(call.inputs) != 1:
        return None
    entering = call.inputs[0]
    direct = [index for index, tensor in enumerate(inputs) if tensor is entering]
    return sliding_of(operation, tuple(entering.shape[1:]), direct[0] if direct else None)


def _can_be_split(operation: Any) -> bool:
    """Whether what comes before the activation can be worked out."""
    if type(operation) is keras.layers.Activation or type(operation) in ACTIVATION_LAYERS:
        return True
    if isinstance(operation, keras.layers.Dense):
        return has_plain_kernel(operation)
    return is_convolution(operation)  # of Keras: a class of the user's own may do something else in its call


def _before(operation: Any, entering: Any) -> Any:
    if isinstance(operation, (keras.layers.Dense, *WITH_KERNELS)):
        return without_activation(operation, entering)
    return entering


def _to_float(tensor: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")))

"""`ModelState`: everything that training changes in a model, as plain arrays that can be put back bitwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.forward import look_at

_SCALING = ("initial_scale", "dynamic_growth_steps")  # settings of an optimizer that scales the loss of another
Signature = list[list[Any]]  # (name without its automatic number, shape, dtype) of each variable, in order


@dataclass(frozen=True, eq=False, repr=False)
class ModelState:
    """Copies of a model's variables at one moment.

    Attributes:
        variables: Path of each of `model.variables` -> its value: weights, moving statistics, states of seed
            generators. Of two variables with one path the second is `path#1`.
        optimizer: The same for `optimizer.variables` (momentum, number of updates, learning rate); None where it was
            not asked for or the model is not compiled.
        optimizer_built: Whether the optimizer had its slots (momentum, ...) already: they come with the first update.
        layers: Layer with a kernel -> paths of its kernel and its bias.
    """

    variables: Mapping[str, np.ndarray]
    optimizer: Mapping[str, np.ndarray] | None = None
    optimizer_built: bool = False
    layers: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)

    @classmethod
    def take(cls, model: keras.Model, optimizer: bool = True) -> ModelState:
        """Copy the present state of a model, which stays as it is.

        Args:
            model: A built model.
            optimizer: Whether the optimizer's state is taken too: without it, training on from here differs.
        """
        named = by_path(model.variables)
        own = getattr(model, "optimizer", None) if optimizer else None
        return cls(
            {path: _copied(variable) for path, variable in named.items()},
            None if own is None else {path: _copied(variable) for path, variable in by_path(own.variables).items()},
            bool(own is not None and own.built),
            kernel_paths(model, named),
        )

    def is_of(self, model: keras.Model) -> bool:
        """Whether a model has these variables, bit for bit; its optimizer is not looked at."""
        named = by_path(model.variables)
        return named.keys() == self.variables.keys() and all(
            np.array_equal(_bits(_copied(variable)), _bits(self.variables[path])) for path, variable in named.items()
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for part in (self.variables, self.optimizer or {}) for array in part.values())

    def __repr__(self) -> str:
        """How much it holds; no arrays."""
        slots = "" if self.optimizer is None else f" and {len(self.optimizer)} of the optimizer"
        return f"ModelState({len(self.variables)} variables{slots}, {self.nbytes:,} bytes)"

    def kernels(self, model: keras.Model) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
        """Kernel and bias (None without) of each layer that has a kernel, in the order of the model.

        Of a layer that makes its kernel of several variables (LoRA) it is what these make.

        Args:
            model: Whose state it is; it stays as it is.
        """
        found = {
            name: (self.variables[kernel], None if bias is None else self.variables[bias])
            for name, (kernel, bias) in self.layers.items()
        }
        named = by_path(model.variables)
        made = {
            name: (layer, kernel.name)
            for name, layer, kernel, _ in _layers_with_kernel(model, named)
            if name in found and _is_made(layer, kernel)
        }
        if not made or named.keys() != self.variables.keys():
            return found
        with keras.StatelessScope([(variable, self.variables[path]) for path, variable in named.items()]):
            for name, (layer, attribute) in made.items():
                found[name] = look_at(getattr(layer, attribute)), found[name][1]
        return found

    def drawn_kernels(self, model: keras.Model) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
        """`kernels`, and the second kernel of each separable convolution as that of `"layer/pointwise_kernel"`."""
        found = self.kernels(model)
        for name, (path, _) in self.layers.items():
            home, _, last = path.rpartition("/")
            second = f"{home}/pointwise_kernel"
            if last == "depthwise_kernel" and second in self.variables:
                found[f"{name}/pointwise_kernel"] = self.variables[second], None
        return found

    def put(self, model: keras.Model) -> None:
        """Give a model this state, bitwise. Nothing is changed unless all of it fits.

        A model that is not compiled gets its weights only.

        Raises:
            ValueError: The model's variables, or those of its optimizer, are not those of this state.
        """
        weights = _matched(self.variables, model.variables, f"the model {model.name!r}")
        optimizer = getattr(model, "optimizer", None) if self.optimizer is not None else None
        if optimizer is not None:
            self._check_optimizer(optimizer, model)
        for value, variable in weights:
            variable.assign(value)
        if optimizer is None:
            return
        if not self.optimizer_built and optimizer.built:
            # The slots have the values of a new optimizer: some start as copies of the weights, so only now.
            fresh = fresh_optimizer(optimizer, model)
            values = [_copied(variable) for variable in fresh.variables]
            for variable, value in zip(optimizer.variables, values, strict=True):
                variable.assign(value)
        elif self.optimizer_built and not optimizer.built:
            optimizer.build(model.trainable_variables)
        for value, variable in self._slots(optimizer.variables, optimizer):
            variable.assign(value)

    def _check_optimizer(self, optimizer: Any, model: keras.Model) -> None:
        if self.optimizer_built and not optimizer.built:
            self._slots(fresh_optimizer(optimizer, model).variables, optimizer)
        else:
            self._slots(optimizer.variables, optimizer)

    def _slots(self, variables: Sequence[Any], optimizer: Any) -> list[tuple[np.ndarray, Any]]:
        """What the optimizer's variables are to get, once it is sure that they fit."""
        assert self.optimizer is not None
        whose = f"the optimizer {optimizer.name!r}"
        return _matched(self.optimizer, variables, whose, some=not self.optimizer_built)


def by_path(variables: Sequence[Any]) -> dict[str, Any]:
    """Variables by their paths, in order; of two with one path the second is `path#1`."""
    named: dict[str, Any] = {}
    for variable in variables:
        path, count = variable.path, 0
        while path in named:
            count += 1
            path = f"{variable.path}#{count}"
        named[path] = variable
    return named


def signature(variables: Sequence[Any]) -> Signature:
    """What tells whether a recorded state is of a model: names, shapes and dtypes of its variables, in order.

    The numbers that Keras adds to names it gives by itself are left out: they count the models of a session.
    """
    return [
        [_plain(variable.path), [int(size) for size in variable.shape], str(variable.dtype)] for variable in variables
    ]


def kernel_paths(model: keras.Model, named: Mapping[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Layer with a kernel (any matrix of weights: of `Dense`, `Conv`, `Embedding`, ...) -> paths of kernel and bias.

    Args:
        model: The model; models inside it are looked into.
        named: Its variables by path.
    """
    path_of = {id(variable): path for path, variable in named.items()}
    return {
        name: (path_of[id(kernel)], None if bias is None else path_of.get(id(bias)))
        for name, _, kernel, bias in _layers_with_kernel(model, named)
    }


def _layers_with_kernel(model: keras.Model, named: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, Any]]:
    """Name, layer, kernel and bias of each layer of `kernel_paths`."""
    path_of = {id(variable): path for path, variable in named.items()}
    names: set[str] = set()
    for layer in model._flatten_layers(include_self=True, recursive=True):
        # A layer's own variables: those of the layers inside it are theirs.
        own = [variable for variable in layer._trainable_variables + layer._non_trainable_variables]
        matrices = [variable for variable in own if len(variable.shape) >= 2 and id(variable) in path_of]
        if not matrices:
            continue
        kernel = next((variable for variable in matrices if "kernel" in variable.name), matrices[0])
        bias = next((variable for variable in own if variable.name == "bias"), None)
        name = layer.name if layer.name not in names else path_of[id(kernel)].rpartition("/")[0]
        names.add(name)
        yield name, layer, kernel, bias


def _is_made(layer: Any, kernel: Any) -> bool:
    """Whether a layer works with something else than its variable of that name."""
    used = getattr(layer, kernel.name, kernel)
    return used is not kernel and getattr(used, "shape", None) == kernel.shape


def state_bytes(model: keras.Model, optimizer_state: bool) -> int:
    """Bytes of a state once the optimizer has its slots, of which there are two for most."""
    sizes = {id(v): int(np.prod(v.shape)) * np.dtype(_numpy_name(v.dtype)).itemsize for v in model.variables}
    with_slots = optimizer_state and getattr(model, "optimizer", None) is not None
    slots = 2 * sum(sizes[id(v)] for v in model.trainable_variables) if with_slots else 0
    return sum(sizes.values()) + slots


def _numpy_name(dtype: Any) -> str:
    return "uint16" if str(dtype) == "bfloat16" else str(dtype)


def fresh_optimizer(optimizer: Any, model: keras.Model) -> Any:
    """A new optimizer of the same settings, with slots for the model's weights."""
    fresh = _like(optimizer)
    fresh.build(model.trainable_variables)
    return fresh


def _like(optimizer: Any) -> Any:
    """An optimizer of the same settings that is not built: functions in them are taken over, not read from text."""
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:
        settings = {name: value for name, value in optimizer.get_config().items() if name in _SCALING}
        return type(optimizer)(_like(inner), **settings)
    if hasattr(optimizer, "optimizers"):
        twins: dict[int, Any] = {}

        def twin_for(variable: Any) -> Any:
            own = optimizer._optimizer_map(variable)
            return twins.setdefault(id(own), _like(own))

        return type(optimizer)(twin_for)
    settings = optimizer.get_config()
    if callable(getattr(optimizer, "_learning_rate", None)):
        settings["learning_rate"] = optimizer._learning_rate
    return type(optimizer).from_config(settings)


def _matched(
    recorded: Mapping[str, np.ndarray], variables: Sequence[Any], whose: str, *, some: bool = False
) -> list[tuple[np.ndarray, Any]]:
    """Recorded values and the variables that they belong to: of the same name, shape and dtype.

    Args:
        recorded: Values by path.
        variables: The live ones.
        whose: They are, in words.
        some: Whether there may be more variables than were recorded.
    """
    values = dict(zip(_plain_names(list(recorded)), recorded.items(), strict=True))
    live = dict(zip(_plain_names([variable.path for variable in variables]), variables, strict=True))
    for name in [*values, *(() if some else live)]:
        if name not in live or name not in values:
            has = "has none of that name" if name not in live else "has one that was not recorded"
            raise ValueError(
                f"Expected the variables that were recorded. Received {whose}, which {has}: {name[0]!r}; it has been "
                "changed since. Rewind the model that was recorded, compiled as it was then."
            )
        path, value = values[name]
        shape, dtype = tuple(live[name].shape), str(live[name].dtype)
        if value.shape != shape or value.dtype.name != dtype:
            raise ValueError(
                f"Expected {path!r} of shape {value.shape} and {value.dtype.name}. Received {whose}, where it is of "
                f"shape {shape} and {dtype}; rewind the model that was recorded."
            )
    return [(value, live[name]) for name, (_, value) in values.items()]


def _plain_names(paths: Sequence[str]) -> list[tuple[str, int]]:
    """Each path without the numbers that Keras adds to names, and how many before it are called the same."""
    counts: dict[str, int] = {}
    names = []
    for path in paths:
        plain = _plain(path.partition("#")[0])
        names.append((plain, counts.get(plain, 0)))
        counts[plain] = counts.get(plain, 0) + 1
    return names


def _plain(path: str) -> str:
    return re.sub(r"_\d+(?=/|_|$)", "", path)


def _copied(variable: Any) -> np.ndarray:
    array = look_at(variable)
    if array.dtype.name != str(variable.dtype):  # a half float, which was widened for looking
        array = keras.ops.convert_to_numpy(variable)
    return np.array(array)


def _bits(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)

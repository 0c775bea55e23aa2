"""What a model file says about the model, before anything is made of it: code in it, settings Keras does not know."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

import keras

# Settings of Keras 2 that Keras 3 has no more, and what they hold where they change nothing.
OF_KERAS_2: dict[str, tuple[Any, ...]] = {
    "adjustment": (None,),
    "batch_size": (None,),
    "fused": (None, True, False),
    "implementation": (0, 1, 2),
    "input_length": (None,),
    "ragged": (False,),
    "renorm": (False,),
    "renorm_clipping": (None,),
    "renorm_momentum": (0.99,),
    "sparse": (False,),
    "time_major": (False,),
    "virtual_batch_size": (None,),
}
# What `keras.layers.Layer` takes beyond its signature.
OF_EVERY_LAYER = {"batch_input_shape", "batch_shape", "input_shape", "input_dtype", "build_config", "dtype_policy"}


def layer_configs(config: Any) -> Iterator[dict[str, Any]]:
    """Every `{"class_name": ..., "config": {...}}` in a model's config, in order."""
    stack = [config]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            if isinstance(part.get("class_name"), str) and "config" in part:
                yield part
            stack += reversed(list(part.values()))
        elif isinstance(part, (list, tuple)):
            stack += reversed(part)


def holds_code(config: Any) -> str | None:
    """The name of the first Lambda layer whose Python code is in the file, None without one."""
    for part in layer_configs(config):
        inner = part["config"] if isinstance(part["config"], dict) else {}
        # Files of Keras 2 hold the code in lists.
        old = any(inner.get(f"{key}_type") == "lambda" for key in ("function", "output_shape", "mask"))
        new = any(
            isinstance(inner.get(key), dict) and inner[key].get("class_name") == "__lambda__"
            for key in ("function", "output_shape", "mask")
        )
        if part["class_name"] == "Lambda" and (old or new):
            return str(inner.get("name", "lambda"))
        if part["class_name"] == "__lambda__":
            return "lambda"
    return None


def without_idle_settings(config: Any) -> tuple[Any, list[str]]:
    """A model's config without the settings that its layers do not know and that change nothing.

    A setting changes nothing if it is None, or holds what any layer of Keras that knows it has by default (such as
    `groups=1`), or what was the default in Keras 2.

    Args:
        config: As JSON holds it; left as it is.

    Returns:
        The config, and those unknown settings that do mean something: `"conv: groups=2"`.
    """
    meaningful: list[str] = []
    return _copied(config, meaningful), meaningful


def _copied(part: Any, meaningful: list[str]) -> Any:
    if isinstance(part, (list, tuple)):
        return [_copied(item, meaningful) for item in part]
    if not isinstance(part, dict):
        return part
    copied = {key: _copied(value, meaningful) for key, value in part.items()}
    known = _settings_of(part.get("class_name"))
    inner = copied.get("config")
    if known is None or not isinstance(inner, dict):
        return copied
    for key in [key for key in inner if key not in known]:
        value = inner[key]
        if value is None or any(value is idle or value == idle for idle in _idle_values(key)):
            del inner[key]
        else:
            meaningful.append(f"{inner.get('name', part['class_name'])}: {key}={value!r}")
    return copied


@functools.cache
def _settings_of(class_name: Any) -> frozenset[str] | None:
    """What a layer of Keras can be told, None for what is no layer of Keras'."""
    kind = getattr(keras.layers, class_name, None) if isinstance(class_name, str) else None
    if not (inspect.isclass(kind) and issubclass(kind, keras.layers.Layer)):
        return None
    names: set[str] = set(OF_EVERY_LAYER)
    for parent in kind.__mro__:
        if "__init__" not in vars(parent):
            continue
        parameters = inspect.signature(vars(parent)["__init__"]).parameters.values()
        names.update(parameter.name for parameter in parameters)
        if parent is keras.layers.Layer or all(parameter.kind is not parameter.VAR_KEYWORD for parameter in parameters):
            break
    return frozenset(names)


@functools.cache
def _idle_values(key: str) -> tuple[Any, ...]:
    found = list(OF_KERAS_2.get(key, ()))
    for name in dir(keras.layers):
        kind = getattr(keras.layers, name)
        if inspect.isclass(kind) and issubclass(kind, keras.layers.Layer):
            parameter = inspect.signature(kind).parameters.get(key)
            if parameter is not None and parameter.default is not parameter.empty:
                found.append(parameter.default)
    return tuple(found)

"""What layers return for rows of data, in one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from nbviz.keras_model.compiled.function import compiled_if_possible, to_numpy
from nbviz.keras_model.forward import BATCH_SIZE, Returned, batches_for, forward_pass, kept
from nbviz.keras_model.graph import batch_size_of, calls_of, check_model, has_graph, input_specs
from nbviz.keras_model.outputs.output_names import output_names
from nbviz.keras_model.replay import Path, Replay, as_tensors, run_layer, runs_its_graph
from nbviz.network.arguments import a_list
from nbviz.network.array_like import described
from nbviz.network.samples import InputSpec, Samples, read_samples


def activations(model: keras.Model, x: Samples, layers: str | Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """What layers return for rows of data, in inference mode.

    One compiled forward pass for all the layers asked for, kept for the next call.

    Args:
        model: A built model. Of a subclassed model only the outputs are known: under the keys of the dict that it
            returns, else under the model's name.
        x: Array of shape (rows, *input shape), DataFrame, or a list / dict of these for several inputs.
        layers: Names as in `model.summary()`; None for every layer but the inputs. A layer called twice is
            `name` and `name:1`, the second output of a layer is `name/1`; a layer of a model inside the model is
            `model/layer`, of the second call of that model `model:1/layer`.

    Returns:
        Layer name -> array of shape (rows, *layer output shape).

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: The model is not built, x does not fit, or a layer is unknown.
    """
    check_model(model)
    arrays = read_samples(x, input_specs(model))
    wanted = [layers] if isinstance(layers, str) else layers if layers is None else a_list("layers", layers, "names")
    if not has_graph(model):
        plain = f"{model.name} output"
        tensors: dict[str, Any] = {
            model.name + (f"/{place}" if place else "") if name.startswith(plain) else name: Returned(place)
            for place, name in enumerate(output_names(model))
        }
    else:
        tensors = {
            node.name + (f"/{index}" if index else ""): tensor
            for node in calls_of(model)
            if not isinstance(node.operation, keras.layers.InputLayer)
            for index, tensor in enumerate(node.outputs)
        }
    replay = Replay(model) if runs_its_graph(model) else None
    inside = {"/".join(path): path for path in replay.paths if len(path) > 1} if replay else {}
    unknown = [name for name in wanted or () if name not in tensors and name not in inside]
    if unknown:
        told = unknown if all(isinstance(name, str) for name in unknown) else described(layers)
        raise ValueError(f"Expected layers among {[*tensors, *inside]}. Received {told}.")
    chosen = list(tensors) if wanted is None else list(wanted)
    outer = [name for name in chosen if name in tensors]
    found = dict(zip(outer, forward_pass(model, [tensors[name] for name in outer], arrays), strict=True))
    inner = [name for name in chosen if name not in tensors]
    if inner:
        assert replay is not None
        found |= dict(zip(inner, _values_inside(model, replay, [inside[name] for name in inner], arrays), strict=True))
    return {name: found[name] for name in chosen}


def _values_inside(
    model: keras.Model, replay: Replay, paths: Sequence[Path], inputs: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """What layers of models inside the model return, (rows, ...) each."""
    wanted = [replay.last_inside.get(path, path) for path in paths]
    specs, own_size = input_specs(model), batch_size_of(model) is not None

    def run(*rows: Any) -> list[Any]:
        found: dict[Path, Any] = {}

        def visit(path: Path, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            answer = run_layer(layer, args, kwargs)
            if path in wanted:
                found[path] = keras.tree.flatten(answer)[0]
            return answer

        with keras.StatelessScope():
            replay(as_tensors(rows[: len(specs)]), visit)
        values = [found[path] for path in wanted]
        return [value[: keras.ops.shape(rows[-1])[0]] for value in values] if own_size else values

    if own_size:
        specs.append(InputSpec("rows of its own", (), "int32"))
    key = ("values inside", *wanted, *map(id, model.outputs), *map(id, model.layers))
    function = kept(model, key, lambda: compiled_if_possible(run, specs))
    batches = [list(map(to_numpy, function(*batch))) for batch in batches_for(model, inputs, BATCH_SIZE)]
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]

"""The provenance of a table: what it takes to get them again, as plain values for the `attrs` of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbviz.attribution.classes import heads_of
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.request import Options, Request

_READ = {
    "expected_gradients": ("evaluations",),
    "integrated_gradients": ("steps",),
    "smoothgrad": ("evaluations",),
    "shapley": ("evaluations",),
    "column_shuffle": ("repeats",),
    "permutation": ("repeats",),
}


def described(
    explained: ExplainedOutputs, columns: np.ndarray, options: Options, request: Request | None
) -> dict[str, Any]:
    """Method, outputs, references and seed; without a request (methods that read no data) what the model tells.

    Args:
        explained: All outputs.
        columns: Numbers of their columns that the table is of.
        options: As they were given.
        request: What is asked, None for methods that read no data.
    """
    heads = heads_of(explained.heads, columns)
    kinds = [head.kind for head in heads]
    said: dict[str, Any] = {
        "method": options.method,
        "output": "raw output" if set(kinds) == {"linear"} else explained.output,
        "head": kinds[0] if len(kinds) == 1 else kinds,
        "layer": None if explained.layer is None else "/".join(explained.layer),
    }
    if request is None:
        return said
    if explained.without_credit:
        said["inputs_without_credit"] = explained.without_credit
    said["seed"] = options.seed
    if any(head.positions for head in heads):
        region = explained.region
        over = "positions" if region is None else f"{int(region.sum())} of {region.size} positions"
        said["positions"] = f"mean over {over}"
    if request.method.reads == "one row":
        said["baseline"] = options.baseline if isinstance(options.baseline, str) else "given"
        if said["baseline"] == "mean" and any(site.names for site in explained.sites):
            said["baseline_of_names"] = "most common value"
    if request.method.reads == "set of rows" or said.get("baseline") == "mean":
        said["background_rows"] = request.background_rows
    if request.method.reads == "set of rows":
        said["background_rows_drawn"] = len(request.task.references[0])
    if request.method.slope and request.task.scale is None:
        said["slopes"] = "plain"
    for name in _READ.get(options.method, ()):
        said[name] = getattr(options, name)
    if request.groups and not request.groups.averaged:
        said["groups"] = {
            str(name): [int(member) for member in members]
            for name, members in zip(request.groups.names, request.groups.members, strict=True)
            if len(members) > 1
        }
    return said

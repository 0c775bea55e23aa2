"""How numbers came about: what it takes to get them again, as plain values for the `attrs` of a table."""

from __future__ import annotations

from typing import Any

from nbviz.attribution.methods.method_table import Method
from nbviz.attribution.outputs import Explained
from nbviz.attribution.request import Options, Question

_READ = {
    "expected_gradients": ("evaluations",),
    "integrated_gradients": ("steps",),
    "smoothgrad": ("evaluations",),
    "shapley": ("evaluations",),
    "column_shuffle": ("repeats",),
    "permutation": ("repeats",),
}


def described(explained: Explained, options: Options, method: Method, question: Question | None) -> dict[str, Any]:
    """Method, outputs, references and seed; without a question (methods that read no data) what the model tells."""
    kinds = [head.kind for head in explained.heads]
    said: dict[str, Any] = {
        "method": options.method,
        "output": "raw output" if set(kinds) == {"linear"} else explained.output,
        "head": kinds[0] if len(kinds) == 1 else kinds,
        "layer": None if explained.layer is None else "/".join(explained.layer),
    }
    if question is None:
        return said
    if explained.without_credit:
        said["inputs_without_credit"] = explained.without_credit
    said["seed"] = options.seed
    if any(head.positions for head in explained.heads):
        said["positions"] = "mean over positions"
    if method.reads == "one row":
        said["baseline"] = options.baseline if isinstance(options.baseline, str) else "given"
    if method.reads == "set of rows" or said.get("baseline") == "mean":
        said["background_rows"] = question.background_rows
    if method.reads == "set of rows":
        said["background_rows_drawn"] = len(question.task.references[0])
    for name in _READ.get(options.method, ()):
        said[name] = getattr(options, name)
    if question.groups:
        said["groups"] = {
            str(name): [int(member) for member in members]
            for name, members in zip(question.groups.names, question.groups.members, strict=True)
            if len(members) > 1
        }
    return said

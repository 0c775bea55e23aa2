"""Print the TypeScript twin of what goes to the browser.

python nbviz/frontend/wire_types.py > nbviz/frontend/src/wire.ts
"""

from __future__ import annotations

import types
import typing

from nbviz.picture import frame_wire, history_wire, network_wire, packed_arrays
from nbviz.training.loop import controls, preview
from nbviz.widgets import planes
from nbviz.widgets.feature_maps import feature_map_wire, sliding_wire
from nbviz.widgets.image_evidence import image_evidence_wire
from nbviz.widgets.image_importance import image_importance_wire
from nbviz.widgets.importance_matrix import matrix_wire
from nbviz.widgets.kernel_grid import kernel_wire
from nbviz.widgets.network_diagram import flow_wire
from nbviz.widgets.output_pictures import output_pictures_wire
from nbviz.widgets.predicted_values import predicted_values_wire
from nbviz.widgets.sample_charts import cell_rows_wire, comparison_wire, confusion_wire, waterfall_wire
from nbviz.widgets.sample_picker import picker_wire
from nbviz.widgets.trainer import trainer_wire

MODULES = (
    packed_arrays,
    network_wire,
    frame_wire,
    flow_wire,
    history_wire,
    predicted_values_wire,
    picker_wire,
    waterfall_wire,
    comparison_wire,
    confusion_wire,
    cell_rows_wire,
    matrix_wire,
    controls,
    preview,
    trainer_wire,
    kernel_wire,
    sliding_wire,
    feature_map_wire,
    planes,
    image_importance_wire,
    image_evidence_wire,
    output_pictures_wire,
)
SCALARS = {int: "number", float: "number", str: "string", bool: "boolean", type(None): "null"}


def typescript(hint: object) -> str:
    """The TypeScript spelling of a type hint used on the wire."""
    if hint in SCALARS:
        return SCALARS[hint]
    if typing.is_typeddict(hint):
        return hint.__name__  # type: ignore[attr-defined, no-any-return]
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if origin is list:
        item = typescript(arguments[0])
        return f"({item})[]" if "|" in item else f"{item}[]"
    if origin is dict:
        return f"Record<{typescript(arguments[0])}, {typescript(arguments[1])}>"
    if origin is typing.Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(typescript(argument) for argument in arguments)
    raise TypeError(f"Expected a type hint the wire can carry. Received {hint!r}.")


def generate() -> str:
    """The whole of `wire.ts`."""
    lines = ["// Printed by nbviz/frontend/wire_types.py from the Python modules that explain each field.", ""]
    for home, name, value in ((module, *item) for module in MODULES for item in vars(module).items()):
        if typing.get_origin(value) is typing.Literal and f"export type {name} =" not in "\n".join(lines):
            lines += [f"export type {name} = {typescript(value)};", ""]
        elif typing.is_typeddict(value) and value.__module__ == home.__name__:
            hints = typing.get_type_hints(value)
            lines += [
                f"export interface {name} {{",
                *(f"  {key}: {typescript(hint)};" for key, hint in hints.items()),
                "}",
                "",
            ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(generate(), end="")

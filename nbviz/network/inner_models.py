"""A model inside the model, with its own layers in the place of its one block."""

from __future__ import annotations

import dataclasses

from nbviz.network.architecture import Architecture, Connection, Layer, OpenedBlock


def open_model(architecture: Architecture, name: str, inside: Architecture) -> Architecture:
    """Draw the layers of a model inside the model.

    They have no units: what flows inside a model is not read.

    Args:
        architecture: The network.
        name: The layer that is the inner model.
        inside: The inner model as it is to be drawn.

    Returns:
        The network with a block `name/layer` for each layer inside. Parameters add up to the same; layers passed
        through behind the inner model belong to its last layer. `opened` has the model, and what is opened in it.

    Raises:
        KeyError: There is no such layer.
        ValueError: The inner model has no layer between its input and its output.
    """
    group = architecture[name]
    kept = [layer for layer in inside.layers if layer.kind not in ("input", "output")]
    if not kept:
        raise ValueError(f"Expected a model with layers inside. Received {name!r}, which has none.")
    ends = {layer.name for layer in inside.layers if layer.kind == "output"}
    goes_on = {connection.source for connection in inside.connections if connection.target not in ends}
    exits = [layer.name for layer in kept if layer.name not in goes_on]
    counted = sum(layer.parameters for layer in inside.layers)
    # A model that is called again has its weights counted at the first call.
    again = group.parameters < counted
    inner = [_as_block(layer, name, layer.parameters * (not again)) for layer in kept]
    taken = {member for layer in inner for member in (layer.name, *layer.members)}
    behind = tuple(member for member in group.members if member not in taken)
    first = {f"{name}/{member}" for layer in inside.inputs for member in layer.members}
    inner[0] = dataclasses.replace(
        inner[0],
        members=tuple(member for member in behind if member in first) + inner[0].members,
        parameters=inner[0].parameters + (0 if again else sum(layer.parameters for layer in inside.inputs)),
    )
    inner[-1] = dataclasses.replace(
        inner[-1],
        members=inner[-1].members + tuple(member for member in behind if member not in first),
        parameters=inner[-1].parameters + (group.parameters if again else group.parameters - counted),
        steps=group.steps if group.steps else inner[-1].steps,
    )
    layers = [each for layer in architecture.layers for each in (inner if layer.name == name else [layer])]
    connections: dict[tuple[str, str], Connection] = {}
    for connection in _joined(architecture, inside, name, exits):
        connections.setdefault((connection.source, connection.target), connection)
    deeper = [
        OpenedBlock(f"{name}/{block}", name if around is None else f"{name}/{around}")
        for block, around in inside.opened
    ]
    opened = (*architecture.opened, OpenedBlock(name, group.inside), *deeper)
    return Architecture(architecture.name, tuple(layers), tuple(connections.values()), opened)


def _as_block(layer: Layer, name: str, parameters: int) -> Layer:
    return Layer(
        f"{name}/{layer.name}",
        "block",
        layer.type,
        layer.output_shape,
        1,
        steps=layer.steps,
        activation=layer.activation,
        parameters=parameters,
        notes=layer.notes,
        members=tuple(f"{name}/{member}" for member in layer.members),
        group=layer.group,
        inside=name if layer.inside is None else f"{name}/{layer.inside}",
    )


def _joined(architecture: Architecture, inside: Architecture, name: str, exits: list[str]) -> list[Connection]:
    """All connections: what led to the inner model now leads to those of its layers that take its input in."""
    entering = architecture.into(name)
    inputs = [layer.name for layer in inside.inputs]
    ways = [way for way in inside.connections if inside[way.target].kind != "output"]
    found: list[Connection] = []
    for connection in architecture.connections:
        if connection.target == name:
            # Several inputs are in the order of what enters; one way in for all where they are not as many.
            own = [inputs[entering.index(connection)]] if len(entering) == len(inputs) else inputs
            found += [
                Connection(connection.source, f"{name}/{way.target}", "link", notes=connection.notes + way.notes)
                for way in ways
                if way.source in own
            ]
        elif connection.source == name:
            found += [dataclasses.replace(connection, source=f"{name}/{end}") for end in exits]
        else:
            found.append(connection)
    found += [
        Connection(f"{name}/{way.source}", f"{name}/{way.target}", "link", notes=way.notes)
        for way in ways
        if way.source not in inputs
    ]
    return found

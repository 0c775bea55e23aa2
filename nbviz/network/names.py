"""Names of features and classes, matched to the layers they belong to. They are text, never markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbviz.network.architecture import Architecture, Layer
from nbviz.network.arguments import a_list

Names = Sequence[str] | Mapping[str, Sequence[str]] | None


def name_units(
    architecture: Architecture,
    feature_names: Names,
    class_names: Names,
    columns: Mapping[str, Sequence[str]],
    *,
    lenient: bool = False,
) -> dict[str, list[str]]:
    """Layer -> names of its units, for inputs and outputs that have names.

    Args:
        architecture: The structure.
        feature_names: Names for the input, or a dict by input name.
        class_names: Names for the output, or a dict by output layer name; of channels that come out too.
        columns: Column names of the DataFrames given as data; used where `feature_names` says nothing.
        lenient: Drop names that do not fit instead of raising (the model has changed since they were given).

    Raises:
        ValueError: Wrong number of names, or names for a layer that is none of the inputs or outputs.
    """
    inputs = [layer for layer in architecture.inputs if layer.has_units]
    names = _match("feature_names", feature_names, inputs, lenient)
    for layer in inputs:
        if layer.name not in names and len(columns.get(layer.name, ())) == layer.units:
            names[layer.name] = list(columns[layer.name])
    outputs = [layer for layer in architecture.outputs if layer.has_units]
    maps = coming_out(architecture)
    named = outputs + maps if isinstance(class_names, Mapping) else outputs or maps
    return names | _match("class_names", class_names, named, lenient)


def coming_out(architecture: Architecture) -> list[Layer]:
    """The layers whose feature maps lead to no other layer: what the model returns, as a U-Net does."""
    return [layer for layer in architecture.layers if layer.has_maps and not architecture.out_of(layer.name)]


def named_values(given: Mapping[str, Mapping[int, str]] | None) -> dict[str, dict[int, str]]:
    """Input -> number -> text.

    Args:
        given: As a user hands it in.

    Raises:
        ValueError: Something else.
    """
    if given is not None and not isinstance(given, Mapping):
        raise ValueError(f"Expected value_names as a dict of input -> number -> text. Received {given!r:.80}.")
    found = {}
    for name, texts in (given or {}).items():
        if not isinstance(texts, Mapping) or any(
            isinstance(key, bool) or not hasattr(key, "__index__") for key in texts
        ):
            raise ValueError(f"Expected value_names of {name!r} as a dict of number -> text. Received {texts!r:.80}.")
        found[name] = {int(number): str(text) for number, text in texts.items()}
    return found


def output_name(layer: Layer, unit: int) -> str:
    """What a number of an output layer is called that nobody has named; a single probability is that of class 1."""
    if layer.output == "linear":
        return layer.name if layer.units == 1 else f"output {unit}"
    if layer.output == "sigmoid":
        return "class 1" if layer.units == 1 else f"label {unit}"
    return f"class {unit}"


def _match(argument: str, given: Names, layers: Sequence[Layer], lenient: bool) -> dict[str, list[str]]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        if isinstance(given, str):
            raise ValueError(f"Expected {argument} as a list of names. Received the text {given!r}.")
        if len(layers) != 1:
            if lenient:
                return {}
            raise ValueError(
                f"Expected {argument} as a dict by layer among {[layer.name for layer in layers]}. Received one list."
            )
        given = {layers[0].name: a_list(argument, given, "names")}
    units = {layer.name: layer.units for layer in layers}
    single = {layer.name for layer in layers if layer.kind != "input" and layer.units == 1}
    names = {}
    for layer, words in given.items():
        if isinstance(words, str):
            raise ValueError(f"Expected {argument} of {layer!r} as a list of names. Received the text {words!r}.")
        words = a_list(f"{argument} of {layer!r}", words, "names")
        if layer in single and len(words) == 2:
            words = words[1:]  # a single number speaks for the second of two classes
        if layer in units and len(words) == units[layer]:
            names[layer] = [str(word) for word in words]
        elif not lenient:
            expected = f"{units[layer]} names for {layer!r}" if layer in units else f"layers among {list(units)}"
            raise ValueError(f"Expected {argument} with {expected}. Received {len(words)} names for {layer!r}.")
    return names

"""The sites at a model's inputs: the numbers themselves, the outputs of embeddings, and values that name things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from nbviz.attribution.sites import Site
from nbviz.keras_model.replay import Path
from nbviz.network.samples import InputSpec


class InputSites(NamedTuple):
    """Sites that stand for the inputs, in their order.

    Attributes:
        roots: Those with a gradient.
        every: Those whose values can be exchanged: these, and those of the inputs that have none.
        without_credit: Names of the inputs without.
    """

    roots: list[Site]
    every: list[Site]
    without_credit: list[str]


def input_sites(
    specs: Sequence[InputSpec],
    numeric: Set[int],
    embeddings: Mapping[Path, Set[int]],
    maskings: Mapping[Path, int],
    shapes: Mapping[Path, tuple[tuple[int | None, ...], str]],
) -> InputSites:
    """The sites of all inputs.

    Args:
        specs: The inputs.
        numeric: Those that are numbers to calculate with.
        embeddings: Path of each embedding -> the inputs that enter it.
        maskings: Path of each layer that masks an input of numbers, and so is the first of it -> that input.
        shapes: Path -> shape and dtype of what the layer there returns.
    """
    roots = [
        (index, Site(spec.name, spec.shape, spec.dtype, input=index))
        for index, spec in enumerate(specs)
        if index in numeric
    ]
    for path, entering in embeddings.items():
        if not entering:  # fed by something else than an input, such as positions
            continue
        shape, dtype = shapes[path]
        # An input that enters one embedding and nothing else: the credit is its own.
        own = len(entering) == 1 and not entering & numeric and list(embeddings.values()).count(entering) == 1
        name = specs[min(entering)].name if own else path[-1]
        roots.append((min(entering), Site(name, shape, dtype, path=path, summed=True)))
    # Behind it a row keeps its mask while its numbers move: before it, all steps would count but at the very end.
    roots += [
        (index, Site(specs[index].name, *shapes[path], path=path, masked=index)) for path, index in maskings.items()
    ]
    roots.sort(key=lambda entry: entry[0])
    credited = set(numeric).union(maskings.values(), *embeddings.values())
    names = [
        (index, Site(spec.name, spec.shape, spec.dtype, input=index, names=True))
        for index, spec in enumerate(specs)
        if index not in credited
    ]
    whole = [
        (index, site if site.masked is None else Site(site.name, specs[index].shape, specs[index].dtype, input=index))
        for index, site in roots
    ]
    return InputSites(
        [site for _, site in roots],
        [site for _, site in sorted([*whole, *names], key=lambda entry: entry[0])],
        [site.name for _, site in names],
    )

"""Regions of an output of pictures, of which one may be what is explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nbviz.attribution.edges.explanation import OutputRegion
from nbviz.attribution.images.image_form import ImageForm
from nbviz.attribution.images.regions import Regions, grid_regions
from nbviz.explorer.pictures.explored_images import ExploredImages
from nbviz.keras_model import Model
from nbviz.keras_model.forward import forward_pass
from nbviz.keras_model.graph import has_graph


def regions_of_output(
    model: Model, place: int, images: ExploredImages | None, x: Sequence[np.ndarray]
) -> Regions | None:
    """Those of the input, where both are of one size, else a grid; None where no pictures come out.

    Args:
        model: The model.
        place: Number of the output, which has positions.
        images: The pictures that go in; None for others.
        x: Rows, one array for each input.
    """
    if images is None or images.form.is_sequence or not has_graph(model) or len(model.outputs[place].shape) != 4:
        return None
    tensor = model.outputs[place]
    sizes = tuple(tensor.shape[1:3])
    if None in sizes:
        sizes = forward_pass(model, [tensor], [array[:1] for array in x])[0].shape[1:3]
    return images.regions if images.regions.labels.shape == sizes else grid_regions(ImageForm(*sizes))


def region_of(regions: Regions | None, number: int | None) -> OutputRegion | None:
    """One of the regions; None for none of them."""
    if number is None or regions is None:
        return None
    return OutputRegion(number, regions.names[number], (regions.labels == number).astype(np.float32))


def region_number(regions: Regions | None, given: Any, output: str) -> int:
    """Number of a region, by its number or name.

    Args:
        regions: Those there are; None for none.
        given: What a user calls it.
        output: Name of the output.

    Raises:
        ValueError: There is none of that number or name.
    """
    if regions is None:
        raise ValueError(no_regions(given, output))
    names = list(regions.names)
    if isinstance(given, str) and given in names:
        return names.index(given)
    is_number = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
    if not is_number or not 0 <= given < len(names):
        raise ValueError(
            f"Expected output_region among {names}, or its number from 0 to {len(names) - 1}. Received {given!r}."
        )
    return int(given)


def no_regions(given: Any, output: str) -> str:
    """Why no region of an output can be chosen."""
    return f"Expected output_region with an output of pictures, which {output!r} is not. Received {given!r}."

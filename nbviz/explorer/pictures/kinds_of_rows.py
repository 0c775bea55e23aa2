"""What rows of data are: flat ones, pictures, sequences, or texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from nbviz.attribution.edges.row_explainer import explainable
from nbviz.attribution.images.image_form import find_image_form
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.sites import Head
from nbviz.attribution.tokens.token_ids import reads_tokens
from nbviz.explorer.given.given_data import GivenData
from nbviz.explorer.pictures.explored_images import ExploredImages
from nbviz.explorer.pictures.sequences import ExploredSequences
from nbviz.explorer.pictures.texts import ExploredTexts
from nbviz.keras_model import ModelReader


class KindOfRows(NamedTuple):
    """Both are None where rows are flat, or of several inputs.

    Attributes:
        images: The pictures, or sequences, that they are.
        texts: The texts.
    """

    images: ExploredImages | None = None
    texts: ExploredTexts | None = None


def kind_of_rows(
    reader: ModelReader,
    outputs: Callable[[], ExplainedOutputs],
    arrays: Sequence[np.ndarray],
    given: GivenData,
    *,
    head: Head,
    names: Sequence[str],
) -> KindOfRows:
    """Look what the rows are.

    Args:
        reader: Of the model.
        outputs: The explained outputs of the model as it is.
        arrays: The rows, one array for each input.
        given: What the user says of them.
        head: The output that is explored.
        names: Of the features of the first input, as the user gave them; none if not.

    Raises:
        ImportError: Superpixels without scikit-image.
        ValueError: Something that the user says of them does not fit; or ids that the model does not know.
    """
    if head.positions and given.token_names is not None:
        raise ValueError("Expected token_names with one answer for each row. Received one for every position.")
    of_tokens = reads_tokens(outputs())
    if head.positions and of_tokens:
        raise ValueError(
            f"Expected an output with one answer for each row of tokens. Received {head.name!r}, which answers at "
            "every token; nbviz.NetworkDiagram draws it."
        )
    if of_tokens:
        for name, value in (("image_shape", given.image_shape), ("regions", given.regions)):
            if value is not None:
                raise ValueError(f"Expected {name} with pictures or sequences of numbers. Received rows of tokens.")
        return KindOfRows(texts=ExploredTexts(outputs, arrays[0], given.token_names))
    if given.token_names is not None:
        raise ValueError(
            "Expected token_names with a model of one input, of tokens that enter one Embedding. Received another."
        )
    names = names if arrays[0].ndim == 3 else ()
    by_steps = reader.architecture.inputs[0].sequence or len(names) > 0
    form = find_image_form(reader.specs, arrays, given.image_shape, by_steps=by_steps)
    if form is None:
        if given.regions is not None:
            raise ValueError(
                "Expected regions= with pictures or sequences. Received rows that are none; image_shape=(rows, "
                "columns) says that flat rows are pictures."
            )
        return KindOfRows()
    heads = outputs().heads
    if form.is_sequence and all(heads[place].positions for place in explainable(reader).values()):
        return KindOfRows()  # sequences alone come out too, which have their own place
    if form.is_sequence:
        return KindOfRows(ExploredSequences(form, arrays[0], given.regions, head.classes, names))
    return KindOfRows(ExploredImages(form, arrays[0], given.regions, head.classes))

"""Labels that are text, as numbers that a loss takes: numbered as everywhere, see `nbviz.attribution.answers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Number
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from nbviz.attribution.answers.answers import Answers
from nbviz.attribution.answers.label_numbers import categories_of
from nbviz.attribution.answers.labels import is_by_output
from nbviz.attribution.answers.numbering import is_trained
from nbviz.attribution.classes import names_of_classes
from nbviz.attribution.outputs import explained_outputs
from nbviz.attribution.sites import Head
from nbviz.keras_model.graph import input_specs
from nbviz.network.arguments import errors_of
from nbviz.network.names import Names
from nbviz.network.paths import by_path, exchanged
from nbviz.network.samples import read_samples
from nbviz.network.streams import is_stream
from nbviz.training.loop.data import as_fit_takes
from nbviz.training.loop.fit_check import has_loss_of_its_own

if TYPE_CHECKING:
    from nbviz.keras_model import Model
    from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram

_MOST_ROWS = 1000  # of which is asked whether the model agrees


class NumberedLabels(NamedTuple):
    """Labels as numbers.

    Attributes:
        forms: What a loss could want, the likeliest first: the answers, and the validation data with theirs.
        doubt: A sentence where another numbering agrees far better with the model; else None.
    """

    forms: list[tuple[Any, Any]]
    doubt: str | None


def holds_text(y: Any) -> bool:
    """Whether any of the answers are text, as they are or by output."""
    if y is None or isinstance(y, Number):
        return False
    if isinstance(y, (str, bytes)):
        return True
    if isinstance(y, Mapping):
        return any(map(holds_text, y.values()))
    if isinstance(y, pd.DataFrame):
        return any(holds_text(y.iloc[:, column]) for column in range(y.shape[1]))
    if isinstance(y, (list, tuple, set, frozenset)):
        return any(map(holds_text, y))
    categories = categories_of(y)
    array = np.asarray(y if categories is None else categories)
    return array.dtype.kind in "US" or (array.dtype == object and array.ndim > 0 and any(map(holds_text, array.flat)))


def numbered_labels(
    model: Model, x: Any, y: Any, validation_data: Any, class_names: Names, diagram: NetworkDiagram | None
) -> NumberedLabels:
    """Number labels.

    Args:
        model: A built model.
        x: The rows, as it takes them.
        y: Their answers; of several outputs a list of them, or a dict by output.
        validation_data: As `Trainer` takes it; what is no data at all is left to others to refuse.
        class_names: Names of the classes, in the model's order; None for those of the diagram.
        diagram: Of the same model; None without.

    Raises:
        TypeError: What the outputs mean is not known.
        ValueError: Rows or answers do not fit the model, or those of the validation data are others.
    """
    try:
        heads = explained_outputs(model).heads
    except ValueError as error:
        raise TypeError(
            f"Expected y as numbers: what the outputs of {model.name!r} mean, and so which number a label has, is not "
            f"known ({error}). Received labels; number them first, as np.unique(y, return_inverse=True)[1] does in "
            "sorted order."
        ) from error
    if len(heads) > 1 and not is_by_output(y, heads):
        raise ValueError(
            f"Expected y as a list of answers for the outputs {[head.name for head in heads]}, or a dict by output. "
            f"Received {type(y).__name__}."
        )
    rows = read_samples(x, input_specs(model))
    names = _names_of(diagram, heads) if class_names is None else names_of_classes(heads, class_names)
    given = by_path(y, [head.name for head in heads]) if isinstance(y, Mapping) else None
    answers = {
        place: Answers(y, len(rows[0]), heads, place, {head.name: names[head.name]} if head.name in names else None)
        for place, head in enumerate(heads)
        if given is None or head.name in given
    }
    if is_stream(validation_data):
        validation_data = as_fit_takes(model, validation_data)
    own = has_loss_of_its_own(model)
    forms = [(form, validation_data) for form in _forms(answers, heads, y, None, own)]
    if isinstance(validation_data, (tuple, list)) and len(validation_data) in (2, 3):
        x_held, y_held, *weights = validation_data
        with errors_of("The validation_data"):
            held = _forms(answers, heads, y_held, len(read_samples(x_held, input_specs(model))[0]), own)
        forms = [(form, (x_held, other, *weights)) for (form, _), other in zip(forms, held, strict=False)]
    return NumberedLabels(forms, _doubt(model, answers, heads, rows))


def _forms(answers: Mapping[int, Answers], heads: Sequence[Head], y: Any, count: int | None, own: bool) -> list[Any]:
    """Forms of answers that a loss could want.

    Args:
        answers: Those that are trained on, by the number of the output.
        heads: All outputs.
        y: The answers, in the form they came in.
        count: Of how many other rows these are; None of those that are trained on.
        own: Whether the loss may want labels that are no class indices.
    """
    if len(heads) > 1:
        return [_by_output(answers, heads, y, count)]
    [only] = answers.values()
    values = only.values if count is None else only.read_like_y(y, count)
    return [y] if values is None else only.forms(y, values, as_given=own)


def _by_output(answers: Mapping[int, Answers], heads: Sequence[Head], y: Any, count: int | None) -> Any:
    """The answers of several outputs in the form they came in, text numbered: as in the y that is trained on."""
    names = [head.name for head in heads]
    given = by_path(y, names) if isinstance(y, Mapping) else dict(zip(names, y, strict=True))
    numbered = {
        name: answers[place].values if count is None else answers[place].read_like_y(y, count)
        for place, name in enumerate(names)
        if name in given and holds_text(given[name])
    }
    return exchanged(y, numbered) if isinstance(y, Mapping) else list((given | numbered).values())


def _names_of(diagram: NetworkDiagram | None, heads: Sequence[Head]) -> dict[str, list[str]]:
    """Output -> names of its classes that a diagram was given."""
    if diagram is None:
        return {}
    told, reader = diagram.frames.drawing.names, diagram.reader
    places = {layer.name: reader.head_of(layer.name) for layer in reader.architecture.outputs}
    return {heads[place].name: list(told[name]) for name, place in places.items() if place is not None and name in told}


def _doubt(model: Model, answers: Mapping[int, Answers], heads: Sequence[Head], x: Sequence[np.ndarray]) -> str | None:
    if not is_trained(model):
        return None
    rows = np.unique(np.linspace(0, len(x[0]) - 1, min(len(x[0]), _MOST_ROWS)).astype(int))
    said = explained_outputs(model, "probability").answers([array[rows] for array in x])
    ends = np.cumsum([head.classes for head in heads])
    for place, each in answers.items():
        predictions = said[:, ends[place] - heads[place].classes : ends[place]]
        if each.is_binary:
            predictions = np.concatenate([1 - predictions, predictions], axis=1)
        doubt = None if each.is_spread else each.doubt(rows, predictions)
        if doubt is not None:
            return doubt
    return None

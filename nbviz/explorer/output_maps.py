"""What a model answers at every position: pictures out of pictures, beside what they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbviz.attribution.answers.label_numbers import plain_array
from nbviz.keras_model.forward import forward_pass
from nbviz.keras_model.graph import has_graph
from nbviz.keras_model.outputs.output_meanings import output_meanings
from nbviz.network.array_like import refuse_gaps
from nbviz.widgets.output_pictures.output_pictures_wire import OutputPicture

if TYPE_CHECKING:
    from nbviz.explorer.explored_data import ExploredData

AT_ONCE = 32  # rows


class OutputMaps:
    """The output that is explored at every position, row by row, and how far it is from what is true.

    What is true is y, or, where y was not given and the output is of the input's shape, the input itself.

    Attributes:
        errors: Mean squared error of each row over positions and channels, (rows,); None where nothing is true.
        against: What the output is compared with: `"y"`, `"the input"`; None for nothing.
    """

    def __init__(self, data: ExploredData) -> None:
        """Ask the model about every row.

        Args:
            data: What is explored, an output with positions.

        Raises:
            ValueError: y is not of the output's shape, or has gaps.
        """
        self._data = data
        heads = data.head_names
        self._place = heads.index(data.explainer.output.name)
        self._logits = output_meanings(data.model, data.reader.output_kind)[self._place].logits
        shape = _plane(data.x[0][:1]).shape[1:]
        own = self._answers(slice(0, 1)).shape[1:]
        self._target = self._of_y(own)
        self.against = None if self._target is None else "y"
        if self._target is None and shape == own and data.answers.given is None:
            self._target, self.against = _plane(data.x[0]).astype(float), "the input"
        self.read_again()

    @staticmethod
    def are_possible(data: ExploredData) -> bool:
        """Whether the output is one plane a channel, or one line a channel."""
        if not data.answers.is_spread or not has_graph(data.model):
            return False
        rank = len(data.model.outputs[data.head_names.index(data.explainer.output.name)].shape)
        return rank in (3, 4) and data.x[0].ndim in (3, 4)

    def read_again(self) -> None:
        """Ask the live model again."""
        errors, worst = [], 0.0
        for start in range(0, len(self._data.rows), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            if self._target is not None:
                error = (self._answers(some) - self._target[some]) ** 2
                errors.append(error.mean(axis=(1, 2, 3)))
                worst = max(worst, float(np.nanmax(error.mean(axis=-1), initial=0.0)))
        self.errors = np.concatenate(errors) if errors else None
        self._worst = worst

    def at(self, sample: int) -> OutputPicture:
        """One row: what goes in, what comes out, what is true, and where they differ."""
        some = slice(sample, sample + 1)
        output = self._answers(some)[0]
        target = None if self._target is None else self._target[sample]
        plane = _plane(self._data.x[0])
        return OutputPicture(
            name=self._data.name_of(sample),
            given=plane[sample].astype(float),
            given_range=(float(plane.min()), float(plane.max())),
            output=output,
            target=target,
            channel_names=self._data.answers.class_names if output.shape[-1] > 1 else ["output"],
            are_shares=self._data.explainer.output.kind != "linear",
            worst=self._worst,
            against=self.against,
            is_sequence=self._data.x[0].ndim == 3,
        )

    def _answers(self, some: slice) -> np.ndarray:
        data = self._data
        tensor = data.model.outputs[self._place]
        values = forward_pass(data.model, [tensor], [array[some] for array in data.x])[0].astype(float)
        kind = data.explainer.output.kind
        if self._logits and kind == "softmax":
            values = np.exp(values - values.max(axis=-1, keepdims=True))
            values /= values.sum(axis=-1, keepdims=True)
        elif self._logits and kind == "sigmoid":
            values = 1 / (1 + np.exp(-values))
        return _plane(values)

    def _of_y(self, shape: tuple[int, ...]) -> np.ndarray | None:
        data = self._data
        y = data.answers.own_given
        if y is None:
            return None
        array = plain_array(y)
        raw = data.model.outputs[self._place].shape[1:]
        channels = data.explainer.output.classes
        if len(array) == data.given_rows and array.dtype.kind in "biuf":
            refuse_gaps("y", array)
            array = array[data.rows]
            ids = array[..., 0] if array.ndim == len(raw) + 1 and array.shape[-1] == 1 else array
            if channels > 1 and ids.ndim == len(raw) and np.isin(ids, np.arange(channels)).all():
                array = np.eye(channels)[ids.astype(int)]
            elif channels == 1 and array.ndim == len(raw):
                array = array[..., np.newaxis]
            if array.ndim == len(raw) + 1 and _plane(array[:1]).shape[1:] == shape:
                return _plane(array).astype(float)
        raise ValueError(
            f"Expected y of shape {('n', *raw)} for the output {data.explainer.output.name!r}, or class indices of "
            f"shape {('n', *raw[:-1])}. Received shape {np.shape(y)}."
        )


def _plane(values: np.ndarray) -> np.ndarray:
    """(rows, height, width, channels); of a sequence its features down and its steps across."""
    return np.swapaxes(values, 1, 2)[..., np.newaxis] if values.ndim == 3 else values

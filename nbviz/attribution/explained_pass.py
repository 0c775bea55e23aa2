"""One pass of a live model, with what is inside recorded or exchanged: from its inputs to the explained columns."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from nbviz.attribution.output_columns import has_positions_of, head_columns, is_head, probabilities_of
from nbviz.attribution.sites import Head, Output, Run, Site
from nbviz.keras_model.forward import returned_tensors
from nbviz.keras_model.graph import arranged
from nbviz.keras_model.outputs.output_meanings import Meaning, logits_of
from nbviz.keras_model.outputs.output_names import output_names
from nbviz.keras_model.outputs.traced_logits import same_when_eager
from nbviz.keras_model.replay import Path, Replay, run_layer, runs_its_graph


class ExplainedPass:
    """Runs a model to the outputs that are explained, on whatever stands at its sites.

    Attributes:
        output: What is explained of each output.
        replay: The model's graph, None where its layers are code.
        heads: The outputs, known once it has run. Their classes stand side by side as the *columns* of all answers.
        same_when_eager: Whether it gives the same when it is not traced, known once it was.
        region: (*positions,), 1 for those of an output over which its mean is taken, else 0; None for all.
    """

    def __init__(
        self,
        model: keras.Model,
        output: Output,
        layer: str | None,
        meanings: Sequence[Meaning],
        region: np.ndarray | None = None,
    ) -> None:
        """Nothing is run yet.

        Args:
            model: The model; it is not kept alive.
            output: What is explained of each output, see `explained_outputs`.
            layer: Name of a layer that gets the credit, None for the inputs.
            meanings: What the numbers of each output mean.
            region: Of an output; see the class.

        Raises:
            ValueError: No such layer.
        """
        self.output, self.region = output, region
        self._positions: list[tuple[int | None, ...]] = []  # shapes of the outputs, known once it has run
        self.replay = Replay(model) if runs_its_graph(model) else None
        self.heads: list[Head] = []
        self.same_when_eager = True
        # What is compiled of it hangs on the model, which must not live by that.
        self._model = weakref.ref(model)
        self._meanings = meanings
        self._names = output_names(model)
        self._layer = None if layer is None else self._find(layer)
        self._head_of_layer: int | None = None  # number of the output that the layer asked for makes

    @property
    def columns(self) -> int:
        """Number of classes of all heads."""
        return sum(head.classes for head in self.heads)

    @property
    def model(self) -> keras.Model:
        """The model, which whoever asks keeps alive."""
        model = self._model()
        assert model is not None
        return model

    @property
    def layer(self) -> Path | None:
        """Path of the layer asked for."""
        return self._layer

    def forward(
        self,
        inputs: list[Any],
        replaced: Mapping[Site, Any] | None = None,
        record: dict[Path, Any] | None = None,
        run: Run | None = None,
        answers: list[Any] | None = None,
        tape: Any = None,
    ) -> Any:
        """Columns of the explained outputs, (rows, columns); to be called inside `compiled`.

        Args:
            inputs: One tensor per input.
            replaced: Site -> tensor that stands there instead.
            record: Its keys are the paths whose values are wanted; they are written into it.
            run: Runs a layer, with (path, layer, args, kwargs, whether the layer makes an output), in another way.
            answers: What the model itself answers is written into it.
            tape: A `tf.GradientTape` that watches what is recorded, and so nothing that comes before it.
        """
        replaced, record = dict(replaced or {}), {} if record is None else record
        at_logits = None
        instead: dict[Path, Any] = {}
        for site, tensor in replaced.items():
            if site.input is not None:
                inputs[site.input] = tensor
            elif site.path == self._layer and self._head_of_layer is not None:
                at_logits = tensor
            else:
                instead[site.path] = tensor

        heads = self.replay.heads if self.replay else ()

        def visit(path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if run is None:
                answer = run_layer(operation, args, kwargs)
            else:
                answer = run(path, operation, args, kwargs, path in heads)
            if path in instead or path in record:
                first = keras.tree.flatten(answer)[0]
                if path in instead:
                    answer = _exchange_first(answer, _with_mask_of(first, instead[path]))
                    first = instead[path]
                if path in record:
                    record[path] = first
                    if tape is not None:
                        tape.watch(first)
            return answer

        own = self._run(inputs, visit)
        if answers is not None:
            answers += own
        return self._columns(own, record, at_logits, tape)

    def recorded(self, inputs: list[Any], paths: Sequence[Path]) -> list[Any]:
        """What is at paths of layers; what comes after the last of them is not run. To be called inside `compiled`.

        Args:
            inputs: One tensor per input.
            paths: Of layers that answer for themselves.
        """
        record: dict[Path, Any] = dict.fromkeys(paths)
        if self.replay is None or (self._head_of_layer is not None and self._layer in record):
            self.forward(inputs, record=record)  # the logits of a head are known at the end alone
            return [record[path] for path in paths]
        missing = set(paths)

        def visit(path: Path, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            answer = run_layer(operation, args, kwargs)
            if path in missing:
                record[path] = keras.tree.flatten(answer)[0]
                missing.discard(path)
                if not missing:
                    raise _AllSeen
            return answer

        with contextlib.suppress(_AllSeen):
            self.replay(inputs, visit)
        return [record[path] for path in paths]

    def _run(self, inputs: list[Any], visit: Any) -> list[Any]:
        if self.replay is not None:
            return self.replay(inputs, visit)
        return returned_tensors(self.model(arranged(self.model, inputs), training=False))

    def _columns(self, answers: Sequence[Any], record: dict[Path, Any], at_logits: Any, tape: Any) -> Any:
        import tensorflow as tf

        if not tf.executing_eagerly():
            self.same_when_eager = all(map(same_when_eager, answers))
        columns, heads, self._positions = [], [], []
        for index, (name, answer) in enumerate(zip(self._names, answers, strict=True)):
            meaning = self._meanings[index]
            logits, source, worked_out = logits_of(answer, meaning)
            for path in record:
                if is_head(record[path], answer, logits, source):
                    record[path] = logits
                    if tape is not None:
                        tape.watch(logits)
                    if path == self._layer:
                        self._head_of_layer = index
            composed = meaning.kind != "linear" and not meaning.logits and source is None
            own = answer if composed else None
            if index == self._head_of_layer:
                logits = logits if at_logits is None else at_logits
                # The credit goes to the logits, on which the answer itself does not depend.
                own = probabilities_of(logits, meaning.kind) if worked_out else None
            self._positions.append(tuple(logits.shape))
            head, values = head_columns(name, logits, meaning.kind, self.output, own, self.region)
            columns.append(values)
            heads.append(replace(head, composed=composed))
        self.heads = heads
        return tf.concat([tf.cast(values, columns[0].dtype) for values in columns], axis=-1)

    def _check_region(self) -> None:
        """Raise ValueError where no output has the positions of the region; it has run."""
        region = self.region
        if region is not None and not any(has_positions_of(shape, region) for shape in self._positions):
            known = [shape[1:-1] for shape in self._positions if len(shape) > 2]
            raise ValueError(
                f"Expected output_region of the positions of an output, {' or '.join(map(str, known)) or 'none here'}. "
                f"Received shape {region.shape}."
            )

    def _find(self, layer: str) -> Path:
        if self.replay is None:
            raise ValueError(
                f"Expected layer=None: the layers of a subclassed model are code, not to be read. Received {layer!r}."
            )
        names = {"/".join(path): path for path in self.replay.paths}
        if not isinstance(layer, str) or layer not in names:
            raise ValueError(f"Expected layer among {list(names)}. Received {layer!r}.")
        return self.resolve(names[layer])

    def resolve(self, path: Path) -> Path:
        """Path of the layer that computes what a layer returns: another one for a model inside the model."""
        assert self.replay is not None
        return self.replay.last_inside.get(path, path)


class _AllSeen(Exception):
    """What is wanted of a pass is there."""


def _exchange_first(answer: Any, tensor: Any) -> Any:
    """An answer of a layer with its first tensor exchanged."""
    return keras.tree.pack_sequence_as(answer, [tensor, *keras.tree.flatten(answer)[1:]])


def _with_mask_of(old: Any, new: Any) -> Any:
    mask = getattr(old, "_keras_mask", None)
    if mask is not None:
        new._keras_mask = mask
    return new

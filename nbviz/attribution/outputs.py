"""What is explained: the outputs of a live model, as compiled functions of the places that get the credit.

A *site* is such a place: a numeric input, the output of an embedding (tokens have no gradient of their own), or
the output of a layer that was asked for. Everything runs in inference mode inside a `keras.StatelessScope`, on
the live weights; nothing is added to the user's layers.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import keras
import numpy as np

from nbviz.attribution.embedding_inputs import embedding_inputs, whole_numbers
from nbviz.attribution.input_sites import input_sites
from nbviz.attribution.output_columns import head_columns, is_head
from nbviz.attribution.sites import Head, Output, Run, Site, as_spec
from nbviz.keras_model.compiled.function import compiled_if_possible, is_compiled, to_numpy
from nbviz.keras_model.compiled.judge import ROWS, judge, own_answers
from nbviz.keras_model.forward import blamed_layer, kept, returned_tensors
from nbviz.keras_model.graph import arranged, check_model, has_graph, input_specs, numbers_per_row
from nbviz.keras_model.outputs.output_meanings import Meaning, logits_of, output_meanings
from nbviz.keras_model.outputs.output_names import output_names
from nbviz.keras_model.replay import Path, Replay, run_layer, runs_its_graph
from nbviz.network.architecture import SaidKinds
from nbviz.network.arguments import one_of
from nbviz.network.samples import InputSpec


@dataclass(slots=True)
class _Seen:
    """What only a run of the model tells.

    Attributes:
        heads: The outputs.
        shapes: Path -> shape and dtype of what the layer there returns.
        head_of_layer: Number of the output that the layer asked for makes, None for none.
        sloped: Inputs of whole numbers with a gradient when they are taken as floating numbers.
    """

    heads: list[Head] = field(default_factory=list)
    shapes: dict[Path, tuple[tuple[int | None, ...], str]] = field(default_factory=dict)
    head_of_layer: int | None = None
    sloped: set[int] = field(default_factory=set)


def explained_outputs(
    model: keras.Model,
    output: Output = "logit",
    layer: str | None = None,
    exchanged: Sequence[tuple[Any, np.ndarray]] = (),
    *,
    every_input: bool = False,
    output_kind: SaidKinds = None,
) -> ExplainedOutputs:
    """The model's outputs, ready to be explained: compiled once for each (model, output, layer).

    Args:
        model: A built `keras.Model`.
        output: `"logit"`: what comes before softmax, centred over classes, or before a sigmoid; `"raw_logit"`:
            not centred; `"probability"`. An output that is neither is taken as it is.
        layer: Where the credit goes instead of the inputs: a layer's name as in `model.summary()`, of a layer in a
            model inside the model `"model/layer"`. That of the head means its logits.
        exchanged: (variable, values) that count instead of the model's own, which stay as they are. Not kept.
        every_input: Whether text and ids without a gradient are sites too, for methods that only exchange values.
        output_kind: What the outputs are, where the model does not say.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: The model is not built, has no such layer, or has no way for a gradient; unknown output.
        RuntimeError: Keras runs on another backend than TensorFlow.
    """
    check_model(model)
    one_of("output", output, get_args(Output))
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f'Expected Keras on TensorFlow. Received the backend "{keras.backend.backend()}"; '
            'set KERAS_BACKEND="tensorflow" before keras is imported.'
        )
    meanings = output_meanings(model, output_kind)
    if exchanged:
        return ExplainedOutputs(model, output, layer, meanings, exchanged).with_sites(every_input)
    answers = model.outputs if has_graph(model) else []
    key = ("explained", output, str(layer), *meanings, *map(id, answers), *map(id, model.layers))
    explained: ExplainedOutputs = kept(model, key, lambda: ExplainedOutputs(model, output, layer, meanings))
    return explained.with_sites(every_input)


class ExplainedOutputs:
    """Outputs of one model as functions of its sites.

    Attributes:
        numbers_per_row: Numbers that all layers together work out for one row.
        specs: What the model's inputs take; whole numbers to calculate with as floating numbers, which have a slope.
        roots: The sites at the inputs, where paths of integration run.
        sites: The sites that get the credit: the roots, or the one layer asked for.
        without_credit: Names of the inputs that no root stands for.
        layer_shapes: Shapes of what the layers return, once they have been asked for.
        heads: The outputs. Their classes stand side by side as the *columns* of all answers.
    """

    def __init__(
        self,
        model: keras.Model,
        output: Output,
        layer: str | None,
        meanings: Sequence[Meaning],
        exchanged: Sequence[tuple[Any, np.ndarray]] = (),
    ) -> None:
        """Find sites and heads: see `explained_outputs`.

        Args:
            model: The model.
            output: As there.
            layer: As there.
            meanings: What the numbers of each output mean.
            exchanged: (variable, values) that count instead of the model's own.
        """
        self._exchanged = list(exchanged)
        self.layer_shapes: dict[Path, tuple[int | None, ...]] = {}
        self.specs = input_specs(model)
        self.numbers_per_row = numbers_per_row(model)
        self.output = output
        self.replay = Replay(model) if runs_its_graph(model) else None
        # The cache hangs on the model: it must not keep it alive.
        self._model = weakref.ref(model)
        self._meanings = meanings
        self._names = output_names(model)
        self._functions: dict[Any, Callable[..., Any]] = {}
        self._settled = bool(exchanged)  # a model with other weights has no answer of its own to compare with
        self._layer = None if layer is None else self._find(layer)
        self._seen = _Seen()
        reached = embedding_inputs(self.replay, len(self.specs)) if self.replay is not None else None
        embeddings = reached.embeddings if reached else {}
        numeric = self._look(whole_numbers([spec.dtype for spec in self.specs], reached), embeddings)
        if reached:
            numeric &= reached.outputs
        self.heads = self._seen.heads
        found = input_sites(self.specs, numeric, embeddings, self._seen.shapes)
        self.roots = self.sites = found.roots
        self._every_site, self.without_credit = found.every, found.without_credit
        if self._layer:
            shape, dtype = self._seen.shapes[self._layer]
            self.sites = [Site(layer or "", shape, dtype, path=self._layer)]

    def with_sites(self, every_input: bool) -> ExplainedOutputs:
        """The same, with all inputs as sites, those without a gradient too, or without these.

        Raises:
            ValueError: None is left.
        """
        if every_input and self.without_credit and self._layer is None:
            other = copy.copy(self)
            other.sites, other.without_credit = self._every_site, []
            return other
        if not self.roots and not every_input:
            names = [spec.name for spec in self.specs]
            raise ValueError(
                f"Expected a numeric input, or one that enters an Embedding. Received only {names}, text or ids, which "
                'have no gradient; method="ablation", "column_shuffle", "permutation" or "shapley" takes them.'
            )
        return self

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

    def answers(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """(rows, columns): the explained outputs."""

        def run(*rows: Any) -> Any:
            return self.forward(list(rows))

        return np.asarray(self.compiled("answers", run, self.specs)(*inputs))

    def judge(self, inputs: Sequence[np.ndarray]) -> None:
        """Compare what was compiled with the model's own answer to two rows, once.

        Raises:
            ValueError: They differ; the message names the layer where that begins.
        """
        model = self._model()
        if self._settled or model is None:
            return
        look = self._functions["look"]

        def compiled(rows: Sequence[np.ndarray]) -> list[np.ndarray]:
            return [to_numpy(answer) for answer in look(*rows)]

        rows = [array[:ROWS] for array in inputs]
        own, blamed = functools.partial(own_answers, model), functools.partial(blamed_layer, model)
        self._settled = judge(model, rows, compiled, own, blamed)

    def values(self, inputs: Sequence[np.ndarray], sites: Sequence[Site]) -> list[np.ndarray]:
        """What is at sites: one array (rows, *site shape) each."""
        paths = [site.path for site in sites if site.input is None]

        def run(*rows: Any) -> Any:
            record: dict[Path, Any] = dict.fromkeys(paths)
            self.forward(list(rows), record=record)
            return [record[path] for path in paths]

        inside = iter(self.compiled(("values", *paths), run, self.specs)(*inputs) if paths else ())
        return [
            np.asarray(next(inside)) if site.input is None else _cast(inputs[site.input], self.specs[site.input])
            for site in sites
        ]

    def answers_with(
        self, inputs: Sequence[np.ndarray], sites: Sequence[Site], values: Sequence[np.ndarray]
    ) -> np.ndarray:
        """(rows, columns): the outputs when these values stand at the sites."""

        def run(*arrays: Any) -> Any:
            rows, given = arrays[: len(self.specs)], arrays[len(self.specs) :]
            return self.forward(list(rows), dict(zip(sites, given, strict=True)))

        key = ("answers with", *((site.input, site.path) for site in sites))
        function = self.compiled(key, run, [*self.specs, *map(as_spec, sites)])
        return np.asarray(function(*inputs, *values))

    def compiled(self, key: Any, run: Callable[..., Any], specs: Sequence[InputSpec]) -> Callable[..., Any]:
        """A function of batches, compiled on first use and kept; it runs without a trace on the model."""
        if key not in self._functions:

            def stateless(*arrays: Any) -> Any:
                with keras.StatelessScope(state_mapping=self._exchanged):
                    return run(*map(_as_tensor, arrays))

            self._functions[key] = compiled_if_possible(stateless, specs)
        return self._functions[key]

    def forward(
        self,
        inputs: list[Any],
        replaced: Mapping[Site, Any] | None = None,
        record: dict[Path, Any] | None = None,
        run: Run | None = None,
        answers: list[Any] | None = None,
    ) -> Any:
        """Columns of the explained outputs, (rows, columns); to be called inside `compiled`.

        Args:
            inputs: One tensor per input.
            replaced: Site -> tensor that stands there instead.
            record: Its keys are the paths whose values are wanted; they are written into it.
            run: Runs a layer, with (path, layer, args, kwargs, whether the layer makes an output), in another way.
            answers: What the model itself answers is written into it.
        """
        replaced, record = dict(replaced or {}), {} if record is None else record
        at_logits = None
        instead: dict[Path, Any] = {}
        for site, tensor in replaced.items():
            if site.input is not None:
                inputs[site.input] = tensor
            elif site.path == self._layer and self._seen.head_of_layer is not None:
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
            return answer

        own = self._run(inputs, visit)
        if answers is not None:
            answers += own
        return self._columns(own, record, at_logits)

    def _run(self, inputs: list[Any], visit: Any) -> list[Any]:
        if self.replay is not None:
            return self.replay(inputs, visit)
        return returned_tensors(self.model(arranged(self.model, inputs), training=False))

    def _columns(self, answers: Sequence[Any], record: dict[Path, Any], at_logits: Any) -> Any:
        import tensorflow as tf

        columns, heads = [], []
        for index, (name, answer) in enumerate(zip(self._names, answers, strict=True)):
            meaning = self._meanings[index]
            logits, source = logits_of(answer, meaning)
            for path in record:
                if is_head(record[path], answer, logits, source):
                    record[path] = logits
                    if path == self._layer:
                        self._seen.head_of_layer = index
            if at_logits is not None and index == self._seen.head_of_layer:
                logits = at_logits
            head, values = head_columns(name, logits, meaning.kind, self.output)
            columns.append(values)
            composed = meaning.kind != "linear" and not meaning.logits and source is None
            heads.append(replace(head, composed=composed))
        self._seen.heads = heads
        return tf.concat([tf.cast(values, columns[0].dtype) for values in columns], axis=-1)

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

    def _look(self, whole: set[int], embeddings: Iterable[Path]) -> set[int]:
        """See what the layers return; the inputs that are numbers, those of whole numbers among them."""
        floats = {index for index, spec in enumerate(self.specs) if spec.dtype.startswith(("float", "bfloat"))}
        paths = [*embeddings, *([self._layer] if self._layer else [])]
        declared = self.specs
        if whole:
            self.specs = [
                replace(spec, dtype=keras.config.floatx(), whole=spec.dtype) if index in whole else spec
                for index, spec in enumerate(declared)
            ]
            with contextlib.suppress(Exception):  # a layer that takes whole numbers only
                self._look_once(paths, whole)
            numbers = self._seen.sloped
            if numbers == whole:
                return floats | whole
            self.specs = [self.specs[index] if index in numbers else spec for index, spec in enumerate(declared)]
            self._functions.pop("look", None)
        self._look_once(paths, set())
        return floats | self._seen.sloped

    def _look_once(self, paths: Sequence[Path], whole: set[int]) -> None:
        import tensorflow as tf

        def run(*rows: Any) -> Any:
            record: dict[Path, Any] = dict.fromkeys(paths)
            watched = [rows[index] for index in sorted(whole)]
            own: list[Any] = []
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(watched)
                answers = self.forward(list(rows), record=record, answers=own)
            for path, tensor in record.items():
                self._seen.shapes[path] = tuple(tensor.shape[1:]), keras.backend.standardize_dtype(tensor.dtype)
            slopes = tape.gradient(answers, watched) if watched else []
            self._seen.sloped |= {
                index for index, slope in zip(sorted(whole), slopes, strict=True) if slope is not None
            }
            return own

        function = self.compiled("look", run, self.specs)
        if not is_compiled(function):  # so it has not run yet
            function(*(np.zeros((1, *(size or 1 for size in spec.shape)), spec.dtype) for spec in self.specs))


def _cast(array: Any, spec: InputSpec) -> Any:
    return array.astype(spec.dtype, copy=False) if spec.whole else array


def _exchange_first(answer: Any, tensor: Any) -> Any:
    """An answer of a layer with its first tensor exchanged."""
    return keras.tree.pack_sequence_as(answer, [tensor, *keras.tree.flatten(answer)[1:]])


def _with_mask_of(old: Any, new: Any) -> Any:
    mask = getattr(old, "_keras_mask", None)
    if mask is not None:
        new._keras_mask = mask
    return new


def _as_tensor(array: Any) -> Any:
    import tensorflow as tf

    return tf.convert_to_tensor(array)

"""What is explained: the outputs of a live model, as compiled functions of the places that get the credit.

A *site* is such a place: a numeric input, the output of an embedding (tokens have no gradient of their own), or
the output of a layer that was asked for. Everything runs in inference mode inside a `keras.StatelessScope`, on
the live weights; nothing is added to the user's layers.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import keras
import numpy as np

from nbviz.attribution.embedding_inputs import Reached, embedding_inputs, whole_numbers
from nbviz.attribution.explained_pass import ExplainedPass
from nbviz.attribution.input_sites import input_sites
from nbviz.attribution.sites import Output, Site, as_spec
from nbviz.keras_model.compiled.eager_first import EagerFirst
from nbviz.keras_model.compiled.function import compiled_if_possible, eager_of, is_compiled, to_numpy
from nbviz.keras_model.compiled.judge import ROWS, judge, own_answers
from nbviz.keras_model.forward import blamed_layer, check_rows, kept
from nbviz.keras_model.graph import OPEN_SIZE, check_model, has_graph, input_specs, numbers_per_row, states_per_row
from nbviz.keras_model.outputs.output_meanings import Meaning, output_meanings
from nbviz.keras_model.replay import Path
from nbviz.network.architecture import SaidKinds
from nbviz.network.arguments import one_of
from nbviz.network.samples import InputSpec, numbers_of_a_row


@dataclass(slots=True)
class _Seen:
    """What only a run of the model tells.

    Attributes:
        shapes: Path -> shape and dtype of what the layer there returns.
        sloped: Inputs of whole numbers with a gradient when they are taken as floating numbers.
    """

    shapes: dict[Path, tuple[tuple[int | None, ...], str]] = field(default_factory=dict)
    sloped: set[int] = field(default_factory=set)


def explained_outputs(
    model: keras.Model,
    output: Output = "logit",
    layer: str | None = None,
    exchanged: Sequence[tuple[Any, np.ndarray]] = (),
    *,
    every_input: bool = False,
    output_kind: SaidKinds = None,
    output_region: Any = None,
) -> ExplainedOutputs:
    """The model's outputs, ready to be explained: compiled once for each (model, output, layer, region).

    Args:
        model: A built `keras.Model`.
        output: `"logit"`: what comes before softmax, centred over classes, or before a sigmoid; `"raw_logit"`:
            not centred; `"probability"`. An output that is neither is taken as it is.
        layer: Where the credit goes instead of the inputs: a layer's name as in `model.summary()`, of a layer in a
            model inside the model `"model/layer"`. That of the head means its logits.
        exchanged: (variable, values) that count instead of the model's own, which stay as they are. Not kept.
        every_input: Whether text and ids without a gradient are sites too, for methods that only exchange values.
        output_kind: What the outputs are, where the model does not say.
        output_region: As for `attributions`.

    Raises:
        TypeError: Not a `keras.Model`.
        ValueError: The model is not built, has no such layer, or has no way for a gradient; unknown output; a region
            of no output.
        RuntimeError: Keras runs on another backend than TensorFlow.
    """
    check_model(model)
    one_of("output", output, get_args(Output))
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f'Expected Keras on TensorFlow. Received the backend "{keras.backend.backend()}"; '
            'set KERAS_BACKEND="tensorflow" before keras is imported.'
        )
    meanings, region = output_meanings(model, output_kind), _read_region(output_region)
    if exchanged:
        return ExplainedOutputs(model, output, layer, meanings, exchanged, region).with_sites(every_input)
    answers = model.outputs if has_graph(model) else []
    of = () if region is None else (region.shape, region.tobytes())
    key = ("explained", output, str(layer), *of, *meanings, *map(id, answers), *map(id, model.layers))
    explained: ExplainedOutputs = kept(
        model, key, lambda: ExplainedOutputs(model, output, layer, meanings, region=region)
    )
    return explained.with_sites(every_input)


def _read_region(output_region: Any) -> np.ndarray | None:
    """1 and 0 for the positions in and out of a region."""
    if output_region is None:
        return None
    given = np.asarray(output_region)
    if given.dtype.kind not in "biuf" or given.ndim == 0 or not np.isin(given, (0, 1)).all() or not given.any():
        raise ValueError(
            "Expected output_region as 1 (or True) for the positions of an output that are in it and 0 for the others, "
            f"one at least. Received {given.dtype} of shape {given.shape}."
        )
    return given.astype(np.float32)


class ExplainedOutputs(ExplainedPass):
    """Outputs of one model as functions of its sites.

    Attributes:
        numbers_per_row: Numbers that all layers together work out for one row, and keep for a gradient.
        specs: What the model's inputs take; whole numbers to calculate with as floating numbers, which have a slope.
        roots: The sites at the inputs, where paths of integration run.
        sites: The sites that get the credit: the roots, or the one layer asked for.
        without_credit: Names of the inputs that no root stands for.
        layer_shapes: Shapes of what the layers return, once they have been asked for.
    """

    def __init__(
        self,
        model: keras.Model,
        output: Output,
        layer: str | None,
        meanings: Sequence[Meaning],
        exchanged: Sequence[tuple[Any, np.ndarray]] = (),
        region: np.ndarray | None = None,
    ) -> None:
        """Find sites and heads: see `explained_outputs`.

        Args:
            model: The model.
            output: As there.
            layer: As there.
            meanings: What the numbers of each output mean.
            exchanged: (variable, values) that count instead of the model's own.
            region: (*positions,) of an output, 1 for those that count; None for all.
        """
        super().__init__(model, output, layer, meanings, region)
        self._exchanged = list(exchanged)
        self.layer_shapes: dict[Path, tuple[int | None, ...]] = {}
        self.specs = input_specs(model)
        self.numbers_per_row = numbers_per_row(model) + states_per_row(model)
        self._functions: dict[Any, Callable[..., Any]] = {}
        self._settled = bool(exchanged)  # a model with other weights has no answer of its own to compare with
        self._seen = _Seen()
        reached = embedding_inputs(self.replay, len(self.specs)) if self.replay is not None else None
        embeddings = reached.embeddings if reached else {}
        maskings = self._masked(reached) if reached else {}
        numeric = self._look(whole_numbers([spec.dtype for spec in self.specs], reached), [*embeddings, *maskings])
        if reached:
            numeric &= reached.outputs
        self._check_region()
        found = input_sites(self.specs, numeric, embeddings, maskings, self._seen.shapes)
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
        if every_input and self.sites != self._every_site and self._layer is None:
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

    def _masked(self, reached: Reached) -> dict[Path, int]:
        """Layers that mask inputs of floating numbers; of others the input counts as it is."""
        floats = {
            path: index
            for path, index in reached.maskings.items()
            if self.specs[index].dtype.startswith(("float", "bfloat"))
        }
        reached.outputs.update(set(reached.maskings.values()) - set(floats.values()))
        return floats

    def answers(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """(rows, columns): the explained outputs.

        Raises:
            ValueError: The model does not answer each row by itself.
        """

        def run(*rows: Any) -> Any:
            return self.forward(list(rows))

        answers = np.asarray(self.compiled("answers", run, self.specs, at_once=True)(*inputs))
        check_rows(self.model, answers, len(inputs[0]))
        return answers

    def numbers_of(self, inputs: Sequence[np.ndarray]) -> int:
        """The same for rows of the sizes that these have, where the model leaves sizes open."""
        declared = sum(math.prod(size or OPEN_SIZE for size in spec.shape) for spec in self.specs)
        actual = numbers_of_a_row(inputs)
        return max(1, int(self.numbers_per_row * max(1.0, actual / max(1, declared))))

    def judge(self, inputs: Sequence[np.ndarray]) -> None:
        """Compare a run of its layers with the model's own answer to two rows, once.

        Raises:
            ValueError: They differ; the message names the layer where that begins. Or code answers other rows.
        """
        model = self._model()
        if self._settled or model is None:
            return
        if self.replay is None:
            self.answers(inputs)  # code may drop rows, of which slopes tell nothing
        look = self._functions["look"]
        if self.same_when_eager:
            look = eager_of(look)

        def found(rows: Sequence[np.ndarray]) -> list[np.ndarray]:
            return [to_numpy(answer) for answer in look(*rows)]

        rows = [array[:ROWS] for array in inputs]
        own, blamed = functools.partial(own_answers, model), functools.partial(blamed_layer, model)
        self._settled = judge(model, rows, found, own, blamed)

    def values(self, inputs: Sequence[np.ndarray], sites: Sequence[Site]) -> list[np.ndarray]:
        """What is at sites: one array (rows, *site shape) each."""
        paths = [site.path for site in sites if site.input is None]

        def run(*rows: Any) -> Any:
            return self.recorded(list(rows), paths)

        inside = iter(self.compiled(("values", *paths), run, self.specs, at_once=True)(*inputs) if paths else ())
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
        function = self.compiled(key, run, [*self.specs, *map(as_spec, sites)], at_once=True)
        return np.asarray(function(*inputs, *values))

    def compiled(
        self, key: Any, run: Callable[..., Any], specs: Sequence[InputSpec], *, at_once: bool = False
    ) -> Callable[..., Any]:
        """A function of batches, kept, which runs without a trace on the model.

        Args:
            key: What it is kept by.
            run: The function.
            specs: What it takes.
            at_once: Compile it now, and not once that pays: what it writes down is wanted; or its answers are taken
                from those of another, where rounding in two ways would leave a difference of nothing; or it has
                forward mode, of which TensorFlow traces every operation by itself when it is not compiled.
        """
        if key not in self._functions:

            def stateless(*arrays: Any) -> Any:
                with keras.StatelessScope(state_mapping=self._exchanged):
                    return run(*map(_as_tensor, arrays))

            self._functions[key] = (
                compiled_if_possible(stateless, specs)
                if at_once or not self.same_when_eager
                else EagerFirst(stateless, specs, self.numbers_per_row)
            )
        return self._functions[key]

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

        function = self.compiled("look", run, self.specs, at_once=True)
        if not is_compiled(function):  # so it has not run yet
            function(*(np.zeros((1, *(size or 1 for size in spec.shape)), spec.dtype) for spec in self.specs))


def _cast(array: Any, spec: InputSpec) -> Any:
    return array.astype(spec.dtype, copy=False) if spec.whole else array


def _as_tensor(array: Any) -> Any:
    import tensorflow as tf

    return tf.convert_to_tensor(array)

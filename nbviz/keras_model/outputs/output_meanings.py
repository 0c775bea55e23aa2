"""What the numbers of a model's outputs mean. One function decides it, for the picture and for all that is explained.

The evidence, the first that there is: what the user says; the last operations of the graph; the compiled loss.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

import keras
import numpy as np

from nbviz.keras_model.outputs.graph_evidence import graph_evidence
from nbviz.keras_model.outputs.output_names import output_names
from nbviz.keras_model.outputs.traced_logits import logits_before
from nbviz.keras_model.outputs.walk_step import Found
from nbviz.network.architecture import OutputKind, SaidKind, SaidKinds
from nbviz.network.paths import by_path

_BINARY = (keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy)
_CATEGORICAL = (
    keras.losses.CategoricalCrossentropy,
    keras.losses.SparseCategoricalCrossentropy,
    keras.losses.CategoricalFocalCrossentropy,
)
_BINARY_FUNCTIONS = (keras.losses.binary_crossentropy, keras.losses.binary_focal_crossentropy)
_CATEGORICAL_FUNCTIONS = (
    keras.losses.categorical_crossentropy,
    keras.losses.sparse_categorical_crossentropy,
    keras.losses.categorical_focal_crossentropy,
)


class Meaning(NamedTuple):
    """What the numbers of an output mean.

    Attributes:
        kind: Of several numbers `"softmax"` makes them classes, `"sigmoid"` labels of which a row has any.
        logits: Whether they are logits of these probabilities.
    """

    kind: OutputKind
    logits: bool = False


_LINEAR = Meaning("linear")


def output_meanings(model: keras.Model, said: SaidKinds = None) -> tuple[Meaning, ...]:
    """What each output of a built model means.

    Args:
        model: The model.
        said: What the user says of them: one word for all, or a dict by output.

    Raises:
        ValueError: A word that is none, an output that there is not, or a word that does not fit the output.
    """
    names = output_names(model)
    words = _read_words(said, names)
    found = graph_evidence(model)
    return tuple(
        _meaning(name, word, size, known, loss)
        for name, word, (size, known), loss in zip(names, words, found, losses_of(model), strict=True)
    )


def losses_of(model: keras.Model) -> list[Any]:
    """The compiled loss of each output: the one given, or that of its name or place among several."""
    names = output_names(model)
    loss = getattr(model, "loss", None)
    if isinstance(loss, Mapping):
        given = by_path(loss, names)
        return [given.get(name) for name in names]
    if isinstance(loss, (list, tuple)):
        return [loss[place] if place < len(loss) else None for place in range(len(names))]
    return [loss] * len(names)


class Logits(NamedTuple):
    """The logits of an answer.

    Attributes:
        values: Of the shape of the answer.
        source: The one tensor that entered softmax or sigmoid; None where there is none.
        worked_out: Whether they were made out of the probabilities.
    """

    values: Any
    source: Any
    worked_out: bool = False


def logits_of(answer: Any, meaning: Meaning) -> Logits:
    """The logits of an answer that means this; of a regression the numbers themselves.

    Where nothing entered softmax or sigmoid as a whole they are log p, which is as good once it is centred, and of
    single probabilities log p - log(1 - p).
    """
    import tensorflow as tf

    if meaning.kind == "linear" or meaning.logits:
        found = logits_before(answer)
        return Logits(answer, None if found is None else found.source)
    found = logits_before(answer)
    if found is not None and found.kind == meaning.kind and found.logits is not None:
        return Logits(found.logits(), found.source)
    p = answer if answer.dtype == tf.float64 else tf.cast(answer, tf.float32)
    p = tf.clip_by_value(p, np.finfo(p.dtype.as_numpy_dtype).tiny, 1)
    if meaning.kind == "softmax":
        return Logits(tf.math.log(p), None, worked_out=True)
    # The largest number below 1 stands for 1.
    rest = tf.maximum(1 - p, np.finfo(p.dtype.as_numpy_dtype).epsneg)
    return Logits(tf.math.log(p) - tf.math.log(rest), None, worked_out=True)


def kind_by_loss(loss: Any) -> Meaning | None:
    """What an output means by its loss; None where the loss does not say."""
    options = dict(getattr(loss, "_fn_kwargs", {}))
    if isinstance(loss, functools.partial):
        loss, options = loss.func, loss.keywords
    if isinstance(loss, str):
        try:
            loss = keras.losses.get(loss)
        except ValueError:
            return None
    function = getattr(loss, "fn", loss)
    kind: OutputKind
    if isinstance(loss, _BINARY) or any(function is one for one in _BINARY_FUNCTIONS):
        kind = "sigmoid"
    elif isinstance(loss, _CATEGORICAL) or any(function is one for one in _CATEGORICAL_FUNCTIONS):
        kind = "softmax"
    elif getattr(loss, "from_logits", False):
        return Meaning("softmax", True)
    else:
        return None
    return Meaning(kind, bool(getattr(loss, "from_logits", options.get("from_logits", False))))


def _meaning(name: str, word: SaidKind | None, size: int | None, found: Found | None, loss: Any) -> Meaning:
    by_loss = kind_by_loss(loss)
    if word is not None:
        return _as_said(name, word, size, by_loss)
    if found is not None and found.kind != "linear":
        exclusive = found.kind == "sigmoid" and size not in (None, 1) and by_loss == ("softmax", False)
        # Several sigmoids trained as classes of which one is right.
        return Meaning("softmax") if exclusive else Meaning(found.kind, found.log)
    if by_loss is None or (found is not None and not by_loss.logits):
        return _LINEAR  # a loss that takes any number for a probability does not make it one
    if size == 1 and by_loss.kind == "softmax":
        return _LINEAR
    return by_loss


def _as_said(name: str, word: SaidKind, size: int | None, by_loss: Meaning | None) -> Meaning:
    if word == "regression":
        return _LINEAR
    if word == "logits":
        binary = size == 1 or (by_loss is not None and by_loss.kind == "sigmoid")
        return Meaning("sigmoid" if binary else "softmax", True)
    if word == "softmax" and size == 1:
        raise ValueError(
            f'Expected output_kind="sigmoid", "logits" or "regression" for the one number of {name!r}. '
            'Received "softmax", which is 1 of a single class.'
        )
    return Meaning(word)


def _read_words(said: SaidKinds, names: Sequence[str]) -> list[SaidKind | None]:
    known = get_args(SaidKind)
    by_output = said if isinstance(said, Mapping) else dict.fromkeys(names, said)
    strange = [name for name in by_output if name not in names]
    if strange:
        raise ValueError(f"Expected output_kind by output among {list(names)}. Received {strange}.")
    words = list(by_output.values())
    wrong = [word for word in words if word is not None and not (isinstance(word, str) and word in known)]
    if wrong:
        listed = ", ".join(f'"{word}"' for word in known)
        raise ValueError(f"Expected output_kind among {listed}, or a dict of these by output. Received {wrong[0]!r}.")
    return [by_output.get(name) for name in names]

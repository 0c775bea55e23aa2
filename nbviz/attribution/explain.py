"""Explains a model: what each feature did in each row (`attributions`), and which features matter (`importance`)."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from nbviz.attribution.answers.loss_answers import answers_in_columns, check_answers, check_count, note_streamed_doubt
from nbviz.attribution.checks.completeness import CompletenessGap
from nbviz.attribution.classes import class_index, name_heads, names_of_classes, read_classes
from nbviz.attribution.features import feature_index, overlapping, read_feature_names, warn_of_overlap
from nbviz.attribution.methods.method_table import find_method
from nbviz.attribution.notes import note
from nbviz.attribution.outputs import ExplainedOutputs, explained_outputs
from nbviz.attribution.provenance import described
from nbviz.attribution.request import Options, Request, local_values
from nbviz.attribution.sites import Output
from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance
from nbviz.attribution.table.running import Running
from nbviz.network.architecture import SaidKinds
from nbviz.network.named_columns import NamedColumns
from nbviz.network.names import Names
from nbviz.network.samples import Samples, column_names
from nbviz.network.streams import is_stream


def attributions(
    model: keras.Model,
    x: Samples,
    *,
    method: str = "expected_gradients",
    layer: str | None = None,
    output: Output = "logit",
    baseline: Any = "mean",
    background: Samples | None = None,
    steps: int = 20,
    evaluations: int = 50,
    repeats: int = 5,
    groups: Any = None,
    classes: Sequence[int | str] | None = None,
    sum_axes: Sequence[int] | None = None,
    batch_size: int = 1024,
    seed: int = 0,
    output_kind: SaidKinds = None,
    output_region: Any = None,
) -> np.ndarray | dict[str, np.ndarray]:
    """What each feature did to each class in each row: signed, local explanations.

    Args:
        model: A built `keras.Model`; looking at it changes nothing.
        x: Rows: array, DataFrame, list / dict of these for several inputs, or a `tf.data.Dataset`.
        method: A name in `METHODS`.
        layer: Give the credit to the units of this layer instead of the inputs. The head means its logits.
        output: `"logit"`: before softmax, centred over classes (the log-probability, centred), or before a sigmoid;
            `"raw_logit"`: not centred; `"probability"`. A regression is explained as it is.
        baseline: What a feature that is absent looks like, for methods that read one row: `"mean"` of the
            background, `"zero"`, or one row, shape (1, *input shape).
        background: Rows that absent features are drawn from. None: up to 100 rows of x, drawn.
        steps: Nodes of the integral of `integrated_gradients`.
        evaluations: Gradients per row of `expected_gradients` and `smoothgrad`; orders of `shapley`.
        repeats: Shuffles per feature of `column_shuffle` and `permutation`.
        groups: Columns counted together: dict name -> columns (names or numbers), or a list of lists.
        classes: Outputs to explain, by number; None for all.
        sum_axes: Axes of one row's features to sum over, such as `(2,)` for the channels of an image.
        batch_size: Rows a compiled function takes at once; four times as many where no gradient is needed.
        seed: Of all random draws.
        output_kind: What the outputs are, where neither the last layers nor the loss say it: `"softmax"`
            (probabilities of classes), `"sigmoid"` (of labels, or of one class), `"logits"` (of either) or
            `"regression"`; a dict of these by output.
        output_region: Of outputs with an answer at every position, such as pictures, those over which the mean is
            taken: an array of the shape of the positions, 1 (or True) for those in it, else 0; None for all.

    Returns:
        (rows, *feature shape, classes), float32. Tokens have one number each, summed over their embedding. With
        several inputs a dict by input. With groups (rows, groups, classes).

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: Data, method, layer, baseline, classes or groups that do not fit; the message says what would.
    """
    found = find_method(method)
    if found.kind != "local":
        raise ValueError(f"Expected a method that explains single rows. Received {method!r}; use nbviz.importance.")
    explained = explained_outputs(
        model, output, layer, every_input=found.place == "site", output_kind=output_kind, output_region=output_region
    )
    options = Options(
        method=method, baseline=baseline, background=background, steps=steps, evaluations=evaluations, repeats=repeats,
        groups=groups, batch_size=batch_size, seed=seed, sum_axes=sum_axes,
    )  # fmt: skip
    request = Request(explained, options, x, None, {}, read_classes(classes, explained, {}))
    _warn_of_inputs_left_out(explained)
    arrays = local_values(request)
    if len(arrays) == 1:
        return arrays[0]
    return {site.name: array for site, array in zip(explained.sites, arrays, strict=True)}


def importance(
    model: keras.Model,
    x: Samples,
    y: Any = None,
    *,
    method: str = "expected_gradients",
    layer: str | None = None,
    output: Output = "logit",
    baseline: Any = "mean",
    background: Samples | None = None,
    steps: int = 20,
    evaluations: int = 50,
    repeats: int = 5,
    groups: Any = None,
    classes: Sequence[int | str] | None = None,
    sum_axes: Sequence[int] | None = None,
    feature_names: Names = None,
    class_names: Names = None,
    batch_size: int = 1024,
    seed: int = 0,
    output_kind: SaidKinds = None,
    output_region: Any = None,
) -> Importance:
    """How much each feature matters for each class: mean |attribution| over rows, with standard errors.

    A mean of signed attributions would let a feature that pushes some rows up and others down vanish. The
    direction is therefore a number of its own (`Importance.direction`). Rows are read batch by batch: memory does not
    grow with their number.

    Args:
        model: A built `keras.Model`; looking at it changes nothing.
        x: Rows: array, DataFrame, list / dict of these for several inputs, or a `tf.data.Dataset` of x or (x, y).
        y: Answers, for `method="permutation"`: class indices, one-hot, other labels, or numbers; numbered as
            `nbviz.explore` numbers them. Of several outputs a list of these, or a dict by output.
        method: As for `attributions`, and `"permutation"`, `"connection_weights"`, `"garson"`.
        layer: Units of this layer instead of the inputs; positions of a sequence or image are summed over.
        output: As for `attributions`.
        baseline: As for `attributions`.
        background: As for `attributions`.
        steps: As for `attributions`.
        evaluations: As for `attributions`.
        repeats: As for `attributions`.
        groups: As for `attributions`; names as in `feature_names`.
        classes: Outputs to explain, by number or name; None for all.
        sum_axes: As for `attributions`.
        feature_names: Names of the features; of several inputs a dict by input. A DataFrame brings its own.
        class_names: Names of the classes; of several outputs a dict by output.
        batch_size: Rows a compiled function takes at once.
        seed: Of all random draws.
        output_kind: As for `attributions`.
        output_region: As for `attributions`.

    Returns:
        The table, with strength in units of the output (`permutation`: of the loss).

    Raises:
        TypeError: Not a `keras.Model`, or data that are not numbers.
        ValueError: Data, method, layer, baseline, classes, groups or names that do not fit; the message says what
            would.

    Warns:
        UserWarning: Columns are correlated above 0.8 in size; they share credit more or less at random. Or the
            labels of y seem to be numbered in another order than the model learned them. Or the slopes of one row
            without a background are in the units of the features, which no deviation is there to do away with.
    """
    found = find_method(method)
    explained = explained_outputs(
        model,
        "logit" if found.kind == "global" else output,
        layer,
        every_input=found.place == "site",
        output_kind=output_kind,
        output_region=output_region,
    )
    named = name_heads(explained.heads, class_names)
    given_names = names_of_classes(explained.heads, class_names)
    columns = read_classes(classes, explained, named)
    names = read_feature_names(feature_names, explained.sites, of_layer=layer is not None)
    if layer is None:
        x = NamedColumns(explained.specs, names).read(x)
    if found.kind == "global":
        check_answers(explained, method, y, x)
        if y is not None:
            y = answers_in_columns(explained, x, y, given_names)
    if layer is not None and sum_axes is None and found.kind != "weights":
        rank = len(explained.sites[0].shape)
        sum_axes = range(rank - 1)
    options = Options(
        method=method, baseline=baseline, background=background, steps=steps, evaluations=evaluations, repeats=repeats,
        groups=groups, batch_size=batch_size, seed=seed, sum_axes=sum_axes,
        class_names=given_names.get(explained.heads[0].name),
    )  # fmt: skip
    index = class_index(explained.heads, named)[columns]
    if found.kind == "weights":
        signed = _from_weights(model, explained, method)[:, columns]
        given = column_names(x, explained.specs) if x is not None else {}
        return Importance(
            strength=np.abs(signed),
            standard_error=None,
            features=feature_index(explained.sites, [signed.shape[:1]], {**given, **names}, layer is not None),
            classes=index,
            attrs={**described(explained, columns, options, None), "direction": "weight sign"},
            # Garson's shares know no signs.
            sample=LocalSample(signed[np.newaxis]) if (signed < 0).any() else None,
        )
    request = Request(explained, options, x, y if found.kind == "global" or is_stream(x) else None, names, columns)
    check_count(y, explained, request.rows.count)
    if found.kind == "global" and request.rows.streamed:
        note_streamed_doubt(explained, request.rows, request.labels, given_names)
    overlap = _overlap(request)
    warn_of_overlap(overlap)
    _warn_of_inputs_left_out(explained)
    if found.slope:
        request.scale_slopes()
    running = Running(request.shapes, len(columns), request.rows.count, seed)
    form, gap = None, CompletenessGap(request)
    # Closed at once, and with it the progress bar, also where an error keeps this frame alive.
    with contextlib.closing(request.answers()) as answers:
        for batch, local in answers:
            running.add(local, _values_for_direction(request, batch))
            gap.add(batch, local)
            form = local.form
    return Importance(
        strength=running.strength(),
        standard_error=running.standard_error(_share_drawn(request, options)),
        features=request.features,
        classes=index,
        attrs={
            **described(explained, columns, options, request),
            "rows": running.rows,
            "direction": None if found.kind == "global" else "gradient sign" if found.slope else "spearman",
            "completeness_gap": gap.relative(),
            "correlated": overlap,
            "layer_form": form,
        },
        sample=None if found.kind == "global" else running.sample(),
    )


def _warn_of_inputs_left_out(explained: ExplainedOutputs) -> None:
    if explained.without_credit and explained.layer is None:
        note(
            f"Left out: {', '.join(explained.without_credit)}. Text and ids have no gradient, so nothing is said of "
            'them; method="ablation", "column_shuffle", "permutation" or "shapley" takes every input.'
        )


def _overlap(request: Request) -> list[tuple[Any, Any, float]]:
    sites = request.explained.sites
    flat = all(site.input is not None and value.ndim == 2 for site, value in zip(sites, request.values, strict=True))
    if not flat or request.explained.layer is not None:
        return []
    if request.groups is not None and request.groups.averaged:
        return []  # pixels side by side always overlap
    known = zip(sites, request.values, strict=True)
    # What names things is in no order with anything: constant, it correlates with nothing.
    values = np.concatenate([np.zeros(value.shape) if site.names else value for site, value in known], axis=1)
    return overlapping(values, request.single_features, request.groups)


def _values_for_direction(request: Request, batch: Any) -> np.ndarray | None:
    """(rows, features): what the features were; NaN for groups, None where features are not single numbers."""
    sites = request.explained.sites
    if request.method.slope or request.method.kind != "local" or any(site.summed for site in sites):
        return None
    values = request.explained.values(batch.inputs, sites)
    if request.task.sum_axes:
        if request.explained.layer is None:
            return None
        # Units of a layer at several positions: their mean stands for them.
        values = [value.mean(axis=tuple(axis + 1 for axis in request.task.sum_axes)) for value in values]
    values = [np.full(v.shape, np.nan) if site.names else v for site, v in zip(sites, values, strict=True)]
    flat = np.concatenate([value.reshape(len(value), -1) for value in values], axis=1)
    return flat if request.groups is None else request.groups.values(flat)


def _share_drawn(request: Request, options: Options) -> float:
    """The share of the rows that a reference could have been drawn from which it was drawn from."""
    if not request.references_are_drawn:
        return 0.0
    of = request.background_rows if options.background is not None else request.rows.count
    drawn = len(request.task.references[0])
    return drawn / of if of else 0.0


def _from_weights(model: keras.Model, explained: ExplainedOutputs, method: str) -> np.ndarray:
    """Signed strengths (features, columns) of a method that reads no data."""
    layer = None if explained.layer is None else "/".join(explained.layer)
    strength: np.ndarray = find_method(method).function(model, layer)
    softmax = any(head.kind == "softmax" for head in explained.heads)
    if method == "connection_weights" and explained.output == "logit" and softmax:
        strength = strength - strength.mean(axis=1, keepdims=True)
    return strength

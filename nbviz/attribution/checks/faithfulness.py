"""Faithfulness of methods: do the features they name move the output, and do they look at the weights at all?

*Deletion* takes the features away from each row, the most important first, and watches how fast the output leaves
its value; *insertion* starts from the baseline and puts them back (Samek et al. 2017; Petsiuk et al. 2018). The
*randomisation check* (Adebayo et al. 2018) gives the head random weights: a method whose answer stays the same has
not looked at the model.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import pandas as pd

from nbviz.attribution.classes import class_index, name_heads, read_classes
from nbviz.attribution.explain import importance
from nbviz.attribution.methods.exchanged_features import Exchange, ExchangedFeatures
from nbviz.attribution.methods.method_table import METHODS, find_method
from nbviz.attribution.outputs import ExplainedOutputs, explained_outputs
from nbviz.attribution.request import Options, Request, local_values
from nbviz.attribution.rows import Batch
from nbviz.attribution.sites import Output
from nbviz.attribution.table.importance import Importance
from nbviz.keras_model.forward import look_at
from nbviz.network.architecture import SaidKinds
from nbviz.network.arguments import a_list, whole_number, yes_or_no
from nbviz.network.array_like import described
from nbviz.network.names import Names
from nbviz.network.samples import Samples

MOST_STEPS = 20
RANDOM_HEADS = 3


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """How well orders of features agree with what the model does.

    Attributes:
        methods: Names of the orders compared; `"random"` is an order by chance, which any method should beat.
        classes: Names of the classes.
        share: (steps,), share of the features deleted or inserted, from 0 to 1.
        deletion: (methods, steps, classes), mean |change of the output| with that share deleted, the most important
            first, over the change with all of them deleted. Starts at 0, ends at 1; a steep rise is good.
        insertion: (methods, steps, classes), how much of the way from the baseline the output has come with that
            share inserted: 1 - mean |what is missing| over the same. Starts at 0, ends at 1; a steep rise is good.
        randomisation: (methods, classes), |rank correlation| of the attributions with those after the head got random
            weights, mean over three such heads; near 0 is good, 1 says that the method does not look at the head. NaN
            where it was not computed.
        attrs: What makes it reproducible.
    """

    methods: list[str]
    classes: pd.Index
    share: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    randomisation: np.ndarray
    attrs: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row for each method and class: areas under both curves (higher is better), randomisation check."""
        areas = [_area(curves, self.share) for curves in (self.deletion, self.insertion)]
        pairs = [
            (method, *(name if isinstance(name, tuple) else (name,)))
            for method in self.methods
            for name in self.classes
        ]
        levels = ["method", *self.classes.names]
        frame = pd.DataFrame(
            {
                "deletion": areas[0].ravel(),
                "insertion": areas[1].ravel(),
                "randomisation": self.randomisation.ravel(),
            },
            index=pd.MultiIndex.from_tuples(pairs, names=levels),
        )
        frame.attrs.update(self.attrs)
        return frame

    def summary(self) -> pd.DataFrame:
        """One row for each method, means over classes, the best first (by the mean of both areas)."""
        frame = self.to_frame().groupby(level="method", sort=False).mean()
        order = (-frame[["deletion", "insertion"]].mean(axis=1)).argsort(kind="stable")
        return frame.iloc[order]

    def __repr__(self) -> str:
        return (
            f"Faithfulness, means over {len(self.classes)} classes (1 is best for the areas)\n{self.summary().round(3)}"
        )

    def _repr_html_(self) -> str:
        return str(self.summary().round(3).to_html(escape=True))


def faithfulness(
    model: keras.Model,
    x: Samples,
    method: str | Importance | Sequence[str] | Mapping[str, str | Importance] = "expected_gradients",
    *,
    output: Output = "logit",
    baseline: Any = "mean",
    background: Samples | None = None,
    steps: int = 20,
    evaluations: int = 50,
    repeats: int = 5,
    classes: Sequence[int | str] | None = None,
    class_names: Names = None,
    rows: int = 500,
    randomisation: bool = True,
    batch_size: int = 1024,
    seed: int = 0,
    output_kind: SaidKinds = None,
) -> Faithfulness:
    """Deletion and insertion curves and the randomisation check, of one or several methods side by side.

    Each row is ordered by its own |attributions| for the class; of an `Importance`, and of methods that explain no
    single rows, all rows share the order of the strengths. Correlated features make the rows with some features
    deleted unlike any data: read the areas as a comparison of methods on one model, not as a mark for the model.

    Args:
        model: A built `keras.Model`; looking at it changes nothing, the random head is a copy.
        x: Rows: array, DataFrame, list / dict of these for several inputs, or a `tf.data.Dataset`.
        method: A name in `METHODS` (not `"permutation"`, which needs y: pass its `Importance`), an `Importance` of
            this model's inputs, a list of names, or a dict name -> either.
        output: As for `attributions`.
        baseline: What deleted features look like: `"mean"` of the background, `"zero"`, or one row.
        background: As for `attributions`.
        steps: As for `attributions`.
        evaluations: As for `attributions`.
        repeats: As for `attributions`.
        classes: Outputs to look at, by number or name; None for all.
        class_names: Names of the classes; of several outputs a dict by output.
        rows: At most so many rows of x, drawn.
        randomisation: Whether to run the randomisation check, which makes four times the work of the methods.
        batch_size: Rows a compiled function takes at once.
        seed: Of all random draws.
        output_kind: As for `attributions`.

    Returns:
        Curves, areas and correlations; `"random"` is added for comparison.

    Raises:
        TypeError: Not a `keras.Model`, data that are not numbers, or something that is no method.
        ValueError: Data, method, baseline, classes or names that do not fit.
    """
    whole_number("rows", rows)
    yes_or_no("randomisation", randomisation)
    explained = explained_outputs(model, output, output_kind=output_kind)
    named = name_heads(explained.heads, class_names)
    columns = read_classes(classes, explained, named)
    compared = _read_methods(method)
    options = Options(
        method="ablation", baseline=baseline, background=background, steps=steps, evaluations=evaluations,
        repeats=repeats, groups=None, batch_size=batch_size, seed=seed, sum_axes=None,
    )  # fmt: skip
    request = Request(explained, options, x, None, {}, columns)
    arrays = request.rows.draw(rows, seed)
    batch = Batch(arrays, None, np.arange(len(arrays[0])))
    drawn = _as_samples(arrays)
    features = ExchangedFeatures(request.task, batch)
    generator = np.random.default_rng([seed, 4])
    given = background if background is not None else _as_samples(request.looked_at)

    def signed(entry: str | Importance | None, of: ExplainedOutputs) -> np.ndarray:
        if entry is None:
            return generator.random((len(batch.places), features.count, len(columns)))
        if isinstance(entry, Importance):
            return _of_table(entry, features.count, len(columns))
        if METHODS[entry].kind == "weights":
            table = importance(model, drawn, method=entry, output=output, output_kind=output_kind)
            return _of_table(table, features.count, len(columns))
        own = replace(options, method=entry, background=given)
        asked = Request(of, own, drawn, None, {}, columns)
        if METHODS[entry].slope:  # else the unit of a feature would decide its place
            asked.scale_slopes()
        arrays = local_values(asked)
        return np.concatenate([array.reshape(len(array), -1, array.shape[-1]) for array in arrays], axis=1)

    heads = [
        _random_head(model, explained, [seed, 5, number]) for number in range(RANDOM_HEADS if randomisation else 0)
    ]
    others = [explained_outputs(model, output, exchanged=head, output_kind=output_kind) for head in heads if head]
    deletion, insertion, correlations = [], [], []
    places = np.unique(np.linspace(0, features.count, min(features.count, MOST_STEPS) + 1).round().astype(int))
    for entry in (*compared.values(), None):
        credit = signed(entry, explained)
        curves = _curves(features, np.abs(credit), places)
        deletion.append(curves[0])
        insertion.append(curves[1])
        agreeing = [np.full(len(columns), np.nan)]
        if others and isinstance(entry, str) and METHODS[entry].kind == "local":
            # Against one random head, chance alone may agree.
            agreeing = [np.abs(_rank_correlation(credit, signed(entry, other))) for other in others]
        correlations.append(np.mean(agreeing, axis=0))
    return Faithfulness(
        [*compared, "random"],
        class_index(explained.heads, named)[columns],
        places / features.count,
        np.stack(deletion),
        np.stack(insertion),
        np.stack(correlations),
        {
            "output": explained.output,
            "baseline": baseline if isinstance(baseline, str) else "given",
            "rows": len(batch.places),
            "seed": seed,
        },
    )


def _read_methods(method: Any) -> dict[str, str | Importance]:
    if isinstance(method, (str, Importance)):
        method = [method]
    if not isinstance(method, Mapping):
        entries = list(method) if isinstance(method, Collection) else [method]
        if entries and not any(isinstance(entry, (str, Importance)) for entry in entries):
            raise TypeError(
                "Expected method as a name in nbviz.METHODS, an Importance, or a list or dict of these. Received "
                f"{described(method)}; faithfulness takes no y, the model's own output is what is compared."
            )
        method = a_list("method", method, "names of methods")
        method = {entry if isinstance(entry, str) else _title(entry): entry for entry in method}
    if not method:
        raise ValueError("Expected at least one method to compare. Received none.")
    for name, entry in method.items():
        if isinstance(entry, str):
            if find_method(entry).kind == "global":
                raise ValueError(
                    f"Expected a method that works without y. Received {entry!r}; pass what nbviz.importance returns."
                )
        elif not isinstance(entry, Importance):
            raise TypeError(f"Expected a method's name or an Importance. Received {type(entry).__name__} for {name!r}.")
    return dict(method)


def _title(entry: Any) -> str:
    return f"{entry.attrs.get('method')} (one order)" if isinstance(entry, Importance) else str(entry)


def _as_samples(arrays: list[np.ndarray]) -> Samples:
    """Arrays, one for each input, as a user would pass them."""
    return arrays[0] if len(arrays) == 1 else arrays


def _of_table(table: Importance, features: int, classes: int) -> np.ndarray:
    """(1, features, classes): the same order for every row."""
    strength = table.strength.reshape(-1, table.strength.shape[-1])
    if strength.shape != (features, classes):
        raise ValueError(
            f"Expected an Importance of {features} features and {classes} classes, as the model and classes= have. "
            f"Received {strength.shape[0]} and {strength.shape[1]}."
        )
    return strength[np.newaxis]


def _curves(features: ExchangedFeatures, sizes: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Deletion and insertion, (steps, classes) each. sizes: (rows or 1, features, classes)."""
    task, rows = features.task, len(features.batch.places)
    # Position of each feature in the order of its row: the strongest is 0.
    ranks = np.argsort(np.argsort(-sizes, axis=1, kind="stable"), axis=1, kind="stable")
    ranks = np.broadcast_to(ranks, (rows, *ranks.shape[1:]))
    full = task.explained.answers(features.batch.inputs)[:, task.classes]

    def exchanges(kept: bool) -> Iterator[Exchange]:
        for number in range(len(task.classes)):
            for place in places:
                strongest = ranks[..., number] < place
                yield Exchange(task.references, features.at_sites(~strongest if kept else strongest))

    def missing(kept: bool) -> np.ndarray:
        answers = features.answers(exchanges(kept))
        table = [
            [np.abs(full[:, number] - next(answers)[:, column]).mean() for _ in places]
            for number, column in enumerate(task.classes)
        ]
        return np.array(table, float).T

    deleted, inserted = missing(kept=False), missing(kept=True)
    whole = np.where(deleted[-1] > 0, deleted[-1], np.inf)
    return deleted / whole, np.where(np.isinf(whole), 0, 1 - inserted / whole)


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(classes,): Spearman correlation over rows and features."""
    return np.array(
        [
            pd.Series(first[..., at].ravel()).corr(pd.Series(second[..., at].ravel()), method="spearman")
            for at in range(first.shape[-1])
        ]
    )


def _random_head(model: keras.Model, explained: ExplainedOutputs, seed: list[int]) -> list[tuple[Any, np.ndarray]]:
    """(variable, values): the weights of the layers that make the outputs, drawn anew at their own scale."""
    operations = model.layers if explained.replay is None else list(explained.replay.paths.values())
    heads = [] if explained.replay is None else [explained.replay.paths[path] for path in explained.replay.heads]
    found = [layer for layer in heads if getattr(layer, "trainable_variables", None)]
    if not found:
        found = [layer for layer in operations if getattr(layer, "variables", None)][-1:]
    generator = np.random.default_rng(seed)
    exchanged = {}
    for layer in found:
        for variable in layer.variables:
            values = look_at(variable)
            if values.dtype.kind == "f":
                drawn = generator.normal(0, values.std() or 1, values.shape)
                exchanged[id(variable)] = (variable, drawn.astype(values.dtype))
    return list(exchanged.values())


def _area(curves: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(methods, classes): area under each curve (methods, steps, classes), by trapezoids."""
    heights = (curves[:, 1:] + curves[:, :-1]) / 2
    return np.asarray((heights * np.diff(share)[:, np.newaxis]).sum(axis=1))

"""A request to explain: which rows, compared with what, for which classes; and what a method says, batch by batch."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from nbviz.attribution.answers.labels import targets
from nbviz.attribution.answers.loss_answers import streamed_labels
from nbviz.attribution.baseline import baseline_row, check_word
from nbviz.attribution.deviations import deviations
from nbviz.attribution.features import Groups, feature_index, read_groups
from nbviz.attribution.methods.method_table import Method, find_method
from nbviz.attribution.methods.task import ROOM, ROOM_BETWEEN, Local, Task, credit_shape
from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.progress import current_listener
from nbviz.attribution.rows import BACKGROUND_ROWS, Batch, Rows, draw_rows
from nbviz.attribution.sites import CLASSES_AT_ONCE, Site
from nbviz.attribution.stated_probabilities import check_stated
from nbviz.keras_model.gradient_registry import check_gradients
from nbviz.keras_model.known_values import check_known
from nbviz.network.arguments import a_list, errors_of, whole_number
from nbviz.network.named_columns import NamedColumns
from nbviz.network.samples import Samples, read_samples

ROWS_LOOKED_AT = 1024  # enough to see what overlaps, and to exchange values with


@dataclass(frozen=True, slots=True)
class Options:
    """What the user may choose, as it came."""

    method: str
    baseline: Any
    background: Any
    steps: int
    evaluations: int
    repeats: int
    groups: Any
    batch_size: int
    seed: int
    sum_axes: Sequence[int] | None
    class_names: Sequence[str] | None = None  # of a single output, as they were given


class Request:
    """What is asked of a method, checked before anything is computed.

    Attributes:
        features: Names of what gets the credit.
        single_features: The same before features were put into groups.
        shapes: Shape of one row's credit at each site, classes not counted.
        columns: Numbers of the classes asked for, among all outputs.
        looked_at: Rows of x, drawn: one array for each input.
        values: What is at the sites for these rows.
        groups: Groups of features, or None.
        task: What the method gets.
        rows: The rows to explain.
        labels: All different labels of a data set whose answers are needed; None where they are none.
        background_rows: How many rows the reference was made of, and of how many they were drawn.
    """

    def __init__(
        self,
        explained: ExplainedOutputs,
        options: Options,
        x: Samples,
        y: Any,
        feature_names: Mapping[str, Sequence[str]],
        columns: np.ndarray,
    ) -> None:
        """Check the data and draw the references.

        Args:
            explained: The model's outputs.
            options: What the user chose; the method reads data.
            x: The rows to explain.
            y: Their answers, for a method that measures the loss; else None.
            feature_names: Site -> names of its features, where they were given.
            columns: Numbers of the classes asked for, among all outputs.

        Raises:
            TypeError: Data that are not numbers.
            ValueError: Anything that does not fit; the message says what was expected.
        """
        self.explained, self.columns = explained, columns
        self.method: Method = find_method(options.method)
        if self.method.place == "inputs":
            check_gradients()
        for name in ("steps", "evaluations", "repeats", "batch_size"):
            whole_number(name, getattr(options, name))
        whole_number("seed", options.seed, 0)
        named = NamedColumns(explained.specs, feature_names if explained.layer is None else None)
        x = named.read(x)
        options = replace(
            options,
            background=named.in_order(options.background, "columns of background"),
            baseline=named.in_order(options.baseline, "columns of baseline"),
        )
        self.rows = Rows(x, y, explained.specs, options.batch_size)
        if self.rows.count is not None:  # of a stream each batch is found out by the model itself
            check_known(explained.model, explained.specs, self.rows.draw(self.rows.count, 0))
        self.looked_at = self.rows.draw(ROWS_LOOKED_AT, options.seed)
        explained.judge(self.looked_at)
        check_stated(explained, self.looked_at)
        self.values = explained.values(self.looked_at, explained.sites)
        shapes = [
            tuple(value.shape[1:-1] if site.summed else value.shape[1:]) or (1,)
            for site, value in zip(explained.sites, self.values, strict=True)
        ]
        sum_axes = _read_axes(options.sum_axes, shapes)
        self.shapes = [credit_shape(shape, sum_axes) for shape in shapes]
        names = _fitting(self.rows.columns, feature_names, explained.sites, self.shapes)
        self.labels: np.ndarray | None = None
        self._names_of_labels = options.class_names
        if self.method.kind == "global" and self.rows.streamed:
            self.labels = streamed_labels(self.rows)
        self.groups: Groups | None = None
        if isinstance(options.groups, Groups):  # by number: a picture has too many pixels to name each
            self.groups, self.single_features = options.groups, pd.Index([])
        else:
            self.features = feature_index(explained.sites, self.shapes, names, explained.layer is not None)
            self.single_features = self.features
        if options.groups is not None:
            self.groups = self.groups or read_groups(options.groups, self.features)
            self.features = pd.Index(self.groups.names, name="group", tupleize_cols=False)
            self.shapes = [(len(self.features),)]
        background = self._background(options)
        self.background_rows = len(background[0])
        self._given_background = background if options.background is not None else None
        places = explained.sites if self.method.place == "site" else explained.roots
        at_places = explained.values(background, places)
        self.task = Task(
            explained=explained,
            classes=columns.astype(np.int32),
            references=self._references(options, background, at_places, places),
            spread=[_spread(value) for value in at_places],
            pool=self._pool(options.batch_size, options.seed),
            scale=None,
            steps=options.steps,
            evaluations=options.evaluations,
            repeats=options.repeats,
            batch_size=max(1, min(options.batch_size, ROOM_BETWEEN // explained.numbers_of(self.looked_at))),
            seed=options.seed,
            groups=self.groups,
            sum_axes=sum_axes,
            advance=lambda rows: None,
        )
        self.rows.batch_size = self._rows_at_once(shapes)
        # Points of a path are put side by side in a batch, which has to stay within bounds as well.
        numbers = sum(map(math.prod, shapes)) * min(len(columns), CLASSES_AT_ONCE)
        self.task = replace(self.task, batch_size=max(1, min(self.task.batch_size, ROOM // numbers)))

    @property
    def references_are_drawn(self) -> bool:
        """Whether another seed would give other reference rows."""
        return self.method.reads == "set of rows"

    def scale_slopes(self) -> None:
        """Have slopes multiplied by the deviations of the features, where those are known."""
        self.task = replace(self.task, scale=deviations(self.explained, self.rows, self._given_background))

    def answers(self, keep_progress: bool = True) -> Generator[tuple[Batch, Local], None, None]:
        """What the method says of each batch of rows, for all classes asked for; with a progress bar after 1 s."""
        chunk = CLASSES_AT_ONCE if self.method.one_backward_pass_a_class else len(self.columns)
        chunks = [self.task.classes[at : at + chunk] for at in range(0, len(self.columns), chunk)]
        listener, done = current_listener(), 0.0
        bar = tqdm(
            total=self.rows.count,
            desc=f"{self.method.function.__name__.replace('_', ' ')}",
            delay=1,
            leave=False,
            disable=not keep_progress or listener is not None,
            bar_format="{desc}: {percentage:3.0f}% |{bar}| {n:.0f} of {total} rows [{elapsed}<{remaining}]"
            if self.rows.count
            else "{desc}: {n:.0f} rows [{elapsed}]",
        )

        def advance(rows: float) -> None:
            nonlocal done
            done += rows / len(chunks)
            if listener is not None:
                listener(done, self.rows.count)
            bar.update(rows / len(chunks))

        with contextlib.closing(bar):
            for batch in self.rows:
                if self.method.kind == "global" and self.rows.streamed:  # arrays come numbered
                    batch = replace(
                        batch, y=targets(batch.y, self.explained.heads[0], self.labels, self._names_of_labels)
                    )
                parts = [
                    self.method.function(replace(self.task, classes=classes, advance=advance), batch)
                    for classes in chunks
                ]
                yield batch, parts[0] if len(parts) == 1 else _joined(parts)

    def reference_answers(self) -> np.ndarray | None:
        """(references, classes): the output at the references; None where it depends on the row as well."""
        roots = self.explained.roots
        exchanged_inside = self.method.place == "site" and self.explained.layer is not None
        if exchanged_inside or any(site.input is None for site in roots) or len(roots) < len(self.explained.specs):
            return None
        references = self.task.references
        if any(site.names for site in self.explained.sites):
            return None
        return self.explained.answers_with(references, roots, references)[:, self.columns]

    def _background(self, options: Options) -> list[np.ndarray]:
        check_word(options.baseline)
        # Not `baseline == "mean"`: an array compares entry by entry.
        given = not isinstance(options.baseline, str) or options.baseline != "mean"
        needed = self.method.reads == "set of rows" or (self.method.reads == "one row" and not given)
        if options.background is not None:
            with errors_of("The background"):
                background = read_samples(options.background, self.explained.specs)
        elif (needed or self.method.noisy) and self.rows.count == 1:
            raise _needs_background()
        else:
            background = draw_rows(self.looked_at, BACKGROUND_ROWS, np.random.default_rng([options.seed, 1]))
        if self.method.noisy and options.background is not None and len(background[0]) == 1:
            raise ValueError(
                "Expected a background of several rows, since the noise is as wide as they are spread. Received one."
            )
        return background

    def _references(
        self, options: Options, background: list[np.ndarray], values: list[np.ndarray], places: Sequence[Site]
    ) -> list[np.ndarray]:
        if self.method.reads == "none":
            return []
        if self.method.reads == "set of rows":
            count = min(len(background[0]), options.evaluations)
            if options.evaluations < 2 * count:
                # One node for each row, by turns: an even number, in an order that means nothing.
                count = max(1, count - count % 2)
            chosen = np.random.default_rng([options.seed, 2]).permutation(len(background[0]))[:count]
            return [value[chosen] for value in values]
        return baseline_row(options.baseline, self.explained, values, places)

    def _pool(self, count: int, seed: int) -> list[np.ndarray]:
        if self.method.place != "site" or self.method.reads != "none":
            return []
        if self.rows.count == 1:
            raise ValueError(
                f"Expected several rows for {self.method.function.__name__}, which takes values from other rows. "
                'Received one; for a single row use method="ablation" with background= or baseline=.'
            )
        if count <= len(self.looked_at[0]):
            return self.values
        drawn = self.rows.draw(count, seed)
        return self.explained.values(drawn, self.explained.sites)

    def _rows_at_once(self, shapes: Sequence[tuple[int, ...]]) -> int:
        """So few rows that what a method holds of them stays within bounds."""
        draws = 1
        if self.method.reads == "set of rows":
            draws = len(self.task.references[0])
        elif self.method.place == "site":
            draws = max(1, self.task.repeats, self.task.evaluations // 2)
        classes = len(self.columns)
        at_once = min(classes, CLASSES_AT_ONCE) if self.method.one_backward_pass_a_class else classes
        numbers = sum(map(math.prod, shapes)) * max(classes, at_once * draws)
        return max(1, min(self.task.batch_size, ROOM // numbers))


def _spread(values: np.ndarray) -> np.ndarray:
    """Standard deviation of each number over the rows; 0 where there is none, of text."""
    if values.dtype == object:
        return np.zeros(values.shape[1:])
    return np.asarray(values.std(axis=0, dtype=np.float64).astype(values.dtype))


def local_values(request: Request) -> list[np.ndarray]:
    """Attributions of all rows, one array (rows, *feature shape, classes) for each site, float32."""
    parts = [[np.asarray(value, np.float32) for value in local.values] for _, local in request.answers()]
    return [np.concatenate(several) for several in zip(*parts, strict=True)]


def _needs_background() -> ValueError:
    return ValueError(
        "Expected background= for a single row, which cannot be compared with itself. Received one row of x "
        "and no background; pass rows of the training data."
    )


def _joined(parts: Sequence[Local]) -> Local:
    """Answers for several classes as one."""
    return Local(
        [np.concatenate(arrays, axis=-1) for arrays in zip(*(part.values for part in parts), strict=True)],
        draw_sums=None
        if parts[0].draw_sums is None
        else [np.concatenate(a, axis=-1) for a in zip(*(part.draw_sums or [] for part in parts), strict=True)],
        answers=parts[0].answers,
        form=parts[0].form,
    )


def _fitting(
    columns: Mapping[str, Sequence[str]],
    feature_names: Mapping[str, Sequence[str]],
    sites: Sequence[Site],
    shapes: Sequence[tuple[int, ...]],
) -> dict[str, Sequence[str]]:
    """Names by site: those of a table's columns unless others were given, or the site is no longer those columns."""
    names = dict(feature_names)
    for site, shape in zip(sites, shapes, strict=True):
        if site.name in names and len(shape) == 1 and len(names[site.name]) != shape[0]:
            raise ValueError(f"Expected {shape[0]} feature_names for {site.name!r}. Received {len(names[site.name])}.")
        if site.name not in names and shape == (len(columns.get(site.name, ())),):
            names[site.name] = columns[site.name]
    return names


def _read_axes(axes: Sequence[int] | None, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    if axes is None:
        return ()
    if len(shapes) > 1:
        raise ValueError("Expected sum_axes for one input only. Received a model with several.")
    rank = len(shapes[0])
    axes = a_list("sum_axes", axes, "numbers of axes")
    wrong = [axis for axis in axes if not isinstance(axis, (int, np.integer)) or not -rank <= axis < rank]
    if wrong:
        raise ValueError(f"Expected sum_axes among the {rank} axes of {shapes[0]}. Received {wrong}.")
    return tuple(sorted({axis % rank for axis in axes}))

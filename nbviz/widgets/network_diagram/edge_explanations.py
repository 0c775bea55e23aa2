"""What the edges of a diagram carry, worked out in the background for what it shows."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nbviz.picture.drawing import SURVEY_ROWS
from nbviz.picture.live_frames import LiveFrames
from nbviz.picture.network_wire import EdgeMeaning
from nbviz.picture.observation import Observation
from nbviz.widgets.network_diagram.question_choice import QuestionChoice
from nbviz.widgets.scheduling.background_worker import Check, Worker

if TYPE_CHECKING:
    from nbviz.attribution.edges.explanation import Explanation, InputPart, OutputRegion

EXPLAIN_EVERY = 1.0  # s, while training


@dataclass(frozen=True, slots=True)
class EdgeQuestion:
    """What is asked of the edges.

    Attributes:
        meaning: What they are to show.
        feature: Id of the selected feature, or of the part of a picture or sequence whose path is wanted (`part_id`);
            None for none.
        class_: Index of the selected class, None for none.
        unit: Id of the selected unit, which is drawn in any case; None for none.
    """

    meaning: EdgeMeaning
    feature: int | None
    class_: int | None
    unit: int | None = None

    @property
    def is_of_flows(self) -> bool:
        """Whether it takes an explanation to answer it."""
        return self.meaning in ("contribution", "path")


@dataclass(frozen=True, slots=True)
class EdgesExplained:
    """What was worked out.

    Attributes:
        explained: The explanation, None where there is none for what is shown.
        explanation: The same as it goes to the browser, None for what it has already.
        error: Why it could not be worked out, None where it could.
    """

    explained: Explanation | None = None
    explanation: bytes | None = None
    error: str | None = None


def units_told(explanation: Explanation, question: EdgeQuestion | None = None) -> dict[str, list[int]]:
    """Layer -> the units that an explanation tells single edges of.

    Args:
        explanation: What was worked out.
        question: The one that they are drawn for; None for any.
    """
    of_class, of_path = explanation.units, explanation.path_units
    if question is not None and question.class_ in explanation.classes:
        at = explanation.classes.index(question.class_)
        of_class = {name: units[at] for name, units in of_class.items()}
        if question.feature in explanation.features and question.class_ in explanation.path_classes:
            key = explanation.features.index(question.feature), explanation.path_classes.index(question.class_)
            of_path = {name: units[key] for name, units in of_path.items()}
    parts = {name: [of[name].ravel() for of in (of_class, of_path) if name in of] for name in {**of_class, **of_path}}
    return {name: np.unique(np.concatenate(part)).tolist() for name, part in parts.items()}


class EdgeExplanations:
    """Works out what the edges carry, where that is wanted, and hands it on.

    Attributes:
        question: The one that is answered next.
        output: Name of the output that is explained; None for the first.
        region: Of that output, over which the mean is explained; None for all of it.
        part_of: Part of the input by its number, where paths of parts can be asked for.
    """

    def __init__(self, frames: LiveFrames, found: Callable[[EdgesExplained], None]) -> None:
        """Work for what some frames show; nothing is worked out yet.

        Args:
            frames: Of the model.
            found: Given what was worked out, under the lock of the frames except for errors.
        """
        self._frames, self._found = frames, found
        self.question = EdgeQuestion("weight", None, None)
        self.output: str | None = None
        self.region: OutputRegion | None = None
        self.part_of: Callable[[int], InputPart] | None = None
        self._background: list[np.ndarray] | None = None
        self._always = False  # whatever the edges show
        self._begun = 0.0
        self._last: tuple[Explanation, int, int | None] | None = None
        self._worker = Worker(lambda _kind, error: found(EdgesExplained(error=str(error))))

    def always(self, background: list[np.ndarray] | None) -> None:
        """Explain every sample, compared with these rows, one array for each input; None for those of x."""
        self._background, self._always = background, True

    def close(self) -> None:
        """Work nothing out any more; when this returns, nothing is under way."""
        self._worker.close()

    def wait(self, timeout: float | None) -> bool:
        """Whether all is worked out within so many seconds."""
        return self._worker.wait(timeout)

    def ask(self, question: EdgeQuestion) -> None:
        """Have what the edges carry worked out for the present frame, where that is shown."""
        self.question = question
        if not (self._always or question.is_of_flows):
            self._found(EdgesExplained())  # what was worked out before is not that of this frame
            return
        if self._frames.progress.training:
            # It shares the machine with the training that is watched.
            if not question.is_of_flows or time.monotonic() - self._begun < EXPLAIN_EVERY:
                return
            self._begun = time.monotonic()
        self._worker.submit("explanation", self._work_out)

    def explain(
        self,
        seen: Observation,
        question: EdgeQuestion,
        before: Explanation | None = None,
        check: Check = lambda: None,
        parts: Sequence[int] = (),
    ) -> Explanation | None:
        """What the edges carry for a sample, or for the mean over rows; nothing changes.

        Args:
            seen: The rows, and which of them is looked at.
            question: What is asked.
            before: One of the same picture whose units stay; None for those that carry most now.
            check: Called now and then; may raise, to stop.
            parts: Numbers of parts of the input whose paths are wanted beside that which is asked for.
        """
        from nbviz.attribution.edges.explainer import Explainer  # with its methods, not needed to draw

        with self._frames.lock:
            drawing = self._frames.drawing
        row = seen.sample
        if row is None and seen.x is None:
            return None
        background = self._background or seen.x
        return Explainer(drawing.reader, background, output=self.output, region=self.region).explain(
            seen.mean_rows(drawing.most_rows(SURVEY_ROWS)) if row is None else row,
            {layer: fold.shown for layer, fold in drawing.folds.items()},
            is_sample=row is not None,
            feature=question.feature,
            class_=question.class_,
            choose=QuestionChoice(drawing, seen, question.unit, before),
            parts=self._parts(question, parts),
            advance=lambda share: check(),
        )

    def _parts(self, question: EdgeQuestion, others: Sequence[int]) -> list[InputPart]:
        if self.part_of is None:
            return []
        asked = [] if question.feature is None or question.feature >= 0 else [-1 - question.feature]
        return [self.part_of(number) for number in dict.fromkeys([*asked, *others])]

    def sent(self, found: Explanation, seen: Observation) -> bytes:
        """What was found as it goes to the browser, for the present network.

        Args:
            found: The explanation.
            seen: What it was worked out for.
        """
        from nbviz.widgets.network_diagram.flow_wire import explanation_bytes

        with self._frames.lock:
            drawing = self._frames.drawing
        return explanation_bytes(
            found,
            drawing.architecture,
            version=drawing.version,
            sample=seen.selected,
            sample_name=seen.sample_name,
            signed=seen.sample is not None,
        )

    def _work_out(self, check: Check) -> None:
        frames = self._frames
        with frames.lock:
            # The rows may be looked at otherwise meanwhile.
            seen, version, question = copy.copy(frames.observation), frames.drawing.version, self.question
            asked, before = (self.output, self.region), self._before(version, seen)
        found = self.explain(seen, question, before, check)
        check()
        sent = b"" if found is None else self.sent(found, seen)
        with frames.lock:
            check()
            if version == frames.drawing.version and asked == (self.output, self.region):
                self._last = None if found is None else (found, version, seen.selected)
                self._found(EdgesExplained(found, sent))

    def _before(self, version: int, seen: Observation) -> Explanation | None:
        """What was worked out last, where its units stay: while numbers move from step to step, units do not."""
        if self._last is None or not self._frames.progress.training or self._last[1:] != (version, seen.selected):
            return None
        return self._last[0]

"""What the edges of a diagram carry, worked out in the background for what it shows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from nbviz.picture.drawing import SURVEY_ROWS
from nbviz.picture.observation import Observation
from nbviz.widgets.scheduling.background_worker import Check, Worker

if TYPE_CHECKING:
    from nbviz.attribution.edges.explanation import Explanation
    from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram

EXPLAIN_EVERY = 1.0  # s, while training


class Explaining:
    """Keeps `explained` and `explanation` of a diagram those of what it shows, where they are wanted."""

    def __init__(self, diagram: NetworkDiagram) -> None:
        """Work for a diagram; nothing is worked out yet."""
        self._diagram = diagram
        self._background: list[np.ndarray] | None = None
        self._always = False  # whatever the edges show
        self._begun = 0.0
        self._worker = Worker(self._failed)

    def always(self, background: list[np.ndarray] | None) -> None:
        """Explain every sample, compared with these rows, one array for each input; None for those of x."""
        self._background, self._always = background, True

    def wait(self, timeout: float | None) -> bool:
        """Whether all is worked out within so many seconds."""
        return self._worker.wait(timeout)

    def ask(self) -> None:
        """Have what the edges carry worked out, where that is shown."""
        diagram = self._diagram
        asked = diagram.edge_meaning in ("contribution", "path")
        if not (self._always or asked):
            diagram.explained = None  # what was worked out before is not that of this frame
            return
        if diagram.progress.training:
            # It shares the machine with the training that is watched.
            if not asked or time.monotonic() - self._begun < EXPLAIN_EVERY:
                return
            self._begun = time.monotonic()
        self._worker.submit("explanation", self._work_out)

    def explain(self, seen: Observation, selected: int | None, check: Check) -> Explanation | None:
        """What the edges carry; nothing changes.

        Args:
            seen: The rows that the diagram shows.
            selected: Row of x that is shown.
            check: Called now and then; may raise, to stop.
        """
        from nbviz.attribution.edges.explainer import Explainer

        diagram = self._diagram
        with diagram.publishing:
            drawing = diagram.drawing
            feature, class_ = diagram.selected_unit, diagram.selected_class
        row = seen.sample(selected)
        if row is None and seen.x is None:
            return None
        self._explainer = Explainer(drawing.reader, self._background or seen.x)
        return self._explainer.explain(
            seen.probe(drawing.most_rows(SURVEY_ROWS)) if row is None else row,
            {layer: fold.candidates for layer, fold in drawing.folds.items()},
            is_sample=row is not None,
            feature=feature,
            class_=class_,
            advance=lambda share: check(),
        )

    def wire(self, found: Explanation, seen: Observation, selected: int | None, version: int) -> bytes:
        """What was found as it goes to the browser, for the network of a version."""
        from nbviz.widgets.network_diagram.flow_wire import explanation_bytes

        is_sample = seen.sample(selected) is not None
        return explanation_bytes(
            found,
            self._diagram.architecture,
            version=version,
            sample=selected,
            sample_name=(seen.row_name or f"sample {selected}") if is_sample else None,
            signed=is_sample,
            output=self._explainer.output_words,
            feature_ids=self._explainer.feature_ids,
        )

    def _work_out(self, check: Check) -> None:
        diagram = self._diagram
        with diagram.publishing:
            seen, version = diagram.observation, diagram.drawing.version
            selected = diagram.selected_sample if seen.row is None else None
        found = self.explain(seen, selected, check)
        if found is None:
            with diagram.publishing:
                check()
                diagram.explanation, diagram.explained = b"", None
            return
        check()
        sent = self.wire(found, seen, selected, version)
        with diagram.publishing:
            check()
            if version != diagram.drawing.version:
                return
            diagram.explanation_error = None
            diagram.explanation = sent
            diagram.explained = found

    def _failed(self, _kind: str, error: Exception) -> None:
        self._diagram.explanation_error = str(error)

"""The explorer's training tab: the control bar, the curves and the distributions of one run, linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from nbviz.explorer.training_rows import TrainingRows
from nbviz.style.text import html_text
from nbviz.training.recording.recording import Recording
from nbviz.widgets.owner import Owner
from nbviz.widgets.trainer.trainer import Trainer
from nbviz.widgets.training_charts.training_chart import TrainingChart
from nbviz.widgets.training_charts.weight_histograms import WeightHistograms
from nbviz.widgets.weak_registry import linked

if TYPE_CHECKING:
    from nbviz.widgets.network_diagram.network_diagram import NetworkDiagram

EPOCHS_PER_SECOND = 10  # at most, to begin with
EVERY = 0.1  # s between moments, where that costs little: a lesson is short


class TrainingTab(Owner, ipywidgets.VBox):
    """Trains the model of a diagram, and shows how it goes.

    Attributes:
        trainer: The control bar.
        recording: The history of the run.
        chart: Loss and metrics.
        histograms: Weights, biases, gradients and activations.
        rows: Says which rows it trains on.
    """

    def __init__(
        self,
        diagram: NetworkDiagram,
        rows: TrainingRows,
        *,
        seed: int = 0,
    ) -> None:
        """Get ready to train; nothing of the model changes until somebody presses Train.

        Args:
            diagram: Shows the model.
            rows: What to train on, and what to measure after each epoch. Of the forms that the answers could have,
                such as labels, class indices and one-hot rows, the first that fits the model's loss is taken.
            seed: Of the order of the rows.

        Raises:
            ValueError: The model is not compiled, has nothing to train, or no form fits its loss.
        """
        self.recording, self.trainer = self._fitting(diagram, rows, seed)
        diagram.show_history(self.recording)
        # A small network is done before anybody has seen it move; a large one never gets there.
        self.trainer.speed = float(EPOCHS_PER_SECOND * self.trainer.steps_per_epoch)
        self.chart, self.histograms = TrainingChart(self.recording, height=140), WeightHistograms(self.recording)
        below = ipywidgets.Box([self.chart, self.histograms])
        below.add_class("nbviz-training-charts")
        self.rows = ipywidgets.HTML(_words(rows))
        self.rows.add_class("nbviz-training-rows")
        super().__init__([self.trainer, self.rows, below])
        self.add_class("nbviz-training")
        parts = (self.trainer, self.chart, self.histograms)
        self._links = [linked((diagram, "shown_frame"), (part, "shown_frame")) for part in parts]
        self.own_parts()

    @staticmethod
    def _fitting(diagram: NetworkDiagram, rows: TrainingRows, seed: int) -> tuple[Recording, Trainer]:
        problem: Exception = ValueError("Expected y to train on. Received none.")
        x, measured = rows.x, rows.validation
        for place, y in enumerate(rows.forms):
            held_out = None if measured is None else (measured[0], measured[1][place])
            recording = Recording(diagram.model, x, y, diagram=diagram, every=EVERY, seed=seed)
            try:
                return recording, Trainer(
                    diagram.model, x, y, validation_data=held_out, recording=recording, diagram=diagram, seed=seed
                )
            except (TypeError, ValueError) as error:
                problem = error
        raise ValueError(str(problem))

    def __repr__(self) -> str:
        """What is trained; no markup."""
        return f"TrainingTab({self.recording.model.name})"


def _words(rows: TrainingRows) -> str:
    """Which rows are trained on; a warning where what is measured on them flatters the model."""
    return f'<span class="nbviz-training-{"fair" if rows.is_fair else "unfair"}">{html_text(rows.words)}</span>'

"""`ImageEvidence`: a picture, a sequence or a text, and over it what speaks for and against the classes of interest."""

from __future__ import annotations

from typing import Any

import traitlets

from nbviz.widgets.image_evidence.image_evidence_wire import EvidencePlan, ExplainedPicture, evidence_wire
from nbviz.widgets.index_trait import Index
from nbviz.widgets.view import View


class ImageEvidence(View):
    """The sample, the evidence for the class read and for its own, or the next likely, on one scale.

    Beneath each the average, what speaks for and what against it, which add up to the output; the list beside them has
    the outputs of all classes. Of a sequence each feature is a lane, with its series drawn over the evidence; of a text
    each token stands on the colour of its weight.

    Attributes:
        selected_class: Index of a class whose evidence is shown too, None for none.
        selected_region: Index of the selected region, None for none.
        selected_part: Number of what is selected: a region, or, beyond these, a square; None for none.
        lights_parts: Whether paths of parts of the input can be lit in a linked diagram.
        input_unit: Unit of that diagram that is the whole input; None where there is none, as of flat rows.
        selected_unit: Of a text the unit of a linked diagram that is the selected token, None for none.
        edge_meaning: What the edges of a linked diagram should show: `"path"` once a token is selected here.
        waiting: Why there is nothing to show.
        explained: What is shown, None for nothing.
    """

    _view_folder = "image_evidence"
    # down: Python writes
    evidence = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    waiting = traitlets.Unicode("A click on a sample explains it.").tag(sync=True)
    lights_parts = traitlets.Bool(False).tag(sync=True)
    input_unit = Index().tag(sync=True)
    # shared
    selected_class = Index(of=lambda view: len(view.plan.classes)).tag(sync=True)
    selected_region = Index(of=lambda view: len(view.plan.regions.names)).tag(sync=True)
    selected_part = Index(of=lambda view: view.plan.parts).tag(sync=True)
    selected_unit = Index().tag(sync=True)
    edge_meaning = traitlets.Unicode("weight").tag(sync=True)

    def __init__(self, plan: EvidencePlan) -> None:
        """Nothing is explained yet.

        Args:
            plan: What holds for all pictures.
        """
        self.plan = plan
        self.explained: ExplainedPicture | None = None
        super().__init__()

    def state(self, explained: ExplainedPicture | None) -> dict[str, Any]:
        """What shows a picture, trait -> value; nothing changes. None: there is none."""
        if explained is None:
            return {"evidence": {}, "numbers": b""}
        evidence, numbers = evidence_wire(explained, self.plan)
        return {"evidence": evidence, "numbers": numbers}

    def show(self, explained: ExplainedPicture | None) -> None:
        """Show a picture; None for none."""
        self.explained = explained
        with self.hold_sync():
            for name, value in self.state(explained).items():
                self.set_trait(name, value)

    def __repr__(self) -> str:
        """What is explained; no markup."""
        name = self.evidence.get("name")
        return f"ImageEvidence({name})" if name else "ImageEvidence(nothing yet)"

"""What a page without a kernel shows, as its script replays it."""

from __future__ import annotations

from typing import Any

from ipywidgets import Widget

from nbviz import ModelExplorer
from tests.explorer.shown_state import alike

# Part of an explorer -> traits that Python writes, or that say what is looked at.
SEEN = {
    "diagram": ("frame", "explanation", "selected_sample"),
    "matrix": ("tables", "numbers", "layers", "layer"),
    "waterfall": ("shown", "numbers"),
    "comparison": ("compared_samples",),
    "confusion": ("table", "numbers", "mean"),
    "sample_picker": ("samples", "numbers", "selected_sample", "compared_samples", "mean", "mean_name"),
    "cell_rows": ("rows",),
    "images": ("maps", "numbers", "sample", "sample_picture"),
    "evidence": ("evidence", "numbers"),
    "_note": ("value",),
}


class ReplayedPage:
    """The page of an explorer as it is now; what is done to the explorer later does not change it."""

    def __init__(self, explorer: ModelExplorer) -> None:
        """Save it."""
        self.content = explorer.page_content()
        self._parts = {name: getattr(explorer, name) for name in SEEN if getattr(explorer, name) is not None}
        if explorer.layers.maps is not None:
            self._parts["maps"] = explorer.layers.maps
        self._traits = {name: SEEN.get(name, ("maps", "numbers")) for name in self._parts}
        self._state = {
            part: {trait: getattr(part, trait) for trait in self._traits[name]} for name, part in self._parts.items()
        }
        self._set(self.content.overrides)

    def select(self, sample: int | None) -> None:
        """Choose another row, or none: what was compared no longer is, as by a click in the picker."""
        self._set(self.content.moments[sample])
        for part in self._parts.values():
            for trait, value in (("selected_sample", sample), ("compared_samples", []), ("mean", None)):
                if trait in self._state[part]:
                    self._state[part][trait] = value

    def choose(self, control: Widget, value: float | None) -> None:
        """Move another control of the page."""
        (choice,) = (each for each in self.content.choices if each.control is control)
        self._set(choice.moments[value])

    def sees(self, part: Widget, trait: str) -> Any:
        """What the page shows."""
        return self._state[part][trait]

    def differs(self) -> list[str]:
        """Where the explorer, as it is now, shows something else than the page."""
        return [
            f"{name}.{trait}"
            for name, part in self._parts.items()
            for trait in self._traits[name]
            if not alike(self._state[part][trait], getattr(part, trait))
        ]

    def _set(self, values: Any) -> None:
        for widget, traits in values.items():
            self._state.setdefault(widget, {}).update(traits)

"""Whatever says which of some things is chosen: what is none of them is refused, and nothing changes."""

import numpy as np
import pytest
import traitlets
from ipywidgets import Widget

from nbviz.widgets.index_trait import Index
from nbviz.widgets.owner import parts_of

NONE_OF_THEM = [-1, True, False, 0.5, np.float32(1.5), float("nan"), "1"]
# A unit of any layer, a channel of any layer, the last moment before any step: nobody knows how many there are.
ENDLESS = {"selected_unit", "input_unit", "selected_channel", "shown_frame"}
# What is shown may still be of another output.
UNKNOWN = {
    ("ImageImportance", "selected_class"),
    ("NetworkDiagram", "shown_frame"),
    ("NetworkDiagram", "selected_part"),  # of pictures no path of a part is lit
    ("SampleComparison", "selected_class"),
    ("Waterfall", "selected_class"),
}


def indices(explorer: Widget) -> list[tuple[Widget, str]]:
    return [
        (part, name)
        for part in [explorer, *parts_of(explorer)]
        for name, trait in part.traits().items()
        if isinstance(trait, Index)
    ]


@pytest.mark.parametrize("which", ["explored", "of_images"])
def test_of_every_part_of_an_explorer(which, request):
    explorer = request.getfixturevalue(which)
    found = indices(explorer)
    assert {"selected_unit", "selected_class", "selected_sample", "shown_frame"} <= {name for _, name in found}
    for part, name in found:
        known = [] if name in ENDLESS and part not in (explorer, explorer.diagram) else [10**6]
        if (type(part).__name__, name) in UNKNOWN:
            known = []
        before = getattr(part, name)
        for value in [*NONE_OF_THEM, *known]:
            with pytest.raises(traitlets.TraitError, match=f"^Expected {name} ") as raised:
                setattr(part, name, value)
            assert f"Received {value!r}." in str(raised.value)
            assert getattr(part, name) == before


def test_cells_of_a_confusion_matrix(explored):
    for part in (explored.confusion, explored.sample_picker, explored.cell_rows):
        for cells in ([[0, 3]], [[-1, 0]], [[0]], [[0, 1, 2]], [[True, 0]]):
            with pytest.raises(traitlets.TraitError, match=r"^Expected cells as pairs \[row, column\] from 0 to 2"):
                part.cells = cells
            assert part.cells is None


def test_no_other_trait_says_which_of_some_things_is_chosen(explored, of_images):
    for explorer in (explored, of_images):
        for part in parts_of(explorer):
            if type(part).__module__.startswith("nbviz."):
                wrong = [
                    name
                    for name, trait in part.traits().items()
                    if name.startswith(("selected_", "shown_")) and type(trait) is traitlets.Int
                ]
                assert wrong == [], part

import keras
import numpy as np
from ipywidgets.embed import dependency_state

import nbviz
from nbviz.explorer.explorer_sheet import ExplorerSheet


def test_the_sheet_styles_the_explorer_and_the_charts_in_it():
    sheet = ExplorerSheet()
    for part in (".nbviz-explorer", ".widget-tab", ".nbviz-parts", ".nbviz-explorer-fall", ".nbviz-what-if"):
        assert part in sheet._css
    sheet.close()


def test_what_is_saved_of_an_explorer_has_its_sheet_though_the_sheet_takes_no_room():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "softmax")])
    explorer = nbviz.explore(model, np.eye(2, dtype="float32"))
    state = dependency_state([explorer], drop_defaults=False)
    own = state[explorer.model_id]["state"]
    reference = f"IPY_MODEL_{explorer.sheet.model_id}"
    assert own["sheet"] == reference
    # By itself: the charts of a saved explorer are laid out at once.
    assert ".nbviz-explorer" in state[explorer.sheet.model_id]["state"]["_css"]
    shown = [saved["state"].get("children", []) for saved in state.values()]
    assert not any(reference in children for children in shown)

import base64
import gzip

import ipywidgets

from nbviz.page.bundle import STATIC, built_file
from nbviz.widgets.code_file import code_file


def test_each_file_is_held_once_and_what_it_imports_with_it():
    grid, maps = code_file("kernel_grid.js"), code_file("feature_maps.js")
    shared = set(grid.imports.values()) & set(maps.imports.values())
    assert shared  # the tiles
    assert code_file("kernel_grid.js") is grid
    assert set(grid.files().values()) == {grid, *grid.imports.values()} | {
        inner for file in grid.imports.values() for inner in file.imports.values()
    }


def test_a_file_refers_to_others_as_widgets_are_saved():
    grid = code_file("kernel_grid.js")
    state = grid.get_state()
    for trait, name in (("source", "kernel_grid.js"), ("style", "kernel_grid.css")):
        assert gzip.decompress(base64.b64decode(state[trait])).decode() == (STATIC / name).read_text("utf-8")
    for name, reference in state["imports"].items():
        assert reference.removeprefix("IPY_MODEL_") in grid.files()
        assert built_file(name.removeprefix("./")).source in {file.source for file in grid.files().values()}
    assert "layout" not in state  # each would bring a model of its own


def test_it_is_never_shown():
    assert not isinstance(code_file("trainer.js"), ipywidgets.DOMWidget)

"""The rules of the house: imports run one way, no circle, folders that are read at a glance."""

from pathlib import Path

import pytest

import nbviz
from tests.house import (
    across,
    arrows_up,
    circles,
    crowded,
    entries,
    imports,
    modules,
    reaching,
    shared_prefixes,
    wing_of,
)

# Wing -> the wings that it may import. Who may import Keras is known to ruff (TID251).
BELOW = {
    "style": (),
    "page": (),
    "network": ("style",),
    "keras_model": ("network",),
    "picture": ("keras_model", "network", "style"),
    "attribution": ("keras_model", "network", "style"),
    "training": ("picture", "keras_model", "network", "page"),
    "widgets": ("training", "attribution", "picture", "keras_model", "network", "page", "style"),
}
BELOW["explorer"] = ("widgets", *BELOW["widgets"])
# The command line, and the package itself with its public names, may import everything.
BELOW["__main__"] = BELOW[""] = ("", "explorer", *BELOW["explorer"])

READERS_OF_THE_MODEL = ("picture.drawing", "picture.observation", "picture.live_frames")
SHARED_BY_WIDGETS = ("scheduling",)
# A trainer moves the diagram of its model.
WIDGETS_THAT_KNOW_ANOTHER = (("trainer", "network_diagram"),)

MOST_ENTRIES = 12
MOST_FILES = 20
MOST_OF_A_PREFIX = 2

HOUSE = Path(nbviz.__file__).parent


@pytest.fixture(scope="module")
def found():
    return imports(HOUSE)


def told(faults, way_out):
    """One fault a line, which pytest would cut short, and what to do."""
    return "\n".join(["", *faults, way_out])


def test_the_walk_finds_files_and_imports_that_are_there(found):
    assert {"", "__main__", "explorer.explorer", "keras_model", "picture.svg.draw"} <= set(modules(HOUSE))
    assert ("keras_model", "keras_model.reader") in {(each.source, each.target) for each in found}


def test_every_file_is_in_a_wing():
    assert {wing_of(module) for module in modules(HOUSE)} == set(BELOW), "a new file goes into the wing that uses it"


def test_imports_between_wings_run_down_only(found):
    faults = arrows_up(found, BELOW)
    assert not faults, told(
        faults,
        "Move what is needed into a wing below both, or let the one who knows both hand it in: as plain data, or as a "
        "callable.",
    )


def test_few_files_of_the_picture_know_the_model(found):
    faults = reaching(found, "picture", "keras_model", READERS_OF_THE_MODEL)
    assert not faults, told(faults, "Let one of these read the model, and take arrays and plain data of it.")


def test_no_widget_knows_another(found):
    folders = {folder.name for folder in (HOUSE / "widgets").iterdir() if folder.is_dir()}
    widgets = folders - {*SHARED_BY_WIDGETS, "__pycache__"}
    assert {name for pair in WIDGETS_THAT_KNOW_ANOTHER for name in pair} <= widgets
    faults = across(found, "widgets", widgets, WIDGETS_THAT_KNOW_ANOTHER)
    assert not faults, told(
        faults,
        "What two widgets need stands at the root of widgets/; what joins them belongs to the one who makes both.",
    )


def test_no_files_import_each_other_in_a_circle_not_even_for_a_type(found):
    faults = circles(found)
    assert not faults, told(
        faults,
        "Hand the one the plain data, or the callable, that it needs of the other, or move what both need into a file "
        "of its own.",
    )


def test_the_top_is_read_at_a_glance():
    names = entries(HOUSE, ("py.typed", "static", "__pycache__"))
    assert len(names) <= MOST_ENTRIES, told(names, f"At most {MOST_ENTRIES} may be: what is new goes into a wing.")


def test_no_folder_is_crowded():
    faults = crowded(HOUSE, MOST_FILES)
    assert not faults, told(faults, f"At most {MOST_FILES} may be: files that are one concept together are a folder.")


def test_no_prefix_stands_for_a_folder():
    faults = shared_prefixes(HOUSE, MOST_OF_A_PREFIX)
    assert not faults, told(faults, "What three names begin with is the name of the folder that is missing.")


# Each rule finds what breaks it in a house made up for it.


@pytest.fixture
def build(tmp_path):
    """Write files, given as path -> content, and return their package."""

    def build(files):
        for path, content in {"__init__.py": "", **files}.items():
            file = tmp_path / "house" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        return tmp_path / "house"

    return build


TWO_WINGS = {"high": ("low",), "low": (), "": ("high", "low")}


def test_what_keeps_to_the_rules_is_no_fault(build):
    house = build({"high/a.py": "import os\nfrom house.low.b import c\n", "low/b.py": "import numpy as np\n"})
    (only,) = imports(house)
    assert (only.source, only.target, only.place) == ("high.a", "low.b", "house/high/a.py:2")
    assert arrows_up([only], TWO_WINGS) == circles([only]) == []


@pytest.mark.parametrize(
    "line",
    [
        "import house.high.a",
        "import os, house.high.a as a",
        "from house.high import a",
        "from house.high.a import A",
        "from house.high.a import *",
        "from ..high import a",
        "from ..high.a import A",
        "from .. import high",
        "def later():\n    from house.high.a import A",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.high.a import A",
        "try:\n    import house.high.a\nexcept ImportError:\n    pass",
    ],
)
def test_an_import_that_runs_up_is_found_however_it_is_written(build, line):
    house = build({"high/__init__.py": "", "high/a.py": "class A: ...", "low/b.py": line})
    target = "high" if line == "from .. import high" else "high.a"
    number = next(index for index, text in enumerate(line.splitlines(), 1) if "high" in text)
    assert arrows_up(imports(house), TWO_WINGS) == [f"house/low/b.py:{number} imports {target}: low may import no wing"]


def test_what_an_init_imports_is_resolved_from_its_own_folder(build):
    house = build({"high/__init__.py": "", "low/__init__.py": "from .b import c\nfrom ..high import d", "low/b.py": ""})
    assert [(each.source, each.target) for each in imports(house)] == [("low", "low.b"), ("low", "high")]


def test_the_package_itself_is_a_file_too(build):
    house = build({"__init__.py": "from house.low.b import c", "low/b.py": "from house import c"})
    assert arrows_up(imports(house), TWO_WINGS) == [
        "house/low/b.py:1 imports the package itself: low may import no wing"
    ]
    assert len(circles(imports(house))) == 1


def test_a_file_beside_the_wings_is_a_wing_that_no_table_has(build):
    house = build({"more.py": "import house.low.b", "low/b.py": "", "frontend/build.py": "import house.low.b"})
    assert {wing_of(module) for module in modules(house)} == {"", "low", "more"}
    assert arrows_up(imports(house), TWO_WINGS) == ["house/more.py:1 imports low.b: more may import no wing"]


def test_a_file_that_may_not_know_the_model_is_found(build):
    line = "import house.low.model"
    house = build({"low/model.py": "", "low/more.py": line, "high/eye.py": line, "high/hand.py": line})
    assert reaching(imports(house), "high", "low", ("high.eye",)) == [
        "house/high/hand.py:1 imports low.model: only high.eye may"
    ]


def test_a_widget_that_knows_another_is_found(build):
    house = build(
        {
            "widgets/a/a.py": "from house.widgets.b.b import B\nimport house.widgets.root",
            "widgets/a/more.py": "import house.widgets.a.a",
            "widgets/b/__init__.py": "",
            "widgets/b/b.py": "from house.widgets.shared.clock import Clock",
            "widgets/c/c.py": "from house.widgets import b",
            "widgets/shared/clock.py": "",
            "widgets/root.py": "import house.widgets.c.c",
        }
    )
    assert across(imports(house), "widgets", ("a", "b", "c"), (("a", "b"),)) == [
        "house/widgets/c/c.py:1 imports widgets.b: c may not know b",
        "house/widgets/root.py:1 imports widgets.c.c: what all share may not know c",
    ]


def test_two_files_that_import_each_other_for_a_type_are_found(build):
    for_a_type = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.low.a import A"
    house = build({"low/a.py": "def make():\n    from house.low.b import B", "low/b.py": for_a_type})
    assert circles(imports(house)) == ["house/low/a.py:2 imports low.b; house/low/b.py:3 imports low.a"]


def test_a_longer_circle_is_told_once_and_by_its_shortest_way(build):
    house = build(
        {
            "low/a.py": "import house.low.b",
            "low/b.py": "import house.low.c\nimport house.low.d",
            "low/c.py": "import house.low.a",
            "low/d.py": "import house.low.e",
            "low/e.py": "",
        }
    )
    assert circles(imports(house)) == [
        "house/low/a.py:1 imports low.b; house/low/b.py:1 imports low.c; house/low/c.py:1 imports low.a"
    ]


def test_a_crowded_folder_is_found(build):
    house = build({f"low/{name}.py": "" for name in "abcdef"} | {"low/notes.txt": ""})
    assert crowded(house, 6) == []
    assert crowded(house, 5) == ["house/low has 6 files"]


def test_a_prefix_of_three_files_is_found(build):
    house = build({f"low/{name}.py": "" for name in ("svg", "svg_a", "svg_b", "svg_c", "_a", "_b", "_c", "map_a")})
    assert shared_prefixes(house, 3) == []
    assert shared_prefixes(house, 2) == ["house/low has svg_a.py, svg_b.py, svg_c.py"]


def test_what_stands_at_the_top_is_counted_with_what_holds_no_python(build):
    house = build({"py.typed": "", "low/a.py": "", "frontend/a.ts": ""})
    assert entries(house, ("py.typed",)) == ["__init__.py", "frontend", "low"]

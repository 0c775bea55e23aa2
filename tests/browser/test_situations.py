"""Every kind of task in a real JupyterLab, and as a page without a kernel: linked both ways, nothing amiss."""

import re

import pytest
from playwright.sync_api import expect

from . import situations
from .jupyter import cell_errors, comes_to, execute, run_all, wait_until_run
from .page import rest_with_figures

pytestmark = pytest.mark.slow

# One kernel for several of them: TensorFlow takes ten seconds to import.
NAMES = [made.__name__ for made in situations.SITUATIONS]
GROUPS = [NAMES[at::3] for at in range(3)]
BEGIN = f"""
import os, runpy
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import nbviz
situation = runpy.run_path({situations.__file__!r})["situation"]
explorers = {{}}
"""
EXPLORE = """
given = situation({name!r})
explorer = explorers[{name!r}] = nbviz.explore(given.model, given.x, given.y, **given.more)
assert explorer.wait()
assert explorer.error is None, explorer.error
nbviz.save_html(explorer, {path!r})
explorer
"""
OUTPUTS = """
diagram = explorers[{name!r}].diagram
layer = diagram.network["class_layer"] or diagram.architecture.outputs[0].name
print(diagram.unit_id(layer, 0), diagram.architecture[layer].units)
"""
BROKEN = re.compile(r"undefined|\bNaN\b|\bnull\b|\[object|Infinity|Error")
MARKED = ".nbviz-images-map[aria-pressed=true], .nbviz-importance-matrix [aria-selected=true]"


def _told(explorer):
    """What the diagram says of what is shown."""
    return explorer.locator(".nbviz-network .nbviz-status")


def _drawn(explorer):
    explorer.scroll_into_view_if_needed()
    explorer.locator(".nbviz-network canvas").first.wait_for()
    rest_with_figures(explorer.page)
    assert BROKEN.search(explorer.inner_text()) is None


def _importance_leads_to_the_diagram(explorer):
    choices = explorer.locator(".nbviz-images-map:visible, .nbviz-importance-matrix [role=gridcell]:visible")
    if choices.count() == 0:
        return  # there is but one map, of the only output
    at_rest = _told(explorer).inner_text()
    choices.first.click()
    expect(_told(explorer)).not_to_have_text(at_rest, use_inner_text=True)
    _drawn(explorer)
    explorer.page.keyboard.press("Escape")
    expect(_told(explorer)).to_have_text(at_rest, use_inner_text=True)


def _the_diagram_leads_to_importance(explorer, outputs):
    """Answers which of the outputs, given as ids of units, was clicked."""
    expect(explorer.locator(MARKED)).to_have_count(0)
    units = explorer.locator(".nbviz-network [role=treeitem][data-unit]")
    drawn = [int(unit.get_attribute("data-unit")) for unit in units.all()]
    unit = next(unit for unit in drawn if unit in outputs)
    box = units.nth(drawn.index(unit)).bounding_box()
    explorer.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    explorer.locator(MARKED).first.wait_for(state="attached")
    _drawn(explorer)
    return outputs.index(unit)


@pytest.mark.parametrize("names", GROUPS, ids=["-".join(names) for names in GROUPS])
def test_diagram_and_importance_are_linked_both_ways(notebook, screenshots, tmp_path, names):
    pages = {name: tmp_path / f"{name}.html" for name in names}
    page = notebook([BEGIN, *(EXPLORE.format(name=name, path=str(path)) for name, path in pages.items())])
    page.set_viewport_size({"width": 1600, "height": 1400})
    run_all(page)
    wait_until_run(page, seconds=400)
    assert cell_errors(page) == []
    outputs = {}
    for at, name in enumerate(names, start=1):
        explorer = page.locator(".jp-CodeCell").nth(at).locator(".nbviz-explorer")
        first, count = map(int, execute(page, OUTPUTS.format(name=name)).split())
        outputs[name] = range(first, first + count)
        _drawn(explorer)
        _importance_leads_to_the_diagram(explorer)
        clicked = _the_diagram_leads_to_importance(explorer, outputs[name])
        assert comes_to(page, f"print(explorers[{name!r}].selected_class)", f"{clicked}\n")
        explorer.screenshot(path=screenshots / f"lab_{name}.png")
        explorer.page.keyboard.press("Escape")
    assert execute(page, "print([each.error for each in explorers.values() if each.error])") == "[]\n"

    page.goto("about:blank")
    page.context.set_offline(True)
    for name, path in pages.items():
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-drawn=true]")
        explorer = page.locator(".nbviz-explorer")
        _drawn(explorer)
        _importance_leads_to_the_diagram(explorer)
        _the_diagram_leads_to_importance(explorer, outputs[name])
        page.screenshot(path=screenshots / f"page_{name}.png", full_page=True)

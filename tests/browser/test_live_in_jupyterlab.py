"""The diagram in a real JupyterLab while the kernel trains, is interrupted, or is asked from the page."""

import pytest

from .jupyter import cell_errors, comes_to, execute, heard, run_all, wait_until_run
from .page import let_pass, rest
from .picture import changed_share, screenshot, wait_for_change

pytestmark = pytest.mark.slow

MODEL = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, numpy as np, nbviz
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((6,), name="x"), keras.layers.Dense(24, activation="tanh", name="hidden"),
    keras.layers.Dense(3, activation="softmax", name="answer"),
])
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
random = np.random.default_rng(0)
x = random.normal(size=(640, 6)).astype("float32")
y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)
diagram = nbviz.NetworkDiagram(model, x, feature_names=list("abcdef"), class_names=["low", "mid", "high"])
"""
STATUS = "[...document.querySelectorAll('.jp-OutputArea-output')].map(output => output.innerText).join(' ')"
INTERRUPT = """async () => {
  const panel = [...window.jupyterapp.shell.widgets("main")].find(widget => widget.sessionContext);
  await panel.sessionContext.session.kernel.interrupt();
}"""


def output(page):
    page.wait_for_selector(".jp-OutputArea-output canvas", timeout=90_000)
    found = page.locator(".jp-OutputArea-output:has(canvas)").first
    found.scroll_into_view_if_needed()
    return found


def test_the_picture_moves_while_fit_blocks_the_kernel_and_ends_true_after_an_interrupt(notebook, screenshots):
    page = notebook(
        [MODEL, "diagram.show(0)", "model.fit(x, y, epochs=100_000, verbose=0, callbacks=[diagram.live()])"]
    )
    run_all(page)
    shown = output(page)
    page.wait_for_function(f"() => {STATUS}.includes('updates/s')", timeout=90_000)
    for _ in range(4):
        wait_for_change(page, shown, screenshot(shown), 0.0005)
    page.screenshot(path=screenshots / "training_in_jupyterlab.png")
    page.evaluate(INTERRUPT)
    page.wait_for_function(f"() => !{STATUS}.includes('updates/s')")
    # The kernel answers again, so that the arrows can be used; values ease to the last frame.
    page.wait_for_function("() => document.querySelector('[aria-label=\"next sample\"]').disabled === false")
    wait_until_run(page)
    heard(page)
    at_rest = screenshot(shown)
    let_pass(page, 60)
    assert changed_share(at_rest, screenshot(shown)) == 0
    assert [error for error in cell_errors(page) if "KeyboardInterrupt" not in error] == []
    # The picture is that of the weights as they are: reading them again changes nothing.
    execute(page, "diagram.update()")
    rest(page)
    assert changed_share(at_rest, screenshot(shown)) < 0.0005


def test_the_sample_arrows_ask_the_kernel_for_the_next_row(notebook):
    page = notebook([MODEL, "diagram.show(7)"])
    run_all(page)
    shown = output(page)
    wait_until_run(page)
    rest(page)
    before = screenshot(shown)
    shown.get_by_role("button", name="next sample").click()
    assert comes_to(page, "print(diagram.selected_sample)", "8\n")
    rest(page)
    assert changed_share(before, screenshot(shown)) > 0.0005


def test_keys_used_by_the_diagram_leave_the_active_cell_alone(notebook):
    page = notebook([MODEL, "diagram.show(0)", "1 + 1"])
    run_all(page)
    shown = output(page)
    wait_until_run(page)
    active = """() => [...document.querySelectorAll('.jp-Notebook .jp-Cell')]
      .findIndex(cell => cell.classList.contains('jp-mod-active'))"""
    shown.get_by_role("treeitem").first.focus()
    before = page.evaluate(active)
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "Enter", "ArrowUp", "d", "d", "a", "b"):
        page.keyboard.press(key)
    assert page.evaluate(active) == before
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert comes_to(page, "print(diagram.selected_unit is not None)", "True\n")
    page.keyboard.press("Escape")
    assert comes_to(page, "print(diagram.selected_unit)", "None\n")
    assert page.evaluate(active) == before


def test_a_click_on_a_unit_reaches_python(notebook):
    page = notebook([MODEL, "diagram.show(0)"])
    run_all(page)
    shown = output(page)
    wait_until_run(page)
    for layer, unit, selected in (("answer", "high", "None 2 contribution"), ("x", "c", None)):
        found = int(execute(page, f"print(diagram.unit_id({layer!r}, {unit!r}))"))
        box = shown.locator(f"[data-unit='{found}']").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        told = "f'{diagram.selected_unit} {diagram.selected_class} {diagram.edge_meaning}'"
        begins = selected or f"{found} "
        assert comes_to(page, f"print({told}.startswith({begins!r}))", "True\n"), execute(page, f"print({told})")

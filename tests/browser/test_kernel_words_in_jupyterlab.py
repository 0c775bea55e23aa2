"""What views in a real JupyterLab say of their kernel: busy, silent, lost, dead, restarted; and the cure, the cell."""

import os
import signal

import pytest
from playwright.sync_api import expect

from .jupyter import cell_errors, execute, is_busy, keep_busy, run_all, wait_until_run
from .page import rest

pytestmark = pytest.mark.slow

VIEWS = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import ipywidgets, keras, numpy as np, nbviz
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(3, activation="softmax", name="answer")])
model.compile("adam", "sparse_categorical_crossentropy")
x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
diagram = nbviz.NetworkDiagram(model, x)
trainer = nbviz.Trainer(model, x, (x[:, 0] > 0).astype(int), diagram=diagram)
trainer.step()
trainer.wait()
ipywidgets.VBox([diagram, trainer])
"""

KERNEL = "[...window.jupyterapp.shell.widgets('main')].find(widget => widget.sessionContext).sessionContext"


def _said(page, words):
    expect(page.locator(".nbviz-notice:visible")).to_have_count(1)
    expect(page.locator(".nbviz-notice:visible .nbviz-notice-words")).to_have_text(words)


def _nothing_is_said(page):
    expect(page.locator(".nbviz-notice:visible")).to_have_count(0)


def _position(page):
    return page.locator(".nbviz-trainer .nbviz-position")


def _run(page, ends_with):
    run_all(page)
    wait_until_run(page)
    page.wait_for_selector(".nbviz-network canvas")
    expect(_position(page)).to_have_text(ends_with)
    expect(page.locator(".nbviz-step")).to_have_attribute("aria-disabled", "false")
    _nothing_is_said(page)


def _dismiss(page):
    """JupyterLab says so, too."""
    page.locator(".jp-Dialog button", has_text="Ok").click()


def _looks_forsaken(page):
    expect(page.locator(".nbviz-step")).to_have_attribute("aria-disabled", "true")
    expect(page.locator(".nbviz-state-word")).to_have_text("no kernel")


def test_each_state_of_a_kernel_has_its_word(notebook, problems, screenshots, tmp_path):
    page = notebook([VIEWS])
    # As with kernels that have one thread for cells and widgets: others answer while a cell runs.
    page.evaluate("() => { window.jupyterapp.serviceManager.kernels.commsOverSubshells = 'disabled'; }")
    _run(page, "epoch 1, batch 1 of 2")
    step = page.locator(".nbviz-step")

    # A command waits while a cell runs; it is done afterwards, and nothing was greyed.
    keep_busy(page, tmp_path / "go")
    step.click()
    _said(page, "The kernel is busy; it answers once its cell has run.")
    assert is_busy(page)
    expect(step).to_have_attribute("aria-disabled", "false")
    page.screenshot(path=screenshots / "kernel_busy.png")
    (tmp_path / "go").touch()
    expect(_position(page)).to_have_text("epoch 1, batch 2 of 2")
    _nothing_is_said(page)

    # One that stands still gives no sign of it.
    pid = int(execute(page, "import os; print(os.getpid())"))
    os.kill(pid, signal.SIGSTOP)
    step.click()
    _said(page, "No kernel answers; run the cell again.")
    _looks_forsaken(page)
    page.screenshot(path=screenshots / "kernel_silent.png")
    page.locator(".nbviz-notice:visible button").click()
    _nothing_is_said(page)
    _said(page, "No kernel answers; run the cell again.")
    os.kill(pid, signal.SIGCONT)
    _nothing_is_said(page)
    expect(_position(page)).to_have_text("epoch 2, batch 1 of 2")

    # A line that is cut and joined again.
    page.context.set_offline(True)
    page.evaluate(f"() => {{ {KERNEL}.session.kernel.reconnect().catch(() => {{}}); }}")
    _said(page, "The connection to the kernel is lost; it is being sought.")
    _looks_forsaken(page)
    page.context.set_offline(False)
    # JupyterLab tries by itself too, after longer and longer pauses, up to a minute.
    page.evaluate(f"() => {{ {KERNEL}.session.kernel.reconnect().catch(() => {{}}); }}")
    _said(page, "The kernel is connected again.")
    _nothing_is_said(page)
    step.click()
    expect(_position(page)).to_have_text("epoch 2, batch 2 of 2")

    # A kernel that dies is started anew by Jupyter, and knows nothing of the widgets.
    page.evaluate(f"() => {{ {KERNEL}.session.kernel.requestExecute({{ code: 'os.kill(os.getpid(), 9)' }}); }}")
    _dismiss(page)
    _said(page, "The kernel was restarted; run the cell again.")
    _looks_forsaken(page)
    rest(page)
    page.screenshot(path=screenshots / "kernel_killed.png")
    _run(page, "epoch 1, batch 1 of 2")
    step.click()
    expect(_position(page)).to_have_text("epoch 1, batch 2 of 2")

    # So does one that the user restarts,
    page.evaluate(f"() => {{ {KERNEL}.restartKernel(); }}")
    _said(page, "The kernel was restarted; run the cell again.")
    _looks_forsaken(page)
    # or ends.
    page.evaluate(f"() => {{ {KERNEL}.shutdown(); }}")
    _said(page, "The kernel was shut down; start one and run the cell again.")
    assert cell_errors(page) == []
    problems.texts.clear()

"""Widgets whose modules come late in a real JupyterLab: anywidget gives them up, they draw and follow all the same."""

import os

import pytest
from playwright.sync_api import expect

from .jupyter import cell_errors, execute, run_all, wait_until_run
from .page import rest

pytestmark = pytest.mark.slow

LONG = 600_000
KERNEL = "[...window.jupyterapp.shell.widgets('main')].find(widget => widget.sessionContext).sessionContext"

# Every module made in the page takes so long to be there.
DELAY = """(() => {
  const create = URL.createObjectURL.bind(URL);
  URL.createObjectURL = blob => create(blob.type === "text/javascript"
    ? new Blob([`await new Promise(done => setTimeout(done, ${MS}));\\n`, blob], { type: blob.type }) : blob);
})();"""

VIEWS = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import ipywidgets, keras, numpy as np, nbviz
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((4,), name="x"), keras.layers.Dense(6, activation="tanh", name="hidden"),
    keras.layers.Dense(3, activation="softmax", name="answer"),
])
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)
diagram = nbviz.NetworkDiagram(model, x, feature_names=list("abcd"))
matrix = nbviz.ImportanceMatrix(nbviz.importance(model, x, feature_names=list("abcd")))
trainer = nbviz.Trainer(model, x, y, diagram=diagram)
picker = SamplePicker(ClassPredictions(model.predict(x, verbose=0), y))
conv = keras.Sequential([
    keras.Input((6, 6, 1)), keras.layers.Conv2D(3, 3, name="conv"), keras.layers.Flatten(), keras.layers.Dense(2),
])
grid = nbviz.KernelGrid(conv)
maps = nbviz.FeatureMaps(conv, np.random.default_rng(0).normal(size=(9, 6, 6, 1)))
charts = nbviz.TrainingChart(trainer.recording)
ipywidgets.VBox([diagram, matrix, trainer, picker, grid, maps, charts])
"""


@pytest.mark.parametrize("ms", [2500, 9000])
def test_widgets_whose_modules_come_late_draw_and_follow(ms, notebook, page, problems, screenshots):
    page.add_init_script(DELAY.replace("${MS}", str(ms)))
    notebook([VIEWS])
    run_all(page)
    page.wait_for_selector(".nbviz-importance-matrix [role=gridcell]", timeout=120_000)
    page.wait_for_selector(".nbviz-network canvas")
    wait_until_run(page)
    # Later changes come from Python alone.
    execute(page, "diagram.show(7, name='the seventh')")
    expect(page.locator(".nbviz-network")).to_contain_text("the seventh")
    execute(page, "trainer.step('epoch'); trainer.wait()")
    expect(page.locator(".nbviz-trainer .nbviz-position")).to_contain_text("epoch 1")
    execute(page, "matrix.set_table('', nbviz.importance(model, x, feature_names=['new name', 'b', 'c', 'd']))")
    expect(page.locator(".nbviz-importance-matrix")).to_contain_text("new name")
    execute(page, "picker.selected_sample = 5; grid.selected_unit = 1; maps.selected_sample = 2")
    expect(page.locator(".nbviz-picker")).to_contain_text("Sample 5")
    expect(page.locator(".nbviz-kernel-grid")).to_contain_text("filter 1")
    expect(page.locator(".nbviz-feature-maps")).to_contain_text("sample 2 of 9")
    # And the other way: the buttons work.
    page.locator(".nbviz-step").click()
    expect(page.locator(".nbviz-trainer .nbviz-position")).to_contain_text("epoch 2, batch 1")
    expect(page.locator(".nbviz-notice:visible")).to_have_count(0)
    rest(page)
    page.screenshot(path=screenshots / f"late_{ms}.png")
    assert cell_errors(page) == []
    assert problems.given_up > 0, "they were to be given up"


EXPLORERS = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import ipywidgets, keras, nbviz
from sklearn.datasets import load_wine
keras.utils.set_random_seed(1)
wine = load_wine(as_frame=True)
x = ((wine.data - wine.data.mean()) / wine.data.std()).astype("float32")
model = keras.Sequential([
    keras.Input((13,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
explorers = [nbviz.explore(model, x, wine.target) for _ in range(COUNT)]
ipywidgets.VBox(explorers)
"""


def test_explorers_in_a_slow_browser_draw_and_follow(notebook, page, screenshots):
    """Six times slower than this machine; all of the eight with NBVIZ_EXPLORERS=8."""
    count = int(os.environ.get("NBVIZ_EXPLORERS", "2"))
    notebook([EXPLORERS.replace("COUNT", str(count))])
    page.set_viewport_size({"width": 1600, "height": 1300})
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    run_all(page)
    for part, inside in (("network", "canvas"), ("importance-matrix", "[role=gridcell]"), ("picker", "[role=radio]")):
        for number in range(count):
            drawn = page.locator(f".nbviz-{part}").nth(number).locator(inside).first
            drawn.wait_for(state="attached", timeout=LONG)
    wait_until_run(page, seconds=600)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    for number in range(count):
        execute(page, f"explorers[{number}].selected_sample = {number + 3}")
    for number in range(count):
        expect(page.locator(".nbviz-picker").nth(number)).to_contain_text(f"Sample {number + 3}")
        network = page.locator(".nbviz-network").nth(number)
        network.scroll_into_view_if_needed()  # out of sight it draws nothing
        expect(network).to_contain_text(f"sample {number + 3}")
    expect(page.locator(".nbviz-notice:visible")).to_have_count(0)
    page.screenshot(path=screenshots / "slow_explorers.png")
    # What holds for all views of an explorer is said once in it.
    page.evaluate(f"() => {{ {KERNEL}.restartKernel(); }}")
    words = page.locator(".nbviz-notice:visible .nbviz-notice-words")
    expect(words).to_have_text(["The kernel was restarted; run the cell again."] * count)
    page.screenshot(path=screenshots / "restarted_explorers.png")
    assert cell_errors(page) == []

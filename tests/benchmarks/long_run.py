"""Memory of kernel and page over 12,000 updates of an explorer's training tab, in a real JupyterLab.

python -m tests.benchmarks.long_run

Prints, every 2,000 updates, the kernel's resident memory and the page's JavaScript heap after a collection. Both are to
be flat once warm: a recording thins its moments, and a page keeps at most 400 of them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import chromium
from tests.browser.jupyter import execute, jupyter_lab, open_notebook, run_all, wait_until_run, write_notebook

UPDATES, EACH = 12_000, 2_000
EXPLORE = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, nbviz, numpy as np
keras.utils.set_random_seed(1)
random = np.random.default_rng(1)
x = random.normal(size=(640, 20)).astype("float32")
y = x[:, :3].argmax(axis=1)
model = keras.Sequential([
    keras.Input((20,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(3, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
explorer = nbviz.explore(model, x, y)
explorer.wait()
explorer.training.trainer.speed = None
explorer
"""
RESIDENT = """
import gc, resource
gc.collect()
pages = int(open("/proc/self/statm").read().split()[1])
print(explorer.training.trainer.updates, pages * resource.getpagesize() / 1e6, len(explorer.training.recording.moments))
"""


def heap(page: Page) -> float:
    """MB of the page's JavaScript heap after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def main() -> None:
    """Train and print."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        write_notebook(Path(folder) / "long.ipynb", [EXPLORE])
        with jupyter_lab(Path(folder)) as lab:
            page = browser.new_page(viewport={"width": 1500, "height": 1400})
            open_notebook(page, lab, "long.ipynb")
            run_all(page)
            wait_until_run(page)
            page.get_by_role("tab", name="Training").click()
            execute(page, "explorer.training.trainer.play()")
            print("updates  kernel MB  page MB  moments")
            for goal in range(EACH, UPDATES + 1, EACH):
                while int(execute(page, "print(explorer.training.trainer.updates)")) < goal:
                    page.wait_for_timeout(500)
                updates, resident, moments = execute(page, RESIDENT).split()
                print(f"{updates:>7}  {float(resident):9.1f}  {heap(page):7.1f}  {moments:>7}", flush=True)
            execute(page, "explorer.training.trainer.pause()")
            page.close()


if __name__ == "__main__":
    main()

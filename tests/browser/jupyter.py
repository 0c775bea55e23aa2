"""Drive a real JupyterLab: start a server, open notebooks in a page, run code in their kernels.

Example:
    with jupyter_lab(folder) as lab:
        write_notebook(folder / "slider.ipynb", ["import ipywidgets", "ipywidgets.IntSlider(3)"])
        open_notebook(page, lab, "slider.ipynb")
        run_all(page)
        page.wait_for_selector(".widget-slider")
        execute(page, "print(1)")
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from playwright.sync_api import Page

from .page import rest
from .server import free_port, running

SCRIPTS = Path(sys.executable).parent  # where the installed programs are
KERNEL_MILLISECONDS = 90_000

# The notebook of the page's current tab.
_PANEL = "[...window.jupyterapp.shell.widgets('main')].find(widget => widget.sessionContext)"

_EXECUTE = f"""async code => {{
  const future = {_PANEL}.sessionContext.session.kernel.requestExecute({{code}});
  let text = "";
  future.onIOPub = ({{header, content}}) => {{
    if (header.msg_type === "stream") text += content.text;
    if (header.msg_type === "execute_result") text += content.data["text/plain"];
    if (header.msg_type === "error") text += `${{content.ename}}: ${{content.evalue}}`;
  }};
  const reply = await future.done;
  return {{text, status: reply.content.status}};
}}"""


@dataclass(frozen=True)
class Lab:
    """A running server."""

    base_url: str
    folder: Path  # what the file browser shows
    notebooks: str = "doc/tree"  # below this address it opens a notebook alone

    def shut_down_kernels(self) -> None:
        """Stop every kernel: one that holds TensorFlow takes 0.7 GB."""
        with urllib.request.urlopen(f"{self.base_url}/api/kernels") as response:
            kernels = json.load(response)
        for kernel in kernels:
            address = f"{self.base_url}/api/kernels/{kernel['id']}"
            urllib.request.urlopen(urllib.request.Request(address, method="DELETE")).close()


def own_settings(state: Path) -> dict[str, str]:
    """Variables that keep anybody's configuration out of a Jupyter server's, and its own within `state`."""
    return {
        "PATH": os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", "")]),
        "IPYTHONDIR": str(state / "ipython"),
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTER_DATA_DIR": str(state / "data"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
    }


@contextlib.contextmanager
def jupyter_lab(folder: Path, *, app: Literal["lab", "notebook"] = "lab") -> Iterator[Lab]:
    """JupyterLab, or Notebook 7, with settings of its own, so that nobody's configuration leaks in or out."""
    with tempfile.TemporaryDirectory(prefix="nbviz-lab-", ignore_cleanup_errors=True) as state_name:
        state = Path(state_name)
        port = free_port()
        app_name = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}[app]
        command = [
            str(SCRIPTS / f"jupyter-{app}"),
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            f"--ServerApp.root_dir={folder}",
            "--ServerApp.port_retries=0",
            # Only this machine can reach the port, for as long as the tests run.
            "--IdentityProvider.token=",
            "--ServerApp.disable_check_xsrf=True",
            f"--{app_name}.expose_app_in_browser=True",
        ]
        # Else a question about news lies over the lower right corner of every picture.
        notification = state / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
        notification.parent.mkdir(parents=True)
        notification.write_text('{"fetchNews": "false", "checkForUpdates": false}')
        lab = Lab(f"http://127.0.0.1:{port}", folder, "notebooks" if app == "notebook" else "doc/tree")
        status, log = f"{lab.base_url}/api/status", state / "server.log"
        with running(command, status, environment=own_settings(state), folder=folder, log=log):
            yield lab
            lab.shut_down_kernels()


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Save a notebook with these code cells, not yet run."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, path)


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook of the server's folder and wait until its kernel is idle."""
    page.goto(f"{lab.base_url}/{lab.notebooks}/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=KERNEL_MILLISECONDS)
    page.wait_for_function(
        f"() => window.jupyterapp && ({_PANEL})?.sessionContext.session?.kernel?.status === 'idle'",
        timeout=KERNEL_MILLISECONDS,
    )


def run_all(page: Page) -> None:
    """Start every cell, without waiting for any: wait for what the cells should show."""
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")


def wait_until_run(page: Page, *, seconds: float = 120) -> None:
    """Wait until no cell is waiting or running."""
    page.wait_for_function(
        f"""() => {{
          const cells = [...{_PANEL}.content.widgets].filter(cell => cell.model.type === "code");
          return cells.every(cell => cell.model.executionState === "idle" && cell.model.executionCount !== null);
        }}""",
        timeout=seconds * 1000,
    )


def execute(page: Page, code: str) -> str:
    """Run code in the notebook's kernel, beside its cells; returns what it prints. Raises if the code does."""
    answer = page.evaluate(_EXECUTE, code)
    if answer["status"] != "ok":
        raise RuntimeError(f"Expected the code to run in the kernel. Received {answer['text']}")
    return str(answer["text"])


def heard(page: Page) -> None:
    """Wait until the kernel has answered and what it had sent before that is drawn."""
    execute(page, "")
    rest(page)


def comes_to(page: Page, code: str, wanted: str, *, seconds: float = 60) -> bool:
    """Whether code prints what is wanted before long: what the browser says is on its way to the kernel."""
    deadline = time.monotonic() + seconds
    while execute(page, code) != wanted:
        if time.monotonic() > deadline:
            return False
        page.wait_for_timeout(200)
    return True


def waiting_for(path: Path) -> str:
    """Code of a cell that keeps the kernel busy until there is such a file, two minutes at most."""
    return (
        "import pathlib, time\nend = time.monotonic() + 120\n"
        f"while not pathlib.Path({str(path)!r}).exists() and time.monotonic() < end: time.sleep(0.05)"
    )


def keep_busy(page: Page, until: Path) -> None:
    """Have the kernel do nothing else until there is such a file, two minutes at most."""
    # The status that the kernel tells is no help: threads and comms report to be idle meanwhile.
    page.evaluate(
        f"""code => {{
          window.nbviz_busy = true;
          const future = {_PANEL}.sessionContext.session.kernel.requestExecute({{code}});
          future.done.then(() => {{ window.nbviz_busy = false; }});
        }}""",
        waiting_for(until),
    )


def is_busy(page: Page) -> bool:
    """Whether what `keep_busy` asked for still goes on."""
    return bool(page.evaluate("window.nbviz_busy"))


def cell_errors(page: Page) -> list[str]:
    """Exceptions raised by the cells, and all that they wrote to stderr."""
    errors: list[str] = page.evaluate(
        f"""() => [...{_PANEL}.content.widgets].flatMap(cell => cell.model.type !== "code" ? [] :
          cell.model.outputs.toJSON()
            .filter(output => output.output_type === "error" || output.name === "stderr")
            .map(output => output.text ?? `${{output.ename}}: ${{output.evalue}}`))"""
    )
    return errors

"""What is displayed in a kernel lives until its cell is run again; what a variable holds stays."""

import ast
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

import nbviz.widgets.shown as shown

BEGIN = """
import gc, weakref
import ipywidgets, keras
import numpy as np
import nbviz
from ipywidgets.widgets.widget import _instances
X = np.ones((4, 3), "float32")
def model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
seen = []
def diagram():
    made = nbviz.NetworkDiagram(model(), X)
    seen.append((weakref.ref(made), weakref.ref(made.model), made.model_id))
    return made
def alive():
    return [(held() is not None, of() is not None, name in _instances) for held, of, name in seen]
"""
YES, NO = (True, True, True), (False, False, False)


class Notebook:
    """Runs cells in a kernel as JupyterLab does: each request names its cell."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, cell: str, code: str) -> object:
        """The value that the cell prints, or None; nothing else of it is shown or remembered."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = self._client.session.msg("execute_request", content, metadata={"cellId": cell})
        self._client.shell_channel.send(message)
        printed = ""
        while True:
            got = self._client.get_iopub_msg(timeout=120)
            if got["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            assert got["msg_type"] != "error", "\n".join(got["content"].get("traceback", ()))
            if got["msg_type"] == "stream" and got["content"]["name"] == "stdout":
                printed += got["content"]["text"]  # one print may come in several messages
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                self._client.get_shell_msg(timeout=60)
                return ast.literal_eval(printed) if printed else None

    def alive(self) -> list[tuple[bool, bool, bool]]:
        """Of each diagram made: whether it, its model, and its place in the registry are still there."""
        return self.run("looking", "gc.collect(); print(alive())")


@pytest.fixture(scope="module")
def kernel() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(startup_timeout=120)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(kernel: BlockingKernelClient) -> Notebook:
    book = Notebook(kernel)
    book.run("begin", BEGIN)
    return book


@pytest.mark.slow
def test_what_a_cell_shows_lives_until_the_cell_is_run_again(notebook):
    notebook.run("a", "diagram()")
    notebook.run("b", "display(diagram())")
    assert notebook.alive() == [YES, YES]
    notebook.run("a", "diagram()")
    assert notebook.alive() == [NO, YES, YES]
    notebook.run("b", "1 + 1")
    assert notebook.alive() == [NO, NO, YES]
    assert notebook.run("c", "print([type(value).__name__ for value in Out.values()][-2:])") == [
        "NetworkDiagram",
        "int",
    ]


@pytest.mark.slow
def test_a_variable_that_is_set_again_lets_go_and_one_that_is_not_keeps(notebook):
    notebook.run("a", "shown = diagram()\nshown")
    notebook.run("b", "kept = diagram()\nkept")
    notebook.run("a", "shown = diagram()\nshown")
    notebook.run("b", "shown = diagram()\nshown")
    # The third still stands in the first cell, the second is still a variable's.
    assert notebook.alive() == [NO, YES, YES, YES]
    notebook.run("a", "del kept")
    assert notebook.alive() == [NO, NO, NO, YES]
    notebook.run("b", "1")
    assert notebook.alive() == [NO, NO, NO, YES], "of a variable"
    notebook.run("c", "del shown")
    assert notebook.alive() == [NO, NO, NO, NO]


@pytest.mark.slow
def test_what_stands_in_two_cells_stays_until_both_are_run_again(notebook):
    notebook.run("a", "one = diagram()\none")
    notebook.run("b", "one")
    notebook.run("c", "del one")
    notebook.run("a", "pass")
    assert notebook.alive() == [YES]
    notebook.run("b", "pass")
    assert notebook.alive() == [NO]


@pytest.mark.slow
def test_what_stands_in_an_output_or_in_a_box_of_the_user_stays(notebook):
    notebook.run("a", "out = ipywidgets.Output()\nwith out:\n    display(diagram())")
    notebook.run("b", "box = ipywidgets.VBox([diagram()])\nbox")
    notebook.run("a", "pass")
    notebook.run("b", "pass")
    assert notebook.alive() == [YES, YES]


def test_without_a_front_end_nothing_is_shown(monkeypatch):
    import comm

    widget = SimpleNamespace(comm=comm.DummyComm())
    shown.keep_shown(widget)
    assert widget not in list(shown._shown)

import subprocess
import sys
import textwrap

import pytest

PROLOGUE = """
import importlib.abc, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
"""


def run(blocked, code):
    """What a fresh Python prints and its exit status, with some packages not installed."""
    program = textwrap.dedent(PROLOGUE.format(blocked=blocked)) + textwrap.dedent(code)
    # -P: without it, `python -c` would put the working directory before the installed package.
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("blocked", [("keras", "tensorflow"), ("tensorflow", "jax", "torch")])
@pytest.mark.parametrize("name", ["describe", "activations", "NetworkDiagram"])
def test_without_a_backend_the_message_names_the_extra(blocked, name):
    status, _, errors = run(blocked, f"import nbviz; nbviz.{name}")
    assert status == 1
    message = errors.strip().splitlines()[-1]
    assert message.startswith(f"ModuleNotFoundError: nbviz.{name} needs Keras with a backend")
    assert 'pip install "nbviz[tf]"' in message
    assert repr(blocked[0]) in message


def test_without_a_backend_nbviz_can_be_imported_and_listed():
    status, printed, errors = run(
        ("keras", "tensorflow", "jax", "torch"), "import nbviz; print(nbviz.__version__, 'describe' in dir(nbviz))"
    )
    assert (status, printed.split()[1:], errors) == (0, ["True"], "")


def test_the_architecture_alone_needs_no_keras():
    status, printed, errors = run(("keras", "tensorflow"), "import nbviz; print(nbviz.Architecture('m', (), ()))")
    assert (status, errors) == (0, "")
    assert printed.strip() == "Architecture(m: 0 layers, 0 connections)"


def test_another_missing_package_is_not_blamed_on_the_backend():
    status, _, errors = run(("pandas",), "import nbviz; nbviz.describe")
    assert status == 1
    assert errors.strip().splitlines()[-1] == "ModuleNotFoundError: No module named 'pandas'"

"""What a cell has run is told in a shell of IPython, as a kernel has it."""

import gc

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbviz.explorer.cell_runs import after_each_cell


class Counter:
    """Counts the calls."""

    count = 0

    def call(self):
        self.count += 1


@pytest.fixture
def shell():
    made = InteractiveShell.instance()
    yield made
    InteractiveShell.clear_instance()


def test_each_cell_is_told_until_the_end(shell):
    counter = Counter()
    end = after_each_cell(counter.call)
    shell.run_cell("1 + 1")
    shell.run_cell("1 / 0")
    assert counter.count == 2
    end()
    shell.run_cell("1 + 1")
    assert counter.count == 2
    end()  # once more does nothing


def test_nobody_is_kept_alive(shell):
    before = list(shell.events.callbacks["post_run_cell"])
    counter = Counter()
    after_each_cell(counter.call)
    del counter
    gc.collect()
    shell.run_cell("1 + 1")
    assert shell.events.callbacks["post_run_cell"] == before


def test_outside_a_notebook_nothing_happens():
    after_each_cell(Counter().call)()

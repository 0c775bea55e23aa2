import contextlib
import sys
import types

import pytest

from nbviz.training.loop import active_drivers
from nbviz.training.loop.active_drivers import enlist, kept_still, running_cell, take_over


class Driver:
    """What is asked of one."""

    def __init__(self, model):
        self.run = types.SimpleNamespace(model=model)
        self.closed, self.notes, self.still = False, [], 0

    def retire(self, note):
        self.closed = True
        self.notes.append(note)

    @contextlib.contextmanager
    def kept_still(self):
        self.still += 1
        yield
        self.still -= 1


@pytest.fixture
def run_cell(monkeypatch):
    """Say which cell runs: its id, and that of the request."""
    core = types.ModuleType("IPython.core.getipython")
    monkeypatch.setitem(sys.modules, "IPython.core.getipython", core)

    def run_cell(cell, request):
        parent = {"metadata": {"cellId": cell}, "header": {"msg_id": request}}
        core.get_ipython = lambda: types.SimpleNamespace(get_parent=lambda: parent)

    core.get_ipython = lambda: None
    return run_cell


@pytest.fixture
def listed(monkeypatch, run_cell):
    """Make drivers that are known, and nobody else is."""
    monkeypatch.setattr(active_drivers, "_ALIVE", type(active_drivers._ALIVE)())

    def listed(model):
        driver = Driver(model)
        enlist(driver)
        return driver

    return listed


def test_a_driver_of_the_same_model_gives_way_and_those_of_others_stay(listed):
    same, other = listed("a"), listed("b")
    take_over("a")
    assert same.notes == ["a newer trainer of this model has taken its place"]
    assert other.notes == []


def test_a_driver_of_another_model_gives_way_where_its_cell_is_run_again(listed, run_cell):
    run_cell("cell 1", "request 1")
    again, beside = listed("a"), listed("b")
    run_cell("cell 2", "request 2")
    elsewhere = listed("c")
    run_cell("cell 1", "request 3")
    take_over("new")
    assert again.notes == beside.notes == ["its cell was run again"]
    assert elsewhere.notes == []


def test_two_trainers_of_one_run_of_a_cell_live_side_by_side(listed, run_cell):
    run_cell("cell 1", "request 1")
    first = listed("a")
    take_over("b")
    assert first.notes == []


def test_without_a_notebook_only_the_model_counts(listed):
    driver = listed("a")
    assert running_cell() is None
    take_over("b")
    assert driver.notes == []


def test_one_that_has_ended_is_left_alone(listed):
    driver = listed("a")
    driver.closed = True
    take_over("a")
    assert driver.notes == []


def test_meanwhile_nobody_trains_the_model_and_others_go_on(listed):
    first, second, other = listed("a"), listed("a"), listed("b")
    with kept_still("a"):
        assert [driver.still for driver in (first, second, other)] == [1, 1, 0]
    assert [driver.still for driver in (first, second, other)] == [0, 0, 0]


def test_a_driver_that_nobody_holds_is_forgotten(listed):
    listed("a")
    assert list(active_drivers._ALIVE) == []


@pytest.mark.parametrize("parent", [{}, {"metadata": {}, "header": {"msg_id": "1"}}, {"metadata": {"cellId": "1"}}])
def test_a_notebook_that_does_not_tell_its_cells_is_as_none(run_cell, parent):
    sys.modules["IPython.core.getipython"].get_ipython = lambda: types.SimpleNamespace(get_parent=lambda: parent)
    assert running_cell() is None

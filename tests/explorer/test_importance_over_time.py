"""Tables at moments of a run: when they are made, which are kept, and what becomes of them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.table.importance import Importance
from nbviz.explorer import importance_over_time
from nbviz.explorer.importance_over_time import ImportanceOverTime


class Run:
    """A recording as far as it is listened to."""

    def __init__(self):
        self.moments = [SimpleNamespace(step=0)]
        self.listeners = []
        self.steps_per_epoch = 10

    def listen(self, listener):
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, what, step=None):
        if what == "moment":
            self.moments.append(SimpleNamespace(step=step))
        elif what == "cut":
            self.moments = [moment for moment in self.moments if moment.step <= step]
        for listener in list(self.listeners):
            listener(what)


def table(number, classes=("k", "m")):
    strength = np.full((2, 2), float(number))
    return Importance(strength, None, pd.Index(["a", "b"]), pd.Index(classes), {})


@pytest.fixture
def run():
    return Run()


def made(run, **options):
    shown, counts = [], iter(range(1, 10_000))
    over = ImportanceOverTime(
        run, lambda: table(next(counts)), lambda *what: shown.append(tuple(map(list, what))), **options
    )
    return over, shown


def test_tables_of_other_classes_go(run):
    over, shown = made(run)
    over.add(0, table(1))
    over.add(10, table(2))
    over.add(20, table(3, ("k", "n")))
    assert shown[-1][0] == over.steps == [20]


def test_each_moment_gets_a_table_where_tables_cost_nothing(run):
    over, shown = made(run)
    for step in (10, 20, 30):
        run.tell("moment", step)
        run.tell("metrics")
        over._cost = 0.0
    assert over.steps == [10, 20, 30]
    assert [each.strength[0, 0] for each in shown[-1][1]] == [1, 2, 3]


def test_moments_are_called_as_fit_counts_its_epochs(run):
    over, shown = made(run)
    for step in (0, 1, 10, 13):
        over.add(step, table(step))
    assert shown[-1][2] == ["before training", "epoch 1, batch 1", "epoch 1", "epoch 2, batch 3"]
    run.steps_per_epoch = None
    over.add(14, table(14))
    assert shown[-1][2][-1] == "step 14"


def test_tables_take_at_most_a_twentieth_of_the_time(run, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(importance_over_time, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def slow():
        now[0] += 1.0
        return table(1)

    over = ImportanceOverTime(run, slow, lambda *_: None)
    began = now[0]
    for step in range(1, 2001):
        now[0] += 0.1
        run.tell("moment", step)
    spent = len(over.steps) * 1.0
    assert 0.03 < spent / (now[0] - began) < 0.06


def test_a_method_known_to_be_slow_waits_before_its_first_table(run, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(importance_over_time, "time", SimpleNamespace(monotonic=lambda: now[0]))
    over, _ = made(run, cost=2.0)
    now[0] = 37.0
    run.tell("moment", 1)
    assert over.steps == []
    now[0] = 39.0
    run.tell("moment", 2)
    assert over.steps == [2]


def test_when_a_run_takes_another_way_the_tables_of_the_old_one_go(run):
    over, shown = made(run)
    for step in (10, 20, 30):
        over.add(step, table(step))
    run.moments = [SimpleNamespace(step=step) for step in (0, 10, 20)]
    run.tell("cut", 20)
    assert over.steps == [10, 20] == shown[-1][0]
    count = len(shown)
    run.tell("cut", 20)
    assert len(shown) == count


def test_old_tables_are_thinned_but_never_the_first_or_the_last(run):
    over, _ = made(run)
    for step in range(1000):
        over.add(step, table(step))
        assert len(over.steps) <= importance_over_time.MOST
        assert (over.steps[0], over.steps[-1]) == (0, step)
    gaps = np.diff(over.steps)
    assert gaps.max() <= 4 * max(1, np.median(gaps))
    assert [each.strength[0, 0] for each in over.tables] == over.steps


def test_the_table_of_a_moment_replaces_an_earlier_one(run):
    over, shown = made(run)
    over.add(5, table(1))
    over.add(5, table(2))
    assert over.steps == [5]
    assert shown[-1][1][0].strength[0, 0] == 2


def test_a_network_that_has_diverged_is_told_of_and_training_goes_on(run):
    def fail():
        raise ValueError("NaN in the outputs")

    over = ImportanceOverTime(run, fail, lambda *_: None)
    with pytest.warns(RuntimeWarning, match="NaN in the outputs"):
        run.tell("moment", 1)
    assert over.steps == []


def test_after_closing_nothing_is_worked_out(run):
    over, shown = made(run)
    over.close()
    run.tell("moment", 1)
    assert shown == []

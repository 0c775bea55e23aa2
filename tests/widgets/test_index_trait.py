"""What says which of some things is chosen."""

import numpy as np
import pytest
import traitlets

from nbviz.widgets.index_trait import Index


class Chooser(traitlets.HasTraits):
    things = traitlets.List([])
    thing = Index(of=lambda chooser: len(chooser.things) or None)
    anything = Index(0)


@pytest.fixture
def chooser():
    return Chooser(things=["a", "b", "c"])


@pytest.mark.parametrize("value", [0, 2, None, np.int64(1), 2.0])
def test_a_number_of_one_of_the_things_is_taken_and_none(chooser, value):
    chooser.thing = value
    assert chooser.thing == value
    assert type(chooser.thing) in (int, type(None))


@pytest.mark.parametrize("value", [-1, 3, 1.5, True, False, np.True_, float("nan"), float("inf"), "1", [1], 1j])
def test_all_else_is_refused_with_the_range_and_changes_nothing(chooser, value):
    chooser.thing = 1
    with pytest.raises(traitlets.TraitError, match=r"^Expected thing from 0 to 2 or None\. Received "):
        chooser.thing = value
    assert chooser.thing == 1


def test_where_nobody_knows_how_many_there_are_any_whole_number_is_taken():
    chooser = Chooser()
    assert (chooser.thing, chooser.anything) == (None, 0)
    chooser.thing = chooser.anything = 10**6
    for value in (-1, True, 0.5):
        with pytest.raises(traitlets.TraitError, match=r"^Expected anything as a whole number from 0, or None."):
            chooser.anything = value

import threading
import warnings

import pytest

from nbviz.attribution.notes import note, untold


def outer(message):
    inner(message)


def inner(message):
    note(message)


def test_a_note_is_told_where_the_public_call_was_made():
    with pytest.warns(UserWarning, match="mind") as told:
        outer("mind")
    assert told[0].filename == __file__


def test_notes_are_untold_in_one_thread_only_and_the_users_filters_stay():
    within, over = threading.Event(), threading.Event()

    def aside():
        with untold():
            within.set()
            over.wait(60)
            outer("aside")

    before = list(warnings.filters)
    thread = threading.Thread(target=aside)
    thread.start()
    assert within.wait(60)
    with untold():
        over.set()
        thread.join()
        with pytest.warns(UserWarning, match="the user's own"):
            warnings.warn("the user's own", UserWarning, stacklevel=1)
        outer("nobody hears it")
    assert warnings.filters == before
    with pytest.warns(UserWarning, match="again"):
        outer("again")

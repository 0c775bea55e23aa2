import gc
import weakref

import ipywidgets
from ipywidgets.embed import dependency_state
from ipywidgets.widgets.widget import _instances
from ipywidgets.widgets.widget_link import Link

from nbviz.widgets.weak_registry import StandIn, hold_weakly, is_held_weakly, linked, registry


def slider():
    made = ipywidgets.IntSlider(value=3)
    hold_weakly([made])
    return made


def test_a_stand_in_is_to_others_what_its_widget_is():
    gc.collect()  # widgets of other tests would go while all that are open are walked through
    made = slider()
    entry = _instances[made.model_id]
    assert type(entry) is StandIn
    assert isinstance(entry, ipywidgets.IntSlider)
    assert (entry == made, made == entry, entry in (made,), hash(entry) == hash(made)) == (True,) * 4
    assert (entry.value, repr(entry), entry.get_state()) == (3, repr(made), made.get_state())
    entry.value = 5
    assert made.value == 5
    name = made.model_id
    assert ipywidgets.Widget.get_manager_state()["state"][name]["state"]["value"] == 5


def test_what_the_browser_sends_arrives():
    made = slider()
    made.comm.handle_msg({"content": {"data": {"method": "update", "state": {"value": 7}}}})
    assert made.value == 7


def test_a_widget_goes_with_its_last_reference_and_its_place_with_it():
    before = set(_instances)
    made = slider()
    held, name = weakref.ref(made), made.model_id
    layout, style = made.layout, made.style
    del made
    gc.collect()
    assert held() is None
    assert name not in _instances
    # Those that nobody gave to `hold_weakly` stay, as ipywidgets would have it.
    assert set(_instances) - before == {layout.model_id, style.model_id}
    layout.close()
    style.close()


def test_a_link_keeps_up_while_it_is_held_and_keeps_nothing_alive():
    one, other = slider(), slider()
    link = linked((one, "value"), (other, "value"))
    assert isinstance(_instances[link.model_id], Link)
    assert is_held_weakly(link)
    name = link.model_id
    del link
    gc.collect()
    assert name not in _instances


def test_closing_everything_passes_by_what_went_with_another():
    one = slider()
    entry = _instances[one.model_id]
    one.close()
    del one
    gc.collect()
    entry.close()


def test_a_stand_in_that_outlived_its_widget_is_passed_by():
    widget = ipywidgets.Label("gone")
    stand_in = StandIn(widget)
    assert isinstance(stand_in, ipywidgets.Label)
    known = widget.model_id
    widget.close()
    del widget
    gc.collect()
    assert not isinstance(stand_in, ipywidgets.Widget)
    registry()[known] = stand_in  # as while another thread takes the widget away
    try:
        dependency_state([ipywidgets.Label("here")])
    finally:
        del registry()[known]

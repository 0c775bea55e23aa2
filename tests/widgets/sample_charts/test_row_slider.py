"""What a front end tells late is no move of the row that is set by then."""

import numpy as np
import pytest

from nbviz.widgets.sample_charts.row_slider import RowSlider
from tests.widgets.sample_charts.test_what_if import made


@pytest.fixture
def slider():
    made = RowSlider()
    made.place(0, 10, 0.1, 5.0)  # while there is no row, in the middle
    made.place(0, 10, 0.1, 7.04)
    yield made
    made.close()


def test_the_report_of_the_value_before_is_not_taken_for_a_move(slider):
    slider.set_state({"value": 5.000000000000001})
    assert slider.value == 7.04
    slider.set_state({"value": 7.0})
    assert slider.value == 7.0


def test_what_somebody_moves_counts_where_ever_it_goes(slider):
    for value in (6.9, 6.0, 5.0):
        slider.set_state({"value": value})
        assert slider.value == value


def test_a_press_on_the_value_before_counts_once_the_report_of_the_present_one_is_there(slider):
    slider.set_state({"value": 7.0})
    slider.set_state({"value": 5.0})
    assert slider.value == 5.0


def test_all_else_that_comes_with_a_late_value_is_taken(slider):
    slider.set_state({"value": 5.0, "disabled": True})
    assert (slider.value, slider.disabled) == (7.04, True)


def test_a_row_set_while_the_sliders_come_into_view_stays_as_it_is():
    panel = made()
    for row in ([0.123456, 1.5, 1], [0.9, 2.25, 0.5]):
        panel.set_sample(row, "next")
    panel.sliders.sliders[0].set_state({"value": 0.12})  # the row before, as the front end rounds it
    panel.sliders.sliders[1].set_state({"value": 1.5})
    np.testing.assert_array_equal(panel.row, [0.9, 2.25, 0.5])
    assert panel.is_sample

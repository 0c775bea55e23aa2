import numpy as np
import pytest

from nbviz.widgets.sample_charts.waterfall_steps import MOST_FEATURES, place_classes, shown_classes, steps

# Two classes, three features: 1 + 2 - 0.5 + 0.25 = 2.75 and -1 - 1 + 3 + 0 = 1.
VALUES = np.array([[2.0, -1.0], [-0.5, 3.0], [0.25, 0.0]])
START, END = np.array([1.0, -1.0]), np.array([2.75, 1.0])


def test_each_bar_begins_where_the_one_before_ended():
    stack = steps(VALUES, START, END)
    # |3| + |-0.5| = 3.5 comes before 2 + 1 = 3
    assert stack.features == [1, 0, 2]
    assert stack.low.tolist() == [[0, 0], [1, -1], [0.5, 2], [2.5, 1], [0, 0]]
    assert stack.high.tolist() == [[1, -1], [0.5, 2], [2.5, 1], [2.75, 1], [2.75, 1]]
    assert stack.gap == 0


def test_the_last_bar_ends_at_the_output_even_where_the_stack_does_not():
    stack = steps(VALUES, START, END + np.array([0.5, 0]))
    assert stack.high[-1].tolist() == [3.25, 1]
    assert stack.high[-2].tolist() == [2.75, 1]
    assert stack.gap == 0.5


def test_small_features_are_summed_and_the_stack_still_adds_up():
    values = np.arange(1.0, 11)[:, None]  # 1 to 10
    stack = steps(values, np.array([0.0]), np.array([55.0]))
    assert stack.features == [9, 8, 7, 6, 5, 4, 3]
    assert sorted(stack.rest) == [0, 1, 2]
    assert stack.change[-2].tolist() == [6]  # 1 + 2 + 3
    assert stack.high[-2].tolist() == [55]


def test_a_single_small_feature_has_its_own_row_rather_than_a_sum_of_one():
    stack = steps(np.ones((MOST_FEATURES + 1, 1)), np.zeros(1), np.full(1, 8.0))
    assert len(stack.features) == MOST_FEATURES + 1
    assert stack.rest == []


def test_nan_is_printed_but_not_stacked():
    stack = steps(np.array([[np.nan], [2.0]]), np.array([1.0]), np.array([3.0]))
    assert stack.features == [1, 0]
    assert stack.high.ravel().tolist() == [1, 3, 3, 3]
    assert np.isnan(stack.change[2, 0])
    assert np.isnan(stack.gap)


def test_the_highest_outputs_and_the_selected_class_are_shown_in_their_own_order():
    end = np.array([0.0, 5, 1, 4, 3, 2])
    assert shown_classes(end, None) == [1, 3, 4, 5]
    assert shown_classes(end, 0) == [0, 1, 3, 4]
    assert shown_classes(end, 3) == [1, 3, 4, 5]
    assert shown_classes(np.array([1.0, np.nan]), None, 1) == [0]


def test_a_logit_is_as_wide_in_every_column_and_labels_have_room():
    low, high = np.array([[0.0, 0.0]]), np.array([[4.0, -1.0]])
    columns = place_classes(low, high, np.full((1, 2), 20.0), 254.0)
    # 254 px - 14 between the columns - 2 x 20 of labels are left for 5 logits.
    assert columns.per_unit == pytest.approx(40)
    assert columns.zero == pytest.approx([0, 254])
    assert columns.right[0] == pytest.approx(4 * 40 + 20)
    assert columns.left[1] == pytest.approx(254 - 40 - 20)


def test_nothing_at_all_still_has_a_place():
    columns = place_classes(np.zeros((2, 1)), np.zeros((2, 1)), np.full((2, 1), 20.0), 100.0)
    assert columns.zero == [0]
    assert columns.per_unit > 0

"""What is sent of samples that stand side by side."""

import numpy as np

from nbviz.widgets.sample_charts.comparison_wire import packed_columns, sent_classes, sent_features

NUMBERS = np.random.default_rng(0)


def test_few_classes_are_all_sent_and_of_many_those_that_columns_are_about():
    assert sent_classes(3, None, [None], [np.array([0.2, 0.3, 0.5])]) == [0, 1, 2]
    p = np.zeros(40)
    p[[30, 7, 21]] = [0.5, 0.3, 0.1]
    assert sent_classes(40, 4, [30, 12, None], [p]) == [4, 7, 12, 21, 30]
    assert sent_classes(40, None, [], [np.full(40, np.nan)]) == [0, 1, 2]


def test_few_features_are_all_sent_and_of_many_the_largest_of_every_column():
    values = np.zeros((2, 300, 2))
    values[0, 17, 0], values[1, 250, 1], values[1, 99, 0] = 3.0, -2.0, np.nan
    assert sent_features(values[:, :100], None) == list(range(100))
    sent = sent_features(values, 222)
    assert {17, 250, 222} <= set(sent)
    assert len(sent) < 40


def test_the_numbers_of_a_column_add_up_whatever_is_sent_one_by_one():
    values = NUMBERS.normal(size=(2, 6, 3))
    start = NUMBERS.normal(size=(2, 3))
    end, p = start + values.sum(axis=1), np.full((2, 3), 0.5)
    sent = np.frombuffer(packed_columns(values, start, end, p, [1, 4]), "<f4").reshape(2, 4 + 2, 3)
    np.testing.assert_allclose(sent[:, 0], start, rtol=1e-6)
    np.testing.assert_allclose(sent[:, 2], 0.5)
    np.testing.assert_allclose(sent[:, 4:], values[:, [1, 4]], rtol=1e-6)
    np.testing.assert_allclose(sent[:, 0] + sent[:, 3:].sum(axis=1), sent[:, 1], atol=1e-5)

"""Which classes and features of a sample are sent, and the numbers that go with them."""

import numpy as np
import pytest

from nbviz.widgets.sample_charts.waterfall_wire import EVERY_FEATURE, MOST_LIKELY, choose, packed

NUMBERS = np.random.default_rng(0)


def test_of_few_classes_all_stand_side_by_side_in_their_own_order():
    chosen = choose(np.ones((3, 4)), np.array([0.1, 0.2, 0.6, 0.1]), [2, 0], [None, None])
    assert chosen.columns == chosen.classes == [0, 1, 2, 3]


def test_of_many_the_predicted_the_true_and_the_next_likely_stand_side_by_side():
    p = np.array([0.04, 0.5, 0.02, 0.34, 0.05, 0.05])
    assert choose(np.ones((3, 6)), p, [1, 2], [None, None]).columns == [1, 2, 3]
    assert choose(np.ones((3, 6)), p, [1, 1], [None, None]).columns == [1, 3, 4]
    assert choose(np.ones((3, 6)), p, [None, None], [None, None]).columns == [1, 3, 4]
    assert choose(np.ones((3, 6)), p, [1, 2], [0, None]).classes == list(range(6))


def test_of_a_thousand_classes_the_likeliest_the_true_and_the_selected_one_are_sent():
    p = NUMBERS.dirichlet(np.full(1000, 0.1))
    likely = set(np.argsort(-p)[:MOST_LIKELY].tolist())
    truth, selected = int(p.argmin()), int(np.argsort(p)[1])
    chosen = choose(np.ones((3, 1000)), p, [int(p.argmax()), truth], [selected, None])
    assert set(chosen.classes) == likely | {truth, selected}
    assert chosen.classes == sorted(chosen.classes)


@pytest.mark.parametrize(("features", "classes"), [(5, 3), (400, 3), (EVERY_FEATURE, 40), (784, 1000)])
def test_what_is_sent_one_by_one_and_the_rest_add_up_to_what_was_given(features, classes):
    values = NUMBERS.normal(size=(features, classes))
    start = NUMBERS.normal(size=classes)
    end = start + values.sum(axis=0)
    chosen = choose(values, end, [None, None], [None, features - 1])
    sent = np.frombuffer(packed(values, start, end, chosen), "<f4").reshape(-1, len(chosen.classes))
    assert len(sent) == 3 + len(chosen.features)
    np.testing.assert_allclose(sent[0] + sent[2:].sum(axis=0), sent[1], atol=1e-4)
    np.testing.assert_allclose(sent[3:], values[np.ix_(chosen.features, chosen.classes)], rtol=1e-6)
    assert features - 1 in chosen.features
    # The largest of every class that is sent has its own number.
    assert set(np.abs(values[:, chosen.classes]).argmax(axis=0)) <= set(chosen.features)
    assert len(sent.tobytes()) < 20_000


def test_numbers_that_are_not_known_come_last():
    values = np.array([[np.nan, 1.0, 2.0]] * 3)
    chosen = choose(np.repeat(values, 2, axis=1), np.array([np.nan, 1, 2, 3, 4, 5]), [None, None], [None, None])
    assert chosen.columns == [5, 4, 3]

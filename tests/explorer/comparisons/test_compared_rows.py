"""Samples of an explorer side by side: their numbers, and how the parts follow."""

import keras
import numpy as np
import pytest
import traitlets
from keras import Input, Sequential, layers

from nbviz import explore
from tests.explorer.small_classifier import BACKGROUND, LONG, NAMES, X, Y, front_end

SAMPLES = (3, 11, 20)


def centred(answers):
    logs = np.log(answers)
    return logs - logs.mean(axis=1, keepdims=True)


def test_columns_are_what_the_model_says_of_the_samples(explored, classifier):
    explored.compared_samples = SAMPLES
    assert explored.wait(LONG)
    answers = classifier.predict(X.to_numpy()[list(SAMPLES)], verbose=0)
    start = centred(classifier.predict(explored._data.explainer.background[0], verbose=0)).mean(axis=0)
    for column, sample, answer, end in zip(
        explored.comparison.columns, SAMPLES, answers, centred(answers), strict=True
    ):
        local = column.explained.local
        np.testing.assert_allclose(local.end, end, atol=1e-5)
        np.testing.assert_allclose(local.start, start, atol=1e-5)
        np.testing.assert_allclose(local.start + local.values.sum(axis=0), end, atol=0.02)  # an integral
        np.testing.assert_allclose(column.explained.probability, answer, atol=1e-6)
        np.testing.assert_allclose(column.explained.feature_values, X.to_numpy()[sample], rtol=1e-6)
        assert (column.read, column.true) == (NAMES[answer.argmax()], NAMES[Y[sample]])
        assert column.is_wrong == (answer.argmax() != Y[sample])


def test_a_column_has_the_numbers_of_the_samples_waterfall(explored):
    explored.compared_samples = SAMPLES
    assert explored.wait(LONG)
    columns = {column.sample: column for column in explored.comparison.columns}
    for sample in SAMPLES:
        explored.selected_sample = sample
        assert explored.wait(LONG)
        fall = explored.waterfall.sample
        np.testing.assert_allclose(columns[sample].explained.local.values, fall.local.values, atol=1e-6)
        assert columns[sample].explained.name == fall.name
    assert explored.compared_samples == SAMPLES  # one of them was looked at


def test_contributions_of_a_linear_model_are_its_weights_times_the_way_from_the_average():
    keras.utils.set_random_seed(5)
    model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
    explored = explore(model, X, Y, background=BACKGROUND[:50])
    explored.compared_samples = (0, 9)
    assert explored.wait(LONG)
    kernel, _ = model.get_weights()
    kernel = kernel - kernel.mean(axis=1, keepdims=True)
    for column, sample in zip(explored.comparison.columns, (0, 9), strict=True):
        way = X.to_numpy()[sample] - BACKGROUND[:50].mean(axis=0)
        np.testing.assert_allclose(column.explained.local.values, kernel * way[:, None], atol=1e-4)
    explored.close()


def test_what_is_compared_follows_the_selection(explored):
    explored.selected_sample = 7
    explored.compared_samples = SAMPLES
    assert (explored.selected_sample, explored.comparison.selected_sample) == (3, 3)
    assert explored.sample_picker.compared_samples == explored.comparison.compared_samples == [3, 11, 20]
    explored.selected_sample = 20
    assert explored.compared_samples == SAMPLES
    explored.selected_sample = 8  # none of them
    assert explored.compared_samples == ()
    assert explored.sample_picker.compared_samples == explored.comparison.compared_samples == []


def test_what_is_compared_in_the_browser_is_heard(explored):
    heard = []
    explored.observe(lambda change: heard.append(change.new), "compared_samples")
    front_end(explored.comparison, compared_samples=[3, 5])
    assert explored.wait(LONG)
    assert (heard, explored.compared_samples) == ([(3, 5)], (3, 5))
    assert [column.sample for column in explored.comparison.columns] == [3, 5]
    front_end(explored.comparison, compared_samples=[])
    assert explored.compared_samples == ()


@pytest.mark.parametrize("samples", [(3,), range(7), (1, 1), (0, 40), (0, -1), ("0", "1"), 5, None])
def test_what_cannot_be_compared_is_refused_and_nothing_has_changed(explored, samples):
    explored.compared_samples = (1, 2)
    with pytest.raises(traitlets.TraitError, match="Expected"):
        explored.compared_samples = samples
    assert explored.wait(LONG)
    assert explored.compared_samples == (1, 2)
    assert explored.comparison.compared_samples == [1, 2]


def test_rows_that_cannot_be_explained_are_not_compared():
    model = Sequential(
        [Input((5,), dtype="int32"), layers.Embedding(9, 3), layers.Flatten(), layers.Dense(2, "softmax")]
    )
    explored = explore(model, np.random.default_rng(0).integers(0, 9, (12, 5)))
    assert explored.wait(LONG)
    assert (explored.comparison, explored.sample_picker.most_compared) == (None, 0)
    with pytest.raises(traitlets.TraitError, match="rows that can be explained"):
        explored.compared_samples = (0, 1)
    assert explored.compared_samples == ()
    explored.close()


def test_the_comparison_is_of_the_live_model(own):
    net, explored = own
    explored.compared_samples = SAMPLES
    assert explored.wait(LONG)
    before = [column.explained.local.end for column in explored.comparison.columns]
    net.set_weights([0.5 * weight + 0.02 for weight in net.get_weights()])
    assert explored.wait(LONG)
    answers = centred(net.predict(X.to_numpy()[list(SAMPLES)], verbose=0))
    for column, end, old in zip(explored.comparison.columns, answers, before, strict=True):
        np.testing.assert_allclose(column.explained.local.end, end, atol=1e-5)
        assert not np.allclose(old, end, atol=1e-3)


def test_a_page_can_compare_the_samples_that_it_has(explored):
    explored.compared_samples = SAMPLES
    assert explored.wait(LONG)
    content = explored.page_content()
    shown = content.overrides[explored.comparison]
    at_hand = [column["sample"] for column in shown["table"]["columns"]]
    assert sorted(at_hand) == sorted(content.overrides[explored.sample_picker]["available"])
    assert content.overrides[explored.sample_picker]["comparable"] == at_hand
    assert set(SAMPLES) <= set(at_hand[:4])
    numbers = np.frombuffer(shown["numbers"], "<f4").reshape(len(at_hand), 4 + 4, 3)
    live = {column.sample: column.explained.local for column in explored.comparison.columns}
    for sample in SAMPLES:
        np.testing.assert_allclose(numbers[at_hand.index(sample), 4:], live[sample].values, atol=1e-6)
    assert explored.compared_samples == SAMPLES

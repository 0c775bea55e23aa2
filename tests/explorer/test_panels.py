"""The panels that an explorer makes of a model and its rows, and what they show of it."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

import nbviz
from nbviz import explore
from nbviz.attribution.outputs import explained_outputs
from tests.explorer.small_classifier import BACKGROUND, LONG, NAMES, NUMBERS, X, Y, bars, mlp

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")


def test_bars_lead_from_the_average_of_the_background_to_the_rows_logits(explored, classifier):
    explained = explained_outputs(classifier)
    background = explored._data.explainer.background[0]
    assert len(background) == 100
    assert "average of 100 rows" in explored.waterfall._start_name
    start = explained.answers([background]).mean(axis=0)
    logits = explained.answers([X.to_numpy()])
    worst = 0.0
    for sample in range(len(X)):
        local = explored.diagram.explain_at(sample).local
        np.testing.assert_allclose(local.start, start, atol=1e-5)
        np.testing.assert_allclose(local.end, logits[sample], atol=1e-5)
        reach = np.abs(local.end - local.start).max()
        worst = max(worst, np.abs(local.start + local.values.sum(axis=0) - local.end).max() / reach)
        for flow in explored.diagram.explain_at(sample).paths.values():
            np.testing.assert_allclose(flow.total, local.values, atol=1e-5)
    # Kinks of the relu between the nodes of the integral.
    assert worst < 0.02


def test_the_bars_are_expected_gradients_of_the_same_background(explored, classifier):
    background = explored._data.explainer.background[0]
    expected = nbviz.attributions(classifier, X, background=background, evaluations=32 * 100)
    for sample in (0, 17):
        found = explored.diagram.explain_at(sample).local.values
        np.testing.assert_allclose(found, expected[sample], atol=1e-5 * np.abs(expected[sample]).max() + 1e-6)


@pytest.mark.slow
def test_for_every_bottle_of_wine_bars_lead_from_the_average_to_the_logits():
    from nbviz.training.wine_demo import train_on_wine

    wine = train_on_wine()
    made = explore(wine.model, wine.x, wine.y)
    assert made.wait(LONG)
    gaps, reach = [], []
    for sample in range(len(wine.x)):
        found = made.diagram.explain_at(sample)
        gaps.append(found.local.gap)
        reach.append(np.abs(found.local.end - found.local.start).max())
        for flow in found.paths.values():
            np.testing.assert_allclose(flow.total, found.local.values, atol=1e-5 * reach[-1])
    assert max(np.array(gaps) / reach) < 0.01


def test_another_seed_draws_another_background_and_diagram_and_charts_agree(classifier):
    one, two = (explore(classifier, X, background=BACKGROUND, seed=seed) for seed in (0, 5))
    for made in (one, two):
        assert made.wait(LONG)
        rows = made._data.explainer.background
        starts = explained_outputs(classifier).answers(rows).mean(axis=0)
        np.testing.assert_allclose(made.diagram.explained.local.start, starts, atol=1e-5)
    assert not np.allclose(one.diagram.explained.local.start, two.diagram.explained.local.start, atol=1e-6)


def test_one_row_is_explored_beside_a_background(classifier):
    made = explore(classifier, X.iloc[:1], Y[:1], background=BACKGROUND)
    assert made.wait(LONG)
    assert made.error is None
    assert made.selected_sample == 0
    assert bars(made).any()


def test_a_single_row_of_background_explains_no_rows_and_says_what_would(classifier):
    made = explore(classifier, X, Y, background=BACKGROUND[:1])
    assert made.wait(LONG)
    assert made.waterfall is None
    assert "pass background= with two rows or more" in made._note.value
    assert made.diagram.explained.contributions
    assert made.importance.strength.any()


def test_of_five_hundred_features_the_path_of_the_selected_one_is_worked_out():
    keras.utils.set_random_seed(1)
    net = Sequential([Input((500,), name="x"), layers.Dense(8, activation="relu", name="h"), layers.Dense(3, name="y")])
    x = np.random.default_rng(1).normal(size=(60, 500)).astype("float32")
    made = explore(net, x)
    assert made.wait(LONG)
    assert len(made.importance.features) == 500
    assert made.diagram.explained.features == ()
    made.selected_class, made.selected_unit = 1, made.diagram.unit_id("x", 433)
    assert made.wait(LONG)
    assert made.diagram.explained.features == (433,)
    np.testing.assert_allclose(made.diagram.explained.paths["h"].total[0, 1], bars(made)[433, 1], atol=1e-5)
    assert 433 in made.diagram.network["layers"][0]["candidates"]
    assert 433 in made.diagram.explained.path_units["x"][0, 1]
    assert made.error is None


def test_of_a_hundred_classes_the_path_leads_to_the_selected_one():
    keras.utils.set_random_seed(1)
    net = Sequential(
        [Input((4,), name="x"), layers.Dense(6, name="h"), layers.Dense(100, activation="softmax", name="y")]
    )
    made = explore(net, X, np.arange(40))
    made.selected_class, made.selected_unit = 77, 2
    assert made.wait(LONG)
    found = made.diagram.explained
    assert found.path_classes == (77,)
    np.testing.assert_allclose(found.paths["h"].total[:, 0], bars(made)[:, 77], atol=1e-5)
    assert made.waterfall.selected_class == 77
    assert len(made.matrix.tables[""]["columns"]) == 100


def test_columns_that_never_change_matter_nothing(classifier):
    x = X.to_numpy().copy()
    x[:, 2] = 7
    made = explore(classifier, x, Y)
    assert made.wait(LONG)
    assert made.error is None
    assert not made.importance.strength[2].any()
    assert not bars(made)[2].any()
    every = explore(classifier, np.ones((20, 4), "float32"), Y[:20])
    assert every.wait(LONG)
    assert (every.error, every.importance.strength.any()) == (None, False)


def test_a_regression_has_numbers_and_no_confusion():
    made = explore(mlp(1, None), X, np.linspace(-1, 1, 40))
    assert made.wait(LONG)
    assert made.error is None
    assert made.confusion is None
    assert made.sample_picker.samples["class_names"] is None
    assert list(made.importance.classes) == ["y"]
    assert bars(made).shape == (4, 1)
    made.what_if.sliders.sliders[0].value = made.what_if.sliders.sliders[0].min
    assert made.what_if.error == ""
    assert "value" in made.what_if._head.value


def test_a_single_sigmoid_has_one_bar_and_two_classes():
    made = explore(mlp(1, "sigmoid"), X, np.where(Y > 0, "yes", "no"))
    assert made.wait(LONG)
    assert made.error is None
    assert list(made.importance.classes) == ["yes"]
    assert bars(made).shape == (4, 1)
    assert made.sample_picker.samples["class_names"] == ["no", "yes"]
    np.testing.assert_allclose(made._panels.samples.predictions.sum(axis=1), 1, atol=1e-6)


def test_of_a_dict_of_outputs_the_first_by_name_is_explored():
    keras.utils.set_random_seed(1)
    x = Input((4,), name="x")
    h = layers.Dense(6, activation="relu", name="h")(x)
    outputs = {"b": layers.Dense(2, name="second")(h), "a": layers.Dense(3, activation="softmax", name="first")(h)}
    made = explore(Model(x, outputs), X, {"a": Y, "b": X.to_numpy()[:, :2]}, class_names={"a": NAMES})
    assert made.wait(LONG)
    assert made.error is None
    assert [str(name) for name in made.importance.classes.get_level_values(-1)] == NAMES
    np.testing.assert_array_equal(made._data.truth, Y)
    np.testing.assert_allclose(made.diagram.explained.paths["first"].total, bars(made), atol=1e-5)


def convolutional(side, channels):
    keras.utils.set_random_seed(1)
    inside = [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(4), layers.Flatten()]
    ends = [layers.Dense(8, activation="relu", name="h"), layers.Dense(3, activation="softmax", name="y")]
    return Sequential([Input((side, side, channels), name="image"), *inside, *ends])


def sequence():
    keras.utils.set_random_seed(1)
    return Sequential([Input((7, 2), name="x"), layers.LSTM(4), layers.Dense(3, activation="softmax", name="y")])


def tokens():
    keras.utils.set_random_seed(1)
    x = Input((6,), dtype="int32", name="words")
    pooled = layers.GlobalAveragePooling1D()(layers.Embedding(20, 4)(x))
    return Model(x, layers.Dense(3, activation="softmax", name="y")(layers.Dense(5, name="h")(pooled)))


def answers_at_every_position():
    keras.utils.set_random_seed(1)
    return Sequential(
        [Input((7, 2), name="x"), layers.LSTM(4, return_sequences=True), layers.Dense(3, activation="softmax")]
    )


def numbers_in(shape):
    return np.random.default_rng(0).random((30, *shape)).astype("float32")


WIDE = {
    "28 x 28": (lambda: convolutional(28, 1), lambda: numbers_in((28, 28, 1)), 9),
    "64 x 64 in colour": (lambda: convolutional(64, 3), lambda: numbers_in((64, 64, 3)), 9),
    "7 x 2 in a sequence": (sequence, lambda: numbers_in((7, 2)), 2),
    "tokens": (tokens, lambda: np.random.default_rng(0).integers(0, 20, (30, 6)), 20),
    "an answer at every position": (answers_at_every_position, lambda: numbers_in((7, 2)), 14),
}


@pytest.mark.parametrize("name", WIDE)
def test_what_is_no_flat_row_has_a_diagram_and_a_matrix_and_says_what_it_lacks(name):
    make, rows, features = WIDE[name]
    made = explore(make(), rows())
    assert made.wait(LONG)
    assert made.error is None
    assert (made.images is not None) == (" x " in name)
    assert (made.tokens is not None) == (name == "tokens")
    assert made.what_if is None
    assert (made.waterfall is not None) == (" x " in name)
    assert (made.evidence is not None) == ("position" not in name)
    assert "no explanation of single rows" not in made._note.value
    assert len(made.importance.features) == features
    assert np.isfinite(made.importance.strength).all()
    made.selected_sample = 12
    made.selected_class = 1
    made.edge_meaning = "contribution"
    assert made.wait(LONG)
    assert made.error is None
    assert made.diagram.explained.covers(None, 1)
    assert ("h" in made.diagram.explained.contributions) == any(
        layer.name == "h" for layer in made.diagram.model.layers
    )


def test_a_mixed_model_of_numbers_and_tokens_is_explored_without_single_rows():
    keras.utils.set_random_seed(1)
    numbers, words = Input((4,), name="n"), Input((1,), dtype="int32", name="t")
    both = layers.Concatenate()([numbers, layers.Flatten()(layers.Embedding(5, 2)(words))])
    net = Model([numbers, words], layers.Dense(3, activation="softmax", name="y")(both))
    made = explore(net, {"n": X, "t": np.arange(40)[:, None] % 5}, Y)
    assert made.wait(LONG)
    assert made.error is None
    assert made.waterfall is None
    kernel = net.get_layer("y").get_weights()[0]
    sample = made.selected_sample
    flow = made.diagram.explained.contributions["y"]
    entering = Model(net.inputs, net.get_layer("y").input)([X.to_numpy()[[sample]], np.array([[sample % 5]])]).numpy()[
        0
    ]
    expected = (entering[:, None] * kernel) @ (np.eye(3) - 1 / 3)
    np.testing.assert_allclose(flow.total, expected.sum(axis=0), atol=1e-5)


class Own(Model):
    def __init__(self):
        super().__init__(name="own")
        self.hidden, self.answer = layers.Dense(6, activation="relu"), layers.Dense(3, activation="softmax")

    def call(self, x):
        return self.answer(self.hidden(x))


def test_a_subclassed_model_has_bars_but_no_edges():
    net = Own()
    net(X.to_numpy())
    made = explore(net, X, Y)
    assert made.wait(LONG)
    assert made.error is None
    assert made.diagram.explained.reason == "a subclassed model is code, without edges to follow"
    local = made.diagram.explained.local
    reach = np.abs(local.end - local.start).max()
    assert np.abs(local.start + bars(made).sum(axis=0) - local.end).max() < 0.02 * reach
    assert [choice["key"] for choice in made.matrix.layers] == [""]


def test_a_model_without_hidden_layers_is_explored():
    keras.utils.set_random_seed(1)
    net = Sequential([Input((4,), name="x"), layers.Dense(3, activation="softmax", name="y")])
    made = explore(net, X, Y)
    assert made.wait(LONG)
    assert made.error is None
    kernel = net.get_weights()[0]
    centred = kernel - kernel.mean(axis=1, keepdims=True)
    x = X.to_numpy()
    expected = (x[made.selected_sample] - x.mean(axis=0))[:, None] * centred
    np.testing.assert_allclose(bars(made), expected, atol=1e-5)
    edges = made.diagram.explained.paths["y"].edges
    np.testing.assert_allclose(edges.sum(axis=(2, 3)), expected, atol=1e-5)


def test_equal_names_of_classes_and_features_are_told_apart_by_their_places(classifier):
    made = explore(classifier, X.to_numpy(), Y, feature_names=["a", "a", "b", "c"], class_names=["k", "k", "m"])
    made.selected_class = 1
    assert made.wait(LONG)
    assert made.error is None
    np.testing.assert_allclose(bars(made), made.diagram.explain_at(made.selected_sample).local.values, atol=1e-6)
    assert made.confusion is not None


def test_an_image_classifier_has_kernels_and_maps(of_images):
    assert of_images.error is None
    assert of_images.tabs.titles == ("Sample", "Training", "Weights", "Layers")
    assert of_images.weights.kernels.layers == ["edges", "corners"]
    assert of_images.layers.maps.layers == ["edges", "pool", "corners"]
    assert of_images.layers.maps.selected_sample == of_images.selected_sample == of_images.misread()[0]
    assert of_images.layers.error is None
    assert of_images.layers.maps.maps["class_names"][:3] == ["low", "mid", "high"]


def test_a_table_of_numbers_has_weights_and_layers_without_pictures():
    model = Sequential([Input((4,), name="x"), layers.Dense(3, activation="softmax", name="answer")])
    made = explore(model, NUMBERS.normal(size=(20, 4)).astype("float32"))
    assert made.tabs.titles == ("Sample", "What if", "Weights", "Layers")
    assert made.weights.kernels is None
    assert made.layers.maps is None
    assert "4 × 3" in made.weights.distributions.value
    assert made.wait(LONG)


def test_of_a_thousand_classes_a_few_of_which_occur_there_is_a_confusion_matrix_and_a_waterfall():
    x = NUMBERS.normal(size=(8, 4)).astype("float32")
    truth = np.array([3, 3, 500, 500, 999, 999, 3, 500])
    made = explore(Sequential([Input((4,)), layers.Dense(1000, activation="softmax")]), x, truth)
    assert made.wait(LONG)
    predicted = made.predicted_classes()
    assert made.confusion.counts.sum() == 8
    assert all(made.confusion.counts[cell] for cell in zip(truth, predicted, strict=True))
    sample = made.selected_sample
    assert made.waterfall.shown["columns"][:2] == [predicted[sample], truth[sample]]
    assert "confusion" not in made._note.value
    made.close()


def test_where_nothing_can_be_trained_the_tab_says_why_in_plain_words(no_widget_outlives_its_test):
    said = {}
    for name, spoil in (
        ("uncompiled", lambda model: Sequential([Input((4,)), *model.layers])),
        ("frozen", lambda model: setattr(model, "trainable", False) or model),
    ):
        made = explore(spoil(mlp()), X, Y, method="gradient")
        assert made.training is None
        said[name] = made.tabs.children[made.tabs.titles.index("Training")].value
    assert "After model.compile(optimizer, loss) explore it again" in said["uncompiled"]
    assert "All weights of this model are frozen" in said["frozen"]
    assert not any("Expected" in words or "Received" in words for words in said.values())

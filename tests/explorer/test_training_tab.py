"""Training in an explorer: on what it trains, and what follows the weights when it rests."""

import ipywidgets
import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

import nbviz
from nbviz import explore
from tests.model_state import state

LONG = 120  # seconds, for what must happen
NUMBERS = np.random.default_rng(0)
X = NUMBERS.normal(size=(90, 4)).astype("float32")
Y = X[:, :3].argmax(axis=1)
MORE_X = NUMBERS.normal(size=(200, 4)).astype("float32")
MORE_Y = MORE_X[:, :3].argmax(axis=1)
NAMES = ["low", "mid", "high"]


def mlp(loss="sparse_categorical_crossentropy", units=3, activation="softmax"):
    keras.utils.set_random_seed(1)
    hidden = layers.Dense(8, activation="relu", name="h")
    model = Sequential(
        [Input((4,), name="x"), hidden, layers.Dense(units, activation=activation, name="y")], name="net"
    )
    if loss:
        model.compile(keras.optimizers.SGD(0.5), loss)
    return model


@pytest.fixture(autouse=True)
def _no_widget_outlives_its_test():
    before = set(ipywidgets.widgets.widget._instances)
    yield
    for name, widget in list(ipywidgets.widgets.widget._instances.items()):
        if name not in before:
            widget.close()


def trained(explorer, epochs=3):
    for _ in range(epochs):
        explorer.training.trainer.step("epoch")
    assert explorer.training.trainer.wait(LONG)
    assert explorer.wait(LONG)
    return explorer


def test_a_compiled_model_with_answers_can_be_trained_and_offering_it_changes_nothing():
    model = mlp()
    before = state(model)
    made = explore(model, X, Y)
    assert made.wait(LONG)
    assert made.tabs.titles == ("Sample", "What if", "Training", "Weights", "Layers")
    assert made.training.trainer.status == "ready"
    assert made.training.trainer.steps_per_epoch == 3  # of 90 rows, 32 at a time
    assert 'nbviz-training-unfair">Trains on the 90 rows explored' in made.training.rows.value
    assert state(model) == before


@pytest.mark.parametrize(
    ("loss", "answers"),
    [
        ("sparse_categorical_crossentropy", Y),
        ("sparse_categorical_crossentropy", np.eye(3)[Y]),
        ("categorical_crossentropy", Y),
        ("categorical_crossentropy", np.eye(3)[Y]),
        ("sparse_categorical_crossentropy", np.array(NAMES)[Y]),
        ("categorical_crossentropy", np.array(NAMES)[Y].tolist()),
    ],
)
def test_answers_in_any_form_are_brought_into_that_of_the_loss(loss, answers):
    explorer = trained(explore(mlp(loss), X, answers, class_names=NAMES))
    reference = mlp(loss)
    right = Y if loss.startswith("sparse") else np.eye(3)[Y]
    fresh = nbviz.Trainer(reference, X, right)
    for _ in range(3):
        fresh.step("epoch")
    assert fresh.wait(LONG)
    for one, other in zip(explorer.diagram.model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_regression_and_a_single_sigmoid_are_trained():
    for model, answers in ((mlp("mse", 1, None), X[:, 0]), (mlp("binary_crossentropy", 1, "sigmoid"), Y > 0)):
        before = model.evaluate(X, answers, verbose=0)
        explorer = trained(explore(model, X, answers), 5)
        assert explorer.training.trainer.error is None
        assert model.evaluate(X, answers, verbose=0) < before


def test_all_rows_are_trained_on_though_only_a_thousand_are_explored():
    x = NUMBERS.normal(size=(3000, 4)).astype("float32")
    made = explore(mlp(), x, x[:, :3].argmax(axis=1))
    assert made.wait(LONG)
    assert len(made.rows) == 1000
    assert made.training.trainer.steps_per_epoch == 94
    assert "the 3\u2009000 rows given as x, those explored among them" in made.training.rows.value


def test_with_data_to_train_on_the_rows_explored_are_the_validation():
    explorer = trained(explore(mlp(), X, Y, training_data=(MORE_X, MORE_Y)))
    assert explorer.training.trainer.steps_per_epoch == 7
    assert "the 200 rows of training_data" in explorer.training.rows.value
    assert "unfair" not in explorer.training.rows.value
    table = explorer.training.recording.metrics
    assert table["val_loss"].iloc[-1] == pytest.approx(explorer.diagram.model.evaluate(X, Y, verbose=0), rel=1e-4)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((MORE_X[:, :3], MORE_Y), "Expected x of shape"),
        ((MORE_X, MORE_Y[:7]), "Expected y with 200 answers, one for each row of x. Received 7"),
        ((MORE_X, MORE_Y + 5), "The training_data: Expected labels among those of y. Received '5', '6', '7' too"),
        ((MORE_X, np.where(np.arange(200) == 7, np.nan, MORE_Y)), "The training_data: Expected y without gaps.* row 7"),
        (MORE_X, "Expected training_data as a pair"),
    ],
)
def test_data_to_train_on_that_do_not_fit_are_refused_and_nothing_is_left(data, words):
    model = mlp()
    before, widgets = state(model), len(ipywidgets.widgets.widget._instances)
    with pytest.raises(ValueError, match=words):
        explore(model, X, Y, training_data=data)
    assert state(model) == before
    assert len(ipywidgets.widgets.widget._instances) == widgets


def test_data_to_train_on_need_answers_beside_them():
    with pytest.raises(ValueError, match="Expected y beside training_data"):
        explore(mlp(), X, training_data=(MORE_X, MORE_Y))


def test_a_model_that_is_not_compiled_says_so_in_the_tab():
    model = mlp(None)
    made = explore(model, X, Y)
    assert made.wait(LONG)
    assert made.training is None
    words = made.tabs.children[made.tabs.titles.index("Training")].value
    assert "has no optimizer and no loss yet" in words
    assert "model.compile(" in words


def test_without_answers_there_is_nothing_to_train():
    made = explore(mlp(), X)
    assert made.wait(LONG)
    assert made.training is None
    assert "Training" not in made.tabs.titles


def test_when_training_rests_samples_and_tables_are_those_of_the_new_weights():
    explorer = explore(mlp(), X, Y)
    assert explorer.wait(LONG)
    before = explorer.importance.strength
    trained(explorer, 10)
    model = explorer.diagram.model
    np.testing.assert_array_equal(explorer.predicted_classes(), model.predict(X, verbose=0).argmax(axis=1))
    assert np.trace(explorer.confusion.counts) == (explorer.predicted_classes() == Y).sum()
    assert not np.allclose(explorer.importance.strength, before)
    np.testing.assert_allclose(explorer.importance.strength, nbviz.importance(model, X).strength, rtol=1e-5)
    assert explorer.error is None


def test_importance_over_time_begins_before_training_and_another_method_begins_anew():
    explorer = explore(mlp(), X, Y)
    assert explorer.wait(LONG)
    before = explorer.importance.strength
    trained(explorer, 20)
    over = explorer._panels.over_time
    assert (over.steps[0], over.steps[-1]) == (0, 60)
    np.testing.assert_allclose(over.tables[0].strength, before, rtol=1e-5)
    assert [moment["step"] for moment in explorer.matrix.history["moments"]] == over.steps
    explorer.matrix.set_state({"method": "gradient"})
    assert explorer.wait(LONG)
    assert over.steps == [60]
    assert over.tables[0].attrs["method"] == "gradient"
    assert [moment["step"] for moment in explorer.matrix.history["moments"]] == [60]


def test_a_page_has_the_training_once_there_is_one():
    explorer = explore(mlp(), X, Y)
    assert explorer.wait(LONG)
    assert explorer.page_content().overrides[explorer.tabs]["titles"] == ["Sample", "Weights", "Layers"]
    trained(explorer)
    overrides = explorer.page_content().overrides
    assert overrides[explorer.tabs]["titles"] == ["Sample", "Training", "Weights", "Layers"]
    assert overrides[explorer.tabs]["children"][1] is explorer.training
    assert overrides[explorer.training.trainer.layout] == {"display": "none"}


def test_the_words_of_the_tab_have_no_markup():
    made = explore(mlp(), X, Y)
    assert repr(made.training) == "TrainingTab(net)"
    assert made.wait(LONG)

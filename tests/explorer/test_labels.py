"""What an explorer says of several sigmoids, of one, of labels in another order, and of several outputs."""

import warnings

import numpy as np
import pandas as pd
import pytest
from keras import Input, Model, Sequential, layers

import nbviz

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3)).astype("float32")


def sharp(units, activation, weights):
    """A model of one layer with known weights."""
    model = Sequential([Input((3,)), layers.Dense(units, activation=activation, use_bias=False, name="d")])
    model.set_weights([np.asarray(weights, "float32")])
    return model


def explore(model, x, y, **options):
    return nbviz.explore(model, x, y, method="gradient", **options)


def test_several_sigmoids_are_labels_each_judged_at_one_half():
    model = sharp(3, "sigmoid", 4 * np.eye(3))
    y = (X + np.array([0.3, 0, 0]) > 0).astype(int)
    explorer = explore(model, X, y, class_names=["red", "green", "blue"])
    p = np.asarray(model(X))
    wrong = np.flatnonzero(((p > 0.5) != y).any(axis=1))
    assert explorer.confusion is None
    assert explorer.labels.right == 120 - len(wrong)
    by_hand = [[[((y[:, k] == a) & ((p[:, k] > 0.5) == b)).sum() for b in (0, 1)] for a in (0, 1)] for k in range(3)]
    assert explorer.labels.counts.tolist() == by_hand
    np.testing.assert_array_equal(explorer.misread(), wrong)
    samples = explorer.sample_picker.samples
    assert samples["truth"] is None
    assert samples["true_labels"] == [np.flatnonzero(row).tolist() for row in y]
    assert samples["predicted_labels"] == [np.flatnonzero(row > 0.5).tolist() for row in p]
    explorer.labels.label = 2
    assert explorer.sample_picker.label == 2
    assert repr(explorer.labels) == f"LabelConfusion(3 labels, every one right in {120 - len(wrong)} of 120 rows)"
    (choice,) = explorer.page_content().choices
    assert (choice.control, choice.trait, sorted(choice.moments)) == (explorer.labels.choice, "index", [0, 1, 2])
    for label, traits in choice.moments.items():
        table = traits[explorer.labels.table]
        assert (table["table"]["title"], table["cells"]) == (["red", "green", "blue"][label], None)
        cells = np.frombuffer(table["numbers"], "<i4").reshape(-1, 3)
        assert cells.tolist() == [[a, b, n] for a in (0, 1) for b in (0, 1) if (n := by_hand[label][a][b])]
        assert traits[explorer.sample_picker] == {"label": label}
    assert explorer.labels.label == 2
    model.set_weights([-4 * np.eye(3, dtype="float32")])
    explorer.update()
    p = np.asarray(model(X))
    assert explorer.labels.right == int(((p > 0.5) == y).all(axis=1).sum())
    assert explorer.sample_picker.samples["true_labels"] == samples["true_labels"]


def test_one_logit_speaks_for_class_1_everywhere():
    model = sharp(1, None, [[5], [0], [0]])
    y = np.where(X[:, 0] > 0, "yes", "no")
    explorer = explore(model, X, y, output_kind="logits")
    assert explorer.importance.classes.tolist() == ["yes"]
    assert explorer.confusion.counts.tolist() == [[(y == "no").sum(), 0], [0, (y == "yes").sum()]]
    layer = explorer.diagram.network["layers"][-1]
    assert (layer["output"], layer["unit_names"]) == ("sigmoid", ["yes"])
    unnamed = nbviz.NetworkDiagram(model, X, output_kind="logits").show(0).to_svg()
    assert "class 1" in unnamed
    assert "class 0" not in unnamed
    assert "yes" in nbviz.NetworkDiagram(model, X, output_kind="logits", class_names=["no", "yes"]).to_svg()
    assert nbviz.importance(model, X, output_kind="logits", method="gradient").classes.tolist() == ["class 1"]


def test_a_categorical_is_numbered_by_its_dtype_and_other_text_with_a_doubt():
    model = sharp(3, "softmax", 9 * np.eye(3))
    names = np.array(["low", "mid", "high"])[X.argmax(axis=1)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        explorer = explore(model, X, pd.Series(names).astype(pd.CategoricalDtype(["low", "mid", "high"])))
    assert np.trace(explorer.confusion.counts) == 120
    assert explorer.importance.classes.tolist() == ["low", "mid", "high"]
    with pytest.warns(UserWarning, match="in the order low, mid, high it would be 100 %"):
        explorer = explore(model, X, names)
    assert "in the order low, mid, high" in explorer._note.value
    model.compile("sgd", "sparse_categorical_crossentropy")  # it has learned nothing: there is no order yet
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        explore(model, X, names)


@pytest.mark.parametrize("form", [dict, list])
def test_of_several_outputs_the_first_is_explored_with_its_own_answers(form):
    x = Input((3,))
    first = layers.Dense(3, activation="softmax", use_bias=False, name="kind")(x)
    model = Model(x, [first, layers.Dense(1, name="size")(x)])
    model.get_layer("kind").set_weights([9 * np.eye(3, dtype="float32")])
    model.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    names = pd.Categorical(np.array(["c", "b", "a"])[X.argmax(axis=1)], ["c", "b", "a"])
    y = {"kind": names, "size": X[:, 0]} if form is dict else [names, X[:, 0]]
    explorer = explore(model, X, y)
    assert np.trace(explorer.confusion.counts) == 120
    assert explorer.training is not None
    explorer.training.trainer.step()
    assert explorer.training.trainer.wait(60)
    assert explorer.training.trainer.error is None
    assert int(model.optimizer.iterations) == 1


def test_what_the_user_says_of_the_outputs_is_so_in_every_part():
    model = sharp(3, None, 3 * np.eye(3))
    y = X.argmax(axis=1)
    with pytest.raises(ValueError, match="output_kind="):
        explore(model, X, y)
    explorer = explore(model, X, y, output_kind="logits")
    z = np.asarray(model(X), float)
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    numbers = np.frombuffer(explorer.sample_picker.numbers, "<f4").reshape(120, 3)
    np.testing.assert_allclose(numbers, p, atol=1e-6)
    assert explorer.diagram.network["layers"][-1]["output"] == "softmax"
    assert explorer.importance.attrs["head"] == "softmax"
    assert np.trace(explorer.confusion.counts) == 120

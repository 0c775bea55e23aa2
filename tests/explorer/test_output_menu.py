"""Several outputs, of which one is explored: everything is of that one, whenever another is chosen."""

import keras
import numpy as np
import pytest
from keras import Input, Model, layers
from sklearn import metrics
from traitlets import TraitError

import nbviz
from nbviz import explore
from nbviz.attribution.outputs import explained_outputs
from nbviz.style.numbers import short
from tests.explorer.small_classifier import LONG, NAMES, X, Y, bars, front_end

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")

PRICE = 30 + 5 * X.to_numpy()[:, 0]
STRONG = np.where(X.to_numpy()[:, 1] > 0, "yes", "no")
OF_ALL = {"class_names": {"kind": NAMES, "strong": ["no", "yes"]}}


def three_heads(compiled=False):
    keras.utils.set_random_seed(3)
    x = Input((4,), name="x")
    h = layers.Dense(6, activation="relu", name="h")(x)
    kind = layers.Dense(3, activation="softmax", name="kind")(h)
    price, strong = layers.Dense(1, name="price")(h), layers.Dense(1, activation="sigmoid", name="strong")(h)
    model = Model(x, [kind, price, strong], name="heads")
    if compiled:
        model.compile("adam", ["sparse_categorical_crossentropy", "mse", "binary_crossentropy"])
    return model


def check(made, model, name):
    """What is shown is of this output: its own model, with no other output, says the same."""
    assert made.wait(LONG)
    assert made.error is None
    assert made.selected_output == made.output_menu.menu.value == name
    place = ["kind", "price", "strong"].index(name)
    alone = Model(model.inputs, model.outputs[place])
    own = alone.predict(X.to_numpy(), verbose=0)
    table = nbviz.importance(alone, X)
    np.testing.assert_allclose(made.importance.strength, table.strength, rtol=1e-4)
    logits = explained_outputs(alone).answers([X.to_numpy()])
    np.testing.assert_allclose(made.waterfall.sample.local.end, logits[made.selected_sample], atol=1e-5)
    np.testing.assert_allclose(made.diagram.explained.paths[name].total, bars(made), atol=1e-5)
    assert made.diagram.network["class_layer"] == name
    if name == "price":
        assert (made.confusion, made.threshold_curves) == (None, None)
        (caption,) = made.predicted_values.chart["outputs"][0]["captions"]
        assert f"MAE {short(float(np.abs(own[:, 0] - PRICE).mean()))}" in caption
        assert made.matrix.tables[""]["captions"][0].startswith("expected gradients on the output")
    elif name == "strong":
        assert made.predicted_values is None
        read = np.where(own[:, 0] > 0.5, "yes", "no")
        assert made.confusion.counts.tolist() == metrics.confusion_matrix(STRONG, read).tolist()
        assert made.sample_picker.samples["class_names"] == ["no", "yes"]
    else:
        counts = metrics.confusion_matrix(Y, own.argmax(axis=1), labels=[0, 1, 2])
        assert made.confusion.counts.tolist() == counts.tolist()
        assert list(made.importance.classes.get_level_values("class")) == NAMES


def test_everything_follows_the_menu():
    model = three_heads()
    made = explore(model, X, [Y, PRICE, STRONG], **OF_ALL)
    assert made.children[0] is made.output_menu
    made.selected_sample = 9
    for name in ("kind", "price", "strong", "kind"):
        front_end(made.output_menu.menu, index=["kind", "price", "strong"].index(name))
        check(made, model, name)
        assert made.selected_class is None
        assert made.sample_picker.selected_sample == 9
        assert "sample 9" in made.what_if._head.value
    made.selected_class, made.selected_unit = 2, 1
    assert made.wait(LONG)
    assert (made.matrix.selected_class, made.waterfall.selected_class, made.diagram.selected_class) == (2, 2, 2)
    made.selected_output = "price"
    assert made.wait(LONG)
    assert (made.matrix.selected_class, made.waterfall.selected_class, made.diagram.selected_class) == (None,) * 3
    with pytest.raises(TraitError, match="Expected selected_class from 0 to 0"):
        made.selected_class = 2
    slider = made.what_if.sliders.sliders[0]
    slider.value = slider.max
    assert made.wait(LONG)
    assert made.waterfall.shown["sample"] == "sample 9, changed"


def test_an_output_is_explored_from_the_start():
    model = three_heads()
    made = explore(model, X, {"strong": STRONG, "price": PRICE, "kind": Y}, output="strong", **OF_ALL)
    check(made, model, "strong")
    with pytest.raises(ValueError, match=r"Expected output among \['kind', 'price', 'strong'\]. Received 'colour'"):
        explore(model, X, output="colour")
    with pytest.raises(TraitError, match=r"Expected selected_output among .* Received 'colour'"):
        made.selected_output = "colour"
    assert made.selected_output == "strong"


def test_after_training_another_output_is_that_of_the_model_as_it_is_now():
    model = three_heads(compiled=True)
    made = explore(model, X, [Y, PRICE, (STRONG == "yes").astype(int)], **OF_ALL)
    made.training.trainer.step("epoch")
    assert made.training.trainer.wait(LONG)
    made.selected_output = "price"
    check(made, model, "price")
    model.layers[-2].bias.assign([25.0])
    made.update()
    check(made, model, "price")


def test_answers_of_one_output_alone_are_that_ones():
    model = three_heads()
    made = explore(model, X, Y, class_names=NAMES)
    assert made.confusion is not None
    made.selected_output = "price"
    assert made.predicted_values is None


def test_answers_of_one_output_alone_are_refused_where_they_may_be_meant_for_another():
    model = three_heads()
    # Class indices are numbers too, and 0 and 1 are answers of a sigmoid.
    with pytest.raises(ValueError, match=r"one ndarray, which fits 'kind' and 'price'; y=\{'kind': y\} says"):
        explore(model, X, Y)
    with pytest.raises(ValueError, match=r"fits 'price'; y=\{'price': y\} says that they are of 'price'"):
        explore(model, X, PRICE)
    assert explore(model, X, PRICE, output="price").predicted_values is not None
    # Three words are no numbers, and one class too many for two.
    made = explore(model, X, np.array(["low", "mid", "top"])[np.arange(len(X)) % 3])
    assert "y is taken for kind: it fits no other output" in made.output_menu.words.value
    assert made.sample_picker.samples["class_names"] == ["low", "mid", "top"]


def test_rows_trained_on_are_drawn_of_every_output_that_has_answers_for_them():
    y = [np.arange(len(X)) % 3, PRICE, STRONG == "yes"]
    rest = [part[20:] for part in y]
    made = explore(
        three_heads(compiled=True), X[:20], [part[:20] for part in y], training_data=(X[20:], rest), output="price"
    )
    count = len(X) - 20
    assert made.predicted_values.chart["other_count"] == count
    made.selected_output = "kind"
    made.selected_output = "price"
    assert made.wait(LONG)
    assert made.predicted_values.chart["other_count"] == count
    np.testing.assert_array_equal(made._data.trained_on[1], PRICE[20:])


@pytest.mark.parametrize("chosen_in", ["Python", "the menu"])
def test_an_output_that_cannot_be_explored_leaves_all_of_it_at_the_one_before(chosen_in):
    keras.utils.set_random_seed(0)
    x = Input((4, 4, 1))
    h = layers.Conv2D(3, 3, padding="same")(x)
    model = Model(x, [layers.Conv2D(2, 1, activation="softmax", name="parts")(h), layers.Conv2D(1, 1, name="depth")(h)])
    pictures = np.random.default_rng(0).random((12, 4, 4, 1)).astype("float32")
    y = [np.zeros((12, 4, 4), int), np.zeros((12, 2, 2, 1))]  # of another size
    made = explore(model, pictures, y)
    assert made.wait(LONG)
    chosen = (made, "selected_output") if chosen_in == "Python" else (made.output_menu.menu, "value")
    with pytest.raises(ValueError, match=r"Expected y of shape .* for the output 'depth'"):
        setattr(*chosen, "depth")
    assert made.wait(LONG)
    assert (made.selected_output, made.output_menu.value, made.output_menu.menu.value) == ("parts",) * 3
    assert list(made.importance.classes) == [("parts", "channel 0"), ("parts", "channel 1")]
    assert made.matrix.importance.classes.equals(made.importance.classes)
    assert made.diagram.network["class_layer"] == "parts"
    assert made.error.startswith("The output 'depth' cannot be explored: ")
    np.testing.assert_allclose(
        made._panels.samples.predictions.mean(), model.predict(pictures, verbose=0)[0].mean(), rtol=1e-4
    )


def test_a_page_shows_which_output_it_is_of_and_says_what_the_others_need():
    made = explore(three_heads(), X, Y, class_names=NAMES)
    made.selected_output = "price"
    found = made.page_content().overrides
    assert found[made.output_menu.menu]["disabled"] is True
    assert "the others need a running kernel" in found[made.output_menu.words]["value"]
    assert made.output_menu.menu.value == "price"
    assert not made.output_menu.menu.disabled


def test_of_one_output_there_is_no_menu(explored, tmp_path):
    assert explored.output_menu is None
    assert explored.selected_output == "y"
    nbviz.save_html(explored, tmp_path / "one.html")


@pytest.mark.parametrize(
    ("y", "given", "explored"),
    [
        ({"price": PRICE}, {}, "price"),
        ({"kind": Y, "price": None, "strong": None}, {}, "kind"),
        ({"strong": STRONG}, {"output": "kind"}, "kind"),
        (STRONG, {"class_names": {"strong": ["no", "yes"]}}, "strong"),
    ],
)
def test_a_dict_with_one_output_tells_which_is_explored_and_others_have_no_answers(y, given, explored):
    model = three_heads(compiled=True)
    made = explore(model, X, y, **given)
    assert made.selected_output == explored
    held = {"kind": None, "price": None, "strong": None}
    held |= {name: part for name, part in y.items() if part is not None} if isinstance(y, dict) else {explored: y}
    for name, part in held.items():
        made.selected_output = name
        assert made.wait(LONG)
        assert made.error is None
        assert (made._data.truth is None) == (part is None)
    if "price" in held and held["price"] is not None:
        made.selected_output = "price"
        np.testing.assert_allclose(made._data.truth, PRICE)
    made.close()


def test_a_key_that_is_no_output_is_refused():
    with pytest.raises(ValueError, match=r"Expected y with the answers of the output 'kind'.*\['sort'\]"):
        explore(three_heads(), X, {"sort": Y})

"""What an explorer is as a whole: what it refuses, what Python reads and sets, and that it leaves the model alone."""

import threading
import time

import ipywidgets
import keras
import numpy as np
import pytest
import traitlets
from keras import Input, Sequential, layers

import nbviz
from nbviz import explore
from tests.explorer.small_classifier import BACKGROUND, FEATURES, LONG, NAMES, X, Y, bars, front_end, mlp
from tests.model_state import state

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")


def alive():
    while workers := [thread for thread in threading.enumerate() if thread.name == "nbviz worker"]:
        workers[0].join()  # of another test, or of what must be gone: that would never end
    return set(ipywidgets.widgets.widget._instances)


def test_at_first_sight_a_misread_row_is_explained(explored):
    assert explored.error is None
    truth, predicted = Y, explored.predicted_classes()
    assert list(explored.misread()) == list(np.flatnonzero(truth != predicted))
    assert explored.selected_sample == explored.misread()[0]
    assert explored.diagram.selected_sample == explored.selected_sample
    assert explored.waterfall.shown["sample"] == f"sample {explored.selected_sample}"
    assert f"sample {explored.selected_sample}" in explored.what_if._head.value
    assert list(explored.matrix.importance.features) == FEATURES
    assert explored.tabs.titles == ("Sample", "What if", "Training", "Weights", "Layers")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("selected_class", 3, "Expected selected_class from 0 to 2 or None. Received 3"),
        ("selected_class", -1, "Received -1"),
        ("selected_sample", 40, "Expected selected_sample from 0 to 39 or None. Received 40"),
        ("selected_unit", 21, "Expected selected_unit from 0 to 20 or None. Received 21"),
        ("edge_meaning", "magic", "magic"),
    ],
)
def test_a_selection_that_does_not_exist_is_refused_and_nothing_changes(explored, name, value, words):
    before = {each: getattr(explored, each) for each in ("selected_class", "selected_sample", "selected_unit")}
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(explored, name, value)
    assert {each: getattr(explored, each) for each in before} == before
    for each, view in (("selected_class", explored.matrix), ("selected_sample", explored.sample_picker)):
        assert getattr(explored.diagram, each) == before[each]
        assert getattr(view, each) in (before[each], None)


def test_after_more_training_every_number_is_new(own):
    net, made = own
    made.selected_sample = 4
    assert made.wait(LONG)
    before = {
        "bars": bars(made).copy(),
        "table": made.importance.strength,
        "layer": made.matrix.tables["h"]["totals"],
        "picker": made.sample_picker.numbers,
        "frame": made.diagram.frame,
        "what if": made.what_if._head.value,
    }
    net.fit(X.to_numpy(), Y, epochs=20, verbose=0)
    assert made.update() is made
    assert made.wait(LONG)
    assert made.selected_sample == 4
    assert not np.allclose(bars(made), before["bars"])
    expected = made.diagram.explain_at(4).local.values
    np.testing.assert_allclose(bars(made), expected, atol=1e-6)
    np.testing.assert_array_equal(made.importance.strength, nbviz.importance(net, X, class_names=NAMES).strength)
    assert made.matrix.tables["h"]["totals"] != before["layer"]
    assert made.sample_picker.numbers != before["picker"]
    assert made.diagram.frame != before["frame"]
    assert made.what_if._head.value != before["what if"]
    np.testing.assert_allclose(made._panels.samples.predictions, np.asarray(net(X.to_numpy())), atol=1e-6)


def test_a_new_look_at_the_weights_selects_nothing_new(own):
    net, made = own
    made.selected_sample = None
    net.set_weights([weight * 1.1 for weight in net.get_weights()])
    made.update()
    assert made.wait(LONG)
    assert made.selected_sample is None
    assert made.diagram.explained.local is None


def test_a_network_that_has_diverged_is_shown_and_does_not_break_the_explorer(own):
    net, made = own
    weights = net.get_weights()
    for sample, number in enumerate((np.nan, np.inf, 1e38)):
        net.set_weights([np.full_like(weights[0], number), *weights[1:]])
        made.update()
        made.selected_sample = sample
        assert made.wait(LONG)
        assert made.error is None
        assert made.diagram.explanation_error is None
        assert f'"sample":{sample}'.encode() in made.diagram.explanation
        assert made.diagram.explained.local is not None
        # Explored from the start in this state, too.
        assert explore(net, X, Y).wait(LONG)
    net.set_weights(weights)
    made.update()
    assert made.wait(LONG)
    assert np.isfinite(bars(made)).all()


def test_exploring_while_the_model_trains_elsewhere_does_not_break_either():
    net = mlp(seed=4)
    stop, errors = threading.Event(), []

    class UntilStopped(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = stop.is_set()

    def train():
        try:
            net.fit(X.to_numpy(), Y, epochs=100_000, batch_size=8, verbose=0, callbacks=[UntilStopped()])
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=train)
    thread.start()
    try:
        made = explore(net, X, Y, class_names=NAMES)
        assert made.wait(LONG)
        for sample in range(4):
            made.selected_sample = sample
            made.update()
            assert made.wait(LONG)
            assert made.error is None
        assert thread.is_alive()
    finally:
        stop.set()
        thread.join(LONG)
    assert errors == []
    made.update()
    assert made.wait(LONG)
    np.testing.assert_array_equal(
        made.importance.strength, nbviz.importance(net, X, class_names=NAMES).strength
    )  # fmt: skip


def test_exploring_leaves_the_model_bitwise_as_it_was():
    net = mlp(seed=5)
    net.fit(X.to_numpy(), Y, epochs=1, verbose=0)
    net(X.to_numpy())
    before = state(net)
    made = explore(net, X, Y, class_names=NAMES)
    for meaning in ("contribution", "path", "weight_activation", "weight"):
        made.edge_meaning = meaning
    made.selected_unit, made.selected_class, made.selected_sample = 1, 2, 3
    assert made.wait(LONG)
    made.what_if.sliders.sliders[0].value = 0
    front_end(made.matrix, method="ablation")
    made.update()
    assert made.wait(LONG)
    made.page_content()
    made.diagram.show(None)
    assert made.wait(LONG)
    after = state(net)
    for part, value in before.items():
        assert after[part] == value, part


def test_a_model_that_was_explored_trains_to_bitwise_the_same_weights_as_its_twin():
    def train(look):
        net = mlp(seed=6)
        net.fit(X.to_numpy(), Y, epochs=1, verbose=0)
        look(net)
        history = net.fit(X.to_numpy(), Y, batch_size=8, epochs=2, verbose=0).history
        return net.get_weights(), history

    def look(net):
        made = explore(net, X, Y)
        made.edge_meaning = "path"
        assert made.wait(LONG)
        made.page_content()

    weights, history = train(look)
    twin, expected = train(lambda net: None)
    assert history == expected
    for ours, theirs in zip(weights, twin, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"x": None}, ValueError, "Expected x, the rows to explore.*NetworkDiagram"),
        ({"x": X.iloc[:0]}, ValueError, "at least one row"),
        ({"x": X.iloc[:, :2]}, ValueError, r"Expected x of shape \(n, 4\)"),
        ({"x": X.astype(str)}, TypeError, "Expected numeric columns"),
        ({"x": X.iloc[:1], "y": Y[:1]}, ValueError, "Expected background= for a single row"),
        ({"y": Y[:-1]}, ValueError, "Expected y with 40 answers, one for each row of x. Received 39"),
        ({"y": np.r_[Y[:-1], 3]}, ValueError, "Expected y with 3 classes.*Received 4 different"),
        ({"class_names": ["a", "b"]}, ValueError, "Expected 3 class_names"),
        ({"feature_names": ["a", "b"]}, ValueError, "Expected 4 feature_names"),
        ({"background": BACKGROUND[:, :3]}, ValueError, r"Expected x of shape \(n, 4\)"),
        ({"method": "magic"}, ValueError, "Expected method among.*Received 'magic'"),
        ({"method": "permutation", "y": None}, ValueError, "Expected y for 'permutation'"),
        ({"max_units": 0}, ValueError, "Expected max_units as a whole number of at least 1"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_and_nothing_half_made_stays(classifier, options, kind, words):
    before = alive()
    with pytest.raises(kind, match=words):
        explore(classifier, **{"x": X, "y": Y} | options)
    assert alive() <= before


@pytest.mark.parametrize("given", [3, "net.keras", None])
def test_what_is_no_model_is_refused(given):
    with pytest.raises(TypeError, match=r"Expected a keras.Model"):
        explore(given, X)


def test_a_model_that_no_gradient_leads_through_is_explored_by_a_method_that_needs_none():
    net = Sequential(
        [
            Input((4,), name="x"),
            layers.Dense(6, name="h"),
            layers.Lambda(keras.ops.round),
            layers.Dense(3, activation="softmax", name="y"),
        ]
    )
    before = alive()
    with pytest.raises(ValueError, match='use method="ablation"'):
        explore(net, X, Y)
    assert alive() <= before
    made = explore(net, X, Y, method="ablation")
    assert made.wait(LONG)
    assert made.error.startswith("What the edges contribute could not be worked out: Expected a way for a gradient")
    assert "\n" not in made.error
    assert made.importance.strength.any()


def test_of_a_million_rows_a_thousand_are_explored_and_it_says_so(classifier):
    x = np.random.default_rng(1).normal(size=(1_000_000, 4)).astype("float32")
    y = np.random.default_rng(2).integers(0, 3, 1_000_000)
    begun = time.perf_counter()
    made = explore(classifier, x, y, seed=4)
    assert made.wait(LONG)
    assert time.perf_counter() - begun < 30
    assert "1\u2009000 of 1\u2009000\u2009000 rows, drawn (seed 4)" in made._note.value
    assert len(made.rows) == 1000
    assert made.sample_picker.samples["count"] == 1000
    assert made.sample_picker.samples["names"][:2] == [f"row {row}" for row in made.rows[:2]]
    np.testing.assert_allclose(made.flat_row(7), x[made.rows[7]])
    np.testing.assert_array_equal(made._data.truth, y[made.rows])
    # One name everywhere: the row's number among all that were given.
    made.selected_sample, made.compared_samples = 700, [700, 701]
    assert made.wait(LONG)
    name = f"row {made.rows[700]}"
    told = [
        made.waterfall.sample.name,
        made.what_if.sample_name,
        made.diagram.frames.observation.sample_name,
        made.comparison.columns[0].explained.name,
        made.sample_picker.samples["names"][700],
    ]
    assert told == [name] * 5


def test_names_with_markup_are_text_everywhere(classifier):
    names = ['<img src=x onerror="alert(1)">', "<b>bold</b>", "a & b", "'\"</script>"]
    classes = ["<i>one</i>", "</title>", "three"]
    made = explore(classifier, X.to_numpy(), Y, feature_names=names, class_names=classes)
    made.selected_unit, made.selected_class = 0, 1
    assert made.wait(LONG)
    assert made.error is None
    pages = [
        widget.value
        for widget in ipywidgets.widgets.widget._instances.values()
        if isinstance(widget, ipywidgets.HTML)
    ]  # fmt: skip
    bundle = made._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    for page in [*pages, bundle["text/html"]]:
        for bad in ("<img src=x", "<b>bold", "</script>", "<i>one"):
            assert bad not in page
    assert "&lt;b&gt;bold" in bundle["text/html"]


def test_two_explorers_of_one_model_do_not_disturb_each_other(classifier):
    one, two = explore(classifier, X, Y), explore(classifier, X, Y)
    one.selected_sample, two.selected_sample = 3, 8
    one.selected_class = 1
    assert one.wait(LONG)
    assert two.wait(LONG)
    assert (one.selected_sample, two.selected_sample, two.selected_class) == (3, 8, None)
    np.testing.assert_allclose(bars(one), one.diagram.explain_at(3).local.values, atol=1e-6)
    np.testing.assert_allclose(bars(two), one.diagram.explain_at(8).local.values, atol=1e-6)


def test_the_words_of_an_explorer_have_no_markup(explored):
    assert repr(explored) == "ModelExplorer(net, 40 rows)"

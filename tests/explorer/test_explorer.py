"""What an explorer computes and how its parts follow each other, without a browser."""

import threading
import time

import ipywidgets
import keras
import numpy as np
import pandas as pd
import pytest
import traitlets
from keras import Input, Model, Sequential, layers

import nbviz
from nbviz import explore
from nbviz.attribution.outputs import explained_outputs
from tests.attribution.test_model_is_sacred import state

LONG = 120  # seconds, for what must happen
FEATURES, NAMES = ["length", "width", "height", "weight"], ["low", "mid", "high"]
NUMBERS = np.random.default_rng(0)
X = pd.DataFrame(NUMBERS.normal(size=(40, 4)).astype("float32"), columns=FEATURES)
Y = (X.to_numpy()[:, :3] + 0.5 * NUMBERS.normal(size=(40, 3))).argmax(axis=1)
BACKGROUND = NUMBERS.normal(size=(150, 4)).astype("float32")


def mlp(units=3, activation="softmax", inputs=4, seed=1):
    keras.utils.set_random_seed(seed)
    model = Sequential(
        [
            Input((inputs,), name="x"),
            layers.Dense(8, activation="relu", name="h"),
            layers.BatchNormalization(name="normal"),
            layers.Dropout(0.3, name="drop"),
            layers.Dense(6, activation="tanh", name="g"),
            layers.Dense(units, activation=activation, name="y"),
        ],
        name="net",
    )
    model.compile("adam", "sparse_categorical_crossentropy" if activation == "softmax" else "mse")
    return model


@pytest.fixture(scope="module")
def model():
    net = mlp()
    net.fit(X.to_numpy(), Y, epochs=15, verbose=0)
    return net


@pytest.fixture(autouse=True)
def _no_widget_outlives_its_test():
    before = set(ipywidgets.widgets.widget._instances)
    yield
    for name, widget in list(ipywidgets.widgets.widget._instances.items()):
        if name not in before:
            widget.close()


@pytest.fixture
def explored(model):
    made = explore(model, X, Y, class_names=NAMES, background=BACKGROUND)
    assert made.wait(LONG)
    return made


@pytest.fixture
def own():
    """A model that a test may spoil, and its explorer."""
    net = mlp(seed=2)
    made = explore(net, X, Y, class_names=NAMES)
    assert made.wait(LONG)
    return net, made


def front_end(widget, **values):
    """What arrives when somebody clicks."""
    widget.set_state(values)


def bars(made):
    return made.waterfall.sample.local.values


def feature_names(made):
    return list(made.matrix.importance.features)


def test_at_first_sight_a_misread_row_is_explained(explored):
    assert explored.error is None
    truth, predicted = Y, explored.predicted_classes()
    assert list(explored.misread()) == list(np.flatnonzero(truth != predicted))
    assert explored.selected_sample == explored.misread()[0]
    assert explored.diagram.selected_sample == explored.selected_sample
    assert f"sample {explored.selected_sample}" in explored.waterfall._names.value
    assert f"sample {explored.selected_sample}" in explored.what_if._head.value
    assert feature_names(explored) == FEATURES
    assert explored.tabs.titles == ("Sample", "What if", "Training", "Weights", "Layers")


def test_bars_lead_from_the_average_of_the_background_to_the_rows_logits(explored, model):
    explained = explained_outputs(model)
    background = explored._subject.explainer.background[0]
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


def test_the_bars_are_expected_gradients_of_the_same_background(explored, model):
    background = explored._subject.explainer.background[0]
    expected = nbviz.attributions(model, X, background=background, evaluations=32 * 100)
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


def test_another_seed_draws_another_background_and_diagram_and_charts_agree(model):
    one, two = (explore(model, X, background=BACKGROUND, seed=seed) for seed in (0, 5))
    for made in (one, two):
        assert made.wait(LONG)
        rows = made._subject.explainer.background
        starts = explained_outputs(model).answers(rows).mean(axis=0)
        np.testing.assert_allclose(made.diagram.explained.local.start, starts, atol=1e-5)
    assert not np.allclose(one.diagram.explained.local.start, two.diagram.explained.local.start, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "value"), [("selected_class", 2), ("selected_unit", 1), ("selected_sample", 7), ("edge_meaning", "path")]
)
def test_observers_hear_what_is_clicked_in_the_diagram(explored, name, value):
    heard = []
    explored.observe(lambda change: heard.append((change["name"], change["new"])), name)
    front_end(explored.diagram, **{name: value})
    assert heard == [(name, value)]
    front_end(explored.diagram, **{name: value})  # the same again is no change
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("name", "value", "views"),
    [
        ("selected_class", 2, ["diagram", "matrix"]),
        ("selected_unit", 1, ["diagram", "matrix"]),
        ("edge_meaning", "path", ["diagram", "matrix"]),
        ("selected_sample", 7, ["diagram", "sample_picker"]),
    ],
)
def test_what_is_set_in_python_reaches_every_view(explored, name, value, views):
    setattr(explored, name, value)
    assert [getattr(getattr(explored, view), name) for view in views] == [value, value]
    if name != "edge_meaning":
        setattr(explored, name, None)
        assert [getattr(getattr(explored, view), name) for view in views] == [None, None]


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


def test_a_sample_that_is_picked_is_explained(explored):
    before = bars(explored).copy()
    front_end(explored.diagram, selected_sample=11)
    assert explored.wait(LONG)
    np.testing.assert_allclose(bars(explored), explored.diagram.explain_at(11).local.values, atol=1e-6)
    assert not np.allclose(bars(explored), before)
    assert "sample 11" in explored.waterfall._names.value
    assert "sample 11" in explored.what_if._head.value
    np.testing.assert_allclose(explored.what_if.row, X.to_numpy()[11], rtol=1e-6)


def test_a_slider_shows_a_row_of_nobody_in_the_diagram_and_back(explored, model):
    explored.selected_sample = 11
    slider = explored.what_if.sliders.sliders[0]
    feature = explored.what_if.feature
    slider.value = slider.max
    assert explored.wait(LONG)
    row = X.to_numpy()[11].astype(float)
    row[feature] = explored.what_if.row[feature]
    assert row[feature] > X.to_numpy()[11, feature]
    assert explored.selected_sample is None
    assert explored.sample_picker.selected_sample in (11, None)  # in a page, the link of the browser moves it
    end = explained_outputs(model).answers([row[None].astype("float32")])[0]
    np.testing.assert_allclose(explored.diagram.explained.local.end, end, atol=1e-5)
    np.testing.assert_allclose(explored.waterfall.sample.local.end, end, atol=1e-5)
    assert "sample 11, changed" in explored.waterfall._names.value
    explored.what_if.reset()
    assert explored.wait(LONG)
    assert explored.selected_sample == 11
    np.testing.assert_allclose(bars(explored), explored.diagram.explain_at(11).local.values, atol=1e-6)


def test_a_class_and_a_feature_are_marked_in_the_waterfall(explored):
    front_end(explored.diagram, selected_class=2, selected_unit=explored.diagram.unit_id("x", "width"))
    assert (explored.waterfall.selected_class, explored.waterfall.selected_feature) == (2, 1)
    front_end(explored.diagram, selected_unit=explored.diagram.unit_id("h", 3))
    assert explored.waterfall.selected_feature is None


def test_every_hidden_layer_has_a_table_whose_rows_are_its_units(explored, model):
    assert [choice["key"] for choice in explored.matrix.layers] == ["", "h", "g"]
    assert list(explored.matrix.tables) == ["", "h", "g"]
    for layer, units in (("x", 4), ("h", 8), ("g", 6)):
        wire = explored.matrix.tables["" if layer == "x" else layer]
        assert wire["ids"] == [explored.diagram.unit_id(layer, unit) for unit in range(units)]
    explored.matrix.layer = "g"
    expected = nbviz.importance(model, X, layer="g", background=BACKGROUND)
    np.testing.assert_array_equal(explored.importance.strength, expected.strength)
    np.testing.assert_array_equal(
        explore(model, X, background=BACKGROUND).importance.strength,
        nbviz.importance(model, X, background=BACKGROUND).strength,
    )


def test_another_method_is_worked_out_in_the_background_and_replaces_every_table(explored, model):
    told = []
    explored.matrix.observe(lambda change: told.append(change["new"]), "busy")
    front_end(explored.matrix, method="gradient")
    assert explored.wait(LONG)
    assert "gradient" in told
    assert "gradient, g" in told
    assert (explored.matrix.busy, explored.matrix.progress) == ("", 0.0)
    assert list(explored.matrix.tables) == ["", "h", "g"]
    for layer in (None, "h", "g"):
        explored.matrix.layer = layer or ""
        expected = nbviz.importance(model, X, layer=layer, method="gradient")
        np.testing.assert_allclose(explored.importance.strength, expected.strength, rtol=1e-6)
    assert explored.error is None


def test_the_notebook_goes_on_while_a_method_is_worked_out_and_a_newer_choice_stops_it(explored, monkeypatch):
    begun, go, asked = threading.Event(), threading.Event(), []
    real = explored._subject.importance

    def slowly(method, layer=None):
        asked.append((method, layer))
        if method == "gradient":
            begun.set()
            assert go.wait(LONG)
        return real(method, layer)

    monkeypatch.setattr(explored._subject, "importance", slowly)
    front_end(explored.matrix, method="gradient")
    assert begun.wait(LONG)
    assert explored.matrix.busy == "gradient"
    assert not explored.wait(0.01)
    front_end(explored.matrix, method="ablation")
    front_end(explored.matrix, method="smoothgrad")
    front_end(explored.matrix, method="gradient_x_input")
    go.set()
    assert explored.wait(LONG)
    assert {method for method, _ in asked} == {"gradient", "gradient_x_input"}
    assert [layer for method, layer in asked if method == "gradient_x_input"] == [None, "h", "g"]
    assert explored.importance.attrs["method"] == "gradient_x_input"


def test_layers_of_a_method_that_is_no_longer_wanted_are_given_up(model, monkeypatch):
    made = explore(model, X, Y)
    assert made.wait(LONG)
    begun, go, asked = threading.Event(), threading.Event(), []
    real = made._subject.importance

    def slowly(method, layer=None):
        asked.append((method, layer))
        if (method, layer) == ("gradient", "h"):
            begun.set()
            assert go.wait(LONG)
        return real(method, layer)

    monkeypatch.setattr(made._subject, "importance", slowly)
    front_end(made.matrix, method="gradient")
    assert begun.wait(LONG)
    front_end(made.matrix, method="ablation")
    go.set()
    assert made.wait(LONG)
    assert ("gradient", "g") not in asked
    assert {table["title"] for table in made.matrix.tables.values()} == {"Importance by class"}
    assert all("ablation" in table["captions"][0] for table in made.matrix.tables.values())


def test_an_error_in_the_background_is_told_and_what_was_there_stays(explored, monkeypatch):
    def fail(method, layer=None):
        raise ValueError("of <b>this</b> method")

    before = explored.importance
    heard = []
    explored.observe(lambda change: heard.append(change["new"]), "error")
    with monkeypatch.context() as patch:
        patch.setattr(explored._subject, "importance", fail)
        front_end(explored.matrix, method="lrp")
        assert explored.wait(LONG)
    assert heard == ["The importance could not be worked out: of <b>this</b> method"]
    assert "&lt;b&gt;this" in explored._note.value
    assert "<b>" not in explored._note.value
    assert explored.importance is before
    assert (explored.matrix.busy, explored.matrix.progress) == ("", 0.0)
    front_end(explored.matrix, method="gradient")
    assert explored.wait(LONG)
    assert explored.error is None


def test_an_error_of_the_edges_is_told(explored, monkeypatch):
    def fail(*args, **options):
        raise ValueError("no slope")

    with monkeypatch.context() as patch:
        patch.setattr("nbviz.attribution.edges.explanation.contributions", fail)
        explored.selected_sample = 20
        assert explored.wait(LONG)
    assert explored.error == "What the edges contribute could not be worked out: no slope"
    explored.selected_sample = 21
    assert explored.wait(LONG)
    assert explored.error is None
    assert "sample 21" in explored.waterfall._names.value


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
    np.testing.assert_allclose(made._predictions, np.asarray(net(X.to_numpy())), atol=1e-6)


def test_a_new_look_at_the_weights_selects_nothing_new(own):
    net, made = own
    made.selected_sample = None
    net.set_weights([weight * 1.1 for weight in net.get_weights()])
    made.update()
    assert made.wait(LONG)
    assert made.selected_sample is None
    assert made.diagram.explained.local is None


def test_a_method_that_the_picker_lacks_is_worked_out_anew_too(model):
    net = mlp(seed=3)
    made = explore(net, X, method="connection_weights")
    assert made.wait(LONG)
    assert made.error is None
    assert made.matrix.method is None
    before = made.importance.strength
    for name in "hgy":
        kernel, bias = net.get_layer(name).get_weights()
        net.get_layer(name).set_weights([2 * kernel, bias])
    made.update()
    assert made.wait(LONG)
    made.matrix.layer = ""
    np.testing.assert_allclose(made.importance.strength, 8 * before, rtol=1e-4)  # three kernels, each doubled


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


def alive():
    workers = [thread for thread in threading.enumerate() if thread.name == "nbviz worker"]
    return len(ipywidgets.widgets.widget._instances), len(workers)


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
        ({"max_units": 0}, ValueError, "Expected max_units of at least 1"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_and_nothing_half_made_stays(model, options, kind, words):
    before = alive()
    with pytest.raises(kind, match=words):
        explore(model, **{"x": X, "y": Y} | options)
    assert alive() == before


@pytest.mark.parametrize("given", [3, "net.keras", None])
def test_what_is_no_model_is_refused(given):
    with pytest.raises(TypeError, match=r"Expected a keras.Model"):
        explore(given, X)


def test_one_row_is_explored_beside_a_background(model):
    made = explore(model, X.iloc[:1], Y[:1], background=BACKGROUND)
    assert made.wait(LONG)
    assert made.error is None
    assert made.selected_sample == 0
    assert bars(made).any()


def test_a_single_row_of_background_explains_no_rows_and_says_what_would(model):
    made = explore(model, X, Y, background=BACKGROUND[:1])
    assert made.wait(LONG)
    assert made.waterfall is None
    assert "pass background= with two rows or more" in made._note.value
    assert made.diagram.explained.contributions
    assert made.importance.strength.any()


def test_of_a_million_rows_a_thousand_are_explored_and_it_says_so(model):
    x = np.random.default_rng(1).normal(size=(1_000_000, 4)).astype("float32")
    y = np.random.default_rng(2).integers(0, 3, 1_000_000)
    begun = time.perf_counter()
    made = explore(model, x, y, seed=4)
    assert made.wait(LONG)
    assert time.perf_counter() - begun < 30
    assert "1\u2009000 of 1\u2009000\u2009000 rows, drawn (seed 4)" in made._note.value
    assert len(made.rows) == 1000
    assert made.sample_picker.samples["count"] == 1000
    assert made.sample_picker.samples["names"][:2] == [f"row {row}" for row in made.rows[:2]]
    np.testing.assert_allclose(made.flat_row(7), x[made.rows[7]])
    np.testing.assert_array_equal(made._subject.truth, y[made.rows])


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
    assert 433 in made.diagram.network["layers"][0]["shown"]
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


def test_columns_that_never_change_matter_nothing(model):
    x = X.to_numpy().copy()
    x[:, 2] = 7
    made = explore(model, x, Y)
    assert made.wait(LONG)
    assert made.error is None
    assert not made.importance.strength[2].any()
    assert not bars(made)[2].any()
    every = explore(model, np.ones((20, 4), "float32"), Y[:20])
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
    np.testing.assert_allclose(made._predictions.sum(axis=1), 1, atol=1e-6)


def test_of_a_dict_of_outputs_the_first_by_name_is_explored():
    keras.utils.set_random_seed(1)
    x = Input((4,), name="x")
    h = layers.Dense(6, activation="relu", name="h")(x)
    outputs = {"b": layers.Dense(2, name="second")(h), "a": layers.Dense(3, activation="softmax", name="first")(h)}
    made = explore(Model(x, outputs), X, {"a": Y, "b": X.to_numpy()[:, :2]}, class_names={"a": NAMES})
    assert made.wait(LONG)
    assert made.error is None
    assert [str(name) for name in made.importance.classes.get_level_values(-1)] == NAMES
    np.testing.assert_array_equal(made._subject.truth, Y)
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
    "28 x 28": (lambda: convolutional(28, 1), lambda: numbers_in((28, 28, 1)), 784),
    "64 x 64 in colour": (lambda: convolutional(64, 3), lambda: numbers_in((64, 64, 3)), 12288),
    "sequence": (sequence, lambda: numbers_in((7, 2)), 14),
    "tokens": (tokens, lambda: np.random.default_rng(0).integers(0, 20, (30, 6)), 6),
    "an answer at every position": (answers_at_every_position, lambda: numbers_in((7, 2)), 14),
}


@pytest.mark.parametrize("name", WIDE)
def test_what_is_no_flat_row_has_a_diagram_and_a_matrix_and_says_what_it_lacks(name):
    make, rows, features = WIDE[name]
    made = explore(make(), rows())
    assert made.wait(LONG)
    assert made.error is None
    assert (made.waterfall, made.what_if) == (None, None)
    assert "no explanation of single rows: Expected inputs that are flat rows" in made._note.value
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
    assert alive() == before
    made = explore(net, X, Y, method="ablation")
    assert made.wait(LONG)
    assert made.error.startswith("What the edges contribute could not be worked out: Expected a way for a gradient")
    assert "\n" not in made.error
    assert made.importance.strength.any()


@pytest.mark.parametrize("method", nbviz.METHODS)
def test_every_method_fills_the_matrix(model, method):
    made = explore(model, X, Y, method=method)
    assert made.wait(LONG)
    assert next(iter(made.matrix.tables)) == ""
    assert made.matrix.tables[""]["rows"] == FEATURES
    assert made.error is None


def test_names_with_markup_are_text_everywhere(model):
    names = ['<img src=x onerror="alert(1)">', "<b>bold</b>", "a & b", "'\"</script>"]
    classes = ["<i>one</i>", "</title>", "three"]
    made = explore(model, X.to_numpy(), Y, feature_names=names, class_names=classes)
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
    assert any("&lt;b&gt;bold" in page for page in pages)


def test_equal_names_of_classes_and_features_are_told_apart_by_their_places(model):
    made = explore(model, X.to_numpy(), Y, feature_names=["a", "a", "b", "c"], class_names=["k", "k", "m"])
    made.selected_class = 1
    assert made.wait(LONG)
    assert made.error is None
    np.testing.assert_allclose(bars(made), made.diagram.explain_at(made.selected_sample).local.values, atol=1e-6)
    assert made.confusion is not None


def test_two_explorers_of_one_model_do_not_disturb_each_other(model):
    one, two = explore(model, X, Y), explore(model, X, Y)
    one.selected_sample, two.selected_sample = 3, 8
    one.selected_class = 1
    assert one.wait(LONG)
    assert two.wait(LONG)
    assert (one.selected_sample, two.selected_sample, two.selected_class) == (3, 8, None)
    np.testing.assert_allclose(bars(one), one.diagram.explain_at(3).local.values, atol=1e-6)
    np.testing.assert_allclose(bars(two), one.diagram.explain_at(8).local.values, atol=1e-6)


def test_the_words_of_an_explorer_have_no_markup(explored):
    assert repr(explored) == "ModelExplorer(net, 40 rows)"


@pytest.fixture
def diagram(model):
    return nbviz.NetworkDiagram(model, X, class_names=NAMES)


def test_a_diagram_alone_works_nothing_out_until_its_edges_are_asked(diagram):
    diagram.show(3)
    assert diagram.wait(LONG)
    assert (diagram.explanation, diagram.explained) == (b"", None)
    diagram.edge_meaning = "path"
    assert diagram.wait(LONG)
    assert diagram.explained.features
    assert len(diagram.explanation) > 1000


def test_an_explanation_of_another_sample_is_not_taken_for_this_ones(diagram):
    diagram.edge_meaning = "contribution"
    diagram.show(3)
    assert diagram.wait(LONG)
    diagram.edge_meaning = "weight"
    diagram.show(5)
    assert diagram.wait(LONG)
    diagram.edge_meaning = "contribution"
    diagram.selected_class = 1
    assert diagram.wait(LONG)
    assert b'"sample":5' in diagram.explanation
    expected = diagram.explain_at(5)
    np.testing.assert_allclose(diagram.explained.local.values, expected.local.values, atol=1e-6)


def test_an_explanation_ends_with_the_sample_it_was_of(model):
    diagram = nbviz.NetworkDiagram(model)  # without x there is no mean to go back to
    diagram.edge_meaning = "contribution"
    diagram.show(X.to_numpy()[0])
    assert diagram.wait(LONG)
    assert diagram.explained.contributions
    diagram.show(None)
    assert diagram.wait(LONG)
    assert (diagram.explanation, diagram.explained) == (b"", None)


def test_frames_and_explanations_of_other_samples_leave_the_diagram_as_it_is(diagram):
    diagram.edge_meaning = "path"
    diagram.show(X.to_numpy()[2] + 1, name="mine")
    assert diagram.wait(LONG)
    before = diagram.get_state()
    frame, found = diagram.frame_at(9), diagram.explain_at(9)
    sent = diagram.explanation_wire(found, 9)
    assert diagram.get_state() == before
    diagram.show(9)
    assert diagram.wait(LONG)
    assert diagram.frame == frame
    assert diagram.explanation == sent


def test_the_explanation_follows_a_change_of_the_picture(diagram):
    diagram.edge_meaning = "path"
    diagram.show(2)
    assert diagram.wait(LONG)
    version = diagram.network["version"]
    diagram.rerank()
    assert diagram.wait(LONG)
    assert diagram.network["version"] == version + 1
    assert f'"version":{version + 1}'.encode() in diagram.explanation


def test_channels_of_a_convolution_have_a_table_of_what_leaves_them():
    keras.utils.set_random_seed(0)
    parts = [
        Input((6, 6, 2), name="image"),
        layers.Conv2D(4, 3, name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"),
        layers.MaxPooling2D(name="pool"),
        layers.Flatten(),
        layers.Dense(5, activation="relu", name="hidden"),
        layers.Dense(3, activation="softmax", name="y"),
    ]
    model = Sequential(parts)
    x = np.random.default_rng(0).normal(size=(20, 6, 6, 2)).astype("float32")
    explored = explore(model, x)
    assert explored.wait(LONG)
    assert explored.error is None
    assert [choice["key"] for choice in explored.matrix.layers] == ["", "conv", "pool", "hidden"]
    tables = nbviz.layer_importance(model, x)
    for name, last, units in (("conv", "relu", 4), ("pool", "pool", 4)):
        wire = explored.matrix.tables[name]
        assert wire["ids"] == [explored.diagram.unit_id(name, unit) for unit in range(units)]
        explored.matrix.layer = name
        np.testing.assert_allclose(explored.importance.strength, tables[last].strength, rtol=1e-6)
    # independently: |gradient x activation| of a channel, its positions summed
    inner = keras.Model(model.inputs, model.get_layer("relu").output)
    rest = Sequential([Input((4, 4, 4)), *model.layers[3:]])
    import tensorflow as tf

    maps = tf.convert_to_tensor(inner(x))
    with tf.GradientTape() as tape:
        tape.watch(maps)
        z = tf.matmul(Sequential([Input((4, 4, 4)), *model.layers[3:-1]])(maps), rest.layers[-1].kernel)
        wanted = z[:, 1] - tf.reduce_mean(z, axis=1)
    credit = tf.reduce_sum(tape.gradient(wanted, maps) * maps, axis=(1, 2))
    explored.matrix.layer = "conv"
    np.testing.assert_allclose(explored.importance.strength[:, 1], np.abs(credit).mean(axis=0), rtol=1e-4)


def test_channels_before_positions_are_left_out_of_the_tables():
    model = Sequential(
        [
            Input((2, 6, 6), name="image"),
            layers.Conv2D(4, 3, data_format="channels_first", name="conv"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="y"),
        ]
    )
    x = np.random.default_rng(0).normal(size=(20, 2, 6, 6)).astype("float32")
    explored = explore(model, x)
    assert explored.wait(LONG)
    assert [choice["key"] for choice in explored.matrix.layers] == [""]

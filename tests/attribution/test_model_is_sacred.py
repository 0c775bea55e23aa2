"""Explaining leaves no trace: a model, and the process around it, are bitwise the same, also after an error."""

import contextlib
import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Sequential, layers
from tqdm.auto import tqdm

from nbviz import attributions, importance
from nbviz.attribution import explain
from tests.model_state import Noisy, Own, X, Y, branches, head, state, trained


class Breaks(layers.Layer):
    """Raises where it is told to: when it is run, or only when it is traced."""

    when = ""

    def call(self, x):
        if self.when == "called" or (self.when == "traced" and not tf.executing_eagerly()):
            raise ZeroDivisionError("of the user")
        return x * 1.0


def nested():
    inner = Sequential([Input((4,)), layers.Dense(6), layers.BatchNormalization(), layers.Dropout(0.3)], name="inner")
    return head(inner, layers.PReLU())


def recurrent():
    return head(layers.Reshape((2, 2)), layers.LSTM(3, dropout=0.2, recurrent_dropout=0.2))


MODELS = {
    "batch norm and dropout": lambda: head(
        layers.Dense(6, name="h"), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.5), Breaks()
    ),
    "noise": lambda: head(layers.GaussianNoise(0.2), layers.Dense(6, name="h"), Noisy()),
    "frozen": lambda: head(layers.Dense(6, trainable=False, name="h"), layers.BatchNormalization(trainable=False)),
    "branches": branches,
    "nested": nested,
    "recurrent": recurrent,
    "subclassed": Own,
}


def interrupted(monkeypatch, model, owner, name, **options):
    """Ctrl-C in the middle of what is running."""

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, stop)
        with pytest.raises(KeyboardInterrupt):
            importance(model, X, **options)


def breaking(model, when, **options):
    broken = next((layer for layer in model.layers if isinstance(layer, Breaks)), None)
    if broken is None:
        return
    broken.when = when
    try:
        if when == "called":
            with pytest.raises(ZeroDivisionError, match="of the user"):
                importance(model, X, **options)
        else:  # runs without being compiled
            importance(model, X, **options)
    finally:
        broken.when = ""
        del broken.when


def refused(model, x=X, **options):
    with pytest.raises(ValueError, match="Expected"):
        importance(model, x, **options)


def first(model):
    return next(layer.name for layer in model.layers if layer.name != "x") if model.name == "m" else None


def deeplift(model, patch):
    with contextlib.suppress(ValueError):  # no rule for some of the models
        attributions(model, X, method="deeplift")


LOOKS = {
    "importance": lambda m, p: importance(m, X, evaluations=4),
    "gradient": lambda m, p: importance(m, X, method="gradient"),
    "smoothgrad": lambda m, p: attributions(m, X, method="smoothgrad", evaluations=2),
    "integrated gradients of a layer": lambda m, p: attributions(
        m, X, method="integrated_gradients", layer=first(m), steps=2
    ),
    "shuffles": lambda m, p: importance(m, X, Y, method="permutation", repeats=1),
    "ablation": lambda m, p: attributions(m, X, method="ablation"),
    "shapley": lambda m, p: attributions(m, X, method="shapley"),
    "deeplift": deeplift,
    "NaN": lambda m, p: refused(m, X * np.nan),
    "another width": lambda m, p: refused(m, X[:, :2]),
    "no such method": lambda m, p: refused(m, method="magic"),
    "no such layer": lambda m, p: refused(m, layer="nowhere"),
    # Outputs that nobody else asks for: nothing is compiled yet.
    "a layer that breaks when traced": lambda m, p: breaking(m, "traced", method="gradient", output="probability"),
    "a layer that breaks": lambda m, p: breaking(m, "called", method="gradient", output="raw_logit"),
    "stopped by the bar": lambda m, p: interrupted(p, m, tqdm, "update", evaluations=4),
    "stopped while summing": lambda m, p: interrupted(p, m, explain.Running, "add", evaluations=4),
    "stopped while drawing": lambda m, p: interrupted(p, m, np.random, "default_rng"),
    "stopped while tracing": lambda m, p: interrupted(p, m, tf, "GradientTape", method="gradient", classes=[2, 0]),
}
WHOLLY = ("batch norm and dropout", "branches", "subclassed")
IN_SHORT = ("importance", "stopped by the bar", "stopped while tracing", "NaN")
LOOKED_AT = [(name, look) for name in MODELS for look in (LOOKS if name in WHOLLY else IN_SHORT)]


@pytest.fixture(scope="module")
def models():
    return {name: trained(make) for name, make in MODELS.items()}


@pytest.mark.parametrize(("name", "look"), LOOKED_AT)
def test_a_call_leaves_everything_as_it_was(models, name, look, monkeypatch):
    model = models[name]
    model(X[:8])
    before = state(model)
    LOOKS[look](model, monkeypatch)
    after = state(model)
    for part, value in before.items():
        assert after[part] == value, part


def test_the_next_layers_of_the_user_are_named_as_if_nothing_had_happened():
    model = trained(MODELS["branches"])
    number = int(layers.Dense(1).name.rpartition("_")[2])
    importance(model, X, evaluations=4)
    importance(model, X, evaluations=4, layer="h")
    assert layers.Dense(1).name == f"dense_{number + 1}"


@pytest.mark.parametrize("name", ["batch norm and dropout", "subclassed"])
def test_a_model_that_was_explained_trains_to_bitwise_the_same_weights_as_its_twin(name):
    def train(look):
        model = trained(MODELS[name])
        look(model)
        history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0).history
        look(model)
        return model.get_weights(), history, keras.random.normal((2,)).numpy().tolist(), np.random.random()

    def looks(model):
        importance(model, X, evaluations=4)
        attributions(model, X, method="ablation")
        refused(model, X * np.nan)

    weights, *numbers = train(looks)
    twin, *expected = train(lambda model: None)
    assert numbers == expected
    for ours, theirs in zip(weights, twin, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_model_that_was_explained_still_learns():
    keras.utils.set_random_seed(2)
    model = head(layers.Dense(16, activation="relu"), layers.Dropout(0.1))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(3).normal(size=(300, 4)).astype("float32")
    y = x[:, :3].argmax(axis=1)
    importance(model, x)
    model.fit(x, y, epochs=20, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] > 0.9
    # The fourth column has no say.
    shares = importance(model, x).to_frame()
    assert (shares.loc["x3"] < 0.15).all()
    assert [shares[name].idxmax() for name in shares] == ["x0", "x1", "x2"]


def test_weights_that_fit_has_changed_are_seen():
    model = trained(MODELS["branches"])
    before = importance(model, X, method="gradient").strength
    model.fit(X, Y, epochs=1, verbose=0)
    after = importance(model, X, method="gradient").strength
    assert not np.allclose(before, after)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_allclose(importance(clone, X, method="gradient").strength, after, rtol=1e-5)


@pytest.mark.parametrize("method", ["gradient", "expected_gradients", "ablation", "deeplift"])
@pytest.mark.parametrize("where", ["h", "inner/h"])
def test_an_activation_that_was_changed_is_seen(method, where):
    hidden = layers.Dense(6, activation="tanh", name="h")
    model = head(hidden) if where == "h" else head(Sequential([Input((4,)), hidden], name="inner"))
    hidden.set_weights([np.random.default_rng(0).normal(size=(4, 6)), np.ones(6)])
    bent = attributions(model, X, method=method)
    hidden.activation = keras.activations.linear
    straight = attributions(model, X, method=method)
    assert not np.allclose(bent, straight)
    kernel = hidden.get_weights()[0] @ model.get_layer("y").get_weights()[0]
    kernel -= kernel.mean(axis=1, keepdims=True)
    by_hand = np.broadcast_to(kernel, straight.shape)
    if method != "gradient":
        by_hand = (X - X.mean(axis=0))[..., None] * kernel
        if method == "expected_gradients":
            by_hand = None
    if by_hand is not None:
        np.testing.assert_allclose(straight, by_hand, atol=1e-4)
    hidden.activation = keras.activations.tanh
    np.testing.assert_array_equal(attributions(model, X, method=method), bent)


def test_a_loss_that_was_changed_is_seen():
    model = Sequential([Input((4,)), layers.Dense(3, name="y")])
    kernel = model.get_weights()[0]
    model.compile(loss="mse")
    np.testing.assert_allclose(attributions(model, X, method="gradient")[0], kernel, atol=1e-6)
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    centred = kernel - kernel.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(attributions(model, X, method="gradient")[0], centred, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_was_explained_is_dropped_with_its_last_name(name):
    model = trained(MODELS[name])
    importance(model, X, evaluations=2)
    if name != "recurrent":
        attributions(model, X, method="ablation", layer=first(model))
        importance(model, X, method="gradient", output="raw_logit")
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_model_that_deeplift_explained_is_dropped_with_its_last_name():
    model = head(layers.Dense(5, activation="relu"))
    attributions(model, X, method="deeplift")
    attributions(model, X, method="lrp")
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


@pytest.fixture
def bars(monkeypatch):
    """Bars that were made, with a clock that runs a second at each look."""
    made, started = [], tqdm.__init__

    def note(self, *args, **kwargs):
        started(self, *args, **kwargs)
        made.append(self)

    monkeypatch.setattr(tqdm, "__init__", note)
    return made


def slowly(monkeypatch, seconds):
    """Time passes between batches."""
    import time

    real = time.time
    passed = [0.0]
    add = explain.Running.add

    def slow(self, *args):
        passed[0] += seconds
        return add(self, *args)

    monkeypatch.setattr(explain.Running, "add", slow)
    monkeypatch.setattr("tqdm.std.time", lambda: real() + passed[0])


def test_a_short_call_prints_nothing(capfd):
    model = head(layers.Dense(4))
    importance(model, X, evaluations=2)
    capfd.readouterr()
    importance(model, X, evaluations=2)
    assert capfd.readouterr() == ("", "")


def test_a_long_call_shows_a_bar_that_is_cleared_at_the_end(capsys, monkeypatch, bars):
    model = head(layers.Dense(4))
    slowly(monkeypatch, 1.5)
    importance(model, X, evaluations=2, batch_size=10)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "expected gradients:" in shown.err
    assert "of 40 rows" in shown.err
    assert shown.err.rpartition("\r")[0].endswith(" " * 10)  # written over
    assert not shown.err.rpartition("\r")[2].strip()
    assert [bar.n for bar in bars] == [pytest.approx(40)]
    assert not tqdm._instances


@pytest.mark.parametrize("owner", ["Running", "CompletenessGap"])
def test_a_bar_is_closed_while_the_error_is_still_held(monkeypatch, bars, owner):
    model = head(layers.Dense(4))
    slowly(monkeypatch, 1.5)
    add, calls = getattr(explain, owner).add, []

    def stop(self, *args):
        calls.append(1)
        if len(calls) > 2:
            raise KeyboardInterrupt
        return add(self, *args)

    monkeypatch.setattr(getattr(explain, owner), "add", stop)
    with pytest.raises(KeyboardInterrupt) as held:
        importance(model, X, evaluations=2, batch_size=10)
    assert held.tb is not None  # as a notebook holds it, in sys.last_traceback
    assert bars
    assert not tqdm._instances
    assert all(bar.disable for bar in bars)


def test_a_normalization_layer_adapted_again_is_seen():
    x = np.array([[1.0, 2.0], [3.0, 6.0]], "float32")
    scale = keras.layers.Normalization()
    scale.adapt(x)
    model = keras.Sequential([keras.Input((2,)), scale, keras.layers.Dense(1, use_bias=False)])
    model.layers[1].set_weights([np.array([[1.0], [1.0]], "float32")])
    # The slope is 1 / sd: 1 and 2 of x, 2 and 4 of twice that.
    assert np.allclose(attributions(model, x, method="gradient")[0, :, 0], [1, 0.5])
    scale.adapt(x * 2)
    assert np.allclose(attributions(model, x, method="gradient")[0, :, 0], [0.5, 0.25])

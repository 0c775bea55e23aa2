"""The weights tab without a browser: which layers it shows, and how it follows training."""

import time

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import Recording
from nbviz.explorer.weights_tab import MOST_LAYERS, WeightsTab


@pytest.fixture
def convnet():
    keras.utils.set_random_seed(0)
    model = Sequential(
        [
            Input((6, 6, 1)),
            layers.Conv2D(3, 3, name="edges"),
            layers.BatchNormalization(name="norm"),
            layers.Flatten(),
            layers.Dense(2, name="answer"),
        ],
        name="small",
    )
    model.compile("sgd", "mse")
    return model


def test_a_model_with_convolutions_has_kernels_and_distributions(convnet):
    tab = WeightsTab(convnet)
    assert tab.kernels.layer == "edges"
    assert list(tab.children) == [tab.kernels, tab.distributions]
    markup = tab.distributions.value
    for words in ("kernel <i>3 × 3 × 1 × 3</i>", "gamma <i>3</i>", "moving_variance <i>3</i>", "kernel <i>48 × 2</i>"):
        assert words in markup
    assert "flatten" not in markup


def test_a_model_without_convolutions_has_distributions_alone():
    tab = WeightsTab(Sequential([Input((4,)), layers.Dense(2, name="answer")]))
    assert tab.kernels is None
    assert list(tab.children) == [tab.distributions]


def test_a_model_without_weights_says_so():
    assert "This model has no weights." in WeightsTab(Sequential([Input((4,)), layers.ReLU()])).distributions.value


def test_layers_of_a_model_inside_are_named_by_their_path():
    inner = Sequential([Input((4,)), layers.Dense(3, name="code")], name="encoder")
    markup = WeightsTab(Sequential([Input((4,)), inner, layers.Dense(1, name="end")])).distributions.value
    assert ">encoder/code</div>" in markup
    assert ">encoder</div>" not in markup


def test_gates_of_a_recurrent_layer_are_apart():
    markup = WeightsTab(Sequential([Input((5, 2)), layers.LSTM(3, name="memory")])).distributions.value
    assert "forget/kernel <i>2 × 3</i>" in markup
    assert markup.count("<section") == 1


def test_of_very_many_layers_the_first_and_last_are_shown():
    count = MOST_LAYERS + 10
    names = [f"d{number}" for number in range(count)]
    markup = WeightsTab(Sequential([Input((1,)), *[layers.Dense(1, name=name) for name in names]])).distributions.value
    shown = [name for name in names if f">{name}</div>" in markup]
    half = MOST_LAYERS // 2
    assert shown == names[:half] + names[-half:]
    assert f"the first and last {half} of {count} layers" in markup


def test_update_reads_the_live_weights(convnet):
    tab = WeightsTab(convnet)
    kernel, bias = convnet.get_layer("edges").get_weights()
    convnet.get_layer("edges").set_weights([kernel, np.full_like(bias, 4.5)])
    assert "all 4.50" not in tab.distributions.value
    tab.update()
    assert "all 4.50" in tab.distributions.value
    assert tab.kernels.kernels.biases == pytest.approx([4.5] * 3)


def fit(model, recording, steps=3):
    x = np.ones((steps, 6, 6, 1), "float32")
    model.fit(x, np.full((steps, 2), 9.0, "float32"), batch_size=1, verbose=0, callbacks=[recording.callback()])


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()


def test_while_it_is_open_it_follows_a_recording(convnet):
    tab = WeightsTab(convnet)
    recording = Recording(convnet, every_batches=1)
    tab.follow(recording)
    tab.is_open = True
    before = tab.distributions.value
    fit(convnet, recording)
    wait_for(lambda: tab.distributions.value != before)


def test_what_came_while_it_was_closed_is_there_when_it_opens(convnet):
    tab = WeightsTab(convnet)
    recording = Recording(convnet, every_batches=1)
    tab.follow(recording)
    before = tab.distributions.value
    fit(convnet, recording)
    time.sleep(0.6)
    assert tab.distributions.value == before
    tab.is_open = True
    assert tab.distributions.value != before


def test_a_closed_tab_no_longer_follows(convnet):
    tab = WeightsTab(convnet)
    recording = Recording(convnet, every_batches=1)
    tab.follow(recording)
    tab.is_open = True
    distributions = tab.distributions
    before = distributions.value
    tab.close()
    fit(convnet, recording)
    time.sleep(0.6)
    assert distributions.value == before

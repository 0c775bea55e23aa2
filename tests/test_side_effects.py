"""Looking is free of side effects: a model is bitwise the same before and after every public call."""

import random

import keras
import numpy as np
import pytest
from keras import layers

from nbviz import NetworkDiagram, activations, describe
from nbviz.picture.frame import Progress
from tests.model_state import Noisy, Own, X, Y, branches, head, state, trained

MODELS = {
    "dropout": lambda: head(layers.Dense(6, activation="relu", name="h"), layers.Dropout(0.5)),
    "batch norm": lambda: head(layers.Dense(6, name="h"), layers.BatchNormalization(), layers.ReLU()),
    "regularised noise": lambda: head(
        layers.GaussianNoise(0.2), layers.Dense(6, activity_regularizer="l2", name="h"), layers.GaussianDropout(0.2)
    ),
    "random in inference": lambda: head(layers.Dense(6, name="h"), Noisy()),
    "frozen": lambda: head(layers.Dense(6, trainable=False, name="h"), layers.BatchNormalization(trainable=False)),
    "branches": branches,
    "subclassed": Own,
}


def raising(call, *errors):
    def looked(model):
        with pytest.raises(errors):
            call(model)

    return looked


def slide(model):
    diagram = NetworkDiagram(model, X)
    for sample in (3, 0, None):
        diagram.selected_sample = sample
    for unit in range(min(10, sum(layer["units"] for layer in diagram.network["layers"]))):
        diagram.selected_unit = unit
    diagram.edge_meaning = "weight_activation"


LOOKS = {
    "describe": describe,
    "activations": lambda model: activations(model, X),
    "activations of one layer": lambda model: activations(model, X, "y" if model.name == "m" else "own"),
    "activations of too much": raising(lambda model: activations(model, X, "nothing"), ValueError),
    "activations of nan": raising(lambda model: activations(model, X * np.nan), ValueError),
    "activations of the wrong shape": raising(lambda model: activations(model, X[:, :2]), ValueError),
    "diagram": NetworkDiagram,
    "diagram with x": lambda model: NetworkDiagram(model, X, max_units=2),
    "diagram by contribution": lambda model: NetworkDiagram(model, X, max_units=2, rank="contribution"),
    "diagram with wrong names": raising(lambda model: NetworkDiagram(model, X, feature_names=["a"]), ValueError),
    "show": lambda model: NetworkDiagram(model, X).show(2).show(X[3]),
    "show too much": raising(lambda model: NetworkDiagram(model, X).show(1000), IndexError),
    "update": lambda model: NetworkDiagram(model, X).update(),
    "rerank": lambda model: NetworkDiagram(model, X, max_units=2).rerank(),
    "publish": lambda model: NetworkDiagram(model, X).publish(Progress(True, 1, 1, 1.0)),
    "to_svg": lambda model: NetworkDiagram(model, X).to_svg(),
    "mime bundle": lambda model: NetworkDiagram(model, X)._repr_mimebundle_(),
    "live": lambda model: NetworkDiagram(model, X).live(X[:5]),
    "selections": slide,
}


@pytest.fixture(scope="module")
def models():
    return {name: trained(make) for name, make in MODELS.items()}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("model", MODELS)
def test_a_call_leaves_everything_as_it_was(models, model, look):
    looked_at = models[model]
    looked_at(X[:8])
    before = state(looked_at)
    LOOKS[look](looked_at)
    after = state(looked_at)
    for part, value in before.items():
        assert after[part] == value, part


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_a_model_that_was_looked_at_trains_to_bitwise_the_same_weights_as_its_twin(make):
    def train(look):
        model = trained(make)
        look(model)
        history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
        look(model)
        return model, history.history, keras.random.normal((2,)).numpy().tolist(), np.random.random(), random.random()

    def looks(model):
        describe(model)
        activations(model, X)
        slide(model)
        NetworkDiagram(model, X, max_units=2).show(1).update().rerank().to_svg()

    model, *numbers = train(looks)
    twin, *expected = train(lambda model: None)
    assert numbers == expected
    for ours, theirs in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(model.optimizer.variables, twin.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_a_model_that_was_looked_at_is_saved_as_before(models, tmp_path):
    for name in ("dropout", "branches"):
        describe(models[name])
        activations(models[name], X)
        diagram = NetworkDiagram(models[name], X)
        models[name].save(tmp_path / "m.keras")
        again = keras.models.load_model(tmp_path / "m.keras")
        assert [layer.name for layer in again.layers] == [layer.name for layer in models[name].layers]
        assert describe(again) == diagram.architecture

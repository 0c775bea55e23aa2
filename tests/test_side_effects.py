"""Looking is free of side effects: a model is bitwise the same before and after every public call."""

import random

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import NetworkDiagram, activations, describe
from nbviz.picture.frame import Progress


class Own(Model):
    """A subclassed model that draws random numbers and adds a loss whenever it is called."""

    def __init__(self):
        super().__init__(name="own")
        self.hidden = layers.Dense(6, activation="relu", activity_regularizer="l2", name="h")
        self.normal = layers.BatchNormalization()
        self.drop = layers.Dropout(0.5, seed=3)
        self.answer = layers.Dense(3, activation="softmax", name="y")

    def call(self, x, training=False):
        hidden = self.drop(self.normal(self.hidden(x), training=training), training=training)
        self.add_loss(keras.ops.mean(hidden))
        return self.answer(hidden)


class Noisy(layers.Layer):
    """Draws from a seed generator of its own even in inference, and counts its calls."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seed = keras.random.SeedGenerator(7)

    def build(self, shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, x):
        self.calls.assign_add(1.0)
        self.add_loss(keras.ops.mean(x))
        return x + keras.random.normal(keras.ops.shape(x), stddev=1e-3, seed=self.seed)


def head(*items):
    return Sequential([Input((4,), name="x"), *items, layers.Dense(3, activation="softmax", name="y")], name="m")


def branches():
    x = Input((4,), name="x")
    h = layers.Dense(6, activation="relu", activity_regularizer="l1", name="h")(x)
    d = layers.Dropout(0.3)(h)
    both = layers.Concatenate()([layers.BatchNormalization()(h), d])
    return Model(x, layers.Dense(3, activation="softmax", name="y", kernel_regularizer="l2")(both), name="m")


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
X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 40)


def trained(make):
    """A model compiled with adam, after one step, whose losses are those of a call that followed."""
    keras.utils.set_random_seed(11)
    model = make()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.train_on_batch(X[:8], Y[:8])
    model(X[:8])
    return model


def operations(model):
    """Every layer, nested ones included, and the model itself."""
    return [model, *model._flatten_layers(include_self=False)]


def state(model):
    """Everything about a model, and about the random numbers and names of the process, that a call could change."""
    from keras.src.backend.common import global_state

    # Made when first asked for, which draws a random number.
    global_seed = keras.src.random.seed_generator.global_seed_generator().state.numpy().tobytes()
    kinds, keys, position, gauss, cached = np.random.get_state()
    return {
        "weights": [(v.path, v.numpy().tobytes(), v.trainable) for v in model.variables],
        "optimizer": [(v.path, v.numpy().tobytes()) for v in model.optimizer.variables],
        "metrics": [(v.path, v.numpy().tobytes()) for v in model.metrics_variables],
        "compiled": (
            id(model.train_function),
            id(model.test_function),
            id(model.predict_function),
            id(model.optimizer),
            model.compiled,
            model.loss,
            model.stop_training,
        ),
        "seeds": [
            (layer.name, generator.state.numpy().tobytes())
            for layer in operations(model)
            for generator in getattr(layer, "_seed_generators", [])
        ],
        "global seeds": (
            [kinds, keys.tobytes(), position, gauss, cached],
            random.getstate(),
            global_seed,
        ),
        "names": dict(global_state.get_global_attribute("object_name_uids")),
        "graph": [
            (layer.name, [id(node) for node in layer._inbound_nodes], [id(node) for node in layer._outbound_nodes])
            for layer in operations(model)
        ],
        "losses": [float(loss) for loss in model.losses],
        "own losses": [[id(loss) for loss in layer._losses] for layer in operations(model)],
        "trainable": [(layer.name, layer.trainable, layer.built) for layer in operations(model)],
        "layers": [id(layer) for layer in model.layers],
        "policy": (keras.config.dtype_policy().name, keras.config.floatx()),
    }


def attributes(model):
    """What hangs on a model and its layers, by name."""
    return [sorted(vars(layer)) for layer in operations(model)]


def raising(call, *errors):
    def looked(model):
        with pytest.raises(errors):
            call(model)

    return looked


def slide(model):
    diagram = NetworkDiagram(model, X)
    for sample in (3, 0, None):
        diagram.selected_sample = sample
    for unit in range(10):
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
    before, names = state(looked_at), attributes(looked_at)
    LOOKS[look](looked_at)
    after = state(looked_at)
    for part, value in before.items():
        assert after[part] == value, part
    assert attributes(looked_at) == names


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

"""Models from old files are compiled as they were saved: they evaluate to the same numbers, and train."""

import json
import logging

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from nbviz import load

X = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
COMPILED = {
    "short name": ("mse", ["mae"], 1),
    "object": (keras.losses.Huber(), [keras.metrics.RootMeanSquaredError()], 1),
    "classes": ("sparse_categorical_crossentropy", ["accuracy"], 3),
    "logits": (keras.losses.SparseCategoricalCrossentropy(from_logits=True), None, 3),
}


@pytest.fixture(autouse=True)
def without_advice():
    logging.getLogger("absl").setLevel(logging.ERROR)  # that the format is old


def trained(loss, metrics, units, optimizer="adam"):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(units, activation=None if units == 1 else "softmax")])
    y = X[:, :1] if units == 1 else (np.abs(X[:, 0]) * 1.2).astype(int).clip(0, 2)
    model.compile(optimizer, loss, metrics=metrics, run_eagerly=True)
    model.fit(X, y, verbose=0, shuffle=False)
    return model, y


def quick(model):
    model.run_eagerly = True  # nothing is compiled for twenty rows
    return model


@pytest.mark.parametrize(("loss", "metrics", "units"), COMPILED.values(), ids=COMPILED)
def test_a_model_of_keras_own_h5_evaluates_and_goes_on_training_as_the_one_that_was_saved(
    tmp_path, loss, metrics, units
):
    model, y = trained(loss, metrics, units)
    model.save(tmp_path / "m.h5")
    loaded = quick(load(tmp_path / "m.h5"))
    assert loaded.evaluate(X, y, verbose=0) == pytest.approx(model.evaluate(X, y, verbose=0))
    for each in (model, loaded):
        each.fit(X, y, verbose=0, shuffle=False)
    for own, other in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(other, own, atol=1e-6)  # so the optimizer's state was read too


def test_several_outputs_keep_their_losses(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, {name: layers.Dense(1, name=name)(inputs) for name in "ab"})
    model.compile("sgd", {"a": "mse", "b": "mae"}, run_eagerly=True)
    model.save(tmp_path / "m.h5")
    y = {"a": X[:, :1], "b": X[:, 1:2]}
    assert quick(load(tmp_path / "m.h5")).evaluate(X, y, verbose=0) == pytest.approx(model.evaluate(X, y, verbose=0))


def test_a_file_of_tensorflow_2_12_compiled_with_a_short_name_trains():
    model = quick(load("tests/fixtures/tf212_autoencoder.h5"))
    images = np.random.default_rng(0).random((2, 48, 48, 1)).astype("float32")
    before = model.get_weights()[0]
    model.fit(images, model.predict(images, verbose=0) + 1, verbose=0)
    assert np.abs(model.get_weights()[0] - before).max() > 0


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_model_that_cannot_be_evaluated_says_so_and_offers_compile(tmp_path, ending):
    def own_loss(y, p):
        return keras.ops.mean(y - p)

    model, y = trained(own_loss, None, 1)
    model.save(tmp_path / f"m{ending}")
    with pytest.warns(UserWarning, match=r"'own_loss' is not known here.*call model\.compile\(optimizer, loss\)"):
        loaded = load(tmp_path / f"m{ending}")
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    loaded.compile("adam", "mse", run_eagerly=True)
    loaded.fit(X, y, verbose=0)


def test_a_model_that_was_never_compiled_loads_without_a_word(tmp_path, recwarn):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    for ending in (".keras", ".h5"):
        model.save(tmp_path / f"m{ending}")
        assert not load(tmp_path / f"m{ending}").compiled
    assert not [warning for warning in recwarn if "nbviz" in str(warning.filename) or "compile" in str(warning.message)]


def test_an_optimizer_of_keras_2_with_settings_of_its_day_is_read(tmp_path):
    model, _ = trained("mse", None, 1, keras.optimizers.SGD(0.25, momentum=0.5))
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as hdf5:
        config = json.loads(hdf5.attrs["training_config"])
        settings = config["optimizer_config"]["config"]
        settings["lr"] = settings.pop("learning_rate")
        settings["decay"] = 0.0
        hdf5.attrs["training_config"] = json.dumps(config)
    loaded = load(tmp_path / "m.h5")
    assert float(loaded.optimizer.learning_rate) == 0.25
    assert loaded.optimizer.momentum == 0.5

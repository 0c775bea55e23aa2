"""The noise floor, on data whose truth is planted: 3 features of 10 carry the classes, 7 carry nothing."""

import itertools
import random

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers

from nbviz.attribution.checks import noise_floor as module
from nbviz.attribution.checks.no_floor import NoFloorError
from nbviz.attribution.checks.noise_floor import noise_floor, prepare_noise_floor
from nbviz.attribution.explain import importance
from nbviz.attribution.progress import reported_to
from tests.attribution.checks.shadowed import FEW, FEW_Y, TRUE, X, Y, network
from tests.attribution.planted import total_variation


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(0)
    model = network(features=10, hidden=32, optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(X, Y, epochs=30, verbose=0)
    return model


@pytest.fixture(scope="module")
def floored(trained):
    """The importance of that network with its noise floor."""
    return importance(trained, X).with_noise_floor(noise_floor(trained, X, Y, repeats=2))


@pytest.fixture(scope="module")
def few():
    model = network(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(FEW, FEW_Y, epochs=2, verbose=0)
    return model


def everything(model):
    """All that a call could leave behind in a model, and in the random numbers of the user."""
    variables = [
        *model.variables,
        *model.optimizer.variables,
        *(v for metric in model.metrics for v in metric.variables),
    ]
    return {
        "variables": [np.asarray(keras.ops.convert_to_numpy(variable)).tobytes() for variable in variables],
        "compiled": [id(model.optimizer), id(model.loss), id(model.train_function), model.stop_training],
        "nodes": [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in model.layers],
        "flags": [(layer.trainable, layer.built) for layer in model.layers],
        "history": id(model.history),
        "python": random.getstate(),
        "numpy": str(np.random.get_state()),
    }


def test_noise_stays_about_the_floor_and_true_features_stand_clear_of_it(floored):
    floor, strength = floored.noise_floor, floored.strength
    assert floor.shape == (3,)
    assert np.mean(strength[TRUE:] < floor) > 0.75
    assert np.mean(strength[TRUE:] < 1.5 * floor) > 0.9
    assert (strength[:TRUE] > 2 * floor).all()
    assert (np.diag(strength[:TRUE]) > 5 * floor).all()


def test_shares_above_the_floor_are_nearer_to_the_truth_than_those_of_all_strengths(floored):
    # The logit of class c is 2 x[c], so that of it the centred logits hold 2 x[f] (1 if f is c, else 0 - 1/3): twice as
    # much of the class's own feature as of each of the two others, and nothing of the rest.
    truth = np.zeros((10, 3))
    truth[:TRUE] = 0.25 + 0.25 * np.eye(TRUE)
    as_it_is, above = (
        total_variation(floored.to_frame(above_floor=above_floor), pd.DataFrame(truth)) for above_floor in (False, True)
    )
    print(f"total variation to the truth {as_it_is.round(3)}, above the floor {above.round(3)}")
    assert (above < as_it_is).all()
    assert above.mean() < 0.5 * as_it_is.mean()


def test_the_floor_is_the_quantile_of_the_shadows_in_the_scale_of_the_model(few, monkeypatch):
    strengths = iter(
        [np.full((4, 3), 6.0), np.vstack([np.full((4, 3), 2.0), [[1, 1, 2], [0, 0, 0], [0, 4, 0], [0, 0, 0]]])]
    )
    monkeypatch.setattr(module, "_strength", lambda *_, **__: next(strengths))
    # 4 * 6 against 4 * 2: the model's logits are three times as large as the clone's.
    assert noise_floor(few, FEW, FEW_Y, epochs=1).tolist() == [3.0, 12.0, 6.0]


def test_a_lower_quantile_gives_no_higher_floor(few):
    most, half = (noise_floor(few, FEW, FEW_Y, epochs=2, quantile=quantile) for quantile in (1.0, 0.5))
    assert (half < most).all()


def test_a_clone_that_learned_nothing_is_said(few, monkeypatch):
    monkeypatch.setattr(module, "_strength", lambda _, rows, *__, **___: np.ones((rows.shape[1], 3)) * [1, 0, 1])
    with pytest.raises(RuntimeError, match=r"learned nothing of the outputs \[1\]"):
        noise_floor(few, FEW, FEW_Y, epochs=1)


def test_the_same_seed_gives_the_same_floor_whatever_was_drawn_before(few):
    first = noise_floor(few, FEW, FEW_Y, epochs=2, seed=3)
    keras.utils.set_random_seed(99)
    tf.random.normal((5,))
    assert noise_floor(few, FEW, FEW_Y, epochs=2, seed=3).tolist() == first.tolist()
    assert noise_floor(few, FEW, FEW_Y, epochs=2, seed=4).tolist() != first.tolist()


def test_the_model_and_all_random_numbers_are_bitwise_as_before(few):
    before = everything(few)
    noise_floor(few, FEW, FEW_Y, epochs=2)
    assert everything(few) == before
    few.fit(FEW, FEW_Y, epochs=1, verbose=0)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, RuntimeError])
def test_the_model_is_as_before_after_an_interruption(few, monkeypatch, raised):
    def interrupted(*_, **__):
        random.random()
        np.random.rand()
        raise raised

    before = everything(few)
    monkeypatch.setattr(keras.callbacks.EarlyStopping, "on_epoch_end", interrupted)  # in the middle of the training
    with pytest.raises(raised):
        noise_floor(few, FEW, FEW_Y)
    assert everything(few) == before


def test_worked_out_later_it_is_the_same_and_leaves_the_random_numbers_of_others_alone(few):
    told = []
    run = prepare_noise_floor(few, FEW, FEW_Y, method="gradient", seed=3)
    random.seed(1)
    np.random.seed(1)
    before = everything(few)
    with reported_to(lambda done, total: told.append((done, total))):
        floor = run.work_out()
    assert everything(few) == before
    assert floor.tolist() == noise_floor(few, FEW, FEW_Y, method="gradient", seed=3).tolist()
    assert told[0] == (0, 100)
    assert told[-1] == (100, 100)
    assert all(later >= done for (done, _), (later, _) in itertools.pairwise(told))


def test_whoever_listens_may_end_it_in_the_midst_of_an_epoch(few):
    class Enough(Exception):
        pass

    batches = []

    def listen(done, _total):
        batches.append(done)
        if len(batches) > 12 and done == 0:
            raise Enough

    run = prepare_noise_floor(few, *(np.concatenate([part] * 8) for part in (FEW, FEW_Y)), method="gradient")
    before = everything(few)
    with pytest.raises(Enough), reported_to(listen):
        run.work_out()
    assert everything(few) == before


def test_numbers_that_tensorflow_draws_next_are_the_same_with_and_without_a_call(few):
    drawn = []
    for call in (lambda: None, lambda: noise_floor(few, FEW, FEW_Y, epochs=1)):
        tf.random.set_seed(5)
        tf.random.get_global_generator().reset_from_seed(5)
        call()
        drawn.append([tf.random.normal((3,)).numpy(), tf.random.get_global_generator().normal((3,)).numpy()])
    assert np.array_equal(*drawn)


def test_names_of_the_layers_that_come_next_do_not_shift(few):
    def number(kind):
        return int(kind().name.rsplit("_", 1)[1])

    kinds = [lambda: layers.Dense(1), lambda: layers.Dropout(0.5), keras.optimizers.Adam, lambda: Sequential([])]
    [kind() for kind in kinds]
    before = [number(kind) for kind in kinds]
    noise_floor(few, FEW, FEW_Y, epochs=1)
    assert [number(kind) - 1 for kind in kinds] == before


def test_a_sigmoid_and_a_regression_have_floors_too():
    yes_or_no = np.where(FEW_Y > 0, "yes", "no")
    assert noise_floor(network(units=1, activation="sigmoid"), FEW, yes_or_no, epochs=1).shape == (1,)
    assert noise_floor(network(units=1, activation=None), FEW, FEW[:, 0] ** 2, epochs=1).shape == (1,)


def two_inputs():
    a, b = Input((4,), name="a"), Input((2,), name="b")
    return Model([a, b], layers.Dense(3)(layers.Concatenate()([a, b])))


def two_outputs():
    x = Input((4,), name="x")
    return Model(x, [layers.Dense(2, name="p")(x), layers.Dense(2, name="q")(x)])


class Own(Model):
    def __init__(self):
        super().__init__(name="own")
        self.dense = layers.Dense(3)

    def call(self, x):
        return self.dense(x)


def subclassed():
    model = Own()
    model(FEW)
    return model


REFUSED_MODELS = {
    r"one input of numbers \(n, features\).*Received 2 inputs, \['a', 'b'\]": two_inputs,
    r'Received the input "x" of shape \(n, 4, 4, 1\)': lambda: Sequential(
        [Input((4, 4, 1), name="x"), layers.Flatten(), layers.Dense(3)]
    ),
    'Received Own "own", which is subclassed': subclassed,
    r'one output \(n, units\).*Received "p" of shape .*, "q" of shape': two_outputs,
}


@pytest.mark.parametrize("message", REFUSED_MODELS)
def test_models_without_one_row_of_columns_are_refused(message):
    with pytest.raises(NoFloorError, match=message) as refused:
        noise_floor(REFUSED_MODELS[message](), FEW, FEW_Y)
    # In a panel stands a sentence, not a call.
    assert not set("()[]_") & set(refused.value.reason)


def test_too_few_rows_are_refused():
    with pytest.raises(ValueError, match=r"at least 10 rows to train on.*Received 9"):
        noise_floor(network(), FEW[:9], FEW_Y[:9])


@pytest.mark.parametrize(("option", "value"), [("epochs", 0), ("repeats", 0), ("quantile", 1.5)])
def test_options_out_of_range_are_refused(few, option, value):
    with pytest.raises(ValueError, match=f"{option}.*Received {value}"):
        noise_floor(few, FEW, FEW_Y, **{option: value})


def test_the_columns_may_be_in_any_unit_before_a_normalization():
    units = np.array([1.0, 1000.0, 0.001, 1.0])
    adapted = layers.Normalization()
    adapted.adapt(FEW * units)
    assert np.isfinite(noise_floor(network(adapted), FEW * units, FEW_Y, epochs=2)).all()


def test_every_repeat_trains_a_clone_of_its_own_as_the_model_is_compiled(monkeypatch):
    model = network(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    seen = []
    monkeypatch.setattr(keras.Model, "fit", lambda clone, *_, **__: seen.append(clone))
    noise_floor(model, FEW, FEW_Y, repeats=2)
    assert (seen[0].get_layer("h").kernel.numpy() != seen[1].get_layer("h").kernel.numpy()).any()
    assert [(type(clone.optimizer), clone.loss) for clone in seen] == [(keras.optimizers.SGD, "mse")] * 2


@pytest.mark.parametrize("form", ["one-hot", "labels"])
def test_a_clone_is_trained_on_the_classes_however_they_are_written(form, monkeypatch):
    y = np.eye(3)[FEW_Y] if form == "one-hot" else np.array(["a", "b", "c"])[FEW_Y]
    seen = []
    monkeypatch.setattr(module, "_strength", lambda _, rows, *__, **___: np.ones((rows.shape[1], 3)))
    monkeypatch.setattr(module, "train", lambda _, __, targets, *___: seen.append(targets))
    noise_floor(network(optimizer="adam", loss="sparse_categorical_crossentropy"), FEW, y)
    assert np.array_equal(seen[0], FEW_Y)

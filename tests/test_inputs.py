"""Whatever `fit` and `predict` take, every public call takes: the same numbers as from plain arrays."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import Input, Model, layers

import nbviz
from nbviz.network.samples import MOST_ROWS
from nbviz.training.recording.recording import Recording

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"age": RNG.integers(18, 80, 40), "chol": RNG.normal(200, 30, 40)})
Y = (FRAME["age"] > 50).to_numpy().astype(int)
ARRAYS = {name: FRAME[name].to_numpy("float32")[:, None] for name in FRAME}


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        rows = slice(10 * index, 10 * index + 10)
        return {name: array[rows] for name, array in ARRAYS.items()}, Y[rows]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    inputs = {name: Input((1,), name=name) for name in FRAME}
    scaled = [layers.Rescaling(1 / FRAME[name].mean())(inputs[name]) for name in FRAME]
    hidden = layers.Dense(4, activation="tanh", name="h")(layers.Concatenate()(scaled))
    model = Model(inputs, layers.Dense(1, activation="sigmoid", name="y")(hidden))
    model.compile("adam", "binary_crossentropy")
    return model


CONTAINERS = {
    "a dict of columns": lambda: dict(FRAME),
    "a dict of flat arrays": lambda: {name: FRAME[name].to_numpy() for name in FRAME},
    "a frame whose columns are the inputs": lambda: FRAME,
    "a frame with more columns": lambda: FRAME.assign(target=Y),
    "a data set of rows": lambda: tf.data.Dataset.from_tensor_slices((dict(FRAME), Y)),
    "a data set of batches": lambda: tf.data.Dataset.from_tensor_slices((dict(FRAME), Y)).batch(7),
    "a PyDataset": lambda: Batches(),
}


@pytest.fixture(scope="module")
def expected(model):
    return model.predict(ARRAYS, verbose=0), nbviz.importance(model, ARRAYS).strength


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_call_takes_what_fit_takes_and_says_the_same(model, expected, container):
    answers, strength = expected
    given = CONTAINERS[container]
    brings_y = container.startswith(("a data set", "a Py"))
    y = None if brings_y else Y
    np.testing.assert_allclose(nbviz.activations(model, given(), "y")["y"], answers, rtol=1e-5)
    np.testing.assert_allclose(nbviz.importance(model, given()).strength, strength, rtol=1e-4)
    assert set(nbviz.attributions(model, given(), method="gradient")) == {"age", "chol"}
    assert "h" in nbviz.layer_importance(model, given())
    found = nbviz.importance(model, given(), y, method="permutation", seed=3)
    np.testing.assert_allclose(
        found.strength, nbviz.importance(model, ARRAYS, Y, method="permutation", seed=3).strength, rtol=1e-4
    )
    diagram = nbviz.NetworkDiagram(model, given())
    assert diagram.frames.observation.count == 40
    recording = Recording(model, given(), y)
    assert recording.probe.y is not None
    np.testing.assert_array_equal(recording.probe.x[0], ARRAYS["age"])


@pytest.mark.parametrize("container", ["a dict of columns", "a PyDataset"])
def test_an_explorer_takes_what_fit_takes_with_its_answers(model, container):
    explorer = nbviz.explore(model, CONTAINERS[container](), None if container == "a PyDataset" else Y)
    try:
        assert list(explorer.sample_picker.samples["truth"]) == Y.tolist()
    finally:
        explorer.close()


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_trainer_trains_on_the_rows_that_fit_would_train_on(container):
    def fresh():
        keras.utils.set_random_seed(2)
        inputs = {name: Input((1,), name=name) for name in FRAME}
        both = layers.Rescaling(0.01)(layers.Concatenate()(list(inputs.values())))
        model = Model(inputs, layers.Dense(1, activation="sigmoid")(both))
        model.compile("sgd", "binary_crossentropy")
        return model

    wanted, model = fresh(), fresh()
    wanted.fit(ARRAYS, Y, batch_size=40, epochs=1, verbose=0)  # all rows at once: their order does not matter
    y = None if container.startswith(("a data set", "a Py")) else Y
    trainer = nbviz.Trainer(model, CONTAINERS[container](), y, batch_size=40, recording=False)
    try:
        trainer.step()
        trainer.wait(20)
    finally:
        trainer.close()
    for ours, keras_own in zip(model.get_weights(), wanted.get_weights(), strict=True):
        np.testing.assert_allclose(ours, keras_own, rtol=1e-5)


@pytest.mark.parametrize(
    ("shape", "given"), [((1,), (6,)), ((8, 8, 1), (6, 8, 8)), ((5,), (6, 5, 1)), ((), (6, 1)), ((1,), (6, 1, 1))]
)
def test_the_rank_is_as_keras_takes_it(shape, given):
    x = RNG.random(given).astype("float32")
    entering = Input(shape)
    model = Model(entering, layers.Dense(2, name="y")(layers.Reshape((-1,))(entering)))
    np.testing.assert_allclose(nbviz.activations(model, x, "y")["y"], model.predict(x, verbose=0), rtol=1e-5)


def test_of_a_long_data_set_the_first_rows_are_taken_and_it_says_how_many():
    model = Model(entering := Input((2,)), layers.Dense(1, name="y")(entering))
    x = RNG.normal(size=(MOST_ROWS + 500, 2)).astype("float32")
    stream = tf.data.Dataset.from_tensor_slices(x).batch(1000)
    with pytest.warns(UserWarning, match="more than the 10,000 rows that were taken"):
        found = nbviz.activations(model, stream, "y")["y"]
    np.testing.assert_allclose(found, model.predict(x[:MOST_ROWS], verbose=0), rtol=1e-5)
    with pytest.warns(UserWarning, match="more than the 10,000 rows"):
        nbviz.NetworkDiagram(model, stream.repeat())  # without an end


def test_inputs_in_lists_inside_a_dict_are_found_by_their_place():
    a, b = Input((1,)), Input((2,))
    model = Model({"both": [a, b]}, layers.Dense(1, name="y")(layers.Concatenate()([a, b])))
    x = {"both": [ARRAYS["age"], RNG.normal(size=(40, 2)).astype("float32")]}
    np.testing.assert_allclose(nbviz.activations(model, x, "y")["y"], model.predict(x, verbose=0), rtol=1e-5)


def test_columns_of_several_levels_are_named_and_grouped_by_their_tuples():
    model = Model(entering := Input((3,)), layers.Dense(2)(entering))
    columns = pd.MultiIndex.from_tuples([("sepal", "length"), ("sepal", "width"), ("petal", "length")])
    frame = pd.DataFrame(RNG.normal(size=(40, 3)), columns=columns)
    table = nbviz.importance(model, frame)
    assert list(table.features) == ["sepal / length", "sepal / width", "petal / length"]
    grouped = nbviz.importance(model, frame, groups={"sepal": [("sepal", "length"), ("sepal", "width")]})
    by_number = nbviz.importance(model, frame.to_numpy(), groups={"sepal": [0, 1]})
    assert list(grouped.features) == ["sepal", "petal / length"]
    np.testing.assert_allclose(grouped.strength, by_number.strength, rtol=1e-6)


@pytest.mark.parametrize("form", ["flat", "Series", "row of the frame", "frame", "list"])
def test_a_baseline_is_a_row_in_any_form(form):
    model = Model(entering := Input((2,)), layers.Dense(1)(entering))
    row = FRAME.iloc[3].to_numpy("float32")
    forms = {
        "flat": row, "Series": pd.Series(row), "row of the frame": FRAME.iloc[3], "frame": FRAME.iloc[[3]],
        "list": row.tolist(),
    }  # fmt: skip
    x = FRAME.to_numpy("float32")
    found = nbviz.attributions(model, x, method="integrated_gradients", baseline=forms[form])
    kernel, _ = model.layers[-1].get_weights()
    np.testing.assert_allclose(found[..., 0], kernel[:, 0] * (x - row), rtol=1e-4, atol=1e-4)  # w (x - b)


def test_a_row_of_a_frame_whose_columns_are_the_inputs_is_one_sample(model):
    diagram = nbviz.NetworkDiagram(model, FRAME)
    diagram.show(FRAME.iloc[3])
    np.testing.assert_allclose(np.ravel(diagram.frames.observation.sample), FRAME.iloc[3], rtol=1e-6)


def test_a_name_with_a_colon_is_the_name_of_an_input():
    a, b = Input((2,), name="f:0"), Input((2,), name="f:1")
    model = Model([a, b], layers.Dense(1, name="y")(layers.Subtract()([a, b])))
    x = {"f:0": RNG.normal(size=(9, 2)), "f:1": RNG.normal(size=(9, 2))}
    np.testing.assert_allclose(nbviz.activations(model, x, "y")["y"], model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)
    assert {name for name, _ in nbviz.importance(model, x).features} == {"f:0", "f:1"}
    assert nbviz.NetworkDiagram(model, x).frames.observation.count == 9

"""Whole numbers are numbers where a model calculates with them; what names things is exchanged, never moved."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import Input, Model, layers, ops

import nbviz
from nbviz.attribution.methods.grad_cam import grad_cam
from nbviz.attribution.outputs import explained_outputs

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (6, 8, 8, 3)).astype("uint8")


def twins(dtype, shape, body):
    """The same layers behind an input of whole numbers and one of floating numbers."""
    keras.utils.set_random_seed(3)
    models = []
    for kind in (dtype, "float32"):
        tensor = entering = Input(shape, dtype=kind)
        for layer in body:
            tensor = layer(tensor)
        models.append(Model(entering, tensor))
    return models


def own_integrated_gradients(model, x, steps=64):
    """(rows, *features, classes) against the mean row, by a tape over the centred logits."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    start = x.mean(axis=0, keepdims=True)
    total = 0
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        point = tf.constant(start + node * (x - start), tf.float32)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(point)
            log_p = tf.math.log(model(point))
            columns = tf.unstack(log_p - tf.reduce_mean(log_p, axis=-1, keepdims=True), axis=-1)
        total = total + weight * np.stack([tape.gradient(column, point).numpy() for column in columns], axis=-1)
    return total * (x - start)[..., None]


@pytest.fixture(scope="module")
def images():
    body = [layers.Rescaling(1 / 255), layers.Conv2D(3, 3, activation="relu", name="c"),
            layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax")]  # fmt: skip
    return twins("uint8", (8, 8, 3), body)


@pytest.mark.parametrize("method", ["expected_gradients", "gradient", "deeplift", "lrp", "ablation", "shapley"])
def test_images_of_whole_numbers_get_the_credit_that_the_same_floating_numbers_get(images, method):
    found, wanted = (
        nbviz.attributions(model, x, method=method, sum_axes=(2,), evaluations=4, seed=1)
        for model, x in zip(images, (PIXELS, PIXELS.astype("float32")), strict=True)
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_integrated_gradients_of_images_of_whole_numbers_are_those_of_an_own_tape(images):
    found = nbviz.attributions(images[0], PIXELS, method="integrated_gradients", steps=64)
    np.testing.assert_allclose(found, own_integrated_gradients(images[1], PIXELS.astype("float32")), atol=2e-4)


def test_maps_and_layers_of_images_of_whole_numbers_are_explained(images):
    whole, floating = images
    np.testing.assert_allclose(
        grad_cam(whole, PIXELS).maps, grad_cam(floating, PIXELS.astype("float32")).maps, rtol=1e-4
    )
    assert nbviz.FeatureMaps(whole, PIXELS, overlay="grad_cam").maps["class_names"]
    found, wanted = nbviz.layer_importance(whole, PIXELS), nbviz.layer_importance(floating, PIXELS.astype("float32"))
    np.testing.assert_allclose(found["c"].strength, wanted["c"].strength, rtol=1e-4)


def test_a_table_of_whole_numbers_is_explained_in_the_explorer_and_by_every_method():
    body = [layers.Normalization(mean=[1.0, 2, 3], variance=[4.0] * 3), layers.Dense(4, "tanh"), layers.Dense(2)]
    whole, floating = twins("int32", (3,), body)
    x = RNG.integers(0, 9, (40, 3))
    for method in ("expected_gradients", "smoothgrad", "column_shuffle", "ablation", "shapley"):
        found, wanted = (nbviz.importance(model, x, method=method) for model in (whole, floating))
        np.testing.assert_allclose(found.strength, wanted.strength, rtol=1e-3)
    explorer = nbviz.explore(whole, x, x[:, :2] * 1.0)
    try:
        np.testing.assert_allclose(
            explorer.importance.strength, nbviz.explore(floating, x, x[:, :2] * 1.0).importance.strength, rtol=1e-3
        )
    finally:
        explorer.close()
    with pytest.raises(ValueError, match="Expected whole numbers that fit int32"):
        nbviz.importance(whole, x + 0.5)


def test_what_is_calculated_with_and_what_is_compared_is_told_apart_by_the_gradient():
    a, b = Input((2,), dtype="int32", name="a"), Input((2,), dtype="int32", name="b")
    is_three = ops.cast(ops.equal(b, 3), "float32")
    model = Model([a, b], layers.Dense(1)(layers.Concatenate()([ops.cast(a, "float32") * 0.5, is_three])))
    explained = explained_outputs(model)
    assert [(site.name, site.dtype) for site in explained.roots] == [("a", "float32")]
    assert explained.without_credit == ["b"]
    assert [spec.dtype for spec in explained.specs] == ["float32", "int32"]


COLOURS = ["red", "green", "blue"]


@pytest.fixture(scope="module")
def mixed():
    """logit = age / 100 + weight of the colour + weight of the kind."""
    age, colour = Input((1,), name="age"), Input((1,), dtype="string", name="colour")
    kind = Input((1,), dtype="int64", name="kind")
    parts = [
        layers.Rescaling(0.01)(age),
        layers.StringLookup(vocabulary=COLOURS, num_oov_indices=0, output_mode="one_hot")(colour),
        layers.CategoryEncoding(4, output_mode="one_hot")(kind),
    ]
    head = layers.Dense(1, activation="sigmoid", use_bias=False, name="head")
    model = Model([age, colour, kind], head(layers.Concatenate()(parts)))
    head.set_weights([np.array([1, 0.5, -1, 2, 0, 3, -2, 1], "float32")[:, None]])
    x = {
        "age": RNG.normal(50, 9, 60),
        "colour": RNG.choice(COLOURS, 60, p=[0.6, 0.2, 0.2]),
        "kind": RNG.integers(0, 4, 60),
    }
    return model, x


def test_ablation_takes_every_input_and_sets_names_to_the_most_common_one(mixed):
    model, x = mixed
    found = nbviz.attributions(model, x, method="ablation")
    by_colour, by_kind = dict(zip(COLOURS, [0.5, -1, 2], strict=True)), [0, 3, -2, 1]
    common_kind = pd.Series(x["kind"]).mode()[0]
    colour = [by_colour[value] - by_colour["red"] for value in x["colour"]]
    kind = [by_kind[value] - by_kind[common_kind] for value in x["kind"]]
    np.testing.assert_allclose(found["age"][:, 0, 0], (x["age"] - x["age"].mean()) / 100, atol=1e-5)
    np.testing.assert_allclose(found["colour"][:, 0, 0], colour, atol=1e-5)
    np.testing.assert_allclose(found["kind"][:, 0, 0], kind, atol=1e-5)
    np.testing.assert_allclose(  # additive: Shapley values are the same
        nbviz.attributions(model, x, method="shapley")["colour"][:, 0, 0], colour, atol=1e-5
    )
    table = nbviz.importance(model, x, method="ablation")
    assert table.attrs["baseline_of_names"] == "most common value"
    assert np.isnan(table.direction[1:]).all() or not table.direction[1:].any()  # names are in no order


@pytest.mark.parametrize("method", ["column_shuffle", "permutation"])
def test_shuffles_take_every_input(mixed, method):
    model, x = mixed
    y = (nbviz.activations(model, x)["head"][:, 0] > 0.5).astype(int)
    table = nbviz.importance(model, x, y if method == "permutation" else None, method=method)
    assert [name for name, _ in table.features] == ["age", "colour", "kind"]
    assert (table.strength[1:] > 5 * table.strength[0]).all()  # ages differ by 0.1 in the logit, names by 2 to 5


def test_a_baseline_of_names_may_be_given(mixed):
    model, x = mixed
    baseline = {"age": 0.0, "colour": "blue", "kind": 3}
    found = nbviz.attributions(model, x, method="ablation", baseline=baseline)
    np.testing.assert_allclose(found["age"][:, 0, 0], x["age"] / 100, atol=1e-5)
    np.testing.assert_allclose(
        found["colour"][:, 0, 0], [{"red": -1.5, "green": -3, "blue": 0}[value] for value in x["colour"]], atol=1e-5
    )


def test_gradient_methods_say_which_inputs_they_leave_out(mixed):
    model, x = mixed
    with pytest.warns(UserWarning, match="Left out: colour, kind"):
        table = nbviz.importance(model, x)
    said = "Left out: colour, kind. Text and ids have no gradient"
    assert table.attrs["inputs_without_credit"] == ["colour", "kind"]
    assert said in repr(table)
    assert said in table._repr_html_()
    assert said in str(nbviz.ImportanceMatrix(table).tables)
    with pytest.warns(UserWarning, match="Left out: colour, kind"):
        nbviz.attributions(model, x)


def test_text_alone_is_exchanged_and_a_gradient_refused_with_the_way_out():
    colour = Input((1,), dtype="string", name="colour")
    lookup = layers.StringLookup(vocabulary=COLOURS, output_mode="one_hot")
    model = Model(colour, layers.Dense(2)(lookup(colour)))
    x = RNG.choice(COLOURS, 30)
    with pytest.raises(ValueError, match=r"\['colour'\], text or ids.*\"ablation\", \"column_shuffle\""):
        nbviz.importance(model, x)
    found = nbviz.attributions(model, x, method="ablation", baseline=["red"])
    answers = model.predict(tf.constant(x[:, None]), verbose=0)
    np.testing.assert_allclose(found[:, 0], answers - answers[x == "red"][0], atol=1e-5)

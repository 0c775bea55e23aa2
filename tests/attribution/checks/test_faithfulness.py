import keras
import numpy as np
import pytest

import nbviz

L = keras.layers
WEIGHTS = np.array([[4.0], [2.0], [1.0], [0.0]])


@pytest.fixture(scope="module")
def linear():
    model = keras.Sequential([keras.Input((4,)), L.Dense(1, name="out")])
    model.layers[0].set_weights([WEIGHTS.astype("float32"), np.zeros(1, "float32")])
    return model


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(400, 8)).astype("float32")
    y = (x[:, :2] @ np.array([[2.0, 0, -2], [-1, 2, -1]]) + 0.3 * generator.normal(size=(400, 3))).argmax(axis=1)
    model = keras.Sequential([keras.Input((8,)), L.Dense(16, "relu"), L.Dense(3, "softmax", name="head")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=20, verbose=0)
    return model, x


def test_deletion_and_insertion_of_a_linear_model_are_the_sums_done_by_hand(linear):
    # Signs alternate so that the mean is 0, and every row orders its features alike: 4, 2, 1, 0.
    x = np.array([[1, 1, 1, 1], [-1, -1, -1, -1]], "float32")
    result = nbviz.faithfulness(linear, x, baseline="zero", method="gradient_x_input")
    assert result.share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert np.allclose(result.deletion[0, :, 0], np.array([0, 4, 6, 7, 7]) / 7)
    assert np.allclose(result.insertion[0, :, 0], np.array([0, 4, 6, 7, 7]) / 7)
    # Trapezoids of width 1/4: (0 + 4)/2 + (4 + 6)/2 + (6 + 7)/2 + 7 = 20.5.
    area = 20.5 / 4 / 7
    assert np.allclose(result.to_frame().loc[("gradient_x_input", "out"), ["deletion", "insertion"]], area)


def test_each_row_is_ordered_by_its_own_attributions(linear):
    x = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], "float32")
    by_row = nbviz.faithfulness(linear, x, baseline="zero", method="gradient_x_input")
    # In each row one feature alone moves the output: deleting it first moves all.
    assert np.allclose(by_row.deletion[0, 1:, 0], 1)
    table = nbviz.importance(linear, x, method="gradient_x_input", baseline="zero")
    one_order = nbviz.faithfulness(linear, x, table, baseline="zero")
    assert np.allclose(one_order.deletion[0, :, 0], np.array([0, 4, 6, 7, 7]) / 7)
    assert np.isnan(one_order.randomisation[0]).all()


def test_good_methods_beat_chance_and_come_before_it(trained):
    model, x = trained
    summary = nbviz.faithfulness(model, x, ["expected_gradients", "deeplift", "garson"]).summary()
    assert summary.index[-1] == "random"
    assert (summary.loc["expected_gradients", ["deletion", "insertion"]] > summary.loc["random"].iloc[:2] + 0.2).all()


def test_curves_run_from_0_to_1(trained):
    model, x = trained
    result = nbviz.faithfulness(model, x, ["ablation", "gradient"])
    for curves in (result.deletion, result.insertion):
        assert np.allclose(curves[:, 0], 0, atol=1e-6)
        assert np.allclose(curves[:, -1], 1, atol=1e-6)


def test_attributions_no_longer_agree_with_those_of_a_random_head(trained):
    model, x = trained
    before = [weight.numpy().copy() for weight in model.weights]
    result = nbviz.faithfulness(model, x, ["expected_gradients", "gradient_x_input", "garson"])
    assert (result.randomisation[:2].mean(axis=1) < 0.5).all()
    assert np.isnan(result.randomisation[2:]).all()  # garson explains no single rows; random is no method
    assert all(np.array_equal(old, new.numpy()) for old, new in zip(before, model.weights, strict=True))


def test_a_softmax_layer_of_its_own_leaves_the_layer_with_weights_as_the_head_to_redraw():
    model = keras.Sequential([keras.Input((3,)), L.Dense(2, name="d"), L.Activation("softmax")])
    x = np.random.default_rng(1).normal(size=(30, 3)).astype("float32")
    assert not np.isnan(nbviz.faithfulness(model, x, "gradient_x_input").randomisation[0]).any()
    without = nbviz.faithfulness(model, x, "gradient_x_input", randomisation=False)
    assert np.isnan(without.randomisation).all()


def test_the_same_seed_gives_the_same_frame_and_another_seed_another(trained):
    model, x = trained
    frames = [nbviz.faithfulness(model, x, "gradient", rows=50, seed=seed).to_frame() for seed in (1, 1, 2)]
    assert frames[0].equals(frames[1])
    assert not frames[0].equals(frames[2])


def test_at_most_the_rows_asked_for_are_used(trained):
    model, x = trained
    assert nbviz.faithfulness(model, x, "gradient", rows=50).attrs["rows"] == 50
    assert nbviz.faithfulness(model, x[:40], "gradient", rows=50).attrs["rows"] == 40


def test_images_are_deleted_pixel_by_pixel_in_at_most_20_steps():
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), L.Conv2D(3, 3, activation="relu"), L.Flatten(), L.Dense(2, "softmax")]
    )
    x = np.random.default_rng(2).normal(size=(20, 6, 6, 1)).astype("float32")
    result = nbviz.faithfulness(model, x, "gradient_x_input")
    assert len(result.share) == 21
    assert np.allclose(result.deletion[:, -1], 1, atol=1e-5)


def test_names_are_escaped_in_the_notebook_display(linear):
    x = np.eye(4, dtype="float32")
    result = nbviz.faithfulness(linear, x, {"<b>bold</b>": "gradient"}, baseline="zero", randomisation=False)
    assert "<b>bold" not in result._repr_html_()
    assert "&lt;b&gt;bold" in result._repr_html_()


@pytest.mark.parametrize(
    ("method", "error", "text"),
    [
        ("shap", ValueError, r"Expected method among .* Received 'shap'"),
        ("permutation", ValueError, r"Expected a method that works without y. Received 'permutation'; pass what"),
        (np.arange(30), TypeError, r"Expected method as a name.*an array of shape \(30,\); faithfulness takes no y"),
        ([0, 1, 2], TypeError, r"Expected method as a name.*a list; faithfulness takes no y"),
        (np.eye(3), TypeError, r"Expected method as a name.*an array of shape \(3, 3\)"),
        (3, TypeError, r"Expected method as a name.*the single value 3"),
        ({"mine": 3}, TypeError, r"Expected a method's name or an Importance. Received int for 'mine'"),
    ],
)
def test_what_is_no_method_is_refused(linear, method, error, text):
    with pytest.raises(error, match=text):
        nbviz.faithfulness(linear, np.eye(4, dtype="float32"), method)


def test_an_importance_of_other_features_is_refused(linear, trained):
    model, x = trained
    table = nbviz.importance(model, x, method="gradient")
    with pytest.raises(ValueError, match=r"Expected an Importance of 4 features and 1 classes.* Received 8 and 3"):
        nbviz.faithfulness(linear, np.eye(4, dtype="float32"), table)

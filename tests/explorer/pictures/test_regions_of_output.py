"""A region of an output as what is explained, against slopes of our own; how it is chosen, said and left."""

import json
import struct

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers
from traitlets import TraitError

from nbviz import explore
from tests.explorer.small_classifier import LONG, convnet, front_end

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")

X = np.random.default_rng(0).random(size=(20, 6, 6, 1)).astype("float32")
REGION, NAME, ROWS, COLUMNS = 3, "rows 2-3, left", slice(2, 4), slice(0, 2)
SAMPLE = 4


def unet():
    keras.utils.set_random_seed(1)
    x = Input((6, 6, 1), name="image")
    inner = layers.UpSampling2D()(layers.Conv2D(4, 3, padding="same", name="low")(layers.MaxPooling2D()(x)))
    masks = layers.Conv2D(3, 1, activation="softmax", name="masks")(layers.Concatenate()([x, inner]))
    return Model(x, masks, name="unet")


def mean_logits(model, rows, region=(ROWS, COLUMNS)):
    """(rows, classes): centred over the classes, the mean over a region."""
    logits = tf.math.log(model(rows))
    logits -= tf.reduce_mean(logits, axis=-1, keepdims=True)
    return tf.reduce_mean(logits[:, region[0], region[1]], axis=(1, 2))


def credits(model, others, class_):
    """(6, 6): what each pixel of the sample brings, 32 nodes between it and each of the others."""
    places, weights = np.polynomial.legendre.leggauss(32)
    row, total = X[SAMPLE], np.zeros((6, 6))
    for other in others:
        points = tf.Variable(np.stack([other + (place + 1) / 2 * (row - other) for place in places]).astype("float32"))
        with tf.GradientTape() as tape:
            wanted = mean_logits(model, points)[:, class_]
        slope = np.tensordot(weights / 2, np.asarray(tape.gradient(wanted, points), float), 1)
        total += (slope * (row - other))[..., 0] / len(others)
    return total


def header(data):
    (length,) = struct.unpack_from("<I", data)
    return json.loads(data[4 : 4 + length])


def test_a_region_chosen_in_the_picture_is_explained_everywhere_and_a_second_click_returns():
    model = unet()
    made = explore(model, X, class_names=["ground", "cell", "edge"])
    made.selected_sample = SAMPLE
    assert made.wait(LONG)
    whole = made.importance.strength.copy()
    front_end(made.pictures, selected_region=REGION)
    front_end(made.diagram, selected_class=1)  # which the browser links with the pictures'
    assert made.wait(LONG)
    assert (made.error, made.output_region, made.selected_class) == (None, REGION, 1)
    found = made.diagram.explained
    others = made._data.explainer.background[0]
    own = credits(model, others, 1)
    np.testing.assert_allclose(found.local.values[:, 1].reshape(6, 6), own, atol=2e-3)
    np.testing.assert_allclose(found.local.end, mean_logits(model, X[SAMPLE : SAMPLE + 1])[0], atol=1e-5)
    np.testing.assert_allclose(found.local.start, np.mean(mean_logits(model, others), axis=0), atol=1e-5)
    # The waterfall, the evidence and the edges of the last layer, which all passes through.
    np.testing.assert_allclose(made.waterfall.sample.local.values[REGION, 1], own[ROWS, COLUMNS].sum(), atol=2e-3)
    assert made.evidence.explained.local is found.local
    last = model.layers[-1]
    channels = tf.Variable(Model(model.inputs, last.input)(X[SAMPLE : SAMPLE + 1]))
    with tf.GradientTape() as tape:
        logits = tf.matmul(channels, last.kernel[0]) + last.bias
        logits -= tf.reduce_mean(logits, axis=-1, keepdims=True)
        wanted = tf.reduce_mean(logits[:, ROWS, COLUMNS, 1])
    expected = float(tf.reduce_sum(channels * tape.gradient(wanted, channels)))
    assert found.contributions["masks"].total[found.classes.index(1)] == pytest.approx(expected, abs=1e-4)
    # The table of the input's regions.
    strength = made.importance.strength
    assert np.abs(strength - whole).max() > 1e-3
    assert strength[:, 1].argmax() == REGION
    # It is said everywhere.
    assert made.importance.attrs["positions"] == f"mean over its {NAME}"
    assert NAME in json.dumps(made.images.maps["captions"])
    assert made.evidence.evidence["over"] == made.waterfall.shown["over"] == NAME
    assert header(made.diagram.explanation)["over"] == NAME
    front_end(made.pictures, selected_region=None)
    assert made.wait(LONG)
    assert (made.output_region, made.evidence.evidence["over"]) == (None, "")
    np.testing.assert_allclose(made.importance.strength, whole, atol=1e-6)
    made.output_region = REGION
    assert made.pictures.selected_region == REGION
    made.clear()
    assert (made.output_region, made.pictures.selected_region) == (None, None)
    made.close()


def test_a_region_is_asked_for_by_name_and_is_that_of_a_page():
    model = unet()
    made = explore(model, X, output_region=NAME)
    made.selected_sample = SAMPLE
    assert made.wait(LONG)
    assert (made.output_region, made.pictures.selected_region) == (REGION, REGION)
    assert made.importance.attrs["positions"] == f"mean over its {NAME}"
    expected = mean_logits(model, X)
    np.testing.assert_allclose(made.diagram.explained.local.end, expected[SAMPLE], atol=1e-5)
    content = made.page_content()
    shown = content.moments[7]
    assert header(shown[made.diagram]["explanation"])["over"] == NAME
    assert shown[made.evidence]["evidence"]["over"] == NAME
    assert shown[made.pictures]["pictures"]["caption"].startswith("sample 7")
    made.close()


def test_after_training_the_region_is_that_of_the_model_as_it_is():
    model = unet()
    made = explore(model, X, output_region=REGION)
    made.selected_sample = SAMPLE
    model.layers[-1].kernel.assign(2 * model.layers[-1].kernel)
    made.update()
    assert made.wait(LONG)
    np.testing.assert_allclose(
        made.diagram.explained.local.end, mean_logits(model, X[SAMPLE : SAMPLE + 1])[0], atol=1e-5
    )
    assert made.output_region == REGION
    made.close()


def test_of_several_outputs_another_is_explained_as_a_whole():
    keras.utils.set_random_seed(4)
    x = Input((6, 6, 1), name="image")
    h = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    kind = layers.Dense(3, activation="softmax", name="kind")(layers.GlobalAveragePooling2D()(h))
    model = Model(x, [layers.Conv2D(2, 1, activation="softmax", name="masks")(h), kind])
    made = explore(model, X, output="masks", output_region=REGION)
    made.selected_output = "kind"
    assert made.wait(LONG)
    assert (made.error, made.output_region, made.pictures) == (None, None, None)
    with pytest.raises(TraitError, match=r"output of pictures, which 'kind' is not\. Received 3"):
        made.output_region = REGION
    made.selected_output = "masks"
    assert (made.output_region, made.pictures.selected_region) == (None, None)
    made.close()


def test_regions_of_an_output_of_another_size_are_those_of_a_grid():
    model = Sequential([Input((6, 6, 1)), layers.Conv2D(2, 2, strides=2, name="half")])
    made = explore(model, X, regions=(2, 2), output_region="row 1, middle")
    assert made.pictures.regions["names"][4] == "row 1, middle"
    assert made.wait(LONG)
    out = model.predict(X[:1], verbose=0)[0]
    made.selected_sample = 0
    assert made.wait(LONG)
    np.testing.assert_allclose(made.diagram.explained.local.end, out[1, 1], atol=1e-5)
    made.close()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (9, r"among \['rows 0-1, left'.*or its number from 0 to 8\. Received 9"),
        ("nowhere", "Received 'nowhere'"),
        (True, "Received True"),
    ],
)
def test_a_region_that_there_is_not_is_refused(given, words):
    with pytest.raises(ValueError, match=rf"^Expected output_region .*{words}"):
        explore(unet(), X, output_region=given)


def test_a_model_of_classes_has_no_regions_of_its_output():
    with pytest.raises(
        ValueError, match=r"^Expected output_region with an output of pictures, which 'answer' is not\. Received 0"
    ):
        explore(convnet(), X, output_region=0)

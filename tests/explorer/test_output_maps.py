"""Models that answer at every position: what is shown of them, and how far it is from what is true."""

import re

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers
from traitlets import TraitError

import nbviz
from nbviz import explore
from tests.explorer.small_classifier import LONG
from tests.page.widgets import whole_text

pytestmark = pytest.mark.usefixtures("no_widget_outlives_its_test")

RNG = np.random.default_rng(0)
IMAGES = RNG.random(size=(20, 6, 6, 1)).astype("float32")


def autoencoder():
    keras.utils.set_random_seed(1)
    ends = [layers.Conv2D(3, 3, padding="same", activation="relu"), layers.Conv2D(1, 3, padding="same", name="again")]
    return Sequential([Input((6, 6, 1)), *ends])


def unet(activation="softmax"):
    keras.utils.set_random_seed(1)
    x = Input((6, 6, 1), name="image")
    inner = layers.UpSampling2D()(layers.Conv2D(4, 3, padding="same")(layers.MaxPooling2D()(x)))
    masks = layers.Conv2D(3, 1, activation=activation, name="masks")(layers.Concatenate()([x, inner]))
    model = Model(x, masks, name="unet")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=activation is None))
    return model


def tiles(made):
    """Name -> levels, (height, width, bands): 255 at the end of the scale that is told."""
    found, levels = {}, np.frombuffer(made.pictures.levels, np.uint8)
    for tile in made.pictures.pictures["tiles"]:
        shape = tile["rows"], tile["columns"], tile["bands"]
        found[tile["name"]] = levels[tile["start"] :][: np.prod(shape)].reshape(shape).astype(float)
    return found


def test_an_autoencoder_is_compared_with_its_input():
    model = autoencoder()
    made = explore(model, IMAGES)
    assert made.wait(LONG)
    assert made.error is None
    for _ in range(2):
        error = (model.predict(IMAGES, verbose=0) - IMAGES) ** 2
        sent = np.frombuffer(made.sample_picker.numbers, "<f4")[:20]
        np.testing.assert_allclose(sent, error.mean(axis=(1, 2, 3)), rtol=1e-4)
        made.selected_sample = 7
        assert list(tiles(made)) == ["input", "output", "squared error"]
        # One scale for all rows, and the strongest where the error is largest.
        np.testing.assert_allclose(tiles(made)["squared error"], 255 * error[7] / error.max(), atol=1)
        low, high = IMAGES.min(), IMAGES.max()
        np.testing.assert_allclose(tiles(made)["input"], 255 * (IMAGES[7] - low) / (high - low), atol=1)
        model.layers[-1].bias.assign([0.5])
        made.update()
    assert list(made.importance.classes) == ["again"]


def test_pictures_that_become_pictures_have_maps_and_regions_and_are_read_as_no_class():
    model = unet()
    ids = RNG.integers(0, 3, size=(20, 6, 6))
    made = explore(model, IMAGES, ids, class_names=["ground", "cell", "edge"])
    made.selected_sample = 4
    assert made.wait(LONG)
    assert list(made.importance.features) == list(nbviz.image_regions((6, 6)))
    assert made.diagram.network["class_layer"] == "masks"
    named = {layer["name"]: layer["unit_names"] for layer in made.diagram.network["layers"] if layer["unit_names"]}
    assert named == {"masks": ["ground", "cell", "edge"]}
    assert re.findall(r"<title>masks · (\w+)</title>", made.diagram.to_svg()) == ["ground", "cell", "edge"]
    assert re.findall(r"</title>(ground|cell|edge)</text>", made.diagram.to_svg()) == ["ground", "cell", "edge"]
    beside = made._panels.sample_beside_maps(4)["sample"]
    assert (beside["name"], beside["words"], beside["predicted"]) == ("sample 4", "", None)
    assert made.evidence.evidence["has_classes"] is False
    # What raises a class is told of its mean over positions, as the logit of each less the mean of all.
    logits = np.log(model.predict(IMAGES[4:5], verbose=0)[0])
    centred = (logits - logits.mean(axis=-1, keepdims=True)).mean(axis=(0, 1))
    found = made.diagram.explain_at(4).local
    np.testing.assert_allclose(found.end, centred, atol=1e-5)
    np.testing.assert_allclose(found.values.sum(axis=0) + found.start, centred, atol=2e-3)


@pytest.mark.parametrize("activation", ["softmax", None])
def test_a_unet_shows_each_mask_beside_the_true_one(activation, tmp_path):
    model = unet(activation)
    ids = RNG.integers(0, 3, size=(20, 6, 6))
    made = explore(model, IMAGES, ids, class_names=["ground", "cell", "edge"])
    assert made.wait(LONG)
    assert made.error is None
    assert list(made.importance.classes) == ["ground", "cell", "edge"]
    p = model.predict(IMAGES, verbose=0)
    if activation is None:
        p = np.exp(p) / np.exp(p).sum(axis=-1, keepdims=True)
    sent = np.frombuffer(made.sample_picker.numbers, "<f4")[:20]
    np.testing.assert_allclose(sent, ((p - np.eye(3)[ids]) ** 2).mean(axis=(1, 2, 3)), rtol=1e-4)
    made.selected_sample = 4
    shown = tiles(made)
    assert list(shown)[:3] == ["input", "ground", "true ground"]
    np.testing.assert_allclose(shown["cell"][..., 0], 255 * p[4, ..., 1], atol=1)
    np.testing.assert_array_equal(shown["true edge"][..., 0] == 255, ids[4] == 2)
    made.selected_class = 2
    assert made.wait(LONG)
    assert made.diagram.explained.contributions
    assert "true edge" in whole_text(nbviz.save_html(made, tmp_path / "unet.html"))


def test_a_sequence_for_a_sequence_has_its_steps_across():
    keras.utils.set_random_seed(1)
    model = Sequential([Input((9, 2)), layers.Conv1D(4, 3, padding="same"), layers.Conv1D(2, 3, padding="same")])
    x = RNG.normal(size=(12, 9, 2)).astype("float32")
    made = explore(model, x)
    assert made.wait(LONG)
    assert made.error is None
    assert tiles(made)["output"].shape == (2, 9, 1)
    assert made.pictures.regions["names"] == []


def test_y_of_another_shape_is_refused_with_the_shape_that_would_do():
    with pytest.raises(ValueError, match=r"Expected y of shape \('n', 6, 6, 3\) .* Received shape \(20, 5, 6\)"):
        explore(unet(), IMAGES, np.zeros((20, 5, 6), int))
    with pytest.raises(ValueError, match=r"class indices of shape \('n', 6, 6\)"):
        explore(unet(), IMAGES, np.full((20, 6, 6), 7))
    holes = np.where(np.arange(20)[:, None, None, None] == 5, np.nan, IMAGES)
    with pytest.raises(ValueError, match=r"Expected y without gaps.*in 1 of 20 rows, the first in row 5"):
        explore(autoencoder(), IMAGES, holes)


def decoder():
    x = Input((6, 3), name="readings")
    code = layers.LSTM(4)(x)
    return x, code, layers.LSTM(4, return_sequences=True)(layers.RepeatVector(6)(code))


def ends():
    """Ways to end a sequence autoencoder: name -> what is behind the decoder."""
    by_step = layers.TimeDistributed(layers.Dense(3))
    return {
        "by step": by_step,
        "recurrent": layers.LSTM(3, return_sequences=True),
        "regrouped": Sequential([layers.Flatten(), layers.Dense(18), layers.Reshape((6, 3))]),
    }


@pytest.mark.parametrize("end", list(ends()))
def test_sequence_autoencoders_are_explored_however_they_end(end):
    keras.utils.set_random_seed(2)
    x, _, seq = decoder()
    model = Model(x, ends()[end](seq))
    steps = RNG.normal(size=(20, 6, 3)).astype("float32")
    made = explore(model, steps, feature_names=["heat", "flow", "noise"])
    made.selected_sample, made.selected_class = 3, 1
    assert made.wait(LONG)
    assert made.error is None
    error = (model.predict(steps, verbose=0) - steps) ** 2
    np.testing.assert_allclose(
        np.frombuffer(made.sample_picker.numbers, "<f4")[:20], error.mean(axis=(1, 2)), rtol=1e-4
    )
    shown = tiles(made)
    assert next(iter(shown)) == "input"
    # Features down, steps across.
    shade = shown["squared error"][..., 0]
    assert shade.shape == (3, 6)
    np.testing.assert_allclose(shade, 255 * error[3].T / error.max(), atol=1)
    assert made.importance.to_frame().shape[1] == 3
    made.close()


def two_kinds():
    keras.utils.set_random_seed(4)
    x = Input((6, 6, 1), name="image")
    h = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    masks = layers.Conv2D(2, 1, activation="softmax", name="masks")(h)
    kind = layers.Dense(3, activation="softmax", name="kind")(layers.GlobalAveragePooling2D()(h))
    model = Model(x, [masks, kind], name="both")
    model.compile("adam", ["sparse_categorical_crossentropy"] * 2)
    return model


MASKS, KINDS = RNG.integers(0, 2, size=(20, 6, 6)), RNG.integers(0, 3, size=20)


def check_masks(made, model):
    own = Model(model.inputs, model.outputs[0])
    assert made.wait(LONG)
    assert (made.error, made.confusion, made.diagram.network["class_layer"]) == (None, None, "masks")
    share = own.predict(IMAGES, verbose=0)
    error = ((share - np.eye(2)[MASKS]) ** 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(np.frombuffer(made.sample_picker.numbers, "<f4")[:20], error, rtol=1e-4)
    np.testing.assert_allclose(tiles(made)["channel 1"][..., 0], 255 * share[made.selected_sample, ..., 1], atol=1)
    assert made.importance.strength.shape == (9, 2)
    assert [next(iter(name)) for name in made.importance.classes] == ["masks", "masks"]


def check_kinds(made, model):
    own = Model(model.inputs, model.outputs[1])
    assert made.wait(LONG)
    assert (made.error, made.pictures, made.diagram.network["class_layer"]) == (None, None, "kind")
    p = own.predict(IMAGES, verbose=0)
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (KINDS, p.argmax(axis=1)), 1)
    assert made.confusion.counts.tolist() == counts.tolist()
    logits = np.log(p) - np.log(p).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(made.waterfall.sample.local.end, logits[made.selected_sample], atol=1e-4)
    assert [next(iter(name)) for name in made.importance.classes] == ["kind"] * 3


def test_a_mask_beside_a_class_is_each_explored_in_its_own_kind():
    model = two_kinds()
    made = explore(model, IMAGES, [MASKS, KINDS])
    assert (made.output_menu.menu.options, made.selected_output) == ((("kind", "kind"), ("masks", "masks")), "kind")
    made.selected_sample = 5
    for name, check in (("masks", check_masks), ("kind", check_kinds), ("masks", check_masks)):
        made.output_menu.menu.value = name
        check(made, model)
    made.selected_class = 1
    with pytest.raises(TraitError, match="Expected selected_class from 0 to 1"):
        made.selected_class = 2
    assert "model.fit(" not in made._note.value  # it is trained here
    made.close()
    at_first = explore(model, IMAGES, {"masks": MASKS, "kind": KINDS}, output="masks")
    at_first.selected_sample = 5
    check_masks(at_first, model)
    at_first.selected_output = "kind"
    check_kinds(at_first, model)
    at_first.close()


def test_a_sequence_beside_a_class_has_its_regions_in_both():
    keras.utils.set_random_seed(2)
    x, code, seq = decoder()
    again = layers.TimeDistributed(layers.Dense(3), name="again")(seq)
    model = Model(x, [again, layers.Dense(2, activation="softmax", name="kind")(code)])
    steps, kinds = RNG.normal(size=(20, 6, 3)).astype("float32"), RNG.integers(0, 2, size=20)
    made = explore(model, steps, [steps, kinds])
    for name in ("kind", "again"):
        made.selected_output = name
        assert made.wait(LONG)
        assert made.error is None
        assert len(made.importance.features) == 3
    answers = model.predict(steps, verbose=0)[0]
    error = ((answers - steps) ** 2).mean(axis=(1, 2))
    np.testing.assert_allclose(np.frombuffer(made.sample_picker.numbers, "<f4")[:20], error, rtol=1e-4)
    made.close()


def test_an_output_that_cannot_be_explored_is_told_with_its_reason():
    tokens = Input((5,), dtype="int32")
    seq = layers.LSTM(4, return_sequences=True)(layers.Embedding(9, 4)(tokens))
    tags = layers.TimeDistributed(layers.Dense(4, activation="softmax"), name="tags")(seq)
    kind = layers.Dense(2, activation="softmax", name="kind")(layers.GlobalAveragePooling1D()(seq))
    rows = RNG.integers(1, 9, size=(20, 5))
    made = explore(Model(tokens, [tags, kind]), rows)
    assert made.output_menu is None
    assert "the output tags is not explored: it answers at every token" in made._note.value
    made.close()
    with pytest.raises(ValueError, match=r"one answer for each row of tokens\. Received 'tags', which answers at"):
        explore(Model(tokens, [tags, kind]), rows, output="tags")
    with pytest.raises(ValueError, match=r"one answer for each row of tokens\. Received 'tags'"):
        explore(Model(tokens, tags), rows)

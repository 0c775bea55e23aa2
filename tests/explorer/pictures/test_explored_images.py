"""Pictures in an explorer: what is taken for one, regions in place of pixels, samples explained."""

import numpy as np
import pytest
from keras import Input, Sequential, layers

import nbviz
from nbviz.explorer.pictures import explored_images
from tests.explorer.small_classifier import CLASSES_OF_IMAGES, IMAGES, LONG, NAMES, convnet

REGIONS = [f"rows {rows}, {side}" for rows in ("0-1", "2-3", "4-5") for side in ("left", "middle", "right")]


def dense(width=36):
    return Sequential([Input((width,)), layers.Dense(3, activation="softmax")])


def test_the_table_has_regions_and_evidence_and_waterfall_say_the_same_of_a_picture(of_images):
    frame = of_images.importance.to_frame()
    assert list(frame.index) == REGIONS
    np.testing.assert_allclose(frame.sum(), 1)
    assert of_images.images.tables.regions is of_images.importance
    assert of_images.images.tables.squares.strength.shape == (6, 6, 3)
    assert of_images.what_if is None
    of_images.selected_sample = 4
    assert of_images.wait(LONG)
    found = of_images.diagram.explain_at(4).local
    by_region = found.values.reshape(3, 2, 3, 2, 3).sum(axis=(1, 3)).reshape(9, 3)
    np.testing.assert_allclose(of_images.waterfall.sample.local.values, by_region, atol=1e-6)
    assert of_images.evidence.evidence["name"] == "sample 4"
    assert of_images.evidence.evidence["regions"] == REGIONS
    assert of_images.images.sample["name"] == "sample 4"
    logits = np.log(np.asarray(of_images.diagram.reader.model(IMAGES[4:5])))[0]
    np.testing.assert_allclose(found.end, logits - logits.mean(), atol=1e-4)
    assert found.gap < 0.05
    of_images.selected_sample = None
    assert of_images.wait(LONG)
    assert of_images.images.sample == {}


def test_maps_and_evidence_say_what_a_picture_is_read_as_when_model_or_threshold_change(
    no_widget_outlives_its_test,
):
    model = Sequential([Input((6, 6, 1)), layers.Flatten(), layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    y = np.arange(30) % 2
    made = nbviz.explore(model, IMAGES, y, class_names=["dark", "light"])
    made.selected_sample = 3
    assert made.wait(LONG)

    def check():
        p = float(model.predict(IMAGES[3:4], verbose=0)[0, 1])
        read = int(p > made.threshold_curves.threshold)
        words = "light, read right" if read == 1 else "light read as dark"
        assert (made.images.sample["words"], made.images.sample["predicted"]) == (words, read)
        assert (made.evidence.evidence["predicted"], made.evidence.evidence["truth"]) == (read, 1)
        assert made.waterfall.sample.predicted == read
        return p

    for bias in (3.0, -3.0):
        model.layers[-1].set_weights([np.zeros((36, 2)), np.array([0, bias])])
        made.update()
        assert made.wait(LONG)
        assert check() == pytest.approx(1 / (1 + np.exp(-bias)))
    made.threshold_curves.threshold = 0.01  # the picture has 0.047
    assert made.wait(LONG)
    check()


def test_flat_rows_said_to_be_pictures_are(no_widget_outlives_its_test):
    x = IMAGES.reshape(30, 36)
    made = nbviz.explore(dense(), x, CLASSES_OF_IMAGES, class_names=NAMES, image_shape=(6, 6), regions=(2, 2))
    assert list(made.importance.to_frame().index) == [
        "rows 0-2, left", "rows 0-2, right", "rows 3-5, left", "rows 3-5, right"
    ]  # fmt: skip
    assert made.wait(LONG)
    made.selected_sample = 3
    assert made.wait(LONG)
    assert made.evidence.evidence["name"] == "sample 3"
    assert made.what_if is None
    names = made.diagram.frames.drawing.names
    assert "row 2, column 5" in next(iter(names.values()))


def test_rows_that_may_be_pictures_are_offered_as_such(no_widget_outlives_its_test):
    x = np.random.default_rng(0).normal(size=(12, 49)).astype("float32")
    made = nbviz.explore(dense(49), x)
    assert "rows of 49 numbers may be pictures: explore(..., image_shape=(7, 7))" in made._words()
    assert made.images is None
    named = nbviz.explore(dense(49), x, feature_names=[f"f{number}" for number in range(49)])
    assert "may be pictures" not in named._words()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"image_shape": (6, 7)}, r"multiply to 36.*which has 42; $|multiply to 36.*which has 42"),
        ({"image_shape": (6, 6), "regions": (7, 1)}, "as a grid of up to 6 x 6"),
        ({"image_shape": (6, 6), "regions": "pieces"}, "superpixels' or labels. Received 'pieces'"),
        ({"image_shape": (6, 6), "regions": np.zeros((5, 6), int)}, r"whole numbers of shape \(6, 6\)"),
        ({"regions": (2, 2)}, "Received rows that are none; image_shape="),
        ({"image_shape": (6, 6), "method": "garson"}, "a method that reads the pictures.*'garson'"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_made(given, words, no_widget_outlives_its_test):
    with pytest.raises(ValueError, match=words):
        nbviz.explore(dense(), IMAGES.reshape(30, 36), **given)


@pytest.mark.parametrize("shape", [(2, 2, 1), (3, 9, 8), (7, 9, 3), (1, 1, 1)])
def test_tiny_and_coloured_and_channels_first(shape, no_widget_outlives_its_test):
    model = Sequential([Input(shape), layers.Flatten(), layers.Dense(3, activation="softmax")])
    x = np.random.default_rng(0).integers(0, 256, size=(10, *shape)).astype("uint8")
    made = nbviz.explore(model, x, np.arange(10) % 3)
    assert made.wait(LONG)
    assert made.error is None
    np.testing.assert_allclose(made.importance.to_frame().sum(), 1)
    made.selected_sample = 1
    assert made.wait(LONG)
    assert made.evidence.evidence["name"] == "sample 1"
    rows, columns, bands = made.sample_picker.picture_shape
    assert bands == (3 if 3 in shape else 1)
    assert len(made.sample_picker.pictures) == 10 * rows * columns * bands


def test_a_large_picture_has_maps_of_squares_and_a_sentence_in_place_of_evidence(no_widget_outlives_its_test):
    side = 1024
    model = Sequential([Input((side, side, 1)), layers.Flatten(), layers.Dense(2)])
    x = np.random.default_rng(0).normal(size=(3, side, side, 1)).astype("float32")
    made = nbviz.explore(model, x, output_kind="logits")
    assert "a picture of 1\u2009048\u2009576 numbers is too large to explain at once" in made._words()
    assert made.wait(LONG)
    assert made.images.tables.squares.strength.shape == (64, 64, 2)
    assert made.evidence is None


def test_of_many_classes_the_likeliest_are_explained(no_widget_outlives_its_test):
    model = Sequential([Input((4, 4, 1)), layers.Flatten(), layers.Dense(20, activation="softmax")])
    x = np.random.default_rng(0).normal(size=(25, 4, 4, 1)).astype("float32")
    made = nbviz.explore(model, x)
    made.selected_sample = 2
    assert made.wait(LONG)
    likeliest = np.argsort(-np.asarray(model(x[2:3]))[0])[:12]
    assert made.evidence.evidence["sent"] == sorted(likeliest.tolist())
    assert made.waterfall is None  # it has columns of all
    assert made.evidence.evidence["gap"] < 0.01


def test_of_many_classes_of_large_pictures_those_have_maps_that_matter(no_widget_outlives_its_test, monkeypatch):
    monkeypatch.setattr(explored_images, "FEWEST_CLASSES", 1)
    monkeypatch.setattr(explored_images, "MOST_WORK", 2 * explored_images.FEWEST_ROWS * 36)  # two classes of 36 pixels
    model, truth = convnet(), np.where(np.arange(30) < 3, 0, 2)
    made = nbviz.explore(model, IMAGES, truth, class_names=NAMES, method="gradient")
    assert made.wait(LONG)
    votes = np.bincount(truth, minlength=3) + np.bincount(model(IMAGES).numpy().argmax(axis=1), minlength=3)
    known = np.sort(np.argsort(-votes, kind="stable")[:2]).tolist()
    (unknown,) = {0, 1, 2} - set(known)
    assert made.importance.classes.tolist() == [NAMES[index] for index in known]
    groups = nbviz.image_regions((6, 6, 1))
    table = nbviz.importance(model, IMAGES, classes=known, groups=groups, method="gradient")
    np.testing.assert_allclose(made.importance.shares, table.shares, atol=1e-6)
    assert (made.images.maps["class_ids"], made.images.maps["all_classes"]) == (known, 3)
    assert made.images.maps["classes"] == [NAMES[index] for index in known]
    assert [layer["key"] for layer in made.matrix.layers] == [""]
    assert "maps of the 2 of 3 classes that are read or true most often" in made._words()
    made.selected_class = unknown
    made.selected_sample = 5
    assert made.wait(LONG)
    assert made.error is None
    assert made.evidence.evidence["name"] == "sample 5"
    # Other classes have maps once the rows are read otherwise, but not while it trains.
    model.layers[-1].bias.assign(np.where(np.arange(3) == unknown, 50.0, 0.0))
    assert made.wait(LONG)
    assert made.error is None
    assert unknown in made.images.maps["class_ids"]
    made.training.trainer.step()
    assert made.training.trainer.wait(LONG)
    assert made.wait(LONG)
    assert (made.error, made.training.trainer.error) == (None, None)


def test_the_mean_of_a_class_has_the_maps_of_its_pictures_and_the_way_back(no_widget_outlives_its_test):
    model = Sequential([Input((6, 6, 1)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    made = nbviz.explore(model, IMAGES, CLASSES_OF_IMAGES, class_names=NAMES)
    kernel = model.get_weights()[0]
    contributions = (IMAGES - IMAGES.mean(axis=0)).reshape(30, 36, 1) * (kernel - kernel.mean(axis=1, keepdims=True))

    def check(rows):
        assert made.wait(LONG)
        assert made.error is None
        np.testing.assert_allclose(
            made.images.tables.squares.strength.reshape(36, 3), np.abs(contributions[rows]).mean(axis=0), atol=1e-5
        )
        assert made.images.tables.regions is made.importance

    check(slice(None))
    made.show_mean(NAMES[1])
    check(CLASSES_OF_IMAGES == 1)
    made.clear()
    check(slice(None))

import numpy as np
import pytest

from nbviz.attribution.images.image_form import ImageForm, find_image_form, offered_shape
from nbviz.network.pictures import block_means
from nbviz.network.samples import InputSpec


def form_of(shape, image_shape=None, inputs=1):
    specs = [InputSpec(f"x{place}", shape, "float32") for place in range(inputs)]
    return find_image_form(specs, [np.zeros((2, *shape), "float32")] * inputs, image_shape)


@pytest.mark.parametrize(
    ("shape", "image_shape", "expected"),
    [
        ((8, 9, 1), None, ImageForm(8, 9, 1)),
        ((8, 9, 3), None, ImageForm(8, 9, 3)),
        ((2, 2, 5), None, ImageForm(2, 2, 5)),
        ((3, 8, 9), None, ImageForm(8, 9, 3, channels_first=True)),
        ((1, 8, 9), (8, 9), ImageForm(8, 9, 1, channels_first=True)),
        ((64,), (8, 8), ImageForm(8, 8)),
        ((64,), None, None),
        ((192,), (8, 8, 3), ImageForm(8, 8, 3)),
        ((8, 9), (8, 9), ImageForm(8, 9)),
        ((8, 9), None, ImageForm(9, 8, most_squares=240, is_sequence=True)),
        ((28, 28), None, ImageForm(28, 28)),
        ((6, 6), None, ImageForm(6, 6, most_squares=240, is_sequence=True)),
        ((0, 6), None, None),
        ((8, 9, 1), (8, 9), ImageForm(8, 9)),
    ],
)
def test_what_is_a_picture(shape, image_shape, expected):
    assert form_of(shape, image_shape) == expected


@pytest.mark.parametrize(
    ("shape", "image_shape", "words"),
    [
        ((64,), (8, 9), r"multiply to 64.*'x0'. Received \(8, 9\), which has 72; \(8, 8\) would fit"),
        ((13,), (3, 4), r"multiply to 13.*has 12\.$"),
        ((64,), (64,), r"Expected image_shape as \(rows, columns\)"),
        ((64,), "88", r"Expected image_shape as \(rows, columns\)"),
        ((64,), 8, r"Expected image_shape as"),
        ((64,), (-8, -8), r"Expected image_shape as"),
        ((4, 9, 1), (9, 4), r"as the shape of 'x0', \(4, 9, 1\)"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused_in_a_sentence(shape, image_shape, words):
    with pytest.raises(ValueError, match=words):
        form_of(shape, image_shape)


def test_several_inputs_are_no_picture():
    assert form_of((8, 8, 1), inputs=2) is None
    with pytest.raises(ValueError, match=r"one input for image_shape\. Received one with 2: x0, x1"):
        form_of((64,), (8, 8), inputs=2)


def test_flat_rows_of_a_square_or_three_are_offered_as_pictures():
    def offer(count):
        return offered_shape([InputSpec("x", (count,), "float32")])

    assert [offer(count) for count in (64, 784, 192, 3072)] == [(8, 8), (28, 28), (8, 8, 3), (32, 32, 3)]
    assert [offer(count) for count in (13, 16, 36, 63, None)] == [None] * 5


def test_pixels_are_found_where_keras_has_them():
    x = np.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
    last, first = ImageForm(4, 5, 3), ImageForm(4, 5, 3, channels_first=True)
    np.testing.assert_array_equal(last.pictures(x.reshape(2, -1)), x)
    np.testing.assert_array_equal(first.pictures(np.moveaxis(x, -1, 1)), x)
    labels = np.zeros((4, 5), int)
    labels[1, 2] = 1
    assert last.members(labels)[1].tolist() == [21, 22, 23]
    assert first.members(labels)[1].tolist() == [7, 27, 47]


def test_a_large_picture_has_squares_of_several_pixels():
    form = ImageForm(130, 200, 2)
    assert (form.block, form.squares) == ((4, 4), (33, 50))
    members = form.members(form.square_labels())
    assert len(members) == 33 * 50
    assert sorted(np.concatenate(members)) == list(range(form.features))
    picture = np.random.default_rng(0).normal(size=(1, 130, 200, 2))
    means = block_means(picture, form.block)
    assert means.shape == (1, 33, 50, 2)
    np.testing.assert_allclose(means[0, 32, 49], picture[0, 128:, 196:].mean(axis=(0, 1)))  # the last is 2 x 4
    flat = picture.ravel()
    np.testing.assert_allclose([flat[part].mean() for part in members], means[0].mean(axis=-1).ravel())


def test_a_square_that_is_taken_step_by_step_is_a_sequence():
    specs = [InputSpec("x", (28, 28), "float32")]
    found = find_image_form(specs, [np.zeros((2, 28, 28), "float32")], None, by_steps=True)
    assert found == ImageForm(28, 28, most_squares=240, is_sequence=True)


def test_a_sequence_has_its_features_in_rows_and_its_steps_in_columns():
    x = np.arange(2 * 5 * 3).reshape(2, 5, 3)
    form = ImageForm(3, 5, is_sequence=True)
    np.testing.assert_array_equal(form.pictures(x)[..., 0], np.swapaxes(x, 1, 2))
    assert form.members(np.arange(3)[:, None].repeat(5, axis=1))[1].tolist() == [1, 4, 7, 10, 13]
    assert str(form) == "5 x 3"


def test_a_long_sequence_has_squares_of_several_steps_of_one_feature():
    form = ImageForm(2, 1001, most_squares=240, is_sequence=True)
    assert (form.block, form.squares) == ((1, 5), (2, 201))
    members = form.members(form.square_labels())
    assert members[0].tolist() == [0, 2, 4, 6, 8]
    assert members[201].tolist() == [1, 3, 5, 7, 9]
    assert members[401].tolist() == [2001]

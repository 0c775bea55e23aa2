"""Rows come as arrays, tables, several inputs or streams, and give the same numbers; memory does not grow with them."""

import tracemalloc

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers

from nbviz import attributions, importance
from nbviz.attribution.rows import Rows
from nbviz.network.samples import InputSpec

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype("float32")
Y = RNG.integers(0, 3, 60)
WEIGHTS = np.ones(60, "float32")
FOUR = [InputSpec("x", (4,), "float32")]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    hidden = layers.Dense(5, activation="tanh")
    return Sequential([Input((4,), name="x"), hidden, layers.Dense(3, activation="softmax", name="y")])


@pytest.fixture(scope="module")
def two():
    keras.utils.set_random_seed(1)
    a, b = Input((4,), name="a"), Input((1,), name="b")
    return Model([a, b], layers.Dense(2)(layers.Dense(3, activation="tanh")(layers.Concatenate()([a, b]))))


def slices(*parts):
    return tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])


def generated(x, size):
    """Of unknown length."""
    return tf.data.Dataset.from_generator(
        lambda: (x[start : start + size] for start in range(0, len(x), size)),
        output_signature=tf.TensorSpec((None, x.shape[1])),
    )


STREAMS = {
    "rows": lambda: slices(X),
    "batches": lambda: slices(X).batch(7),
    "one batch": lambda: slices(X).batch(100),
    "batches without a tail": lambda: slices(X).batch(6, drop_remainder=True),
    "x and y": lambda: slices(X, Y).batch(7),
    "x, y and weights": lambda: slices(X, Y, WEIGHTS).batch(7),
    "x alone in a tuple": lambda: slices(X).map(lambda x: (x,)).batch(7),
    "a dict": lambda: slices({"x": X}).batch(7),
    "a dict and y": lambda: slices({"x": X}, Y).batch(7),
    "rows of x and y": lambda: slices(X, Y),
    "unknown length": lambda: generated(X, 13),
    "prefetched and cached": lambda: slices(X, Y).batch(9).cache().prefetch(2),
    "float64": lambda: slices(X.astype(float)).batch(9),
    "y of several outputs": lambda: slices(X, {"u": Y, "v": X[:, :2]}).batch(7),
    "a tuple of several answers": lambda: tf.data.Dataset.zip(slices(X), slices(Y, X[:, :2])).batch(7),
    "text for an answer": lambda: slices(X, np.array(["a", "b", "c"])[Y]).batch(7),
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("method", ["expected_gradients", "gradient", "ablation"])
def test_a_stream_gives_the_same_as_the_array(model, name, method):
    whole = importance(model, X, method=method)
    found = importance(model, STREAMS[name](), method=method)
    np.testing.assert_allclose(found.strength, whole.strength, rtol=1e-5)
    np.testing.assert_allclose(found.standard_error, whole.standard_error, rtol=1e-3, atol=1e-7)
    assert found.attrs["rows"] == 60
    np.testing.assert_allclose(found.direction, whole.direction, atol=1e-6)


@pytest.mark.parametrize("name", ["rows", "x, y and weights", "a dict", "unknown length"])
def test_attributions_of_a_stream_are_those_of_the_array_in_order(model, name):
    whole = attributions(model, X, method="integrated_gradients")
    found = attributions(model, STREAMS[name](), method="integrated_gradients", batch_size=8)
    np.testing.assert_allclose(found, whole, atol=1e-5)


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
@pytest.mark.parametrize("method", ["expected_gradients", "gradient", "ablation"])
def test_the_size_of_batches_does_not_matter(model, method, batch_size):
    whole, found = importance(model, X, method=method), importance(model, X, method=method, batch_size=batch_size)
    np.testing.assert_allclose(found.strength, whole.strength, rtol=1e-4)
    np.testing.assert_allclose(found.standard_error, whole.standard_error, rtol=1e-2, atol=1e-6)


@pytest.mark.parametrize("labels", [np.arange(3), np.array(["a", "b", "c"]), np.array([1, 2, 3])])
def test_answers_come_out_of_a_stream(model, labels):
    whole = importance(model, X, Y, method="permutation", batch_size=16)
    found = importance(model, slices(X, labels[Y]).batch(5), method="permutation", batch_size=16)
    np.testing.assert_allclose(found.strength, whole.strength, rtol=1e-5)
    sorted_by_class = np.argsort(Y, kind="stable")  # batches of one class each
    whole = importance(model, X[sorted_by_class], Y[sorted_by_class], method="permutation", batch_size=4)
    stream = slices(X[sorted_by_class], labels[Y[sorted_by_class]]).batch(4)
    np.testing.assert_allclose(
        importance(model, stream, method="permutation", batch_size=4).strength, whole.strength, rtol=1e-5
    )


FORMS = {
    "a list of lists": X.tolist(),
    "float64": X.astype(float),
    "a table": pd.DataFrame(X),
    "an array of objects": X.astype(object),
    "a tensor": tf.constant(X),
    "a dict": {"x": X},
    "column by column in memory": np.asfortranarray(X),
    "every second row": np.repeat(X, 2, axis=0)[::2],
}


@pytest.mark.parametrize("name", FORMS)
def test_rows_in_any_form_are_the_same(model, name):
    whole = attributions(model, X, method="gradient")
    np.testing.assert_allclose(attributions(model, FORMS[name], method="gradient"), whole, rtol=1e-5, atol=1e-7)


def test_rows_in_half_precision_whole_numbers_and_booleans_are_read(model):
    for x in (X.astype("float16"), np.ones((5, 4), int), np.ones((5, 4), bool)):
        same = attributions(model, x.astype("float32"), method="gradient")
        np.testing.assert_array_equal(attributions(model, x, method="gradient"), same)


def test_several_inputs_come_out_of_a_stream(two):
    a, b = X, RNG.normal(size=(60, 1)).astype("float32")
    whole = importance(two, [a, b])
    for stream in (
        slices({"a": a, "b": b}).batch(7),
        slices({"b": b, "a": a}),
        slices({"b": b, "a": a}, Y).batch(9),
        slices((a, b), Y).batch(7),
        slices((a, b), Y),
    ):
        np.testing.assert_allclose(importance(two, stream).strength, whole.strength, rtol=1e-5)


def test_single_numbers_come_out_of_a_stream():
    x = Input((), name="x")
    model = Model(x, layers.Dense(2, use_bias=False)(layers.Reshape((1,))(x)))
    whole = importance(model, X[:, 0]).strength
    for stream in (slices(X[:, 0]), slices(X[:, 0]).batch(7)):
        np.testing.assert_allclose(importance(model, stream).strength, whole, rtol=1e-5)


def test_a_stream_that_comes_in_another_order_each_time_gives_the_same_strengths(model):
    whole = importance(model, X, method="gradient")
    found = importance(model, slices(X).shuffle(60, seed=1).batch(7), method="gradient")
    np.testing.assert_allclose(found.strength, whole.strength, rtol=1e-5)


def test_a_row_alone_is_the_row_among_others(model):
    whole = attributions(model, X, method="expected_gradients", background=X[:20])
    for row in (0, 31, 59):
        alone = attributions(model, X[row : row + 1], method="expected_gradients", background=X[:20])
        np.testing.assert_allclose(alone[0], whole[row], atol=1e-6)
    one = importance(model, X[:1], background=X[:20])
    assert one.standard_error is None
    np.testing.assert_allclose(one.strength, np.abs(whole[0]), atol=1e-6)


@pytest.mark.parametrize("stream", [False, True])
def test_rows_are_drawn_evenly_and_stay_in_order(stream):
    numbers = np.repeat(np.arange(200, dtype="float32")[:, None], 4, axis=1)
    counts = np.zeros(200)
    for seed in range(20):
        rows = Rows(generated(numbers, 17) if stream else numbers, None, FOUR, 64)
        (drawn,) = rows.draw(50, seed)
        assert (np.diff(drawn[:, 0]) > 0).all()
        counts[drawn[:, 0].astype(int)] += 1
    assert counts.sum() == 1000
    assert counts.max() <= 15  # binomial(20, 1/4): 5 on average, 1.9 either way
    assert (counts == 0).sum() <= 5  # 0.6 on average
    assert rows.count == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_seed_decides_which_rows_are_drawn(stream):
    numbers = np.arange(800, dtype="float32").reshape(200, 4)
    draws = [Rows(generated(numbers, 17) if stream else numbers, None, FOUR, 64).draw(9, s)[0] for s in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


def test_batches_have_the_size_and_the_places_that_were_asked_for():
    for x in (X, slices(X).batch(13), slices(X), generated(X, 13)):
        batches = list(Rows(x, None, FOUR, 25))
        assert [batch.places.tolist() for batch in batches] == [[*range(25)], [*range(25, 50)], [*range(50, 60)]]
        np.testing.assert_array_equal(np.concatenate([batch.inputs[0] for batch in batches]), X)


def peak(model, rows, **options):
    """Largest number of bytes that Python and NumPy held for a stream of as many rows."""

    def blocks():
        for start in range(0, rows, 1000):
            yield np.random.default_rng(start).normal(size=(1000, 20)).astype("float32")

    stream = tf.data.Dataset.from_generator(blocks, output_signature=tf.TensorSpec((1000, 20)))
    importance(model, stream.take(3), **options)  # compiles
    tracemalloc.start()
    try:
        found = importance(model, stream, **options)
        assert found.attrs["rows"] == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_rows():
    model = Sequential([Input((20,)), layers.Dense(2)])
    few, many = (peak(model, rows, evaluations=2) for rows in (20_000, 200_000))
    assert many < few + 2**20  # the rows alone are 16 MB


def peak_of_arrays(model, x):
    importance(model, x[:3000], evaluations=2)  # compiles
    tracemalloc.start()
    try:
        assert importance(model, x, evaluations=2).attrs["rows"] == len(x)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_arrays_and_memory_maps_are_not_copied(tmp_path):
    model = Sequential([Input((20,)), layers.Dense(2)])
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(200_000, 20)).astype("float32"))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for x in (np.array(mapped), mapped):
        assert peak_of_arrays(model, x) < peak_of_arrays(model, x[:20_000]) + 2**21  # the rows alone are 16 MB


def test_the_row_of_a_gap_is_named_wherever_it_is(model):
    x = np.zeros((700_002, 4), np.float32)
    x[700_000, 2] = np.nan
    with pytest.raises(ValueError, match=r"NaN or infinity in 1 of 700002 rows.*the first in row 700000"):
        importance(model, x)


def test_strengths_of_many_rows_are_close_whether_streamed_or_not(model):
    """Beyond 1024 rows the background is drawn in another way: the same up to its standard error."""
    many = RNG.normal(size=(3000, 4)).astype("float32")
    whole, found = importance(model, many), importance(model, slices(many).batch(512))
    difference = np.abs(found.strength - whole.strength)
    assert (difference < 4 * np.hypot(found.standard_error, whole.standard_error)).all()
    assert found.attrs["rows"] == 3000
    by_slope = importance(model, slices(many).batch(512), method="gradient").strength
    np.testing.assert_allclose(by_slope, importance(model, many, method="gradient").strength, rtol=1e-4)


def test_tables_with_columns_in_another_order_are_read_by_name(model):
    table = pd.DataFrame(X, columns=list("abcd"))
    other = pd.DataFrame(X[::-1] * [1, 10, 0.1, 3], columns=list("abcd"))
    mixed = ["d", "b", "a", "c"]
    right = importance(model, X, background=other.to_numpy()).strength
    np.testing.assert_array_equal(importance(model, table, background=other[mixed]).strength, right)
    np.testing.assert_array_equal(
        importance(model, table[mixed], background=other, feature_names=list("abcd")).strength, right
    )
    row = other.iloc[0]
    right = attributions(model, X, method="ablation", baseline=row.to_numpy()[None])
    for baseline in (row[mixed], other[mixed].iloc[[0]]):
        np.testing.assert_array_equal(attributions(model, table, method="ablation", baseline=baseline), right)
    for wrong in ({"background": other.rename(columns={"a": "q"})}, {"baseline": row.rename({"a": "q"})}):
        with pytest.raises(ValueError, match=r"named 'a', 'b', 'c', 'd'. Received none of 'a', and 'q' too"):
            attributions(model, table, method="deeplift", **wrong)
    np.testing.assert_array_equal(
        importance(model, table, Y, method="permutation", feature_names=list("abcd")).strength,
        importance(model, table[mixed], Y, method="permutation", feature_names=list("abcd")).strength,
    )

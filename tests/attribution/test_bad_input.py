"""Bad input is refused in words: what was expected, what came, the way out. The model stays as it was."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from keras import Input, Model, Sequential, layers

from nbviz import attributions, importance

X = np.random.default_rng(0).normal(size=(30, 4)).astype("float32")
Y = np.arange(30) % 3
NAMES = ["a", "b", "c", "d"]


def with_gap(value, row=7):
    x = X.copy()
    x[row, 2] = value
    return x


def dataset(*parts):
    return tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0]).batch(7)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    hidden = layers.Dense(5, activation="tanh", name="h")
    return Sequential([Input((4,), name="x"), hidden, layers.Dense(3, activation="softmax", name="y")])


# What is wrong: (what is asked, the error, what it says)
CALLS = {
    "too narrow": ({"x": X[:, :2]}, ValueError, r'Expected x of shape \(n, 4\)\. Received \(n, 2\).*"x"'),
    "too few axes": ({"x": X[0]}, ValueError, r"Expected x of shape \(n, 4\).*pass it inside a list"),
    "too many axes": ({"x": X[None]}, ValueError, r"Expected x of shape \(n, 4\)\. Received \(n, 30, 4\)"),
    "text": ({"x": X.astype(str)}, TypeError, r"Expected numbers for the input 'x'\. Received text, such as"),
    "a column of text": (
        {"x": pd.DataFrame(X, columns=NAMES).assign(b="red")}, TypeError, r"Expected numeric columns.*\['b'\]; encode",
    ),
    "NaN": ({"x": with_gap(np.nan)}, ValueError, r"Expected finite numbers.*1 of 30 rows.*row 7; fill or drop"),
    "infinity": ({"x": with_gap(np.inf)}, ValueError, r"Expected finite numbers.*row 7"),
    "too large for float32": ({"x": with_gap(0).astype(float) + 1e300}, ValueError, "Expected finite numbers"),
    "NaN in a stream": ({"x": dataset(with_gap(np.nan))}, ValueError, "Expected finite numbers"),
    "no rows": ({"x": X[:0]}, ValueError, "Expected x with at least one row. Received none"),
    "None": ({"x": None}, TypeError, "Expected an array of numbers for the input 'x'. Received None"),
    "a word": ({"x": "rows.csv"}, TypeError, "for the input 'x'. Received the text 'rows.csv'"),
    "a set": ({"x": {1, 2}}, TypeError, "for the input 'x'. Received a set"),
    "a generator": ({"x": (row for row in X)}, TypeError, "Received a generator, which can be read only once"),
    "an object": ({"x": object()}, TypeError, "for the input 'x'. Received an object"),
    "rows with None": ({"x": [[None, 1, 2, 3]]}, TypeError, "Received None among them"),
    "one row without background": ({"x": X[:1]}, ValueError, "Expected background= for a single row.*training data"),
    "one row to shuffle": (
        {"x": X[:1], "method": "column_shuffle"}, ValueError, "Expected several rows for column_shuffle.*ablation",
    ),
    "several inputs": ({"x": [X, X]}, (ValueError, TypeError), "Expected x of shape"),
    "another name": ({"x": {"z": X}}, ValueError, r"Expected x with the keys \['x'\]. Received the keys \['z'\]"),
    "an empty dataset": ({"x": dataset(X).take(0)}, ValueError, "Expected x with at least one row.*empty data set"),
    "an endless dataset": ({"x": dataset(X).repeat()}, ValueError, r"Expected a data set with an end.*\.take\("),
    "a dataset too narrow": ({"x": dataset(X[:, :3])}, ValueError, r"Expected x of shape \(n, 4\)"),
    "unknown method": (
        {"method": "magic"}, ValueError, "Expected method among .*'expected_gradients', .*'shapley'.*Received 'magic'",
    ),
    "method None": ({"method": None}, ValueError, "Expected method among .*Received None"),
    "unknown layer": ({"layer": "z"}, ValueError, r"Expected layer among \['h', 'y'\]. Received 'z'"),
    "a list of layers": ({"layer": ["h"]}, ValueError, r"Expected layer among \['h', 'y'\]. Received \['h'\]"),
    "unknown output": ({"output": "odds"}, ValueError, "Expected output among .*'logit'.*Received 'odds'"),
    "narrow baseline": (
        {"method": "ablation", "baseline": X[:1, :3]}, ValueError, r"baseline: Expected x of shape \(n, 4\)",
    ),
    "unknown baseline": (
        {"method": "deeplift", "baseline": "median"}, ValueError, "Expected baseline 'mean', 'zero' or one row.*median",
    ),
    "several baselines": (
        {"method": "deeplift", "baseline": X[:2]}, ValueError, r"one row, shape \(1, 4\). Received 2 rows.*background=",
    ),
    "NaN in the baseline": (
        {"method": "shapley", "baseline": with_gap(np.nan, 0)[:1]}, ValueError, "baseline: Expected finite numbers",
    ),
    "narrow background": ({"background": X[:5, :3]}, ValueError, r"The background: Expected x of shape \(n, 4\)"),
    "NaN in the background": ({"background": with_gap(np.nan)}, ValueError, "Expected finite numbers"),
    "no steps": (
        {"method": "integrated_gradients", "steps": 0}, ValueError, "Expected steps as a whole number.*Received 0",
    ),
    "evaluations below one": ({"evaluations": -1}, ValueError, "Expected evaluations as a whole number.*Received -1"),
    "half a repeat": ({"repeats": 0.5}, ValueError, "Expected repeats as a whole number.*Received 0.5"),
    "no batch": ({"batch_size": 0}, ValueError, "Expected batch_size as a whole number.*Received 0"),
    "class out of range": ({"classes": [0, 3]}, ValueError, "Expected classes among 0 to 2.*Received 3"),
    "negative class": ({"classes": [-1]}, ValueError, "Expected classes among 0 to 2.*Received -1"),
    "class twice": ({"classes": [1, 1]}, ValueError, r"Expected each class once. Received \[1, 1\]"),
    "no classes": ({"classes": []}, ValueError, "Expected classes as a list"),
    "unknown class": ({"classes": ["cat"]}, ValueError, "Expected classes among 0 to 2.*Received 'cat'"),
    "classes as text": ({"classes": "cat"}, ValueError, "Expected classes as a list.*Received 'cat'"),
    "more groups than features": (
        {"groups": [[0], [1], [2], [3], [0, 1]]}, ValueError, "Expected at most 4 groups.*Received 5",
    ),
    "unknown column": (
        {"groups": [["x0", "x9"]]}, ValueError, r"Expected columns among \['x0', 'x1', 'x2', 'x3'\]. Received 'x9'",
    ),
    "column number out of range": ({"groups": [[4]]}, ValueError, "Expected columns among .*Received 4"),
    "column in two groups": (
        {"groups": {"u": [0, 1], "v": [1, 2]}}, ValueError,
        "Expected each feature in one group.*'x1' in 'u' and in 'v'",
    ),
    "a group as text": ({"groups": {"u": "x0"}}, ValueError, "Expected the group 'u' as a list.*Received 'x0'"),
    "an empty group": ({"groups": {"u": []}}, ValueError, "Expected the group 'u' as a list"),
    "axes that are not there": ({"sum_axes": [1]}, ValueError, "Expected sum_axes among the 1 axes"),
}  # fmt: skip
IMPORTANCE = {
    "too few feature names": ({"feature_names": ["a"]}, ValueError, "Expected 4 feature_names for 'x'. Received 1"),
    "feature names as text": ({"feature_names": "abcd"}, ValueError, "Expected feature_names as a list.*'abcd'"),
    "names of another input": ({"feature_names": {"z": NAMES}}, ValueError, r"among \['x'\]. Received 'z'"),
    "too few class names": ({"class_names": ["a", "b"]}, ValueError, "Expected 3 class_names for 'y'. Received"),
    "class names as text": ({"class_names": "abc"}, ValueError, "Expected class_names as a list.*'abc'"),
    "names of another output": ({"class_names": {"z": NAMES}}, ValueError, r"among \['y'\]. Received \['z'\]"),
    "no y": ({"method": "permutation"}, ValueError, 'Expected y for .permutation.*method="column_shuffle"'),
    "y beside a dataset": (
        {"x": dataset(X), "y": Y, "method": "permutation"}, ValueError,
        "Expected (y inside the data set|a data set of .x, y.)",
    ),
    "a dataset without y": (
        {"x": dataset(X), "method": "permutation"}, ValueError, r"Expected a data set of \(x, y\).*Received one of x",
    ),
    "short y": ({"y": Y[:9], "method": "permutation"}, ValueError, "Expected y with 30 answers.*Received 9"),
    "gaps in y": (
        {"y": np.where(Y == 1, np.nan, Y), "method": "permutation"}, ValueError, 
        r"Expected y without gaps\. Received missing or infinite values in 10 of 30 rows, the first in row 1; fill",
    ),
    "missing labels in y": (
        {"y": np.array(["a", "b", None] * 10, object), "method": "permutation"}, ValueError, "Expected y without gaps",
    ),
    "gaps in the y of a dataset": (
        {"x": dataset(X, np.where(np.arange(30) == 17, np.nan, Y)), "method": "permutation"}, ValueError,
        "Expected y without gaps. Received missing or infinite values, the first in row 17; fill them",
    ),
    "gaps in one-hot rows of a dataset": (
        {"x": dataset(X, np.where(np.arange(30)[:, None] == 17, np.nan, np.eye(3)[Y])), "method": "permutation"},
        ValueError, "Expected y without gaps. Received missing or infinite values, the first in row 17; fill them",
    ),
    "four classes in y": (
        {"y": np.arange(30) % 4, "method": "permutation"}, ValueError,
        "Expected y with 3 classes.*Received 4 different",
    ),
    "one-hot y of four classes": (
        {"y": np.eye(4)[Y], "method": "permutation"}, ValueError, r"Expected y of shape \(n,\) or \(n, 3\)",
    ),
}  # fmt: skip
REFUSED = [(attributions, name) for name in CALLS] + [(importance, name) for name in {**CALLS, **IMPORTANCE}]


@pytest.mark.parametrize(("ask", "name"), REFUSED, ids=lambda part: getattr(part, "__name__", part))
def test_bad_input_is_refused_in_words_and_good_input_works_afterwards(model, ask, name):
    wrong, error, said = {**CALLS, **IMPORTANCE}[name]
    before = [weights.tobytes() for weights in model.get_weights()]
    with pytest.raises(error, match=f"(?s){said}"):
        ask(model, **{"x": X, **wrong})
    assert [weights.tobytes() for weights in model.get_weights()] == before
    found = ask(model, X, method="gradient")
    strength = np.abs(found).mean(axis=0) * X.std(axis=0)[:, None] if ask is attributions else found.strength
    slopes = attributions(model, X, method="gradient")
    np.testing.assert_allclose(strength, np.abs(slopes).mean(axis=0) * X.std(axis=0)[:, None], rtol=1e-4)


@pytest.mark.parametrize("method", ["permutation", "connection_weights", "garson"])
def test_attributions_refuse_methods_that_say_nothing_of_single_rows(model, method):
    with pytest.raises(ValueError, match=rf"Expected a method that explains single rows.*{method}.*nbviz\.importance"):
        attributions(model, X, method=method)


@pytest.mark.parametrize("ask", [attributions, importance])
@pytest.mark.parametrize("thing", [None, "model.keras", X, layers.Dense(3), len])
def test_what_is_no_model_is_refused(ask, thing):
    with pytest.raises(TypeError, match=r"Expected a keras\.Model\. Received "):
        ask(thing, X)


class Code(Model):
    def __init__(self):
        super().__init__()
        self.y = layers.Dense(3)

    def call(self, x):
        return self.y(x)


@pytest.mark.parametrize("make", [lambda: Sequential([layers.Dense(3)]), Sequential, Code])
def test_a_model_that_is_not_built_is_refused(make):
    with pytest.raises(ValueError, match=r"Expected a built model.*Received .*fit it first"):
        importance(make(), X)


def test_layers_of_a_subclassed_model_are_refused():
    model = Code()
    model(X)
    with pytest.raises(ValueError, match=r"Expected layer=None.*subclassed model.*Received 'y'"):
        importance(model, X, layer="y")
    assert importance(model, X, evaluations=2).strength.shape == (4, 3)


def test_whole_numbers_without_an_embedding_are_refused():
    x = Input((1,), dtype="int32", name="kind")
    model = Model(x, layers.Dense(2)(layers.CategoryEncoding(4, output_mode="one_hot")(x)))
    with pytest.raises(ValueError, match=r"Expected a numeric input, or one that enters an Embedding.*\['kind'\]"):
        importance(model, np.ones((5, 1), int))


def test_fractions_for_an_input_of_whole_numbers_are_refused():
    model = Sequential([Input((3,), dtype="int32"), layers.Embedding(5, 2), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="Expected whole numbers that fit int32"):
        importance(model, np.full((5, 3), 0.5))
    with pytest.raises(ValueError, match="Expected whole numbers that fit int32"):
        importance(model, np.full((5, 3), 2**40))


STOPPED = {
    "rounding": lambda x: keras.ops.round(x * 3),
    "argmax": lambda x: keras.ops.cast(keras.ops.argmax(x, axis=-1, keepdims=True), "float32"),
    "stop gradient": keras.ops.stop_gradient,
}


@pytest.mark.parametrize("name", STOPPED)
@pytest.mark.parametrize("method", ["gradient", "expected_gradients"])
def test_a_model_that_stops_gradients_is_refused_and_ablation_works(name, method):
    x = Input((4,))
    model = Model(x, layers.Dense(2)(STOPPED[name](x)))
    for _ in range(2):  # a failed compilation must not be taken for good later
        with pytest.raises(
            ValueError, match=r'Expected a way for a gradient.*use method="ablation" or "column_shuffle"'
        ):
            importance(model, X, method=method)
    kernel = np.abs(model.layers[-1].get_weights()[0])
    found = importance(model, X, method="ablation", baseline="zero").strength
    if name == "stop gradient":
        np.testing.assert_allclose(found, np.abs(X).mean(axis=0)[:, None] * kernel, rtol=1e-4)
    assert found.max() > 0


def test_several_inputs_are_told_apart():
    a, b = Input((2,), name="a"), Input((2,), name="b")
    model = Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))
    left, right = X[:, :2], X[:, 2:]
    with pytest.raises(ValueError, match=r"Expected x as a list or dict with one entry for each of \['a', 'b'\]"):
        importance(model, X)
    with pytest.raises(ValueError, match=r"Expected the same number of rows for every input.*'a': 30, 'b': 5"):
        importance(model, [left, right[:5]])
    with pytest.raises(ValueError, match=r"Expected feature_names as a dict by input among \['a', 'b'\]"):
        importance(model, [left, right], feature_names=NAMES)
    with pytest.raises(ValueError, match="Expected sum_axes for one input only"):
        importance(model, [left, right], sum_axes=[0])
    with pytest.raises(ValueError, match=r"Expected columns among \[\('a', 'x0'\)"):
        importance(model, [left, right], groups=[["x0"]])


def test_one_list_of_class_names_for_several_outputs_is_refused():
    x = Input((4,))
    model = Model(x, [layers.Dense(2, name="u")(x), layers.Dense(1, name="v")(x)])
    with pytest.raises(ValueError, match=r"Expected class_names as a dict by output among \['u', 'v'\]"):
        importance(model, X, class_names=["a", "b"])
    with pytest.raises(ValueError, match="Expected y as a list of answers for the outputs"):
        importance(model, X, Y, method="permutation")


def test_an_error_of_the_models_own_code_comes_through_as_it_is():
    class Broken(layers.Layer):
        broken = False

        def call(self, x):
            if self.broken:
                raise ZeroDivisionError("of the user")
            return x * 2

    layer = Broken()
    model = Sequential([Input((4,)), layer, layers.Dense(2)])
    layer.broken = True
    with pytest.raises(ZeroDivisionError, match="of the user"):
        importance(model, X)
    layer.broken = False
    assert importance(model, X, evaluations=2).strength.shape == (4, 2)


def test_a_stream_of_several_lengths_is_refused():
    model = Sequential([Input((None, 2)), layers.GlobalAveragePooling1D(), layers.Dense(2)])
    spec = tf.TensorSpec((None, None, 2))
    for rows in (4, 1024):
        lengths = tf.data.Dataset.from_generator(
            lambda rows=rows: (np.ones((rows, length, 2), "float32") for length in (3, 5)), output_signature=spec
        )
        with pytest.raises(ValueError, match=r"Expected rows of one shape.*padded_batch"):
            importance(model, lengths, method="gradient")


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]])
def test_names_are_counted_where_the_model_takes_any_length(names):
    model = Sequential([Input((None,)), layers.Reshape((-1, 1)), layers.GlobalAveragePooling1D(), layers.Dense(2)])
    with pytest.raises(ValueError, match=rf"Expected 4 feature_names for .*Received {len(names)}"):
        importance(model, X, feature_names=names)
    assert importance(model, X, evaluations=2, feature_names=NAMES).features.tolist() == NAMES

"""Whatever a model answers with, every call answers, or refuses in one sentence."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, layers

import nbviz

X = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
Y = X[:, :3].argmax(axis=1)


class Code(keras.Model):
    """Returns what a function makes of a softmax, a number and the rows."""

    def __init__(self, arrange):
        super().__init__(name="code")
        self.kind, self.size, self._arrange = layers.Dense(3, activation="softmax"), layers.Dense(1), arrange

    def call(self, x):
        return self._arrange(self.kind(x), self.size(x), x)


def code(arrange):
    keras.utils.set_random_seed(1)
    model = Code(arrange)
    model(X[:2])
    return model


CALLS = {
    "describe": lambda model: nbviz.describe(model),
    "diagram": lambda model: nbviz.NetworkDiagram(model, X),
    "importance": lambda model: nbviz.importance(model, X, method="gradient"),
    "activations": lambda model: nbviz.activations(model, X),
    "explore": lambda model: nbviz.explore(model, X, method="gradient"),
}
REFUSED = {
    "ragged": (
        lambda kind, size, x: tf.RaggedTensor.from_row_lengths(kind, tf.ones(tf.shape(kind)[0], tf.int32)),
        r"Expected answers of one shape for every row. Code returns a ragged tensor; return its to_tensor\(\)",
    ),
    "ragged in a dict": (
        lambda kind, size, x: {"a": kind, "b": tf.RaggedTensor.from_tensor(size)},
        r"Code returns a ragged tensor as 'b'; return its to_tensor\(\)",
    ),
    "sparse": (lambda kind, size, x: tf.sparse.from_dense(kind), "Code returns a sparse tensor; return a dense one"),
    "one number": (
        lambda kind, size, x: tf.reduce_sum(kind), "Expected an answer for each row. Code returns a single number for",
    ),
    "one number beside answers": (
        lambda kind, size, x: {"kind": kind, "loss": tf.reduce_sum(size)}, "a single number for all of them as 'loss'",
    ),
    "always as many rows": (
        lambda kind, size, x: tf.reshape(tf.reduce_sum(kind, axis=0), (1, 3)),
        "Expected an answer for each row. Code returns a tensor of 1 rows however many go in",
    ),
    "fewer rows": (
        lambda kind, size, x: tf.boolean_mask(kind, x[:, 0] > 0),
        rf"answers each row by itself. Code 'code' returned {(X[:, 0] > 0).sum()} rows for 24",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_answer_for_each_row_is_refused_alike_by_every_call(name):
    arrange, words = REFUSED[name]
    for call, ask in CALLS.items():
        if (name, call) == ("fewer rows", "describe"):  # it has no rows
            continue
        with pytest.raises(ValueError, match=words) as refused:
            ask(code(arrange))
        assert "\n" not in str(refused.value)


def nested(by_code):
    if by_code:
        return code(lambda kind, size, x: {"one": {"kind": kind, "again": kind}, "two": {"size": size}})
    keras.utils.set_random_seed(1)
    x = Input((4,), name="x")
    kind, size = layers.Dense(3, activation="softmax", name="k")(x), layers.Dense(1, name="s")(x)
    again = layers.Dense(3, activation="softmax", name="a")(x)
    return Model(x, {"one": {"kind": kind, "again": again}, "two": {"size": size}}, name="nested")


NAMES = ["one/again", "one/kind", "two/size"]


@pytest.mark.parametrize("by_code", [False, True], ids=["graph", "code"])
def test_answers_in_dicts_within_dicts_are_called_by_their_path(by_code):
    model = nested(by_code)
    own = model(X)
    by_hand = [own["one"]["again"], own["one"]["kind"], own["two"]["size"]]
    if by_code:
        by_name = dict(zip(["one/kind", "one/again", "two/size"], [by_hand[1], by_hand[0], by_hand[2]], strict=True))
        found = nbviz.activations(model, X)
        for name, answer in by_name.items():
            np.testing.assert_allclose(found[name], answer, atol=1e-6)
    table = nbviz.importance(model, X, method="gradient", output="probability")
    assert sorted(set(table.classes.get_level_values("output"))) == NAMES
    made = nbviz.explore(
        model, X, {"one": {"kind": Y, "again": Y}, "two": {"size": X[:, 0]}}, method="gradient", output="one/kind"
    )
    assert made.wait(120)
    assert made.error is None
    assert sorted(name for _, name in made.output_menu.menu.options) == NAMES
    wrong = np.flatnonzero(np.asarray(own["one"]["kind"]).argmax(axis=1) != Y)
    assert made.misread().tolist() == wrong.tolist()
    made.selected_output = "two/size"
    assert made.wait(120)
    assert made.error is None
    predicted = np.frombuffer(made.predicted_values.numbers, "<f4")[:24]
    np.testing.assert_allclose(predicted, np.asarray(own["two"]["size"])[:, 0], rtol=1e-4)
    made.close()


def test_a_model_of_nested_answers_trains_on_labels_at_the_same_paths():
    model = nested(False)
    losses = {"one": {"kind": "sparse_categorical_crossentropy", "again": "sparse_categorical_crossentropy"}}
    model.compile("sgd", losses | {"two": {"size": "mse"}})
    kinds = nbviz.describe(model)
    assert {layer.name: layer.output for layer in kinds.outputs} == {"k": "softmax", "a": "softmax", "s": "linear"}
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    twin.compile("sgd", losses | {"two": {"size": "mse"}})
    text = np.array(["b", "a", "c"])
    number = np.array([1, 0, 2])[Y]  # in sorted order
    trainer = nbviz.Trainer(
        model, X, {"one": {"kind": text[Y], "again": text[Y]}, "two": {"size": X[:, :1]}}, batch_size=24
    )
    trainer.step("epoch")
    assert trainer.wait(60)
    assert trainer.error is None
    twin.fit(X, {"one": {"kind": number, "again": number}, "two": {"size": X[:, :1]}}, batch_size=24, verbose=0)
    for own, by_fit in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(own, by_fit, rtol=1e-5, atol=1e-7)


def test_a_tuple_with_nothing_in_it_has_the_answers_that_are_there():
    model = code(lambda kind, size, x: (kind, [size, None]))
    kind, (size, _) = model(X)
    found = list(nbviz.activations(model, X).values())
    np.testing.assert_allclose(found[0], kind, atol=1e-6)
    np.testing.assert_allclose(found[1], size, atol=1e-6)
    made = nbviz.explore(model, X, [Y, X[:, 0]], method="gradient")
    assert made.wait(120)
    assert made.error is None
    assert [name for _, name in made.output_menu.menu.options] == ["code output", "code output 1"]
    made.close()

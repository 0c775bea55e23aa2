"""Texts in an explorer: tokens with their weights, by whatever name, and the table of those that matter."""

import re

import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

import nbviz
from tests.explorer.small_classifier import LONG

WORDS = ["", "the", "film", "was", "dull", "bright", "long", "short"]
RANDOM = np.random.default_rng(1)
X = RANDOM.integers(1, 8, size=(30, 6)).astype("int32")
X[::3, 4:] = 0
Y = (X == 5).any(axis=1).astype(int)


def reads_ids(classes=2, mask_zero=True, end="softmax"):
    x = Input((6,), dtype="int32", name="words")
    pooled = layers.GlobalAveragePooling1D()(layers.Embedding(9, 4, mask_zero=mask_zero, name="meaning")(x))
    made = Model(x, layers.Dense(classes, activation=end, name="y")(pooled))
    made.set_weights([RANDOM.normal(size=weight.shape) for weight in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def model():
    return reads_ids()


@pytest.fixture(scope="module")
def credit(model):
    """(rows, tokens, classes)."""
    embedding, kernel, _ = (weight.astype(float) for weight in model.get_weights())
    kernel = kernel - kernel.mean(axis=1, keepdims=True)
    kept = (X != 0) / (X != 0).sum(axis=1, keepdims=True)
    return np.einsum("nte,ec,nt->ntc", embedding[X] - embedding[X].mean(axis=0), kernel, kept)


@pytest.fixture
def explored(model, no_widget_outlives_its_test):
    made = nbviz.explore(model, X, Y, token_names=WORDS)
    assert made.wait(LONG)
    return made


def evidence_of(made):
    evidence = made.evidence.evidence
    found = {
        each["key"]: np.frombuffer(
            made.evidence.numbers, f"<{each['dtype']}", int(np.prod(each["shape"])), each["offset"]
        ).reshape(each["shape"])
        for each in evidence["arrays"]
    }
    return evidence, found


def test_each_token_of_a_sample_has_its_text_and_its_weight(explored, model, credit):
    explored.selected_sample = 3
    assert explored.wait(LONG)
    evidence, found = evidence_of(explored)
    assert evidence["text"]["tokens"][:4] == [WORDS[token] for token in X[3, :4]]
    assert evidence["text"]["padding"] == [4, 5]
    # In the diagram too: the words of the ids in x, and those of the sample beside its nodes.
    named = explored.diagram.network["layers"][0]["value_names"]
    words = {str(token): WORDS[token] or "(padding)" for token in np.unique(X).tolist()}
    assert named == words
    written = re.findall(r">([^<>]*)</text>", explored.diagram.to_svg())
    assert [word for word in written if word in named.values()] == [words[str(token)] for token in X[3].tolist()]
    explored.diagram.show(None)
    written = re.findall(r">([^<>]*)</text>", explored.diagram.to_svg())
    assert not any(word in named.values() for word in written)  # there is no mean of ids
    np.testing.assert_allclose(found["values"][:, 0], credit[3].T, atol=1e-4)
    log_p = np.log(np.asarray(model(X[3:4])))[0]
    np.testing.assert_allclose(found["end"], log_p - log_p.mean(), atol=1e-4)
    np.testing.assert_allclose(found["start"] + found["values"].sum(axis=(1, 2)), found["end"], atol=1e-4)
    np.testing.assert_allclose(found["p"], np.exp(log_p), atol=1e-5)
    assert (evidence["predicted"], evidence["truth"]) == (int(log_p.argmax()), Y[3])
    assert evidence["note"] == ""
    assert evidence["text"]["ids"] == [explored.diagram.unit_id("words", place) for place in range(6)]


def test_the_path_of_a_token_adds_up_to_its_weight(explored, credit):
    explored.selected_sample = 4
    assert explored.wait(LONG)
    found = explored.diagram.explained
    np.testing.assert_allclose(found.paths["y"].total, credit[4], atol=1e-4)
    assert found.features == tuple(explored.diagram.unit_id("words", place) for place in range(6))


def test_tokens_are_rows_of_the_table_with_how_often_they_come(explored, credit):
    table, frame = explored.importance, explored.tokens
    assert list(frame.index) == list(table.features) == [WORDS[token] for token in np.unique(X) if token]
    bright = X == 5
    sums = (credit * bright[..., None]).sum(axis=1)
    assert frame.loc["bright", "rows"] == bright.any(axis=1).sum()
    np.testing.assert_allclose(frame.loc["bright"].to_numpy()[1:], sums[bright.any(axis=1)].mean(axis=0), atol=1e-3)
    wire = explored.matrix.tables[""]
    assert wire["row_kind"] == "token · rows"
    assert f"bright · {bright.any(axis=1).sum()}" in wire["rows"]
    assert wire["ids"] == [None] * len(frame)
    assert (explored.images, explored.waterfall, explored.what_if) == (None, None, None)
    assert "may be pictures" not in explored._words()
    explored.matrix.on_floor(True)
    assert explored.matrix.floor_words == "No noise floor: it is that of single columns, not of tokens of a text."


def test_the_numbers_are_those_of_the_live_model(no_widget_outlives_its_test):
    net = reads_ids()
    made = nbviz.explore(net, X, Y, token_names=WORDS)
    made.selected_sample = 3
    assert made.wait(LONG)
    before = evidence_of(made)[1]["values"].copy()
    head = net.get_layer("y")
    head.kernel.assign(2 * head.kernel)
    assert made.wait(LONG)
    np.testing.assert_allclose(evidence_of(made)[1]["values"], 2 * before, atol=1e-3)


def test_a_row_given_by_its_values_is_explained_too(explored):
    explored.diagram.show(np.array([[5, 5, 4, 0, 0, 0]]), name="mine")
    assert explored.wait(LONG)
    evidence, _ = evidence_of(explored)
    assert (evidence["name"], evidence["truth"]) == ("mine", None)
    assert evidence["text"]["tokens"][:3] == ["bright", "bright", "dull"]


def test_text_goes_through_the_vocabulary_of_the_model(no_widget_outlives_its_test):
    texts = np.array([["the film was dull"], ["a bright film"], ["dull, dull"], ["bright and short"]], object)
    lookup = layers.TextVectorization(output_sequence_length=4, name="look")
    lookup.adapt(texts[:3])
    inside = [layers.Embedding(12, 3, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")]
    made = nbviz.explore(Sequential([Input((1,), dtype="string"), lookup, *inside]), texts, [0, 1, 0, 1])
    made.selected_sample = 3
    assert made.wait(LONG)
    assert made.error is None
    evidence, found = evidence_of(made)
    assert evidence["text"]["tokens"] == ["bright", "[UNK]", "[UNK]", "(padding)"]
    assert evidence["text"]["padding"] == [3]
    assert evidence["text"]["ids"] == [None] * 4
    assert evidence["note"].startswith("No path is lit from a token: the tokens of this input are no units")
    assert evidence["gap"] < 1e-4
    np.testing.assert_allclose(found["p"], made._panels.samples.predictions[3, 1:], atol=1e-6)
    assert set(made.tokens.index) >= {"bright", "dull", "[UNK]"}


def test_what_has_no_name_is_told_by_its_id_and_that_is_said(model, no_widget_outlives_its_test):
    made = nbviz.explore(model, X, Y, token_names={5: "bright"})
    assert "7 ids have no name in token_names" in made._words()
    assert set(made.tokens.index) == {"bright", *(f"[{token}]" for token in (1, 2, 3, 4, 6, 7))}
    plain = nbviz.explore(model, X, Y)
    assert "tokens are their ids: explore(..., token_names=) has their text" in plain._words()
    assert "5" in plain.tokens.index


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"token_names": list("abcdefghij")}, r"ids from 0 to 8, which 'meaning' takes\. Received 10 names"),
        ({"token_names": "the film"}, r"Expected token_names as a list"),
        ({"image_shape": (2, 3)}, r"Expected image_shape with pictures or sequences of numbers\. Received rows of tok"),
        ({"regions": (2, 2)}, r"Expected regions with pictures"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_made(model, given, words, no_widget_outlives_its_test):
    with pytest.raises(ValueError, match=words):
        nbviz.explore(model, X, Y, **given)


@pytest.mark.parametrize("wrong", [-2, 9])
def test_ids_that_the_model_does_not_know_are_refused(model, wrong, no_widget_outlives_its_test):
    x = X.copy()
    x[2, 1] = wrong
    with pytest.raises(ValueError, match=rf"Expected.*{wrong}"):
        nbviz.explore(model, x, Y)

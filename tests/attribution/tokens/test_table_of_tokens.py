"""The table of tokens, against sums written out by hand for a model that is linear in its embedding."""

import numpy as np
import pytest
from keras import Input, Model, layers

from nbviz.attribution.tokens import table_of_tokens as tables
from nbviz.attribution.tokens.table_of_tokens import token_table, told_apart

RANDOM = np.random.default_rng(0)
IDS = RANDOM.integers(1, 9, size=(30, 6)).astype("int32")
IDS[:, 4:] *= RANDOM.integers(0, 2, size=(30, 2)).astype("int32")  # 0: padding, at the end or before
BACKGROUND = RANDOM.integers(1, 9, size=(20, 6)).astype("int32")


@pytest.fixture(scope="module")
def model():
    x = Input((6,), dtype="int32")
    pooled = layers.GlobalAveragePooling1D()(layers.Embedding(9, 4, mask_zero=True)(x))
    made = Model(x, layers.Dense(3)(pooled))
    made.set_weights([RANDOM.normal(size=weight.shape).astype("float32") for weight in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def by_hand(model):
    """(rows, places, classes): of a mean of embeddings the credit of each is its distance from the background's."""
    embedding, kernel, _ = (weight.astype(float) for weight in model.get_weights())
    distance = embedding[IDS] - embedding[BACKGROUND].mean(axis=0)
    kept = (IDS != 0).astype(float)
    return np.einsum("nte,ec,nt->ntc", distance, kernel, kept / kept.sum(axis=1, keepdims=True))


def asked(model, **more):
    options = {"method": "expected_gradients", "background": BACKGROUND, "evaluations": 40} | more
    return token_table(model, IDS, str, ["a", "b", "c"], columns=[0, 1, 2], **options)


def test_a_token_has_what_all_its_places_bring(model, by_hand):
    table = asked(model)
    names = list(table.features)
    assert names == [str(token) for token in np.unique(IDS) if token != 0]  # what is masked is none
    for place, name in enumerate(names):
        here = int(name) == IDS
        sums = (by_hand * here[..., None]).sum(axis=1)
        np.testing.assert_allclose(table.strength[place], np.abs(sums).mean(axis=0), rtol=1e-4)
        rows = here.any(axis=1)
        assert table.attrs["occurs"][place] == rows.sum()
        np.testing.assert_allclose(table.attrs["means"][place], sums[rows].mean(axis=0), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(table.direction[place], np.sign(sums[rows]).mean(axis=0), atol=1e-6)
    # All tokens of all rows together bring what the outputs differ from the average by.
    totals = (np.array(table.attrs["means"]) * np.array(table.attrs["occurs"])[:, None]).sum(axis=0)
    np.testing.assert_allclose(totals, by_hand.sum(axis=(0, 1)), rtol=1e-3)


def test_of_many_tokens_the_rare_ones_share_a_row(model, by_hand, monkeypatch):
    monkeypatch.setattr(tables, "MOST_TOKENS", 3)
    table = asked(model)
    assert list(table.features)[-1] == "5 other tokens"
    own = [int(name) for name in table.features[:-1]]
    occurs = {token: (token == IDS).any(axis=1).sum() for token in range(1, 9)}
    assert min(occurs[token] for token in own) >= max(occurs[token] for token in set(range(1, 9)) - set(own))
    others = ~np.isin(IDS, [*own, 0])
    sums = (by_hand * others[..., None]).sum(axis=1)
    np.testing.assert_allclose(table.strength[-1], np.abs(sums).mean(axis=0), rtol=1e-4)
    assert table.attrs["occurs"][-1] == others.any(axis=1).sum()


@pytest.mark.filterwarnings("ignore:Layer 'flatten:UserWarning")
def test_a_mask_that_no_layer_heeds_leaves_nothing_out():
    x = Input((6,), dtype="int32")
    made = Model(x, layers.Dense(2)(layers.Flatten()(layers.Embedding(9, 4, mask_zero=True)(x))))
    table = token_table(made, IDS, str, ["a", "b"], columns=[0, 1], background=BACKGROUND)
    assert table.features[0] == "0"
    assert table.strength[0].all()


def test_names_that_come_again_have_their_number():
    assert told_apart(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]


def test_rows_of_padding_alone_are_refused(model):
    with pytest.raises(ValueError, match=r"Expected rows with tokens\. Received 5 that are padding alone"):
        token_table(model, np.zeros((5, 6), "int32"), str, ["a", "b", "c"], columns=[0, 1, 2], method="gradient")

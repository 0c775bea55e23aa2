"""A row keeps its mask: steps that the model never reads have no credit, and credits add up to what it says."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

import nbviz
from nbviz.attribution.embedding_inputs import embedding_inputs
from nbviz.attribution.outputs import explained_outputs
from nbviz.keras_model.replay import Replay

RANDOM = np.random.default_rng(0)
LENGTHS = RANDOM.integers(2, 7, 20)


def series(filler=0.0):
    x = RANDOM.normal(size=(20, 6, 2)).astype("float32")
    x[np.arange(6) >= LENGTHS[:, None]] = filler
    return x


@pytest.fixture(scope="module", params=[0.0, -1.0], ids=["zeros", "minus ones"])
def masked(request):
    """(model, its layer behind the mask, rows, what fills them up)."""
    keras.utils.set_random_seed(0)
    loop = layers.GRU(3, name="loop")
    model = Sequential([Input((6, 2), name="x"), layers.Masking(request.param), loop, layers.Dense(3, "softmax")])
    return model, loop, series(request.param), request.param


def logits_with_mask_of(masked, row, others):
    """(others, 3): centred logits of other rows, read at the steps of one row; by the layers themselves."""
    model, loop, _, filler = masked
    mask = np.repeat((row != filler).any(axis=-1)[None], len(others), axis=0)
    own = (others != filler).any(axis=-1, keepdims=True)  # a step that is filled up enters as zeros
    p = np.asarray(model.layers[-1](loop(others * own, mask=mask)))
    return np.log(p) - np.log(p).mean(axis=1, keepdims=True)


@pytest.mark.parametrize("method", ["integrated_gradients", "expected_gradients", "gradient_x_input"])
def test_steps_that_are_never_read_have_no_credit(masked, method):
    model, _, x, _ = masked
    credit = nbviz.attributions(model, x, method=method, background=x[:5])
    assert credit.shape == (20, 6, 2, 3)
    read = np.arange(6) < LENGTHS[:, None]
    assert (credit[~read] == 0).all()
    assert (np.abs(credit[read]).max(axis=(-1, -2)) > 0).all()


def test_credits_add_up_to_what_the_model_says_less_what_it_says_of_the_background_read_alike(masked):
    model, _, x, _ = masked
    credit = nbviz.attributions(model, x, method="expected_gradients", background=x[:4], evaluations=400)
    for row in range(6):
        says = logits_with_mask_of(masked, x[row], x[row : row + 1])[0]
        average = logits_with_mask_of(masked, x[row], x[:4]).mean(axis=0)
        np.testing.assert_allclose(credit[row].sum(axis=(0, 1)), says - average, atol=2e-3)


def test_what_exchanges_values_exchanges_those_of_the_input(masked):
    model, _, x, _ = masked
    explained = explained_outputs(model, every_input=True)
    assert [(site.name, site.input, site.path) for site in explained.sites] == [("x", 0, ())]
    table = nbviz.importance(model, x, method="ablation", baseline="mean")
    assert np.isfinite(table.strength).all()


def test_the_explorer_says_the_same_of_a_sample(masked):
    model, _, x, _ = masked
    made = nbviz.explore(model, x)
    made.selected_sample = 3
    assert made.wait(120)
    found = made.diagram.explained.local
    np.testing.assert_allclose(found.end, logits_with_mask_of(masked, x[3], x[3:4])[0], atol=1e-4)
    np.testing.assert_allclose(found.values.sum(axis=0), found.end - found.start, atol=1e-3)
    assert (found.values.reshape(6, 2, 3)[LENGTHS[3] :] == 0).all()
    made.close()


def test_an_input_that_goes_another_way_too_counts_as_it_is():
    x = Input((6, 2), name="x")
    both = layers.Concatenate()([layers.GRU(3)(layers.Masking()(x)), layers.Flatten()(x)])
    reached = embedding_inputs(Replay(Model(x, layers.Dense(2)(both))), 1)
    assert (reached.maskings, reached.outputs) == ({}, {0})
    scaled = layers.GRU(3)(layers.Masking()(layers.Rescaling(0.5)(x)))
    assert embedding_inputs(Replay(Model(x, layers.Dense(2)(scaled))), 1).maskings == {}

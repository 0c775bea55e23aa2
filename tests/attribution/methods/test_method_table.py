import re

import keras
import numpy as np
import pytest

import nbviz
from nbviz.attribution.methods.method_table import find_method

NAMES = [
    "expected_gradients", "integrated_gradients", "gradient", "gradient_x_input", "smoothgrad", "deeplift", "lrp",
    "ablation", "column_shuffle", "permutation", "shapley", "connection_weights", "garson",
]  # fmt: skip
READS = {
    "set of rows": ["expected_gradients"],
    "one row": ["integrated_gradients", "deeplift", "ablation", "shapley"],
}


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(5, "relu"), keras.layers.Dense(3, activation="softmax")]
    )


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(5).normal(size=(40, 4)).astype("float32")


def test_the_thirteen_methods_have_their_fixed_names_the_default_first():
    assert list(nbviz.METHODS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_method_names_its_paper_with_a_year_and_says_what_it_does_in_one_line(name):
    method = nbviz.METHODS[name]
    assert re.search(r"[A-Z]\w+.* (19|20)\d\d", method.paper)
    assert method.line.endswith(".")
    assert len(method.line) <= 110
    assert method.function.__name__ == name


@pytest.mark.parametrize("name", [name for name in NAMES if nbviz.METHODS[name].kind != "weights"])
@pytest.mark.filterwarnings("ignore:Correlated")
def test_a_method_depends_on_just_the_reference_that_it_says_it_reads(model, x, name):
    def strength(**reference):
        return nbviz.importance(model, x, np.arange(40) % 3, method=name, **reference).strength

    plain = strength()
    other_rows = not np.array_equal(strength(background=x[:20] + 3), plain)
    other_baseline = not np.array_equal(strength(baseline=x[:1]), plain)
    reads = nbviz.METHODS[name].reads
    assert other_baseline == (reads == "one row")
    # The mean baseline is that of the background; smoothgrad's noise has its spread.
    assert other_rows == (reads != "none" or name == "smoothgrad")
    assert (name in READS.get(reads, [])) == (reads != "none")


def test_an_unknown_method_is_answered_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"Expected method among \['expected_gradients', .*'garson'\]. Received 'shap'"
    ):
        find_method("shap")


@pytest.mark.parametrize("name", ["connection_weights", "garson"])
def test_methods_of_the_weights_need_no_data(model, name):
    table = nbviz.importance(model, None, method=name, feature_names=list("abcd"), class_names=["low", "mid", "high"])
    assert list(table.to_frame().index) == list("abcd")
    assert np.allclose(table.to_frame().sum(), 1)
    assert table.standard_error is None


def test_connection_weights_are_centred_over_the_classes_and_keep_their_sign_as_direction(model):
    kernels = [layer.kernel.numpy().astype(float) for layer in model.layers]
    product = kernels[0] @ kernels[1]
    centred = product - product.mean(axis=1, keepdims=True)
    table = nbviz.importance(model, None, method="connection_weights")
    assert np.allclose(table.strength, np.abs(centred), rtol=1e-6)
    assert np.array_equal(table.direction, np.sign(centred))

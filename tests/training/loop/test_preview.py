import numpy as np
import pytest

from nbviz.training.loop.preview import layer_changes

KERNEL, BIAS = np.array([[1.0, -2.0], [0.5, 0.5]], "float32"), np.array([4.0, 0.0], "float32")


def moved(kernel=(), bias=()):
    """The same weights, with some changed: (place, by how much) each."""
    kernel_after, bias_after = KERNEL.copy(), BIAS.copy()
    for place, by in kernel:
        kernel_after[place] += by
    for place, by in bias:
        bias_after[place] += by
    return {"h": (kernel_after, bias_after)}


def test_the_change_is_the_sum_of_sizes_and_its_share_that_of_the_sum_of_weights():
    (change,) = layer_changes({"h": (KERNEL, BIAS)}, moved([((0, 1), 0.5), ((1, 0), -0.25)], [(0, 0.25)]), {})
    assert (change["layer"], change["change"]) == ("h", 1.0)
    assert change["share"] == 1.0 / (1 + 2 + 0.5 + 0.5 + 4)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({}, "unit 0 → unit 1"),
        ({"h": (["proline", "ash"], None)}, "proline → unit 1"),
        ({"h": (["proline", "ash"], ["u", "v"])}, "proline → v"),
        ({"h": (None, ["u"])}, "unit 0 → unit 1"),  # names that no longer fit
    ],
)
def test_the_weight_that_changes_most_has_the_names_of_its_units(names, words):
    (change,) = layer_changes({"h": (KERNEL, BIAS)}, moved([((0, 1), -0.75)], [(0, 0.5)]), names)
    assert (change["largest"], change["before"], change["after"]) == (words, -2.0, -2.75)


def test_a_bias_may_change_most():
    (change,) = layer_changes({"h": (KERNEL, BIAS)}, moved([((0, 1), 0.5)], [(1, -0.75)]), {"h": (None, ["u", "v"])})
    assert (change["largest"], change["before"], change["after"]) == ("bias of v", 0.0, -0.75)


def test_a_weight_of_a_convolution_is_told_by_its_filter_and_its_place_there():
    kernel = np.zeros((3, 2, 1, 4))
    after = kernel.copy()
    after[2, 1, 0, 3] = 1.0
    (change,) = layer_changes({"c": (kernel, None)}, {"c": (after, None)}, {})
    assert change["largest"] == "unit 3, at 2, 1, 0"
    assert change["share"] is None  # of nothing


def test_numbers_that_are_none_are_not_told():
    (change,) = layer_changes({"h": (KERNEL, BIAS)}, moved([((0, 0), np.inf)]), {})
    assert (change["change"], change["share"], change["before"], change["after"]) == (0.0, None, 1.0, 0.0)


def test_layers_keep_their_order():
    both = {"b": (KERNEL, BIAS), "a": (KERNEL, None)}
    assert [change["layer"] for change in layer_changes(both, both, {})] == ["b", "a"]

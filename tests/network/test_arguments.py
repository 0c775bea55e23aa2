import math
import re

import numpy as np
import pandas as pd
import pytest

from nbviz.network.arguments import a_list, one_of, real_number, whole_number


def test_what_fits_comes_back_as_plain_values():
    assert whole_number("rows", np.int64(3)) == 3
    assert whole_number("seed", 0, 0) == 0
    assert real_number("share", 1, 0, 1) == 1.0
    assert one_of("rank", "weight", ["weight", "norm"]) == "weight"
    for given in (["a", "b"], ("a", "b"), np.array(["a", "b"]), pd.Index(["a", "b"]), pd.Series(["a", "b"])):
        assert a_list("names", given, "names") == ["a", "b"]


@pytest.mark.parametrize("value", [0, -1, 2.5, math.inf, math.nan, "16", True, None, [1], {1}])
def test_what_is_no_whole_number_is_named(value):
    with pytest.raises(ValueError, match=r"^Expected rows as a whole number of at least 1\. Received .+\.$"):
        whole_number("rows", value)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, "0.5", True, None])
def test_what_is_no_share_is_named(value):
    with pytest.raises(ValueError, match=r"^Expected share from 0 to 1\. Received"):
        real_number("share", value, 0, 1)


@pytest.mark.parametrize(
    ("value", "named"),
    [("abc", "'abc'"), (5, "5"), (None, "None"), ({1}, "a set"), ((i for i in "ab"), "a generator"), ({}, "{}"),
     (np.zeros((2, 2)), "an array of shape (2, 2)")],
)  # fmt: skip
def test_what_is_no_list_is_named(value, named):
    with pytest.raises(ValueError, match=re.escape(f"Expected groups as a list of columns. Received {named}")):
        a_list("groups", value, "columns")


def test_an_unknown_word_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match=r"Expected rank among \['weight'\]\. Received \['weight'\]\."):
        one_of("rank", ["weight"], ["weight"])

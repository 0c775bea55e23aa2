import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.table import strengths
from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.strengths import Strengths


@pytest.mark.parametrize(("most", "stays"), [(15, False), (16, True)])
def test_a_large_sample_is_let_go_of_once_the_direction_is_known(monkeypatch, most, stays):
    monkeypatch.setattr(strengths, "_MOST_KEPT", most)
    sample = LocalSample(np.array([[[1]], [[30]], [[20]], [[4000]]], "float32"), np.array([[0.1], [0.2], [0.3], [0.4]]))
    made = Strengths(
        np.ones((1, 1)), None, pd.Index(["a"]), pd.Index(["yes"]), {"direction": "spearman"}, sample=sample
    )
    # Ranks 1 3 2 4 against 1 2 3 4: 1 - 6 (0 + 1 + 1 + 0) / (4 (16 - 1)) = 0.8.
    for _ in range(2):
        assert made.direction.item() == pytest.approx(0.8)
        assert (made.sample is sample) == stays

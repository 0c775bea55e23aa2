import numpy as np
import pytest

from nbviz.attribution.explain import attributions, importance
from tests.attribution.reference import random_net, random_rows, to_keras


def test_the_gap_is_the_mean_distance_from_completeness_over_the_mean_change():
    net = random_net(6, 16, 16, 3, activation="tanh", scale=2.0)
    model, x = to_keras(net), random_rows(100, 6)
    given = {"method": "integrated_gradients", "steps": 3}
    credits = attributions(model, x, **given)
    change = net.answers(x) - net.answers(x.astype(float).mean(axis=0, keepdims=True))
    expected = np.abs(credits.sum(axis=1) - change).mean() / np.abs(change).mean()
    assert importance(model, x, **given).attrs["completeness_gap"] == pytest.approx(expected, rel=1e-3)
    assert expected > 1e-3
    # and for two of the classes alone
    expected = np.abs(credits.sum(axis=1) - change)[:, [2, 0]].mean() / np.abs(change)[:, [2, 0]].mean()
    found = importance(model, x, classes=[2, 0], **given).attrs["completeness_gap"]
    assert found == pytest.approx(expected, rel=1e-3)


def test_methods_that_need_not_add_up_have_no_gap():
    model, x = to_keras(random_net(3, 4, 2)), random_rows(6, 3)
    for method in ("gradient", "gradient_x_input", "smoothgrad", "lrp", "ablation", "column_shuffle"):
        assert importance(model, x, method=method).attrs["completeness_gap"] is None

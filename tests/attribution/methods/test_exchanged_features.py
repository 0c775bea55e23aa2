import keras
import numpy as np

from nbviz.attribution.explain import attributions
from tests.attribution import reference


def close(found, expected, tolerance=1e-5):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


def test_summed_axes_are_exchanged_as_a_whole():
    keras.utils.set_random_seed(2)
    flat = keras.layers.Flatten()
    model = keras.Sequential(
        [keras.Input((2, 3)), flat, keras.layers.Dense(5, "relu"), keras.layers.Dense(2, "softmax")]
    )
    net = reference.to_net(model)
    x = np.random.default_rng(1).normal(size=(6, 2, 3)).astype("float32")
    rows, zero = x.reshape(6, 6), np.zeros((1, 6))
    for axes, groups in (((1,), [[0, 1, 2], [3, 4, 5]]), ((0,), [[0, 3], [1, 4], [2, 5]]), ((0, -1), [list(range(6))])):
        for method in ("ablation", "shapley"):
            found = attributions(model, x, method=method, baseline="zero", sum_axes=axes)
            close(found, getattr(reference, method)(net.answers, rows, zero, groups))
        found = attributions(model, x, method="gradient_x_input", sum_axes=axes)
        whole = net.gradient(rows) * rows[:, :, None]
        close(found, np.stack([whole[:, members].sum(axis=1) for members in groups], axis=1))

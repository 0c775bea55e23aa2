"""After a call of SHAP that failed: the picture is drawn, and what needs slopes says what happened."""

import re
import types

import keras
import numpy as np
import pytest
from keras import layers
from tensorflow.python.framework import ops

from nbviz import NetworkDiagram, activations, importance, layer_importance
from nbviz.attribution.methods.grad_cam import grad_cam
from nbviz.keras_model.gradient_registry import check_gradients, replaced_gradients

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
CAUSE = re.escape(
    "Expected TensorFlow's own gradients. Received those of SHAP for MatMul, Relu, which a call of shap that failed "
    "has left behind: training and explanations go wrong until the kernel is restarted."
)


@pytest.fixture
def left_behind(monkeypatch):
    """Gradients as `shap.explainers._deep.deep_tf.TFDeep` puts them into the registry, bound methods of it."""

    def custom_grad(self, op, *grads):
        raise AttributeError("'TFDeep' object has no attribute 'between_ops'")

    custom_grad.__module__ = "shap.explainers._deep.deep_tf"
    of_shap = types.MethodType(custom_grad, object())
    registry = ops.gradient_registry._registry
    for name in ("Relu", "MatMul"):
        monkeypatch.setitem(registry, name, {**registry[name], "type": of_shap})
        monkeypatch.setitem(registry, f"shap_{name}", {**registry[name], "type": of_shap})


def net():
    parts = [keras.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(3, activation="softmax", name="y")]
    return keras.Sequential(parts)


def test_a_process_without_shap_has_its_own_gradients():
    assert replaced_gradients() == []
    check_gradients()


@pytest.mark.usefixtures("left_behind")
def test_the_diagram_still_draws_and_what_compares_values_still_answers():
    model = net()
    diagram = NetworkDiagram(model, X).show(0)
    assert "<svg" in diagram.to_svg()
    np.testing.assert_allclose(activations(model, X)["y"], np.asarray(model(X)), atol=1e-6)
    assert importance(model, X, method="ablation").to_frame().shape == (4, 3)


@pytest.mark.usefixtures("left_behind")
def test_what_needs_slopes_names_cause_and_cure():
    model = net()
    with pytest.raises(RuntimeError, match=CAUSE):
        importance(model, X, method="expected_gradients")
    with pytest.raises(RuntimeError, match=CAUSE):
        layer_importance(model, X)
    pictures = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten(), layers.Dense(2)]
    )
    with pytest.raises(RuntimeError, match=CAUSE):
        grad_cam(pictures, np.ones((1, 6, 6, 1), "float32"), "c")


@pytest.mark.usefixtures("left_behind")
def test_a_diagram_that_is_asked_for_contributions_tells_it_in_the_diagram():
    diagram = NetworkDiagram(net(), X)
    diagram.edge_meaning = "contribution"
    diagram.show(0)
    assert diagram.wait(60)
    assert re.search(CAUSE, diagram.explanation_error)

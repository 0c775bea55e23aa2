import keras
import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.checks.shadow_training import read_targets, training_loss, training_optimizer
from nbviz.keras_model import ModelReader
from tests.attribution.checks.shadowed import FEW_Y, network


def targets(model, y, rows=80):
    return read_targets(y, rows, ModelReader(model).architecture.outputs[0], loss_of(model))


def loss_of(model):
    return training_loss(model, ModelReader(model).architecture.outputs[0])


SAME_CLASSES = {
    "one-hot": np.eye(3)[FEW_Y],
    "labels": np.array(["a", "b", "c"])[FEW_Y],
    "labels as pandas has them": pd.Series(np.array(["a", "b", "c"])[FEW_Y], dtype="category"),
    "numbers from 1": (FEW_Y + 1).tolist(),
    "a column": FEW_Y[:, None],
}


@pytest.mark.parametrize("form", SAME_CLASSES)
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", keras.losses.CategoricalCrossentropy()])
def test_classes_may_be_written_in_any_way(form, loss):
    model = network(optimizer="adam", loss=loss)
    seen = [targets(model, y) for y in (FEW_Y, SAME_CLASSES[form])]
    assert seen[0].shape == ((80,) if isinstance(loss, str) else (80, 3))
    assert np.array_equal(*seen)


REFUSED_Y = {
    r"one entry for each of the 80 rows of x. Received shape \(79,\)": FEW_Y[1:],
    "missing or infinite values in 1 of 80 rows, the first in row 2": np.where(np.arange(80) == 2, np.nan, FEW_Y),
    "missing or infinite values in 1 of 80 rows, the first in row 0": [None, *FEW_Y[1:].tolist()],
    "with 3 classes: indices from 0 to 2.*Received 2 different: 'a', 'b'": np.array(["a", "b"])[FEW_Y % 2],
    r"Expected y of shape \(80, 3\).*Received shape \(80, 4\)": np.eye(4)[FEW_Y],
    "labels that cannot be sorted": np.array(["a", *FEW_Y[1:].tolist()], object),
}


@pytest.mark.parametrize("message", REFUSED_Y)
def test_a_wrong_y_is_refused(message):
    with pytest.raises(ValueError, match=message):
        targets(network(), REFUSED_Y[message])


def test_text_is_no_answer_of_a_regression():
    with pytest.raises(ValueError, match="Expected numbers in y"):
        targets(network(units=1, activation=None), FEW_Y.astype(str))


@pytest.mark.parametrize(
    ("units", "activation", "loss"),
    [
        (3, "softmax", "sparse_categorical_crossentropy"),
        (1, "sigmoid", "binary_crossentropy"),
        (1, None, "mean_squared_error"),
    ],
)
def test_a_model_that_is_not_compiled_has_the_loss_of_its_head(units, activation, loss):
    assert loss_of(network(units=units, activation=activation)) == loss


def test_logits_that_only_the_user_calls_so_have_the_loss_of_logits():
    model = network(units=3, activation=None)
    (head,) = ModelReader(model, output_kind="logits").architecture.outputs
    loss = training_loss(model, head)
    z, y = np.array([[2.0, 0.0, -1.0]]), np.array([1])
    by_hand = np.log(np.exp(z).sum()) - z[0, 1]
    assert float(loss(y, z)) == pytest.approx(by_hand, rel=1e-6)


def test_the_optimizer_has_the_models_settings_and_none_of_its_state():
    model = network(optimizer=keras.optimizers.SGD(0.05, momentum=0.5), loss="mse")
    made = training_optimizer(model)
    assert type(made) is keras.optimizers.SGD
    assert made is not model.optimizer
    assert (float(made.learning_rate), made.momentum) == (pytest.approx(0.05), 0.5)
    assert not made.built
    assert type(training_optimizer(network())) is keras.optimizers.Adam

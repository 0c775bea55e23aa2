"""What tests of the noise floor share: data whose truth is planted, and networks for them."""

import numpy as np
from keras import Input, Sequential, layers

TRUE = 3


def planted(rows: int = 600, features: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Rows, of whose features 3 carry the classes and the others nothing; and the classes."""
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(rows, features)).astype("float32")
    logits = 2 * x[:, :TRUE] + 0.5 * numbers.gumbel(size=(rows, TRUE))  # feature f speaks for class f
    return x, logits.argmax(axis=1)


def network(
    *before: layers.Layer,
    features: int = 4,
    hidden: int = 8,
    units: int = 3,
    activation: str | None = "softmax",
    **compiled: object,
) -> Sequential:
    """A network with dropout behind these layers, compiled if anything is said of that."""
    inside = [layers.Dense(hidden, activation="relu", name="h"), layers.Dropout(0.2, name="d")]
    head = layers.Dense(units, activation=activation, name="y")
    model = Sequential([Input((features,), name="x"), *before, *inside, head], name="net")
    if compiled:
        model.compile(**compiled)
    return model


X, Y = planted()
FEW, FEW_Y = X[:80, :4], Y[:80]

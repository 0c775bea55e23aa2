"""What tests of an explorer share: a small classifier, trained, and its explorer."""

from collections.abc import Iterator

import ipywidgets
import keras
import pytest

from nbviz import ModelExplorer, explore
from tests.explorer.small_classifier import BACKGROUND, CLASSES_OF_IMAGES, IMAGES, LONG, NAMES, X, Y, convnet, mlp


@pytest.fixture
def no_widget_outlives_its_test() -> Iterator[None]:
    before = set(ipywidgets.widgets.widget._instances)
    yield
    for name, widget in list(ipywidgets.widgets.widget._instances.items()):
        if name not in before:
            widget.close()


@pytest.fixture(scope="module")
def classifier() -> keras.Model:
    net = mlp()
    net.fit(X.to_numpy(), Y, epochs=15, verbose=0)
    return net


@pytest.fixture
def explored(classifier: keras.Model, no_widget_outlives_its_test: None) -> ModelExplorer:
    made = explore(classifier, X, Y, class_names=NAMES, background=BACKGROUND)
    assert made.wait(LONG)
    return made


@pytest.fixture
def own(no_widget_outlives_its_test: None) -> tuple[keras.Model, ModelExplorer]:
    """A model that a test may spoil, and its explorer."""
    net = mlp(seed=2)
    made = explore(net, X, Y, class_names=NAMES)
    assert made.wait(LONG)
    return net, made


@pytest.fixture(scope="module")
def of_images() -> ModelExplorer:
    """The explorer of a model with convolutions; a test sets back what it selects."""
    made = explore(convnet(), IMAGES, CLASSES_OF_IMAGES, class_names=NAMES)
    assert made.wait(LONG)
    return made

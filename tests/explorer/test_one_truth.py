"""Whatever is done with an explorer, all of it shows the live model: what a fresh explorer of it would show.

Every step is checked against `model.predict` and `model.evaluate`; against a fresh explorer at each eighth step, or at
every one with `NBVIZ_DEEP=1`, which also makes the runs 300 steps long.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import ipywidgets
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from keras import Input, Sequential, layers

from nbviz import ModelExplorer, explore
from tests.explorer.page_of_links import PageOfLinks
from tests.explorer.random_actions import Session
from tests.explorer.shown_state import differences, shown_state
from tests.explorer.small_classifier import LONG

DEEP = bool(os.environ.get("NBVIZ_DEEP"))
STEPS, FRESH_EVERY = (300, 1) if DEEP else (40, 8)
ROWS = 16
DRAWS = np.random.default_rng(7)


class Case(NamedTuple):
    """A model, made anew by each call, and its rows."""

    build: Callable[[], keras.Model]
    x: Any
    y: np.ndarray


def classifier() -> keras.Model:
    """Rows of a table to three classes, with a model inside the model."""
    deeper = [layers.Dense(4, activation="relu", name="a"), layers.Dense(5, activation="tanh", name="b")]
    inside = Sequential([Input((5,), name="i"), *deeper], name="inside")
    net = Sequential(
        [
            Input((4,), name="x"),
            layers.Dense(5, activation="relu", name="h"),
            layers.BatchNormalization(name="normal"),
            inside,
            layers.Dropout(0.2, name="drop"),
            layers.Dense(3, activation="softmax", name="y"),
        ],
        name="classifier",
    )
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def regression() -> keras.Model:
    """Two inputs to one number."""
    one, other = Input((3,), name="one"), Input((2,), name="other")
    hidden = layers.Dense(4, activation="tanh", name="h")(layers.Concatenate(name="join")([one, other]))
    net = keras.Model([one, other], layers.Dense(1, name="y")(hidden), name="regression")
    net.compile("sgd", "mse")
    return net


def convnet() -> keras.Model:
    """Small images to two classes."""
    net = Sequential(
        [
            Input((5, 5, 1), name="image"),
            layers.Conv2D(3, 3, activation="relu", name="edges"),
            layers.Conv2D(2, 2, activation="relu", name="corners"),
            layers.Flatten(name="flat"),
            layers.Dense(2, activation="softmax", name="y"),
        ],
        name="convnet",
    )
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def numbers(*shape: int) -> np.ndarray:
    """Drawn once."""
    return DRAWS.normal(size=(ROWS, *shape)).astype("float32")


CASES = {
    "classifier": Case(classifier, numbers(4), DRAWS.integers(0, 3, ROWS)),
    "regression": Case(regression, [numbers(3), numbers(2)], numbers(1)[:, 0]),
    "convnet": Case(convnet, numbers(5, 5, 1), DRAWS.integers(0, 2, ROWS)),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    before = set(ipywidgets.widgets.widget._instances)
    yield CASES[request.param]
    for name, widget in list(ipywidgets.widgets.widget._instances.items()):
        if name not in before:
            widget.close()


@pytest.mark.slow
@settings(
    max_examples=2,  # of which the first is the simplest, which is one step
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_all_that_an_explorer_shows_is_of_the_live_model(case: Case, data: st.DataObject) -> None:
    keras.utils.set_random_seed(3)
    model, twin = case.build(), case.build()
    session = Session(explore(model, case.x, case.y), model, case.x, case.y)
    before = state(model)
    for step in range(data.draw(st.sampled_from([1, *[STEPS] * 20]))):
        session.act(data.draw)
        if not session.trained:
            assert state(model) == before, session.done
        session.settle(looks=session.hidden)
        before = state(model) if session.trained else before
        assert state(model) == before, session.done
        try:
            check_against_the_model(session)
            if step % FRESH_EVERY == FRESH_EVERY - 1:
                fresh = fresh_explorer(session, twin)
                found = differences(shown_state(session.explorer), shown_state(fresh))
                close(fresh)
                assert found == []
        except AssertionError as error:
            raise AssertionError(f"{error}\nafter {session.done}") from error
    close(session.explorer)


def check_against_the_model(session: Session) -> None:
    """Against what Keras says itself."""
    explorer, model = session.explorer, session.model
    given = session.x if isinstance(session.x, list) else [session.x]
    if explorer.what_if is not None:
        row = explorer.what_if.row.astype("float32")[None]
        rows = [row[:, :3], row[:, 3:]] if len(given) > 1 else [row]
        given = [np.concatenate(pair) for pair in zip(given, rows, strict=True)]
    answers = model.predict(given if len(given) > 1 else given[0], verbose=0, batch_size=64)
    predicted, answer = answers[:ROWS], answers[-1]
    assert explorer.error is None
    ids = sum(layer["units"] for layer in explorer.diagram.network["layers"])
    assert explorer.selected_unit is None or 0 <= explorer.selected_unit < ids
    frames = {part.shown_frame for part in (explorer.diagram, explorer.matrix, explorer.training.trainer)}
    assert len(frames) == 1, frames
    picked = np.frombuffer(explorer.sample_picker.numbers, "<f4")
    if explorer.confusion is None:
        np.testing.assert_allclose(picked.reshape(2, -1)[0], predicted[:, 0], rtol=1e-4, atol=1e-5)
    else:
        np.testing.assert_allclose(picked.reshape(predicted.shape), predicted, rtol=1e-4, atol=1e-5)
        counts = np.zeros_like(explorer.confusion.counts)
        np.add.at(counts, (session.y, predicted.argmax(axis=1)), 1)
        assert explorer.confusion.counts.tolist() == counts.tolist()
        if session.trained:
            accuracy = model.evaluate(session.x, session.y, verbose=0, return_dict=True)["accuracy"]
            assert np.trace(counts) / len(session.y) == pytest.approx(accuracy)
        assert explorer.predicted_classes().tolist() == predicted.argmax(axis=1).tolist()
    if explorer.comparison is not None:
        rows = explorer.comparison.compared_samples
        said = predicted[rows]
        if explorer.confusion is not None:
            said = np.log(said) - np.log(said).mean(axis=1, keepdims=True)
        own = [column for column in explorer.comparison.columns if column.sample is not None]
        ends = [column.explained.local.end for column in own]
        assert [column.sample for column in own] == rows
        np.testing.assert_allclose(np.reshape(ends, said.shape), said, rtol=1e-3, atol=1e-4)
    if explorer.what_if is not None:
        dots = explorer.what_if.curve._dots.y
        np.testing.assert_allclose(np.sort(dots), np.sort(answer), rtol=1e-4, atol=1e-5)
        if explorer.mean_of is not None:
            rows = session.y == explorer.mean_of[0]
            ends = np.log(predicted[rows]) - np.log(predicted[rows]).mean(axis=1, keepdims=True)
            np.testing.assert_allclose(explorer.waterfall.sample.local.end, ends.mean(axis=0), rtol=1e-3, atol=1e-4)
        elif explorer.waterfall is not None and explorer.waterfall.sample is not None:
            end = np.log(answer) - np.log(answer).mean() if explorer.confusion is not None else answer
            np.testing.assert_allclose(explorer.waterfall.sample.local.end, end, rtol=1e-3, atol=1e-4)


def fresh_explorer(session: Session, twin: keras.Model) -> ModelExplorer:
    """An explorer of a model with these weights, turned to what the other one is turned to."""
    live = session.explorer
    twin.set_weights(session.model.get_weights())
    fresh = explore(twin, session.x, session.y, method=live.matrix.method)
    page = PageOfLinks()
    page.set(fresh.diagram, opened=live.diagram.opened)
    if live.what_if is not None:
        if live._links._base is None:
            fresh.diagram.show(fresh._data.inputs_of(live.what_if._sample), name=live.what_if.sample_name)
        else:
            fresh.selected_sample = live._links._base
        page.set(fresh.what_if._chosen, index=dict(_places(fresh))[live.what_if.feature])
        fresh.what_if._put(live.what_if.row)
    elif live.waterfall is not None and live._panels.samples.asked is not None:
        asked = live._panels.samples.asked  # it stays in the waterfall while the diagram shows the mean
        fresh.diagram.show(asked.given, name=None if asked.sample is not None else asked.name)
    if live.layers.maps is not None:
        page.set(fresh.layers.maps, layer=live.layers.maps.layer, overlay=live.layers.maps.overlay)
    if live.weights.kernels is not None:
        page.set(fresh.weights.kernels, layer=live.weights.kernels.layer)
    assert fresh.wait(LONG)
    page.settle()
    page.set(fresh.matrix, layer=live.matrix.layer, sort=live.matrix.sort)
    seen = live.diagram.frames.observation
    if seen.row is not None:
        fresh.diagram.show(seen.row if len(seen.row) > 1 else seen.row[0], name=seen.sample_name)
    else:
        fresh.diagram.show(seen.selected)
    fresh.mean_of = live.mean_of
    if live.comparison is not None:
        page.set(fresh.sample_picker, compared_samples=live.comparison.compared_samples)
    page.set(
        fresh.diagram,
        selected_unit=live.diagram.selected_unit,
        selected_class=live.diagram.selected_class,
        edge_meaning=live.diagram.edge_meaning,
    )
    for _ in range(2):
        assert fresh.wait(LONG)
        page.settle()
    return fresh


def _places(explorer: ModelExplorer) -> list[tuple[int, int]]:
    return [(feature, place) for place, (_, feature) in enumerate(explorer.what_if._chosen.options)]


def close(explorer: ModelExplorer) -> None:
    """Let go of an explorer."""
    explorer.training.trainer.close()
    explorer.close()


def state(model: keras.Model) -> list[bytes]:
    """All that looking must not change."""
    return [np.asarray(variable).tobytes() for variable in [*model.variables, *model.optimizer.variables]]

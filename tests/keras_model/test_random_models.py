"""A property of reading: whatever Keras builds is shown as Keras computes it, or refused in a sentence, and left alone.

Seeded; `NBVIZ_RANDOM_MODELS=3000` tries more models, `NBVIZ_RANDOM_FROM=5000` others, and with `NBVIZ_RANDOM_DEEP=1`
every check is made of every model, where otherwise the slow ones are made of a part of them.
"""

import collections
import os
import re
import xml.etree.ElementTree as ET

import keras
import numpy as np
import pytest

from nbviz import NetworkDiagram, activations, describe, importance, weights
from tests.keras_model.random_models import Random, random_model

COUNT = int(os.environ.get("NBVIZ_RANDOM_MODELS", "300"))
FIRST = int(os.environ.get("NBVIZ_RANDOM_FROM", "0"))
DEEP = bool(os.environ.get("NBVIZ_RANDOM_DEEP"))
BATCH = 25  # models of one test
# Words of Keras and TensorFlow, and of Python's own errors, that say nothing to a user of nbviz.
FOREIGN = re.compile(
    r"Graph execution|\btf\.|KerasTensor|dtype object|Exception encountered|\{\{|NodeDef|Arguments received|NoneType|"
    r"has no attribute|\bTensor\(|not enough values|cannot unpack|could not be broadcast|list index|\n"
)
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def seen():
    """What all models together had in them."""
    return collections.Counter()


def numpy_of(value):
    array = np.asarray(keras.ops.convert_to_numpy(value))
    return array.astype("float64") if array.dtype.kind in "fV" else array


def tensors_of(x):
    rows = list(x.values()) if isinstance(x, dict) else [x]
    return [keras.ops.convert_to_tensor(array) for array in rows]


def state_of(model):
    """Bytes of everything that looking must not change: weights, seeds, optimizer."""
    variables = [*model.variables, *getattr(getattr(model, "optimizer", None), "variables", ())]
    return [np.asarray(keras.ops.convert_to_numpy(variable)).tobytes() for variable in variables]


def own_activations(made: Random):
    """Name of a layer -> what it returns in Keras' own run of the graph, of the layers that are called once."""
    model = made.model
    names = [
        layer.name
        for layer in model.layers
        if len(layer._inbound_nodes) == 1 and not isinstance(layer, keras.layers.InputLayer)
    ]
    if not names:
        return {}
    part = keras.Model(model.inputs, [model.get_layer(name).output for name in names], name="apart")
    returned = part(tensors_of(made.x), training=False)
    return dict(zip(names, returned if isinstance(returned, list) else [returned], strict=True))


def answer_or_sentence(what, call):
    """What a call returns; None if it refuses in words that a user understands."""
    try:
        return call()
    except (ValueError, TypeError) as refusal:
        check_words(what, str(refusal))
        return None


def check_words(what, words):
    assert words.startswith("Expected "), f"{what}: {words[:300]}"
    assert not FOREIGN.search(words), f"{what}: {words[:300]}"
    assert len(words) < 600, f"{what}: {words[:300]}"


def check(made: Random, seed: int):
    model, x = made.model, made.x
    rows = tensors_of(x)
    own = [numpy_of(value) for value in keras.tree.flatten(model(rows[0] if len(rows) == 1 else rows, training=False))]
    # Before the state is looked at: some layers of Keras draw from their seed even where they change nothing.
    expected = {} if "subclassed" in made.layers else own_activations(made)
    tolerance = TOLERANCE
    if any(layer.compute_dtype == "bfloat16" for layer in model._flatten_layers()):
        tolerance = 0.03  # eight bits, and compiled functions round at other places
    before = state_of(model)
    answer_or_sentence("describe", lambda: describe(model))
    found = answer_or_sentence("activations", lambda: activations(model, x))
    if found is not None and "subclassed" not in made.layers:
        assert set(expected) <= set(found)
        for name, value in expected.items():
            close(name, found[name], numpy_of(value), tolerance)
    elif found is not None:
        same = [array for array in found.values() if array.shape == own[0].shape]
        assert any(np.allclose(array, own[0], atol=tolerance) for array in same)
    for layer in model.layers:
        answer_or_sentence("weights", lambda layer=layer: weights(model, layer))
    if DEEP or seed % 4 == 0:
        diagram = answer_or_sentence("draw", lambda: NetworkDiagram(model, x))
        if diagram is not None:
            ET.fromstring(diagram.to_svg())
            ET.fromstring(diagram.show(1).to_svg())
            diagram.close()
    else:
        ET.fromstring(answer_or_sentence("draw", lambda: NetworkDiagram(model).to_svg()) or "<svg/>")
    methods = ("ablation", "gradient_x_input")
    for method in methods if DEEP else methods[seed % 6 : seed % 6 + 1]:
        answer_or_sentence(method, lambda method=method: importance(model, x, method=method))
    assert state_of(model) == before


def close(name, found, expected, tolerance):
    assert found.shape == expected.shape, f"{name}: {found.shape}, Keras returns {expected.shape}"
    if expected.dtype.kind == "f" and expected.size:
        scale = max(1.0, float(np.nanmax(np.abs(expected), initial=0)))
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale, err_msg=name)
    elif expected.dtype.kind in "biu":
        np.testing.assert_array_equal(found, expected, err_msg=name)


def runs(made: Random):
    """Whether Keras itself can run the model: some layers build with what they then cannot take."""
    rows = tensors_of(made.x)
    try:
        made.model(rows[0] if len(rows) == 1 else rows, training=False)
    except Exception:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("start", range(FIRST, FIRST + COUNT, BATCH))
def test_random_models_are_shown_as_keras_computes_them_or_refused_and_left_alone(start, seen):
    tried = 0
    for seed in range(start, min(start + BATCH, FIRST + COUNT)):
        made = random_model(seed)
        if not runs(made):
            continue
        tried += 1
        seen.update(made.layers)
        try:
            check(made, seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}, with {sorted(made.layers)}: {error}") from error
    assert tried > BATCH / 2
    keras.backend.clear_session(free_memory=False)


@pytest.mark.slow
@pytest.mark.skipif(COUNT < 300, reason="few models have few kinds of layers")
def test_the_random_models_have_nearly_every_kind_of_layer(seen):
    assert len(seen) > 120, sorted(seen)

"""What layers return: expected numbers come from calling the layers one by one."""

import re

import keras
import numpy as np
import pandas as pd
import pytest

from nbviz import activations
from tests.keras_model.models import ROW, Block, both_states, called, conv, dict_inputs, mlp, rows, shared


def test_the_last_activations_are_what_the_model_answers(any_model):
    x = rows(any_model)
    given = dict(zip(sorted(("a", "b")), x, strict=True)) if isinstance(x, list) else x
    if isinstance(x, list) and not isinstance(getattr(any_model, "input", {}), dict):
        given = x
    if isinstance(x, np.ndarray) and x.dtype.kind == "O":
        given = keras.ops.convert_to_tensor(x.astype(str))
    answers = [keras.ops.convert_to_numpy(t) for t in keras.tree.flatten(any_model(given, training=False))]
    found = list(activations(any_model, x).values())
    for answer in answers[:1] if not hasattr(any_model, "outputs") else answers:
        errors = [
            np.abs(values.astype(float) - answer.astype(float)).max()
            for values in found
            if values.shape == answer.shape
        ]
        assert min(errors) < (0.02 if answer.dtype.itemsize < 4 else 1e-5)


def test_activations_are_those_of_each_layer_called_by_hand():
    model = mlp()
    x = rows(model)
    hidden = model.layers[0](x)
    found = activations(model, x)
    assert list(found) == ["h", "y"]
    assert found["h"] == pytest.approx(keras.ops.convert_to_numpy(hidden), abs=1e-6)
    assert found["y"] == pytest.approx(keras.ops.convert_to_numpy(model.layers[1](hidden)), abs=1e-6)


@pytest.mark.parametrize("wanted", ["h", ["h"], ("y", "h"), []])
def test_only_the_layers_asked_for_come_back(wanted):
    model = mlp()
    found = activations(model, rows(model), wanted)
    assert list(found) == ([wanted] if isinstance(wanted, str) else list(wanted))
    if "h" in found:
        assert found["h"].shape == (6, 5)


def test_an_unknown_layer_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match=re.escape("Expected layers among ['h', 'y']. Received ['z'].")):
        activations(mlp(), ROW, ["h", "z"])


def test_layers_passed_through_have_activations_of_their_own():
    found = activations(conv(), np.ones((2, 8, 8, 3)) * 255)
    rescaled = next(values for name, values in found.items() if name.startswith("rescaling"))
    assert rescaled.shape == (2, 8, 8, 3)
    assert rescaled == pytest.approx(1)


def test_the_second_call_and_the_second_output_of_a_layer_have_names():
    model = shared()
    a, b = np.ones((2, 4), "float32"), np.full((2, 4), 2.0, "float32")
    found = activations(model, [a, b])
    assert found["twin"] == pytest.approx(keras.ops.convert_to_numpy(model.get_layer("twin")(a)), abs=1e-6)
    assert found["twin:1"] == pytest.approx(keras.ops.convert_to_numpy(model.get_layer("twin")(b)), abs=1e-6)
    assert list(activations(both_states(), np.ones((2, 5, 4)))) == ["lstm", "lstm/1", "lstm/2"]


def test_arrays_frames_lists_and_dicts_give_the_same_numbers():
    model = mlp()
    x = rows(model)
    expected = activations(model, x)["y"]
    for given in (x.tolist(), pd.DataFrame(x), {"x": x}, keras.ops.convert_to_tensor(x), x.astype("float64")):
        np.testing.assert_array_equal(activations(model, given)["y"], expected)
    model = dict_inputs()
    a, b = rows(model)
    expected = keras.ops.convert_to_numpy(model({"a": a, "b": b}))
    for given in ([a, b], {"b": b, "a": pd.DataFrame(a)}):
        assert activations(model, given)["y"] == pytest.approx(expected, abs=1e-6)


def test_a_subclassed_model_answers_under_its_name():
    model = called(Block(name="own"), ROW)
    x = rows(model)
    assert activations(model, x, "own")["own"] == pytest.approx(keras.ops.convert_to_numpy(model(x)), abs=1e-6)


def test_layers_inside_a_model_that_is_called_twice_are_read_for_each_call():
    keras.utils.set_random_seed(1)
    inner = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(5, activation="relu", name="d1"), keras.layers.Dense(3, name="d2")],
        name="sub",
    )
    a, b = keras.Input((6,)), keras.Input((6,))
    model = keras.Model([a, b], keras.layers.Subtract(name="less")([inner(a), inner(b)]))
    x = np.random.default_rng(0).normal(size=(2, 1500, 6)).astype("float32")  # more than a batch
    kernel, bias = inner.get_layer("d1").get_weights()
    found = activations(model, list(x), ["sub:1/d1", "less", "sub/d1", "sub/d2"])
    assert list(found) == ["sub:1/d1", "less", "sub/d1", "sub/d2"]
    for name, rows_in in (("sub/d1", x[0]), ("sub:1/d1", x[1])):
        assert found[name] == pytest.approx(np.maximum(rows_in @ kernel + bias, 0), abs=1e-5)
    assert found["less"] == pytest.approx(model.predict(list(x), verbose=0), abs=1e-5)
    assert found["sub/d2"] == pytest.approx(inner.predict(x[0], verbose=0), abs=1e-5)
    with pytest.raises(ValueError, match=r"Expected layers among \['sub', 'sub:1', 'less', 'sub/d1'.*'sub/d3'"):
        activations(model, list(x), "sub/d3")

import json

import keras
import pytest

from nbviz.keras_model.files.config import holds_code, layer_configs, without_idle_settings

L = keras.layers


def old_lambda(**config):
    """A Lambda layer as files of Keras 2 hold it."""
    return {"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": config}]}}


@pytest.mark.parametrize("key", ["function", "output_shape", "mask"])
def test_code_in_files_of_keras_2_is_seen(key):
    config = old_lambda(name="own", **{f"{key}_type": "lambda", key: ["4wEAAAA=", None, None]})
    assert holds_code(config) == "own"


def test_a_lambda_layer_that_names_a_function_holds_no_code():
    assert holds_code(old_lambda(name="own", function_type="function", function="relu", mask_type="raw")) is None


def test_code_is_seen_anywhere_in_a_file():
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}
    assert holds_code({"class_name": "Custom", "config": {"deep": [{"deeper": code}]}}) == "lambda"


def test_nothing_of_what_keras_writes_itself_is_touched():
    inputs = keras.Input((9, 9, 3))
    x = inputs
    for layer in (
        L.Conv2D(2, 3),
        L.BatchNormalization(),
        L.DepthwiseConv2D(3),
        L.SeparableConv2D(3, 1),
        L.Conv2DTranspose(2, 3),
        L.GlobalAveragePooling2D(),
        L.Reshape((1, 2)),
        L.LSTM(2, return_sequences=True),
        L.GRU(3, return_sequences=True),
        L.Bidirectional(L.LSTM(2)),
        L.Dropout(0.1),
        L.Dense(3),
    ):
        x = layer(x)
    config = json.loads(keras.Model(inputs, x).to_json())
    assert without_idle_settings(config) == (config, [])
    assert [part["class_name"] for part in layer_configs(config)].count("LSTM") >= 2


def test_the_config_given_is_left_as_it_is():
    config = {"class_name": "Conv2DTranspose", "config": {"name": "up", "filters": 2, "groups": 1}}
    cleaned, meaningful = without_idle_settings(config)
    assert cleaned["config"] == {"name": "up", "filters": 2}
    assert meaningful == []
    assert config["config"]["groups"] == 1


def test_settings_of_a_layer_that_is_not_keras_own_are_not_judged():
    config = {"class_name": "Mine", "config": {"groups": 1, "anything": None}}
    assert without_idle_settings(config) == (config, [])

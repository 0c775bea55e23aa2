import keras
import pytest

from nbviz.keras_model.same_model import check_same_model


def model(name):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name=name)


def test_a_model_is_the_same_as_itself():
    one = model("one")
    check_same_model(one, one, "a diagram of the model")


def test_a_copy_is_another_model():
    one = model("one")
    with pytest.raises(ValueError, match=r"^Expected a diagram of the model 'one'\. Received that of 'one'\.$"):
        check_same_model(one, keras.models.clone_model(one), "a diagram of the model")


def test_the_way_out_comes_last():
    message = r"^Expected fit of the recorded model, 'one'\. Received that of 'two'; make a Recording of that model\.$"
    with pytest.raises(ValueError, match=message):
        check_same_model(model("one"), model("two"), "fit of the recorded model,", "make a Recording of that model")

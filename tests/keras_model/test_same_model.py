import keras
import pytest

from nbviz.keras_model.same_model import check_same_model, check_trained_with, same_variable


def model(name):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name=name)


def test_a_model_is_the_same_as_itself():
    one = model("one")
    check_same_model(one, one, "a diagram of the model")


def test_a_copy_is_another_model():
    one = model("one")
    message = (
        r"^Expected a diagram of the model 'one'\. Received that of 'one', another one that is built alike: a clone, a "
        r"copy or one loaded from a file has weights of its own\.$"
    )
    with pytest.raises(ValueError, match=message):
        check_same_model(one, keras.models.clone_model(one), "a diagram of the model")


def test_the_way_out_comes_last():
    message = r"^Expected fit of the recorded model, 'one'\. Received that of 'two'; make a Recording of that model\.$"
    with pytest.raises(ValueError, match=message):
        check_same_model(model("one"), model("two"), "fit of the recorded model,", "make a Recording of that model")


def _model(units=2, name="m"):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)], name=name)


def test_another_model_of_the_same_name_is_called_so():
    with pytest.raises(ValueError, match=r"Received that of 'm', another one\.$"):
        check_same_model(_model(), _model(3), "a diagram of")


def test_a_part_of_what_is_trained_is_trained():
    part = _model()
    whole = keras.Sequential([keras.Input((3,)), part, keras.layers.Dense(1)])
    check_trained_with(part, whole, "fit of", "")
    check_trained_with(part, part, "fit of", "")
    with pytest.raises(ValueError, match="Expected fit of 'm'"):
        check_trained_with(whole, part, "fit of 'm'", "")


@pytest.mark.parametrize(
    ("path", "other", "same"),
    [
        ("sequential/dense/kernel", "dense/kernel", True),
        ("dense/kernel", "sequential/dense/kernel", True),
        ("dense/kernel", "dense/kernel", True),
        ("a/dense/kernel", "b/dense/kernel", False),
        ("my_dense/kernel", "dense/kernel", False),
        ("dense/kernel", "dense/bias", False),
    ],
)
def test_paths_of_one_variable_end_alike(path, other, same):
    assert same_variable(path, other) is same

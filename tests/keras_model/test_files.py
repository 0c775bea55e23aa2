import re

import keras
import pytest

from nbviz.keras_model.files import load_model


def small(**compiled):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    if compiled:
        model.compile(**compiled)
    return model


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_saved_model_comes_back(tmp_path, ending, capfd):
    model = small()
    model.save(tmp_path / f"m{ending}")
    capfd.readouterr()
    loaded = load_model(tmp_path / f"m{ending}")
    assert loaded.get_weights()[0].tolist() == model.get_weights()[0].tolist()


def test_the_loss_is_kept_since_it_tells_logits_from_a_regression(tmp_path):
    small(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)).save(tmp_path / "m.keras")
    assert load_model(tmp_path / "m.keras").loss.from_logits


def test_a_loss_of_ones_own_is_no_obstacle(tmp_path):
    def own(y, p):
        return keras.ops.mean(y - p)

    small(loss=own).save(tmp_path / "m.keras")
    assert load_model(tmp_path / "m.keras").count_params() == 8


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x05\x06" + b"\0" * 18, b"\x89HDF\r\n\x1a\nnothing"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "m.keras"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"Expected a (Keras model file|model that Keras)") as caught:
        load_model(path)
    assert str(path) in str(caught.value)


def test_code_in_a_file_is_not_run(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=re.escape("Expected a model that Keras")):
        load_model(tmp_path / "m.keras")


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="Received the folder"):
        load_model(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "no.keras")

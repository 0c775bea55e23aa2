import json
import re
import shutil
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from nbviz.keras_model.files.model_file import load
from tests.keras_model.files.saved_weights import saved_weights

L = keras.layers
FIXTURES = Path(__file__).parents[2] / "fixtures"


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
    loaded = load(tmp_path / f"m{ending}")
    assert loaded.get_weights()[0].tolist() == model.get_weights()[0].tolist()


def test_the_loss_is_kept_since_it_tells_logits_from_a_regression(tmp_path):
    small(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)).save(tmp_path / "m.keras")
    assert load(tmp_path / "m.keras").loss.from_logits


def test_a_loss_of_ones_own_is_no_obstacle(tmp_path):
    def own(y, p):
        return keras.ops.mean(y - p)

    small(loss=own).save(tmp_path / "m.keras")
    with pytest.warns(UserWarning, match="without its loss and optimizer: 'own' is not known here"):
        assert load(tmp_path / "m.keras").count_params() == 8


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x05\x06" + b"\0" * 18, b"\x89HDF\r\n\x1a\nnothing"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "m.keras"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"Expected a (Keras model file|model that Keras)") as caught:
        load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_code_in_a_file_is_not_run_and_the_ways_out_are_named(tmp_path, ending):
    path = tmp_path / f"m{ending}"
    traces = tmp_path / "traces"
    traces_name = str(traces)
    layer = L.Lambda(lambda x: open(traces_name, "w").close() or x, output_shape=(3,), name="own")
    model = keras.Sequential([keras.Input((3,)), layer, L.Dense(2)])
    model.save(path)
    traces.unlink(missing_ok=True)
    with pytest.raises(ValueError, match=r"Lambda layer 'own' holds Python code") as caught:
        load(path)
    assert not traces.exists()
    assert "nbviz.load(path, model)" in str(caught.value)
    assert "safe_mode=False" in str(caught.value)
    fresh = keras.Sequential([keras.Input((3,)), L.Lambda(lambda x: x, name="own"), L.Dense(2)])
    load(path, fresh)
    np.testing.assert_array_equal(fresh.get_weights()[0], model.get_weights()[0])


def test_a_lambda_layer_in_a_model_inside_is_found_too(tmp_path):
    inner = keras.Sequential([keras.Input((3,)), L.Lambda(lambda x: x, name="deep")])
    keras.Sequential([keras.Input((3,)), inner]).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="Lambda layer 'deep'"):
        load(tmp_path / "m.keras")


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="Received the folder"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "no.keras")


def test_a_saved_model_folder_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(IsADirectoryError, match=r"a TensorFlow SavedModel.*model\.save\('model\.keras'\)"):
        load(tmp_path)


def test_an_old_autoencoder_with_groups_in_a_transposed_layer_simply_loads():
    model = load(FIXTURES / "tf212_autoencoder.h5")
    with h5py.File(FIXTURES / "tf212_autoencoder.h5") as file:
        saved = file["model_weights/conv2d_transpose/conv2d_transpose/kernel:0"][()]
    np.testing.assert_array_equal(model.get_layer("conv2d_transpose").get_weights()[0], saved)
    assert model(np.zeros((1, 48, 48, 1))).shape == (1, 48, 48, 1)


def changed_file(tmp_path, model, change, ending=".h5"):
    """A saved model whose config has been changed."""
    path = tmp_path / f"m{ending}"
    model.save(path)
    if ending == ".h5":
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            change(config)
            file.attrs["model_config"] = json.dumps(config)
        return path
    changed = tmp_path / f"changed{ending}"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(item, content)
    return changed


def depthwise():
    return keras.Sequential([keras.Input((6, 6, 2)), L.DepthwiseConv2D(3), L.Flatten(), L.Dense(2)])


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("idle", [{"groups": 1}, {"groups": 1, "renorm": False, "own_word": None}])
def test_settings_that_mean_nothing_are_passed_over(tmp_path, ending, idle):
    model = depthwise()
    path = changed_file(tmp_path, model, lambda c: config_of(c, "DepthwiseConv2D").update(idle), ending)
    with pytest.raises((ValueError, TypeError)):
        keras.models.load_model(path)
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 2))
    np.testing.assert_allclose(load(path)(x), model(x), rtol=1e-6)


def config_of(config, class_name):
    return next(layer["config"] for layer in config["config"]["layers"] if layer["class_name"] == class_name)


@pytest.mark.parametrize("setting", [{"groups": 2}, {"time_major": True}, {"own_word": "x"}])
def test_an_unknown_setting_that_means_something_is_named_not_dropped(tmp_path, setting):
    path = changed_file(tmp_path, depthwise(), lambda c: config_of(c, "DepthwiseConv2D").update(setting))
    (key, value), *_ = setting.items()
    with pytest.raises(ValueError, match=re.escape(f"depthwise_conv2d: {key}={value!r}".split(": ")[1])) as caught:
        load(path)
    assert "does not know" in str(caught.value)


def test_an_unknown_setting_inside_an_inner_model_is_passed_over(tmp_path):
    model = keras.Sequential([keras.Input((6, 6, 2)), depthwise()])

    def change(config):
        inner = next(layer for layer in config["config"]["layers"] if layer["class_name"] == "Sequential")
        config_of(inner, "DepthwiseConv2D")["groups"] = 1

    assert load(changed_file(tmp_path, model, change)).count_params() == model.count_params()


def test_a_layer_of_ones_own_is_refused_with_the_ways_out(tmp_path):
    class Unregistered(L.Layer):
        def call(self, x):
            return x

    keras.Sequential([keras.Input((3,)), Unregistered(), L.Dense(2)]).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="it has 'Unregistered', which Keras does not know") as caught:
        load(tmp_path / "m.keras")
    assert "register_keras_serializable" in str(caught.value)


def test_a_bare_tensorflow_operation_of_keras_2_is_explained(tmp_path):
    def change(config):
        layer = next(layer for layer in config["config"]["layers"] if layer["class_name"] == "Flatten")
        layer["class_name"] = "TFOpLambda"

    with pytest.raises(ValueError, match=r"bare TensorFlow operations.*keras\.ops"):
        load(changed_file(tmp_path, depthwise(), change))


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.95])
def test_a_file_that_breaks_off_is_said_to_be_damaged(tmp_path, ending, kept):
    path = tmp_path / f"m{ending}"
    model = keras.Sequential([keras.Input((30,)), L.Dense(300), L.Dense(30)])
    model.save_weights(path) if ending == ".weights.h5" else model.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    before = model.get_weights()
    for taking in (None, model):
        with pytest.raises(ValueError, match=r"which is damaged: .*Copy or download it again"):
            load(path, taking)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_broken_weights_in_a_whole_archive_are_said_to_be_damaged(tmp_path):
    path = tmp_path / "m.keras"
    keras.Sequential([keras.Input((30,)), L.Dense(300)]).save(path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = b"\0" * 2000
    path.write_bytes(content)
    with pytest.raises(ValueError, match="which is damaged"):
        load(path)


def test_another_hdf5_file_and_a_git_lfs_pointer_are_told_apart(tmp_path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["measurements"] = [1.0]
    with pytest.raises(ValueError, match="an HDF5 file with 'measurements' in it"):
        load(tmp_path / "m.h5")
    (tmp_path / "p.keras").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\n")
    with pytest.raises(ValueError, match="git lfs pull"):
        load(tmp_path / "p.keras")


@pytest.mark.parametrize(("ending", "wrong"), [(".keras", ".h5"), (".h5", ".keras"), (".h5", ""), (".keras", ".zip")])
def test_the_name_of_a_file_does_not_matter(tmp_path, ending, wrong):
    model = small()
    model.save(tmp_path / f"m{ending}")
    shutil.copy(tmp_path / f"m{ending}", tmp_path / f"copy{wrong}")
    np.testing.assert_array_equal(load(tmp_path / f"copy{wrong}").get_weights()[0], model.get_weights()[0])


@pytest.mark.parametrize("kind", ["new", "old"])
def test_weights_alone_are_no_model(tmp_path, kind):
    path = saved_weights(tmp_path, kind, small())
    with pytest.raises(ValueError, match=r"which holds weights only: build the model.*nbviz\.load\(path, model"):
        load(path)


def test_a_model_that_is_none_or_not_built_is_refused(tmp_path):
    path = saved_weights(tmp_path, "new", small())
    with pytest.raises(TypeError, match=r"Expected a keras\.Model"):
        load(path, "model")
    with pytest.raises(ValueError, match="Expected a built model"):
        load(path, keras.Sequential([L.Dense(3)]))

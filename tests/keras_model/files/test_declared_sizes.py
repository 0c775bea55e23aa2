"""Files that declare what they do not hold: refused in words, within a few times their own size of memory."""

import io
import json
import os
import threading
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from nbviz import load
from nbviz.keras_model.files.declared_sizes import FLOOR, TooLarge, at_most

HUGE = 10**10  # numbers: 37 GiB as float32
MOST = 3 * FLOOR  # bytes of memory that a small file may cost, the floor and what Keras itself takes


def peak_of(call):
    """The most memory of the process during a call, above what it had before; in bytes."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("Linux tells the peak of memory")

    def of(word):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(word))

    Path("/proc/self/clear_refs").write_text("5")
    before = of("VmRSS")
    call()
    return of("VmHWM") - before


def net():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3, name="hidden"), layers.Dense(2, name="answer")])


def saved(folder, ending):
    path = folder / f"m{ending}"
    net().save_weights(path) if ending == ".weights.h5" else net().save(path)
    return path


def swell(hdf5, place):
    """Put an array in the place of another that declares much and stores nothing."""
    del hdf5[place]
    hdf5.create_dataset(place, shape=(HUGE // 1000, 1000), dtype="float32", chunks=(1000, 1000), compression="gzip")


def a_kernel(hdf5):
    found = []
    hdf5.visititems(lambda name, item: found.append(name) if getattr(item, "ndim", 0) == 2 else None)
    return found[0]


def swollen_hdf5(folder, ending):
    path = saved(folder, ending)
    with h5py.File(path, "r+") as hdf5:
        swell(hdf5, a_kernel(hdf5))
    return path


def rewritten(folder, change):
    """A .keras file whose members went through `change`: name -> content."""
    path = saved(folder, ".keras")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changed = folder / "changed.keras"
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in change(members).items():
            archive.writestr(name, content)
    return changed


def swollen_keras(folder):
    def change(members):
        inside = io.BytesIO(members["model.weights.h5"])
        with h5py.File(inside, "r+") as hdf5:
            swell(hdf5, a_kernel(hdf5))
        return {**members, "model.weights.h5": inside.getvalue()}

    return rewritten(folder, change)


def of_many_units(folder, units=10**8):
    def change(members):
        config = json.loads(members["config.json"])
        config["config"]["layers"][1]["config"]["units"] = units
        return {**members, "config.json": json.dumps(config)}

    return rewritten(folder, change)


def of_many_units_old(folder):
    path = saved(folder, ".h5")
    with h5py.File(path, "r+") as hdf5:
        config = json.loads(hdf5.attrs["model_config"])
        config["config"]["layers"][1]["config"]["units"] = 10**8
        hdf5.attrs["model_config"] = json.dumps(config)
    return path


def zip_bomb(folder):
    path = folder / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 200 * 2**20)
    return path


def refusal_of(path, model):
    """What is said of a file that is refused; any other error goes through."""
    try:
        load(path, model)
    except (ValueError, OSError) as error:
        return str(error)
    return None


BOMBS = {
    "weights": lambda folder: swollen_hdf5(folder, ".weights.h5"),
    "old": lambda folder: swollen_hdf5(folder, ".h5"),
    "whole": swollen_keras,
    "units": of_many_units,
    "units, old": of_many_units_old,
    "zip": zip_bomb,
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("into_a_model", [False, True])
def test_a_small_file_that_declares_much_is_refused_for_little_memory(tmp_path, bomb, into_a_model):
    if into_a_model and bomb.startswith("units"):
        pytest.skip("the config of a file plays no part where only its weights are taken")
    path = BOMBS[bomb](tmp_path)
    assert path.stat().st_size < 10**6
    model = net() if into_a_model else None
    before = model.get_weights() if into_a_model else []
    said = []
    assert peak_of(lambda: said.append(refusal_of(path, model))) < MOST
    assert said[0].startswith("Expected ")
    assert str(path) in said[0]
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights() if into_a_model else [], strict=True))


def test_the_refusal_tells_both_sizes_and_the_layer(tmp_path):
    with pytest.raises(TooLarge, match=r"kB: the weights of 'hidden', as its config has them, would take 1.6 GB"):
        load(of_many_units(tmp_path))


def test_a_metric_that_would_make_a_list_without_end_is_left_out(tmp_path):
    def change(members):
        config = json.loads(members["config.json"])
        auc = {"module": "keras.metrics", "class_name": "AUC", "config": {"num_thresholds": HUGE}}
        config["compile_config"] = {"optimizer": "adam", "loss": "mse", "metrics": [auc]}
        return {**members, "config.json": json.dumps(config)}

    path = rewritten(tmp_path, change)
    with pytest.warns(UserWarning, match="without its loss and optimizer"):
        assert peak_of(lambda: load(path)) < MOST


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.keras")
    with pytest.raises(OSError, match="a pipe or a device"):
        load(tmp_path / "pipe.keras")
    with pytest.raises(OSError, match="a pipe or a device"):
        load("/dev/zero")


@pytest.mark.parametrize("link", ["external link", "external array"])
def test_a_file_does_not_reach_into_another(tmp_path, link):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as hdf5:
        hdf5["kernel"] = np.ones((4, 3), "float32")
    path = saved(tmp_path, ".weights.h5")
    with h5py.File(path, "r+") as hdf5:
        place = a_kernel(hdf5)
        del hdf5[place]
        if link == "external link":
            hdf5[place] = h5py.ExternalLink(secret, "kernel")
        else:
            hdf5.create_dataset(place, (4, 3), "float32", external=[(str(secret), 0, 48)])
    with pytest.raises(ValueError, match="lies in another file"):
        load(path, net())


def test_a_config_nested_without_end_is_damaged(tmp_path):
    deep = "[" * 100_000 + "]" * 100_000
    with pytest.raises(ValueError, match="damaged"):
        load(rewritten(tmp_path, lambda members: {**members, "config.json": deep}))


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5"])
def test_whatever_bytes_are_broken_only_words_come(tmp_path, ending):
    whole = saved(tmp_path, ending).read_bytes()
    random = np.random.default_rng(0)
    path = tmp_path / f"broken{ending}"
    for _ in range(25):
        content = bytearray(whole)
        for place in random.integers(0, len(content), 8):
            content[place] = random.integers(256)
        path.write_bytes(content)
        said = refusal_of(path, net() if ending == ".weights.h5" else None)
        assert said is None or "Expected" in said


def test_an_archive_that_was_packed_again_still_loads(tmp_path):
    model = net()
    path = tmp_path / "packed.keras"
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    for one, other in zip(model.get_weights(), load(path).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_models_made_meanwhile_in_other_threads_are_not_counted(tmp_path):
    made = []
    with at_most(1000, tmp_path):
        thread = threading.Thread(
            target=lambda: made.append(keras.Sequential([keras.Input((5000,)), layers.Dense(5000)]))
        )
        thread.start()
        thread.join()
        net()
    assert made[0].count_params() == 25_005_000
    add_weight = layers.Layer.add_weight
    assert add_weight.__module__.startswith("keras.")

import json

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz import NetworkDiagram
from nbviz.training.recording.recording import Recording

X = np.random.default_rng(0).normal(size=(100, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 100)


def model_of(units=8, optimizer="adam"):
    model = Sequential(
        [
            Input((6,)),
            layers.Dense(units, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.4),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model, recording, epochs=2):
    model.fit(
        X, Y, batch_size=20, epochs=epochs, shuffle=False, verbose=0, validation_data=(X[:20], Y[:20]),
        callbacks=[recording.callback()],
    )  # fmt: skip


def everything(model):
    return [v.numpy().tobytes() for v in [*model.variables, *model.optimizer.variables]]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    model = model_of()
    recording = Recording(model, X, Y, every_batches=2)
    fit(model, recording, 3)
    recording.rewind(3)
    fit(model, recording, 1)  # leaves a branch
    path = tmp_path_factory.mktemp("runs") / "run.npz"
    recording.save(path)
    return model, recording, path


def same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


def test_a_loaded_recording_is_the_one_that_was_saved(run):
    model, recording, path = run
    before = everything(model)
    loaded = Recording.load(path, model)
    assert everything(model) == before
    assert len(loaded.moments) == len(recording.moments) > 3
    for ours, theirs in zip(loaded.moments, recording.moments, strict=True):
        assert (ours.step, ours.epoch, ours.batch, ours.seconds) == (
            theirs.step, theirs.epoch, theirs.batch, theirs.seconds,
        )  # fmt: skip
        assert ours.frame == theirs.frame
        assert ours.metrics == theirs.metrics
        assert ours.nbytes == theirs.nbytes
        same(ours.state.variables, theirs.state.variables)
        same(ours.state.optimizer, theirs.state.optimizer)
        same(ours.activations, theirs.activations)
        for name, (kernel, bias) in theirs.gradients.items():
            np.testing.assert_array_equal(ours.gradients[name][0], kernel)
            np.testing.assert_array_equal(ours.gradients[name][1], bias)
    assert loaded.metrics.equals(recording.metrics)
    assert loaded.batch_metrics.equals(recording.batch_metrics)
    assert loaded.branches[0].metrics.equals(recording.branches[0].metrics)
    assert (loaded.step, loaded.epoch, loaded.batch) == (recording.step, recording.epoch, recording.batch)
    assert loaded.steps_per_epoch == 5
    assert loaded.findings == recording.findings
    assert loaded.events == recording.events
    np.testing.assert_array_equal(loaded.probe.y, recording.probe.y)


def test_a_loaded_moment_is_put_into_a_model_built_alike_bitwise_and_training_goes_on_the_same(run):
    model, recording, path = run
    recording.rewind(-1)
    twin = model_of()
    loaded = Recording.load(path, twin)
    loaded.rewind(-1)
    assert everything(twin) == everything(model)
    model.fit(X, Y, batch_size=20, shuffle=False, verbose=0)
    fit(twin, loaded, 1)
    assert everything(twin) == everything(model)
    assert loaded.metrics["epoch"].tolist()[-1] == recording.metrics["epoch"].tolist()[-1] + 1
    assert set(loaded.moments[-1].gradients) == {twin.layers[0].name, twin.layers[-1].name}


def test_a_model_that_is_not_compiled_gets_the_weights(run):
    model, recording, path = run
    twin = keras.models.clone_model(model)
    Recording.load(path, twin).rewind(0)
    for ours, theirs in zip(twin.variables, recording.moments[0].state.variables.values(), strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)


def test_a_diagram_shows_a_loaded_recording(run):
    model, _, path = run
    loaded = Recording.load(path, model)
    diagram = NetworkDiagram(model, X).show_history(loaded)
    length = int.from_bytes(diagram.history[:4], "little")
    header = json.loads(diagram.history[4 : 4 + length])
    assert [moment["step"] for moment in header["moments"]] == [moment.step for moment in loaded.moments]


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.7, 0.999])
def test_a_truncated_file_is_refused_and_the_model_is_as_it_was(run, tmp_path, share):
    model, _, path = run
    whole = path.read_bytes()
    part = tmp_path / "part.npz"
    part.write_bytes(whole[: int(share * len(whole))])
    before = everything(model)
    with pytest.raises(ValueError, match=r"Expected a file that Recording.save wrote. Received part.npz"):
        Recording.load(part, model)
    assert everything(model) == before


def test_a_damaged_file_is_refused(run, tmp_path):
    model, _, path = run
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged.npz").write_bytes(damaged)
    with pytest.raises(ValueError, match="incomplete or something else"):
        Recording.load(tmp_path / "damaged.npz", model)


@pytest.mark.parametrize("kind", ["text", "npy", "npz", "pickle", "format"])
def test_a_file_of_another_kind_is_refused(run, tmp_path, kind):
    model = run[0]
    path = tmp_path / "other.npz"
    with path.open("wb") as file:
        if kind == "text":
            file.write(b"epoch,loss\n1,0.5\n")
        elif kind == "npy":
            np.save(file, X)
        elif kind == "npz":
            np.savez(file, a=X)
        elif kind == "pickle":
            np.savez(file, header=np.array([{"format": 1}], object))
        else:
            header = json.dumps({"format": "nbviz recording 99"}).encode()
            np.savez(file, header=np.frombuffer(header, np.uint8))
    before = everything(model)
    with pytest.raises(ValueError, match="Expected"):
        Recording.load(path, model)
    assert everything(model) == before


def test_another_models_recording_is_refused_in_words_and_the_model_is_as_it_was(run):
    other = model_of(units=9)
    before = everything(other)
    with pytest.raises(ValueError, match=r"Expected a recording of the model .*kernel' of shape \(6, 8\).*\(6, 9\)"):
        Recording.load(run[2], other)
    assert everything(other) == before
    small = Sequential([Input((6,)), layers.Dense(3)])
    with pytest.raises(ValueError, match="9 variables instead of 2"):
        Recording.load(run[2], small)


def test_rewinding_a_model_with_another_optimizer_is_refused(run):
    other = model_of(optimizer="sgd")
    loaded = Recording.load(run[2], other)
    before = everything(other)
    with pytest.raises(ValueError, match=r"Expected the variables that were recorded. Received the optimizer"):
        loaded.rewind(-1)
    assert everything(other) == before


def test_a_missing_file_and_a_folder_that_is_missing_are_told(run, tmp_path):
    model, recording, _ = run
    with pytest.raises(FileNotFoundError, match="Expected the file of a recording"):
        Recording.load(tmp_path / "nothing.npz", model)
    with pytest.raises(FileNotFoundError, match="Expected a path in a folder that exists"):
        recording.save(tmp_path / "nowhere" / "a.npz")


def test_a_file_is_replaced_only_when_the_new_one_is_complete(run, tmp_path, monkeypatch):
    _, recording, _ = run
    path = tmp_path / "a.run"
    path.write_bytes(b"old")

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="nothing was written"):
        recording.save(path)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.run"]
    monkeypatch.undo()
    recording.save(path)
    assert Recording.load(path, run[0]).step == recording.step


def test_a_run_that_diverged_is_saved_and_loaded(tmp_path):
    model = model_of(optimizer=keras.optimizers.SGD(0.1))
    recording = Recording(model, X, Y, every_batches=2)
    fit(model, recording, 1)
    model.layers[-1].bias.assign([np.nan, np.inf, 0])
    fit(model, recording, 1)
    assert recording.findings[0].layer is None
    recording.save(tmp_path / "a.npz")
    loaded = Recording.load(tmp_path / "a.npz", model)
    assert loaded.findings == recording.findings
    assert loaded.batch_metrics.equals(recording.batch_metrics)
    before = everything(model)
    loaded.rewind(0)
    loaded.rewind(-1)
    assert everything(model) == before


def test_a_recording_of_a_sequential_is_one_of_the_model_that_its_file_gives(tmp_path):
    # Saved before it was called and loaded, Keras leaves out the model's own name in the paths of its variables.
    model = Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, epochs=1, verbose=0)
    recording = Recording(model, X, Y)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[recording.callback()])
    recording.save(tmp_path / "run.npz")
    model.save(tmp_path / "model.keras")
    loaded_model = keras.models.load_model(tmp_path / "model.keras")
    assert [v.path for v in loaded_model.variables] != [v.path for v in model.variables]
    loaded = Recording.load(tmp_path / "run.npz", loaded_model)
    loaded.rewind(0)
    recording.rewind(0)
    assert everything(loaded_model) == everything(model)


def test_layers_of_other_names_are_other_layers_though_their_shapes_are_the_same(run, tmp_path):
    model = Sequential([Input((4,)), layers.Dense(4, name="a"), layers.Dense(4, name="b")])
    other = Sequential([Input((4,)), layers.Dense(4, name="b"), layers.Dense(4, name="a")])
    recording = Recording(model)
    recording.capture()
    recording.save(tmp_path / "run.npz")
    with pytest.raises(ValueError, match="a/kernel' of shape"):
        Recording.load(tmp_path / "run.npz", other)
    with pytest.raises(ValueError, match="other layers: Dense linear, Dense linear"):
        Recording.load(
            tmp_path / "run.npz",
            Sequential([Input((4,)), layers.Dense(4, name="a"), layers.ReLU(), layers.Dense(4, name="b")]),
        )


def rewritten(path, target, change):
    """A copy of the file with another header and other arrays."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    header = json.loads(arrays["header"].tobytes())
    change(header, arrays)
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(target, **arrays)
    return target


@pytest.mark.parametrize(
    "change",
    [
        lambda header, arrays: arrays.update({"state 0": arrays["state 0"][:-4]}),
        lambda header, arrays: arrays.update({"state 0": np.append(arrays["state 0"], np.uint8(0))}),
        lambda header, arrays: header["moments"][0].update(step="3"),
        lambda header, arrays: header.update(position=["3", 1, 0, 0.5]),
        lambda header, arrays: header.update(position=[3]),
        lambda header, arrays: arrays.update(epochs=np.full_like(arrays["epochs"], np.nan)),
        lambda header, arrays: header.update(rates=[[1]]),
    ],
)
def test_entries_that_do_not_fit_each_other_are_told_as_a_broken_file(run, tmp_path, change):
    model, _, path = run
    before = everything(model)
    with pytest.raises(ValueError, match=r"Expected a file that Recording\.save wrote. Received other\.npz"):
        Recording.load(rewritten(path, tmp_path / "other.npz", change), model)
    assert everything(model) == before


def test_an_encrypted_archive_is_told_as_a_broken_file(run, tmp_path):
    model, _, path = run
    raw = bytearray(path.read_bytes())
    first, central = raw.find(b"PK\x03\x04"), raw.find(b"PK\x01\x02")
    raw[first + 6] |= 1  # the flag of the entry, and of the directory
    raw[central + 8] |= 1
    (tmp_path / "other.npz").write_bytes(raw)
    with pytest.raises(ValueError, match="Expected a file that Recording"):
        Recording.load(tmp_path / "other.npz", model)

"""What a recording costs, as ratios measured in one run: `python tests/benchmarks/recording.py`.

Rounds of the sides of each ratio alternate, since the machines are shared and noisy.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import nbviz
from nbviz.training.recording.recording import Recording
from nbviz.training.recording.recording_callback import RecordingCallback

ROUNDS = 5
HOOKS = ("on_train_begin", "on_epoch_begin", "on_train_batch_end", "on_epoch_end", "on_train_end")


class Measured(keras.callbacks.Callback):
    """Passes everything on to a recording's callback, and adds up the CPU time of the whole process spent there.

    Training waits meanwhile, so that all of it, that of TensorFlow's threads too, is the recording's.
    """

    def __init__(self, inner: RecordingCallback) -> None:
        """Stand in for a callback."""
        super().__init__()
        self.inner, self.seconds = inner, 0.0
        for hook in HOOKS:
            setattr(self, hook, self._around(getattr(inner, hook)))

    def set_model(self, model: keras.Model) -> None:
        """Hand on the model."""
        self.inner.set_model(model)

    def set_params(self, params: dict[str, object]) -> None:
        """Hand on what fit was called with."""
        self.inner.set_params(params)

    def _around(self, hook: Callable[..., None]) -> Callable[..., None]:
        def run(*args: object, **kwargs: object) -> None:
            began = time.process_time()
            hook(*args, **kwargs)
            self.seconds += time.process_time() - began

        return run


def mlp(*units: int) -> keras.Model:
    """A compiled relu network with 3 softmax classes, units[0] inputs."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(count, activation="relu") for count in units[1:]]
    model = keras.Sequential([keras.Input((units[0],)), *layers, keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def share(*units: int, epochs: int) -> dict[str, float]:
    """CPU time of recording with a diagram and gradients over that of the same fit without, at batch 32."""
    model = mlp(*units)
    random = np.random.default_rng(0)
    x, y = random.normal(size=(16_000, units[0])).astype("float32"), random.integers(0, 3, 16_000)
    diagram = nbviz.NetworkDiagram(model, x[:1000])
    model.fit(x[:3200], y[:3200], batch_size=32, verbose=0)
    plain, recorded, per_second, bytes_each = [], [], [], []
    for _ in range(ROUNDS):
        began = time.process_time()
        model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
        plain.append(time.process_time() - began)
        recording = Recording(model, x[:1000], y[:1000], diagram=diagram)
        diagram.show_history(recording)
        recording.capture()  # compiles, once a recording
        measured = Measured(recording.callback())
        began = time.perf_counter()
        model.fit(x, y, batch_size=32, epochs=epochs, verbose=0, callbacks=[measured])
        per_second.append(len(recording.moments) / (time.perf_counter() - began))
        recorded.append(measured.seconds)
        bytes_each.append(recording.nbytes / len(recording.moments))
    name = "-".join(map(str, units))
    return {
        f"{name}: CPU in the recording / CPU of fit": statistics.median(
            [ours / theirs for ours, theirs in zip(recorded, plain, strict=True)]
        ),
        f"{name}: moments a second": statistics.median(per_second),
        f"{name}: kB a moment": statistics.median(bytes_each) / 1000,
    }


def file() -> dict[str, float]:
    """Seconds to save and load a recording of 100 moments of 20-256-256-256-3."""
    model = mlp(20, 256, 256, 256)
    random = np.random.default_rng(0)
    x, y = random.normal(size=(3200, 20)).astype("float32"), random.integers(0, 3, 3200)
    recording = Recording(model, x, y, every_batches=1, budget=1_000_000_000)
    model.fit(x, y, batch_size=32, verbose=0, callbacks=[recording.callback()])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        began = time.perf_counter()
        recording.save(path)
        saved = time.perf_counter()
        Recording.load(path, model)
        loaded = time.perf_counter()
        size = path.stat().st_size
    return {"MB of 100 moments": size / 1e6, "s to save": saved - began, "s to load": loaded - saved}


if __name__ == "__main__":
    results = share(20, 256, 256, 256, epochs=6) | share(13, 32, 16, epochs=12) | file()
    print(json.dumps({name: round(value, 4) for name, value in results.items()}, indent=2))

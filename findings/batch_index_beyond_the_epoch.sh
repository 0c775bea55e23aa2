#!/usr/bin/env bash
# steps_per_execution=5 in an epoch of three batches: on_train_batch_end is told one batch index for the whole bundle.
# One expects: the index of the last batch that was run, 2. Seen: 4, beyond params['steps'], which says 3. A callback
# that counts by the index counts two batches that never were.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import keras
import numpy as np

told = []


class Listen(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        told.append((batch, self.params["steps"], int(self.model.optimizer.iterations)))


model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse", steps_per_execution=5)
model.fit(np.ones((6, 3)), np.ones((6, 1)), batch_size=2, verbose=0, callbacks=[Listen()])
print("keras", keras.__version__, "expected index 2 of 3 batches, seen (index, steps, updates):", told)
assert told == [(4, 3, 3)]
PY

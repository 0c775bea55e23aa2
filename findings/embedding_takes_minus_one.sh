#!/usr/bin/env bash
# Keras' Embedding(5, 2) and the id -1, with which many pad. "This layer can only be used on nonnegative integer inputs",
# says its documentation; but it looks ids up as numpy does an index, so that -1 is the last word, and padding trains
# that word. What lies beyond the other end depends on the backend: TensorFlow raises on a CPU, JAX answers NaN.
# One expects: an error for both ids, on both. Seen: row 4 for -1, without a word, on both; the loss of padding moves it.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 JAX_PLATFORMS=cpu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  "tensorflow-cpu==2.21.0" "keras==3.15.1" "jax==0.10.2" 2>/dev/null
cat >"$folder/look.py" <<'PY'
import keras
import numpy as np

rows = np.arange(10, dtype="float32").reshape(5, 2)
layer = keras.layers.Embedding(5, 2, weights=rows)


def answer(number):
    try:
        return np.asarray(layer(np.array([number]))).ravel().tolist()
    except Exception as error:
        return type(error).__name__


seen = {number: answer(number) for number in (-1, 5)}
print(keras.backend.backend(), "keras", keras.__version__, f"rows {rows.tolist()}, seen {seen}")
assert seen[-1] == rows[4].tolist(), "the id -1 is not the last row any more"
if keras.backend.backend() == "tensorflow":
    assert seen[5] == "InvalidArgumentError"
else:
    assert np.isnan(seen[5]).all()
model = keras.Sequential([keras.Input((3,), dtype="int32"), layer, keras.layers.GlobalAveragePooling1D()])
model.compile(keras.optimizers.SGD(1.0), "mse")
model.train_on_batch(np.array([[1, -1, -1]]), np.zeros((1, 2), "float32"))
moved = (np.asarray(layer.embeddings) != rows).any(axis=1)
print("words that training on [1, -1, -1] has moved:", np.flatnonzero(moved).tolist())
assert moved.tolist() == [False, True, False, False, True]
PY
for backend in tensorflow jax; do
  KERAS_BACKEND=$backend "$folder/venv/bin/python" "$folder/look.py"
done

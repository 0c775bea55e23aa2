#!/usr/bin/env bash
# TimeDistributed around a Dense layer, with an open number of time steps. Traced once for every length, as a serving
# signature does it, five rows of eight steps come out as five rows of five.
# One expects: shape (5, 8, 2), as from the call. Seen: (5, 5, 2) without a word.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((None, 3)), keras.layers.TimeDistributed(keras.layers.Dense(2))])
x = np.random.default_rng(0).random((5, 8, 3)).astype("float32")
traced = tf.function(lambda rows: model(rows), input_signature=[tf.TensorSpec((None, None, 3))])
called, seen = tuple(model(x).shape), tuple(traced(x).shape)
print("keras", keras.__version__, "tensorflow", tf.__version__, f"expected {called}, seen {seen}")
assert called == (5, 8, 2) and seen == (5, 5, 2)
PY

#!/usr/bin/env bash
# A Dense layer with a NaN in its kernel, then relu. Called, the model answers NaN, as arithmetic has it. Compiled, as
# predict runs it, TensorFlow's oneDNN operations (on by default on many x86 machines) join the product and its relu,
# and the relu of NaN is 0 there: the answers are ordinary numbers, and a broken model looks sound.
# One expects: NaN from both. Seen: NaN from the call, finite numbers from predict; without oneDNN NaN from both.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" 2>/dev/null
cat >"$folder/nan.py" <<'PY'
import os

import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(2)])
kernel, bias = model.layers[0].get_weights()
kernel[0, 0] = np.nan
model.layers[0].set_weights([kernel, bias])
x = np.ones((2, 4), "float32")
called, predicted = np.asarray(model(x)), model.predict(x, verbose=0)
onednn = os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
print("keras", keras.__version__, "tensorflow", tf.__version__, "oneDNN", "on" if onednn else "off")
print("expected: NaN from both; called:", called[0], "predicted:", predicted[0])
assert np.isnan(called).all(), "the call no longer answers NaN"
assert np.isfinite(predicted).all() if onednn else np.isnan(predicted).all(), "predict answers otherwise now"
PY
for onednn in 1 0; do TF_ENABLE_ONEDNN_OPTS=$onednn "$folder/venv/bin/python" "$folder/nan.py"; done

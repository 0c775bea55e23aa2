#!/usr/bin/env bash
# Dense(8, activation='glu'): glu halves the last axis, but a Dense layer believes its units whatever the activation is.
# One expects: the shape that the layer tells is the shape it returns. Seen: it tells (None, 8) and returns (2, 4), so
# the next layer is built for eight inputs and fails when it meets four.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import keras
import numpy as np

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, activation="glu")])
told, seen = model.output_shape, tuple(model(np.ones((2, 3), "float32")).shape)
print("keras", keras.__version__, f"told {told}, seen {seen}")
assert told == (None, 8) and seen == (2, 4)
deeper = keras.Sequential([*model.layers, keras.layers.Dense(1)])
try:
    deeper.build((None, 3))
    deeper(np.ones((2, 3), "float32"))
except Exception as error:
    print("a layer behind it:", type(error).__name__)
else:
    raise AssertionError("a layer behind it works now")
PY

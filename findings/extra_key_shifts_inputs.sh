#!/usr/bin/env bash
# A model with the inputs a and b, given a dict with one key too many, as a frame with one column too many gives it.
# Keras warns that the structure does not match, sorts the keys and hands the values out in that order: an unknown key
# that sorts between two known ones moves every later input by one place.
# One expects: an error, or the answer to a and b, 31. Seen: 37, from the value of the unknown key.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import keras
import numpy as np

a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
model = keras.Model({"a": a, "b": b}, a * 10 + b)


def value(number):
    return np.full((1, 1), number, "float32")


right = float(model.predict({"a": value(3), "b": value(1)}, verbose=0)[0, 0])
seen = float(model.predict({"a": value(3), "aa": value(7), "b": value(1)}, verbose=0)[0, 0])
print("keras", keras.__version__, f"expected {right:g} or an error, seen {seen:g}")
assert (right, seen) == (31, 37)
PY

#!/usr/bin/env bash
# Normalization.adapt on a model that has predicted before.
# One expects: model.predict and model(x) agree, before and after. Seen: the mean and variance of a Normalization layer
# are no weights; the function that predict compiled keeps the old ones for good, while model(x) has the new ones.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import keras
import numpy as np

data = np.random.default_rng(0).normal(5, 3, size=(200, 2)).astype("float32")
norm = keras.layers.Normalization()
norm.adapt(np.eye(2, dtype="float32"))
model = keras.Sequential([keras.Input((2,)), norm])


def gap():
    return float(np.abs(model.predict(data, verbose=0) - np.asarray(model(data))).max())


before = gap()
norm.adapt(data)
after = gap()
model.make_predict_function(force=True)
print("keras", keras.__version__, f"before {before:.2g}, after adapt {after:.2g}, compiled anew {gap():.2g}")
assert before < 1e-5 and after > 1 and gap() < 1e-5
PY

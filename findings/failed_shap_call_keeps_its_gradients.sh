#!/usr/bin/env bash
# shap.DeepExplainer puts rules of its own in the place of TensorFlow's gradients while it works, for the whole process.
# One expects: a call that raises leaves TensorFlow as it was. Seen: after a call for a recurrent model, which it does
# not support, the gradient of another model, that SHAP never saw, raises too, and that model can no longer be trained.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" "shap==0.51.0" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import warnings

import keras
import numpy as np
import shap
import tensorflow as tf

warnings.simplefilter("ignore")
layers = keras.layers
x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
bystander = keras.Sequential([keras.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(1)])
bystander.compile("sgd", "mse")


def slopes():
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(bystander(x))
    return [value.numpy() for value in tape.gradient(loss, bystander.trainable_variables)]


before = slopes()
recurrent = keras.Sequential([keras.Input((4, 1)), layers.GRU(3), layers.Dense(2)])
try:
    shap.DeepExplainer(recurrent, x[:5, :, None]).shap_values(x[:2, :, None])
except Exception as error:
    print("shap", shap.__version__, "tensorflow", tf.__version__, "keras", keras.__version__)
    print("the call for the recurrent model:", type(error).__name__)
else:
    raise AssertionError("SHAP explains a GRU now")
try:
    after = slopes()
except Exception as error:
    print("the gradient of the other model:", type(error).__name__, str(error).splitlines()[0][:100])
else:
    same = all(np.array_equal(one, other) for one, other in zip(before, after))
    print("the gradient of the other model is the same:", same)
    assert not same
try:
    bystander.fit(x, x[:, 0], epochs=1, verbose=0)
except Exception as error:
    print("fit of the other model:", type(error).__name__)
else:
    raise AssertionError("the other model can be trained")
PY

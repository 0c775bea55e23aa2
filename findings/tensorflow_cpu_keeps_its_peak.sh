#!/usr/bin/env bash
# On the CPU, TensorFlow with its oneDNN operations (on by default on many x86 machines) gives the memory of large
# intermediate results back to a pool of its own, never to the system: a process stays as large as it ever was.
# One expects: memory as before, once a large tensor is gone. Seen: about twice the size of the tensor stays, for
# good; with TF_ENABLE_ONEDNN_OPTS=0 it goes. So the rows taken at once decide what a notebook keeps.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" 2>/dev/null
cat >"$folder/peak.py" <<'PY'
import gc
import os
import resource

import tensorflow as tf


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


rows, kernel = tf.random.normal((2000, 20)), tf.random.normal((20, 100_000))
tf.reduce_sum(tf.nn.relu(tf.matmul(rows[:2], kernel)))
before = resident()
activations = tf.nn.relu(tf.matmul(rows, kernel))  # 800 MB
float(tf.reduce_sum(activations))
del activations
gc.collect()
kept = resident() - before
onednn = os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
print(f"tensorflow {tf.__version__}, oneDNN {'on' if onednn else 'off'}: expected about 0 MB kept, seen {kept:.0f} MB")
assert kept > 500 if onednn else kept < 200
PY
for onednn in 1 0; do TF_ENABLE_ONEDNN_OPTS=$onednn "$folder/venv/bin/python" "$folder/peak.py"; done

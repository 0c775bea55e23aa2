#!/usr/bin/env bash
# A compiled and trained Sequential, saved by Keras 3 as .h5 and loaded again by Keras 3.
# One expects: it goes on training, as from a .keras file. Seen: fit raises 'Unknown variable': the optimizer was built
# when the loaded model told no variables yet. Compiled anew, it trains, without the optimizer's state.
set -euo pipefail
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 KERAS_BACKEND=tensorflow
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "tensorflow==2.21.0" "keras==3.15.1" 2>/dev/null
"$folder/venv/bin/python" - "$folder" <<'PY'
import sys

import keras
import numpy as np

x, y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("adam", "huber")
model.fit(x, y, verbose=0)
print("keras", keras.__version__)
for ending in ("keras", "h5"):
    model.save(f"{sys.argv[1]}/model.{ending}")
    loaded = keras.models.load_model(f"{sys.argv[1]}/model.{ending}")
    try:
        loaded.fit(x, y, verbose=0)
        seen = "it trains"
    except ValueError as error:
        seen = str(error).split(":")[0]
    print(f".{ending}: expected 'it trains', seen {seen!r}")
    assert seen == ("it trains" if ending == "keras" else "Unknown variable")
PY

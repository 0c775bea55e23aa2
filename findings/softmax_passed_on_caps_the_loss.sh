#!/usr/bin/env bash
# A softmax, and behind it a layer that changes nothing: Flatten of what is flat already. Keras reads the logits in
# front of a softmax for its cross-entropy, but only where the softmax comes last; else it takes the probabilities,
# which it cuts at 1e-7. The same weights and answers then have another loss, and where the net is sure and wrong
# another gradient: none at all.
# One expects: the same loss and gradients. Seen: a loss of 60 against 16.1, and a gradient of 60 against 0.
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

x, y = np.array([[60.0, 0.0]], "float32"), np.array([1])  # sure of class 0, and it is class 1


def net(*behind):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax", use_bias=False), *behind])
    model.layers[0].set_weights([np.eye(2, dtype="float32")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def slope(model):
    with tf.GradientTape() as tape:
        loss = model.compute_loss(y=tf.constant(y), y_pred=model(x, training=True))
    return float(np.abs(tape.gradient(loss, model.trainable_weights)[0]).max())


plain, passed_on = net(), net(keras.layers.Flatten())
answers = [model.predict(x, verbose=0) for model in (plain, passed_on)]
losses = [model.evaluate(x, y, verbose=0) for model in (plain, passed_on)]
slopes = [slope(model) for model in (plain, passed_on)]
print("keras", keras.__version__, "tensorflow", tf.__version__)
print("answers, the same:", *answers)
print("loss: expected the same, seen", losses)
print("largest gradient: expected the same, seen", slopes)
assert np.array_equal(*answers)
assert abs(losses[0] - 60) < 0.01 and losses[1] < 16.2, "the losses are other ones now"
assert slopes[0] > 50 and slopes[1] < 1e-6, "the gradients are other ones now"
PY

"""What the first answer costs, since in a notebook almost every call is a first one.

`python tests/benchmarks/first_answer.py [--beside CHECKOUT] [NAME ...]`, from the repository's top folder; `CHECKOUT`
is another version with its front end built, NAMES are questions or models. CPU time of a process of its own for each
model and question, the versions in turn, medians over rounds. What it is divided by is measured in the same process,
before: an eager persistent tape over all classes on the same rows, written without nbviz, or the model's first
`predict` and that tape.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

HERE = Path(__file__).resolve().parents[2]
ROUNDS = 3
ROWS = 64
layers = keras.layers


def mlp() -> keras.Model:
    """13-32-16-3."""
    hidden = [layers.Dense(32, activation="relu"), layers.Dense(16, activation="relu")]
    return keras.Sequential([keras.Input((13,)), *hidden, layers.Dense(3, activation="softmax")])


def conv() -> keras.Model:
    """Digits of 8 x 8."""
    first = [layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(16, 2, activation="relu")]
    return keras.Sequential([keras.Input((8, 8, 1)), *first, layers.Flatten(), layers.Dense(10, activation="softmax")])


def lstm() -> keras.Model:
    """Two LSTM layers on 30 steps of 8 numbers."""
    loops = [layers.LSTM(16, return_sequences=True), layers.LSTM(16)]
    return keras.Sequential([keras.Input((30, 8)), *loops, layers.Dense(3, activation="softmax")])


def gru() -> keras.Model:
    """Tokens, an embedding, a GRU in both directions."""
    both = layers.Bidirectional(layers.GRU(16))
    return keras.Sequential(
        [keras.Input((20,), dtype="int32"), layers.Embedding(50, 16), both, layers.Dense(3, activation="softmax")]
    )


def distributed() -> keras.Model:
    """A dense layer at each step, then a GRU."""
    dense = layers.TimeDistributed(layers.Dense(16, activation="relu"))
    return keras.Sequential([keras.Input((20, 8)), dense, layers.GRU(16), layers.Dense(3, activation="softmax")])


def transformer() -> keras.Model:
    """One block of attention on 20 steps of 16 numbers."""
    inputs = keras.Input((20, 16))
    flow = layers.LayerNormalization()(inputs + layers.MultiHeadAttention(4, 8)(inputs, inputs))
    ahead = layers.Dense(16)(layers.Dense(32, activation="gelu")(flow))
    flow = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(flow + ahead))
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(flow))


def resnet50() -> keras.Model:
    """ResNet50 on pictures of 64 x 64, ten classes."""
    return keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=10)


def deep() -> keras.Model:
    """302 layers in a row."""
    return keras.Sequential(
        [keras.Input((13,)), *(layers.Dense(8, activation="relu") for _ in range(301)), layers.Dense(3)]
    )


MODELS = {made.__name__: made for made in (mlp, conv, lstm, gru, distributed, transformer, resnet50, deep)}
SEQUENCES = ("lstm", "gru", "distributed", "transformer")

# Question -> (models, what it is divided by, the ratio it should stay below).
QUESTIONS: dict[str, tuple[tuple[str, ...], str, float | None]] = {
    "gradient": (SEQUENCES, "tape", 2),
    "gradient, warm": (SEQUENCES, "tape", None),
    "layers": ((*SEQUENCES, "resnet50"), "tape", 2.5),
    "layers of 302": (("deep",), "predict", 2.5),
    "contributions": (("lstm", "gru", "transformer"), "tape", 2.5),
    "explore": (("mlp", "conv", "lstm", "gru", "transformer"), "both", 4),
    "explore, idle": (("mlp", "conv", "lstm", "gru", "transformer"), "both", 12),
    "save_html": (("mlp",), "predict", 15),
}


def rows_of(model: keras.Model, count: int) -> np.ndarray:
    """Rows that the model takes."""
    random = np.random.default_rng(0)
    shape = (count, *model.inputs[0].shape[1:])
    if model.inputs[0].dtype == "int32":
        return random.integers(0, 50, shape, dtype=np.int32)
    return random.normal(size=shape).astype("float32")


def tape(model: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    """Gradients of each answer by the first numbers that have one, eager: the inputs or what an embedding returns."""
    embedding = next((layer for layer in model.layers if isinstance(layer, layers.Embedding)), None)
    behind = model
    if embedding is not None:
        x = embedding(x)
        behind = keras.Sequential([keras.Input(x.shape[1:]), *model.layers[1:]])
    start = tf.convert_to_tensor(x)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as taken:
        taken.watch(start)
        columns = tf.unstack(behind(start, training=False), axis=-1)
    return [taken.gradient(column, start).numpy() for column in columns]


def contributions_of(model: keras.Model, x: np.ndarray) -> object:
    """Of the first row, what the edges of its dense layers carry."""
    from nbviz.attribution.edges.contributions import contributions
    from nbviz.attribution.edges.edge_flow import EdgeUnits
    from nbviz.attribution.outputs import explained_outputs

    dense = [layer for layer in model.layers if type(layer) is layers.Dense and layer.input.ndim == 2]
    units = {layer.name: EdgeUnits(np.arange(3), np.arange(3)) for layer in dense}
    return contributions(explained_outputs(model, "logit"), [x[:1]], units, signed=True)


def seconds(work: Callable[[], object]) -> float:
    """CPU time of all threads."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(name: str, question: str) -> dict[str, float]:
    """In this process: what the question costs, and what it is divided by."""
    import nbviz

    keras.utils.set_random_seed(0)
    model = MODELS[name]()
    model.compile("adam", "sparse_categorical_crossentropy")
    x = rows_of(model, 1 if name == "resnet50" else ROWS)
    y = np.arange(len(x)) % model.outputs[0].shape[-1]
    below = {"predict": seconds(lambda: model.predict(x, verbose=0)), "tape": seconds(lambda: tape(model, x))}
    below["both"] = below["predict"] + below["tape"]

    def importance() -> object:
        return nbviz.importance(model, x, method="gradient")

    def explore() -> nbviz.ModelExplorer:
        return nbviz.explore(model, x, y)

    if question == "gradient":
        taken = seconds(importance)
    elif question == "gradient, warm":
        importance()
        taken = min(seconds(importance) for _ in range(3))
    elif question.startswith("layers"):
        taken = seconds(lambda: nbviz.layer_importance(model, x))
    elif question == "contributions":
        taken = seconds(lambda: contributions_of(model, x))
    elif question == "explore":
        load_what_draws()
        taken = seconds(explore)
    elif question == "explore, idle":
        load_what_draws()
        taken = seconds(lambda: explore().wait())
    else:
        explorer = explore()
        explorer.wait()
        with tempfile.TemporaryDirectory() as folder:
            taken = seconds(lambda: nbviz.save_html(explorer, Path(folder) / "page.html"))
    return {"taken": taken, "below": below[QUESTIONS[question][1]]}


def load_what_draws() -> None:
    """Import what every process pays for once: the libraries of charts and widgets."""
    import bqplot  # noqa: F401
    import ipywidgets  # noqa: F401
    import pandas  # noqa: F401

    import nbviz

    _ = nbviz.explore


def in_a_process(checkout: Path, name: str, question: str) -> dict[str, float]:
    """`measure` by the nbviz of a checkout."""
    answer = subprocess.run(
        [sys.executable, __file__, "--measure", name, question, "--nbviz", str(checkout)],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        return {"taken": float("nan"), "below": 1.0}
    return json.loads(answer.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def main() -> None:
    """Print the table, or one measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="questions or models")
    parser.add_argument("--beside", type=Path, help="another checkout")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--nbviz", type=Path, default=HERE, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.measure:
        sys.path.insert(0, str(said.nbviz))
        warnings.filterwarnings("ignore")
        found = measure(*said.measure)
        print(json.dumps(found), flush=True)
        os._exit(0)  # what runs in the background is no part of it
    checkouts = [HERE, *([said.beside.resolve()] if said.beside else [])]
    heads = "".join(f"{title:>16}" for title in ("here", "beside")[: len(checkouts)])
    print(f"{'first answer / what it is divided by':44}{heads}  target")
    for question, (names, by, target) in QUESTIONS.items():
        for name in names:
            if said.names and not {question, name} & set(said.names):
                continue
            rounds = [[in_a_process(where, name, question) for where in checkouts] for _ in range(said.rounds)]
            line = f"{question}: {name} / {by}".ljust(44)
            for side in range(len(checkouts)):
                ratio = statistics.median(each[side]["taken"] / each[side]["below"] for each in rounds)
                line += f"{ratio:6.2f} ({statistics.median(each[side]['taken'] for each in rounds):5.2f} s)"
            print(line + ("" if target is None else f"  <= {target:g}"), flush=True)


if __name__ == "__main__":
    main()

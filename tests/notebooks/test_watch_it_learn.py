"""The lesson on training says nothing that its own numbers do not bear out, on whatever machine it runs."""

import json

import nbformat
import pytest

from .running import NOTEBOOKS, run

LESSON = NOTEBOOKS / "04_watch_it_learn.ipynb"

NUMBERS = """
import json
print("numbers", json.dumps({
    "moments": len(recording.moments),
    "epochs": int(first["epoch"].max()),
    "largest_change": max(float(np.abs(weight - before[path]).max()) for path, weight in after.items()),
    "early": [early.epoch, early.step],
    "first": first.set_index("epoch")["loss"].to_dict(),
    "second": second.set_index("epoch")["loss"].to_dict(),
    "losses": {name: run.metrics["loss"].tolist() for name, run in runs.items()},
    "accuracy": {name: float(run.metrics["val_accuracy"].iloc[-1]) for name, run in runs.items()},
    "dead": [finding.what for finding in broken.findings if finding.kind == "dead"],
    "answers": float(np.ptp(broken.model.predict(x_test, verbose=0), axis=0).max()),
}))
"""


@pytest.fixture(scope="module")
def numbers():
    notebook = nbformat.read(LESSON, as_version=4)
    at = next(index for index, cell in enumerate(notebook.cells) if "before = {" in cell.source)
    notebook.cells[at].source += "\nafter = {weight.path: weight.numpy() for weight in model.weights}"
    notebook.cells.append(nbformat.v4.new_code_cell(NUMBERS))
    run(notebook)
    printed = "".join(output.get("text", "") for output in notebook.cells[-1].outputs)
    return json.loads(printed.split("numbers", 1)[1])


@pytest.mark.slow
def test_a_single_batch_changes_the_weights_a_little(numbers):
    assert 0 < numbers["largest_change"] < 0.3


@pytest.mark.slow
def test_the_second_way_leaves_the_first_one_early_and_is_slower(numbers):
    assert numbers["epochs"] == 40
    assert numbers["moments"] > 3
    assert numbers["early"][0] <= 5
    for epoch in ("10", "15", "20"):
        assert numbers["second"][epoch] > numbers["first"][epoch]


@pytest.mark.slow
def test_one_rate_crawls_one_learns_and_one_explodes(numbers):
    small, right, large = (numbers["losses"][f"rate {rate}"] for rate in (0.01, 0.3, 20.0))
    assert max(large) > 100
    assert right[-1] < 0.5 * small[-1]
    assert numbers["accuracy"]["rate 0.3"] > 0.9
    assert numbers["accuracy"]["rate 20.0"] < 0.6


@pytest.mark.slow
def test_all_units_of_a_layer_are_dead_and_the_network_says_nearly_the_same_of_every_point(numbers):
    assert "hidden_2: 100 % dead ReLU" in numbers["dead"]
    assert numbers["answers"] < 1e-6

"""The lesson on the explorer says nothing that its own numbers do not bear out, on whatever machine it runs."""

import json

import nbformat
import pytest

from .running import NOTEBOOKS, run

LESSON = NOTEBOOKS / "02_explore_a_model.ipynb"

NUMBERS = """
import json
texture = x_train["worst texture"]
print("numbers", json.dumps({
    "accuracy": float(right.mean()),
    "missed": missed,
    "probability": float(malignant[tumour]),
    "top": explorer.importance.to_frame()["malignant"].idxmax(),
    "shown": [explorer.selected_sample, explorer.selected_class, explorer.diagram.selected_feature],
    "loudest": says.idxmin().to_dict(),
    "step": float(why.values[x_test.columns.get_loc("worst texture"), 1]),
    "texture": x_test["worst texture"].iloc[missed].tolist(),
    "benign_texture": float(texture[y_train == 0].mean()),
    "malignant_from": float(coarser(tumour)),
    "page": page.stat().st_size,
}))
"""


@pytest.fixture(scope="module")
def numbers():
    notebook = nbformat.read(LESSON, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(NUMBERS))
    run(notebook)
    printed = "".join(output.get("text", "") for output in notebook.cells[-1].outputs)
    return json.loads(printed.split("numbers", 1)[1])


@pytest.mark.slow
def test_sample_25_is_missed_without_doubt(numbers):
    assert 25 in numbers["missed"]
    assert numbers["probability"] < 0.02
    assert numbers["accuracy"] > 0.93


@pytest.mark.slow
def test_texture_leads_the_matrix_and_speaks_loudest_against_most_of_the_missed_tumours(numbers):
    assert numbers["top"] == "worst texture"
    assert numbers["loudest"]["25"] == "worst texture"
    misled = [row for row, name in numbers["loudest"].items() if name == "worst texture"]
    assert len(misled) > len(numbers["missed"]) / 2
    textures = dict(zip(map(str, numbers["missed"]), numbers["texture"], strict=True))
    assert all(textures[row] < numbers["benign_texture"] for row in misled)


@pytest.mark.slow
def test_the_quoted_step_and_the_texture_that_would_change_the_verdict_hold(numbers):
    assert numbers["step"] == pytest.approx(-0.6, abs=0.1)
    assert numbers["malignant_from"] == pytest.approx(32, abs=1)


@pytest.mark.slow
def test_the_explorer_ends_where_the_story_does_and_its_page_is_small(numbers):
    assert numbers["shown"] == [25, 1, "worst texture"]
    assert numbers["page"] < 5_500_000

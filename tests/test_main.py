import re
import subprocess
import sys
import tomllib
import webbrowser

import keras
import numpy as np
import pandas as pd
import pytest

import nbviz
from nbviz.__main__ import command, main
from tests.page.widgets import saved_models


def network(units, activation, features=3, **compiled):
    layers = [keras.layers.Dense(6, "relu"), keras.layers.Dense(units, activation)]
    model = keras.Sequential([keras.Input((features,), name="features"), *layers], name="grapes")
    if compiled:
        model.compile(**compiled)
    return model


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Paths of saved models by what they answer."""
    folder = tmp_path_factory.mktemp("models")
    logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    saved = {
        "three": network(3, "softmax"),
        "logits": network(3, None, loss=logits),
        "yes or no": network(1, "sigmoid"),
        "number": network(1, None),
        "two numbers": network(2, None),
        "picture": keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]),
    }
    for name, model in saved.items():
        model.save(folder / f"{name}.keras")
    return {name: folder / f"{name}.keras" for name in saved}


@pytest.fixture
def csv(tmp_path):
    """Writes three features and these answers."""

    def write(answers, **columns):
        random = np.random.default_rng(0)
        table = pd.DataFrame(random.normal(size=(len(answers), 3)), columns=["hue", "ash", "proline"])
        path = tmp_path / "data.csv"
        table.assign(**columns, grape=answers).to_csv(path, index=False)
        return path

    return write


@pytest.fixture
def explored(monkeypatch):
    """What `explore` was called with; a diagram stands in for the explorer."""
    calls = []

    def explore(model, x, y, **named):
        calls.append({"x": x, "y": y, **named})
        return nbviz.NetworkDiagram(model, x)

    monkeypatch.setitem(vars(nbviz), "explore", explore)
    return calls


def page(model, data, out, *more):
    return main(["page", str(model), str(data), "--target", "grape", "--out", str(out), *more])


def test_a_page_of_a_model_and_a_table_is_written(models, csv, tmp_path, explored, capsys):
    out = tmp_path / "page.html"
    assert page(models["three"], csv([0, 1, 2, 1]), out) == 0
    (call,) = explored
    assert list(call["x"].columns) == ["hue", "ash", "proline"]
    assert (call["y"].tolist(), call["class_names"], call["seed"]) == ([0, 1, 2, 1], None, 0)
    printed = capsys.readouterr()
    assert re.search(r"page\.html: 4 rows, \d\.\d MB; works without a network", printed.out)
    assert printed.err == ""
    assert "<title>three</title>" in out.read_text("utf-8")


def test_text_labels_are_numbered_in_sorted_order_and_the_output_says_so(models, csv, tmp_path, explored, capsys):
    assert page(models["three"], csv(["red", "blue", "green", "blue"]), tmp_path / "p.html") == 0
    assert explored[0]["y"].codes.tolist() == [2, 0, 1, 0]
    assert explored[0]["y"].categories.tolist() == ["blue", "green", "red"]
    assert "Labels: blue is class 0, green is class 1, red is class 2" in capsys.readouterr().out


def test_class_names_give_the_order_of_text_labels(models, csv, tmp_path, explored):
    data = csv(["red", "blue", "blue"])
    assert page(models["three"], data, tmp_path / "p.html", "--class-names", "red", "green", "blue") == 0
    assert explored[0]["y"].tolist() == ["red", "blue", "blue"]
    assert explored[0]["class_names"] == ["red", "green", "blue"]


def test_class_names_of_numbers_are_those_of_the_classes(models, csv, tmp_path, explored):
    assert page(models["logits"], csv([2, 0, 0]), tmp_path / "p.html", "--class-names", "a", "b", "c") == 0
    assert (explored[0]["y"].tolist(), explored[0]["class_names"]) == ([2, 0, 0], ["a", "b", "c"])


def test_one_sigmoid_unit_bears_the_name_of_the_second_class(models, csv, tmp_path, explored):
    assert page(models["yes or no"], csv(["no", "yes", "no"]), tmp_path / "p.html") == 0
    assert explored[0]["y"].codes.tolist() == [0, 1, 0]
    assert explored[0]["y"].categories.tolist() == ["no", "yes"]


def test_a_regression_takes_numbers_as_they_are(models, csv, tmp_path, explored):
    assert page(models["number"], csv([0.5, -3.25]), tmp_path / "p.html") == 0
    assert (explored[0]["y"].tolist(), explored[0]["class_names"]) == ([0.5, -3.25], None)


def test_rows_are_drawn_after_labels_are_numbered(models, csv, tmp_path, explored, capsys):
    # The last label is so rare that most draws of two rows lack it.
    answers = ["b"] * 30 + ["c"] * 30 + ["a"]
    assert page(models["three"], csv(answers), tmp_path / "p.html", "--rows", "2", "--seed", "1") == 0
    assert len(explored[0]["x"]) == len(explored[0]["y"]) == 2
    assert explored[0]["y"].categories.tolist() == ["a", "b", "c"]
    assert "2 of 61 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("model", "answers", "words"),
    [
        ("three", [0, 1, 3, 5], "Received 4 different: 0, 1, 3, 5."),
        ("three", ["x", "y"], "Expected y with 3 classes"),
        ("three", [0.5, 1.0, 2.0, 7.0], "Expected y with 3 classes"),
        ("number", ["x", "y"], "Received text in the target"),
        ("two numbers", [0, 1], "a regression with 2 outputs; if the outputs are logits"),
        ("picture", [0, 1], "one row of numbers as its input. Received inputs of shape (4, 4, 1)"),
    ],
)
def test_answers_that_do_not_fit_the_model_are_refused_in_one_line(
    models, csv, tmp_path, capsys, model, answers, words
):
    assert page(models[model], csv(answers), tmp_path / "p.html") == 1
    check_error(capsys, words)
    assert not (tmp_path / "p.html").exists()


def test_the_numbers_of_columns_that_do_not_match_are_named(models, csv, tmp_path, capsys):
    assert page(models["three"], csv([0, 1, 2], extra=1.0), tmp_path / "p.html") == 1
    check_error(capsys, "Expected 3 feature columns, as the model takes. Received 4 in")


def test_class_names_that_do_not_fit_are_refused(models, csv, tmp_path, capsys):
    assert page(models["three"], csv([0, 1, 2]), tmp_path / "p.html", "--class-names", "a", "b") == 1
    check_error(capsys, "Expected 3 class names, one for each class of the model. Received 2.")
    assert page(models["three"], csv(["a", "z"]), tmp_path / "p.html", "--class-names", "a", "b", "c") == 1
    check_error(capsys, "Expected labels among the class names a, b, c. Received ['z'].")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "no.keras"}, "no.keras, which does not exist"),
        ({"data": "no.csv"}, "no.csv, which does not exist"),
        ({"model": "data.csv"}, "Expected a Keras model file (.keras, .h5)"),
        ({"out": "no/page.html"}, "Expected a path in a folder that exists"),
        ({"out": "."}, "Expected the path of a file. Received the folder"),
    ],
)
def test_files_that_are_not_there_are_named_in_one_line(models, csv, tmp_path, monkeypatch, capsys, change, words):
    csv([0, 1, 2])
    monkeypatch.chdir(tmp_path)
    given = {"model": models["three"], "data": "data.csv", "out": "page.html"} | change
    assert page(given["model"], given["data"], given["out"]) == 1
    check_error(capsys, words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hue,ash,proline,grape\n1,,3,0\n", "1 missing: ash (1)"),
        ("hue,ash,proline,grape\n1,soft,3,0\n", "text in ash"),
        ("hue,ash,proline,vine\n1,2,3,0\n", "the target among the columns hue, ash, proline, vine. Received 'grape'"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_in_one_line(models, tmp_path, capsys, text, words):
    (tmp_path / "data.csv").write_text(text)
    assert page(models["three"], tmp_path / "data.csv", tmp_path / "page.html") == 1
    check_error(capsys, words)
    assert not (tmp_path / "page.html").exists()


def check_error(capsys, words):
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("nbviz: error: Expected ")
    assert words in printed.err


@pytest.mark.parametrize(
    "arguments", [[], ["page"], ["paeg"], ["page", "m", "d", "--target", "y", "--out", "o", "--rows", "0"]]
)
def test_a_command_that_is_not_understood_ends_with_two_and_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: nbviz" in capsys.readouterr().err


def test_python_m_nbviz_tells_errors_without_a_traceback_and_without_loading_keras(tmp_path):
    code = (
        "import sys, runpy; sys.argv = ['nbviz', 'page', 'no.keras', 'no.csv', '--target', 'y', '--out', 'p.html']\n"
        "try: runpy.run_module('nbviz', run_name='__main__')\n"
        "finally: print('keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "False\n")
    assert done.stderr == "nbviz: error: Expected a Keras model file. Received no.keras, which does not exist.\n"


def test_the_command_nbviz_is_this_program(project):
    scripts = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert scripts == {"nbviz": f"{command.__module__}:{command.__name__}"}


def test_it_ends_with_its_file_and_does_not_put_away_what_keras_made():
    code = (
        "import atexit, sys, types, nbviz.__main__ as program\n"
        "sys.modules['keras'] = types.ModuleType('keras')\n"
        "program.main = lambda: print('complete') or 3\n"
        "atexit.register(print, 'late')\n"
        "program.command()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (3, "complete\n")


def test_the_demonstration_makes_a_page_opens_it_and_tells_of_the_notebook(tmp_path, monkeypatch, capsys, explored):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    out = tmp_path / "demo.html"
    assert main(["demo", "--out", str(out)]) == 0
    assert opened == [out.as_uri()]
    printed = capsys.readouterr().out
    assert int(re.search(r"It gets (\d+)% of 45 bottles", printed)[1]) > 85
    assert "jupyter lab notebooks/02_explore_a_model.ipynb" in printed
    assert explored[0]["x"].shape == (45, 13)
    assert main(["demo", "--out", str(out), "--no-open"]) == 0
    assert len(opened) == 1


def test_without_scikit_learn_the_demonstration_says_what_to_install(tmp_path, monkeypatch, capsys, explored):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main(["demo", "--no-open", "--out", str(tmp_path / "demo.html")]) == 1
    assert 'pip install "nbviz[demo]"' in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_page_of_an_explorer_has_its_parts_and_stays_below_five_and_a_half_megabytes(tmp_path, capsys):
    out = tmp_path / "demo.html"
    assert main(["demo", "--no-open", "--out", str(out)]) == 0
    text = out.read_text("utf-8")
    assert len(text.encode()) < 5_500_000
    kinds = {model["model_name"] for model in saved_models(out).values()}
    assert {"AnyModel", "LinkModel", "TabModel"} <= kinds
    assert 'type="application/vnd.nbviz.moments"' in text


def test_labels_in_another_order_than_the_model_learned_are_told(tmp_path, csv, capsys):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, "softmax", use_bias=False)])
    model.set_weights([9 * np.eye(3, dtype="float32")])
    model.save(tmp_path / "sharp.keras")
    path = csv([0] * 60)
    table = pd.read_csv(path)
    largest = table[["hue", "ash", "proline"]].to_numpy().argmax(axis=1)
    table.assign(grape=np.array(["low", "mid", "high"])[largest]).to_csv(path, index=False)
    assert page(tmp_path / "sharp.keras", path, tmp_path / "p.html") == 0
    assert "in the order low, mid, high it would be 100 %" in capsys.readouterr().err
    order = ["--class-names", "low", "mid", "high"]
    assert page(tmp_path / "sharp.keras", path, tmp_path / "p.html", *order) == 0
    assert capsys.readouterr().err == ""


def test_what_the_outputs_are_can_be_said(tmp_path, csv, explored, capsys):
    network(3, None).save(tmp_path / "plain.keras")
    assert page(tmp_path / "plain.keras", csv([0, 2, 1]), tmp_path / "p.html") == 1
    assert "--output-kind logits" in capsys.readouterr().err
    assert page(tmp_path / "plain.keras", csv([0, 2, 1]), tmp_path / "p.html", "--output-kind", "logits") == 0
    assert (explored[0]["y"].tolist(), explored[0]["output_kind"]) == ([0, 2, 1], "logits")

import keras
import numpy as np
import pytest
from playwright.sync_api import expect

import nbviz

from .jupyter import cell_errors, execute, run_all, wait_until_run
from .page import rest, set_from_python, show, wait_until
from .picture import changed_share, colour_share, screenshot


@pytest.fixture
def diagram():
    """4 inputs, 40 hidden units of which 16 are shown, 2 classes; coloured by the first of 50 rows."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(40, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    x = np.random.default_rng(1).normal(size=(50, 4)).astype("float32")
    return nbviz.NetworkDiagram(model, x, feature_names=["a", "b", "c", "d"], class_names=["yes", "no"]).show(0)


@pytest.mark.parametrize("width", [600, 1600])
@pytest.mark.parametrize(
    ("theme", "ground", "negative", "positive"),
    [("light", "#ffffff", "#f59322", "#0877bd"), ("dark", "#111111", "#f8a548", "#3b9fe6")],
)
def test_weights_of_both_signs_are_drawn(
    page, diagram, tmp_path, screenshots, theme, ground, negative, positive, width
):
    show(page, diagram, tmp_path, theme=theme, width=width)
    picture = screenshot(page.locator(".output"))
    page.screenshot(path=screenshots / f"network_view_{theme}_{width}.png")
    assert colour_share(picture, ground, tolerance=2) > 0.7
    # The strongest edges have 0.9 of the full colour; scales and icons alone stay below 0.0005.
    assert colour_share(picture, negative, tolerance=40) > 0.001
    assert colour_share(picture, positive, tolerance=40) > 0.001
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_what_is_spoken_ends_at_what_is_shown_however_fast_that_changes(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    spoken = page.locator(".nbviz-live")
    for sample in (7, 8, 9):  # sooner than one sentence may follow another
        diagram.show(sample)
        set_from_python(page, {"frame": diagram.frame, "selected_sample": sample})
    expect(spoken).to_contain_text("; sample 9;")


def test_a_selection_made_in_python_changes_the_picture_and_back(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    before = screenshot(page)
    set_from_python(page, {"selected_unit": diagram.unit_id(diagram.architecture.layers[0].name, "b")})
    rest(page)
    selected = screenshot(page)
    assert changed_share(before, selected) > 0.005
    set_from_python(page, {"selected_unit": None})
    rest(page)
    assert changed_share(before, screenshot(page)) == 0


def test_a_frame_that_arrives_is_drawn(page, diagram, tmp_path):
    show(page, diagram, tmp_path)
    before = screenshot(page)
    diagram.model.set_weights([-weights for weights in diagram.model.get_weights()])
    diagram.update()
    set_from_python(page, {"frame": diagram.frame})
    rest(page)
    assert changed_share(before, screenshot(page)) > 0.01


@pytest.mark.slow
def test_the_first_notebook_shows_the_network_and_its_training_in_jupyterlab(notebook, project, screenshots):
    page = notebook(project / "notebooks" / "01_first_look.ipynb")
    run_all(page)
    page.wait_for_selector(".jp-OutputArea-output canvas", timeout=60_000)
    wait_until_run(page)
    assert cell_errors(page) == []
    output = page.locator(".jp-OutputArea-output:has(canvas)").first
    output.scroll_into_view_if_needed()
    rest(page)
    trained = screenshot(output)
    page.screenshot(path=screenshots / "first_look_in_jupyterlab.png")
    assert colour_share(trained, "#ffffff", tolerance=2) > 0.5
    assert colour_share(trained, "#f59322", tolerance=40) > 0.001
    assert colour_share(trained, "#0877bd", tolerance=40) > 0.001
    execute(
        page, "for layer in model.layers: layer.set_weights([w * 0 for w in layer.get_weights()])\ndiagram.update()"
    )
    wait_until(page, lambda: changed_share(trained, screenshot(output)) > 0.01)


def test_a_word_that_comes_in_is_not_marked_as_a_broken_number(page, tmp_path):
    colour = keras.Input((1,), dtype="string", name="colour")
    codes = keras.layers.StringLookup(vocabulary=["red", "blue"], output_mode="one_hot", name="code")(colour)
    model = keras.Model(colour, keras.layers.Dense(2, name="answer")(codes))
    diagram = nbviz.NetworkDiagram(model, np.array([["red"], ["blue"]], dtype=object))
    diagram.show(0)
    show(page, diagram, tmp_path, width=900)
    assert colour_share(screenshot(page), "#9a5b00", tolerance=30) == 0
    model.layers[-1].kernel.assign(np.full((3, 2), np.nan))
    diagram = nbviz.NetworkDiagram(model, np.array([["red"], ["blue"]], dtype=object))
    diagram.show(0)
    show(page, diagram, tmp_path, width=900)
    assert colour_share(screenshot(page), "#9a5b00", tolerance=30) > 0

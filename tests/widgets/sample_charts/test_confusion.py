import ipywidgets
import numpy as np
import pytest

from nbviz.widgets.sample_charts.confusion import (
    LABELLED,
    LEVELS,
    RIGHT,
    WRONG,
    Confusion,
    cell_words,
    count_cells,
    distinct,
    palette,
    shades,
)
from nbviz.widgets.sample_picker.picker_wire import ClassPredictions
from nbviz.widgets.sample_picker.sample_picker import SamplePicker


def test_rows_are_true_and_columns_predicted():
    counts = count_cells([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], 2)
    assert counts.tolist() == [[1, 1], [1, 2]]


def test_a_class_without_rows_counts_nothing():
    assert count_cells([0], [0], 3).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert count_cells([], [], 2).sum() == 0


@pytest.mark.parametrize(
    ("truth", "predicted", "words"),
    [
        ([0, 1], [0], r"Received \(2,\) and \(1,\)"),
        ([0, 2], [0, 1], "from 0 to 1. Received 0 to 2"),
        ([0, -1], [0, 1], "from 0 to 1. Received -1 to 1"),
        ([0.5, 1.0], [0, 1], "astype"),
        ([[1, 0]], [[1, 0]], "of the same shape"),
    ],
)
def test_what_does_not_fit_is_named(truth, predicted, words):
    with pytest.raises(ValueError, match=words):
        count_cells(truth, predicted, 2)


def test_shade_is_the_share_of_the_true_class_and_one_row_shows():
    counts = np.array([[99, 1, 0], [0, 0, 0], [5, 0, 5]])
    assert shades(counts).tolist() == [[5, 1, 0], [0, 0, 0], [3, 0, 3]]
    assert shades(counts, faintest=3).tolist() == [[5, 3, 0], [0, 0, 0], [3, 0, 3]]
    assert shades(counts).max() == LEVELS - 1


def test_grey_is_right_and_orange_is_wrong():
    counts = np.array([[17, 1], [0, 12]])
    words = cell_words(counts)
    assert words.tolist() == [["17 of 18", "1 of 18, misread"], ["0 of 12", "12 of 12"]]
    domain, colours = palette(words, shades(counts))
    colour_of = dict(zip(domain, colours, strict=True))
    assert colour_of["17 of 18"] == RIGHT[5]
    assert colour_of["1 of 18, misread"] == WRONG[1]
    assert colour_of["0 of 12"] == RIGHT[0]
    assert colour_of["12 of 12"] == RIGHT[5]


def test_counts_are_printed_and_zeros_are_fainter():
    confusion = Confusion([0, 0, 1], [0, 1, 1], ["a", "b"])
    assert confusion._some.text.tolist() == ["1", "1", "", "1"]
    assert confusion._none.text.tolist() == ["", "", "0", ""]


def test_the_caption_counts_what_is_right():
    assert "2 of 3 right; click a cell" in Confusion([0, 0, 1], [0, 1, 1], ["a", "b"])._head.value


def test_a_click_from_the_browser_is_read():
    confusion = Confusion([0, 0, 1], [0, 1, 1], ["a", "b"])
    heard = []
    confusion.cells.observe(lambda change: heard.append(change["new"]), "selected")
    confusion.cells.set_state({"selected": [[0, 1]]})
    assert [cells.tolist() for cells in heard] == [[[0, 1]]]
    assert confusion.cells.get_state("selected") == {"selected": [[0, 1]]}
    confusion.cells.selected = None
    assert confusion.cells.get_state("selected") == {"selected": None}


def test_the_selection_can_be_linked_to_the_picker_in_the_browser():
    confusion = Confusion([0, 0, 1], [0, 1, 1], ["a", "b"])
    picker = SamplePicker(ClassPredictions([[1, 0], [0, 1], [0, 1]], [0, 0, 1]))
    link = ipywidgets.jslink((confusion.cells, "selected"), (picker, "cells"))
    assert link.source[0] is confusion.cells
    # Both spell a selection the same way.
    confusion.cells.selected = np.array([[0, 1]])
    picker.set_state({"cells": confusion.cells.get_state("selected")["selected"]})
    assert picker.cells == [[0, 1]]


def test_classes_of_the_same_name_keep_their_own_row():
    assert distinct(["a", "a", "b", "a"]) == ["a", "a (2)", "b", "a (3)"]
    assert Confusion([0, 1], [0, 1], ["a", "a"]).cells.row.tolist() == ["a", "a (2)"]


def test_names_are_text():
    name = "<img src=x onerror=alert(1)>"
    confusion = Confusion([0], [0], [name], title=name)
    assert "<img" not in confusion._head.value
    assert confusion.cells.row.tolist() == [name]  # SVG text


@pytest.mark.parametrize("classes", [1, 2, LABELLED, LABELLED + 1, 100])
def test_any_number_of_classes(classes):
    truth = np.arange(classes).repeat(2)
    confusion = Confusion(truth, truth, [f"class {index}" for index in range(classes)])
    assert confusion.cells.color.shape == (classes, classes)
    labelled = classes <= LABELLED
    assert len(confusion._some.text) == (classes**2 if labelled else 0)
    figure = confusion.children[1]
    assert bool(figure.axes) is labelled
    assert float(figure.layout.height.removesuffix("px")) < 600


def test_counting_anew_changes_colours_and_counts():
    confusion = Confusion([0, 0, 1], [0, 1, 1], ["a", "b"])
    confusion.update([0, 0, 1], [0, 0, 1])
    assert confusion.counts.tolist() == [[2, 0], [0, 1]]
    assert "3 of 3 right" in confusion._head.value
    assert set(confusion.cells.color.ravel()) == set(confusion.cells.scales["color"].domain)


def test_a_bad_update_changes_nothing():
    confusion = Confusion([0, 0, 1], [0, 1, 1], ["a", "b"])
    with pytest.raises(ValueError, match="from 0 to 1"):
        confusion.update([0, 5], [0, 0])
    assert confusion.counts.tolist() == [[1, 1], [0, 1]]
    with pytest.raises(ValueError, match="at least one class"):
        Confusion([], [], [])

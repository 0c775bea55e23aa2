import html
import json
import time

import ipywidgets
import numpy as np
import pandas as pd
import pytest
import traitlets

import nbviz
from nbviz.attribution.table.directions import LocalSample
from nbviz.attribution.table.importance import Importance
from nbviz.widgets.importance_matrix import matrix_wire
from nbviz.widgets.importance_matrix.importance_matrix import ImportanceMatrix

FEATURES, CLASSES = ["hue", "ash", "alcohol"], ["Barolo", "Barbera"]
STRENGTH = np.array([[6.0, 1.0], [3.0, 0.0], [1.0, 4.0]])  # columns sum to 10 and 5
SHARES = np.array([[0.6, 0.2], [0.3, 0.0], [0.1, 0.8]])


def importance(strength=STRENGTH, features=FEATURES, classes=CLASSES, **given):
    attrs = {"method": "expected_gradients", "output": "logit", "rows": 45, **given.pop("attrs", {})}
    error = given.pop("standard_error", None)
    features, classes = (names if isinstance(names, pd.Index) else pd.Index(names) for names in (features, classes))
    return Importance(np.array(strength), error, features, classes, attrs, **given)


def raising(strength, **given):
    """Four rows whose attributions are all positive: every direction is 1."""
    sample = LocalSample(np.ones((4, *np.shape(strength)), "float32"))
    return importance(strength, sample=sample, attrs={"direction": "gradient sign", **given.pop("attrs", {})}, **given)


def numbers(matrix, key="", above=False):
    """The numbers of a table, read as `nbviz.widgets.importance_matrix.matrix_wire` says they lie."""
    wire, data = matrix.tables[key], matrix.numbers
    rows, columns = len(wire["rows"]), len(wire["columns"])
    cells, found, at = rows * columns, {}, wire["offset"] + (wire["above"]["offset"] if above else 0)
    for name in ("share", "share_error", "strength", "direction"):
        found[name] = np.frombuffer(data, "<f4", cells, at).reshape(rows, columns)
        at += 4 * cells
    found["mean_share"] = np.frombuffer(data, "<f4", rows, at)
    at += 4 * rows
    for name in ("hue", "way"):
        found[name] = np.frombuffer(data, "u1", cells, at).reshape(rows, columns)
        at += cells
    return found


def test_shares_strengths_and_errors_are_sent_in_the_order_given():
    sent = numbers(ImportanceMatrix(importance(standard_error=STRENGTH / 10)))
    assert np.allclose(sent["share"], SHARES)
    assert np.allclose(sent["strength"], STRENGTH)
    assert np.allclose(sent["share_error"], SHARES / 10)
    assert np.allclose(sent["mean_share"], [0.4, 0.15, 0.45])
    assert np.isnan(sent["direction"]).all()


def test_names_words_and_scales_are_sent():
    matrix = ImportanceMatrix(importance(standard_error=STRENGTH / 10, noise_floor=[0.4, 0.2]))
    wire = matrix.tables[""]
    assert (wire["rows"], wire["columns"], wire["column_groups"]) == (FEATURES, CLASSES, None)
    assert wire["title"] == "Importance by class"
    assert wire["captions"] == ["expected gradients on the centred logit, 45 rows", "shares: each column sums to 1"]
    assert wire["floor_words"] == "below noise floor 0.04"
    assert (wire["deepest"], wire["longest"], wire["decimals"]) == pytest.approx((0.8, 0.45, 2))
    assert wire["furthest"] == pytest.approx(0.8 * (1 + 1.96 / 10))  # the right end of the longest interval
    assert wire["ids"] == [0, 1, 2]
    assert matrix.layers == [{"key": "", "label": "features"}]


def test_hues_and_triangles_are_decided_in_python_and_what_is_below_the_floor_has_neither():
    ups = np.array([10, 6, 5, 0])  # of ten rows: directions 1, 0.2, 0 and -1
    sample = LocalSample(np.where(np.arange(10)[:, None] < ups, 1, -1)[..., np.newaxis].astype("float32"))
    held = importance(
        [[4.0], [3.0], [2.0], [1.0]], list("abcd"), ["x"], sample=sample, attrs={"direction": "gradient sign"}
    )
    sent = numbers(ImportanceMatrix(held))
    assert sent["hue"].ravel().tolist() == [1, 3, 3, 2]
    assert sent["way"].ravel().tolist() == [1, 1, 0, 2]
    assert np.allclose(sent["direction"].ravel(), [1, 0.2, 0, -1])
    quiet = numbers(ImportanceMatrix(held.with_noise_floor(np.array([3.0]))))
    assert quiet["hue"].ravel().tolist() == [1, 0, 0, 0]
    assert quiet["way"].ravel().tolist() == [1, 0, 0, 0]


def test_with_a_noise_floor_the_shares_above_it_are_sent_as_well():
    matrix = ImportanceMatrix(importance(standard_error=STRENGTH / 10, noise_floor=[1.0, 2.0]))
    matrix.set_table("dense", importance(np.ones((2, 2)), range(2)))
    wire = matrix.tables[""]
    above = numbers(matrix, above=True)
    # Of 6, 3, 1 and 1, 0, 4 there are 5, 2, 0 and 0, 0, 2 above the floor.
    assert np.allclose(above["share"], [[5 / 7, 0], [2 / 7, 0], [0, 1]])
    assert np.allclose(above["mean_share"], [5 / 14, 1 / 7, 1 / 2])
    assert np.allclose(above["share_error"], [[0.6 / 7, np.nan], [0.3 / 7, np.nan], [np.nan, 0.4 / 2]], equal_nan=True)
    assert np.allclose(above["strength"], STRENGTH)
    assert (above["hue"] == numbers(matrix)["hue"]).all()
    assert wire["above"]["captions"][1] == "shares of what exceeds the noise floor: each column sums to 1"
    assert wire["above"]["totals"] == [7, 2]
    assert (wire["above"]["deepest"], wire["above"]["longest"]) == (1, 0.5)
    assert wire["above"]["floor_words"] == "below noise floor: Barolo 0.10, Barbera 0.40 of all strength"
    assert np.allclose(numbers(matrix)["share"], SHARES)
    assert np.allclose(numbers(matrix, "dense")["share"], 0.5)
    assert matrix.tables["dense"]["above"] is None


def test_a_saved_picture_has_the_shares_that_are_chosen():
    matrix = ImportanceMatrix(importance(noise_floor=[1.0, 2.0]))
    assert "shares of what exceeds the noise floor" in matrix.picture_html()
    matrix.above_floor = False
    assert '<div class="nbviz-note">expected gradients on the centred logit, 45 rows; shares: each' in (
        matrix.picture_html()
    )


def test_the_button_asks_whoever_is_there():
    matrix = ImportanceMatrix(importance())
    asked = []
    matrix._receive(matrix, {"type": "floor", "value": True}, [])  # nobody
    matrix.on_floor = asked.append
    for value in (True, False, "<script>"):
        matrix._receive(matrix, {"type": "floor", "value": value}, [])
    assert asked == [True, False, False]


def test_small_shares_get_a_third_decimal():
    matrix = ImportanceMatrix(importance(np.ones((40, 1)), range(40), ["x"]))
    assert matrix.tables[""]["decimals"] == 3


@pytest.mark.parametrize("strength", [[[1.0]], np.zeros((3, 2)), [[1.0, np.nan], [2.0, np.nan]]])
def test_one_cell_constant_columns_and_unknown_numbers_are_sent_without_nan_in_json(strength):
    strength = np.array(strength)
    rows, columns = strength.shape
    matrix = ImportanceMatrix(importance(strength, range(rows), range(columns), standard_error=strength * np.nan))
    json.dumps(matrix.tables, allow_nan=False)
    sent = numbers(matrix)
    assert (np.isnan(sent["share"]) == np.isnan(strength)).all()
    assert np.isnan(sent["share_error"]).all()
    assert not matrix.tables[""]["has_intervals"]


def test_strengths_beyond_float32_are_sent_as_infinite_with_their_shares_right():
    sent = numbers(ImportanceMatrix(importance([[1e300], [3e300]], ["a", "b"], ["x"])))
    assert np.isinf(sent["strength"]).all()
    assert np.allclose(sent["share"].ravel(), [0.25, 0.75])


def test_several_outputs_become_groups_of_columns():
    classes = pd.MultiIndex.from_tuples([("colour", "red"), ("colour", "white"), ("origin", "north")])
    wire = ImportanceMatrix(importance(np.ones((1, 3)), ["a"], classes)).tables[""]
    assert wire["column_groups"] == ["colour", "colour", "origin"]
    assert wire["columns"] == ["red", "white", "north"]


def test_a_hundred_thousand_rows_take_less_than_two_seconds():
    strength = np.random.default_rng(0).gamma(1, size=(100_000, 3))
    held = raising(strength, features=[f"feature {at}" for at in range(100_000)], classes=list("abc"))
    start = time.perf_counter()
    matrix = ImportanceMatrix(held)
    assert time.perf_counter() - start < 2
    assert len(matrix.numbers) == pytest.approx(100_000 * (4 * 4 * 3 + 4 + 2 * 3), abs=8)


def test_tables_of_layers_stand_one_behind_the_other_and_are_offered():
    matrix = ImportanceMatrix(importance())
    matrix.set_table("dense", importance([[1.0, 3.0], [3.0, 1.0]], [0, 1], attrs={"layer": "dense"}), [13, 14])
    assert [choice["key"] for choice in matrix.layers] == ["", "dense"]
    assert matrix.tables["dense"]["ids"] == [13, 14]
    assert matrix.tables["dense"]["row_kind"] == "unit"
    assert matrix.tables["dense"]["offset"] % 8 == 0
    assert np.allclose(numbers(matrix)["share"], SHARES)
    assert np.allclose(numbers(matrix, "dense")["share"], [[0.25, 0.75], [0.75, 0.25]])


def test_a_table_is_replaced_in_place():
    matrix = ImportanceMatrix(importance())
    matrix.set_table("", importance(STRENGTH[::-1]), [5, None, 6])
    assert np.allclose(numbers(matrix)["share"], SHARES[::-1])
    assert matrix.tables[""]["ids"] == [5, None, 6]
    assert len(matrix.layers) == 1


def test_rows_of_a_layer_stand_for_no_unit_unless_ids_are_given():
    matrix = ImportanceMatrix(importance())
    matrix.set_table("dense", importance())
    assert matrix.tables["dense"]["ids"] == [None, None, None]


def test_forgotten_tables_stay_offered():
    matrix = ImportanceMatrix(importance())
    matrix.set_table("dense", importance())
    matrix.layer = "dense"
    matrix.forget_tables("")
    assert list(matrix.tables) == [""]
    assert [choice["key"] for choice in matrix.layers] == ["", "dense"]
    assert matrix.layer == "dense"
    assert np.allclose(numbers(matrix)["share"], SHARES)


def test_tables_and_numbers_leave_in_one_message(monkeypatch):
    matrix = ImportanceMatrix(importance())
    sent = []
    monkeypatch.setattr(matrix, "send_state", lambda key=None: sent.append(set(key)))
    matrix.set_table("dense", importance([[1.0]], ["a"], ["x"]))
    assert sent == [{"tables", "numbers", "layers"}]


@pytest.mark.parametrize(("trait", "value"), [("selected_unit", 4), ("selected_class", 1), ("edge_meaning", "path")])
def test_observers_of_shared_traits_fire(trait, value):
    matrix = ImportanceMatrix(importance())
    seen = []
    matrix.observe(lambda change: seen.append(change.new), trait)
    matrix.set_state({trait: value})  # as when the browser changes it
    assert seen == [value]


def test_shared_traits_take_what_a_linked_diagram_may_hold():
    matrix = ImportanceMatrix(importance(attrs={"all_classes": 100}))
    matrix.selected_unit = 10_000
    matrix.selected_class = 99  # the table has the classes that matter, the diagram has all
    with pytest.raises(traitlets.TraitError, match=r"Expected selected_class from 0 to 99 or None\. Received 100"):
        matrix.selected_class = 100
    assert matrix.selected_class == 99
    for meaning in ("weight", "weight_activation", "contribution", "path"):
        matrix.edge_meaning = meaning
    other = ImportanceMatrix(importance())
    ipywidgets.jslink((matrix, "selected_unit"), (other, "selected_unit"))


@pytest.mark.parametrize("sort", ["class:2", "class:-1", "Barolo", ""])
def test_an_unknown_sort_is_refused(sort):
    matrix = ImportanceMatrix(importance())
    with pytest.raises(traitlets.TraitError, match=r"Expected sort among 'mean', 'name', 'given', 'class:0', "):
        matrix.sort = sort
    assert matrix.sort == "mean"


def test_layers_and_methods_that_are_not_offered_are_refused():
    matrix = ImportanceMatrix(importance())
    with pytest.raises(traitlets.TraitError, match=r"Expected layer among \[''\]. Received 'dense'"):
        matrix.layer = "dense"
    matrix.methods = ["shapley", "gradient"]
    with pytest.raises(traitlets.TraitError, match="Expected method among"):
        matrix.method = "lime"
    with pytest.raises(traitlets.TraitError, match="Expected layers as"):
        matrix.layers = [{"name": "dense"}]
    matrix.layers = [*matrix.layers, {"key": "dense", "label": "hidden"}]
    matrix.layer, matrix.method = "dense", "shapley"
    assert (matrix.layer, matrix.method) == ("dense", "shapley")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (STRENGTH, r"Received ndarray; nbviz.importance\(model, x\) makes one"),
        (pd.DataFrame(STRENGTH), r"Received DataFrame; nbviz.importance\(model, x\) makes one"),
        ({"dense": None}, r"Received dict; one table of it"),
    ],
)
def test_what_is_no_importance_is_refused_with_the_way_out(given, message):
    with pytest.raises(TypeError, match=message):
        ImportanceMatrix(given)
    matrix = ImportanceMatrix(importance())
    with pytest.raises(TypeError, match=message):
        matrix.set_table("dense", given)
    assert list(matrix.tables) == [""]


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ([1, 2], ValueError, "one entry for each of 3 rows. Received 2"),
        ([1, 2, 1], ValueError, "that differ. Received 1 more than once"),
        ([1, 2, "hue"], TypeError, "Received 'hue' among them"),
        ([1, 2, True], TypeError, "Received True among them"),
    ],
)
def test_ids_that_do_not_fit_are_refused_and_nothing_changes(ids, error, message):
    matrix = ImportanceMatrix(importance())
    before = (matrix.tables, matrix.numbers, matrix.layers)
    with pytest.raises(error, match=message):
        matrix.set_table("dense", importance(), ids)
    assert (matrix.tables, matrix.numbers, matrix.layers) == before


def test_a_height_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match=r"Expected height as a whole number of at least 1\. Received"):
        ImportanceMatrix(importance(), height=0)


def test_without_the_widget_the_table_shows():
    matrix = ImportanceMatrix(importance(features=["<b>hue</b>", "ash", "alcohol"]))
    bundle = matrix._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert html.escape("<b>hue</b>") in data["text/html"]
    assert "<b>hue</b>" not in data["text/html"]
    assert data["text/plain"] == "ImportanceMatrix(3 x 2)"
    matrix.set_table("dense", importance([[1.0]], ["only"], ["x"]))
    matrix.layer = "dense"
    bundle = matrix._repr_mimebundle_()
    assert "only" in (bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"]


def test_every_message_of_a_view_hears_that_the_kernel_is_alive(monkeypatch):
    matrix = ImportanceMatrix(importance())
    answers = []
    monkeypatch.setattr(matrix, "send", answers.append)
    matrix._handle_custom_msg({"type": "hello"}, [])
    matrix._handle_custom_msg({"type": "other"}, [])
    assert answers == [{"type": "alive"}] * 2


def test_names_that_json_or_a_page_cannot_hold_are_cleaned():
    wire = ImportanceMatrix(importance(features=["a\ud800", "b\x00", "c"])).tables[""]
    assert wire["rows"] == ["a\ufffd", "b\ufffd", "c"]
    json.dumps(wire, ensure_ascii=False).encode()


def test_it_is_a_public_name():
    assert nbviz.ImportanceMatrix is ImportanceMatrix


def past_numbers(matrix, at):
    """Shares of a recorded moment, read as `nbviz.widgets.importance_matrix.matrix_wire` says they lie."""
    wire, rows, columns = matrix.history["moments"][at], len(FEATURES), len(CLASSES)
    return np.frombuffer(matrix.history_numbers, "<f4", rows * columns, wire["offset"]).reshape(rows, columns)


def test_tables_of_recorded_moments_are_sent_with_their_steps_and_labels():
    matrix = ImportanceMatrix(importance())
    matrix.set_history([0, 60], [importance(STRENGTH[::-1]), importance()], ["before training", "epoch 6"])
    moments = matrix.history["moments"]
    assert [(moment["step"], moment["label"]) for moment in moments] == [(0, "before training"), (60, "epoch 6")]
    assert np.allclose(past_numbers(matrix, 0), SHARES[::-1])
    assert np.allclose(past_numbers(matrix, 1), SHARES)
    assert "rows" not in moments[0]  # names are those of the live table
    json.dumps(matrix.history, allow_nan=False)
    matrix.set_history([5], [importance()])
    assert matrix.history["moments"][0]["label"] == "step 5"


def test_all_moments_share_one_scale():
    matrix = ImportanceMatrix(importance())
    matrix.set_history([0, 1], [importance(np.ones((3, 2))), importance()])
    scales = [(moment["deepest"], moment["longest"]) for moment in matrix.history["moments"]]
    assert scales[0] == scales[1] == pytest.approx((0.8, 0.45))


@pytest.mark.parametrize(
    ("steps", "tables", "labels", "words"),
    [
        ([0, 1], [importance()], None, "one table and one label for each of 2 steps"),
        ([0], [importance()], [], "Received 1 tables and 0 labels"),
        ([1, 1], [importance(), importance()], None, "steps that ascend"),
        ([0], [importance(features=["a", "b", "c"])], None, "for step 0"),
        ([0], [importance(classes=["x", "y"])], None, "Expected tables with the rows"),
    ],
)
def test_a_history_that_does_not_fit_is_refused_and_the_old_one_stays(steps, tables, labels, words):
    matrix = ImportanceMatrix(importance())
    matrix.set_history([3], [importance()])
    before = matrix.history, matrix.history_numbers
    with pytest.raises(ValueError, match=words):
        matrix.set_history(steps, tables, labels)
    assert (matrix.history, matrix.history_numbers) == before


def test_steps_and_tables_of_another_type_are_refused():
    matrix = ImportanceMatrix(importance())
    with pytest.raises(TypeError, match=r"whole numbers. Received 1\.5"):
        matrix.set_history([1.5], [importance()])
    with pytest.raises(TypeError, match=r"Expected an nbviz\.Importance"):
        matrix.set_history([1], [STRENGTH])
    assert matrix.history == {}


def test_a_table_of_other_features_drops_the_history_and_one_of_the_same_keeps_it():
    matrix = ImportanceMatrix(importance())
    matrix.set_history([3], [importance()])
    matrix.set_table("", importance(STRENGTH * 2))
    matrix.set_table("dense", importance(features=["a", "b", "c"]))
    assert len(matrix.history["moments"]) == 1
    matrix.set_table("", importance(features=["a", "b", "c"]))
    assert (matrix.history["moments"], matrix.history_numbers) == ([], b"")


def test_a_history_that_grows_works_out_only_the_new_tables(monkeypatch):
    made = []
    monkeypatch.setattr(
        "nbviz.widgets.importance_matrix.importance_matrix.table_wire",
        lambda *given: (made.append(given[0]), matrix_wire.table_wire(*given))[1],
    )
    matrix, tables = ImportanceMatrix(importance()), [importance(), importance()]
    matrix.set_history([0], tables[:1])
    matrix.set_history([0, 1], tables)
    assert made[1:] == tables

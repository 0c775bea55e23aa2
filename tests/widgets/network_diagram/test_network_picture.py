import json
import re
import struct

import keras
import numpy as np
import pandas as pd
import pytest
import traitlets
from keras import Input, Model, Sequential, layers

from nbviz import NetworkDiagram
from tests.sent_frames import present_frame
from tests.widgets.network_diagram.small_networks import answers, mlp, rows

# show


def test_at_first_units_show_the_mean_over_x(diagram, model, x):
    header, arrays = present_frame(diagram)
    assert (header["sample"], header["sample_name"]) == (None, "mean of 30 rows")
    assert arrays["layer/h1/a"] == pytest.approx(answers(model, x, "h1").mean(axis=0), abs=1e-6)
    assert arrays["layer/y/value"] == pytest.approx(answers(model, x, "y").mean(axis=0), abs=1e-6)


@pytest.mark.parametrize("index", [3, np.int64(3), -27])
def test_an_index_shows_that_row_of_x(diagram, model, x, index):
    assert diagram.show(index) is diagram
    header, arrays = present_frame(diagram)
    assert (diagram.selected_sample, header["sample"], header["sample_name"]) == (3, 3, "sample 3")
    assert arrays["layer/x/value"] == pytest.approx(x[3])
    assert arrays["layer/h1/a"] == pytest.approx(answers(model, x[3:4], "h1")[0], abs=1e-6)


def as_series(row):
    return pd.Series(row, index=list("abcd"))


@pytest.mark.parametrize(
    "give",
    [
        list,
        np.array,
        lambda row: row[None],
        as_series,
        lambda row: pd.DataFrame([row]),
        lambda row: {"x": row},
        lambda row: {"x": row[None]},
    ],
)
def test_the_values_of_one_row_in_any_container_are_shown(diagram, model, x, give):
    diagram.show(give(x[7]), name="a flower")
    header, arrays = present_frame(diagram)
    assert (diagram.selected_sample, header["sample"], header["sample_name"]) == (None, None, "a flower")
    assert arrays["layer/x/value"] == pytest.approx(x[7])
    assert arrays["layer/y/value"] == pytest.approx(answers(model, x[7:8], "y")[0], abs=1e-6)


def test_without_x_the_values_of_a_row_can_be_shown(model, x):
    diagram = NetworkDiagram(model).show(x[7])
    header, arrays = present_frame(diagram)
    assert header["sample_name"] == "the sample given"
    assert arrays["layer/h1/a"] == pytest.approx(answers(model, x[7:8], "h1")[0], abs=1e-6)
    with pytest.raises(ValueError, match="the diagram has no x"):
        diagram.show(0)


@pytest.mark.parametrize(
    ("sample", "error", "message"),
    [
        (30, IndexError, "Expected a sample from 0 to 29. Received 30."),
        (-31, IndexError, "Received -31."),
        (True, ValueError, "Expected x of shape (n, 4)"),
        ([1.0, 2.0], ValueError, "Expected x of shape (n, 4)"),
        ([1.0, 2.0, np.nan, 3.0], ValueError, "NaN"),
        (np.zeros((2, 4)), ValueError, "Expected one sample. Received 2 rows"),
        (["a", "b", "c", "d"], TypeError, "Expected numbers"),
        (object(), TypeError, "Received an object"),
        ({"z": [1.0] * 4}, ValueError, "Expected x with the keys ['x']"),
    ],
)
def test_a_sample_that_does_not_fit_is_refused_and_the_picture_stays(diagram, sample, error, message):
    diagram.show(2, name="before")
    before = diagram.frame
    with pytest.raises(error, match=re.escape(message)):
        diagram.show(sample)
    assert (diagram.frame, diagram.selected_sample) == (before, 2)


def test_none_goes_back_to_the_mean_over_x(diagram, x):
    at_first = diagram.frame
    for sample in (5, [1.0, 2.0, 3.0, 4.0]):
        assert diagram.show(sample).frame != at_first
        assert diagram.show(None).frame == at_first


def test_the_name_of_a_sample_does_not_stick_to_the_next_one(diagram):
    diagram.show(3, name="a flower")
    diagram.update()
    assert present_frame(diagram)[0]["sample_name"] == "a flower"
    diagram.selected_sample = 4
    assert present_frame(diagram)[0]["sample_name"] == "sample 4"
    diagram.selected_sample = None
    assert present_frame(diagram)[0]["sample_name"] == "mean of 30 rows"


def test_a_selected_sample_replaces_values_shown_before(diagram, x):
    diagram.show(x[7] + 1)
    diagram.selected_sample = 5
    assert present_frame(diagram)[1]["layer/x/value"] == pytest.approx(x[5])


def test_several_inputs_are_shown_as_a_list_or_a_dict():
    a, b = Input((2,), name="a"), Input((3,), name="b")
    model = Model([a, b], layers.Dense(1, name="y")(layers.Concatenate()([a, b])))
    first, second = rows(6, 2), rows(6, 3, seed=1)
    diagram = NetworkDiagram(model, {"b": second, "a": first})
    expected = keras.ops.convert_to_numpy(model([first, second]))
    assert present_frame(diagram)[1]["layer/y/a"] == pytest.approx(expected.mean(axis=0), abs=1e-6)
    for sample in ([first[1], second[1]], {"b": second[1:2], "a": first[1]}, 1):
        diagram.show(sample)
        _, arrays = present_frame(diagram)
        assert arrays["layer/b/value"] == pytest.approx(second[1])
        assert arrays["layer/y/a"] == pytest.approx(expected[1], abs=1e-6)


@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
def test_inputs_may_have_other_keys_than_names():
    a, b = Input((2,), name="a"), Input((1,), name="b")
    model = Model({"p": b, "q": a}, layers.Dense(1, name="y")(layers.Concatenate()([a, b])))
    diagram = NetworkDiagram(model, {"q": pd.DataFrame(rows(6, 2), columns=["u", "v"]), "p": rows(6, 1, seed=1)})
    diagram.show({"q": [1.0, 2.0], "p": [3.0]})
    _, arrays = present_frame(diagram)
    assert (arrays["layer/a/value"].tolist(), arrays["layer/b/value"].tolist()) == ([1, 2], [3])
    assert [layer["unit_names"] for layer in diagram.network["layers"][:2]] == [None, ["u", "v"]]


def test_a_mean_over_some_of_many_rows_says_so(model):
    header, _ = present_frame(NetworkDiagram(model, rows(2500, 4)))
    assert header["sample_name"] == "mean of 1000 of 2500 rows"


# update, rerank


def test_update_shows_the_live_weights(diagram, model, x):
    model.get_layer("h1").set_weights([np.full((4, 5), 0.25), np.arange(5.0)])
    assert diagram.update() is diagram
    _, arrays = present_frame(diagram)
    assert (arrays["connection/0/kernel"] == 0.25).all()
    assert arrays["layer/h1/bias"].tolist() == [0, 1, 2, 3, 4]
    assert arrays["layer/h1/z"] == pytest.approx(x.sum(axis=1).mean() * 0.25 + np.arange(5), abs=1e-5)


def test_update_keeps_the_choice_of_units_and_rerank_makes_it_anew():
    model = mlp(3, 30, 2)
    diagram = NetworkDiagram(model, max_units=4)
    before = diagram.network["layers"][1]["shown"]
    kernel, bias = model.get_layer("h1").get_weights()
    weakest = diagram.network["layers"][1]["ranks"].index(7)
    unit = diagram.network["layers"][1]["candidates"][weakest]
    kernel[:, unit] *= 1000
    model.get_layer("h1").set_weights([kernel, bias])
    diagram.update()
    assert diagram.network["layers"][1]["shown"] == before
    diagram.rerank()
    assert diagram.network["layers"][1]["shown"][0] == unit


def test_the_browser_may_ask_for_a_new_rank(diagram, model):
    version = diagram.network["version"]
    diagram._receive(diagram, {"type": "rank"}, [])
    assert diagram.network["version"] == version + 1


@pytest.mark.parametrize("rank", ["weight", "contribution"])
def test_units_are_ranked_by_the_score_asked_for(rank):
    model, x = mlp(3, 30, 2), rows(50, 3)
    shown = NetworkDiagram(model, x, max_units=4, rank=rank).network["layers"][1]["shown"]
    into, out = (np.abs(model.get_layer(name).get_weights()[0]) for name in ("h1", "y"))
    left = into.sum(axis=0) if rank == "weight" else np.abs(answers(model, x, "h1")).mean(axis=0)
    assert shown == np.argsort(-left * out.sum(axis=1), kind="stable")[:4].tolist()


def test_with_rows_units_are_ranked_by_contribution_and_without_by_weight():
    model, x = mlp(3, 30, 2), rows(50, 3)
    for given, rank in ((x, "contribution"), (None, "weight")):
        diagram, said = NetworkDiagram(model, given, max_units=4), NetworkDiagram(model, given, max_units=4, rank=rank)
        assert diagram.rank == rank
        assert diagram.network["layers"] == said.network["layers"]


def test_the_rank_changes_at_any_time_where_it_can():
    model, x = mlp(3, 30, 2), rows(50, 3)
    diagram = NetworkDiagram(model, x, max_units=4)
    diagram.set_state({"rank": "weight"})
    assert diagram.network["layers"] == NetworkDiagram(model, max_units=4).network["layers"]
    diagram.rank = "contribution"
    assert diagram.network["layers"] == NetworkDiagram(model, x, max_units=4).network["layers"]
    bare = NetworkDiagram(model)
    with pytest.raises(traitlets.TraitError, match='Expected x for rank="contribution"'):
        bare.rank = "contribution"
    assert bare.rank == "weight"


def test_contribution_uses_what_enters_the_next_kernel_not_the_activation_before_it():
    model = Sequential(
        [
            Input((3,)),
            layers.Dense(9, activation="relu", name="h"),
            layers.BatchNormalization(name="bn"),
            layers.Dense(2, name="y"),
        ]
    )
    gamma = np.linspace(0.1, 5, 9)
    model.get_layer("bn").set_weights([gamma, np.zeros(9), np.zeros(9), np.ones(9)])
    x = rows(50, 3)
    shown = NetworkDiagram(model, x, max_units=3, rank="contribution").network["layers"][1]["shown"]
    entering = np.abs(answers(model, x, "bn")).mean(axis=0)
    assert shown == np.argsort(-entering * np.abs(model.layers[-1].get_weights()[0]).sum(axis=1))[:3].tolist()


# selected unit


def test_selecting_a_unit_that_has_no_place_brings_its_numbers_and_changes_no_choice():
    diagram = NetworkDiagram(mlp(3, 60, 2), rows(9, 3), max_units=4)
    layer = diagram.network["layers"][1]
    shown = layer["shown"]
    unit = next(unit for unit in range(60) if unit not in layer["candidates"])
    diagram.selected_unit = diagram.unit_id("h1", unit)
    layer = diagram.network["layers"][1]
    assert layer["shown"] == shown
    assert layer["candidates"][-1] == unit
    assert len(layer["y"]) == 5
    assert diagram.selected_unit == 3 + unit
    _, arrays = present_frame(diagram)
    place = layer["candidates"].index(unit)
    kernel = diagram.model.get_layer("h1").get_weights()[0]
    np.testing.assert_array_equal(arrays["connection/0/kernel"][:, place], kernel[:, unit])


def test_units_selected_one_after_the_other_leave_the_choice_as_it_is():
    diagram = NetworkDiagram(mlp(3, 60, 2), max_units=4)
    height, shown = diagram.network["height"], diagram.network["layers"][1]["shown"]
    for unit in range(60):
        diagram.selected_unit = diagram.unit_id("h1", unit)
        layer = diagram.network["layers"][1]
        assert unit in layer["candidates"]
        assert layer["shown"] == shown
    assert diagram.network["height"] == height
    diagram.rerank()
    assert 59 in diagram.network["layers"][1]["candidates"]  # what is selected keeps its numbers
    diagram.selected_unit = None
    diagram.rerank()
    assert diagram.network["layers"][1]["ranks"] == list(range(8))


def test_selecting_a_candidate_needs_nothing_new():
    diagram = NetworkDiagram(mlp(3, 60, 2), max_units=4)
    version = diagram.network["version"]
    diagram.selected_unit = diagram.unit_id("h1", diagram.network["layers"][1]["candidates"][6])
    diagram.selected_unit = None
    diagram.selected_unit = diagram.unit_id("y", 1)
    assert diagram.network["version"] == version


@pytest.mark.parametrize("unit", [-1, 65, 10**9])
def test_an_id_of_no_unit_is_refused_and_nothing_changes(unit):
    diagram = NetworkDiagram(mlp(3, 60, 2), max_units=4)
    version = diagram.network["version"]
    with pytest.raises(traitlets.TraitError, match=r"Expected selected_unit from 0 to 64 or None. Received"):
        diagram.selected_unit = unit
    assert diagram.selected_unit is None
    assert diagram.network["version"] == version


def test_a_unit_is_found_by_index_or_name(model):
    diagram = NetworkDiagram(model, feature_names=list("abcd"), class_names=["low", "mid", "high"])
    assert diagram.unit_id("x", "c") == 2
    assert diagram.unit_id("h1", 0) == 4
    assert diagram.unit_id("y", "high") == diagram.unit_id("y", np.int64(2)) == 11
    with pytest.raises(ValueError, match="Expected a unit of 'y', 0 to 2 or a name"):
        diagram.unit_id("y", 3)
    with pytest.raises(ValueError, match="Received 'best'"):
        diagram.unit_id("y", "best")
    with pytest.raises(KeyError, match=r"Expected one of \['x', 'h1', 'y'\]"):
        diagram.unit_id("h2", 0)


def test_a_tall_network_is_given_the_height_it_needs():
    assert NetworkDiagram(mlp(40, 3), height=200).network["height"] > 40 * 20


def test_two_inputs_are_a_plane_on_which_every_unit_has_a_face():
    model = Sequential([Input((2,), name="x"), layers.Dense(3, activation="tanh", name="h"), layers.Dense(1, name="y")])
    x = np.array([[-1.0, 0.0], [1.0, 10.0]], "float32")
    diagram = NetworkDiagram(model, x)
    _, arrays = present_frame(diagram)
    assert [layer["face"] for layer in diagram.network["layers"]] == ["response"] * 3
    face = arrays["layer/h/face"]
    assert face.shape == (3, 32, 32)
    # The corners: left to right from -1.2 to 1.2, top to bottom from 11 to -1.
    for row, column, point in [(0, 0, [-1.2, 11]), (0, 31, [1.2, 11]), (31, 0, [-1.2, -1]), (31, 31, [1.2, -1])]:
        answer = answers(model, np.array([point], "float32"), "h")[0]
        assert face[:, row, column] == pytest.approx(answer * 127 + 128, abs=0.6)
    assert (np.diff(arrays["layer/x/face"][0].astype(int), axis=1) >= 0).all()


# changed models


def test_layers_added_and_popped_are_drawn_at_the_next_update(diagram, model, x):
    diagram.selected_unit = 5
    model.pop()
    model.add(layers.Dense(7, activation="relu", name="extra"))
    model.add(layers.Dense(2, name="z"))
    frame = diagram.frame
    assert diagram.frame == frame
    diagram.update()
    assert [layer["name"] for layer in diagram.network["layers"]] == ["x", "h1", "extra", "z"]
    assert diagram.selected_unit == diagram.unit_id("h1", 1) == 5
    assert present_frame(diagram)[1]["layer/z/a"] == pytest.approx(answers(model, x, "z").mean(axis=0), abs=1e-6)


def test_what_is_selected_goes_with_its_layer(diagram, model):
    diagram.selected_unit = diagram.unit_id("y", 2)
    model.pop()
    model.add(layers.Dense(2, name="y"))
    diagram.update()
    assert diagram.selected_unit is None


def test_names_that_no_longer_fit_are_dropped_with_the_layer(model):
    diagram = NetworkDiagram(model, feature_names=list("abcd"), class_names=["low", "mid", "high"])
    model.pop()
    model.add(layers.Dense(2, name="z"))
    diagram.update()
    assert [layer["unit_names"] for layer in diagram.network["layers"]] == [list("abcd"), None, None]


def test_a_model_emptied_while_displayed_leaves_the_last_picture(diagram, model):
    frame, network = diagram.frame, diagram.network
    model.pop()
    model.pop()
    with pytest.raises(ValueError, match="Expected a built model"):
        diagram.update()
    assert (diagram.frame, diagram.network) == (frame, network)
    model.add(layers.Dense(2, name="z"))
    diagram.update()
    assert [layer["name"] for layer in diagram.network["layers"]] == ["x", "z"]


def test_a_loss_on_logits_turns_the_output_into_probabilities(x):
    model = Sequential([Input((4,)), layers.Dense(3, name="y")])
    diagram = NetworkDiagram(model, x)
    assert diagram.network["layers"][-1]["output"] == "linear"
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    diagram.update()
    assert diagram.network["layers"][-1]["output"] == "softmax"
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(model(x))).mean(axis=0)
    assert present_frame(diagram)[1]["layer/y/value"] == pytest.approx(expected, abs=1e-6)


def test_nan_weights_are_a_named_badge_and_health_is_one_without(diagram, model):
    assert [badge for badge in present_frame(diagram)[0]["badges"] if badge["kind"] == "nan"] == []
    kernel, bias = model.get_layer("h1").get_weights()
    kernel[2, 3] = np.nan
    model.get_layer("h1").set_weights([kernel, bias])
    diagram.update()
    badges = [badge for badge in present_frame(diagram)[0]["badges"] if badge["kind"] == "nan"]
    assert [(badge["layer"], badge["units"], badge["text"]) for badge in badges] == [(1, [3], "h1: NaN in the kernel")]


def test_dead_units_and_vanishing_gradients_are_badges():
    model = Sequential(
        [
            Input((4,)),
            layers.Dense(5, activation="relu", name="h1"),
            *[layers.Dense(5, activation="sigmoid", name=f"s{i}") for i in range(8)],
            layers.Dense(3, name="y"),
        ]
    )
    bias = np.zeros(5)
    bias[2] = -100
    model.get_layer("h1").set_weights([model.get_layer("h1").get_weights()[0], bias])
    badges = present_frame(NetworkDiagram(model, rows(64, 4)))[0]["badges"]
    found = {(badge["kind"], badge["layer"], tuple(badge["units"])) for badge in badges}
    assert ("dead", 1, (2,)) in found
    assert ("vanishing", 1, ()) in found


def test_a_layer_replaced_by_another_is_noticed(x):
    model = mlp(4, 5, 3)
    diagram = NetworkDiagram(model, x)
    model.pop()
    model.add(layers.Dense(2, name="z"))
    diagram.update()
    assert [(layer["name"], layer["units"]) for layer in diagram.network["layers"]] == [("x", 4), ("h1", 5), ("z", 2)]


def test_the_network_tells_of_a_picture_that_comes_with_the_first_sample():
    model = Sequential([Input((6, 6, 1), name="i"), layers.Flatten(), layers.Dense(2, name="y")])
    diagram = NetworkDiagram(model)
    keys = [place["key"] for place in diagram.network["arrays"]]
    assert "layer/i/face" not in keys
    version = diagram.network["version"]
    diagram.show(rows(1, 36)[0].reshape(6, 6, 1))
    places = diagram.network["arrays"]
    assert [place["key"] for place in places if place["key"] not in keys] == ["layer/i/face"]
    assert diagram.network["version"] == version + 1
    (length,) = struct.unpack_from("<I", diagram.frame)
    assert json.loads(diagram.frame[4 : 4 + length])["version"] == version + 1
    last = max(places, key=lambda place: place["offset"])
    end = last["offset"] + int(np.prod(last["shape"])) * {"f4": 4, "i4": 4, "u1": 1}[last["dtype"]]
    assert len(diagram.frame) - 4 - length == -(-end // 8) * 8


def test_drawing_a_picture_does_not_change_what_is_shown(diagram):
    before = diagram.frame, diagram.network
    diagram.to_svg()
    diagram.picture_html()
    assert (diagram.frame, diagram.network) == before


def test_of_a_network_that_works_out_many_numbers_fewer_rows_are_looked_at():
    parts = [keras.Input((200, 200, 1), name="image"), layers.Conv2D(40, 3, padding="same", name="conv")]
    model = keras.Sequential([*parts, layers.GlobalAveragePooling2D(), layers.Dense(2, name="y")])
    diagram = NetworkDiagram(model, np.zeros((60, 200, 200, 1), "float32"))
    # 40 maps and one image of 40,000 numbers each row: 32 million are worked out for 19 rows
    assert diagram.frames.drawing.most_rows(1000) == 32_000_000 // (41 * 40_000 + 40 + 2)
    assert diagram.frames.drawing.most_rows(1000, training=True) == 8
    assert present_frame(diagram)[0]["sample_name"] == "mean of 19 of 60 rows"

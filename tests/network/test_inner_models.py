"""Models inside models, opened in the picture."""

import dataclasses
import itertools

import keras
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import describe
from nbviz.keras_model import ModelReader
from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.blocks import MOST_COLUMNS
from nbviz.network.columns import columns
from nbviz.network.inner_models import open_model
from tests.architectures import nested, siamese, transfer


def block(name, parameters=0, **options):
    return Layer(name, "block", "Conv2D", (4,), 1, parameters=parameters, **options)


def source(name):
    return Layer(name, "input", "InputLayer", (4, 4), 1)


def links(*pairs):
    return tuple(Connection(*pair, "link") for pair in pairs)


INNER = Architecture("inner", (source("x"), block("p", 3), block("q", 4)), links(("x", "p"), ("p", "q"), ("x", "q")))
OUTER = Architecture(
    "outer",
    (source("a"), block("inner", 7, members=("inner/p", "inner/q", "bend"), group=True), block("z", 1)),
    links(("a", "inner"), ("inner", "z")),
)


def names_of(architecture):
    return [layer.name for layer in architecture.layers]


def pairs_of(architecture):
    return {(connection.source, connection.target) for connection in architecture.connections}


def members_of(architecture):
    return sorted(name for layer in architecture.layers for name in (layer.name, *layer.members))


def test_the_layers_inside_stand_where_the_model_stood():
    opened = open_model(OUTER, "inner", INNER)
    assert names_of(opened) == ["a", "inner/p", "inner/q", "z"]
    inside = {("a", "inner/p"), ("a", "inner/q"), ("inner/p", "inner/q")}
    assert pairs_of(opened) == inside | {("inner/q", "z")}


def test_what_was_passed_through_behind_the_model_belongs_to_its_last_layer():
    assert open_model(OUTER, "inner", INNER)["inner/q"].members == ("bend",)


def test_the_weights_of_a_model_called_again_are_not_counted_again():
    again = Architecture("outer", (source("a"), block("inner", 0, group=True), block("z")), OUTER.connections)
    assert [layer.parameters for layer in open_model(again, "inner", INNER).layers] == [0, 0, 0, 0]


def test_each_input_of_the_model_is_fed_by_its_own_source():
    inner = Architecture("inner", (source("x"), source("y"), block("p"), block("q"), block("sum")),
                         links(("x", "p"), ("y", "q"), ("p", "sum"), ("q", "sum")))  # fmt: skip
    outer = Architecture("outer", (source("a"), source("b"), block("inner", group=True), block("z")),
                         links(("a", "inner"), ("b", "inner"), ("inner", "z")))  # fmt: skip
    pairs = pairs_of(open_model(outer, "inner", inner))
    assert {("a", "inner/p"), ("b", "inner/q"), ("inner/sum", "z")} <= pairs
    assert not {("a", "inner/q"), ("b", "inner/p")} & pairs


def test_a_model_without_layers_inside_cannot_be_opened():
    with pytest.raises(ValueError, match="Received 'inner', which has none"):
        open_model(OUTER, "inner", Architecture("inner", (source("x"),), ()))


def test_there_is_no_such_layer():
    with pytest.raises(KeyError, match="Received 'none'"):
        open_model(OUTER, "none", INNER)


def test_layers_say_which_model_they_are_inside_of():
    opened = open_model(OUTER, "inner", INNER)
    assert [layer.inside for layer in opened.layers] == [None, "inner", "inner", None]
    assert opened.opened == (("inner", None),)


def test_what_is_opened_inside_the_model_is_named_by_its_path():
    inner = dataclasses.replace(INNER, opened=(("stage", None), ("part", "stage")))
    inner = dataclasses.replace(inner, layers=(*inner.layers[:2], dataclasses.replace(inner["q"], inside="part")))
    opened = open_model(OUTER, "inner", inner)
    assert opened.opened == (("inner", None), ("inner/stage", "inner"), ("inner/part", "inner/stage"))
    assert (opened["inner/p"].inside, opened["inner/q"].inside) == ("inner", "inner/part")


# of live models


def closed_and_open(model, *names):
    whole, opened = describe(model), ModelReader(model, names).architecture
    assert sum(layer.parameters for layer in opened.layers) == model.count_params()
    assert set(members_of(whole)) - set(names) <= set(members_of(opened))
    place = {name: index for index, name in enumerate(names_of(opened))}
    assert all(place[c.source] < place[c.target] for c in opened.connections)
    return opened


def test_a_model_inside_a_model_is_opened_by_its_path():
    model = nested()
    assert names_of(ModelReader(model).architecture)[2] == "trunk"
    once = closed_and_open(model, "trunk")
    assert names_of(once)[2] == "trunk/residual"
    twice = closed_and_open(model, "trunk", "trunk/residual")
    assert "trunk/residual/inner_conv" in names_of(twice)
    assert ("stem", "trunk/residual/inner_conv") in pairs_of(twice)


def test_the_head_inside_a_model_still_leads_to_the_answer():
    opened = closed_and_open(nested(), "head")
    assert opened.layers[-1].kind == "output"
    assert [c.source for c in opened.into("head output")] == [opened.layers[-2].name]


def test_an_encoder_shared_by_two_inputs_is_opened_at_one_of_its_calls():
    opened = closed_and_open(siamese(), "encoder")
    assert "encoder:1" in names_of(opened)
    both = closed_and_open(siamese(), "encoder", "encoder:1")
    first = [name.removeprefix("encoder/") for name in names_of(both) if name.startswith("encoder/")]
    again = [name.removeprefix("encoder:1/") for name in names_of(both) if name.startswith("encoder:1/")]
    assert first == again != []


def test_an_application_opens_into_its_stages_and_these_into_layers_where_many_into_blocks():
    model = transfer()
    name = model.layers[2].name
    opened = closed_and_open(model, name)
    assert max(columns(opened).values()) < MOST_COLUMNS
    stages = ModelReader(model, [name]).opening
    inside = set(names_of(closed_and_open(model, name, *stages)))
    assert {f"{name}/block_{number}_project" for number in (1, 2, 3, 4, 5, 13, 14, 15, 16)} <= inside
    assert {f"{name}/block_{number}" for number in range(6, 13)} <= inside


def test_what_flows_is_still_that_of_the_layers_drawn():
    x = Input((4,), name="x")
    inner = Sequential([Input((4,)), layers.Dense(3, name="same"), layers.Dense(2)], name="inner")
    model = Model(x, layers.Dense(2, name="y")(inner(layers.Dense(4, name="same")(x))))
    reader = ModelReader(model, ["inner"])
    assert list(reader.weights()) == ["same", "y"]
    assert [layer.kind for layer in reader.architecture.layers] == ["input", "dense", "block", "block", "dense"]
    assert set(reader.forward([keras.random.normal((5, 4)).numpy()])) == set(
        itertools.product(("a", "kernel input"), ("same", "y"))
    )


def test_a_reader_tells_what_opens_and_what_is_open():
    model = nested()
    assert ModelReader(model).opening == {"trunk", "head"}
    reader = ModelReader(model, ["trunk/residual", "trunk", "none"])
    assert reader.opening == {"head"}
    assert reader.architecture.opened == (("trunk", None), ("trunk/residual", "trunk"))
    assert reader.architecture["trunk/residual/inner_conv"].inside == "trunk/residual"


def test_a_block_inside_an_opened_application_opens():
    model = transfer()
    name = model.layers[2].name
    assert ModelReader(model).opening == {name}
    (stage,) = (found for found in ModelReader(model, [name]).opening if "block_6_expand" in found)
    assert f"{name}/block_6" in ModelReader(model, [name, stage]).opening
    reader = ModelReader(model, [name, stage, f"{name}/block_6"])
    assert f"{name}/block_6" not in reader.opening
    inside = [layer.name for layer in reader.architecture.layers if layer.inside == f"{name}/block_6"]
    assert inside == [f"{name}/block_6_{part}" for part in ("expand", "pad", "depthwise", "project")]
    assert sum(layer.parameters for layer in reader.architecture.layers) == model.count_params()


def test_opening_a_model_does_not_fold_what_is_around_it():
    x = y = Input((4, 3), name="x")
    for number in range(10):
        y = layers.Conv1D(3, 3, padding="same", name=f"conv_{number}")(y)
    inner = Sequential([Input((4, 3)), *(layers.Conv1D(3, 1, name=f"inner_{n}") for n in range(10))], name="inner")
    model = Model(x, inner(y))
    opened = names_of(ModelReader(model, ["inner"]).architecture)
    assert opened == ["x", *(f"conv_{n}" for n in range(10)), *(f"inner/inner_{n}" for n in range(10)), "inner output"]


def test_models_without_layers_inside_and_layers_do_not_open():
    x = Input((4,), name="x")
    rescaling = Sequential([Input((4,)), layers.Rescaling(2.0)], name="rescaling")
    model = Model(x, layers.Dense(2, name="y")(rescaling(x)))
    assert ModelReader(model).opening == set()
    assert ModelReader(model, ["rescaling", "y"]).architecture == describe(model)

"""How views of channels follow the ids of a diagram's units, without a browser."""

import keras
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import FeatureMaps, KernelGrid, NetworkDiagram
from nbviz.explorer.linking.channel_link import ChannelIds, ChannelLink


@pytest.fixture
def model():
    """Two convolutions that are drawn by channels, and two inside a block between them."""
    keras.utils.set_random_seed(0)
    inside = [layers.Conv2D(3, 3, padding="same", name=name) for name in ("hidden", "deeper")]
    inner = Sequential([Input((6, 6, 2)), *inside], name="inner")
    image = Input((6, 6, 1), name="image")
    x = layers.Conv2D(2, 3, padding="same", name="first")(image)
    x = layers.MaxPooling2D(1, name="pool")(x)
    x = inner(x)
    x = layers.Conv2D(3, 3, padding="same", name="second")(x)
    return Model(image, layers.Dense(2, name="answer")(layers.Flatten()(x)))


@pytest.fixture
def diagram(model):
    return NetworkDiagram(model)


@pytest.fixture
def grid(model, diagram):
    return KernelGrid(model, first_unit=ChannelIds(diagram))


def test_ids_are_those_of_layers_drawn_by_channels(diagram):
    ids = ChannelIds(diagram)
    assert list(ids) == ["first", "pool", "second"]
    assert dict(ids) == {name: diagram.unit_id(name, 0) for name in ids}
    assert ids.layer_of(diagram.unit_id("pool", 1)) == "pool"
    assert ids.layer_of(diagram.unit_id("answer", 0)) is None
    assert ids.layer_of(None) is None
    assert "inner/hidden" not in ids


def test_a_filter_has_the_id_of_its_channel(diagram, grid):
    ChannelLink(diagram, grid, ChannelIds(diagram))
    grid.layer = "second"
    assert grid.grid["first_unit"] == diagram.unit_id("second", 0)
    grid.selected_unit = diagram.unit_id("second", 2)
    assert grid.selected_filter == 2


def test_a_layer_inside_a_block_selects_for_itself(diagram, grid):
    link = ChannelLink(diagram, grid, ChannelIds(diagram))
    assert link.is_on
    grid.layer = "inner/hidden"
    assert not link.is_on
    grid.selected_unit = 1
    assert grid.selected_filter == 1
    assert diagram.selected_unit is None
    grid.layer = "first"
    assert link.is_on
    assert grid.selected_unit is None


def test_a_channel_selected_in_the_diagram_brings_its_layer_back(diagram, grid):
    link = ChannelLink(diagram, grid, ChannelIds(diagram))
    grid.layer = "inner/hidden"
    diagram.selected_unit = diagram.unit_id("second", 1)
    assert (grid.layer, grid.selected_filter, link.is_on) == ("second", 1, True)


def test_another_unit_leaves_a_layer_inside_a_block_where_it_is(diagram, grid):
    ChannelLink(diagram, grid, ChannelIds(diagram))
    grid.layer = "inner/hidden"
    grid.selected_unit = 2
    diagram.selected_unit = diagram.unit_id("answer", 0)
    assert (grid.layer, grid.selected_filter) == ("inner/hidden", 2)


def test_a_layer_that_somebody_turns_to_stays_though_a_channel_of_another_is_selected(diagram, grid):
    ChannelLink(diagram, grid, ChannelIds(diagram))
    grid.layer = "inner/hidden"
    # What the browser does, with a link that is off: the diagram alone changes.
    diagram.selected_unit = diagram.unit_id("second", 1)
    grid.layer = "inner/hidden"
    grid.layer = "first"
    assert grid.layer == "first"
    assert diagram.selected_unit is None


def test_what_python_selects_reaches_the_view(diagram, grid):
    link = ChannelLink(diagram, grid, ChannelIds(diagram))
    link.tell(diagram.unit_id("second", 2))
    assert (grid.layer, grid.selected_filter) == ("second", 2)
    link.tell(None)
    assert grid.selected_unit is None


def test_a_selection_made_before_the_link_is_kept(diagram, grid):
    diagram.selected_unit = diagram.unit_id("first", 1)
    ChannelLink(diagram, grid, ChannelIds(diagram))
    assert (grid.selected_filter, diagram.selected_unit) == (1, diagram.unit_id("first", 1))


def test_maps_of_a_pooling_layer_have_its_ids_too(model, diagram):
    maps = FeatureMaps(model, [[[[1.0]] * 6] * 6], "pool", first_unit=ChannelIds(diagram))
    assert ChannelLink(diagram, maps, ChannelIds(diagram)).is_on
    maps.selected_unit = diagram.unit_id("pool", 1)
    assert maps.selected_map == 1


def test_ids_follow_when_a_block_opens(diagram, grid):
    ids = ChannelIds(diagram)
    link = ChannelLink(diagram, grid, ids)
    grid.layer = "second"
    before = grid.grid["first_unit"]
    diagram.open_block("inner")
    assert grid.grid["first_unit"] == diagram.unit_id("second", 0) > before
    assert link.is_on
    diagram.close_block("inner")
    assert grid.grid["first_unit"] == before

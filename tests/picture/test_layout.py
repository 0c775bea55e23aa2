import dataclasses
import itertools

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer, OpenedBlock
from nbviz.picture.layout import CAPTIONS, PICTURE, layout


def chain(*layers):
    links = tuple(Connection(a.name, b.name, "link") for a, b in itertools.pairwise(layers))
    return Architecture("m", layers, links)


def dense(name, units=3, output=None):
    return Layer(name, "dense", "Dense", (units,), units, output=output)


def source(name, units=3):
    return Layer(name, "input", "InputLayer", (units,), units)


def block(name):
    return Layer(name, "block", "LSTM", (4,), 1)


IMAGE = Layer("image", "input", "InputLayer", (28, 28), 1)


def extent(layer, place, faces):
    """Half the height of what is drawn at one place."""
    return place.size if layer.has_units and not faces else place.size / 2


def random_architecture(seed):
    """Layers with random inputs among those before them, as a Functional model may have."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 9))
    layers, connections = [], []
    for index in range(count):
        kind = "input" if index < random.integers(1, 3) else random.choice(["dense", "dense", "block"])
        units = int(random.integers(1, 17)) if kind != "block" else 1
        name = f"l{index}"
        layers.append(Layer(name, kind, "T", (units,), units))
        if kind != "input":
            before = random.choice(index, size=min(index, int(random.integers(1, 3))), replace=False)
            connections += [Connection(layers[i].name, name, "link") for i in before]
    ends = {c.source for c in connections}
    layers = [
        layer if layer.name in ends or layer.kind != "dense" else dense(layer.name, layer.units, "linear")
        for layer in layers
    ]
    slots = {la.name: la.units + bool(la.has_units and random.integers(2)) for la in layers}
    return Architecture("m", tuple(layers), tuple(connections)), slots


def test_a_column_alone_is_centred_above_the_captions():
    placed = layout(chain(source("x", 4), dense("h", 7), dense("y", 1)), {"x": 4, "h": 7, "y": 1}, 480)
    assert placed.height == 480
    assert placed.columns == 3
    assert [placed.places[name].x for name in "xhy"] == [0, 0.5, 1]
    middles = {(placed.places[name].y[0] + placed.places[name].y[-1]) / 2 for name in "xhy"}
    assert middles == {(24 + 480 - CAPTIONS - 20) / 2}
    assert {placed.places[name].caption_y for name in "xhy"} == {480 - CAPTIONS}


def test_one_layer_alone_stands_in_the_middle():
    placed = layout(chain(source("x", 2)), {"x": 2}, 480)
    assert (placed.places["x"].x, placed.columns) == (0.5, 1)


def test_height_grows_where_places_would_come_too_close():
    placed = layout(chain(source("x", 40), dense("y")), {"x": 40, "y": 3}, 200)
    assert placed.height == 24 + 39 * 20 + CAPTIONS + 20
    assert np.diff(placed.places["x"].y).min() == 20


def test_a_picture_and_a_block_have_one_place():
    placed = layout(chain(IMAGE, block("conv"), dense("y")), {"image": 1, "conv": 1, "y": 3}, 480)
    assert placed.places["image"].size == PICTURE
    assert len(placed.places["image"].y) == len(placed.places["conv"].y) == 1


def test_layers_that_share_a_column_are_stacked_in_order_with_two_line_captions():
    layers = source("a"), source("b"), block("c")
    architecture = Architecture("m", layers, (Connection("a", "c", "link"), Connection("b", "c", "link")))
    placed = layout(architecture, {"a": 3, "b": 3, "c": 1}, 480).places
    assert placed["a"].y[-1] < placed["a"].caption_y < placed["b"].y[0]
    assert (placed["a"].compact_caption, placed["c"].compact_caption) == (True, False)


@pytest.mark.parametrize("faces", [False, True])
@pytest.mark.parametrize("height", [120, 480, 1000])
@pytest.mark.parametrize("seed", range(15))
def test_nothing_in_a_column_overlaps_and_everything_is_inside(seed, height, faces):
    architecture, slots = random_architecture(seed)
    placed = layout(architecture, slots, height, faces)
    assert placed.height >= height
    assert set(placed.places) == {layer.name for layer in architecture.layers}
    stacks = {}
    for layer in architecture.layers:
        place = placed.places[layer.name]
        assert len(place.y) == slots[layer.name]
        stacks.setdefault(place.column, []).append((layer, place))
    last = max(stacks)
    assert placed.columns == last + 1
    for column, stack in stacks.items():
        lines = 40 if len(stack) > 1 else 0  # px of two caption lines
        bottom = 0.0
        for layer, place in stack:
            assert place.x == (column / last if last else 0.5)
            half = extent(layer, place, faces)
            assert place.y[0] - half >= bottom, "overlaps what is above"
            assert all(b - a >= 20 - 1e-6 for a, b in itertools.pairwise(place.y))
            assert all(b - a >= 2 * half - 1e-6 for a, b in itertools.pairwise(place.y)) or not faces
            assert place.caption_y >= place.y[-1] + half, "the caption covers the last place"
            bottom = place.caption_y + lines
        assert bottom <= placed.height
    for layer in architecture.outputs:
        if not architecture.out_of(layer.name):
            assert placed.places[layer.name].column == last


def conv(name, units=6, kind="conv", side=8):
    return Layer(name, kind, "Conv2D", (side, side, units), units)


def channels(*counts, height=480):
    """A picture, a convolution and its pooling for each count of channels, and an output."""
    layers = [IMAGE]
    for index, count in enumerate(counts):
        layers += [conv(f"conv_{index}", count), conv(f"pool_{index}", count, "maps")]
    layers.append(dense("y", 10, "softmax"))
    slots = {layer.name: layer.units for layer in layers}
    return layout(chain(*layers), slots, height)


def test_the_gap_before_what_is_handed_on_is_thinner_than_the_others():
    placed = channels(6, 8).places
    at = [placed[name].x for name in ("image", "conv_0", "pool_0", "conv_1", "pool_1", "y")]
    gaps = np.diff(at)
    assert (at[0], at[-1]) == (0, 1)
    assert gaps == pytest.approx(np.array([1, 0.55, 1, 0.55, 1]) / 4.1)


def test_a_column_with_another_layer_beside_what_is_handed_on_is_not_thin():
    layers = IMAGE, conv("a"), conv("pool", kind="maps"), conv("b"), dense("y", output="linear")
    ways = [("image", "a"), ("a", "pool"), ("a", "b"), ("pool", "y"), ("b", "y")]
    architecture = Architecture("m", layers, tuple(Connection(*way, "link") for way in ways))
    placed = layout(architecture, {layer.name: layer.units for layer in layers}, 480).places
    assert [placed[name].x for name in ("image", "a", "pool", "y")] == pytest.approx([0, 1 / 3, 2 / 3, 1])


@pytest.mark.parametrize(
    ("count", "side", "pooled"), [(1, 52, 31), (6, 52, 31), (7, 44, 26), (8, 38, 23), (11, 24, 18)]
)
def test_a_feature_map_is_as_large_as_its_layer_has_room_for(count, side, pooled):
    placed = channels(count).places
    assert (placed["conv_0"].size, placed["pool_0"].size) == (side, pooled)


@pytest.mark.parametrize("height", [300, 480, 900])
@pytest.mark.parametrize("count", [1, 2, 5, 9, 11, 16])
def test_maps_do_not_touch_and_stand_beside_those_they_come_from(count, height):
    placed = channels(count, height=height)
    maps, pooled = placed.places["conv_0"], placed.places["pool_0"]
    assert maps.y == pooled.y
    assert all(b - a >= maps.size + 6 - 0.02 for a, b in itertools.pairwise(maps.y))
    assert maps.y[0] - maps.size / 2 >= 8
    assert maps.y[-1] + maps.size / 2 <= maps.caption_y - 8


def test_channels_without_positions_are_circles_beside_the_maps_they_sum_up():
    layers = IMAGE, conv("a"), Layer("mean", "maps", "GlobalAveragePooling2D", (6,), 6), dense("y", output="linear")
    placed = layout(chain(*layers), {layer.name: layer.units for layer in layers}, 480).places
    assert placed["mean"].size == 7
    assert placed["mean"].y == placed["a"].y


def test_convolutions_that_share_a_column_do_not_overlap():
    layers = IMAGE, conv("a", 8), conv("b", 8), dense("y", output="linear")
    ways = [("image", "a"), ("image", "b"), ("a", "y"), ("b", "y")]
    architecture = Architecture("m", layers, tuple(Connection(*way, "link") for way in ways))
    placed = layout(architecture, {layer.name: layer.units for layer in layers}, 480)
    a, b = placed.places["a"], placed.places["b"]
    assert a.y[0] - a.size / 2 >= 0
    assert a.y[-1] + a.size / 2 <= a.caption_y
    assert a.caption_y + 40 <= b.y[0] - b.size / 2
    assert b.caption_y + 40 <= placed.height


def test_a_block_with_a_picture_or_with_gates_is_tall():
    gated = Layer("gated", "block", "LSTM", (4,), 1, parts=("input", "forget"))
    layers = source("x"), block("seen"), gated, block("plain"), dense("y", output="linear")
    slots = {layer.name: layer.units for layer in layers}
    placed = layout(chain(*layers), slots, 480, False, {"seen"}).places
    assert [placed[name].size for name in ("seen", "gated", "plain")] == [120, 120, 56]


def test_captions_are_near_where_only_blocks_stand_in_a_row():
    placed = layout(chain(IMAGE, block("a"), block("b")), {"image": 1, "a": 1, "b": 1}, 480)
    places = placed.places.values()
    assert placed.height == 480
    (caption,) = {place.caption_y for place in places}
    lowest = max(place.y[-1] + place.size / 2 for place in places)
    assert caption - lowest == 24
    # Three lines of captions are 45 px.
    assert (lowest - PICTURE + caption + 45) / 2 == pytest.approx(240, abs=20)


def test_captions_of_blocks_are_near_beside_a_tall_last_column_too():
    placed = layout(chain(IMAGE, block("a"), dense("y", 17, "softmax")), {"image": 1, "a": 1, "y": 17}, 480).places
    assert placed["a"].caption_y == placed["image"].caption_y == placed["image"].y[0] + PICTURE / 2 + 24
    assert placed["y"].caption_y > placed["y"].y[-1] + 11 > placed["a"].caption_y


def test_captions_of_blocks_among_units_stay_in_one_row():
    layers = source("x", 12), block("a"), dense("y", 3, "softmax")
    placed = layout(chain(*layers), {"x": 12, "a": 1, "y": 3}, 480).places
    assert {place.caption_y for place in placed.values()} == {480 - CAPTIONS}


def test_captions_of_blocks_are_near_beside_blocks_that_share_a_column():
    layers = IMAGE, block("a"), block("b"), block("add")
    ways = [("image", "a"), ("image", "b"), ("a", "add"), ("b", "add")]
    architecture = Architecture("m", layers, tuple(Connection(*way, "link") for way in ways))
    placed = layout(architecture, {layer.name: 1 for layer in layers}, 480).places
    assert placed["add"].caption_y == placed["image"].caption_y == placed["image"].y[0] + PICTURE / 2 + 24


def test_layers_of_an_opened_block_stay_in_line_where_the_branch_beside_them_has_ended():
    names = ["long_1", "long_2", "long_3", "short_1", "join"]
    opened = {name: dataclasses.replace(block(name), inside="long") for name in ("long_1", "long_2", "long_3")}
    layers = tuple(opened.get(name) or block(name) for name in names)
    links = [("long_1", "long_2"), ("long_2", "long_3"), ("long_3", "join"), ("short_1", "join")]
    network = Architecture(
        "m",
        layers,
        tuple(Connection(one, other, "link", 0) for one, other in links),
        (OpenedBlock("long", None),),
    )
    made = layout(network, {layer.name: 1 for layer in layers}, 480)
    places = made.places
    # The shorter branch stands beside the first of them alone; all three are at one height, above it.
    assert len({places[f"long_{at}"].y for at in (1, 2, 3)}) == 1
    ends = [places[f"long_{at}"].caption_y + 32 for at in (1, 2, 3)]
    assert max(ends) <= places["short_1"].y[0] - 28
    assert all(places[f"long_{at}"].compact_caption for at in (1, 2, 3))


def u_of(*layers):
    """A chain whose first layer after the picture is handed across to the one before the last."""
    plain = chain(*layers)
    across = Connection(layers[1].name, layers[-2].name, "link")
    return dataclasses.replace(plain, connections=(*plain.connections, across))


def sized(name, side):
    return Layer(name, "block", "2 × Conv2D", (side, side, 4), 1, group=True)


PICTURE_32 = Layer("image", "input", "InputLayer", (32, 32, 1), 1)
BLOCKS_OF_A_U = [PICTURE_32, *(sized(name, side) for name, side in zip("abcdeg", (32, 16, 8, 16, 32, 32), strict=True))]


def test_the_blocks_of_a_u_go_down_with_the_resolution_and_up_again():
    made = layout(u_of(*BLOCKS_OF_A_U), {layer.name: 1 for layer in BLOCKS_OF_A_U}, 480)
    places = made.places
    (top,) = places["a"].y
    fall = places["b"].y[0] - top
    assert made.height == 480
    assert 40 <= fall <= 120
    assert [places[name].y[0] - top for name in ("image", *"abcdeg")] == [0, 0, fall, 2 * fall, fall, 0, 0]
    assert places["image"].y[0] - PICTURE / 2 >= 8
    # Two caption lines under each, within the drawing, and the way across above the lower blocks.
    for place in places.values():
        assert place.compact_caption
        assert place.y[0] + place.size / 2 < place.caption_y <= 480 - 38
    assert places["b"].y[0] - places["b"].size / 2 > top


def test_the_channels_of_a_u_go_down_together_above_one_row_of_captions():
    shrunk, grown = conv("pool", kind="maps", side=4), conv("grow", kind="maps")
    mask = Layer("mask", "conv", "Conv2D", (8, 8, 3), 3, output="softmax")
    image = dataclasses.replace(IMAGE, output_shape=(8, 8, 1))
    layers = [image, conv("a"), shrunk, conv("foot", side=4), grown, conv("join", kind="maps"), mask]
    slots = {layer.name: layer.units for layer in layers}
    made = layout(u_of(*layers), slots, 480)
    middle = {name: (place.y[0] + place.y[-1]) / 2 for name, place in made.places.items()}
    assert made.height == 480
    assert middle["a"] == middle["image"] == pytest.approx(middle["join"], abs=0.01)
    assert middle["pool"] == middle["foot"] == middle["grow"] == pytest.approx(middle["a"] + 44, abs=0.01)
    assert {place.caption_y for place in made.places.values()} == {480 - CAPTIONS}
    for layer in layers:
        place = made.places[layer.name]
        assert place.y[0] - place.size / 2 >= 8
        assert place.y[-1] + place.size / 2 <= place.caption_y


def test_a_u_without_room_to_go_down_stays_in_line():
    low = layout(u_of(*BLOCKS_OF_A_U), {layer.name: 1 for layer in BLOCKS_OF_A_U}, 240)
    assert len({place.y for place in low.places.values()}) == 1
    assert low.height == layout(chain(*BLOCKS_OF_A_U), {layer.name: 1 for layer in BLOCKS_OF_A_U}, 240).height


def test_what_goes_on_beside_the_frame_of_an_opened_block_keeps_its_height():
    # The lower branch is opened, and ends in the join; the upper one is longer.
    inside = {"low_1": "low", "low_2": "low", "join": "low"}
    names = ["up_1", "up_2", "up_3", "up_4", "low_1", "low_2", "join", "end"]
    layers = tuple(dataclasses.replace(block(name), inside=inside.get(name)) for name in names)
    links = [("up_1", "up_2"), ("up_2", "up_3"), ("up_3", "up_4"), ("up_4", "join"), ("low_1", "low_2"),
             ("low_2", "join"), ("join", "end")]  # fmt: skip
    network = Architecture("m", layers, tuple(Connection(*link, "link") for link in links), (OpenedBlock("low", None),))
    places = layout(network, {layer.name: 1 for layer in layers}, 480).places
    assert len({places[f"up_{at}"].y for at in (1, 2, 3, 4)}) == 1
    assert len({places[name].y for name in inside}) == 1
    assert places["up_4"].caption_y + 40 < places["join"].y[0] - 28

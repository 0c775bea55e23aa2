"""Networks written down by hand, whose joints and names are known."""

import itertools

import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.blocks import FEWEST_COLUMNS, MOST_COLUMNS, fold_blocks
from nbviz.network.columns import columns


def block(name, shape=(8, 8, 4), kind="Conv2D", parameters=0):
    return Layer(name, "block", kind, shape, 1, parameters=parameters)


def network(*layers, ways=None, name="net"):
    """Layers between an input and a Dense output, in a chain unless `ways` says otherwise."""
    chain = [Layer("x", "input", "InputLayer", (8, 8, 3), 1), *layers]
    names = [layer.name for layer in chain]
    ways = [*(itertools.pairwise(names) if ways is None else ways)]
    head = Layer("y", "dense", "Dense", (2,), 2, parameters=10, output="softmax")
    links = [Connection(source, target, "link") for source, target in ways]
    return Architecture(name, (*chain, head), (*links, Connection(names[-1], "y", "norm", 8)))


def residual(count, name="stage1_block{}", parts=3):
    """Blocks of `parts` convolutions and a sum, each around a way past it."""
    layers, ways, before = [], [], "x"
    for number in range(count):
        own = [block(f"{name.format(number)}_conv_{part}", parameters=number + 1) for part in range(parts)]
        own.append(block(f"{name.format(number)}_add", kind="Add"))
        names = [before, *(layer.name for layer in own)]
        ways += [*itertools.pairwise(names), (before, names[-1])]
        layers += own
        before = names[-1]
    return network(*layers, ways=ways)


def names_of(architecture):
    return [layer.name for layer in architecture.layers]


def pairs_of(architecture):
    return [(connection.source, connection.target) for connection in architecture.connections]


def width(architecture):
    return max(columns(architecture).values()) + 1


def test_a_network_of_sixteen_blocks_is_left_as_it_is():
    few = network(*(block(f"conv_{number}") for number in range(16)))
    assert fold_blocks(few) is few or fold_blocks(few) == few


def test_many_units_are_no_reason_to_fold():
    dense = [Layer(f"h{number}", "dense", "Dense", (4,), 4) for number in range(40)]
    assert fold_blocks(network(*dense)) == network(*dense)


def test_many_layers_beside_each_other_are_not_folded():
    beside = [block(f"e{number}") for number in range(20)]
    ways = [("x", layer.name) for layer in beside] + [(layer.name, "join") for layer in beside]
    wide = network(*beside, block("join", kind="Concatenate"), ways=ways)
    assert fold_blocks(wide) == wide


def test_residual_blocks_become_one_layer_each_in_a_chain():
    folded = fold_blocks(residual(6))
    blocks = [f"stage1_block{number}" for number in range(6)]
    assert names_of(folded) == ["x", *blocks, "y"]
    assert pairs_of(folded) == [*itertools.pairwise(["x", *blocks, "y"])]


def test_a_block_names_its_layers_adds_up_their_parameters_and_says_what_most_of_them_are():
    third = fold_blocks(residual(6))["stage1_block2"]
    assert third.members == (*(f"stage1_block2_conv_{part}" for part in range(3)), "stage1_block2_add")
    assert (third.parameters, third.type, third.kind, third.group) == (9, "3 × Conv2D", "block", True)


def test_a_block_without_repeats_is_called_by_what_it_is_for():
    pads = [block(f"s{n}_pad", kind="ZeroPadding2D") for n in range(9)]
    convs = [block(f"s{n}_conv", parameters=4) for n in range(9)]
    folded = fold_blocks(network(*itertools.chain.from_iterable(zip(pads, convs, strict=True))))
    assert [layer.type for layer in folded.layers[1:-1]] == ["Conv2D"] * 9
    pools = [block(f"s{n}_pool", kind="MaxPooling2D") for n in range(9)]
    folded = fold_blocks(network(*itertools.chain.from_iterable(zip(pads, pools, strict=True))))
    assert [layer.type for layer in folded.layers[1:-1]] == ["MaxPooling2D"] * 9


def test_sums_do_not_name_a_block_that_has_layers_with_weights():
    kinds = [("Attention", 9), ("Add", 0), ("Norm", 1), ("Dense", 8), ("Dense", 8), ("Add", 0), ("Norm", 1)]
    layers = [
        block(f"s{n}_{place}", kind=kind, parameters=count)
        for n in range(4)
        for place, (kind, count) in enumerate(kinds)
    ]
    assert [layer.type for layer in fold_blocks(network(*layers)).layers[1:-1]] == ["2 × Dense"] * 4


def test_without_telling_names_residual_blocks_are_found_by_the_one_tensor_between_them():
    layers, ways, before = [], [], "x"
    for number in range(6):
        names = [
            before,
            f"conv2d_{3 * number}",
            f"conv2d_{3 * number + 1}",
            f"conv2d_{3 * number + 2}",
            f"add_{number}",
        ]
        ways += [*itertools.pairwise(names), (before, names[-1])]
        layers += [block(name) for name in names[1:]]
        before = names[-1]
    assert names_of(fold_blocks(network(*layers, ways=ways))) == ["x", *(f"add_{number}" for number in range(6)), "y"]


def test_more_blocks_than_fit_are_folded_by_the_longer_part_of_their_names():
    stages = [block(f"s{stage}_block{number}_conv") for stage in range(5) for number in range(10)]
    assert names_of(fold_blocks(network(*stages))) == ["x", *(f"s{stage}" for stage in range(5)), "y"]


@pytest.mark.parametrize(
    ("stem", "number"), [("block{}a_expand", "block1a"), ("stage_{}_conv", "stage_1"), ("block2d/{}-conv", "block2d/1")]
)
def test_numbers_in_names_are_read_as_people_write_them(stem, number):
    layers = [block(stem.format(index) + end) for index in range(1, 7) for end in ("", "_norm", "_end")]
    assert names_of(fold_blocks(network(*layers)))[1] == number


def test_the_2d_of_conv2d_is_no_number():
    layers = [block(f"conv2d_{number}", (64 // (1 + number // 5), 8, 4)) for number in range(30)]
    folded = fold_blocks(network(*layers))
    assert names_of(folded)[1:3] == ["conv2d_0 … conv2d_4", "conv2d_5 … conv2d_9"]  # by the size of the picture


def test_what_neither_names_nor_sizes_tell_apart_is_divided_evenly():
    folded = fold_blocks(network(*(block(f"conv2d_{number}") for number in range(100))))
    sizes = [len(layer.members) for layer in folded.layers[1:-1]]
    assert sum(sizes) == 100
    assert max(sizes) - min(sizes) <= 1


def test_inputs_outputs_and_dense_layers_on_the_way_stay_as_they_are():
    first = Layer("h", "dense", "Dense", (4,), 4)
    layers = [*(block(f"s{number}_{part}") for number in range(6) for part in range(3)), first]
    folded = fold_blocks(network(*layers))
    assert folded["h"] is first
    assert folded.layers[-1].output == "softmax"


def test_dense_layers_inside_a_block_are_folded_with_it():
    layers, ways, before = [], [], "x"
    for number in range(9):
        own = [block(f"b{number}_pool"), Layer(f"b{number}_gate", "dense", "Dense", (4,), 4), block(f"b{number}_scale")]
        names = [before, *(layer.name for layer in own)]
        ways += [*itertools.pairwise(names), (before, names[-1])]
        layers += own
        before = names[-1]
    made = network(*layers, ways=ways)
    kernels = [Connection(f"b{n}_pool", f"b{n}_gate", "norm", 16) for n in range(9)]
    links = [c for c in made.connections if not c.target.endswith("gate")]
    folded = fold_blocks(Architecture("net", made.layers, (*kernels, *links)))
    assert names_of(folded) == ["x", *(f"b{number}" for number in range(9)), "y"]
    assert {c.kind for c in folded.connections} == {"link", "norm"}
    assert [c.weights for c in folded.connections if c.kind == "norm"] == [8]


def test_a_kernel_whose_source_was_folded_has_no_single_sources_any_more():
    layers, ways, before = [], [], "x"
    for number in range(9):
        own = [block(f"b{number}_conv"), Layer(f"b{number}_gate", "dense", "Dense", (4,), 4)]
        ways += [(before, own[0].name), (own[0].name, own[1].name), (before, own[1].name)]
        layers += own
        before = own[1].name
    base = network(*layers, *(block(f"c{number}_{part}") for number in range(4) for part in range(3)), ways=ways)
    tail = [f"c{number}_{part}" for number in range(4) for part in range(3)]
    more = [Connection(*pair, "link") for pair in itertools.pairwise([before, *tail])]
    direct = Connection(before, "y", "kernel", 8)
    rest = [c for c in base.connections if c.target != "y"]
    folded = fold_blocks(Architecture("net", base.layers, (*rest, *more, direct, Connection(tail[-1], "y", "norm", 8))))
    assert {c.kind for c in folded.into("y")} == {"norm"}


def test_skips_over_blocks_are_kept():
    down = [f"down{level}_{part}" for level in range(4) for part in range(3)]
    up = [f"up{level}_{part}" for level in (3, 2, 1, 0) for part in range(3)]
    ways = [*itertools.pairwise(["x", *down, *up]), *((f"down{level}_2", f"up{level}_0") for level in range(4))]
    folded = fold_blocks(network(*(block(name) for name in down + up), ways=ways))
    assert names_of(folded) == ["x", *(f"down{n}" for n in range(4)), *(f"up{n}" for n in (3, 2, 1, 0)), "y"]
    assert {("down0", "up0"), ("down1", "up1"), ("down2", "up2")} <= set(pairs_of(folded))


def test_an_opened_block_shows_its_layers_and_the_others_stay_closed():
    folded = fold_blocks(residual(6), opened={"stage1_block2"})
    inside = [f"stage1_block2_conv_{part}" for part in range(3)]
    assert names_of(folded)[2:8] == ["stage1_block1", *inside, "stage1_block2_add", "stage1_block3"]
    assert ("stage1_block1", "stage1_block2_add") in pairs_of(folded)


def test_a_large_block_opens_into_blocks():
    stages = [block(f"s{n}_block{m}_{part}") for n in range(5) for m in range(10) for part in range(2)]
    folded = fold_blocks(network(*stages), opened={"s1"})
    assert names_of(folded) == ["x", "s0", *(f"s1_block{m}" for m in range(10)), "s2", "s3", "s4", "y"]
    assert len(fold_blocks(network(*stages), opened={"s1", "s1_block3"}).layers) == len(folded.layers) + 1


def test_layers_say_which_opened_block_they_are_directly_inside_of():
    stages = [block(f"s{n}_block{m}_{part}") for n in range(5) for m in range(10) for part in range(2)]
    folded = fold_blocks(network(*stages), opened=["s1_block3", "s1", "s3"])
    assert folded.opened == (("s1", None), ("s1_block3", "s1"), ("s3", None))
    assert [folded[f"s1_block3_{part}"].inside for part in range(2)] == ["s1_block3"] * 2
    assert (folded["s1_block2"].inside, folded["s3_block0"].inside) == ("s1", "s3")
    assert {folded[name].inside for name in ("x", "s0", "s2", "y")} == {None}


def test_what_is_inside_of_a_closed_block_is_not_opened():
    stages = [block(f"s{n}_block{m}_{part}") for n in range(5) for m in range(10) for part in range(2)]
    whole = network(*stages)
    assert fold_blocks(whole, opened=["s1_block3", "s2"]) == fold_blocks(whole, opened=["s2"])


def test_a_block_inside_an_opened_one_never_has_its_name():
    layers = [block(f"s{n}_{m}") for n in range(5) for m in range(60)]
    folded = fold_blocks(network(*layers), opened=["s1"])
    names = [layer.name for layer in folded.layers if layer.inside == "s1" and layer.group]
    assert names
    assert "s1" not in names
    inner = fold_blocks(network(*layers), opened=["s1", names[0]])
    assert inner.opened == (("s1", None), (names[0], "s1"))


def test_to_open_what_is_not_there_does_nothing():
    assert fold_blocks(residual(6), opened={"none"}) == fold_blocks(residual(6))


def test_a_block_never_takes_the_name_of_a_layer_beside_it():
    layers = [block("s3"), *(block(f"s{number}_{part}") for number in range(6) for part in range(4))]
    folded = fold_blocks(network(*layers))
    assert len(set(names_of(folded))) == len(folded.layers)
    assert folded["s3"].members == ()


@pytest.mark.parametrize("seed", range(30))
def test_whatever_the_network_it_fits_stays_in_order_and_loses_nothing(seed):
    import random

    random.seed(seed)
    count = random.randint(17, 150)
    names = [random.choice(["b{}_conv", "conv2d_{}", "stage{}_block{}_x", "add_{}"]) for _ in range(count)]
    layers = [
        block(name.format(index // 7, index) + f"_{index}", (random.choice([8, 4, 2]), 4), parameters=index)
        for index, name in enumerate(names)
    ]
    order = ["x", *(layer.name for layer in layers)]
    ways = [*itertools.pairwise(order)]
    for _ in range(random.randint(0, count // 2)):
        start = random.randrange(len(order) - 1)
        ways.append((order[start], order[min(len(order) - 1, start + random.choice([2, 3, 5, 40]))]))
    whole = network(*layers, ways=list(dict.fromkeys(ways)))
    folded = fold_blocks(whole)
    assert FEWEST_COLUMNS <= width(folded) <= MOST_COLUMNS
    found = [name for layer in folded.layers for name in (layer.members if layer.group else (layer.name,))]
    assert found == names_of(whole)
    assert sum(layer.parameters for layer in folded.layers) == sum(layer.parameters for layer in whole.layers)
    place = {name: index for index, name in enumerate(names_of(folded))}
    home = {name: layer.name for layer in folded.layers for name in ((layer.name, *layer.members))}
    assert all(place[source] < place[target] for source, target in pairs_of(folded))
    kept = {(home[c.source], home[c.target]) for c in whole.connections} - {(name, name) for name in place}
    assert kept == set(pairs_of(folded))

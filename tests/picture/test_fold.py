import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.picture.fold import best_units, fold, handed_on, places, unit_scores


def layer(units, kind="dense", output=None):
    return Layer("h", kind, "T", (units,), units, output=output)


@pytest.mark.parametrize(
    ("what", "max_units", "sharing", "room"),
    [
        (layer(16), 16, 1, 16),
        (layer(17), 16, 1, 16),
        (layer(1), 16, 1, 1),
        (layer(100_000), 16, 1, 16),
        (layer(40, "input"), 16, 1, 40),
        (layer(41, "input"), 16, 1, 16),
        (layer(40, output="softmax"), 16, 1, 40),
        (layer(41, output="softmax"), 16, 1, 16),
        (layer(50, "input"), 60, 1, 50),  # more was asked for
        (layer(16), 16, 2, 8),
        (layer(16), 16, 8, 4),  # never fewer than 4
        (layer(16), 1, 1, 1),
        (layer(20, "input"), 16, 2, 20),
        (layer(21, "input"), 16, 2, 8),
    ],
)
def test_places_of_a_layer(what, max_units, sharing, room):
    assert places(what, max_units, sharing) == room


def test_a_layer_with_room_shows_all_units_in_index_order():
    choice = fold(np.array([1.0, 3.0, 2.0]), 3)
    assert choice.shown == choice.candidates == (0, 1, 2)
    assert choice.ranks == (2, 0, 1)
    assert not choice.folded
    assert choice.cell_units == ()


def test_a_folded_layer_shows_the_best_and_keeps_as_many_again():
    choice = fold(np.array([5.0, 1.0, 9.0, 7.0, 3.0, 8.0, 2.0, 6.0]), 2)
    assert choice.folded
    assert choice.shown == (2, 5)
    assert choice.candidates == (2, 5, 3, 7)
    assert choice.ranks == (0, 1, 2, 3)
    assert (choice.cell_size, choice.cell_units) == (1, (0, 1, 2, 3, 4, 5, 6, 7))


def test_equal_scores_keep_index_order():
    assert fold(np.ones(50), 4).shown == (0, 1, 2, 3)


def test_nan_ranks_last_and_infinity_first():
    assert fold(np.array([np.nan, 1.0, np.inf, 2.0, np.nan]), 2).candidates == (2, 3, 1, 0)


def test_all_nan_is_still_a_fold():
    assert fold(np.full(5, np.nan), 2).shown == (0, 1)


def test_a_unit_that_is_wanted_is_a_candidate_behind_the_best():
    choice = fold(np.arange(10.0), 3, also=(0, 5, 0))
    assert choice.shown == (9, 8, 7)
    assert choice.candidates == (9, 8, 7, 6, 5, 4, 0)
    assert choice.ranks == (0, 1, 2, 3, 4, 5, 9)


def test_all_units_are_candidates_where_so_many_are_asked_for():
    assert fold(np.arange(10.0), 3, candidates=10).candidates == tuple(range(9, -1, -1))


def test_a_candidate_is_shown_in_place_of_the_last_that_is_not_wanted():
    choice = fold(np.arange(10.0), 3)
    assert choice.showing([5]).shown == (9, 8, 5)
    assert choice.showing([5, 7]).shown == (9, 5, 7)
    assert set(choice.showing([4, 5, 6]).shown) == {4, 5, 6}
    assert choice.showing([0]) == choice.showing([9]) == choice.showing([]) == choice  # 0 is no candidate


def test_candidates_that_are_added_have_ranks_of_their_own():
    choice = fold(np.arange(10.0), 3).with_candidates([1, 0], [8, 9])
    assert choice.candidates == (9, 8, 7, 6, 5, 4, 1, 0)
    assert choice.ranks == (0, 1, 2, 3, 4, 5, 8, 9)


BASE = np.arange(8)  # units in the order of their index, where nothing is asked


def test_for_a_question_the_units_are_drawn_that_carry_most_of_it():
    scores = np.array([0.0, 4.0, 0.5, np.nan, 9.0, 0.0, 1.0, 2.0])
    assert best_units(scores, 3, [], BASE, by_index=False).tolist() == [4, 1, 7]
    assert best_units(scores, 3, [], BASE, by_index=True).tolist() == [1, 4, 7]


def test_units_that_carry_as_much_come_as_they_are_ranked_where_nothing_is_asked():
    scores = np.array([0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert best_units(scores, 3, [], BASE[::-1], by_index=False).tolist() == [1, 7, 6]


def test_a_unit_that_has_to_be_drawn_takes_the_place_of_the_least():
    scores = np.arange(8.0)
    assert best_units(scores, 3, [2], BASE, by_index=False).tolist() == [7, 6, 2]
    assert best_units(scores, 3, [6], BASE, by_index=False).tolist() == [7, 6, 5]
    assert best_units(scores, 3, [5, 0], BASE, by_index=False).tolist() == [7, 5, 0]
    assert best_units(scores, 2, [0, 1, 2], BASE, by_index=False).tolist() == [2, 1]
    assert best_units(scores, 3, [0, 0], BASE, by_index=True).tolist() == [0, 6, 7]


@pytest.mark.parametrize("seed", range(20))
def test_a_fold_is_consistent_whatever_the_scores(seed):
    random = np.random.default_rng(seed)
    units, room = int(random.integers(1, 3000)), int(random.integers(1, 40))
    scores = random.choice([np.nan, np.inf, 0.0, 1.0, 2.0, 2.5], units)
    also = tuple(random.choice(units, min(units, 3), replace=False).tolist())
    choice = fold(scores, room, also)
    assert len(choice.shown) == min(units, room)
    assert len(set(choice.shown)) == len(choice.shown)
    assert set(choice.shown) <= set(choice.candidates)
    assert len(set(choice.candidates)) == len(choice.candidates) == len(choice.ranks)
    clean = np.where(np.isnan(scores), -np.inf, scores)
    order = sorted(range(units), key=lambda unit: (-clean[unit], unit))
    assert [order[rank] for rank in choice.ranks] == list(choice.candidates)
    if choice.folded:
        assert set(also) <= set(choice.candidates)
        wanted = choice.candidates[-room:]
        assert set(wanted) <= set(choice.showing(wanted).shown)
        assert len(choice.cell_units) == -(-units // choice.cell_size) <= 512
        for cell, unit in enumerate(choice.cell_units):
            members = range(cell * choice.cell_size, min(units, (cell + 1) * choice.cell_size))
            assert unit == max(members, key=lambda member: (clean[member], -member))


THREE = Architecture(
    "m",
    (
        Layer("x", "input", "InputLayer", (2,), 2),
        Layer("h", "dense", "Dense", (3,), 3),
        Layer("y", "dense", "Dense", (2,), 2, output="linear"),
        Layer("c", "block", "Concatenate", (5,), 1),
        Layer("z", "dense", "Dense", (1,), 1, output="linear"),
    ),
    (
        Connection("x", "h", "kernel", 6),
        Connection("h", "y", "kernel", 6),
        Connection("h", "c", "link"),
        Connection("c", "z", "norm", 5),
    ),
)
KERNELS = {
    "h": np.array([[1.0, -2.0, 0.0], [3.0, 0.0, -1.0]]),
    "y": np.array([[1.0, 1.0], [0.0, -2.0], [4.0, 0.0]]),
    "z": np.array([[1.0], [2.0], [3.0], [4.0], [-5.0]]),
}


def test_the_weight_score_is_incoming_times_outgoing_sum_of_absolute_weights():
    scores = unit_scores(THREE, KERNELS, "weight")
    assert scores["x"].tolist() == [3, 4]  # an input: its outgoing sum alone
    assert scores["h"].tolist() == [4 * 2, 2 * 2, 1 * 4]
    assert scores["y"].tolist() == [5, 3]  # an output: its incoming sum alone
    assert scores["z"].tolist() == [15]
    assert "c" not in scores


def test_the_contribution_score_is_mean_activation_times_outgoing_sum():
    entering = {"h": np.array([2.0, 0.5]), "y": np.array([1.0, 3.0, 0.5]), "z": np.ones(5)}
    scores = unit_scores(THREE, KERNELS, "contribution", entering)
    assert scores["x"].tolist() == [6, 2]
    assert scores["h"].tolist() == [2, 6, 2]
    assert scores["y"].tolist() == [5, 3]


def test_with_all_weights_zero_every_unit_scores_the_same():
    scores = unit_scores(THREE, {name: np.zeros_like(kernel) for name, kernel in KERNELS.items()}, "weight")
    assert scores["h"].tolist() == [1, 1, 1]


def test_a_unit_with_a_nan_weight_does_not_spoil_the_order_of_the_others():
    broken = KERNELS | {"h": np.array([[np.nan, -2.0, 0.0], [3.0, 0.0, -1.0]])}
    assert fold(unit_scores(THREE, broken, "weight")["h"], 2).shown == (1, 2)


def test_infinite_weights_times_zero_warn_of_nothing():
    broken = KERNELS | {"h": np.array([[np.inf, -2.0, 0.0], [3.0, 0.0, -1.0]]), "y": np.zeros((3, 2))}
    broken["y"][1] = 1
    assert fold(unit_scores(THREE, broken, "weight")["h"], 1).shown == (1,)


def test_channels_are_shown_in_the_order_of_their_index():
    scores = np.array([1.0, 5.0, 3.0, 4.0, 2.0])
    assert fold(scores, 3).shown == (1, 3, 2)
    assert fold(scores, 3, by_index=True).shown == (1, 2, 3)
    assert fold(scores, 3, by_index=True).candidates == fold(scores, 3).candidates


def joined_channels():
    """a (2 channels) and b (3) side by side in a join (5), and a kernel behind it."""
    return Architecture(
        "m",
        (
            Layer("x", "input", "InputLayer", (4, 4, 1), 1),
            Layer("a", "conv", "Conv2D", (4, 4, 2), 2),
            Layer("b", "conv", "Conv2D", (4, 4, 3), 3),
            Layer("join", "maps", "Concatenate", (4, 4, 5), 5),
            Layer("c", "conv", "Conv2D", (4, 4, 2), 2),
        ),
        (
            Connection("x", "a", "norm", 2),
            Connection("x", "b", "norm", 3),
            Connection("a", "join", "link"),
            Connection("b", "join", "link", offset=2),
            Connection("join", "c", "norm", 10),
        ),
    )


def test_channels_that_are_handed_on_score_as_where_they_come_from():
    norms = {"a": np.array([[1.0, 2.0]]), "b": np.array([[3.0, 4.0, 5.0]])}
    norms["c"] = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [2.0, 1.0], [1.0, 0.0]])
    scores = unit_scores(joined_channels(), norms, "weight")
    # in times what goes out behind the join: a 1, 2; b 0, 3, 1
    assert scores["a"].tolist() == [1.0, 4.0]
    assert scores["b"].tolist() == [0.0, 12.0, 5.0]
    assert scores["join"].tolist() == [1.0, 4.0, 0.0, 12.0, 5.0]
    assert scores["c"].tolist() == [5.0, 2.0]


def test_a_channel_brought_into_view_comes_with_itself_in_what_hands_it_on():
    found = handed_on(joined_channels(), {"b": [1]})
    assert (found["join"], found["a"], found["c"]) == ([3], [], [])
    found = handed_on(joined_channels(), {"join": [0, 4]})
    assert (found["a"], found["b"]) == ([0], [2])


def test_a_layer_of_channels_has_fewer_places_since_its_faces_are_larger():
    conv = Layer("a", "conv", "Conv2D", (4, 4, 32), 32)
    assert places(conv, 16) == 10
    assert places(conv, 4) == 4
    assert places(Layer("a", "conv", "Conv2D", (4, 4, 10), 10), 16) == 10


def test_the_score_counts_the_edges_into_all_layers_that_follow():
    architecture = Architecture(
        "m",
        (
            Layer("x", "input", "InputLayer", (2,), 2),
            Layer("y", "dense", "Dense", (1,), 1, output="linear"),
            Layer("z", "dense", "Dense", (1,), 1, output="linear"),
        ),
        (Connection("x", "y", "kernel", 2), Connection("x", "z", "kernel", 2)),
    )
    kernels = {"y": np.array([[1.0], [-2.0]]), "z": np.array([[4.0], [0.5]])}
    assert unit_scores(architecture, kernels, "weight")["x"].tolist() == [5, 2.5]

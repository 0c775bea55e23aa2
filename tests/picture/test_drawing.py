import re

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz.keras_model import ModelReader
from nbviz.network.architecture import Architecture, Layer
from nbviz.picture.drawing import FEWEST_ROWS, Drawing
from nbviz.picture.frame import FrameContent, Progress
from nbviz.picture.live_frames import LiveFrames
from nbviz.picture.observation import Observation


def drawing(*units, max_units=16):
    """Of a network without biases, arranged; its layers are x, h1, h2, ..."""
    hidden = [layers.Dense(n, use_bias=False, name=f"h{place}") for place, n in enumerate(units[1:], start=1)]
    reader = ModelReader(Sequential([Input((units[0],), name="x"), *hidden]))
    drawn = Drawing(reader, {}, max_units=max_units, rank="weight")
    drawn.arrange(Observation(reader, None), 480)
    return drawn


@pytest.mark.parametrize(
    ("unit", "layer", "index"),
    [(0, "x", 0), (3, "x", 3), (4, "h1", 0), (8, "h1", 4), (9, "h2", 0), (11, "h2", 2)],
)
def test_ids_count_the_units_of_all_layers(unit, layer, index):
    found, place = drawing(4, 5, 3).unit_at(unit)
    assert (found.name, place) == (layer, index)


@pytest.mark.parametrize("unit", [-1, 12])
def test_what_is_no_id_has_no_layer(unit):
    assert drawing(4, 5, 3).unit_at(unit) is None


def test_a_unit_is_found_again_by_its_layer_where_that_is_still_drawn():
    drawn = drawing(4, 5, 3)
    own = {layer.name: layer for layer in drawn.architecture.layers}
    between = Layer("between", "block", "Model", (6,), 1)
    later = Architecture("m", (own["x"], between, own["h2"]), ())
    assert drawn.found_again(10, later) == 4 + 1 + 1  # second unit of h2
    assert drawn.found_again(5, later) is None
    assert drawn.found_again(None, later) is None
    # A block that bears the name of a layer in it is another thing.
    same_name = Architecture("m", (Layer("h2", "block", "Model", (3,), 3, group=True),), ())
    assert drawn.found_again(10, same_name) is None


def test_of_rows_as_many_are_looked_at_as_the_work_for_each_allows():
    drawn = drawing(4, 5, 3)
    assert drawn.reader.numbers_per_row == 4 + 5 + 3
    assert drawn.most_rows(100) == 100
    assert drawn.most_rows(10**9) == 2_666_666  # 32 million numbers
    assert drawn.most_rows(10**9, training=True) == 333_333  # 4 million


def test_a_few_rows_are_looked_at_whatever_that_takes():
    drawn = drawing(1, 1_000_000)
    assert drawn.most_rows(10**9, training=True) == FEWEST_ROWS


def test_what_is_selected_has_its_numbers_and_is_drawn_in_the_place_of_the_last_as_long_as_it_is():
    drawn = drawing(1, 8, 1, max_units=3)
    # Incoming times outgoing: unit i has rank 7 - i.
    drawn.reader.model.set_weights([np.arange(1.0, 9.0)[None], np.ones((8, 1))])
    seen = Observation(drawn.reader, None)
    drawn.arrange(seen, 480)
    assert drawn.folds["h1"].shown == (7, 6, 5)
    assert drawn.pull(1)  # unit 0 of h1, behind the only unit of x
    drawn.arrange(seen, 480)
    assert drawn.folds["h1"].shown == (7, 6, 5)
    assert drawn.folds["h1"].candidates == (7, 6, 5, 4, 3, 2, 0)
    frame = drawn.frame(seen, FrameContent(*seen.signals(1)))

    def numbered(selected):
        return [int(text) for text in re.findall(r">([0-7])</text>", drawn.svg(frame, seen, "weight", 900, selected))]

    assert numbered(1) == [7, 6, 0]
    assert numbered(None) == [7, 6, 5]


def test_each_arrangement_has_a_version_of_its_own_also_of_another_structure():
    drawn = drawing(4, 5, 3)
    seen = Observation(drawn.reader, None)
    first = drawn.version
    drawn.arrange(seen, 480)
    assert drawn.version == first + 1
    other = drawn.read_anew(drawn.reader, {}, [2])
    other.arrange(seen, 480)
    assert (other.version, other.pulled) == (first + 2, [2])


def test_earlier_weights_are_drawn_as_they_were_with_nothing_of_what_flows():
    drawn = drawing(2, 2, 1)
    then = {"h1": np.array([[1.0, -2.0], [0.5, 4.0]], "float32"), "h2": np.array([[3.0], [np.nan]], "float32")}
    frame = drawn.frame_of_weights({name: (kernel, None) for name, kernel in then.items()}, Progress(False, 3))
    first, second = (connection.arrays["kernel"] for connection in frame.connections)
    assert first.tolist() == then["h1"].tolist()
    np.testing.assert_array_equal(second, then["h2"])
    assert np.isnan(frame.layers[1].arrays["a"]).all()
    assert [(badge.kind, badge.layer) for badge in frame.badges] == [("nan", "h2")]
    assert frame.progress.epoch == 3


def test_a_layer_that_is_called_twice_is_drawn_twice_with_its_earlier_weights():
    x = Input((2,), name="x")
    same = layers.Dense(2, use_bias=False, name="same")
    reader = ModelReader(keras.Model(x, same(same(x))))
    drawn = Drawing(reader, {}, max_units=16, rank="weight")
    drawn.arrange(Observation(reader, None), 480)
    then = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    frame = drawn.frame_of_weights({"same": (then, None)}, Progress())
    assert [connection.arrays["kernel"].tolist() for connection in frame.connections] == [then.tolist()] * 2


def test_of_many_classes_the_likeliest_of_the_sample_are_told_and_the_true_one():
    keras.utils.set_random_seed(0)
    model = Sequential([Input((4,), name="x"), layers.Dense(6, "relu"), layers.Dense(100, "softmax", name="y")])
    drawn = Drawing(ModelReader(model), {}, max_units=5, rank="weight")
    x = np.random.default_rng(0).normal(size=(9, 4)).astype("float32")
    seen = Observation(drawn.reader, x)
    seen.answers, seen.answered = np.full(9, 77), drawn.architecture.outputs[0].name
    drawn.arrange(seen, 480)
    for sample in (2, 5):
        seen.select(sample)
        frame = drawn.frame(seen, FrameContent(*seen.signals(9), sample, asked=True))
        order = np.argsort(-np.asarray(drawn.reader.model(x[sample : sample + 1]))[0], kind="stable")
        expected = [*order[:4].tolist(), 77] if 77 not in order[:5] else order[:5].tolist()
        assert list(frame.likely[seen.answered]) == expected
        assert drawn.likely_at(seen) == frame.likely
        # The numbers of all are at hand, whichever are drawn.
        assert len(drawn.folds[seen.answered].candidates) == 100
    seen.select(None)
    assert drawn.likely_at(seen) == {}


def test_an_input_that_is_always_nothing_is_not_among_those_drawn():
    keras.utils.set_random_seed(0)
    inside = layers.Dense(6, activation="relu")
    model = Sequential([Input((60,), name="x"), inside, layers.Dense(2, activation="softmax")])
    kernel, bias = inside.get_weights()
    kernel[:40] *= 50  # however strong its weights are
    inside.set_weights([kernel, bias])
    x = np.random.default_rng(0).uniform(size=(20, 60)).astype("float32")
    x[:, :40] = 0
    drawn = Drawing(ModelReader(model), {}, max_units=8, rank="contribution")
    drawn.arrange(Observation(drawn.reader, x), 480)
    assert min(drawn.folds["x"].shown) >= 40


def test_pixels_that_are_pooled_and_flattened_enter_the_next_layer_as_the_mean_of_their_channel():
    # One channel of 4 x 4 numbers enters a kernel of 16 rows.
    model = Sequential([Input((4, 4, 1)), layers.MaxPooling2D(1, name="pooled"), layers.Flatten(), layers.Dense(2)])
    x = np.random.default_rng(2).normal(size=(5, 4, 4, 1)).astype("float32")
    frames = LiveFrames(model, x, rank="contribution", output_kind="logits")
    frames.observation.select(3)
    entering = frames.arrange(480).connections[-1].arrays["input"]
    np.testing.assert_allclose(entering, [x[3].mean()], rtol=1e-5)

import numpy as np
import pytest
from keras import Input, Model, layers

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.block_picture import picture_of_scores
from nbviz.network.channels import ChannelWeights, MeanMaps, PlacedWeights, by_channel
from nbviz.picture.channel_frame import block_frame
from nbviz.picture.fold import fold
from nbviz.picture.frame import Signals
from nbviz.picture.live_frames import LiveFrames
from nbviz.picture.make_frame import make_frame
from tests.picture.networks import mlp, random_weights, run


def test_channels_are_joined_by_the_norms_of_their_kernels_and_pass_on_their_means():
    # two channels of a 2 x 2 map; 1 x 2 kernels; from a picture, then channel by channel, then flattened
    architecture = Architecture(
        "m",
        (
            Layer("image", "input", "InputLayer", (2, 2, 1), 1),
            Layer("c", "conv", "Conv2D", (2, 2, 2), 2),
            Layer("d", "conv", "Conv2D", (2, 2, 3), 3),
            Layer("y", "dense", "Dense", (2,), 2, output="linear"),
        ),
        (
            Connection("image", "c", "norm", 4),
            Connection("c", "d", "norm", 12),
            Connection("d", "y", "norm", 24),
        ),
    )
    first = np.array([[[3.0, -6.0]], [[4.0, -8.0]]])  # (positions, in, out)
    second = np.array([[[1.0, 0.0, 2.0], [0.0, 2.0, -2.0]], [[1.0, 0.0, 0.0], [0.0, -3.0, 0.0]]])
    last = np.arange(24.0).reshape(12, 2) - 12.75
    placed = {"c": PlacedWeights(first), "d": PlacedWeights(second), "y": PlacedWeights(by_channel(last, 3, False))}
    channels = ChannelWeights(
        {name: weights.slices() for name, weights in placed.items()},
        placed,
        {"c": np.array([0.5, -0.5])},
        {"c": first.transpose(2, 1, 0)[..., None]},
        convs=frozenset({"c", "d"}),
        regrouped=lambda name, cells: by_channel(cells, 3, False),
    )
    maps = {"c": np.array([[[1.0, 0.0], [2.0, -1.0]], [[3.0, 0.0], [4.0, 0.0]]])}
    # What enters at each place of a kernel: less at the second, which the border has no number for.
    patches = {"c": np.array([[2.0], [0.5]]), "d": np.array([[2.5, -0.25], [1.0, -0.5]])}
    cells = np.arange(12.0)
    flow = {
        ("kernel input", "c"): np.array([[2.0]]),
        ("a", "c"): np.array([[2.5, -0.25]]),
        ("kernel input", "d"): np.array([[2.5, -0.25]]),
        ("a", "d"): np.array([[1.0, 1.0, 1.0]]),
        ("kernel input", "y"): cells[None],
        ("a", "y"): np.array([[1.0, 2.0]]),
    }
    folds = {"c": fold(np.ones(2), 2), "d": fold(np.ones(3), 3), "y": fold(np.ones(2), 2)}
    frame = make_frame(
        architecture, folds, {"y": (last, None)}, Signals(flow, of_channels=MeanMaps(maps, patches)), channels
    )
    image, between, flattened = (connection.arrays for connection in frame.connections)
    assert image["kernel"].tolist() == [[5.0, -10.0]]
    assert image["in_sum_a"].tolist() == [8.0, -16.0]
    np.testing.assert_allclose(between["kernel"], [[2**0.5, 0, 2], [0, -(13**0.5), -2]])
    assert between["flow"].tolist() == [[3.5, 0.0, 5.0], [0.0, 1.0, 0.5]]
    assert between["input"].tolist() == [2.5, -0.25]
    assert flattened["kernel"].shape == (3, 2)
    for channel in range(3):
        rows = last[channel::3]
        signs = np.sign(rows.sum(axis=0))
        np.testing.assert_allclose(flattened["kernel"][channel], signs * np.linalg.norm(rows, axis=0))
        np.testing.assert_allclose(flattened["flow"][channel], cells[channel::3] @ rows)
    np.testing.assert_allclose(flattened["in_sum_a"], cells @ last)
    layer = frame.layers[1]
    assert layer.arrays["bias"].tolist() == [0.5, -0.5]
    assert layer.a_scale == 4.0
    assert (layer.arrays["lowest"].tolist(), layer.arrays["highest"].tolist()) == ([1.0, -1.0], [4.0, 0.0])
    assert layer.arrays["passing"].tolist() == [[8.0], [-16.0]]
    # 4 is full blue, -1 a quarter of orange
    assert layer.arrays["face"].tolist() == [[[160, 192], [223, 255]], [[128, 96], [128, 128]]]


def test_what_a_channel_takes_in_and_its_bias_are_the_mean_that_keras_answers():
    random = np.random.default_rng(0)
    image = Input((2, 2, 3), name="image")
    first = layers.Conv2D(4, 3, padding="same", name="first")
    second = layers.Conv2D(5, 3, padding="same", name="second")
    model = Model(image, layers.Flatten()(second(layers.ReLU()(first(image)))))
    model.set_weights([random.normal(size=weights.shape) for weights in model.get_weights()])
    x = random.normal(0.5, 1, size=(6, 2, 2, 3)).astype("float32")
    z = {"first": np.asarray(first(x))}
    z["second"] = np.asarray(second(np.maximum(z["first"], 0)))
    frames = LiveFrames(model, x)
    for sample, rows in ((None, slice(None)), (2, slice(2, 3))):
        frames.observation.select(sample)
        frame = frames.arrange(480)
        for connection, numbers in zip(frames.architecture.connections, frame.connections, strict=True):
            if connection.target not in z:
                continue
            at = [layer.name for layer in frames.architecture.layers].index(connection.target)
            own = frame.layers[at].arrays
            mean = z[connection.target][rows].mean(axis=(0, 1, 2))
            np.testing.assert_allclose(numbers.arrays["in_sum_a"] + own["bias"], mean, atol=1e-5)
            np.testing.assert_allclose(own["passing"].sum(axis=1) + own["bias"], mean, atol=1e-5)


def test_a_kernel_on_what_has_no_units_shows_signed_norms():
    image = Layer("image", "input", "InputLayer", (2, 2), 1)
    architecture = Architecture(
        "m",
        (image, Layer("h", "dense", "Dense", (2,), 2, output="linear")),
        (Connection("image", "h", "norm", 8),),
    )
    kernel = np.array([[3.0, 0.0], [0.0, -3.0], [4.0, 0.0], [0.0, -4.0]], "float32")
    weights = {"h": (kernel, None)}
    flow = {("kernel input", "h"): np.array([[1.0, 2.0, 3.0, 4.0]]), ("a", "h"): np.array([[15.0, -22.0]])}
    placed = PlacedWeights(kernel[:, None])
    moment = Signals(flow=flow, values={"image": np.arange(4.0).reshape(1, 2, 2)})
    channels = ChannelWeights({"h": placed.slices()}, {"h": placed})
    frame = make_frame(architecture, {"h": fold(np.ones(2), 2)}, weights, moment, channels)
    arrays = frame.connections[0].arrays
    assert arrays["kernel"].tolist() == [[5, -5]]
    assert arrays["in_sum_a"].tolist() == [15, -22]
    assert frame.layers[1].arrays["z"].tolist() == [15, -22]
    assert "bias" not in frame.layers[1].arrays
    assert frame.layers[0].arrays["face"].tolist() == [[[0, 85], [170, 255]]]


def test_cells_are_the_mean_activation_of_neighbouring_units():
    architecture = mlp(1, 1030, 1)
    random = np.random.default_rng(0)
    weights = random_weights(random, (1, 1030, 1))
    flow = run(weights, [[1.0], [2.0]])
    folds = {"x": fold(np.ones(1), 1), "h1": fold(random.random(1030), 8), "h2": fold(np.ones(1), 1)}
    numbers = make_frame(architecture, folds, weights, Signals(flow)).layers[1]
    a = flow["a", "h1"].mean(axis=0)
    assert folds["h1"].cell_size == 3
    assert len(numbers.arrays["cells"]) == len(folds["h1"].cell_units) == 344
    assert numbers.arrays["cells"][:343] == pytest.approx([a[i * 3 : i * 3 + 3].mean() for i in range(343)])
    assert numbers.arrays["cells"][343] == pytest.approx(a[1029])
    assert numbers.a_sum == pytest.approx(a.sum())


def test_equal_scores_are_pale_and_one_that_stands_out_has_the_full_colour():
    equal = picture_of_scores(np.full((2, 4, 10), 0.1, "float32"))
    assert equal.least_scale == pytest.approx(0.4)
    layer = Layer("attention", "block", "MultiHeadAttention", (4, 8), 1)
    faint = block_frame(layer, Signals(pictures={"attention": equal}))
    assert faint.a_scale == pytest.approx(0.4)
    assert faint.arrays["face"].max() == 128 + round(127 / 4)
    scores = np.full((1, 4, 10), 0.02, "float32")
    scores[:, :, 3] = 0.82
    sharp = block_frame(layer, Signals(pictures={"attention": picture_of_scores(scores)}))
    assert sharp.a_scale == pytest.approx(0.82)
    assert sharp.arrays["face"].max() == 255

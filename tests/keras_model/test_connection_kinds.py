from keras import Input, Model, layers

from nbviz.keras_model import describe
from tests.keras_model.models import MODELS, chain, names_of, pairs_of, quantized


def test_what_regroups_units_before_a_kernel_is_a_block_of_its_own():
    model = chain(
        Input((5, 4), name="x"),
        layers.Dense(3, activation="relu", name="h"),
        layers.Dropout(0.5),
        layers.Flatten(name="flat"),
        layers.Dropout(0.25),
        layers.Dense(2, name="y"),
    )
    architecture = describe(model)
    assert names_of(architecture) == ["x", "h", "flat", "y"]
    assert pairs_of(architecture) == [("x", "h", "norm"), ("h", "flat", "link"), ("flat", "y", "norm")]
    assert (architecture["flat"].kind, architecture["flat"].output_shape) == ("block", (15,))
    assert architecture["h"].notes == ("dropout 0.5",)
    assert architecture.connections[-1].notes == ("dropout 0.25",)
    assert architecture.connections[-1].weights == 30


def test_regrouped_units_that_feed_two_kernels_are_one_block():
    x = Input((6,), name="x")
    pairs = layers.Reshape((3, 2), name="pairs")(x)
    model = Model(x, [layers.Dense(2, name="y")(pairs), layers.Dense(1, name="z")(layers.Dropout(0.5)(pairs))])
    architecture = describe(model)
    assert pairs_of(architecture) == [("x", "pairs", "link"), ("pairs", "y", "norm"), ("pairs", "z", "norm")]
    assert architecture.connections[-1].notes == ("dropout 0.5",)


def test_units_regrouped_and_put_back_are_the_units_they_were():
    model = chain(Input((6,), name="x"), layers.Reshape((3, 2)), layers.Flatten(), layers.Dense(2, name="y"))
    assert pairs_of(describe(model)) == [("x", "y", "kernel")]
    assert describe(model).connections[0].notes == ("reshape 3 × 2", "flatten")


def test_a_dense_that_calculates_otherwise_or_is_quantized_is_a_block():
    assert describe(MODELS["own dense"]())["h"].kind == "block"
    assert describe(quantized())["h"].kind == "block"

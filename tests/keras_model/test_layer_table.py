import keras
import pytest

from nbviz.keras_model.layer_table import layer_rows

L = keras.layers


def test_every_layer_has_its_shape_parameters_and_activation():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            L.Conv2D(6, 3, padding="same", activation="relu", name="conv"),
            L.BatchNormalization(name="norm"),
            L.MaxPooling2D(name="pool"),
            L.Flatten(name="flat"),
            L.Dense(10, activation="softmax", name="digit"),
        ]
    )
    assert [
        (row.path, row.type, row.shapes, row.parameters, row.trained, row.activation) for row in layer_rows(model)
    ] == [
        ("image", "InputLayer", ((8, 8, 1),), 0, 0, None),
        ("conv", "Conv2D", ((8, 8, 6),), 60, 60, "relu"),
        ("norm", "BatchNormalization", ((8, 8, 6),), 24, 12, None),
        ("pool", "MaxPooling2D", ((4, 4, 6),), 0, 0, None),
        ("flat", "Flatten", ((96,),), 0, 0, None),
        ("digit", "Dense", ((10,),), 970, 970, "softmax"),
    ]


def test_frozen_weights_are_not_trained():
    model = keras.Sequential([keras.Input((3,)), L.Dense(2, name="frozen"), L.Dense(1, name="free")])
    model.layers[0].trainable = False
    assert [(row.parameters, row.trained) for row in layer_rows(model)[1:]] == [(8, 0), (3, 3)]


def test_the_layers_of_a_model_inside_follow_it_and_a_shared_one_comes_once():
    encoder = keras.Sequential([keras.Input((4,)), L.Dense(3, activation="tanh", name="code")], name="encoder")
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    model = keras.Model([left, right], L.Subtract(name="difference")([encoder(left), encoder(right)]))
    rows = {row.path: row for row in layer_rows(model)}
    assert len(rows) == len(layer_rows(model))
    assert (rows["encoder"].calls, rows["encoder"].depth, rows["encoder"].parameters) == (2, 0, 15)
    assert (rows["encoder/code"].calls, rows["encoder/code"].depth) == (1, 1)
    assert rows["encoder"].activation == rows["encoder/code"].activation == "tanh"
    assert list(rows).index("encoder/code") > list(rows).index("encoder")


def test_a_layer_called_on_two_sizes_has_two_shapes():
    wide, narrow = keras.Input((8, 2)), keras.Input((4, 2))
    shared = L.Conv1D(3, 1, name="shared")
    model = keras.Model([wide, narrow], [shared(wide), shared(narrow)])
    assert next(row.shapes for row in layer_rows(model) if row.path == "shared") == ((8, 3), (4, 3))


def test_a_bare_operation_has_a_row():
    entering = keras.Input((4,))
    model = keras.Model(entering, L.Dense(1, name="answer")(keras.ops.square(entering)))
    assert [row.type for row in layer_rows(model)] == ["InputLayer", "Square", "Dense"]


def test_layers_of_a_subclassed_model_have_no_known_shape():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = L.Dense(3, activation="relu", name="hidden")

        def call(self, x):
            return self.hidden(x)

    net = Net()
    net(keras.ops.ones((1, 2)))
    (row,) = layer_rows(net)
    assert (row.path, row.shapes, row.parameters, row.activation) == ("hidden", (), 9, "relu")


@pytest.mark.parametrize("wrong", [None, "model", 3])
def test_what_is_no_model_is_refused(wrong):
    with pytest.raises(TypeError):
        layer_rows(wrong)

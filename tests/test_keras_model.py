"""Expected numbers come from calling the layers one by one, or from plain numpy."""

import gc
import re
import types
import weakref

import keras
import numpy as np
import pandas as pd
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import NetworkDiagram, activations
from nbviz.keras_model import ModelReader, describe
from nbviz.keras_model.graph import input_specs
from nbviz.network.architecture import Connection
from nbviz.network.samples import read_samples


class Block(Model):
    """A subclassed model of one input."""

    def __init__(self, **options):
        super().__init__(**options)
        self.hidden, self.answer = layers.Dense(3, activation="relu"), layers.Dense(2)

    def call(self, x):
        return self.answer(self.hidden(x))


class Eager(Model):
    """A subclassed model whose code cannot be compiled."""

    def __init__(self, **options):
        super().__init__(**options)
        self.answer = layers.Dense(2)

    def call(self, x):
        return self.answer(keras.ops.convert_to_tensor(keras.ops.convert_to_numpy(x).copy()))


class Pair(Model):
    """A subclassed model of a dict, with two answers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.hidden = layers.Dense(3)

    def call(self, x):
        return {"p": self.hidden(x["a"]), "q": x["b"] * 2}


class Halved(layers.Dense):
    """Does something else with its kernel than Dense does."""

    def call(self, x, training=None):
        return super().call(x) * 0.5


class Total(layers.Layer):
    """The sum of a dict of tensors."""

    def call(self, x):
        return x["a"] + x["b"]


def chain(*items, name=None):
    return Sequential(list(items), name=name)


def mlp(name="mlp"):
    return chain(
        Input((4,), name="x"),
        layers.Dense(5, activation="relu", name="h"),
        layers.Dense(3, activation="softmax", name="y"),
        name=name,
    )


def shared():
    a, b = Input((4,), name="a"), Input((4,), name="b")
    twin = layers.Dense(3, activation="relu", name="twin")
    return Model([a, b], layers.Dense(1, name="y")(layers.Concatenate(name="join")([twin(a), twin(b)])))


def skip():
    x = Input((4,), name="x")
    h = layers.Dense(4, activation="relu", name="h")(x)
    return Model(x, layers.Dense(2, name="y")(layers.Add(name="add")([x, h])))


def two_outputs(keys=None):
    x = Input((4,), name="x")
    h = layers.Dense(5, activation="relu", name="h")(x)
    outputs = [layers.Dense(3, activation="softmax", name="kind")(h), layers.Dense(1, name="price")(h)]
    return Model(x, outputs if keys is None else dict(zip(keys, outputs, strict=True)))


def nested():
    x = Input((4,), name="x")
    inner = chain(Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(1), name="inner")
    return Model(x, layers.Dense(2, name="y")(inner(x)))


def conv():
    return chain(
        Input((8, 8, 3), name="image"),
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu", name="conv"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(name="pool"),
        layers.Flatten(),
        layers.Dense(10, activation="softmax", name="y"),
    )


def masked():
    return chain(
        Input((5, 4), name="x"), layers.Masking(name="mask"), layers.GRU(3, name="gru"), layers.Dense(2, name="y")
    )


def called(model, *inputs):
    model(*inputs)
    return model


def dict_inputs():
    a, b = Input((2,), name="a"), Input((3,), name="b")
    return Model({"b": b, "a": a}, layers.Dense(1, name="y")(layers.Concatenate(name="join")([a, b])))


def both_states():
    x = Input((5, 4), name="x")
    _, h, c = layers.LSTM(3, return_state=True, name="lstm")(x)
    return Model(x, [h, c])


def prelu_on_one_way():
    x = Input((4,), name="x")
    h = layers.Dense(3, name="h")(x)
    return Model(x, layers.Dense(1, name="y")(layers.Add(name="add")([h, layers.PReLU()(h)])))


def logits_and_probabilities():
    x = Input((4,), name="x")
    h = layers.Dense(3, name="h")(x)
    return Model(x, [h, layers.Softmax(name="softmax")(h)])


def tied():
    x = Input((3,), name="x")
    same = layers.Dense(3, name="same")
    return Model(x, same(same(x)))


def operations():
    x = Input((4,), name="x")
    h = layers.Dense(4, name="h")(x)
    return Model(x, layers.Dense(2, name="y")(keras.ops.relu(h) * 2 + x))


def lora():
    model = mlp()
    model.layers[0].enable_lora(2)
    model.layers[0].lora_kernel_b.assign(keras.random.normal((2, 5)))
    return model


def quantized():
    model = chain(Input((4,), name="x"), layers.Dense(3, name="h"), layers.Dense(2, name="y"))
    model.layers[0].quantize("int8")
    return model


def of_dtype(dtype):
    return lambda: chain(
        Input((4,), name="x", dtype=dtype),
        layers.Dense(3, dtype=dtype, activation="relu", name="h"),
        layers.Dense(2, dtype=dtype, name="y"),
    )


ROW = np.ones((1, 4), "float32")
MODELS = {
    "mlp": mlp,
    "not called": lambda: chain(Input((3,)), layers.Dense(2)),
    "one unit": lambda: chain(Input((1,)), layers.Dense(1)),
    "wide": lambda: chain(Input((3,)), layers.Dense(100_000, activation="relu"), layers.Dense(2)),
    "wide ends": lambda: chain(Input((20_000,)), layers.Dense(2), layers.Dense(20_000)),
    "no parameters": lambda: chain(Input((2, 2)), layers.Flatten()),
    "only dropout": lambda: chain(Input((3,)), layers.Dropout(0.1)),
    "shared": shared,
    "tied": tied,
    "skip": skip,
    "two outputs": two_outputs,
    "dict of outputs": lambda: two_outputs(("p", "q")),
    "nested": nested,
    "conv": conv,
    "masked": masked,
    "sequence": lambda: chain(Input((5, 4)), layers.Dense(3), layers.Dense(2), layers.Flatten(), layers.Dense(2)),
    "one unit on a sequence": lambda: chain(Input((5, 4)), layers.Dense(1), layers.Flatten()),
    "column image": lambda: chain(Input((7, 1)), layers.Dense(3), layers.Flatten(), layers.Dense(2)),
    "block of one number": lambda: chain(Input((5, 2)), layers.LSTM(1), layers.Dense(2)),
    "reshape": lambda: chain(Input((4,)), layers.Dense(6), layers.Reshape((2, 3)), layers.Dense(5), layers.Flatten()),
    "embedding": lambda: chain(
        Input((6,), dtype="int32"), layers.Embedding(10, 4), layers.GlobalAveragePooling1D(), layers.Dense(1)
    ),
    "open length": lambda: chain(Input((None, 3)), layers.Dense(4), layers.GlobalAveragePooling1D(), layers.Dense(2)),
    "open size": lambda: chain(
        Input((None,)), layers.Reshape((-1, 1)), layers.Conv1D(2, 3, padding="same"), layers.GlobalMaxPooling1D()
    ),
    "dict inputs": dict_inputs,
    "both states": both_states,
    "prelu on one way": prelu_on_one_way,
    "logits and probabilities": logits_and_probabilities,
    "operations": operations,
    "attention": lambda: (lambda x: Model(x, layers.Dense(1)(layers.MultiHeadAttention(2, 3)(x, x))))(Input((5, 4))),
    "subclassed": lambda: called(Block(), ROW),
    "subclassed, eager": lambda: called(Eager(), ROW),
    "subclassed, dict": lambda: called(Pair(), {"a": ROW, "b": ROW[:, :2]}),
    "sequential of a dict": lambda: called(chain(Total(), layers.Dense(2)), {"a": ROW, "b": ROW}),
    "own dense": lambda: chain(Input((4,)), Halved(3, name="h"), layers.Dense(2, name="y")),
    "lora": lora,
    "quantized": quantized,
    "float16": of_dtype("float16"),
    "bfloat16": of_dtype("bfloat16"),
    "float64": of_dtype("float64"),
    "names no graph allows": lambda: chain(
        Input((4,), name="<img src=x onerror=alert(1)>"),
        layers.Dense(3, activation="relu", name="🐈 naïve"),
        layers.Dense(3, activation="relu", name="two words"),
        layers.Dense(2, name="é" * 300),
        name="שלום",
    ),
    "text": lambda: chain(
        Input((1,), dtype="string"),
        layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot"),
        layers.Dense(2),
    ),
}


def rows(model, count=6, seed=0):
    random = np.random.default_rng(seed)
    given = []
    for spec in input_specs(model):
        shape = (count, *(size or 7 for size in spec.shape))
        if spec.dtype == "string":
            given.append(random.choice(["a", "b"], shape).astype(object))
        elif spec.dtype.startswith("int"):
            given.append(random.integers(0, 3, shape))
        else:
            given.append(random.normal(size=shape).astype("float32"))
    return given[0] if len(given) == 1 else given


@pytest.fixture(scope="module", params=MODELS)
def any_model(request):
    return MODELS[request.param]()


def names_of(architecture):
    return [layer.name for layer in architecture.layers]


def pairs_of(architecture):
    return [(c.source, c.target, c.kind) for c in architecture.connections]


# What holds for every model


def test_every_model_can_be_drawn_and_saved(any_model):
    diagram = NetworkDiagram(any_model, rows(any_model))
    for meaning in ("weight", "weight_activation"):
        diagram.edge_meaning = meaning
        assert diagram.show(1).to_svg().startswith("<svg")


def test_layer_names_are_unique(any_model):
    names = names_of(describe(any_model))
    assert len(set(names)) == len(names)


def test_every_parameter_is_counted_once(any_model):
    counted = sum(layer.parameters for layer in describe(any_model).layers)
    assert counted == sum(int(np.prod(weight.shape)) for weight in any_model.weights)


def test_connections_lead_from_a_layer_to_a_later_one(any_model):
    architecture = describe(any_model)
    names = names_of(architecture)
    for connection in architecture.connections:
        assert names.index(connection.source) < names.index(connection.target)
    reached = {c.target for c in architecture.connections}
    assert {layer.name for layer in architecture.layers if layer.kind != "input"} == reached


def test_a_kernel_joins_the_units_of_its_two_layers(any_model):
    reader = ModelReader(any_model)
    weights = reader.weights()
    for connection in reader.architecture.connections:
        source, target = reader.architecture[connection.source], reader.architecture[connection.target]
        if connection.kind == "kernel":
            assert source.has_units
            assert weights[target.name][0].shape == (source.units, target.units)
        if connection.kind == "norm":
            rows, units = reader.channel_weights().slices[target.name].norms.shape
            assert units == target.units
            if source.has_units:
                assert source.has_maps
                assert rows == source.units
        if connection.kind != "link" and target.kind == "dense":
            assert connection.weights == weights[target.name][0].size


def test_what_flows_has_one_number_for_each_unit_and_fits_the_kernel(any_model):
    reader = ModelReader(any_model)
    x = read_samples(rows(any_model), reader.specs)
    flow = reader.forward(x)
    weights = reader.weights()
    for layer in reader.architecture.layers:
        if layer.has_units and layer.kind != "input":
            assert flow["a", layer.name].shape == (6, layer.units)
        if layer.name in weights:
            assert flow["kernel input", layer.name].shape == (6, len(weights[layer.name][0]))


def test_the_last_activations_are_what_the_model_answers(any_model):
    x = rows(any_model)
    given = dict(zip(sorted(("a", "b")), x, strict=True)) if isinstance(x, list) else x
    if isinstance(x, list) and not isinstance(getattr(any_model, "input", {}), dict):
        given = x
    if isinstance(x, np.ndarray) and x.dtype.kind == "O":
        given = keras.ops.convert_to_tensor(x.astype(str))
    answers = [keras.ops.convert_to_numpy(t) for t in keras.tree.flatten(any_model(given, training=False))]
    found = list(activations(any_model, x).values())
    for answer in answers[:1] if not hasattr(any_model, "outputs") else answers:
        errors = [
            np.abs(values.astype(float) - answer.astype(float)).max()
            for values in found
            if values.shape == answer.shape
        ]
        assert min(errors) < (0.02 if answer.dtype.itemsize < 4 else 1e-5)


# describe


def test_dense_layers_show_units_and_kernel():
    architecture = describe(mlp())
    assert architecture.name == "mlp"
    assert names_of(architecture) == ["x", "h", "y"]
    assert [layer.kind for layer in architecture.layers] == ["input", "dense", "dense"]
    assert [layer.units for layer in architecture.layers] == [4, 5, 3]
    assert [layer.parameters for layer in architecture.layers] == [0, 25, 18]
    assert [layer.activation for layer in architecture.layers] == [None, "relu", "softmax"]
    assert [layer.bias for layer in architecture.layers] == [False, True, True]
    assert [layer.output for layer in architecture.layers] == [None, None, "softmax"]
    assert architecture.connections == (
        Connection("x", "h", "kernel", 20),
        Connection("h", "y", "kernel", 15),
    )


def test_what_is_passed_through_is_named_on_the_layer_it_belongs_to():
    model = chain(
        Input((4,), name="x"),
        layers.Normalization(mean=[0.0] * 4, variance=[1.0] * 4),
        layers.GaussianNoise(0.1),
        layers.Dense(3, use_bias=False, name="h"),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.Dropout(0.25),
        layers.Dense(2, activation="relu", name="g"),
        layers.BatchNormalization(),
        layers.Dense(2, name="y"),
        layers.Softmax(),
    )
    architecture = describe(model)
    assert names_of(architecture) == ["x", "h", "g", "y"]
    assert architecture["x"].notes == ("standardised", "gaussian noise")
    assert architecture["h"].steps == ("batch norm", "relu")
    assert architecture["h"].notes == ("dropout 0.25",)
    assert not architecture["h"].bias
    assert architecture["g"].steps == ("relu", "batch norm")
    assert architecture["y"].output == "softmax"
    assert architecture["y"].kind == "dense"


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        (None, None),
        ("linear", None),
        ("relu", "relu"),
        ("hard_sigmoid", "hard sigmoid"),
        (keras.ops.tanh, "tanh"),
        (layers.ReLU(), "relu"),
        (layers.LeakyReLU(), "leaky relu"),
        (layers.ReLU(negative_slope=0.1), "leaky relu"),
        (lambda x: x * x, "lambda"),
    ],
)
def test_an_activation_has_the_same_name_however_it_is_given(activation, name):
    model = chain(Input((2,)), layers.Dense(2, activation=activation, name="h"), layers.Dense(1))
    assert describe(model)["h"].activation == name


def test_a_layer_called_activation_is_judged_by_its_type():
    model = chain(Input((2,)), layers.Dense(2, name="dropout"), layers.Dense(1, name="softmax"))
    assert [layer.kind for layer in describe(model).layers] == ["input", "dense", "dense"]


def test_convolutions_have_channels_that_pooling_hands_on():
    architecture = describe(conv())
    assert names_of(architecture) == ["image", "conv", "pool", "y"]
    layer = architecture["conv"]
    assert (layer.kind, layer.type, layer.output_shape, layer.units) == ("conv", "Conv2D", (6, 6, 4), 4)
    assert (layer.window, layer.strides, layer.has_maps) == ((3, 3), (), True)
    assert layer.parameters == 3 * 3 * 3 * 4 + 4 + 4 * 4  # the batch normalization that follows included
    assert layer.steps == ("relu", "batch norm")
    assert architecture["image"].notes == ("rescaled",)
    pool = architecture["pool"]
    assert (pool.kind, pool.units, pool.window, pool.notes) == ("maps", 4, (2, 2), ())
    assert architecture.connections[-1].notes == ("flatten",)
    assert pairs_of(architecture) == [("image", "conv", "norm"), ("conv", "pool", "link"), ("pool", "y", "norm")]
    assert architecture.connections[-1].weights == 3 * 3 * 4 * 10


def test_a_layer_called_twice_is_two_layers_with_one_count_of_parameters():
    architecture = describe(shared())
    assert names_of(architecture) == ["a", "b", "twin", "twin:1", "join", "y"]
    assert [architecture[name].parameters for name in ("twin", "twin:1")] == [15, 0]
    assert pairs_of(architecture)[:2] == [("a", "twin", "kernel"), ("b", "twin:1", "kernel")]


def test_a_skip_is_a_connection():
    assert pairs_of(describe(skip())) == [
        ("x", "h", "kernel"),
        ("x", "add", "link"),
        ("h", "add", "link"),
        ("add", "y", "norm"),
    ]


def test_a_model_inside_is_a_block_that_tells_its_size():
    inner = describe(nested())["inner"]
    assert (inner.kind, inner.type, inner.parameters) == ("block", "Sequential", 19)
    assert inner.notes == ("2 layers inside",)


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


def test_masks_are_not_layers():
    architecture = describe(masked())
    assert names_of(architecture) == ["x", "mask", "gru", "y"]
    assert list(activations(masked(), np.ones((2, 5, 4)))) == ["mask", "gru", "y"]


def test_two_answers_of_one_block_are_two_outputs():
    architecture = describe(both_states())
    assert names_of(architecture) == ["x", "lstm", "lstm output", "lstm output 1"]
    assert len(architecture.outputs) == 2


def test_a_subclassed_model_is_one_block_between_its_inputs_and_its_answer():
    architecture = describe(called(Block(name="own"), ROW))
    assert names_of(architecture) == ["input", "own", "own output"]
    assert [layer.kind for layer in architecture.layers] == ["input", "block", "output"]
    assert architecture["own output"].units == 2
    assert architecture["own"].parameters == 15 + 8


def test_a_dense_that_calculates_otherwise_or_is_quantized_is_a_block():
    assert describe(MODELS["own dense"]())["h"].kind == "block"
    assert describe(quantized())["h"].kind == "block"


def test_a_model_used_inside_another_is_described_as_before():
    model = mlp()
    before = describe(model)
    outer = Model(inputs := Input((4,), name="z"), layers.Dense(1)(model(inputs)))
    model(Input((4,)))
    assert describe(model) == before
    assert names_of(describe(outer))[:2] == ["z", "mlp"]


def test_a_probability_after_a_branch_is_known_as_one():
    assert [layer.output for layer in describe(logits_and_probabilities()).outputs] == ["linear", "softmax"]


def test_the_answer_of_a_model_inside_is_what_its_last_layer_says():
    inner = chain(Input((4,)), layers.Dense(3, activation="softmax"))
    x = Input((4,))
    assert describe(Model(x, inner(x))).outputs[0].output == "softmax"


@pytest.mark.parametrize(
    ("loss", "output", "logits"),
    [
        ("mse", "linear", False),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), "softmax", True),
        (keras.losses.CategoricalCrossentropy(from_logits=True, name="mine"), "softmax", True),
        (keras.losses.BinaryCrossentropy(from_logits=True, name="mine"), "sigmoid", True),
        (keras.losses.BinaryCrossentropy(), "linear", False),
    ],
)
def test_a_linear_head_trained_from_logits_returns_logits(loss, output, logits):
    model = chain(Input((4,)), layers.Dense(3, name="y"))
    model.compile("sgd", loss)
    assert (describe(model)["y"].output, describe(model)["y"].logits) == (output, logits)


@pytest.mark.parametrize("form", ["list", "by name", "by key"])
def test_with_several_losses_each_output_has_its_own(form):
    x = Input((4,), name="x")
    outputs = [layers.Dense(2, name="price")(x), layers.Dense(3, name="kind")(x)]
    loss = {"price": "mse", "kind": keras.losses.CategoricalCrossentropy(from_logits=True)}
    model = Model(x, dict(zip(("p", "k"), outputs, strict=True)) if form == "by key" else outputs)
    if form == "by key":
        loss = {"p": loss["price"], "k": loss["kind"]}
    model.compile("sgd", list(loss.values()) if form == "list" else loss)
    assert describe(model)["price"].output == "linear"
    assert (describe(model)["kind"].output, describe(model)["kind"].logits) == ("softmax", True)


# bad input


@pytest.mark.parametrize("look", [describe, lambda model: activations(model, ROW)])
@pytest.mark.parametrize(
    ("model", "named"),
    [
        (None, "builtins.NoneType"),
        ("model.keras", "builtins.str"),
        (types.new_class("Sequential", exec_body=lambda ns: ns.update(__module__="tf_keras.src.models"))(), "tf_keras"),
        (layers.Dense(2), "keras.src.layers"),
        (Model, "builtins.type"),
    ],
)
def test_what_is_no_keras_model_is_refused_by_its_type(look, model, named):
    with pytest.raises(TypeError, match=rf"Expected a keras\.Model\. Received {re.escape(named)}"):
        look(model)


def emptied():
    model = mlp()
    for _ in range(2):
        model.pop()
    return model


@pytest.mark.parametrize("look", [describe, lambda model: activations(model, ROW)])
@pytest.mark.parametrize(
    "make", [Block, Sequential, lambda: Sequential([layers.Dense(2)]), lambda: Sequential([Input((3,))]), emptied]
)
def test_an_unbuilt_model_is_refused_with_the_way_out(look, make):
    with pytest.raises(ValueError, match=r"Expected a built model\. .*model\.build"):
        look(make())


def test_a_subclassed_model_that_was_built_without_a_shape_is_refused():
    model = Block()
    model.built = True
    with pytest.raises(ValueError, match="knows its input shape"):
        describe(model)


def test_a_subclassed_model_that_cannot_be_called_with_its_inputs_alone_says_so():
    class Picky(Model):
        def call(self, x, extra):
            return x + extra

    model = Picky()
    model(ROW, ROW)
    with pytest.raises(ValueError, match=r"call\(\) takes its inputs alone\. Picky raised"):
        describe(model)


# activations


def test_activations_are_those_of_each_layer_called_by_hand():
    model = mlp()
    x = rows(model)
    hidden = model.layers[0](x)
    found = activations(model, x)
    assert list(found) == ["h", "y"]
    assert found["h"] == pytest.approx(keras.ops.convert_to_numpy(hidden), abs=1e-6)
    assert found["y"] == pytest.approx(keras.ops.convert_to_numpy(model.layers[1](hidden)), abs=1e-6)


@pytest.mark.parametrize("wanted", ["h", ["h"], ("y", "h"), []])
def test_only_the_layers_asked_for_come_back(wanted):
    model = mlp()
    found = activations(model, rows(model), wanted)
    assert list(found) == ([wanted] if isinstance(wanted, str) else list(wanted))
    if "h" in found:
        assert found["h"].shape == (6, 5)


def test_an_unknown_layer_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match=re.escape("Expected layers among ['h', 'y']. Received ['z'].")):
        activations(mlp(), ROW, ["h", "z"])


def test_layers_passed_through_have_activations_of_their_own():
    found = activations(conv(), np.ones((2, 8, 8, 3)) * 255)
    rescaled = next(values for name, values in found.items() if name.startswith("rescaling"))
    assert rescaled.shape == (2, 8, 8, 3)
    assert rescaled == pytest.approx(1)


def test_the_second_call_and_the_second_output_of_a_layer_have_names():
    model = shared()
    a, b = np.ones((2, 4), "float32"), np.full((2, 4), 2.0, "float32")
    found = activations(model, [a, b])
    assert found["twin"] == pytest.approx(keras.ops.convert_to_numpy(model.get_layer("twin")(a)), abs=1e-6)
    assert found["twin:1"] == pytest.approx(keras.ops.convert_to_numpy(model.get_layer("twin")(b)), abs=1e-6)
    assert list(activations(both_states(), np.ones((2, 5, 4)))) == ["lstm", "lstm/1", "lstm/2"]


def test_arrays_frames_lists_and_dicts_give_the_same_numbers():
    model = mlp()
    x = rows(model)
    expected = activations(model, x)["y"]
    for given in (x.tolist(), pd.DataFrame(x), {"x": x}, keras.ops.convert_to_tensor(x), x.astype("float64")):
        np.testing.assert_array_equal(activations(model, given)["y"], expected)
    model = dict_inputs()
    a, b = rows(model)
    expected = keras.ops.convert_to_numpy(model({"a": a, "b": b}))
    for given in ([a, b], {"b": b, "a": pd.DataFrame(a)}):
        assert activations(model, given)["y"] == pytest.approx(expected, abs=1e-6)


def test_more_rows_than_a_batch_come_back_in_order():
    model = mlp()
    x = rows(model, 2500)
    found = activations(model, x, "y")["y"]
    assert found == pytest.approx(keras.ops.convert_to_numpy(model(x)), abs=1e-6)


def test_layers_that_differ_in_training_are_in_inference_mode():
    model = chain(
        Input((4,)),
        layers.Dropout(0.9),
        layers.GaussianNoise(1.0),
        layers.BatchNormalization(epsilon=0.0, name="bn"),
    )
    model.layers[-1].moving_mean.assign([1.0] * 4)
    model.layers[-1].moving_variance.assign([4.0] * 4)
    x = rows(model)
    assert activations(model, x, "bn")["bn"] == pytest.approx((x - 1) / 2, abs=1e-6)


def test_live_weights_are_seen_although_the_forward_pass_is_cached():
    model = mlp()
    x = rows(model)
    activations(model, x, "h")
    model.layers[0].set_weights([np.zeros((4, 5)), np.arange(5.0)])
    assert activations(model, x, "h")["h"].tolist() == [[0, 1, 2, 3, 4]] * 6


def test_the_forward_pass_is_traced_once_for_all_numbers_of_rows(monkeypatch):
    import tensorflow as tf

    traced = []
    function = tf.function
    monkeypatch.setattr(tf, "function", lambda *args, **options: traced.append(1) or function(*args, **options))
    model = mlp()
    for count in (1, 2, 3, 2500):
        activations(model, rows(model, count))
    assert len(traced) == 1


def test_after_layers_were_added_and_popped_the_new_ones_are_seen():
    model = mlp()
    x = rows(model)
    activations(model, x)
    for size in range(1, 6):  # memory of what was popped is used again
        model.pop()
        model.add(layers.Dense(size, name=f"y{size}"))
        gc.collect()
        found = activations(model, x)
        assert list(found) == ["h", f"y{size}"]
        assert found[f"y{size}"] == pytest.approx(keras.ops.convert_to_numpy(model(x)), abs=1e-6)


def test_a_subclassed_model_answers_under_its_name():
    model = called(Block(name="own"), ROW)
    x = rows(model)
    assert activations(model, x, "own")["own"] == pytest.approx(keras.ops.convert_to_numpy(model(x)), abs=1e-6)


@pytest.mark.parametrize("make", [mlp, lambda: called(Block(), ROW), nested])
def test_the_cache_goes_with_the_model(make):
    model = make()
    reader = ModelReader(model)
    activations(model, rows(model))
    reader.forward([rows(model)])
    reader.gradient_sizes([rows(model)])
    gone = weakref.ref(model)
    del model, reader
    gc.collect()
    assert gone() is None


# weights, gradients, staleness


def test_weights_are_the_models_own():
    model = mlp()
    weights = ModelReader(model).weights()
    for layer in model.layers:
        kernel, bias = layer.get_weights()
        np.testing.assert_array_equal(weights[layer.name][0], kernel)
        np.testing.assert_array_equal(weights[layer.name][1], bias)


def test_weights_can_only_be_read():
    kernel, _ = ModelReader(mlp()).weights()["h"]
    with pytest.raises(ValueError, match="read-only"):
        kernel[0, 0] = 1


def test_a_kernel_with_lora_is_the_one_that_acts():
    model = lora()
    x = rows(model)
    kernel, bias = ModelReader(model).weights()["h"]
    assert np.maximum(x @ kernel + bias, 0) == pytest.approx(activations(model, x)["h"], abs=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_floats_are_read_as_float32(dtype):
    kernel, bias = ModelReader(of_dtype(dtype)()).weights()["h"]
    assert (kernel.dtype, bias.dtype) == (np.float32, np.float32)


def test_the_kernel_input_times_the_kernel_is_z():
    model = mlp()
    reader = ModelReader(model)
    flow = reader.forward([rows(model)])
    kernel, bias = reader.weights()["h"]
    assert np.maximum(flow["kernel input", "h"] @ kernel + bias, 0) == pytest.approx(flow["a", "h"], abs=1e-6)
    np.testing.assert_array_equal(flow["activated", "h"], flow["a", "h"])


def test_what_flows_through_a_sequence_is_the_mean_over_its_positions():
    model = chain(Input((5, 4)), layers.Dense(3, activation="relu", name="h"), layers.GlobalMaxPooling1D())
    x = rows(model)
    flow = ModelReader(model).forward([x])
    assert flow["kernel input", "h"] == pytest.approx(x.mean(axis=1), abs=1e-6)
    assert flow["a", "h"] == pytest.approx(keras.ops.convert_to_numpy(model.layers[0](x)).mean(axis=1), abs=1e-6)


def test_gradient_sizes_are_those_of_finite_differences():
    keras.config.set_floatx("float64")
    try:
        model = chain(
            Input((3,), dtype="float64"),
            layers.Dense(4, activation="tanh", name="a"),
            layers.Dense(4, activation="tanh", name="b"),
            layers.Dense(3, activation="softmax", name="y"),
        )
    finally:
        keras.config.set_floatx("float32")
    x = np.random.default_rng(0).normal(size=(5, 3))
    _, (kb, bb), (ky, _) = (layer.get_weights() for layer in model.layers)

    def top_logit(values, layer):
        at_head = np.tanh(values @ kb + bb) if layer == "a" else values
        return (at_head @ ky).max(axis=-1)

    found = ModelReader(model).gradient_sizes([x])
    assert list(found) == ["a", "b"]
    for name, values in activations(model, x, ["a", "b"]).items():
        slopes = []
        for unit in range(4):
            step = np.zeros(4)
            step[unit] = 1e-6
            slopes.append((top_logit(values + step, name) - top_logit(values - step, name)) / 2e-6)
        assert found[name] == pytest.approx(np.sqrt(np.mean(np.square(slopes))), rel=1e-5)


def test_a_layer_that_does_not_lead_to_the_first_output_has_no_gradient_there():
    x = Input((4,), name="x")
    aside = layers.Dense(3, name="aside")(x)
    h = layers.Dense(3, name="h")(x)
    model = Model(x, [layers.Dense(2, name="y")(h), layers.Dense(1, name="z")(aside)])
    assert list(ModelReader(model).gradient_sizes([ROW])) == ["h"]


@pytest.mark.parametrize("name", ["conv", "embedding", "subclassed", "no parameters", "one unit"])
def test_models_without_hidden_dense_layers_have_no_gradient_sizes(name):
    model = MODELS[name]()
    reader = ModelReader(model)
    assert reader.gradient_sizes(read_samples(rows(model), reader.specs)) == {}


def test_a_reader_is_stale_once_layers_were_added_or_popped():
    model = mlp()
    reader = ModelReader(model)
    assert not reader.stale
    model.layers[0].set_weights([np.zeros((4, 5)), np.zeros(5)])
    model.compile("adam", "mse")
    assert not reader.stale
    model.pop()
    assert reader.stale
    reader = ModelReader(model)
    model.add(layers.Dense(1))
    assert reader.stale


def test_a_reader_is_stale_once_its_outputs_became_logits():
    model = chain(Input((4,)), layers.Dense(3, name="y"))
    reader = ModelReader(model)
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    assert reader.stale
    assert ModelReader(model).architecture["y"].logits


def test_input_specs_follow_the_order_and_the_keys_of_the_model():
    assert [(spec.name, spec.shape) for spec in input_specs(dict_inputs())] == [("a", (2,)), ("b", (3,))]
    assert [spec.name for spec in input_specs(shared())] == ["a", "b"]
    pair = called(Pair(), {"b": ROW[:, :2], "a": ROW})
    assert [(spec.name, spec.shape) for spec in input_specs(pair)] == [("a", (4,)), ("b", (2,))]


# a file of an older TensorFlow


def test_a_file_of_tensorflow_2_12_is_described(request):
    path = request.path.parent / "fixtures" / "tf212_mlp_20_256_256_256_3.h5"
    model = keras.models.load_model(path, compile=False)
    architecture = describe(model)
    assert [layer.units for layer in architecture.layers] == [20, 256, 256, 256, 3]
    assert [layer.notes for layer in architecture.layers[1:4]] == [("dropout 0.1",)] * 3
    assert (
        sum(layer.parameters for layer in architecture.layers) == 20 * 256 + 256 + 2 * (256 * 256 + 256) + 256 * 3 + 3
    )
    assert architecture.outputs[0].output == "softmax"


def test_two_ways_from_one_layer_into_another_are_one_connection_with_the_notes_of_both():
    entering = keras.Input((3,), name="x")
    hidden = keras.layers.Dense(4, name="h")(entering)
    joined = keras.layers.Add(name="sum")([keras.layers.Dropout(0.5)(hidden), keras.layers.GaussianNoise(0.1)(hidden)])
    connections = describe(keras.Model(entering, joined)).into("sum")
    assert [connection.notes for connection in connections] == [("dropout 0.5", "gaussian noise")]


def test_a_normalization_layer_adapted_again_and_an_activation_exchanged_are_seen():
    x = np.array([[1.0, 2.0], [3.0, 6.0]], "float32")
    scale = keras.layers.Normalization(name="scale")
    scale.adapt(x)
    model = keras.Sequential([keras.Input((2,)), scale, keras.layers.Dense(2, "relu", name="d")])
    model.layers[1].set_weights([np.eye(2, dtype="float32"), np.zeros(2, "float32")])
    # (x - mean) / sd: mean 2 and 4, sd 1 and 2.
    assert np.allclose(activations(model, x)["d"], [[0, 0], [1, 1]])
    scale.adapt(x * 2)
    assert np.allclose(activations(model, x)["d"], 0)
    scale.adapt(x)
    model.layers[1].activation = keras.activations.linear
    assert np.allclose(activations(model, x)["d"], [[-1, -1], [1, 1]])


def test_an_input_that_is_taken_step_by_step_is_a_sequence():
    recurrent = Sequential([Input((12, 3), name="x"), layers.LSTM(4), layers.Dense(2)])
    convolved = Sequential([Input((12, 3), name="x"), layers.Conv1D(4, 3), layers.Flatten(), layers.Dense(2)])
    picture = Sequential([Input((12, 12), name="x"), layers.Flatten(), layers.Dense(2)])
    assert [describe(model)["x"].sequence for model in (recurrent, convolved, picture)] == [True, True, False]

import keras
import numpy as np
import pytest
from keras import Input, Sequential, layers

from nbviz.training.model_state import ModelState, by_path, kernel_paths, signature

X = np.random.default_rng(0).normal(size=(96, 6)).astype("float32")
Y = np.random.default_rng(1).integers(0, 3, 96)


def compiled(optimizer="adam", dtype=None):
    model = Sequential(
        [
            Input((6,)),
            layers.Dense(8, activation="relu", name="first", dtype=dtype),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.4, name="drop"),
            layers.Dense(3, activation="softmax", name="last"),
        ],
        name="m",
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def everything(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [(v.path, str(v.dtype), keras.ops.convert_to_numpy(v).tobytes()) for v in variables]


def train(model, epochs=1):
    model.fit(X, Y, batch_size=16, epochs=epochs, shuffle=False, verbose=0)


def test_a_state_that_is_put_back_is_bitwise_the_one_that_was_taken():
    model = compiled()
    train(model)
    state, before = ModelState.take(model), everything(model)
    train(model, 2)
    assert everything(model) != before
    state.put(model)
    assert everything(model) == before


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.Adam(0.01),
        lambda: keras.optimizers.SGD(0.01, momentum=0.9),
        lambda: keras.optimizers.Adagrad(0.01),
        lambda: keras.optimizers.Adam(0.01, use_ema=True),
        lambda: keras.optimizers.RMSprop(keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.9)),
    ],
    ids=["adam", "momentum", "adagrad, whose slots do not start at 0", "slots that start as weights", "schedule"],
)
@pytest.mark.parametrize("already", [0, 1])
def test_training_on_from_a_state_gives_bitwise_the_same_weights(optimizer, already):
    model = compiled(optimizer())
    for _ in range(already):
        train(model)
    state = ModelState.take(model)
    train(model, 2)
    first = everything(model)
    state.put(model)
    train(model, 2)
    assert everything(model) == first


def test_a_state_of_a_built_optimizer_can_be_put_into_one_that_is_not_built():
    model = compiled("adam")
    train(model)
    state, before = ModelState.take(model), everything(model)
    model.compile("adam", "sparse_categorical_crossentropy")
    assert not model.optimizer.built
    state.put(model)
    assert [value for _, _, value in everything(model)] == [value for _, _, value in before]


def test_half_floats_and_whole_numbers_keep_their_bits():
    model = compiled(dtype="bfloat16")
    state, before = ModelState.take(model), everything(model)
    assert {array.dtype.name for array in state.variables.values()} == {"bfloat16", "float32", "int64"}
    train(model)
    state.put(model)
    # The optimizer had no slots then: only what it had is compared.
    assert everything(model)[: len(before)] == before


def test_a_state_does_not_change_while_the_model_trains_on():
    model = compiled()
    state = ModelState.take(model)
    before = {path: array.copy() for path, array in state.variables.items()}
    train(model)
    for path, array in before.items():
        np.testing.assert_array_equal(state.variables[path], array)


def test_what_does_not_fit_is_refused_with_nothing_changed():
    model = compiled()
    train(model)
    state = ModelState.take(model)
    wider = Sequential([Input((6,)), layers.Dense(9, name="first"), layers.Dense(3, name="last")], name="m")
    wider.compile("adam", "mse")
    before = everything(wider)
    with pytest.raises(ValueError, match=r"Expected 'm/first/kernel' of shape \(6, 8\).*\(6, 9\)"):
        state.put(wider)
    assert everything(wider) == before
    other = compiled("sgd")
    train(other)
    before = everything(other)
    with pytest.raises(ValueError, match="the optimizer"):
        state.put(other)
    assert everything(other) == before


def test_without_the_optimizer_only_the_weights_are_put_back():
    model = compiled()
    train(model)
    state = ModelState.take(model, optimizer=False)
    assert state.optimizer is None
    train(model)
    momentum = [v.numpy().tobytes() for v in model.optimizer.variables]
    state.put(model)
    assert [v.numpy().tobytes() for v in model.optimizer.variables] == momentum
    np.testing.assert_array_equal(model.get_layer("first").kernel.numpy(), state.kernels(model)["first"][0])


def test_the_bytes_of_a_state_are_those_of_its_arrays():
    state = ModelState.take(compiled(), optimizer=False)
    # kernels and biases, four vectors of the normalization, and the two int64 of the dropout's seed
    assert state.nbytes == 4 * (6 * 8 + 8 + 8 * 3 + 3 + 4 * 8) + 2 * 8


def test_kernels_are_those_of_the_layers_with_a_matrix_of_weights_nested_ones_too():
    inside = Sequential([Input((4,)), layers.Dense(5, name="inner", use_bias=False)], name="inside")
    x = Input((3,), dtype="int32")
    h = layers.Conv1D(4, 2, name="conv")(layers.Embedding(7, 6, name="words")(x))
    model = keras.Model(x, layers.BatchNormalization(name="norm")(inside(layers.Flatten()(h)[:, :4])))
    kernels = ModelState.take(model).kernels(model)
    assert {name: (kernel.shape, bias is None) for name, (kernel, bias) in kernels.items()} == {
        "words": ((7, 6), True),
        "conv": ((2, 6, 4), False),
        "inner": ((4, 5), True),
    }
    assert list(kernel_paths(model, by_path(model.variables))) == list(kernels)


def test_variables_with_one_path_are_told_apart():
    class Twice(layers.Layer):
        def build(self, shape):
            self.a, self.b = self.add_weight(shape=(2,), name="w"), self.add_weight(shape=(2,), name="w")

        def call(self, x):
            return x * self.a + self.b

    model = Sequential([Input((2,)), Twice(name="t")])
    model.set_weights([np.array([1, 2]), np.array([3, 4])])
    state = ModelState.take(model)
    assert [array.tolist() for array in state.variables.values()] == [[1, 2], [3, 4]]
    model.set_weights([np.zeros(2), np.zeros(2)])
    state.put(model)
    assert [array.tolist() for array in model.get_weights()] == [[1, 2], [3, 4]]


def test_the_signature_leaves_out_the_numbers_that_keras_counts_models_with():
    def automatic():
        return Sequential([Input((6,)), layers.Dense(8), layers.Dropout(0.1), layers.Dense(3)])

    assert signature(automatic().variables) == signature(automatic().variables)
    assert signature(automatic().variables) != signature(compiled().variables)


def _several():
    parts = [keras.optimizers.SGD(0.1, momentum=0.9), keras.optimizers.Adagrad(0.1)]
    return keras.optimizers.MultiOptimizer(lambda variable: parts[len(variable.shape) - 1])


@pytest.mark.parametrize(
    "optimizer",
    [
        _several,
        lambda: keras.optimizers.Adagrad(lambda: 0.1),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(lambda: 0.1, momentum=0.9)),
    ],
    ids=["several", "a function as rate", "scaled, a function as rate"],
)
def test_before_the_first_update_any_optimizer_is_put_back_to_its_beginning(optimizer):
    x, y = np.ones((8, 3), "float32"), np.ones((8, 2), "float32")

    def trained(model):
        model.fit(x, y, epochs=2, shuffle=False, verbose=0)
        return [v.numpy().tobytes() for v in [*model.variables, *model.optimizer.variables]]

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(optimizer(), "mse")
    before = ModelState.take(model)
    once = trained(model)
    before.put(model)
    assert trained(model) == once


def test_a_state_is_of_a_model_whose_weights_are_bitwise_its_own():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()])
    state = ModelState.take(model)
    assert state.is_of(model)
    for variable in model.weights:
        before = variable.numpy()
        variable.assign(before + 1)
        assert not state.is_of(model)
        variable.assign(before)
    assert state.is_of(model)


def test_the_kernel_of_a_layer_with_lora_is_what_it_works_with():
    keras.utils.set_random_seed(3)
    model = Sequential([Input((4,)), layers.Dense(5, name="dense", use_bias=False)])
    model.get_layer("dense").enable_lora(2, lora_alpha=3)
    for variable in model.trainable_variables:
        variable.assign(np.random.default_rng(1).normal(size=variable.shape))
    state = ModelState.take(model)
    then = [variable.numpy() for variable in model.weights]
    for variable in model.weights:
        variable.assign(variable * 0)
    kernel, bias = state.kernels(model)["dense"]
    base, a, b = then
    np.testing.assert_allclose(kernel, base + 3 / 2 * a @ b, rtol=1e-6)
    assert bias is None
    assert not any(variable.numpy().any() for variable in model.weights)

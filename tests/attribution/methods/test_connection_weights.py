"""Products of weight matrices, by hand: two features, two hidden units, one output."""

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz.attribution.methods.connection_weights import connection_weights, garson

FIRST = np.array([[1.0, 3.0], [-1.0, 1.0]])
SECOND = np.array([[2.0], [1.0]])


def network(*, before=(), between=(), after=(), first=FIRST, second=SECOND, activation="relu"):
    hidden = layers.Dense(first.shape[1], activation=activation, name="hidden")
    answer = layers.Dense(second.shape[1], name="answer")
    model = Sequential([Input((len(first),), name="x"), *before, hidden, *between, answer, *after], name="net")
    hidden.set_weights([first, np.full(first.shape[1], 7.0)])
    answer.set_weights([second, np.full(second.shape[1], -7.0)])
    return model


def batch_norm(gamma, variance):
    layer = layers.BatchNormalization(epsilon=1.0)
    layer.build((None, len(gamma)))
    layer.set_weights([gamma, np.full(len(gamma), 5.0), np.full(len(gamma), 9.0), variance])
    return layer


def test_connection_weights_are_the_signed_sum_over_all_paths():
    # 1 * 2 + 3 * 1, and -1 * 2 + 1 * 1
    assert connection_weights(network()).tolist() == [[5.0], [-1.0]]


def test_garson_multiplies_the_shares_of_what_enters_each_unit():
    # into the hidden units: 1/2 and 1/2, 3/4 and 1/4; into the output: 2/3 and 1/3
    assert garson(network()) == pytest.approx(np.array([[7 / 12], [5 / 12]]))


def test_garson_of_two_hidden_layers_is_the_product_of_three_matrices_of_shares():
    second = np.array([[1.0, -4.0], [1.0, 0.0]])
    last = layers.Dense(1, name="last")
    model = network(second=second, after=[last])
    last.set_weights([np.array([[1.0], [-3.0]]), np.zeros(1)])
    # shares of the first hidden units in the second ones: (1/2, 1/2) and (1, 0); of these in the output: 1/4 and 3/4
    in_second = np.array([[5 / 8, 1 / 2], [3 / 8, 1 / 2]])
    assert garson(model) == pytest.approx(in_second @ [[1 / 4], [3 / 4]])


def test_the_columns_of_garson_sum_to_1():
    random = np.random.default_rng(0)
    model = network(first=random.normal(size=(5, 8)), second=random.normal(size=(8, 3)))
    assert garson(model).sum(axis=0) == pytest.approx(np.ones(3))


def test_garson_leaves_out_units_that_no_weight_enters():
    model = network(first=np.array([[1.0, 0.0], [3.0, 0.0]]))
    assert garson(model) == pytest.approx(np.array([[1 / 4], [3 / 4]]))
    assert garson(network(second=np.zeros((2, 1)))).tolist() == [[0.0], [0.0]]


def test_a_linear_model_has_its_kernel_for_connection_weights():
    model = Sequential([Input((2,)), layers.Dense(2, activation="softmax")])
    model.layers[0].set_weights([FIRST, np.ones(2)])
    assert connection_weights(model).tolist() == FIRST.tolist()


def test_connection_weights_agree_with_the_gradient_of_the_model_without_activations():
    random = np.random.default_rng(0)
    norm = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 1.0, 0.25])
    between = [batch_norm(np.array([1.0, -2.0, 3.0, 0.5]), np.array([0.0, 3.0, 8.0, 1.0])), layers.Dropout(0.5)]
    sizes = {"first": random.normal(size=(3, 4)), "second": random.normal(size=(4, 2))}
    after = [batch_norm(np.array([2.0, 3.0]), np.array([3.0, 0.0]))]
    model = network(before=[norm], between=between, after=after, activation=None, **sizes)
    rows = np.vstack([np.zeros(3), np.eye(3)])
    answers = keras.ops.convert_to_numpy(model(rows, training=False))
    assert connection_weights(model) == pytest.approx(answers[1:] - answers[0], abs=1e-4)


def test_scaling_in_front_counts():
    by_hand = np.array([[5.0], [-1.0]])
    configured = layers.Normalization(mean=[10.0, 20.0], variance=[4.0, 100.0])
    assert connection_weights(network(before=[configured])) == pytest.approx(by_hand / [[2.0], [10.0]])
    adapted = layers.Normalization()
    adapted.adapt(np.array([[0.0, 0.0], [4.0, 20.0]]))  # standard deviations 2 and 10
    assert connection_weights(network(before=[adapted])) == pytest.approx(by_hand / [[2.0], [10.0]])
    inverse = layers.Normalization(mean=0.0, variance=9.0, invert=True)
    assert connection_weights(network(before=[inverse])) == pytest.approx(by_hand * 3)
    assert connection_weights(network(before=[layers.Rescaling(1 / 4, offset=3)])) == pytest.approx(by_hand / 4)
    assert connection_weights(network(before=[layers.Rescaling([2.0, 3.0])])) == pytest.approx(by_hand * [[2.0], [3.0]])
    # shares of what enters: of the first unit 1/2 and 1/10, of the second 3/2 and 1/10
    shares = np.array([[5 / 6, 15 / 16], [1 / 6, 1 / 16]])
    assert garson(network(before=[configured])) == pytest.approx(shares @ [[2 / 3], [1 / 3]])


def test_batch_normalization_between_kernels_counts():
    norm = batch_norm(np.array([4.0, 3.0]), np.array([3.0, 0.0]))  # 4 / sqrt(3 + 1) and 3 / sqrt(0 + 1)
    model = network(between=[norm])
    assert connection_weights(model) == pytest.approx(np.array([[1 * 2 * 2 + 3 * 3 * 1], [-1 * 2 * 2 + 1 * 3 * 1]]))
    # What leaves the hidden units enters the output with weights 2 * 2 and 3 * 1.
    assert garson(model) == pytest.approx(np.array([[1 / 2, 3 / 4], [1 / 2, 1 / 4]]) @ [[4 / 7], [3 / 7]])


def test_layers_without_weights_of_their_own_change_nothing():
    between = [layers.Dropout(0.5), layers.LeakyReLU(), layers.GaussianNoise(0.1), layers.Identity(), layers.PReLU()]
    model = network(before=[layers.Flatten()], between=between, after=[layers.Activation("sigmoid")])
    assert connection_weights(model).tolist() == [[5.0], [-1.0]]


def test_weights_are_read_live():
    model = network()
    connection_weights(model)
    model.get_layer("answer").set_weights([np.array([[1.0], [0.0]]), np.zeros(1)])
    assert connection_weights(model).tolist() == [[1.0], [-1.0]]


def test_a_layer_starts_the_paths_at_the_units_that_it_returns():
    norm = batch_norm(np.array([4.0, 3.0]), np.array([3.0, 0.0]))
    assert connection_weights(network(between=[norm]), layer="hidden").tolist() == [[4.0], [3.0]]
    assert garson(network(), layer="hidden") == pytest.approx(SECOND / 3)
    assert connection_weights(network(second=np.ones((2, 3))), layer="answer").tolist() == np.eye(3).tolist()


def test_a_layer_that_is_called_twice_is_two_layers_of_the_chain():
    x = Input((2,))
    twice = layers.Dense(2, name="twice")
    model = Model(x, twice(twice(x)))
    twice.set_weights([FIRST, np.zeros(2)])
    assert connection_weights(model).tolist() == (FIRST @ FIRST).tolist()
    assert connection_weights(model, layer="twice").tolist() == FIRST.tolist()


@pytest.mark.parametrize("method", [connection_weights, garson])
def test_an_unknown_layer_is_refused_with_the_names_there_are(method):
    with pytest.raises(ValueError, match=r"one of the dense layers \['hidden', 'answer'\]. Received 'hiden'"):
        method(network(), layer="hiden")


class Own(Model):
    def __init__(self):
        super().__init__(name="own")
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


class OwnDense(layers.Dense):
    def call(self, x):
        return super().call(x * x)


def convolution():
    conv = layers.Conv2D(2, 2, name="conv")
    return Sequential([Input((4, 4, 1), name="x"), conv, layers.Flatten(), layers.Dense(2)])


def branches():
    x = Input((3,), name="x")
    return Model(x, layers.Add(name="both")([layers.Dense(2)(x), layers.Dense(2)(x)]))


def two_inputs():
    a, b = Input((3,), name="a"), Input((2,), name="b")
    return Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))


def two_outputs():
    x = Input((3,), name="x")
    return Model(x, [layers.Dense(2, name="p")(x), layers.Dense(2, name="q")(x)])


def subclassed():
    model = Own()
    model(np.zeros((1, 3), "float32"))
    return model


REFUSED = {
    'Received Conv2D "conv"; use method="expected_gradients".': convolution,
    'Received InputLayer "x" of shape \\(n, 4, 4\\); use': lambda: Sequential(
        [Input((4, 4), name="x"), layers.Flatten(), layers.Dense(2)]
    ),
    'Received Add "both"; use': branches,
    'Received 2 inputs: "a", "b"; use': two_inputs,
    'Received 2 outputs: "p", "q"; use': two_outputs,
    'Received Own "own", whose layers': subclassed,
    'Received OwnDense "d"; use': lambda: Sequential([Input((2,)), OwnDense(2, name="d")]),
    'Received LayerNormalization "ln"; use': lambda: network(between=[layers.LayerNormalization(name="ln")]),
    'Received Sequential "inner"; use': lambda: Sequential(
        [Input((2,)), Sequential([Input((2,)), layers.Dense(2)], name="inner")]
    ),
    'Received a model without any: "empty"': lambda: Sequential([Input((2,)), layers.ReLU()], name="empty"),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_no_chain_of_dense_layers_is_refused_by_name(message):
    model = REFUSED[message]()
    for method in (connection_weights, garson):
        with pytest.raises(ValueError, match=f"Expected a chain of dense layers for {method.__name__}. {message}"):
            method(model)

import keras
import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import attributions
from nbviz.attribution.edges.row_explainer import RowExplainer, explainable
from nbviz.keras_model import ModelReader

X = np.random.default_rng(0).normal(size=(300, 4)).astype("float32")


def mlp(units, activation="softmax"):
    keras.utils.set_random_seed(1)
    inside = layers.Dense(5, activation="relu", name="h")
    return Sequential([Input((4,), name="x"), inside, layers.Dense(units, activation=activation, name="y")])


def explainer(model, background=X, **options):
    return RowExplainer(ModelReader(model), None if background is None else [background], **options)


@pytest.mark.parametrize(
    ("units", "activation", "words"),
    [(3, "softmax", "centred logit"), (1, "sigmoid", "logit"), (3, "sigmoid", "logit"), (2, None, "output")],
)
def test_what_is_explained_has_a_name(units, activation, words):
    made = explainer(mlp(units, activation))
    assert (made.output_words, made.classes, made.refusal) == (words, units, None)


def test_a_hundred_rows_of_a_long_background_are_drawn_with_the_seed():
    model = mlp(3)
    first = explainer(model).background[0]
    assert first.shape == (100, 4)
    assert len(np.unique(first, axis=0)) == 100
    np.testing.assert_array_equal(first, explainer(model).background[0])
    assert not np.array_equal(first, explainer(model, seed=1).background[0])
    np.testing.assert_array_equal(explainer(model, X[:60]).background[0], X[:60])


def test_of_a_model_that_answers_with_pictures_the_channels_are_explained():
    model = Sequential([Input((8, 8, 1)), layers.Conv2D(3, 3, padding="same", name="redrawn")])
    made = explainer(model, None)
    assert (made.layer, made.classes, made.output.positions) == ("redrawn", 3, True)


def test_of_a_model_that_answers_with_sequences_of_a_block_their_features_are_explained():
    made = explainer(Sequential([Input((5, 2)), layers.LSTM(3, return_sequences=True, name="again")]), None)
    assert (made.layer, made.classes, made.output.positions) == ("again output", 3, True)


def test_outputs_of_one_answer_a_row_come_before_those_of_pictures():
    x = Input((8, 8, 1))
    seen = layers.Conv2D(4, 3, name="maps")(x)
    reader = ModelReader(Model(x, [seen, layers.Dense(3, name="kind")(layers.GlobalAveragePooling2D()(seen))]))
    assert list(explainable(reader).items()) == [("kind", 1), ("maps", 0)]


class ByCode(Model):
    """Answers with a picture and a class, by code that tells nothing of its layers."""

    def __init__(self):
        super().__init__()
        self.maps, self.mean = layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()
        self.kind = layers.Dense(3)

    def call(self, x):
        maps = self.maps(x)
        return {"maps": maps, "kind": self.kind(self.mean(maps))}


def test_an_output_that_no_layer_of_the_picture_makes_is_refused_with_the_reason():
    model = ByCode()
    model(np.zeros((1, 8, 8, 1), "float32"))
    with pytest.raises(ValueError, match=r"Expected output among \['kind'\]. Received 'maps', which no layer of the"):
        explainer(model, None, output="maps")


def test_a_model_of_codes_alone_is_refused_in_words():
    x = Input((4,), dtype="int32", name="codes")
    model = Model(x, layers.Dense(3)(layers.CategoryEncoding(5)(x)))
    with pytest.raises(ValueError, match=r"Expected a numeric input.*Received only \['codes'\]"):
        explainer(model, None)


@pytest.mark.parametrize("units", [3, 40])  # of 40 classes some are worked out after the others
def test_the_credits_of_two_classes_are_those_of_the_whole_explanation_and_of_attributions(units):
    model = mlp(units)
    model.layers[0].activation = keras.activations.tanh  # without kinks two ways to integrate agree closely
    background = X[:50]
    made, row = explainer(model, background), [background[7:8]]
    pair = [units - 1, 1]
    credits = made.credits(row, pair)
    assert credits.shape == (4, 2)
    whole = made.local(row)
    assert whole.values.shape == (4, units)
    np.testing.assert_allclose(credits, whole.values[:, pair], atol=1e-6)
    # 50 rows of background, 40 evaluations on each way: a finer integral by other code.
    apart = attributions(model, background[7:8], background=background, evaluations=2000, classes=pair)
    np.testing.assert_allclose(credits, apart[0], atol=1e-5)


def test_credits_that_cannot_be_had_are_refused_in_words():
    with pytest.raises(ValueError, match="without x there is nothing to compare"):
        explainer(mlp(3), None).credits([X[:1]], [0, 1])

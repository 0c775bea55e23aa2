"""Two models, and two moments of a run, as what is different between them."""

import random

import keras
import numpy as np
import pandas as pd
import pytest
import traitlets
from keras import Input, Sequential, layers

import nbviz
from tests.sent_frames import present_frame

NUMBERS = np.random.default_rng(3)
X = pd.DataFrame(NUMBERS.normal(size=(40, 4)).astype("float32"), columns=["length", "width", "height", "weight"])
Y = (X.to_numpy()[:, :3] + 0.3 * NUMBERS.normal(size=(40, 3))).argmax(axis=1)
NAMES = ["low", "mid", "high"]


def mlp(seed, hidden=20, units=3, activation="relu", name="net"):
    keras.utils.set_random_seed(seed)
    model = Sequential(
        [
            Input((4,)),
            layers.Dense(hidden, activation=activation),
            layers.Dropout(0.2),
            layers.Dense(5, activation="tanh"),
            layers.Dense(units, activation="softmax"),
        ],
        name=name,
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def models():
    return mlp(1), mlp(2, name="other")


@pytest.fixture
def compared(models):
    made = nbviz.compare(*models, X, Y, names=("old", "new"), class_names=NAMES, max_units=6)
    yield made
    made.close()


def test_edges_are_the_differences_of_the_weights(compared, models):
    header, arrays = present_frame(compared.diagram)
    layers_drawn = compared.diagram.network["layers"]
    pairs = list(zip(*(model.get_weights()[::2] for model in models), strict=True))
    for index, (old, new) in enumerate(pairs):
        wire = compared.diagram.network["connections"][index]
        ends = [layers_drawn[wire[end]]["candidates"] for end in ("source", "target")]
        of = {kind: arrays[f"connection/{index}/{kind}"] for kind in ("kernel", "before", "after", "in_sum", "out_sum")}
        change = new - old
        np.testing.assert_allclose(of["kernel"], change[np.ix_(*ends)], atol=1e-6)
        np.testing.assert_allclose(of["before"], old[np.ix_(*ends)], atol=1e-7)
        np.testing.assert_allclose(of["after"], new[np.ix_(*ends)], atol=1e-7)
        np.testing.assert_allclose(of["in_sum"], change.sum(axis=0)[ends[1]], atol=1e-5)
        np.testing.assert_allclose(of["out_sum"], change.sum(axis=1)[ends[0]], atol=1e-5)
        assert header["connections"][index]["abs_sum"] == pytest.approx(np.abs(change).sum(), rel=1e-5)
        assert not wire["scaled_by_sd"]
    # One scale in all gaps, which few weights exceed.
    (scale,) = {numbers["scale"] for numbers in header["connections"]}
    assert scale == pytest.approx(max(np.quantile(np.abs(new - old), 0.98) for old, new in pairs), rel=0.1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("selected_unit", 10**6), ("selected_unit", True), ("selected_class", 3), ("selected_class", -1)],
)
def test_what_cannot_be_selected_is_refused_and_nothing_changes(compared, name, value):
    setattr(compared, name, 2)
    with pytest.raises(traitlets.TraitError, match=rf"^Expected {name} from 0 to \d+ or None\. Received {value}\."):
        setattr(compared, name, value)
    assert getattr(compared, name) == getattr(compared.diagram, name) == getattr(compared.matrix, name) == 2


def test_the_units_drawn_are_those_whose_weights_differ_most(compared, models):
    first, second = (new - old for old, new in list(zip(*(m.get_weights()[::2] for m in models), strict=True))[:2])
    score = np.abs(first).sum(axis=0) * np.abs(second).sum(axis=1)
    drawn = compared.diagram.network["layers"][1]["shown"]
    assert set(drawn) == set(np.argsort(-score)[: len(drawn)].tolist())


def test_units_are_the_differences_of_mean_activations(compared, models):
    header, arrays = present_frame(compared.diagram)
    assert header["sample_name"] == "mean of 40 rows"
    for at in (1, 2, 3):
        wire = compared.diagram.network["layers"][at]
        dense = [[layer for layer in model.layers if isinstance(layer, layers.Dense)][at - 1] for model in models]
        old, new = (
            keras.Model(model.inputs, layer.output).predict(X.to_numpy(), verbose=0).mean(axis=0)
            for model, layer in zip(models, dense, strict=True)
        )
        units = wire["candidates"]
        np.testing.assert_allclose(arrays[f"layer/{wire['name']}/a"], (new - old)[units], atol=1e-6)
        np.testing.assert_allclose(arrays[f"layer/{wire['name']}/before"], old[units], atol=1e-6)
        np.testing.assert_allclose(arrays[f"layer/{wire['name']}/after"], new[units], atol=1e-6)
        bias = models[1].get_weights()[2 * at - 1] - models[0].get_weights()[2 * at - 1]
        np.testing.assert_allclose(arrays[f"layer/{wire['name']}/bias"], bias[units], atol=1e-7)
    answers = [model.predict(X.to_numpy(), verbose=0).mean(axis=0) for model in models]
    outputs = compared.diagram.network["layers"][-1]
    np.testing.assert_allclose(arrays[f"layer/{outputs['name']}/value"], answers[1] - answers[0], atol=1e-6)
    assert (outputs["unit_names"], outputs["output"]) == (NAMES, "linear")


def test_of_logits_the_probabilities_are_told():
    made = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        model = Sequential([Input((4,)), layers.Dense(3)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        made.append(model)
    compared = nbviz.compare(*made, X)
    _, arrays = present_frame(compared.diagram)
    old, new = (keras.ops.softmax(model.predict(X.to_numpy(), verbose=0)).numpy().mean(axis=0) for model in made)
    name = compared.diagram.network["layers"][-1]["name"]
    np.testing.assert_allclose(arrays[f"layer/{name}/value"], new - old, atol=1e-6)
    compared.close()


def test_importance_is_the_difference_of_shares_of_a_closed_form():
    made = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        made.append(Sequential([Input((4,)), layers.Dense(3, activation="softmax")]))
    compared = nbviz.compare(*made, X, method="gradient", class_names=NAMES)
    shares = []
    for model in made:
        kernel = model.get_weights()[0]
        strength = np.abs(kernel - kernel.mean(axis=1, keepdims=True)) * X.to_numpy().std(axis=0)[:, None]
        shares.append(strength / strength.sum(axis=0))
    frame = compared.to_frame()
    np.testing.assert_allclose(frame.to_numpy(), shares[1] - shares[0], atol=1e-4)
    assert (list(frame.index), list(frame.columns)) == (list(X.columns), NAMES)
    assert (frame.attrs["before"], frame.attrs["after"], frame.attrs["method"]) == ("A", "B", "gradient")
    wire, cells = compared.matrix.tables[""], 4 * 3
    np.testing.assert_allclose(np.frombuffer(compared.matrix.numbers, "<f4", cells).reshape(4, 3), frame, atol=1e-6)
    both = np.frombuffer(compared.matrix.numbers, "<f4", 2 * cells, wire["change"]["offset"]).reshape(2, 4, 3)
    np.testing.assert_allclose(both, shares, atol=1e-4)
    assert wire["ids"] == [0, 1, 2, 3]
    compared.close()


def test_what_is_selected_in_python_is_so_in_both_and_clicks_are_heard(compared):
    compared.selected_unit, compared.selected_class = 2, 1
    assert (compared.diagram.selected_unit, compared.matrix.selected_unit) == (2, 2)
    assert (compared.diagram.selected_class, compared.matrix.selected_class) == (1, 1)
    compared.diagram.set_state({"selected_unit": 3})
    assert compared.selected_unit == 3
    links = [(link.source[1], link.target[1]) for link in compared._links]
    assert links == [("selected_unit", "selected_unit"), ("selected_class", "selected_class")]


def test_the_words_count_what_is_read_right(compared, models):
    read = [model.predict(X.to_numpy(), verbose=0).argmax(axis=1) for model in models]
    words = compared._note.value
    assert "new minus old, 40 rows" in words
    right = [f"{round(100 * (each == Y).mean())} %" for each in read]
    assert f"{right[0]} → {right[1]} read right" in words
    assert f"{(read[0] != read[1]).sum()} rows are read otherwise" in words


def test_without_rows_there_are_weights_alone(models):
    compared = nbviz.compare(*models)
    assert compared.matrix is None
    assert "pass x=" in compared._note.value
    with pytest.raises(ValueError, match="Expected x"):
        compared.to_frame()
    header, arrays = present_frame(compared.diagram)
    assert header["sample_name"] is None
    assert np.isnan(arrays[f"layer/{compared.diagram.network['layers'][1]['name']}/a"]).all()
    assert "Δw ±" in compared.diagram.to_svg()
    compared.close()


def test_comparing_changes_neither_model_nor_what_is_drawn_at_random(models):
    before = [[weight.tobytes() for weight in model.get_weights()] for model in models], random.getstate()
    compared = nbviz.compare(*models, X, Y)
    compared.update()
    compared.picture_html()
    compared.close()
    assert ([[weight.tobytes() for weight in model.get_weights()] for model in models], random.getstate()) == before


def test_a_model_that_is_trained_on_is_read_again(models):
    old, new = models[0], mlp(1)
    compared = nbviz.compare(old, new, X)
    assert not np.any(compared.to_frame())
    new.set_weights([weight + 0.1 for weight in new.get_weights()])
    compared.update()
    _, arrays = present_frame(compared.diagram)
    np.testing.assert_allclose(arrays["connection/0/kernel"], 0.1, atol=1e-6)
    assert np.any(compared.to_frame())
    compared.close()


def test_channels_are_compared_by_the_norm_of_the_change():
    images = NUMBERS.normal(size=(6, 5, 5, 1)).astype("float32")
    made = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        stack = [layers.Conv2D(3, 3, activation="relu"), layers.Flatten(), layers.Dense(2, activation="softmax")]
        made.append(Sequential([Input((5, 5, 1)), *stack]))
    compared = nbviz.compare(*made, images)
    assert compared.matrix is None
    _, arrays = present_frame(compared.diagram)
    old, new = (model.get_weights()[0] for model in made)
    change = new - old
    norms = np.sqrt((change**2).sum(axis=(0, 1, 2))) * np.sign(change.sum(axis=(0, 1, 2)))
    np.testing.assert_allclose(arrays["connection/0/kernel"][0], norms, rtol=1e-5)
    maps = [keras.Model(model.inputs, model.layers[0].output).predict(images, verbose=0) for model in made]
    conv = compared.diagram.network["layers"][1]["name"]
    change = (maps[1] - maps[0]).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(arrays[f"layer/{conv}/a"], change, atol=1e-5)
    compared.close()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (lambda: mlp(1, hidden=7), r"\('?.*Dense, 20, relu\) and .*Dense, 7, relu\) as layer 2"),
        (lambda: mlp(1, activation="tanh"), r"relu\) and .*tanh\) as layer 2"),
        (lambda: mlp(1, units=2), r"Dense, 3, softmax\) and .*Dense, 2, softmax\) as layer 4"),
        (lambda: Sequential([Input((4,)), layers.Dense(20, "relu")]), "as layer"),
    ],
)
def test_models_of_other_layers_are_refused_and_told_what_differs(models, other, said):
    with pytest.raises(ValueError, match=f"Expected two models of the same layers. Received .*{said}"):
        nbviz.compare(models[0], other(), X)


def test_what_does_not_fit_is_refused(models):
    for options, said in (
        ({"names": ["one"]}, "names of two models"),
        ({"names": "ab"}, "Expected names as a list"),
        ({"x": X.to_numpy()[:, :2]}, "Expected"),
        ({"method": "none"}, "Expected method"),
    ):
        with pytest.raises(ValueError, match=said):
            nbviz.compare(*models, **({"x": X} | options))
    with pytest.raises(ValueError, match="Received the same one twice"):
        nbviz.compare(models[0], models[0], X)
    with pytest.raises(ValueError, match="Expected x along with y"):
        nbviz.compare(*models, y=Y)
    with pytest.raises(TypeError, match="Expected"):
        nbviz.compare(models[0], "model", X)
    separable = [
        Sequential([Input((5, 5, 1)), layers.SeparableConv2D(2, 3), layers.Flatten(), layers.Dense(2)]) for _ in "ab"
    ]
    with pytest.raises(ValueError, match="one kernel each"):
        nbviz.compare(*separable)


def test_a_difference_has_no_samples_and_one_meaning(compared):
    with pytest.raises(ValueError, match="Expected None"):
        compared.diagram.show(3)
    for name, value in (("selected_sample", 3), ("rank", "contribution"), ("edge_meaning", "path")):
        before = getattr(compared.diagram, name)
        with pytest.raises(traitlets.TraitError, match="Expected"):
            setattr(compared.diagram, name, value)
        assert getattr(compared.diagram, name) == before


@pytest.fixture(scope="module")
def run():
    model = mlp(4)
    recording = nbviz.Recording(model, X.to_numpy(), Y, every_batches=2)
    model.fit(X.to_numpy(), Y, epochs=2, batch_size=10, verbose=0, callbacks=[recording.callback()])
    return recording


def test_moments_of_a_run_are_compared_as_two_models_are(run):
    model = run.model
    before = [np.asarray(v).tobytes() for v in [*model.variables, *model.optimizer.variables]], random.getstate()
    compared = nbviz.compare_moments(run, 0, 8)
    assert (
        [np.asarray(v).tobytes() for v in [*model.variables, *model.optimizer.variables]],
        random.getstate(),
    ) == before
    states = {moment.step: list(moment.state.kernels(model).values()) for moment in run.moments}
    _, arrays = present_frame(compared.diagram)
    np.testing.assert_allclose(arrays["connection/2/kernel"], states[8][2][0] - states[0][2][0], atol=1e-6)
    assert compared.names == ("before training", "epoch 2")
    assert compared.matrix is not None  # of the rows that the recording looks at
    compared.close()


@pytest.mark.parametrize(
    ("steps", "said"), [((0, 99), "step_b"), ((-1, 8), "step_a"), ((True, 8), "step_a"), ((8, 8), "twice")]
)
def test_moments_that_are_none_are_refused(run, steps, said):
    with pytest.raises(ValueError, match=f"Expected .*{said}"):
        nbviz.compare_moments(run, *steps)


def test_moments_of_what_is_no_recording_are_refused(models):
    with pytest.raises(TypeError, match=r"Expected an nbviz\.Recording"):
        nbviz.compare_moments(models[0], 0, 1)

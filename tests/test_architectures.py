"""Every family of models: what is described, drawn and seen, against what Keras itself says of the model."""

import re
from xml.etree import ElementTree

import keras
import numpy as np
import pytest

from nbviz import NetworkDiagram, activations, describe
from nbviz.style.colour import WARNING
from tests.architectures import FAMILIES, application, as_called, rows, transformer, unet
from tests.keras_model import models

DEEP = {"ResNet50": lambda: application("ResNet50"), "Transformer of 8 blocks": lambda: transformer(8)}
MAKERS = FAMILIES | DEEP


class Subject:
    """A model of a family, and what nbviz made of it."""

    def __init__(self, name):
        keras.utils.set_random_seed(2)
        self.model = MAKERS[name]()
        self.before = self.state()
        self.given = rows(self.model)
        self.x = self.given[0] if len(self.given) == 1 else self.given
        self.whole = describe(self.model)
        self.diagram = NetworkDiagram(self.model, self.x)
        self.flow = activations(self.model, self.x)
        self.picture = ElementTree.fromstring(self.diagram.show(1).to_svg())

    def state(self):
        """All of the model that looking could change."""
        layers = list(self.model._flatten_layers())
        return (
            [weight.copy() for weight in self.model.get_weights()],
            [(layer.name, layer.trainable, layer.built, len(layer._inbound_nodes)) for layer in layers],
            [layer.name for layer in self.model.layers],
            list(self.model.losses),
        )


@pytest.fixture(scope="module", params=MAKERS)
def subject(request):
    return Subject(request.param)


def names_of(architecture):
    return [layer.name for layer in architecture.layers]


def layers_of(model):
    """Names of all layers, of models inside as `outer/inner`."""
    for layer in model.layers:
        yield layer.name
        if isinstance(layer, keras.Model):
            yield from (f"{layer.name}/{inner}" for inner in layers_of(layer) if "input" not in inner)


@pytest.mark.parametrize("of", ["whole", "drawn"])
def test_every_layer_is_in_the_picture_or_named_in_a_fold(subject, of):
    architecture = subject.whole if of == "whole" else subject.diagram.architecture
    found = [name for layer in architecture.layers for name in (layer.name, *layer.members)]
    assert set(layers_of(subject.model)) <= set(found)
    # A block may be called as the layer at its end.
    own = [name for layer in architecture.layers for name in (layer.members if layer.group else (layer.name,))]
    assert len(own) == len(set(own))


def test_connections_end_at_layers_and_lead_on(subject):
    for architecture in (subject.whole, subject.diagram.architecture):
        place = {name: index for index, name in enumerate(names_of(architecture))}
        assert len(place) == len(architecture.layers)
        assert all(place[c.source] < place[c.target] for c in architecture.connections)
        reached = {c.target for c in architecture.connections}
        assert {layer.name for layer in architecture.layers if layer.kind != "input"} == reached


def test_parameters_add_up_to_those_of_the_model(subject):
    for architecture in (subject.whole, subject.diagram.architecture):
        assert sum(layer.parameters for layer in architecture.layers) == subject.model.count_params()


def test_each_layer_has_activations_of_the_shape_keras_says(subject):
    if not hasattr(subject.model, "_inputs_struct") and not isinstance(subject.model, keras.Sequential):
        assert list(subject.flow) == [subject.model.name]
        return
    for layer in subject.model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        said = layer._inbound_nodes[-1].output_tensors[0].shape
        got = subject.flow[layer.name].shape
        assert len(got) == len(said)
        assert all(want in (None, size) for want, size in zip(said, got, strict=True))


def test_the_answers_among_the_activations_are_those_of_the_model(subject):
    answers = keras.tree.flatten(subject.model(as_called(subject.model, subject.given), training=False))
    for answer in map(keras.ops.convert_to_numpy, answers):
        errors = [np.abs(flow - answer).max() for flow in subject.flow.values() if flow.shape == answer.shape]
        assert min(errors) < 1e-3


def test_the_picture_names_every_layer_and_is_narrow_enough(subject):
    said = subject.picture.find("{http://www.w3.org/2000/svg}desc").text
    words = set(re.split(r"[,()]\s*|\s", said))
    assert set(layers_of(subject.model)) <= words
    assert subject.diagram.network["columns"] <= 24  # of a Transformer 18 cannot be folded
    assert float(subject.picture.get("width")) <= 4200


def test_looking_leaves_the_model_as_it_was(subject):
    weights, *rest = subject.before
    now, *same = subject.state()
    assert rest == same
    assert all((old == new).all() for old, new in zip(weights, now, strict=True))


def test_resnet50_is_a_chain_of_its_stages_which_open_into_blocks():
    diagram = NetworkDiagram(application("ResNet50"))
    stages = [f"conv{stage}" for stage in (2, 3, 4, 5)]
    assert names_of(diagram.architecture)[1:] == ["conv1", "pool1", *stages, "avg_pool", "predictions"]
    opened = names_of(diagram.open_block("conv4").architecture)
    assert opened[5:11] == [f"conv4_block{n}" for n in range(1, 7)]


def test_the_levels_of_a_unet_are_joined_by_its_skips():
    architecture = NetworkDiagram(unet()).architecture
    pairs = {(c.source, c.target) for c in architecture.connections}
    assert {(f"down_{level}", f"up_{level}") for level in range(4)} <= pairs
    assert architecture["down_1"].parameters == 8 * (9 * 4 + 1) + 8 * (9 * 8 + 1) + 2 * 4 * 8


def test_words_reach_the_picture_of_a_model_that_encodes_them():
    model = FAMILIES["preprocessing, strings"]()
    diagram = NetworkDiagram(model).show([["red"], ["green blue"], [2.0], [3]])
    flow = activations(model, [np.array([["red"]]), np.array([["green blue"]]), np.array([[2.0]]), np.array([[3]])])
    assert flow["colour_code"].tolist() == [[0, 1, 0, 0, 0]]  # the first is for words that are not known
    assert flow["tokens"].tolist() == [[3, 4, 0, 0, 0, 0]]
    assert flow["standardise"].tolist() == [[0.0]]
    assert flow["month_code"].argmax() == 3
    picture = diagram.to_svg()
    assert "the sample given" in picture
    assert WARNING not in picture  # a word is no broken number


def test_a_dict_of_answers_has_an_output_for_each_list_of_numbers():
    architecture = describe(FAMILIES["many inputs, dict of outputs"]())
    assert [(layer.name, layer.output, layer.units) for layer in architecture.outputs] == [
        ("kind", "softmax", 4),
        ("price", "linear", 1),
    ]
    assert {layer.name for layer in architecture.inputs} == {"image", "table", "text"}


@pytest.mark.parametrize("make", models.MODELS.values(), ids=models.MODELS)
def test_every_model_can_be_drawn_and_saved(make):
    model = make()
    diagram = NetworkDiagram(model, models.rows(model))
    for meaning in ("weight", "weight_activation"):
        diagram.edge_meaning = meaning
        assert diagram.show(1).to_svg().startswith("<svg")


def test_a_diagram_lives_on_after_a_layer_was_added_and_popped_again():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    diagram = NetworkDiagram(model, np.ones((5, 4)))
    model.add(keras.layers.Dense(2))
    model.pop()
    diagram.update()
    assert [layer["units"] for layer in diagram.network["layers"]] == [4, 3]

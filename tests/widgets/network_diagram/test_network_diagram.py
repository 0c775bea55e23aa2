import base64
import gc
import html.parser
import re
import weakref

import keras
import numpy as np
import pandas as pd
import pytest
import traitlets
from keras import Input, Model, layers

from nbviz import NetworkDiagram
from tests.sent_frames import present_frame
from tests.widgets.network_diagram.small_networks import mlp, rows

HOSTILE = ["<img src=x onerror=alert(1)>", "🐈 naïve", "שלום עולם", "é" * 300]


# traits and arguments


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("selected_sample", 30),
        ("selected_sample", -1),
        ("selected_sample", "3"),
        ("selected_unit", 1.5),
        ("selected_class", "high"),
        ("edge_meaning", "gradient"),
        ("height", "tall"),
    ],
)
def test_a_trait_refuses_what_it_cannot_mean_and_keeps_its_value(diagram, trait, value):
    before, frame = getattr(diagram, trait), diagram.frame
    with pytest.raises(traitlets.TraitError):
        setattr(diagram, trait, value)
    assert (getattr(diagram, trait), diagram.frame) == (before, frame)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_units": 0}, ValueError, "Expected max_units as a whole number of at least 1. Received 0."),
        ({"rank": "size"}, ValueError, "Expected rank among ['weight', 'contribution']. Received 'size'."),
        ({"rank": "contribution"}, ValueError, 'Expected x for rank="contribution". Received None'),
        ({"x": rows(3, 5)}, ValueError, "Expected x of shape (n, 4). Received (n, 5)"),
        ({"x": [[1.0, 2.0, 3.0, np.inf]]}, ValueError, "NaN or infinity in 1 of 1 rows"),
        ({"feature_names": ["a"]}, ValueError, "Expected feature_names with 4 names for 'x'. Received 1"),
        ({"class_names": "abc"}, ValueError, "Expected class_names as a list of names. Received the text 'abc'."),
    ],
)
def test_an_argument_that_does_not_fit_is_refused(model, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        NetworkDiagram(model, **options)


@pytest.mark.parametrize("model", [None, object(), "model.h5", layers.Dense(3)])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(TypeError, match=r"Expected a keras\.Model"):
        NetworkDiagram(model)


def test_columns_of_a_frame_are_feature_names_unless_names_are_given(model, x):
    frame = pd.DataFrame(x, columns=["a", "b", "c", 4])
    assert NetworkDiagram(model, frame).network["layers"][0]["unit_names"] == ["a", "b", "c", "4"]
    named = NetworkDiagram(model, frame, feature_names=list("wxyz"))
    assert named.network["layers"][0]["unit_names"] == list("wxyz")


# two diagrams, memory


def test_two_diagrams_of_one_model_keep_their_own_selection(model, x):
    one, two = NetworkDiagram(model, x), NetworkDiagram(model)
    one.show(3)
    two.show(x[4])
    model.get_layer("h1").set_weights([np.ones((4, 5)), np.zeros(5)])
    one.update()
    assert present_frame(one)[0]["sample"] == 3
    assert present_frame(two)[1]["layer/x/value"] == pytest.approx(x[4])
    assert (present_frame(one)[1]["connection/0/kernel"] == 1).all()
    assert not (present_frame(two)[1]["connection/0/kernel"] == 1).all()


def test_the_model_goes_when_its_diagram_is_closed_and_forgotten(x):
    model = mlp(4, 5, 3)
    diagram = NetworkDiagram(model, x).show(2)
    diagram.close()
    gone = weakref.ref(model), weakref.ref(diagram)
    del model, diagram
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


# what a notebook keeps


class Markup(html.parser.HTMLParser):
    """Lists the tags of a text."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.fixture
def hostile():
    # Keras allows any text but a slash in the names of layers.
    x = Input((4,), name=HOSTILE[0])
    h = layers.Dense(3, name=HOSTILE[1])(x)
    y = layers.Dense(4, name=HOSTILE[3])(h)
    return Model(x, y, name=HOSTILE[2] + HOSTILE[0])


def mime(diagram):
    bundle = diagram._repr_mimebundle_()
    return bundle[0] if isinstance(bundle, tuple) else bundle


def test_a_saved_notebook_has_the_view_a_picture_and_text(diagram):
    data = mime(diagram)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == diagram.model_id
    assert data["text/plain"] == repr(diagram) == "NetworkDiagram(m: 4-5-3)"
    (parser := Markup()).feed(data["text/html"])
    ((tag, attributes),) = parser.tags
    assert tag == "img"
    kind, _, content = attributes["src"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(content).decode().startswith("<svg")


def test_no_name_becomes_markup_in_what_a_notebook_keeps(hostile):
    diagram = NetworkDiagram(hostile, rows(5, 4), feature_names=HOSTILE, class_names=HOSTILE)
    diagram.show(rows(1, 4)[0], name=HOSTILE[0])
    data = mime(diagram)
    (parser := Markup()).feed(data["text/html"])
    assert [tag for tag, _ in parser.tags] == ["img"]
    assert "onerror" not in data["text/html"]
    assert set(parser.tags[0][1]) == {"alt", "src"}
    assert "<img" not in diagram.to_svg()


def test_layers_made_afterwards_bear_their_own_names(hostile):
    NetworkDiagram(hostile, rows(5, 4)).show(0)
    later = layers.Dense(2, name="later")
    later.build((None, 3))
    assert later.kernel.path == "later/kernel"


def test_text_of_a_diagram_is_one_line_that_ends_with_the_sizes(hostile):
    text = repr(NetworkDiagram(hostile))
    assert "\n" not in text
    assert text.endswith(": 4-3-4)")


def test_names_arrive_in_the_browser_as_they_were_given(hostile):
    diagram = NetworkDiagram(hostile, feature_names=HOSTILE, class_names=HOSTILE)
    assert [layer["name"] for layer in diagram.network["layers"]] == [HOSTILE[0], HOSTILE[1], HOSTILE[3]]
    assert diagram.network["layers"][0]["unit_names"] == HOSTILE
    assert diagram.network["layers"][-1]["unit_names"] == HOSTILE


# a file of an older TensorFlow


def test_a_file_of_tensorflow_2_12_gives_the_frame_of_its_numbers(request):
    path = request.path.parents[2] / "fixtures" / "tf212_mlp_20_256_256_256_3.h5"
    model = keras.models.load_model(path, compile=False)
    x = np.random.default_rng(0).random((50, 20)).astype("float32")
    diagram = NetworkDiagram(model, x)
    header, arrays = present_frame(diagram)
    wired = diagram.network["layers"]
    assert [(len(layer["shown"]), layer["units"]) for layer in wired] == [(20, 20), *[(16, 256)] * 3, (3, 3)]
    assert sum(connection["weights"] for connection in diagram.network["connections"]) == 136_960
    entering = x
    for index, (layer, wire) in enumerate(zip([la for la in model.layers if la.weights], wired[1:], strict=True)):
        kernel, bias = layer.get_weights()
        z = entering @ kernel + bias
        name = f"layer/{wire['name']}"
        assert arrays[f"{name}/z"] == pytest.approx(z.mean(axis=0)[wire["candidates"]], abs=1e-5)
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        entering = np.maximum(z, 0) if index < 3 else powers / powers.sum(axis=1, keepdims=True)
        assert arrays[f"{name}/a"] == pytest.approx(entering.mean(axis=0)[wire["candidates"]], abs=1e-5)
        totals = header["connections"][index]
        sd = x.std(axis=0, dtype=float) if index == 0 else np.ones(len(kernel))
        assert totals["abs_sum"] == pytest.approx((np.abs(kernel.astype(float)) * sd[:, None]).sum(), rel=1e-5)
    # The classes depend on features 2, 11 and 17 only.
    shares = np.abs(model.layers[0].get_weights()[0]).sum(axis=1)
    assert sorted(np.argsort(-shares)[:3].tolist()) == [2, 11, 17]

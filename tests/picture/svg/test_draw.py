"""The static picture, read back as XML."""

import xml.etree.ElementTree as ET

import keras
import numpy as np
import pytest

import nbviz
from nbviz.picture.observation import Observation

SVG = "{http://www.w3.org/2000/svg}"
VOCABULARY = {"svg", "g", "path", "rect", "circle", "text", "title", "desc", "image"}
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "\x00\x08bell",
    "שלום עולם",
    "🍷" * 5,
    "n" * 300,
]


def dense(*units, activation="relu", x=None, **options):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(count, activation=activation) for count in units[1:]]
    return nbviz.NetworkDiagram(keras.Sequential([keras.Input((units[0],)), *layers]), x, **options)


def parse(diagram, width=960):
    return ET.fromstring(diagram.to_svg(width))


def texts(root):
    return ["".join(node.itertext()) for node in root.iter(SVG + "text")]


def by_hand():
    """2-3-2 with weights one can reckon with: the scales are 2.0 and 4.0, the largest |w|."""
    diagram = dense(2, 3, 2, activation=None, max_units=16)
    first = np.array([[2.0, -1.0, 0.0], [0.5, 1.0, -2.0]], "float32")
    second = np.array([[4.0, -4.0], [2.0, 0.0], [-1.0, 1.0]], "float32")
    diagram.model.set_weights([first, np.zeros(3), second, np.zeros(2)])
    return diagram.update(), first, second


def test_width_colour_and_opacity_of_every_edge_follow_from_the_printed_scale(monkeypatch):
    # Without faces, which have strokes of their own.
    monkeypatch.setattr(Observation, "is_plane", property(lambda self: False))
    diagram, first, second = by_hand()
    root = parse(diagram)
    assert [line for line in texts(root) if line.startswith("w")] == ["w ±2.00", "w ±4.00"]
    drawn = {
        (int(path.get("data-source")), int(path.get("data-target"))): path
        for path in root.iter(SVG + "path")
        if path.get("data-source")
    }
    assert len(drawn) == 12
    ends = {True: (0xF5, 0x93, 0x22), False: (0x08, 0x77, 0xBD)}
    for kernel, scale, source, target in ((first, 2.0, 0, 2), (second, 4.0, 2, 5)):
        for (row, column), weight in np.ndenumerate(kernel):
            path, share = drawn[source + row, target + column], abs(float(weight)) / scale
            mixed = [
                round(zero + (end - zero) * share)
                for zero, end in zip((0xE8, 0xEA, 0xEB), ends[bool(weight < 0)], strict=True)
            ]
            assert float(path.get("stroke-width")) == pytest.approx(0.4 + 2.9 * share**1.4, abs=0.006)
            assert float(path.get("stroke-opacity")) == pytest.approx(0.07 + 0.83 * share**2.4, abs=0.001)
            assert path.get("stroke") == "#{:02x}{:02x}{:02x}".format(*mixed)


def test_stronger_edges_lie_over_weaker_ones():
    root = parse(dense(6, 8, 3))
    widths = [float(path.get("stroke-width")) for path in root.iter(SVG + "path") if path.get("data-source")]
    assert widths[:48] == sorted(widths[:48])
    assert widths[48:] == sorted(widths[48:])


def test_a_folded_layer_says_how_many_units_it_shows_and_how_many_rest():
    root = parse(dense(5, 40, 2, max_units=8))
    assert {"8 of 40 shown", "+32"} <= set(texts(root))
    assert sum(path.get("data-target") == "rest" for path in root.iter(SVG + "path")) == 5


def test_a_nan_weight_is_a_named_badge():
    diagram = dense(4, 6, 2)
    weights = diagram.model.get_weights()
    weights[0][1, 3] = np.nan
    diagram.model.set_weights(weights)
    name = diagram.architecture.layers[1].name
    assert f"{name}: NaN in the kernel" in texts(parse(diagram.update()))


@pytest.mark.parametrize("width", [320, 960])
def test_names_are_text_and_never_markup(width):
    names = HOSTILE
    diagram = dense(6, 3, 6, activation="softmax", x=np.eye(6), feature_names=names, class_names=names)
    root = parse(diagram, width)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= VOCABULARY
    assert not [key for node in root.iter() for key in node.attrib if key.lower().startswith("on")]
    assert any("<img src=x onerror" in "".join(node.itertext()) for node in root.iter(SVG + "title"))
    assert max(map(len, (line.text or "" for line in root.iter(SVG + "text")))) < 150


def test_a_long_name_is_elided_and_kept_whole_in_its_title():
    root = parse(dense(2, 3, x=np.eye(2), feature_names=["n" * 300, "short"]))
    assert "n" * 300 in ["".join(node.itertext()) for node in root.iter(SVG + "title")]
    assert not [line for line in root.iter(SVG + "text") if len(list(line)) == 0 and "n" * 200 in (line.text or "")]


def branched():
    one, two = keras.Input((4,)), keras.Input((3,))
    joined = keras.layers.Concatenate()([keras.layers.Dense(30)(one), keras.layers.Dense(5)(two)])
    return keras.Model([one, two], keras.layers.Dense(2)(keras.layers.Concatenate()([joined, two])))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = keras.layers.Dense(3)

    def call(self, inputs):
        return self.inner(inputs)


def subclassed():
    model = Subclassed()
    model(np.zeros((1, 4), "float32"))
    return model


MODELS = {
    "two inputs": lambda: keras.Sequential([keras.Input((2,)), keras.layers.Dense(4), keras.layers.Dense(1)]),
    "784-512-10": lambda: keras.Sequential([keras.Input((784,)), keras.layers.Dense(512), keras.layers.Dense(10)]),
    "a picture": lambda: keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)]),
    "a convolution": lambda: keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(3)]
    ),
    "branches": branched,
    "one unit": lambda: keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]),
    "only dropout": lambda: keras.Sequential([keras.Input((5,)), keras.layers.Dropout(0.5)]),
    "a subclassed model": subclassed,
    "100,000 units": lambda: keras.Sequential([keras.Input((3,)), keras.layers.Dense(100_000), keras.layers.Dense(2)]),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("with_data", [False, True])
def test_every_kind_of_model_has_a_picture(make, with_data):
    model = make()
    shapes = [(7, *layer.output_shape) for layer in nbviz.describe(model).inputs]
    x = [np.random.default_rng(0).random(shape) for shape in shapes] if with_data else None
    diagram = nbviz.NetworkDiagram(model, x[0] if x and len(x) == 1 else x)
    root = parse(diagram)
    said = " ".join(texts(root))
    for layer in diagram.architecture.layers:
        assert layer.name[:8] in said
    nodes = [node for node in root.iter() if node.get("data-unit")]
    assert len(nodes) == sum(len(fold.shown) for fold in diagram.frames.drawing.folds.values())


def test_nothing_is_drawn_outside_the_picture():
    for width in (600, 960, 1600):
        root = parse(dense(12, 64, 64, 3, x=np.random.default_rng(0).random((9, 12))), width)
        height = float(root.get("height"))
        for line in root.iter(SVG + "text"):
            assert 0 <= float(line.get("x")) <= width
            assert 0 <= float(line.get("y")) <= height


def boxes_of_nodes(root):
    return [float(node.get("cy")) + float(node.get("r")) for node in root.iter(SVG + "circle")]


@pytest.mark.parametrize("width", [600, 960])
def test_scales_stand_below_every_node(width):
    x = np.random.default_rng(0).random((9, 13))
    root = parse(dense(13, 128, 64, 3, activation="softmax", x=x), width)
    lowest = max(boxes_of_nodes(root))
    scales = [line for line in root.iter(SVG + "text") if "".join(line.itertext()).startswith("w")]
    assert len(scales) == 3
    assert all(float(line.get("y")) - 18 > lowest for line in scales)


@pytest.mark.parametrize("width", [320, 600, 960])
def test_how_many_units_are_shown_is_never_cut_off(width):
    said = texts(parse(dense(13, 128, 64, 3), width))
    assert {line.removesuffix(" shown") for line in said if " of " in line and "edges" not in line} == {
        "16 of 128",
        "16 of 64",
    }


def test_links_join_each_unit_with_the_same_unit():
    root = parse(nbviz.NetworkDiagram(MODELS["only dropout"]()))
    paths = [path.get("d").split() for path in root.iter(SVG + "path") if path.get("d").startswith("M ")]
    assert len(paths) == 5
    assert all(float(path[2]) == pytest.approx(float(path[-1]), abs=0.1) for path in paths)


def test_without_data_weight_times_activation_shows_weights():
    diagram = dense(4, 6, 2)
    weights = parse(diagram)
    diagram.edge_meaning = "weight_activation"
    active = parse(diagram)
    assert not [path for path in active.iter(SVG + "path") if path.get("stroke-dasharray")]
    strokes = [[path.get("stroke") for path in root.iter(SVG + "path")] for root in (weights, active)]
    assert strokes[0] == strokes[1]


@pytest.mark.parametrize("classes", [3, 10])
def test_one_class_wins_and_every_class_has_a_percentage(classes):
    x = np.random.default_rng(0).random((9, 4))
    root = parse(dense(4, 6, classes, activation="softmax", x=x).show(1), 600)
    shares = [line for line in root.iter(SVG + "text") if "".join(line.itertext()).endswith(" %")]
    assert len(shares) == classes
    assert sum(line.get("font-weight") == "600" for line in shares) == 1


def test_names_keep_within_the_picture():
    from nbviz.style.text import text_width

    names = ["n" * 300, "W" * 60, "short"]
    diagram = dense(3, 4, 3, activation="softmax", x=np.eye(3), feature_names=names, class_names=names)
    for width in (600, 960, 1600):
        for line in parse(diagram, width).iter(SVG + "text"):
            said = line.text or "" if not len(line) else line[0].tail
            wide = text_width(said, float(line.get("font-size", 12)), line.get("font-weight") == "600")
            left = float(line.get("x")) - wide * {"end": 1, "middle": 0.5}.get(line.get("text-anchor"), 0)
            assert left >= 0
            assert left + wide <= width

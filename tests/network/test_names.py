import re

import numpy as np
import pytest

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.names import name_units, named_values

SIMPLE = Architecture(
    "m", (Layer("x", "input", "InputLayer", (2,), 2), Layer("y", "dense", "Dense", (3,), 3, output="softmax")), ()
)
MANY = Architecture(
    "m",
    (
        Layer("a", "input", "InputLayer", (2,), 2),
        Layer("b", "input", "InputLayer", (1,), 1),
        Layer("image", "input", "InputLayer", (8, 8), 1),
        Layer("h", "dense", "Dense", (2,), 2),
        Layer("p", "dense", "Dense", (3,), 3, output="softmax"),
        Layer("q", "output", "output", (1,), 1, output="linear"),
    ),
    (),
)
HOSTILE = ["<img src=x onerror=alert(1)>", "🐈", "שלום", "é" * 300]


def test_a_list_names_the_only_input_and_the_only_output():
    assert name_units(SIMPLE, ["p", "q"], ["u", "v", "w"], {}) == {"x": ["p", "q"], "y": ["u", "v", "w"]}


def test_channels_that_come_out_have_names_too():
    image = Layer("image", "input", "InputLayer", (8, 8, 3), 1)
    hidden, masks = (Layer(name, "conv", "Conv2D", (8, 8, 2), 2) for name in ("hidden", "masks"))
    edges = (Connection("image", "hidden", "norm", 6), Connection("hidden", "masks", "norm", 4))
    unet = Architecture("m", (image, hidden, masks), edges)
    assert name_units(unet, None, ["ground", "cell"], {}) == {"masks": ["ground", "cell"]}
    with pytest.raises(ValueError, match="2 names for 'masks'"):
        name_units(unet, None, ["ground", "cell", "edge"], {})
    with pytest.raises(ValueError, match="layers among"):
        name_units(unet, None, {"hidden": ["ground", "cell"]}, {})
    # One channel speaks for the second of two classes; beside classes a list is theirs.
    kind = Layer("kind", "dense", "Dense", (2,), 2, output="softmax")
    alone = Layer("alone", "conv", "Conv2D", (8, 8, 1), 1)
    both = Architecture("m", (image, alone, kind), (Connection("image", "alone", "norm", 6),))
    assert name_units(both, None, ["a", "b"], {}) == {"kind": ["a", "b"]}
    assert name_units(both, None, {"alone": ["ground", "cell"]}, {}) == {"alone": ["cell"]}


def test_what_numbers_mean_is_a_dict_by_input():
    assert named_values({"words": {np.int64(3): "good", 0: ""}}) == {"words": {3: "good", 0: ""}}
    assert named_values(None) == {}
    for wrong in ({"words": ["good"]}, {"words": {"good": 3}}):
        with pytest.raises(ValueError, match="dict of number -> text"):
            named_values(wrong)


def test_without_names_there_are_none():
    assert name_units(SIMPLE, None, None, {}) == {}


def test_columns_of_a_frame_name_the_input_unless_names_are_given():
    assert name_units(SIMPLE, None, None, {"x": ["c", "d"]}) == {"x": ["c", "d"]}
    assert name_units(SIMPLE, ["p", "q"], None, {"x": ["c", "d"]}) == {"x": ["p", "q"]}


def test_a_dict_names_layers_one_by_one():
    names = name_units(MANY, {"a": ["p", "q"]}, {"q": ["price"]}, {"b": ["age"]})
    assert names == {"a": ["p", "q"], "b": ["age"], "q": ["price"]}


def test_names_that_are_no_text_become_text():
    assert name_units(SIMPLE, [0, 1.5], None, {})["x"] == ["0", "1.5"]


def test_names_reach_the_picture_as_they_were_given():
    layer = Layer("x", "input", "InputLayer", (4,), 4)
    assert name_units(Architecture("m", (layer,), ()), HOSTILE, None, {})["x"] == HOSTILE


@pytest.mark.parametrize(
    ("architecture", "features", "classes", "message"),
    [
        (SIMPLE, ["p"], None, "Expected feature_names with 2 names for 'x'. Received 1 names for 'x'."),
        (SIMPLE, None, ["u"] * 4, "Expected class_names with 3 names for 'y'. Received 4 names for 'y'."),
        (SIMPLE, "pq", None, "Expected feature_names as a list of names. Received the text 'pq'."),
        (SIMPLE, {"x": "pq"}, None, "Expected feature_names of 'x' as a list of names. Received the text 'pq'."),
        (SIMPLE, {"h": ["p"]}, None, "Expected feature_names with layers among ['x']."),
        (MANY, ["p", "q"], None, "Expected feature_names as a dict by layer among ['a', 'b']. Received one list."),
        (MANY, None, ["u"], "Expected class_names as a dict by layer among ['p', 'q']."),
        (MANY, {"image": ["p"]}, None, "Expected feature_names with layers among ['a', 'b']."),
    ],
)
def test_names_that_do_not_fit_are_refused(architecture, features, classes, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        name_units(architecture, features, classes, {})


def test_after_the_model_has_changed_names_that_no_longer_fit_are_dropped():
    assert name_units(SIMPLE, ["p", "q"], ["u"], {}, lenient=True) == {"x": ["p", "q"]}
    assert name_units(MANY, ["p"], {"gone": ["u"], "q": ["v"]}, {}, lenient=True) == {"q": ["v"]}


def test_columns_that_are_not_as_many_as_units_name_nothing():
    layer = Layer("x", "input", "InputLayer", (3,), 3)
    assert name_units(Architecture("m", (layer,), ()), None, None, {"x": ["c", "d"]}) == {}

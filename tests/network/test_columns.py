import itertools

from nbviz.network.architecture import Architecture, Connection, Layer
from nbviz.network.columns import columns


def chain(*layers):
    links = tuple(Connection(a.name, b.name, "link") for a, b in itertools.pairwise(layers))
    return Architecture("m", layers, links)


def dense(name, output=None):
    return Layer(name, "dense", "Dense", (3,), 3, output=output)


def source(name):
    return Layer(name, "input", "InputLayer", (3,), 3)


def block(name):
    return Layer(name, "block", "LSTM", (4,), 1)


def test_a_layer_stands_one_column_after_its_farthest_source():
    layers = source("x"), dense("a"), dense("b"), block("add"), dense("y", output="linear")
    skip = Connection("x", "add", "link")
    architecture = Architecture("m", layers, (*chain(*layers).connections, skip))
    assert columns(architecture) == {"x": 0, "a": 1, "b": 2, "add": 3, "y": 4}


def test_all_outputs_stand_in_the_last_column():
    layers = source("x"), dense("a"), dense("early", output="linear"), dense("b"), dense("late", output="softmax")
    pairs = [("x", "a"), ("a", "early"), ("a", "b"), ("b", "late")]
    architecture = Architecture("m", layers, tuple(Connection(*pair, "kernel") for pair in pairs))
    assert columns(architecture) == {"x": 0, "a": 1, "early": 3, "b": 2, "late": 3}


def test_an_output_that_feeds_another_layer_stays_before_it():
    layers = source("x"), dense("y", output="linear"), dense("z", output="linear")
    assert columns(chain(*layers)) == {"x": 0, "y": 1, "z": 2}

import numpy as np
import pytest
from keras import Input, Model, Sequential, layers

from nbviz import importance

X = np.random.default_rng(0).normal(size=(150, 4)).astype("float32")
Y = np.arange(150) % 3

READ = {
    "expected_gradients": {"background_rows": 100, "background_rows_drawn": 50, "evaluations": 50},
    "integrated_gradients": {"baseline": "mean", "background_rows": 100, "steps": 20},
    "gradient": {},
    "smoothgrad": {"evaluations": 50},
    "ablation": {"baseline": "mean", "background_rows": 100},
    "shapley": {"baseline": "mean", "background_rows": 100, "evaluations": 50},
    "permutation": {"repeats": 5},
}


@pytest.fixture(scope="module")
def model():
    return Sequential([Input((4,), name="x"), layers.Dense(3, activation="softmax", name="y")])


@pytest.mark.parametrize("method", READ)
def test_a_table_says_what_its_method_read_and_nothing_else(model, method):
    said = importance(model, X, Y, method=method).attrs
    about_the_model = {"method": method, "output": "logit", "head": "softmax", "layer": None, "seed": 0}
    about_the_sums = {"rows", "direction", "completeness_gap", "correlated", "layer_form"}
    assert {name: said[name] for name in said if name not in about_the_sums} == {**about_the_model, **READ[method]}


def test_a_method_that_reads_no_data_has_no_seed(model):
    said = importance(model, None, method="garson").attrs
    assert said == {"method": "garson", "output": "logit", "head": "softmax", "layer": None, "direction": "weight sign"}


def test_groups_and_a_baseline_that_was_given_are_said():
    model = Model(x := Input((4,), name="x"), layers.Dense(2, name="y")(x))
    groups = {"both": [0, 2]}
    said = importance(model, X, method="ablation", baseline=np.zeros((1, 4)), groups=groups).attrs
    assert (said["output"], said["baseline"], said["groups"]) == ("raw output", "given", {"both": [0, 2]})
    assert "background_rows" not in said

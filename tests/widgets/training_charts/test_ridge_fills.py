import re

from nbviz.widgets.training_charts.ridge_fills import ridge_fills


def test_each_variable_of_a_widget_names_a_gradient_that_is_there():
    markup = ridge_fills("mine")
    variables = re.findall(r"--(mine-\w+-\w+): url\(#(mine-\w+-\w+)\);", markup)
    gradients = re.findall(r'<linearGradient id="([^"]+)">', markup)
    states = [f"mine-{state}-{kind}" for state in ("past", "present", "future") for kind in ("both", "above")]
    assert variables == [(name, name) for name in states]
    assert sorted(gradients) == sorted(states)


def test_fills_are_orange_left_of_zero_and_blue_right_of_it():
    gradient = re.search(r'id="mine-present-both">(.*?)</linearGradient>', ridge_fills("mine"))[1]
    stops = [(int(at), colour) for at, colour in re.findall(r'offset="(\d+)%".*?--nbviz-(\w+)', gradient)]
    assert [at for at, _ in stops] == sorted(at for at, _ in stops)
    assert {colour for at, colour in stops if at < 50} == {"negative"}
    assert {colour for at, colour in stops if at > 50} == {"positive"}

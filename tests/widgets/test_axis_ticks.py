import json
import subprocess

import bqplot

from nbviz.widgets.axis_ticks import set_ticks, tick_words


def test_ticks_are_found_by_the_names_that_javascript_gives_them():
    values = [0, 0.5, 1.5, 1e-5, 2.5e-6, 1e-7, 1e-9, 100.0, 1e6, 0.1, 0.05, -1.5, 12345.5, 1e21]
    spelled = json.loads(
        subprocess.run(
            ["node", "-e", f"console.log(JSON.stringify({json.dumps(values)}.map(String)))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    for value, name in zip(values, spelled, strict=True):
        assert name in tick_words([value]), value


def test_ticks_have_equally_many_decimals_but_decades_have_not():
    assert list(tick_words([0, 0.5, 1]).values()) == ["0.0", "0.5", "1.0"]
    assert list(tick_words([0, 20, 40]).values()) == ["0", "20", "40"]
    assert list(tick_words([0.01, 0.1, 1, 10], logarithmic=True).values()) == ["0.01", "0.1", "1", "10"]
    assert next(iter(tick_words([1e-5, 1e-3]).values())) == "1e−5"
    assert list(tick_words([-0.5, 0.5]).values()) == ["−0.5", "0.5"]


def test_labels_are_sent_before_the_ticks_they_are_for():
    axis, told = bqplot.Axis(scale=bqplot.LinearScale()), []
    axis.observe(lambda change: told.append(change.name), ["tick_labels", "tick_values"])
    set_ticks(axis, [0, 1], tick_words([0, 1]))
    assert told == ["tick_labels", "tick_values"]
    assert axis.tick_values.tolist() == [0, 1]
    set_ticks(axis, [0, 1], tick_words([0, 1]))
    assert len(told) == 2

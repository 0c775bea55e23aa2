import json
import subprocess

import bqplot
import pytest

from nbviz.widgets.axis_ticks import set_ticks, tick_labels, ticks


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
        assert name in tick_labels([value]), value


def test_ticks_have_equally_many_decimals_but_decades_have_not():
    assert list(tick_labels([0, 0.5, 1]).values()) == ["0.0", "0.5", "1.0"]
    assert list(tick_labels([0, 20, 40]).values()) == ["0", "20", "40"]
    assert list(tick_labels([0.01, 0.1, 1, 10], alike=False).values()) == ["0.01", "0.1", "1", "10"]
    assert next(iter(tick_labels([1e-5, 1e-3]).values())) == "1e−5"
    assert list(tick_labels([-0.5, 0.5]).values()) == ["−0.5", "0.5"]


def test_labels_are_sent_before_the_ticks_they_are_for():
    axis, told = bqplot.Axis(scale=bqplot.LinearScale()), []
    axis.observe(lambda change: told.append(change.name), ["tick_labels", "tick_values"])
    set_ticks(axis, [0, 1], tick_labels([0, 1]))
    assert told == ["tick_labels", "tick_values"]
    assert axis.tick_values.tolist() == [0, 1]
    set_ticks(axis, [0, 1], tick_labels([0, 1]))
    assert len(told) == 2


def test_ticks_are_round_numbers():
    assert ticks(-2, 3) == [-2, -1, 0, 1, 2, 3]
    assert ticks(5550, 15450) == [6000, 8000, 10000, 12000, 14000]
    assert ticks(0.1, 0.3) == pytest.approx([0.1, 0.15, 0.2, 0.25, 0.3])


def test_labels_have_a_real_minus_and_thin_spaces():
    assert tick_labels([-2, 0, 10000]) == {"-2": "−2", "0": "0", "10000": "10\u2009000"}
    assert tick_labels([0, 0.25]) == {"0": "0.00", "0.25": "0.25"}


def test_which_sizes_are_written_out_is_up_to_the_axis():
    assert tick_labels([1000, 5000]) == {"1000": "1000", "5000": "5000"}
    assert tick_labels([0, 1000], written_out=(1e-6, 1000)) == {"0": "0", "1000": "1\u2009000"}
    assert tick_labels([0, 0.0002]) == {"0": "0.0000", "0.0002": "2e−4"}
    assert tick_labels([0, 0.0002], written_out=(1e-6, 1000)) == {"0": "0.0000", "0.0002": "0.0002"}

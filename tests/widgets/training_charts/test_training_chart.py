import base64
import gc
import threading
import time
import weakref

import bqplot
import numpy as np
import pandas as pd
import pytest
from ipywidgets.embed import dependency_state

from nbviz.widgets.training_charts.training_chart import TrainingChart
from tests.recorded_run import RecordedRun


def figures(chart):
    return [child for child in chart.children if isinstance(child, bqplot.Figure)]


def titles(chart):
    return [plot._title.text.tolist()[0] for plot in chart._plots.values()]


def ends(chart, metric="loss"):
    """What the labels at the end of the lines say."""
    plot = chart._plots[metric]
    return [text for label in plot._ends.values() for text in label.text.tolist()]


def line(chart, kind, metric="loss"):
    mark = chart._plots[metric]._lines[kind]
    return np.atleast_2d(mark.x)[0], np.atleast_2d(mark.y)[0]


def test_there_is_a_figure_for_the_loss_and_for_each_metric():
    chart = TrainingChart(RecordedRun(12))
    assert len(figures(chart)) == 2
    assert titles(chart) == ["Loss", "Accuracy, %"]
    x, y = line(chart, "train")
    assert x.tolist() == list(range(1, 13))
    assert y[3] == pytest.approx(1.5 * np.exp(-0.8))
    assert ends(chart) == ["train", "0.136", "validation", "0.236"]
    assert ends(chart, "accuracy")[1] == "93.2 %"


def test_only_the_lowest_figure_has_numbers_of_epochs():
    chart = TrainingChart(RecordedRun(12))
    assert [plot.axis.visible for plot in chart._plots.values()] == [False, True]


def test_before_training_it_says_what_to_do_and_grows_with_the_run():
    run = RecordedRun(0)
    chart = TrainingChart(run)
    assert "press Train" in chart._words.value
    assert titles(chart) == ["Loss"]
    run.train()
    assert chart._throttle.wait(60)
    assert titles(chart) == ["Loss", "Accuracy, %"]
    assert chart._words.value == ""
    assert line(chart, "train")[1][0] == pytest.approx(1.5 * np.exp(-0.2))
    chart.close()


def test_it_is_drawn_at_most_four_times_a_second_and_shows_the_last_state():
    run = RecordedRun(1)
    chart = TrainingChart(run)
    drawn = []
    chart.cursor.observe(lambda _: drawn.append(time.monotonic()), "timing")
    begun = time.monotonic()
    while time.monotonic() - begun < 1:
        run.train()
        time.sleep(0.01)
    assert chart._throttle.wait(60)
    assert 1 <= len(drawn) <= 2 + 4 * (drawn[-1] - begun)
    assert chart.cursor.timing["steps"][-1] == run.moments[-1].step
    assert line(chart, "train")[0][-1] == len(run.metrics)
    chart.close()


def test_long_runs_are_thinned():
    table = pd.DataFrame({"loss": np.random.default_rng(0).random(5000)})
    chart = TrainingChart(table)
    x, _ = line(chart, "train")
    assert len(x) <= 600
    assert x[-1] == 5000


def test_several_runs_have_names_and_colours_of_their_own():
    chart = TrainingChart({"slow": RecordedRun(12, rate=0.2), "fast": RecordedRun(12)})
    assert "slow" in chart._words.value
    assert "validation strong, train faint" in chart._words.value
    mark = chart._plots["loss"]._lines["validation"]
    assert len(mark.x) == 2
    assert len(set(mark.colors)) == 2
    assert ends(chart) == ["slow", "fast", "1.028", "0.236"]


def test_an_exploded_run_is_named_and_has_a_logarithmic_axis_until_somebody_wants_another():
    table = pd.DataFrame({"loss": [1.4, 30.0, 1e8, np.nan, np.nan]})
    chart = TrainingChart({"calm": RecordedRun(5), "wild": table})
    assert "wild: loss explodes at epoch 2, is not finite since epoch 4" in chart._words.value
    assert chart.log
    assert "beyond the frame" not in chart._words.value
    assert chart._plots["loss"]._log.max > 1e8
    chart.log = False
    chart.refresh()
    assert not chart.log
    assert "loss rises to 1e8, beyond the frame" in chart._words.value
    assert chart._plots["loss"]._y.max < 10


def test_beside_their_lines_stand_where_a_loss_explodes_and_where_it_is_lost():
    table = pd.DataFrame({"epoch": range(1, 7), "loss": [1.4, 0.9, 14.1, 1e6, np.inf, np.nan], "accuracy": 0.5})
    chart = TrainingChart(table)
    told = chart._plots["loss"]._event_words
    assert list(told.text) == ["explodes", "not finite"]
    np.testing.assert_allclose(told.x, [3 / 6, 5 / 6])
    np.testing.assert_allclose(chart._plots["loss"]._events.x[:, 0], [3 / 6, 5 / 6])
    assert list(chart._plots["accuracy"]._event_words.text) == []
    picture = base64.b64decode(chart.picture_html().split("base64,")[1].split('"')[0]).decode()
    assert "explodes</text>" in picture
    assert ">1e6</text>" in picture or ">1e5</text>" in picture  # a tick of the logarithmic axis
    chart.log = False
    picture = base64.b64decode(chart.picture_html().split("base64,")[1].split('"')[0]).decode()
    assert "1e6</text>" not in picture


def test_a_loss_that_begins_near_nothing_hides_no_curve():
    chart = TrainingChart(pd.DataFrame({"loss": [0.001, 0.002], "val_loss": [0.03, 0.026]}))
    assert not chart.log
    assert chart._plots["loss"]._y.max >= 0.03
    assert "beyond" not in chart._words.value


def test_labels_never_touch():
    for gap in (0.0, 1e-3, 0.1, 1.0):
        chart = TrainingChart(pd.DataFrame({"loss": [1.0, 0.0], "val_loss": [1.0, gap]}), height=120)
        heights = np.array([at for places in chart._plots["loss"].heights[0] for at in places])
        apart = np.diff(np.sort(heights * 120))
        assert apart.min() >= 14.9, gap
        assert heights.min() * 120 > 0


def test_names_of_runs_and_metrics_are_text():
    name = "<img src=x onerror=alert(1)>"
    table = pd.DataFrame({"loss": [1.0, np.nan], name: [1.0, 2.0]})
    chart = TrainingChart({name: table, "b": table})
    assert "<img" not in chart._words.value
    assert "&lt;img" in chart._words.value


def test_the_best_validation_and_findings_are_marked():
    run = RecordedRun(12)
    run.events = [{"step": 8, "kind": "best", "text": "best"}, {"step": 12, "kind": "health", "text": "dead"}]
    chart = TrainingChart(run)
    events = chart._plots["loss"]._events
    assert events.visible
    np.testing.assert_allclose(np.asarray(events.x)[:, 0], [4 / 12, 6 / 12])
    assert len(set(events.colors)) == 2


def test_curves_and_the_axis_that_is_seen_have_one_scale_from_the_first_message():
    table = pd.DataFrame({"loss": [1.4, 30.0, 1e8], "val_loss": [1.5, 31.0, 1e8]})
    chart = TrainingChart({"wild": table})
    for log in (True, False, True):
        chart.log = log
        figure = chart._plots["loss"].figure
        seen = [axis.scale for axis in figure.axes if axis.side == "left" and axis.visible]
        assert [type(scale).__name__ for scale in seen] == ["LogScale" if log else "LinearScale"]
        drawn = [mark for mark in figure.marks if isinstance(mark, bqplot.Lines) and mark.scales["y"] in seen]
        assert {id(line) for line in chart._plots["loss"]._lines.values()} <= {id(line) for line in drawn}


def test_the_cursor_knows_the_moments_and_the_logarithmic_heights():
    chart = TrainingChart(RecordedRun(12))
    timing = chart.cursor.timing
    assert timing["steps"] == list(range(0, 26, 2))
    assert (timing["steps_per_epoch"], timing["end"]) == (2, 12)
    linear, logarithmic = timing["heights"][0]
    assert linear != logarithmic
    assert all(0 <= at <= 1.1 for places in logarithmic for at in places)


def test_where_the_model_was_put_back_the_curves_beyond_are_told_to_be_of_an_earlier_run():
    run = RecordedRun(5)
    chart = TrainingChart(run)
    assert chart.cursor.timing["live"] is None
    assert "faded" not in chart._words.value
    run.live_step = 5
    chart.refresh()
    assert chart.cursor.timing["live"] == 5
    assert "the model is back at epoch 2.5; faded: what came after" in chart._words.value
    assert line(chart, "train")[0].tolist() == [1, 2, 3, 4, 5]
    run.live_step = None
    chart.refresh()
    assert "faded" not in chart._words.value


def test_a_page_takes_along_the_cursor_its_links_and_what_it_moves():
    chart = TrainingChart(RecordedRun(3))
    held = dependency_state([chart], drop_defaults=False)
    assert chart.cursor.model_id in held
    for plot in chart.cursor.time_plots:
        assert plot["tag" if "tag" in plot else "cursor"].model_id in held
    names = [model["model_name"] for model in held.values()]
    assert names.count("LinkModel") == 3


def test_closing_ends_the_listening():
    run = RecordedRun(2)
    chart = TrainingChart(run)
    assert run.listeners == 1
    chart.close()
    assert run.listeners == 0
    run.train()
    assert not [thread for thread in threading.enumerate() if thread.name == "nbviz drawing"]


def test_a_closed_chart_does_not_keep_others_from_being_saved():
    TrainingChart(RecordedRun(2)).close()
    other = TrainingChart(RecordedRun(2))
    assert other.cursor.model_id in dependency_state([other], drop_defaults=False)
    other.close()


def test_before_the_length_of_an_epoch_is_known_no_moment_has_a_place():
    run = RecordedRun(0)
    run.steps_per_epoch = None
    chart = TrainingChart(run)
    assert chart.cursor.timing["steps"] == []
    chart.close()


def test_the_recording_keeps_no_chart_alive():
    class Loose(RecordedRun):
        def listen(self, listener):
            self.listener = listener
            return super().listen(listener)

    run = Loose(2)
    chart = TrainingChart(run)
    assert all(cell.cell_contents is not chart for cell in run.listener.__closure__)
    assert any(isinstance(cell.cell_contents, weakref.ref) for cell in run.listener.__closure__)
    chart.close()
    gc.collect()


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match="Received str"):
        TrainingChart("loss.csv")
    with pytest.raises(ValueError, match=r"at least 60\. Received 10"):
        TrainingChart(RecordedRun(1), height=10)

import math

import pandas as pd

from nbviz.training.recording.metric_log import MetricLog


def test_columns_that_come_late_or_are_missing_are_nan_there():
    log = MetricLog("step", "epoch")
    log.add({"step": 1, "epoch": 1, "loss": 0.5})
    log.add({"step": 2, "epoch": 1, "loss": 0.4, "val_loss": 0.6})
    log.add({"step": 3, "epoch": 2, "val_loss": 0.7})
    expected = pd.DataFrame(
        {"step": [1, 2, 3], "epoch": [1, 1, 2], "loss": [0.5, 0.4, math.nan], "val_loss": [math.nan, 0.6, 0.7]}
    )
    pd.testing.assert_frame_equal(log.frame(), expected)
    assert len(log) == 3
    assert log.at("step") == 3
    assert math.isnan(log.last()["loss"])


def test_cutting_takes_the_rows_after_a_value_away_and_returns_them():
    log = MetricLog("step")
    for step in range(1, 6):
        log.add({"step": step, "loss": 1 / step})
    gone = log.cut("step", 3)
    assert gone["step"].tolist() == [4, 5]
    assert log.frame()["step"].tolist() == [1, 2, 3]
    assert len(log.cut("step", 9)) == 0
    log.add({"step": 4, "loss": 0.9})
    assert log.last() == {"loss": 0.9}


def test_a_log_is_restored_from_its_table():
    log, other = MetricLog("step"), MetricLog("step")
    log.add({"step": 7, "loss": 0.5})
    other.restore(log.frame())
    other.add({"step": 8, "loss": 0.25})
    pd.testing.assert_frame_equal(other.frame(), pd.DataFrame({"step": [7, 8], "loss": [0.5, 0.25]}))


def test_an_empty_log_has_its_columns():
    log = MetricLog("epoch", "step")
    assert list(log.frame().columns) == ["epoch", "step"]
    assert log.last() == {}

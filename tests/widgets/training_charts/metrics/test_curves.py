import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nbviz.widgets.training_charts.metrics.curves import (
    MOST_POINTS,
    is_share,
    metrics_of,
    named_runs,
    read_curves,
    thin,
    title,
    value_words,
)
from tests.recorded_run import RecordedRun


def by_name(curves):
    return {(curve.metric, curve.kind): curve for curve in curves}


def test_a_recording_has_a_curve_for_each_metric_and_no_other_column():
    found = by_name(read_curves("", RecordedRun(12)))
    assert set(found) == {(metric, kind) for metric in ("loss", "accuracy") for kind in ("train", "validation")}
    assert found["loss", "train"].x.tolist() == list(range(1, 13))
    assert found["loss", "validation"].y[0] == pytest.approx(1.5 * math.exp(-0.2) + 0.1)


def test_of_few_epochs_single_batches_are_drawn_too():
    found = by_name(read_curves("", RecordedRun(2, steps_per_epoch=4)))
    assert found["loss", "batches"].x.tolist() == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]
    assert ("loss", "batches") not in by_name(read_curves("", RecordedRun(12)))


def test_ways_that_were_left_are_drawn_by_their_validation_and_only_the_newest():
    run = RecordedRun(12)
    table = pd.DataFrame(
        {"epoch": [3, 4], "step": [6, 8], "loss": [5.0, 4.0], "val_loss": [7.0, 6.0], "mae": [2.0, 1.0]}
    )
    run.branches = [SimpleNamespace(metrics=table.assign(val_loss=value)) for value in (0.0, 8.0, 9.0)]
    earlier = [curve for curve in read_curves("", run) if curve.kind == "earlier"]
    assert [(curve.metric, curve.y[0]) for curve in earlier] == [("loss", 8), ("mae", 2), ("loss", 9), ("mae", 2)]
    assert earlier[0].x.tolist() == [3, 4]


def test_before_training_there_is_no_curve():
    assert read_curves("", RecordedRun(0)) == []


def test_a_history_of_keras_counts_epochs_from_zero():
    history = SimpleNamespace(history={"loss": [3.0, 2.0], "val_loss": [4.0, 3.0]}, epoch=[5, 6])
    found = by_name(read_curves("", history))
    assert found["loss", "train"].x.tolist() == [6, 7]
    assert found["loss", "validation"].y.tolist() == [4, 3]


@pytest.mark.parametrize(("first", "x"), [(0, [1, 2, 3]), (1, [1, 2, 3])])
def test_a_table_counts_epochs_from_zero_or_one(first, x):
    table = pd.DataFrame({"epoch": np.arange(3) + first, "loss": [3.0, 2, 1], "note": ["a", "b", "c"]})
    (curve,) = read_curves("", table)
    assert curve.x.tolist() == x


def test_validation_now_and_then_has_no_holes_but_a_diverged_loss_stays():
    table = pd.DataFrame({"loss": [3.0, 2, 1, np.nan], "val_loss": [np.nan, 2.5, np.nan, np.nan]})
    found = by_name(read_curves("", table))
    assert found["loss", "validation"].x.tolist() == [2, 4]
    assert np.isnan(found["loss", "validation"].y[-1])
    assert np.isnan(found["loss", "train"].y[-1])


def test_the_loss_comes_first():
    curves = read_curves("", pd.DataFrame({"accuracy": [1.0], "loss": [1.0], "mae": [1.0]}))
    assert metrics_of(curves) == ["loss", "accuracy", "mae"]


def test_what_is_no_run_is_refused():
    with pytest.raises(TypeError, match=r"a Recording, .*\(a History\).*Received list"):
        named_runs([1, 2])
    with pytest.raises(TypeError, match="Received int"):
        named_runs({"a": 3})
    with pytest.raises(ValueError, match="Received an empty dict"):
        named_runs({})


def test_thinning_keeps_ends_and_extremes():
    x = np.arange(10_000.0)
    y = np.sin(x / 300)
    y[4321], y[5678] = 9, -9
    thin_x, thin_y = thin(x, y)
    assert len(thin_x) <= MOST_POINTS
    assert (thin_x[0], thin_x[-1]) == (0, 9999)
    assert {9, -9} <= set(thin_y)
    assert (np.diff(thin_x) > 0).all()
    assert thin(x[:600], y[:600])[0] is not None
    assert len(thin(x[:600], y[:600])[0]) == 600


def test_thinning_a_diverged_line_keeps_nan():
    y = np.concatenate([np.ones(1000), np.full(1000, np.nan)])
    _, thin_y = thin(np.arange(2000.0), y)
    assert np.isnan(thin_y[-1])
    assert len(thin_y) <= MOST_POINTS


def test_an_accuracy_is_told_in_per_cent_and_other_metrics_are_not():
    curves = read_curves("", RecordedRun(12))
    assert is_share("accuracy", curves)
    assert not is_share("loss", curves)
    assert not is_share("acc", read_curves("", pd.DataFrame({"acc": [97.0]})))
    assert (title("accuracy", True), title("mean_absolute_error", False)) == ("Accuracy, %", "Mean absolute error")


@pytest.mark.parametrize(
    ("value", "share", "words"),
    [
        (0.1014, False, "0.101"),
        (-1.5, False, "−1.500"),
        (12.34, False, "12.3"),
        (0.00002, False, "2e−5"),
        (95.56, True, "95.6 %"),
        (math.nan, True, "NaN"),
        (math.inf, False, "∞"),
    ],
)
def test_values_are_told_in_three_figures(value, share, words):
    assert value_words(value, share) == words


def test_what_fit_returns_may_hold_vectors_and_a_validation_now_and_then():
    history = SimpleNamespace(
        epoch=[3, 4, 5, 6],
        history={
            "loss": [4.0, 3.0, 2.0, 1.0],
            "f1_score": [np.array([0.5, 0.25])] * 4,
            "val_loss": [5.0, 6.0],  # after each second epoch, counted from 1: the 4th and the 6th
            "words": ["a", "b", "c", "d"],
            "val_odd": [1.0, 2.0, 3.0],
        },
    )
    found = by_name(read_curves("", history))
    assert set(found) == {
        ("loss", "train"), ("f1_score[0]", "train"), ("f1_score[1]", "train"), ("loss", "validation"),
    }  # fmt: skip
    assert found["loss", "train"].x.tolist() == [4, 5, 6, 7]
    assert found["loss", "validation"].x.tolist() == [4, 6]
    assert found["loss", "validation"].y.tolist() == [5, 6]
    assert found["f1_score[1]", "train"].y.tolist() == [0.25] * 4

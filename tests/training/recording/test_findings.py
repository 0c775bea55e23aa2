import math

import pandas as pd

from nbviz.network.health import Badge
from nbviz.training.recording.findings import FirstSeen, events


def dead(layer="h", units=(1, 2), text="h: 25 % dead ReLU"):
    return Badge("dead", layer, units, text, "2 of 8 units are 0.")


def test_a_finding_keeps_the_moment_at_which_it_was_first_seen_and_its_newest_words():
    seen = FirstSeen()
    seen.see([], 0, 0, 0)
    seen.see([dead()], 60, 6, 10)
    seen.see([dead(units=(1, 2, 3), text="h: 38 % dead ReLU")], 90, 9, 10)
    (finding,) = seen.findings
    assert (finding.step, finding.epoch, finding.batch) == (60, 6, 10)
    assert finding.text == "h: 38 % dead ReLU since epoch 6"
    assert finding.units == (1, 2, 3)


def test_a_finding_that_is_gone_is_forgotten_and_new_when_it_returns():
    seen = FirstSeen()
    seen.see([dead()], 60, 6, 10)
    seen.see([], 70, 7, 10)
    assert seen.findings == []
    seen.see([dead()], 80, 8, 10)
    assert seen.findings[0].epoch == 8


def test_findings_are_told_apart_by_layer_and_kind():
    seen = FirstSeen()
    seen.see([dead("a")], 10, 1, 10)
    seen.see([dead("a"), dead("b")], 20, 2, 10)
    assert [(finding.layer, finding.step) for finding in seen.findings] == [("a", 10), ("b", 20)]


def test_what_was_there_before_training_is_so_since_the_start():
    seen = FirstSeen()
    seen.see([dead()], 0, 0, 0)
    assert seen.findings[0].text == "h: 25 % dead ReLU since the start"
    assert events(seen, []) == []


def test_only_the_first_loss_that_is_not_finite_is_told():
    seen = FirstSeen()
    assert not seen.see_loss(0.5, 411, 2, 11)
    assert seen.see_loss(math.inf, 412, 2, 12)
    assert not seen.see_loss(math.nan, 413, 2, 13)
    assert seen.findings[0].text == "the loss is infinite since batch 412 (epoch 2, batch 12)"
    seen.see([], 420, 2, 20)
    assert seen.findings[0].step == 412


def test_cutting_forgets_what_came_up_later():
    seen = FirstSeen()
    seen.see_rate(0.1, 0)
    seen.see([dead("a")], 10, 1, 10)
    seen.see_rate(0.01, 15)
    seen.see([dead("a"), dead("b")], 20, 2, 10)
    seen.see_loss(math.nan, 21, 3, 1)
    seen.cut(12)
    assert [finding.layer for finding in seen.findings] == ["a"]
    assert seen.rates == []
    seen.see_rate(0.01, 13)
    assert seen.rates == [(13, 0.1, 0.01)]


def test_a_schedule_and_frequent_changes_of_the_rate_are_not_flagged():
    seen = FirstSeen()
    for step in range(5):
        seen.see_rate(1 / (1 + step), step, scheduled=True)
    assert seen.rates == []
    for step in range(5, 10):
        seen.see_rate(1 / (1 + step), step)
    assert len(seen.rates) == 5
    assert events(seen, []) == []


def test_there_are_at_most_eight_flags_in_the_order_of_steps():
    seen = FirstSeen()
    for index in range(12):
        seen.see([dead(f"h{layer}") for layer in range(index + 1)], 10 * index + 10, index + 1, 10)
    seen.see_rate(0.1, 0)
    seen.see_rate(0.01, 55)
    epochs = [{"step": 10.0 * n, "val_loss": abs(n - 4) + 1.0} for n in range(1, 12)]
    flags = events(seen, epochs, {f"h{layer}": 16 for layer in range(12)})
    assert len(flags) == 8
    assert [flag["step"] for flag in flags] == sorted(flag["step"] for flag in flags)
    assert {"step": 40, "kind": "best", "text": "best validation"} in flags
    assert {"step": 55, "kind": "rate", "text": "rate 0.1 → 0.01"} in flags
    assert {"step": 10, "kind": "health", "text": "2 of 16 units dead"} in flags


def test_one_epoch_has_no_best():
    assert events(FirstSeen(), [{"step": 5, "val_loss": 0.2}]) == []
    assert events(FirstSeen(), [{"step": 5, "val_loss": math.nan}, {"step": 9, "val_loss": 0.2}]) == []


def test_a_loss_explodes_once_it_is_ten_times_the_first_or_ten_where_that_began_near_nothing():
    seen = FirstSeen()
    told = [seen.see_loss(loss, step, 1, step) for step, loss in enumerate((2.0, 20.0, 20.1, 50.0, math.nan), 1)]
    assert told == [False, False, True, False, True]
    assert (seen.exploded, seen.exploding_steps) == (3, {3, 5})
    assert [(event["step"], event["text"]) for event in events(seen, [])] == [
        (3, "loss explodes"),
        (5, "the loss is NaN"),
    ]
    seen.cut(4)
    assert seen.exploding_steps == {3}
    seen.cut(2)
    assert seen.exploding_steps == set()
    assert seen.see_loss(30.0, 3, 1, 3)
    fine_tuned = FirstSeen()
    assert not any(fine_tuned.see_loss(loss, step, 1, step) for step, loss in enumerate((0.001, 0.03, 9.9), 1))
    assert fine_tuned.see_loss(10.1, 4, 1, 4)


def test_of_a_recording_that_is_read_the_explosion_is_found_in_its_losses():
    seen = FirstSeen()
    seen.see_losses(pd.DataFrame({"step": [1, 2, 3, 4], "loss": [math.nan, 1.0, 10.0, 11.0]}))
    assert seen.exploded == 4
    seen.see_losses(pd.DataFrame({"step": []}))
    assert seen.exploded == 4

"""All panels are of the live model, whoever has changed it."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from nbviz import explore, importance
from nbviz.explorer.model_version import model_version
from tests.explorer.small_classifier import LONG, NAMES, X, Y, mlp


def settled(explorer):
    """Without a look at the model: what follows by itself."""
    assert explorer._follower.settle(LONG)
    return explorer


def check_is_of(explorer, net):
    """Against Keras' own prediction, and a table from scratch."""
    predicted = net.predict(X.to_numpy(), verbose=0)
    picked = np.frombuffer(explorer.sample_picker.numbers, "<f4").reshape(predicted.shape)
    np.testing.assert_allclose(picked, predicted, atol=1e-5)
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (Y, predicted.argmax(axis=1)), 1)
    assert explorer.confusion.counts.tolist() == counts.tolist()
    expected = importance(net, X, class_names=NAMES, seed=0).strength
    np.testing.assert_allclose(explorer.importance.strength, expected, rtol=1e-4, atol=1e-6)
    row = explorer.what_if.row[None].astype("float32")
    answer = np.log(net.predict(row, verbose=0)[0])
    np.testing.assert_allclose(explorer.waterfall.sample.local.end, answer - answer.mean(), atol=1e-4)


def train(trainer, size="epoch"):
    trainer.step(size)
    assert trainer.wait(LONG)


def test_after_reset_rewind_and_an_applied_sample_step_all_is_of_the_live_model(own):
    net, explored = own
    trainer = explored.training.trainer
    train(trainer)
    train(trainer)
    check_is_of(settled(explored), net)
    trainer.rewind(1)
    assert trainer.wait(LONG)
    check_is_of(settled(explored), net)
    train(trainer, "sample")
    train(trainer, "sample")
    check_is_of(settled(explored), net)
    trainer.reset()
    assert trainer.wait(LONG)
    check_is_of(settled(explored), net)
    assert explored.error is None


def test_what_nobody_recorded_has_no_place_in_the_history(own):
    net, explored = own
    over_time = explored._panels.over_time
    train(explored.training.trainer)
    settled(explored)
    steps, strengths = list(over_time.steps), [table.strength.copy() for table in over_time.tables]
    assert len(steps) >= 2
    net.set_weights([0.5 * weight for weight in net.get_weights()])
    check_is_of(settled(explored.update()), net)
    assert over_time.steps == steps
    for table, strength in zip(over_time.tables, strengths, strict=True):
        np.testing.assert_array_equal(table.strength, strength)


def test_weights_set_by_hand_are_followed_by_update_by_wait_and_by_whatever_looks(own):
    net, explored = own
    for follow in (explored.update, explored.wait, lambda: setattr(explored, "selected_sample", 5)):
        net.set_weights([0.8 * weight + 0.02 for weight in net.get_weights()])
        follow()
        check_is_of(settled(explored), net)


def test_the_end_of_a_cell_is_followed():
    shell = InteractiveShell.instance()
    try:
        net = mlp(seed=2)
        explored = explore(net, X, Y, class_names=NAMES)
        assert explored.wait(LONG)
        shell.user_ns["fit"] = lambda: net.fit(X.to_numpy(), Y, epochs=2, verbose=0)
        shell.run_cell("fit();")
        check_is_of(settled(explored), net)
    finally:
        InteractiveShell.clear_instance()


def test_a_jump_shows_the_live_model_and_training_on_leaves_the_timeline(own):
    net, explored = own
    trainer = explored.training.trainer
    train(trainer)
    shown = (explored.diagram, explored.matrix, trainer, explored.training.chart, explored.training.histograms)

    def look_back():
        for part in shown:
            part.shown_frame = 1

    look_back()
    train(trainer)
    settled(explored)
    assert {part.shown_frame for part in shown} == {1}
    for jump in (
        lambda: explored.training.recording.rewind(0),
        lambda: net.set_weights([0.9 * weight for weight in net.get_weights()]),
    ):
        look_back()
        jump()
        assert explored.wait(LONG)
        assert {part.shown_frame for part in shown} == {None}


def test_while_it_trains_a_line_says_of_when_the_panels_are(own):
    net, explored = own
    heard = []
    explored._note.observe(lambda change: heard.append(change["new"]), "value")
    train(explored.training.trainer)
    settled(explored)
    assert any("matrix and samples are of step 0, until it pauses" in words for words in heard)
    assert "until it pauses" not in explored._note.value
    train(explored.training.trainer)
    settled(explored)
    assert any("matrix and samples are of step 2, until it pauses" in words for words in heard)
    check_is_of(explored, net)


def test_a_look_back_on_the_timeline_says_what_is_of_the_live_model(own):
    _, explored = own
    train(explored.training.trainer)
    settled(explored)
    explored.diagram.shown_frame = 1
    assert "network and table are of an earlier step, all else of the live model" in explored._note.value
    explored.diagram.shown_frame = None
    assert "earlier step" not in explored._note.value


def test_work_for_an_older_model_is_dropped(own, monkeypatch):
    net, explored = own
    asked = explored._panels.tables.asked.importance
    first = []

    def overtaken(*arguments):
        found = asked(*arguments)
        if not first:
            first.append(model_version(net))
            net.set_weights([0.7 * weight for weight in net.get_weights()])
        return found

    monkeypatch.setattr(explored._panels.tables.asked, "importance", overtaken)
    explored.update()
    check_is_of(settled(explored), net)
    assert first


def test_looking_again_where_nothing_has_changed_makes_nothing_anew(own, monkeypatch):
    _net, explored = own
    monkeypatch.setattr(explored._panels, "update", lambda: pytest.fail("made anew"))
    for sample in (1, 2, None):
        explored.selected_sample = sample
        assert explored.wait(LONG)
    assert explored.error is None

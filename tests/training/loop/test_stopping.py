import keras
import pytest

from nbviz.training.loop.stopping import StopRule


def test_without_a_rule_nothing_ends():
    rule = StopRule(None, validated=False)
    assert rule.callbacks == []
    assert not rule.is_met({"loss": 0.0})


def test_a_dict_is_early_stopping_of_keras():
    (callback,) = StopRule({"monitor": "loss", "patience": 10}, validated=False).callbacks
    assert isinstance(callback, keras.callbacks.EarlyStopping)
    assert (callback.monitor, callback.patience) == ("loss", 10)


def test_a_function_decides_by_the_measures_of_an_epoch_which_it_cannot_change():
    def enough(measures):
        return measures.pop("accuracy") > 0.9

    rule = StopRule(enough, validated=False)
    measures = {"accuracy": 0.95}
    assert rule.callbacks == []
    assert [rule.is_met(measures), rule.is_met({"accuracy": 0.9})] == [True, False]
    assert measures == {"accuracy": 0.95}


@pytest.mark.parametrize(("patience", "words"), [(1, "1 epoch"), (2, "2 epochs")])
def test_what_has_ended_the_run_is_told(patience, words):
    rule = StopRule({"monitor": "loss", "patience": patience}, validated=False)
    assert rule.words() == "a callback has ended the run"  # another one
    rule.callbacks[0].stopped_epoch = 5
    assert rule.words() == f"loss has not improved for {words}"


def test_a_measure_of_validation_data_wants_validation_data():
    rule = {"monitor": "val_loss", "patience": 2}
    assert StopRule(rule, validated=True).callbacks
    with pytest.raises(ValueError, match=r"Expected validation_data for a stop rule on 'val_loss'\. Received none"):
        StopRule(rule, validated=False)
    with pytest.raises(ValueError, match="'val_loss'"):
        StopRule({}, validated=False)  # what Keras watches unless told otherwise


def test_what_is_no_rule_is_refused_with_what_is_one():
    with pytest.raises(TypeError, match=r"Expected stop as a dict .* or a function .* Received int"):
        StopRule(3, validated=True)

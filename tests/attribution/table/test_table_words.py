import pytest

from nbviz.attribution.table.table_words import caption_text, floor_words, label_text, notes
from tests.attribution.table.by_hand import importance


@pytest.mark.parametrize(
    ("attrs", "said"),
    [
        ({"method": "gradient", "output": "probability", "rows": 1}, "gradient on the probability, 1 row; "),
        ({"head": "sigmoid"}, "expected gradients on the logit, 45 rows; "),
        ({"head": "linear", "rows": 1000}, "expected gradients on the output, 1\u2009000 rows; "),
        ({"method": "connection_weights", "rows": None}, "connection weights; "),
        ({"method": "permutation"}, "permutation on the log-loss, 45 rows; "),
        ({"layer": "dense_1"}, "expected gradients on the centred logit at layer dense_1, 45 rows; "),
    ],
)
def test_the_line_above_follows_the_attrs(attrs, said):
    assert caption_text(importance(attrs=attrs).attrs).startswith(said)


def test_correlated_pairs_share_credit_and_three_are_named():
    pairs = [(f"a{at}", f"b{at}", -0.856) for at in range(7)]
    said = notes(importance(attrs={"correlated": pairs}))
    assert said == [f"a{at} and b{at} overlap (r −0.86): they share credit" for at in range(3)] + ["and 4 more pairs"]
    assert notes(importance(attrs={"correlated": pairs[:4]}))[-1] == "and 1 more pair"


def test_two_softmax_classes_are_said_to_be_equal():
    said = "Two classes: their centred logits are each other's negative, so both columns are equal."
    assert notes(importance(attrs={"head": "softmax"})) == [said]
    assert notes(importance(attrs={"head": "sigmoid"})) == []
    assert notes(importance(attrs={"head": "softmax", "output": "raw_logit"})) == []


def test_labels_are_words_and_positions_are_in_brackets():
    assert [label_text(name) for name in ("hue", 3, ("wine", "hue"), (1, 2), ("p", 4))] == [
        "hue", "3", "wine · hue", "(1, 2)", "p · 4",
    ]  # fmt: skip


def test_a_floor_is_said_as_a_share_of_each_class():
    # 1 of 10 and 0.5 of 5, then 1 of 10 and 2 of 5
    assert floor_words(importance().with_noise_floor([1.0, 0.5])) == "below noise floor 0.10"
    assert floor_words(importance().with_noise_floor([1.0, 2.0]), 1) == "below noise floor: Barolo 0.1, Barbera 0.4"

import numpy as np
import pytest

from nbviz.widgets.sample_charts.asked_model import AskedModel


def test_a_model_is_asked_in_float32_and_answers_a_row_a_row():
    asked = []

    def predict(rows):
        asked.append(rows)
        return rows[:, 0]

    answers = AskedModel(predict).ask(np.array([[1.0, 5], [2, 6], [3, 7]]))
    assert asked[0].dtype == np.float32
    assert answers.tolist() == [[1], [2], [3]]


def test_as_many_answers_as_names_are_expected():
    model = AskedModel(lambda rows: np.zeros((len(rows), 3)), ["no", "yes"])
    with pytest.raises(ValueError, match=r"Expected 2 answers a row\. Received 3"):
        model.ask(np.zeros((4, 2)))


@pytest.mark.parametrize(
    ("names", "output", "answer", "words"),
    [
        (["no", "yes"], "probability", [0.17, 0.83], "yes with p 0.83"),
        (["no", "yes"], "probability", [0.999, 0.001], "no with p > 0.99"),
        (["a", "b"], "value", [13.21, 7], "a with value 13.2"),
        (None, "value", [250], "value 250"),
    ],
)
def test_an_answer_is_told_in_words(names, output, answer, words):
    assert AskedModel(lambda rows: rows, names, output).words(np.array(answer, dtype=float)) == words

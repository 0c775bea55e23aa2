import re

import numpy as np
import pytest

from nbviz.explorer.csv.csv_table import read_csv


@pytest.fixture
def csv(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "data.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_columns_keep_their_order_and_answers_their_form(csv):
    table = read_csv(csv("hue,kind,proline,organic\n1.5,red,700,True\n2,white,900,False\n"), "kind")
    assert list(table.x.columns) == ["hue", "proline", "organic"]
    assert table.x.to_numpy().tolist() == [[1.5, 700.0, 1.0], [2.0, 900.0, 0.0]]
    assert table.y.tolist() == ["red", "white"]


def test_a_draw_is_sorted_without_repeats_and_the_same_for_the_same_seed(csv):
    table = read_csv(csv("a,y\n" + "1,0\n" * 50), "y")
    drawn = table.draw(20, seed=4)
    assert len(set(drawn.tolist())) == 20
    assert (np.diff(drawn) > 0).all()
    assert drawn.tolist() == table.draw(20, seed=4).tolist() != table.draw(20, seed=5).tolist()
    assert table.draw(None, seed=0).tolist() == table.draw(50, seed=0).tolist() == list(range(50))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,y\n1,2,0\n1,,1\n,,1\n", "Received 3 missing: a (1), b (2), the first in line 3; fill them"),
        ("a,y\n1,\n2,1\n", "Received 1 missing: y (1), the first in line 2"),
        ("a,b,y\n1,x,0\n2,y,1\n", "numbers in every column but 'y'. Received text in b; encode"),
        ("a,y\n1,0\ninf,1\n", "Received infinite ones in a"),
        ("a,b\n1,2\n", "Expected the target among the columns a, b. Received 'y'."),
        ("a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n", "a, b, c, d, e and 2 more. Received 'y'."),
        ("y\n1\n", "Expected columns beside 'y'"),
        ("a,y\n", "Expected rows below the header"),
        ("", "Expected a CSV file with a header line"),
        ("a,y\n1,2\n1,2,3,4\n", "Expected a CSV file with a header line. Received"),
    ],
)
def test_a_table_that_no_model_takes_is_refused_in_words(csv, text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        read_csv(csv(text), "y")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xff\xfe\x00\x01\x89PNG\r\n")
    with pytest.raises(ValueError, match="Expected a CSV file with a header line"):
        read_csv(path, "y")

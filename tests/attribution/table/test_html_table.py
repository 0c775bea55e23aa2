"""The matrix read back as a tree, so that broken markup fails too."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from nbviz.attribution.table.html_table import html
from tests.attribution.table.by_hand import CLASSES, importance, pointing

BY_MEAN = ["alcohol", "hue", "ash"]  # mean shares 0.45, 0.40 and 0.15
HOSTILE = "<script>alert('1')</script>\"&\x00"


def tree(held):
    return ET.fromstring(html(held))


def of_class(root, name):
    return [node for node in root.iter() if name in node.get("class", "").split()]


def cells(root):
    """By feature, as in the picture: the class attribute's words and the text of each cell."""
    return {
        of_class(row, "nbviz-feature")[0][0].text: [
            (set(cell.get("class").split()), cell.text) for cell in of_class(row, "nbviz-cell")
        ]
        for row in root.iter("tr")
        if of_class(row, "nbviz-cell")
    }


def text(root):
    return " ".join("".join(node.itertext()) for node in of_class(root, "nbviz-note"))


def style_of(cell):
    return {
        name: float(value.rstrip("%")) for name, value in re.findall(r"--nbviz-(\w+):([\d.]+%?)", cell.get("style"))
    }


def test_cells_show_shares_of_their_class_and_rows_go_by_the_mean():
    shown = cells(tree(importance()))
    assert list(shown) == BY_MEAN
    assert [[number for _, number in row] for row in shown.values()] == [
        ["0.10", "0.80"],
        ["0.60", "0.20"],
        ["0.30", "0.00"],
    ]


def test_bars_are_as_long_as_the_mean_share():
    bars = [node[0].get("style") for node in of_class(tree(importance()), "nbviz-mean") if len(node)]
    # 40 px, 40 * 0.40 / 0.45 and 40 * 0.15 / 0.45
    assert bars == ["width:40.0px", "width:35.6px", "width:13.3px"]


def test_the_line_above_names_method_output_and_rows():
    said = "expected gradients on the centred logit, 45 rows; shares: each column sums to 1"
    assert of_class(tree(importance()), "nbviz-note")[0].text == said


def test_hue_and_triangle_follow_the_direction():
    shown = cells(tree(pointing([[1.0], [0.6], [0.4], [0.2], [0.0], [-0.2], [-0.4], [-0.6], [-1.0]])))
    hues = [next(iter(names & {"nbviz-up", "nbviz-down", "nbviz-mixed"})) for [(names, _)] in shown.values()]
    assert hues == ["nbviz-up"] * 2 + ["nbviz-mixed"] * 5 + ["nbviz-down"] * 2
    root = tree(pointing([[1.0], [0.6], [0.4], [0.2], [0.0], [-0.2], [-0.4], [-0.6], [-1.0]]))
    triangles = [cell[0].get("aria-label") for cell in of_class(root, "nbviz-cell")]
    assert triangles == ["raises"] * 4 + [None] + ["lowers"] * 4


def test_without_a_direction_cells_are_grey_and_have_no_triangle():
    root = tree(importance())
    assert all("nbviz-mixed" in names for row in cells(root).values() for names, _ in row)
    assert of_class(root, "nbviz-triangle") == []
    assert "raise" not in text(root)


def test_depth_grows_with_the_share_up_to_the_largest_cell():
    root = tree(importance())
    depths = [style_of(cell)["depth"] for cell in of_class(root, "nbviz-cell")]
    # 12 % and 88 % of share / 0.8: 0.10, 0.80, 0.60, 0.20, 0.30, 0.
    assert depths == [23, 100, 78, 34, 45, 12]


def test_whiskers_are_shares_on_one_scale_up_to_the_furthest_end():
    error = np.zeros((3, 2))
    error[0, 0] = 2.0  # 0.6 with 1.96 * 0.2 on either side: 0.208 to 0.992, which ends the scale
    error[2, 0] = 1.0  # 0.1 with 1.96 * 0.1: cut off at 0, to 0.296
    root = tree(importance(standard_error=error))
    found = [style_of(cell) for cell in of_class(root, "nbviz-cell")]
    assert [found[2][key] for key in ("low", "at", "high")] == pytest.approx([0.208 / 0.992, 0.6 / 0.992, 1], abs=1e-3)
    assert [found[0][key] for key in ("low", "at", "high")] == pytest.approx([0, 0.1 / 0.992, 0.296 / 0.992], abs=1e-3)
    assert "share with its 95 % interval" in text(root)


def test_without_standard_errors_there_are_no_whiskers():
    root = tree(importance())
    assert of_class(root, "nbviz-whisker") == []
    assert "interval" not in text(root)


def test_at_or_below_the_noise_floor_the_number_stays_and_the_hue_goes():
    held = pointing([[1.0, -1.0], [1.0, 1.0]], [[3.0, 1.0], [1.0, 1.0]]).with_noise_floor([1.0, 0.5])
    root = tree(held)
    shown = cells(root)
    assert shown["f1"][0] == ({"nbviz-cell", "nbviz-quiet"}, "0.25")
    assert "nbviz-up" in shown["f0"][0][0]
    assert "nbviz-down" in shown["f0"][1][0]
    assert [cell[0].get("aria-label") for cell in of_class(root, "nbviz-quiet") if len(cell)] == [None]
    # 1 of 4 and 0.5 of 2
    assert "below noise floor 0.25" in text(root)


def test_shares_above_the_floor_say_so_and_what_is_not_above_it_comes_last_by_its_strength():
    error = np.full((4, 1), 0.5)
    held = importance([[3.0], [0.5], [6.0], [1.0]], list("abcd"), ["c"], standard_error=error).with_noise_floor([1.0])
    root = ET.fromstring(held._repr_html_())
    shown = cells(root)
    # 2 and 5 of 7 are above it; d has the floor itself, b less.
    assert [(name, row[0][1]) for name, row in shown.items()] == [
        ("c", "0.71"), ("a", "0.29"), ("d", "0.00"), ("b", "0.00")
    ]  # fmt: skip
    assert "nbviz-quiet" in shown["d"][0][0]
    assert "nbviz-whisker" not in shown["d"][0][0]
    assert style_of(of_class(root, "nbviz-cell")[0])["at"] == pytest.approx(5 / (5 + 1.96 * 0.5), abs=1e-3)
    title = of_class(root, "nbviz-cell")[0].get("title")
    assert title == "c → c: share above the floor 0.714, strength 6 ± 0.5 logits"
    assert "shares of what exceeds the noise floor: each column sums to 1" in text(root)
    assert "below noise floor 0.10 of all strength" in text(root)  # 1 of 10.5
    assert ET.tostring(ET.fromstring(held.to_html(above_floor=False))) == ET.tostring(tree(held))


def test_noise_floors_that_differ_are_named_by_class():
    assert "below noise floor: Barolo 0.10, Barbera 0.40" in text(tree(importance().with_noise_floor([1.0, 2.0])))


def test_nothing_is_quiet_without_a_noise_floor():
    assert of_class(tree(importance()), "nbviz-quiet") == []


def test_a_cell_has_its_exact_numbers_in_its_title():
    held = pointing([[0.8]], [[1.234]])
    assert of_class(tree(held), "nbviz-cell")[0].get("title") == (
        "f0 → c0: share 1.000, strength 1.234 logits, direction +0.80"
    )
    whole = importance([[-1.234], [0.5]], ["a", "b"], ["c"], standard_error=[[0.05], [0.01]], attrs={"head": "linear"})
    # 1.234 of 1.734
    assert of_class(tree(whole), "nbviz-cell")[0].get("title") == "a → c: share 0.712, strength −1.234 ± 0.05"


def test_what_users_name_is_never_markup():
    held = importance(
        features=[HOSTILE, "ash", "alcohol"],
        classes=[HOSTILE, "Barbera"],
        attrs={key: HOSTILE for key in ("method", "output", "layer", "rows", "head")}
        | {"correlated": [(HOSTILE, HOSTILE, 0.9)]},
    ).with_noise_floor([1.0, 2.0])
    assert "<script" not in html(held)
    root = tree(held)
    assert list(root.iter("script")) == []
    clean = HOSTILE.replace("\x00", "\ufffd")
    assert text(root).count(clean) == 6  # method, layer, output, floor and both of the pair
    assert of_class(root, "nbviz-class")[0][0].get("title") == clean
    assert of_class(root, "nbviz-cell")[2].get("title").startswith(f"{clean} → {clean}: share")


def test_the_table_is_one_for_screen_readers_too():
    root = tree(importance())
    assert [head.get("scope") for head in root.iter("th")] == ["col"] * 4 + ["row"] * 3
    assert root.find("table/caption").text == "Share of each feature in each class"
    assert ["".join(head.itertext()) for head in root.find("table/thead/tr")] == ["feature", *CLASSES, "mean"]


def test_long_names_are_whole_in_their_titles():
    name = "od280/od315_of_diluted_wines"
    root = tree(importance(features=[name, "ash", "alcohol"], classes=[name, "Barbera"]))
    assert [node.get("title") for node in root.iter("bdi")].count(name) == 2


def test_several_heads_have_a_row_of_their_own():
    classes = pd.MultiIndex.from_tuples([("kind", "red"), ("kind", "white"), ("price", "high")])
    features = pd.MultiIndex.from_tuples([("wine", "hue"), ("shop", "price")])
    root = tree(importance(np.ones((2, 3)), features, classes))
    groups = [(node.get("colspan"), "".join(node.itertext())) for node in of_class(root, "nbviz-group")]
    assert groups == [("2", "kind"), ("1", "price")]
    assert ["".join(node.itertext()) for node in of_class(root, "nbviz-class")] == ["red", "white", "high"]
    assert list(cells(root)) == ["wine · hue", "shop · price"]
    assert of_class(root, "nbviz-cell")[0].get("title").startswith("wine · hue → kind · red: ")


def test_positions_of_pictures_are_in_brackets():
    positions = pd.MultiIndex.from_product([range(2), range(3)])
    root = tree(importance(np.arange(12.0).reshape(2, 3, 2), positions))
    assert list(cells(root))[:2] == ["(1, 2)", "(1, 1)"]


def test_thirty_features_and_twelve_classes_are_shown_and_the_rest_counted():
    strength = np.tile(np.arange(50.0)[:, None], 13)
    root = tree(importance(strength, [f"f{at}" for at in range(50)], [f"c{at}" for at in range(13)]))
    shown = cells(root)
    assert list(shown) == [f"f{at}" for at in range(49, 19, -1)]
    assert {len(row) for row in shown.values()} == {12}
    assert "20 more features: .to_frame()" in text(root)
    assert "1 more class: .to_frame()" in text(root)


def test_thirty_features_fit():
    assert "more" not in text(tree(importance(np.ones((30, 12)), list(range(30)), list(range(12)))))


@pytest.mark.parametrize("floor", [None, 0.0, 1.0])
def test_numbers_that_are_missing_or_zero_are_shown_as_such(floor):
    def numbers(strength, error=None):
        held = importance(strength, list(range(len(strength))), ["c"], standard_error=error)
        root = tree(held if floor is None else held.with_noise_floor([floor]))
        assert not any("nan" in cell.get("style") for cell in of_class(root, "nbviz-cell"))
        return [row[0][1] for row in cells(root).values()]

    assert numbers([[0.0], [0.0]]) == ["0.00", "0.00"]
    assert numbers([[0.0], [0.0]], [[0.0], [0.0]]) == ["0.00", "0.00"]
    assert numbers([[np.nan], [np.nan]]) == ["n/a", "n/a"]
    assert numbers([[np.nan], [2.0]], [[np.nan], [np.nan]]) == ["1.00", "n/a"]
    assert numbers([[np.nan], [2.0]], [[0.1], [0.1]]) == ["1.00", "n/a"]
    assert numbers([[np.inf], [2.0]]) == ["1.00", "n/a"]
    assert numbers([[5.0]]) == ["1.00"]


def test_the_page_loads_and_runs_nothing():
    shown = html(importance(attrs={"correlated": [("a", "b", 0.9)]}))
    assert not re.search(r"<(script|link|img|iframe)|url\(|@import|https?:|\son\w+=", shown)

import math
import xml.etree.ElementTree as ET

import pytest

from nbviz.style.markup import element, number, words


def test_an_element_is_read_back_with_its_attributes_and_without_those_that_are_none():
    made = element("rect", x=1.5, stroke_width=2.0, class_='a "b" <c>', fill=None)
    assert ET.fromstring(made).attrib == {"x": "1.5", "stroke-width": "2", "class": 'a "b" <c>'}


def test_content_is_markup_and_words_are_text():
    read = ET.fromstring(element("g", element("title", words("<b>&amp;</b>"))))
    assert [child.tag for child in read.iter()] == ["g", "title"]
    assert "".join(read.itertext()) == "<b>&amp;</b>"


def test_text_from_right_to_left_is_isolated_and_no_other():
    assert words("\u05d0\u05d1") == "\u2068\u05d0\u05d1\u2069"
    assert words("café · x²") == "café · x²"


@pytest.mark.parametrize(
    ("value", "said"),
    [(2.0, "2"), (2.5, "2.5"), (1 / 3, "0.33"), (-0.5, "-0.5"), (100.0, "100"), (math.nan, "0"), (math.inf, "0")],
)
def test_a_coordinate_has_two_decimals_at_most(value, said):
    assert number(value) == said

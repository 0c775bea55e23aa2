from nbviz.style.text import clean, elide, html_text, text_width


def test_an_elided_text_fits_its_room():
    for bold in (False, True):
        cut = elide("n" * 300, 80, 12, bold)
        assert cut.endswith("…")
        assert text_width(cut, 12, bold) <= 80


def test_text_that_fits_is_whole():
    assert elide("proline", text_width("proline", 12), 12) == "proline"


def test_marks_of_direction_and_accents_take_no_room():
    assert text_width("\u2068e\u0301\u2069", 12) == text_width("e", 12)


def test_text_is_never_markup_in_html():
    assert html_text("<b> & 'a' \"b\"\x00") == "&lt;b&gt; &amp; &#x27;a&#x27; &quot;b&quot;\ufffd"


def test_what_xml_may_not_hold_is_replaced_and_tabs_stay():
    assert clean("a\x00b\tc\ud800") == "a\ufffdb\tc\ufffd"

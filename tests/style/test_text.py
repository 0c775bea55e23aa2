import random

from nbviz.style import text as module
from nbviz.style.text import clean, elide, html_text, text_width


def test_an_elided_text_fits_its_room():
    for bold in (False, True):
        cut = elide("n" * 300, 80, 12, bold)
        assert cut.endswith("…")
        assert text_width(cut, 12, bold) <= 80


def test_the_longest_beginning_that_fits_is_kept():
    draw = random.Random(0)
    for _ in range(200):
        text = "".join(draw.choices("ab .iWMÄ層e\u0301\u2068", k=draw.randrange(1, 30))).strip()
        room, bold = draw.uniform(0, 150), draw.random() < 0.5
        whole = " ".join(text.split())
        kept = whole
        while len(kept) > 1 and text_width(kept + "…", 12, bold) > room:
            kept = kept[:-1]
        fits = text_width(whole, 12, bold) <= room
        assert elide(text, room, 12, bold) == (whole if fits else kept.rstrip() + "…")


def test_no_more_of_a_long_text_is_measured_than_fits(monkeypatch):
    measured = []
    width = module._em
    monkeypatch.setattr(module, "_em", lambda character: measured.append(character) or width(character))
    assert elide("n" * 100_000, 80, 12) == "nnnnnnnn…"  # 8 x 0.64 em and 1 em for the ellipsis, of 6.7
    assert len(measured) < 50


def test_text_that_fits_is_whole():
    assert elide("proline", text_width("proline", 12), 12) == "proline"


def test_marks_of_direction_and_accents_take_no_room():
    assert text_width("\u2068e\u0301\u2069", 12) == text_width("e", 12)


def test_text_is_never_markup_in_html():
    assert html_text("<b> & 'a' \"b\"\x00") == "&lt;b&gt; &amp; &#x27;a&#x27; &quot;b&quot;\ufffd"


def test_what_xml_may_not_hold_is_replaced_and_tabs_stay():
    assert clean("a\x00b\tc\ud800") == "a\ufffdb\tc\ufffd"

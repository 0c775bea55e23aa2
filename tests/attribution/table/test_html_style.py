import re

from nbviz.attribution.table.html_style import STYLE


def test_colours_follow_the_ground_from_light_to_dark():
    # Raising is #0877bd in light and #3b9fe6 in dark: 8 to 59, 119 to 159, 189 to 230.
    by_hand = "calc(8 + 51*var(--nbviz-night)) calc(119 + 40*var(--nbviz-night)) calc(189 + 41*var(--nbviz-night))"
    assert f"--nbviz-up:rgb(from var(--nbviz-ground) {by_hand})" in STYLE


def test_every_rule_of_the_style_stays_inside_the_matrix():
    rules = re.sub(r"@(media|supports) \(.*?\) \{", "", STYLE)
    selectors = [
        part.strip(" \n}") for rule in re.findall(r"([^{]+)\{", rules) for part in rule.rsplit("}", 1)[-1].split(",")
    ]
    assert len(selectors) > 30
    assert [selector for selector in selectors if not selector.startswith(".nbviz-importance")] == []

import re

from nbviz.style import theme
from nbviz.style.theme import CLASS_COLOURS, themed


def test_a_colour_of_the_theme_is_the_light_one_where_a_page_has_none():
    assert themed("ink-1", "#1f2328") == "var(--nbviz-ink-1, #1f2328)"
    assert CLASS_COLOURS[0].startswith("var(--nbviz-class-0, #")
    assert len(set(CLASS_COLOURS)) == 8


def test_charts_have_the_light_colours_that_the_views_have(project):
    source = (project / "nbviz/frontend/src/style/theme.ts").read_text("utf-8")
    of_views = dict(re.findall(r'^  (\w+): "(#\w{6}) #\w{6}"', source, re.MULTILINE))
    same = 0
    for value in vars(theme).values():
        found = re.fullmatch(r"var\(--nbviz-([\w-]+), #(\w+)\)", value) if isinstance(value, str) else None
        if found is None:
            continue
        name, light = found.groups()
        name = re.sub(r"-(\w)", lambda part: part[1].upper(), name)
        if name in of_views:
            same += 1
            assert of_views[name] == f"#{light * 2 if len(light) == 3 else light}", name
    assert same >= 10

from nbviz.style.theme import CLASS_COLOURS, RIGHT, WRONG, themed


def test_a_colour_of_the_theme_is_the_light_one_where_a_page_has_none():
    assert themed("ink1") == "var(--nbviz-ink-1, #1f2328)"
    assert CLASS_COLOURS[0].startswith("var(--nbviz-class-0, #")
    assert len(set(CLASS_COLOURS)) == 8


def test_shades_of_a_confusion_matrix_go_from_the_faintest_to_the_deepest():
    assert [shade.split(",")[0] for shade in RIGHT] == [f"var(--nbviz-right-{level}" for level in range(6)]
    assert [shade.split(",")[0] for shade in WRONG] == [f"var(--nbviz-wrong-{level}" for level in range(6)]

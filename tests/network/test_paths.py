"""What lies in dicts and lists within one another, by path."""

from nbviz.network.paths import by_path, exchanged

GIVEN = {"one": {"kind": 1, "age": 2}, "two": [3, {"x": 4}], "a/b": 5}


def test_entries_are_found_by_the_keys_on_the_way():
    assert by_path(GIVEN, ["one/kind", "one/age", "two/0", "two/1/x", "a/b"]) == {
        "one/kind": 1, "one/age": 2, "two/0": 3, "two/1/x": 4, "a/b": 5,
    }  # fmt: skip


def test_what_nobody_asks_for_stays_as_it_is():
    assert by_path(GIVEN, ["one"]) == GIVEN
    assert by_path(GIVEN, ["one/kind"]) == {"one/kind": 1, "one/age": 2, "two": [3, {"x": 4}], "a/b": 5}
    assert by_path({}, ["a"]) == {}


def test_other_values_stand_at_the_same_paths():
    changed = exchanged(GIVEN, {"one/kind": 9, "two/1/x": 8, "a/b": 7, "none": 6})
    assert changed == {"one": {"kind": 9, "age": 2}, "two": [3, {"x": 8}], "a/b": 7}
    assert GIVEN["one"]["kind"] == 1

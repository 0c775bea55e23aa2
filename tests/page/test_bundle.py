import pytest

from nbviz.page import bundle

VIEWS = [path.stem for path in bundle.STATIC.glob("*.js") if not path.stem.startswith(("shared-", "loader"))]


def test_there_are_views():
    assert {"network_diagram", "importance_matrix", "trainer"} <= set(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
def test_what_a_file_imports_is_there_and_named_in_it(view):
    waiting, seen = [f"{view}.js"], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        file = bundle.built_file(name)
        for other in file.imports:
            assert f'"./{other}"' in file.source
        waiting += file.imports


def test_without_a_build_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(bundle, "STATIC", tmp_path)
    for read in (bundle.loader, lambda: bundle.built_file("trainer.js")):
        with pytest.raises(FileNotFoundError, match="Install nbviz with pip, or run `npm ci && npm run build`"):
            read()

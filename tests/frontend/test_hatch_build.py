import importlib.util
import os

import pytest

OLD, NEW = (1_000, 1_000), (2_000, 2_000)  # seconds


@pytest.fixture
def bundle_is_fresh(project):
    spec = importlib.util.spec_from_file_location("hatch_build", project / "nbviz" / "frontend" / "hatch_build.py")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    return hook.bundle_is_fresh


@pytest.fixture
def checkout(tmp_path):
    """A built one: sources are older than what was bundled from them."""
    times = {
        "nbviz/frontend/package.json": OLD,
        "nbviz/frontend/src/wire.ts": OLD,
        "nbviz/style/tokens.json": OLD,
        "nbviz/static/view.js": NEW,
        "nbviz/static/page/runtime.js": NEW,
    }
    for name, time in times.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, time)
    return tmp_path


def test_what_is_newer_than_its_sources_is_fresh(bundle_is_fresh, checkout):
    assert bundle_is_fresh(checkout)


@pytest.mark.parametrize("source", ["nbviz/frontend/src/wire.ts", "nbviz/style/tokens.json"])
def test_a_newer_source_makes_it_stale(bundle_is_fresh, checkout, source):
    os.utime(checkout / source, (3_000, 3_000))
    assert not bundle_is_fresh(checkout)


def test_without_a_bundle_nothing_is_fresh(bundle_is_fresh, checkout):
    (checkout / "nbviz/static/view.js").unlink()
    assert not bundle_is_fresh(checkout)

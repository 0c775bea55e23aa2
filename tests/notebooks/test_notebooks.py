import nbformat
import pytest

from .running import NOTEBOOKS, run

# Run by the tests of what they say.
TESTED_BY_THEIR_CLAIMS = {"02_explore_a_model", "04_watch_it_learn"}
OTHERS = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if path.stem not in TESTED_BY_THEIR_CLAIMS]


@pytest.mark.slow
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_notebook_runs_from_top_to_bottom(path):
    run(nbformat.read(path, as_version=4))

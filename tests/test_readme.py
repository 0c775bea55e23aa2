import re

import pytest


@pytest.mark.slow
def test_the_code_of_the_readme_runs(project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it saves a page
    blocks = re.findall(r"^```python\n(.*?)^```", (project / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    diagram = names["diagram"]
    assert diagram.selected_sample == 32
    assert diagram.frame

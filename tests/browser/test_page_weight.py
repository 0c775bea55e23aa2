"""The benchmark of pages runs to its end; what it measures is for the one who reads it."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_benchmark_of_pages_prints_every_line_of_its_table(project):
    said = subprocess.run(
        [sys.executable, "tests/benchmarks/page_weight.py", "--rounds", "1"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in said.stdout.splitlines() if "<=" in line]
    assert len(lines) == 8

import subprocess
import sys


def test_wire_ts_is_what_the_generator_prints(project):
    frontend = project / "nbviz" / "frontend"
    command = [sys.executable, "-P", frontend / "wire_types.py"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    written = (frontend / "src" / "wire.ts").read_text()
    assert written == printed, "run: python nbviz/frontend/wire_types.py > nbviz/frontend/src/wire.ts"

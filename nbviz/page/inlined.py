"""The code that a page carries: the widget manager, and the AMD bundles of the widgets in it."""

from __future__ import annotations

import importlib.metadata
import json
import re
import site
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbviz.page.bundle import STATIC

# In the runtime itself.
BUILT_IN = frozenset({"@jupyter-widgets/base", "@jupyter-widgets/controls", "@jupyter-widgets/output"})
# Standard widgets that draw icons whatever their state.
WITH_ICONS = frozenset(
    {
        "FileUploadModel",
        "PlayModel",
        "TagsInputModel",
        "ColorsInputModel",
        "FloatsInputModel",
        "IntsInputModel",
        "ValidModel",
        "ToolbarModel",
    }
)


@dataclass(frozen=True)
class Inlined:
    """Code, styles and licences.

    Attributes:
        start: The script that unpacks and runs the others.
        scripts: In the order in which they run.
        styles: CSS.
        licences: Of all that is inlined.
    """

    start: str
    scripts: list[str]
    styles: str
    licences: str


def inlined(models: Iterable[Mapping[str, Any]]) -> Inlined:
    """Collect what these models need.

    Args:
        models: Saved models, with model_module and model_name.

    Raises:
        FileNotFoundError: The front end has not been built, or a widget's package has no bundle.
    """
    models = list(models)
    # A view may come from another module than its model.
    modules = {str(model["model_module"]) for model in models}
    modules |= {str(model["state"].get("_view_module") or "") for model in models}
    packages = sorted(modules - BUILT_IN - {""})
    icons = _need_icons(models)
    # The last draws, with all that the others define.
    scripts = [_page_file("require.js"), *map(_named_module, packages), _page_file("runtime.js")]
    styles = [_page_file("runtime.css"), *([_page_file("icons.css")] if icons else [])]
    licences = [_page_file("runtime.licences.txt"), *([_page_file("icons.licences.txt")] if icons else [])]
    licences += _package_licences(["nbviz", *packages])
    code = [_without_source_map(script) for script in scripts]
    return Inlined(_page_file("start.js"), code, "\n".join(styles), "\n\n".join(licences))


def _page_file(name: str) -> str:
    try:
        return (STATIC / "page" / name).read_text("utf-8")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"Expected the built front end at {STATIC / 'page'}. Install nbviz with pip, or run "
            "`npm ci && npm run build` in nbviz/frontend."
        ) from error


def _named_module(package: str) -> str:
    """The AMD bundle of a package, with its name: RequireJS takes no inlined module without one."""
    code = _bundle_path(package).read_text("utf-8")
    define = f"(...given) => window.define({json.dumps(package)}, ...given.slice(typeof given[0] === 'string' ? 1 : 0))"
    return f"((define) => {{\n{_without_source_map(code)}\n}})(Object.assign({define}, {{ amd: {{}} }}));"


def _bundle_path(package: str) -> Path:
    roots = dict.fromkeys([sysconfig.get_path("data"), sys.prefix, site.getuserbase()])
    tried = [Path(root) / "share" / "jupyter" / "nbextensions" / package / "index.js" for root in roots]
    for path in tried:
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"Expected the browser code of the widgets of {package!r} at {tried[0]}. Found none; install the package that "
        "these widgets come from into this Python, or leave them out of what is saved."
    )


def _without_source_map(code: str) -> str:
    """The code without the address of a file that the page has not. Those inside strings stay."""
    return re.sub(r"\n//# sourceMappingURL=\S+\s*\Z", "\n", code)


def _need_icons(models: Iterable[Mapping[str, Any]]) -> bool:
    return any(
        model["model_name"] in WITH_ICONS
        or bool(model["state"].get("icon"))
        or bool(model["state"].get("icons"))
        or (model["model_name"] == "FigureModel" and bool(model["state"].get("display_toolbar")))
        for model in models
    )


def _package_licences(packages: Iterable[str]) -> list[str]:
    """The licence files that the packages were installed with, each text once."""
    held: dict[str, list[str]] = {}
    for package in packages:
        try:
            distribution = importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        files = [file for file in distribution.files or [] if re.match(r"(?i)licen[cs]e|copying", file.name)]
        texts = [
            Path(str(file.locate())).read_text("utf-8", "replace").strip() for file in files if "dist-info" in str(file)
        ]
        label = f"{distribution.name} {distribution.version}"
        held.setdefault("\n\n".join(texts) or "see its home page", []).append(label)
    line = "-" * 80
    return [f"{line}\n{', '.join(labels)}\n\n{text}" for text, labels in held.items()]

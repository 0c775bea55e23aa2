"""Which file of a package imports which, and what of that, and of the order of its folders, breaks a rule."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NO_CODE = ("frontend", "static", "__pycache__")


@dataclass(frozen=True)
class Import:
    """One file imports another of the same package.

    Modules are named from the package on: `picture.svg.draw`, a folder's `__init__` as the folder. The package is `""`.
    """

    source: str
    target: str
    place: str  # file:line

    def __str__(self) -> str:
        """As a message says it."""
        return f"{self.place} imports {self.target or 'the package itself'}"


def modules(package: Path) -> dict[str, Path]:
    """Module -> its file."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        if parts[0] not in NO_CODE:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(package: Path) -> list[Import]:
    """All imports between files of a package: those inside functions, and those for types alone, as well."""
    known = modules(package)
    found = []
    for source, path in known.items():
        folder = [package.name, *path.relative_to(package).parent.parts]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                place = f"{_shown(path, package)}:{node.lineno}"
                targets = dict.fromkeys(_targets(node, folder, known))
                found += [Import(source, target, place) for target in targets if target != source]
    return found


def _targets(node: ast.Import | ast.ImportFrom, folder: list[str], known: Collection[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        wanted = [name.name.split(".") for name in node.names]
    else:
        start = folder[: len(folder) - node.level + 1] if node.level else []
        named = start + (node.module.split(".") if node.module else [])
        # What is imported may be a module, or a name in the one before.
        wanted = [[*named, name.name] for name in node.names]
    for first, *rest in wanted:
        if first == folder[0]:
            while ".".join(rest) not in known:
                rest.pop()
            yield ".".join(rest)


def wing_of(module: str) -> str:
    """The folder at the top that a module is in; a file at the top is one by itself, the package is `""`."""
    return module.partition(".")[0]


def arrows_up(found: Sequence[Import], wings: Mapping[str, Collection[str]]) -> list[str]:
    """Imports of a wing that it may not import.

    Args:
        found: All imports.
        wings: Wing -> those it may import. One that is not in the table may import nothing.
    """
    return [
        f"{each}: {wing_of(each.source)} may import {', '.join(wings.get(wing_of(each.source), ())) or 'no wing'}"
        for each in found
        if wing_of(each.target) not in (wing_of(each.source), *wings.get(wing_of(each.source), ()))
    ]


def reaching(found: Sequence[Import], wing: str, target: str, readers: Collection[str]) -> list[str]:
    """Imports of one wing by files of another that are not among the few that may.

    Args:
        found: All imports.
        wing: The wing that imports.
        target: The wing that is imported.
        readers: Modules of `wing` that may.
    """
    return [
        f"{each}: only {', '.join(readers)} may"
        for each in found
        if wing_of(each.source) == wing and wing_of(each.target) == target and each.source not in readers
    ]


def across(
    found: Sequence[Import], wing: str, folders: Collection[str], allowed: Collection[tuple[str, str]]
) -> list[str]:
    """Imports of a folder of a wing by another one, or by what all of the wing share.

    Args:
        found: All imports.
        wing: The wing.
        folders: Its folders that are no one's but their own.
        allowed: (source, target) that are no fault.
    """

    def owner(module: str) -> str:
        folder = module.removeprefix(f"{wing}.").partition(".")[0]
        return folder if wing_of(module) == wing and folder in folders else ""

    return [
        f"{each}: {owner(each.source) or 'what all share'} may not know {owner(each.target)}"
        for each in found
        if wing_of(each.source) == wing
        and owner(each.target) not in ("", owner(each.source))
        and (owner(each.source), owner(each.target)) not in allowed
    ]


def circles(found: Sequence[Import]) -> list[str]:
    """Circles of two or more files: through each import the shortest one, of the same files only once."""
    ways: dict[str, dict[str, Import]] = {}
    for each in found:
        ways.setdefault(each.source, {}).setdefault(each.target, each)
    told: dict[frozenset[str], str] = {}
    for each in found:
        back = _shortest_way(each.target, each.source, ways)
        if back:
            told.setdefault(frozenset(step.source for step in (each, *back)), "; ".join(map(str, (each, *back))))
    return list(told.values())


def _shortest_way(start: str, end: str, ways: Mapping[str, Mapping[str, Import]]) -> list[Import]:
    """The imports that lead from one file to another, none where there is no way."""
    came_by: dict[str, Import] = {}
    reached = [start]
    while reached and end not in came_by:
        steps = [step for module in reached for step in ways.get(module, {}).values() if step.target not in came_by]
        came_by.update((step.target, step) for step in reversed(steps))
        reached = list(dict.fromkeys(step.target for step in steps))
    if end not in came_by:
        return []
    way = [came_by[end]]
    while way[0].source != start:
        way.insert(0, came_by[way[0].source])
    return way


def entries(folder: Path, besides: Collection[str]) -> list[str]:
    """What is in a folder, but for a few names."""
    return sorted(entry.name for entry in folder.iterdir() if entry.name not in besides)


def crowded(package: Path, most: int) -> list[str]:
    """Folders with more than so many Python files."""
    count = Counter(path.parent for path in modules(package).values())
    return [f"{_shown(folder, package)} has {files} files" for folder, files in count.items() if files > most]


def shared_prefixes(package: Path, most: int) -> list[str]:
    """Beginnings of names, up to the first underscore, that more than so many files of one folder have."""
    bearers: dict[tuple[Path, str], list[str]] = {}
    for path in modules(package).values():
        prefix, underscore, _ = path.stem.partition("_")
        if prefix and underscore:
            bearers.setdefault((path.parent, prefix), []).append(path.name)
    many = ((folder, names) for (folder, _), names in bearers.items() if len(names) > most)
    return [f"{_shown(folder, package)} has {', '.join(names)}" for folder, names in many]


def _shown(path: Path, package: Path) -> str:
    return path.relative_to(package.parent).as_posix()

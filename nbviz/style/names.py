"""Names cut to a width so that two of them stay two: where cut ends would make them equal, the middle goes.

The browser's `style/names.ts`, rule by rule.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from nbviz.style.text import elide, text_width

BARELY = 3  # letters before the "…" by which labels are told apart in vain: nobody knows the word from its first ones
FEWEST = 4  # letters of a word's beginning that tell anything
LONG_WORD = 12  # letters
LONGEST = 200  # letters that no label has
NARROWEST = 0.4  # width of a letter, in font sizes
WORD = re.compile(r"(?<=[\s_\-./:])(?=[^\s_\-./:])|(?<=[a-z])(?=[A-Z])")  # where words begin
NUMBERS, NUMBER_LAST = re.compile("[0-9]+"), re.compile("[0-9]$")


def cut_names(names: Sequence[str], room: float, size: float, bold: bool = False) -> list[str]:
    """The names as they fit into `room` px, in their order.

    Args:
        names: Names of things shown together.
        room: Px of each.
        size: Of the type, px.
        bold: Whether it is bold.
    """

    def fits(label: str) -> bool:
        return text_width(label, size, bold) <= room

    def cut_middle(name: str, at: int) -> str:
        """The beginning, "…", and the word that `at` is in with all that follows, as far as there is room."""
        starts = [found.start() for found in WORD.finditer(name)]
        word = max([start for start in starts if start <= at], default=0)
        # A word that is itself too long is entered shortly before the letter that differs.
        start = at - 2 if at - word > LONG_WORD else word
        tail = f"…{name[start:]}" if start else name
        rest = elide(tail, room, size, bold)
        if rest != tail:
            return rest  # without any beginning
        most = int(room / size / NARROWEST)
        whole = [end for end in starts if end < start and end <= most]
        for end in [*reversed(whole), *range(min(start - 1, most), FEWEST - 1, -1)]:
            label = f"{name[:end].rstrip()}…{name[start:]}"
            if fits(label):
                return label
        return rest

    def both_ends(name: str) -> str:
        """As much of the beginning as of the end."""
        letters = name[:LONGEST]
        for kept in range(len(letters) - 1, 1, -1):
            label = f"{letters[: (kept + 1) // 2].rstrip()}…{letters[-(kept // 2) :].lstrip()}"
            if fits(label):
                return label
        return elide(name, room, size, bold)

    def part(group: list[int], known: int) -> None:
        """Leave out what comes before the word by which names differ."""
        shared = _shared(min(names[at] for at in group), max(names[at] for at in group))
        if shared <= known:
            return
        for at in group:
            labels[at] = cut_middle(names[at], shared)
        for still in _alike(labels, names, group):
            part(still, shared)

    ends = [elide(name, room, size, bold) for name in names]
    labels = list(ends)
    cut = [at for at, label in enumerate(labels) if label.endswith("…") and label != names[at]]
    numbered = _sharing_words(names, cut)
    for at in numbered:
        labels[at] = cut_middle(names[at], len(names[at]) - 1)
    others = [at for at in cut if at not in set(numbered)]
    for group in [*_alike(labels, names, numbered), *_hardly_apart(labels, names, others)]:
        part(group, 0)
    # Names of two groups, as "mean symmetry" and "worst symmetry", that differ where these were cut.
    for group in _alike(labels, names, cut):
        if len({ends[at] for at in group}) == len(group):
            for at in group:
                labels[at] = ends[at]
    for group in _alike(labels, names, cut):
        for at in group:
            labels[at] = both_ends(names[at])
    return labels


def _sharing_words(names: Sequence[str], places: Sequence[int]) -> list[int]:
    """Places of names of one wording, as "species 7" and "species 12": they are known by the number at their ends."""
    if not places:
        return []
    # Beside others that fit a single one is known by its number, too.
    numbered = {name for name in names if len(name) <= LONGEST and NUMBER_LAST.search(name)}
    wordings = Counter(NUMBERS.sub("0", name) for name in numbered)
    return [at for at in places if names[at] in numbered and wordings[NUMBERS.sub("0", names[at])] > 1]


def _hardly_apart(labels: Sequence[str], names: Sequence[str], places: Sequence[int]) -> list[list[int]]:
    """Places of different names whose ends are cut where they hardly differ yet."""
    groups: list[list[int]] = []
    for at in sorted(places, key=lambda place: names[place]):  # those that share most stand side by side
        before = groups[-1][-1] if groups else None
        if before is not None:
            kept = min(len(labels[before]), len(labels[at])) - 1
            if _shared(names[before], names[at]) >= kept - BARELY:
                groups[-1].append(at)
                continue
        groups.append([at])
    return [group for group in groups if len({names[at] for at in group}) > 1]


def _alike(labels: Sequence[str], names: Sequence[str], places: Sequence[int]) -> list[list[int]]:
    """Places of different names that have one label."""
    groups: dict[str, list[int]] = {}
    for at in places:
        groups.setdefault(labels[at], []).append(at)
    return [group for group in groups.values() if len({names[at] for at in group}) > 1]


def _shared(one: str, other: str) -> int:
    """Letters that two names begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))

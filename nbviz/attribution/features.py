"""Features by name: which belong together, how a table calls them, and which of them overlap."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nbviz.attribution.notes import note
from nbviz.attribution.sites import Site
from nbviz.network.arguments import a_list
from nbviz.network.array_like import column_text
from nbviz.network.names import Names

OVERLAP = 0.8  # |r| from which two columns share their credit more or less at random
LEAST_ROWS = 30  # of fewer rows chance alone reaches 0.8 now and then
_MOST_COLUMNS = 1000  # a table of all correlations of more would be larger than the data


@dataclass(frozen=True, slots=True)
class Groups:
    """Features that are counted, or exchanged, as one.

    Attributes:
        names: One for each group; features that are in none are groups of one, under their own name.
        members: Numbers of the features in each group.
        times: How many of the groups each feature is in.
        averaged: Whether the mean of its members is a group's own value, as that of pixels is their brightness; else
            a group of several has no one value to go up or down.
    """

    names: list[Any]
    members: list[np.ndarray]
    times: int = 1
    averaged: bool = False

    def sum(self, values: np.ndarray) -> np.ndarray:
        """(..., groups, classes): the credit (..., features, classes) of the members, signs kept."""
        starts = np.cumsum([0, *(len(members) for members in self.members[:-1])])
        return np.add.reduceat(values[..., np.concatenate(self.members), :], starts, axis=-2)

    def values(self, features: np.ndarray) -> np.ndarray:
        """(rows, groups): the own value of each group where it has one, of values (rows, features); else NaN."""
        sizes = np.array([len(members) for members in self.members])
        sums = self.sum(features[..., np.newaxis].astype(np.float64))[..., 0]
        return np.where(self.averaged | (sizes == 1), sums / sizes, np.nan).astype(np.float32)


def feature_index(
    sites: Sequence[Site],
    shapes: Sequence[tuple[int, ...]],
    names: Mapping[str, Sequence[str]],
    of_layer: bool,
) -> pd.Index:
    """One entry for each feature of all sites: names, positions in sequences and images, (input, feature) of several.

    Args:
        sites: Where the credit goes.
        shapes: Of one row's credit at each site.
        names: Site -> names of its features.
        of_layer: Whether these are units of a layer, which are numbers.
    """
    entries: list[Any] = []
    for site, shape in zip(sites, shapes, strict=True):
        given = names.get(site.name)
        if len(shape) > 1:
            own: list[Any] = list(np.ndindex(*shape))
        elif given is not None:
            own = list(given)
        else:
            own = [str(unit) if of_layer else f"x{unit}" for unit in range(shape[0])]
        if len(sites) > 1:
            entries += [(site.name, str(name) if isinstance(name, tuple) else name) for name in own]
        else:
            entries += own
    if len(sites) > 1:
        return pd.MultiIndex.from_tuples(entries, names=["input", "feature"])
    if isinstance(entries[0], tuple):
        axes = [f"axis {axis}" for axis in range(len(shapes[0]))]
        positions: pd.Index = pd.MultiIndex.from_tuples(entries, names=axes)
        return positions
    named: pd.Index = pd.Index(entries, name="unit" if of_layer else "feature")
    return named


def read_feature_names(given: Names, sites: Sequence[Site], of_layer: bool) -> dict[str, list[str]]:
    """Site -> names of its features, checked. Names of features are no names of a layer's units.

    Raises:
        ValueError: Wrong number of names, or an unknown input.
    """
    if given is None:
        return {}
    by_name = {site.name: site for site in sites}
    if not isinstance(given, Mapping):
        if isinstance(given, str):
            raise ValueError(f"Expected feature_names as a list of names. Received the text {given!r}.")
        if not of_layer and len(by_name) > 1:
            raise ValueError(f"Expected feature_names as a dict by input among {list(by_name)}. Received one list.")
        given = {next(iter(by_name)): a_list("feature_names", given, "names")}
    if of_layer:
        return {}
    for name, names in given.items():
        if name not in by_name:
            raise ValueError(f"Expected feature_names by input among {list(by_name)}. Received {name!r}.")
        names = names if isinstance(names, str) else a_list(f"feature_names of {name!r}", names, "names")
        shape = by_name[name].shape[:-1] if by_name[name].summed else by_name[name].shape
        if isinstance(names, str) or len(shape) > 1 or (shape and shape[0] not in (None, len(names))):
            wanted = shape[0] if len(shape) == 1 else "no"
            raise ValueError(f"Expected {wanted} feature_names for {name!r}. Received {len(names)}.")
    return {name: [str(entry) for entry in names] for name, names in given.items()}


def read_groups(groups: Any, features: pd.Index) -> Groups:
    """Groups as the user gave them, checked.

    Args:
        groups: Dict name -> columns, or a list of such lists; columns by name (of several inputs: (input, name)) or
            by number.
        features: Names of all features.

    Raises:
        ValueError: An unknown column, one in two groups, an empty group, or more groups than features.
    """
    if not isinstance(groups, Mapping):
        lists = [
            a_list("each of groups", members, "columns") for members in a_list("groups", groups, "lists of columns")
        ]
        groups = {" + ".join(map(str, members)): members for members in lists}
    if len(groups) > len(features):
        raise ValueError(f"Expected at most {len(features)} groups, one per feature. Received {len(groups)}.")
    places = {name: place for place, name in enumerate(features)}
    if len(places) < len(features):
        raise ValueError("Expected unique feature names, to group by them. Received some twice.")
    taken: dict[int, str] = {}
    found: dict[int, tuple[Any, np.ndarray]] = {}
    for name, columns in groups.items():
        columns = a_list(f"the group {name!r}", columns, "columns")
        if not columns:
            raise ValueError(f"Expected the group {name!r} as a list of columns. Received an empty one.")
        members = [_place(column, places, len(features)) for column in columns]
        for member in members:
            if member in taken:
                raise ValueError(
                    f"Expected each feature in one group. Received {features[member]!r} in {taken[member]!r} "
                    f"and in {name!r}."
                )
            taken[member] = name
        found[min(members)] = (str(name), np.array(sorted(members)))
    for place, name in enumerate(features):
        if place not in taken:
            found[place] = (name, np.array([place]))
    ordered = [found[place] for place in sorted(found)]
    return Groups([name for name, _ in ordered], [members for _, members in ordered])


def _place(column: Any, places: Mapping[Any, int], count: int) -> int:
    if isinstance(column, Hashable) and column in places:
        return places[column]
    if isinstance(column, (int, np.integer)) and 0 <= column < count:
        return int(column)
    if isinstance(column, tuple):  # of a table with several levels, whose names are joined
        for name in (column_text(column), (column[0], column_text(column[-1]))):
            if name in places:
                return places[name]
    shown = list(places)
    more = f" and {count - 10} more" if count > 10 else ""
    raise ValueError(f"Expected columns among {shown[:10]}{more}. Received {column!r}.")


def overlapping(values: np.ndarray, features: pd.Index, groups: Groups | None) -> list[tuple[Any, Any, float]]:
    """Pairs of features whose correlation is above 0.8 in size and which are in no group together.

    Args:
        values: (rows, features).
        features: Their names.
        groups: Groups, or None.

    Returns:
        (name, name, correlation), strongest first.
    """
    rows, count = values.shape
    if rows < LEAST_ROWS or not 1 < count <= _MOST_COLUMNS:
        return []
    centred = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    lengths = np.sqrt((centred**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.nan_to_num((centred.T @ centred) / np.outer(lengths, lengths))
    group_of = np.arange(count)
    for number, members in enumerate(groups.members if groups else []):
        group_of[members] = number
    names = list(features)
    first, second = np.nonzero(np.triu(np.abs(correlation) > OVERLAP, 1))
    pairs = [
        (_text(names[a]), _text(names[b]), round(float(correlation[a, b]), 3))
        for a, b in zip(first, second, strict=True)
        if not groups or group_of[a] != group_of[b]
    ]
    return sorted(pairs, key=lambda pair: -abs(pair[2]))


def warn_of_overlap(pairs: Sequence[tuple[Any, Any, float]]) -> None:
    """Tell the user, once a call, that the credit between these features is arbitrary."""
    if not pairs:
        return
    shown = ", ".join(f"{a!r} and {b!r} (r {r:.2f})" for a, b, r in pairs[:5])
    more = f", and {len(pairs) - 5} more pairs" if len(pairs) > 5 else ""
    note(
        f"Correlated features share their credit more or less at random: {shown}{more}. "
        "Pass groups={'name': [columns]} to count them together."
    )


def _text(name: Any) -> str:
    return ": ".join(map(str, name)) if isinstance(name, tuple) else str(name)

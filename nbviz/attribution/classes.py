"""The classes of a model's outputs: by name, by number, and as the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nbviz.attribution.outputs import ExplainedOutputs
from nbviz.attribution.sites import Head
from nbviz.network.arguments import a_list
from nbviz.network.names import Names


def read_classes(
    classes: Sequence[int | str] | None, explained: ExplainedOutputs, names: Mapping[str, Sequence[str]]
) -> np.ndarray:
    """Numbers of the columns asked for.

    Raises:
        ValueError: An unknown class, one asked for twice, or none at all.
    """
    if classes is None:
        return np.arange(explained.columns)
    known = [name for head in explained.heads for name in names.get(head.name, [])]
    classes = a_list("classes", classes, "numbers or names")
    if not classes:
        raise ValueError("Expected classes as a list of numbers or names. Received an empty one.")
    found = []
    for entry in classes:
        if isinstance(entry, str) and known.count(entry) == 1:
            found.append(known.index(entry))
        elif isinstance(entry, (int, np.integer)) and 0 <= entry < explained.columns:
            found.append(int(entry))
        else:
            named = f" or names among {known[:20]}" if known else ""
            raise ValueError(f"Expected classes among 0 to {explained.columns - 1}{named}. Received {entry!r}.")
    if len(set(found)) < len(found):
        raise ValueError(f"Expected each class once. Received {list(classes)}.")
    return np.array(found)


def names_of_classes(heads: Sequence[Head], class_names: Names) -> dict[str, list[str]]:
    """Output -> names of its classes as they were given; of a single sigmoid both, or that of class 1.

    Raises:
        ValueError: Wrong number of names, or an unknown output.
    """
    if class_names is None:
        return {}
    if not isinstance(class_names, Mapping):
        if len(heads) > 1:
            raise ValueError(
                f"Expected class_names as a dict by output among {[h.name for h in heads]}. Received one list."
            )
        class_names = {heads[0].name: a_list("class_names", class_names, "names")}
    of_name = {head.name: head for head in heads}
    unknown = [name for name in class_names if name not in of_name]
    if unknown:
        raise ValueError(f"Expected class_names by output among {list(of_name)}. Received {list(class_names)}.")
    found = {}
    for name, given in class_names.items():
        head = of_name[name]
        names = [str(word) for word in a_list("class_names", given, "names")]
        both = head.classes == 1 and len(names) == 2  # a single number speaks for the second
        if not (both or len(names) == head.classes):
            raise ValueError(f"Expected {head.classes} class_names for {name!r}. Received {len(names)}: {names[:5]}.")
        found[name] = names
    return found


def name_heads(heads: Sequence[Head], class_names: Names) -> dict[str, list[str]]:
    """Output -> names of its classes, one for a single number.

    Raises:
        ValueError: Wrong number of names, or an unknown output.
    """
    given = names_of_classes(heads, class_names)
    return {head.name: given[head.name][-head.classes :] if head.name in given else _own_names(head) for head in heads}


def _own_names(head: Head) -> list[str]:
    if head.is_binary:
        return ["class 1"]
    return [head.name] if head.classes == 1 else [str(number) for number in range(head.classes)]


def heads_of(heads: Sequence[Head], columns: Sequence[int] | np.ndarray) -> list[Head]:
    """The outputs that some columns of the answers belong to."""
    ends = np.cumsum([head.classes for head in heads])
    return [heads[place] for place in np.unique(np.searchsorted(ends, columns, side="right"))]


def class_index(heads: Sequence[Head], names: Mapping[str, Sequence[str]]) -> pd.Index:
    """One entry for each column of the answers: class names, of several outputs (output, class)."""
    if len(heads) == 1:
        return pd.Index(names[heads[0].name], name="class", dtype=object)
    pairs = [(head.name, name) for head in heads for name in names[head.name]]
    return pd.MultiIndex.from_tuples(pairs, names=["output", "class"])

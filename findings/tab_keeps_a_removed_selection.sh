#!/usr/bin/env bash
# A Tab of ipywidgets whose last page is selected, and taken away. The widget says of itself that it selects the last
# page where the one selected is gone, but compares with < where it takes <=: that holds if two pages go at once, not
# if one does. Setting the same index by hand is refused as out of bounds.
# One expects: selected_index 2 of three pages left. Seen: 3, a page that there is not, so that none is selected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ipywidgets==8.1.9" "traitlets==5.16.1" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import ipywidgets
import traitlets


def selected_after(kept):
    """The selected index of four pages, of which so many are kept."""
    tab = ipywidgets.Tab([ipywidgets.Label() for _ in range(4)], selected_index=3)
    tab.children = tab.children[:kept]
    return tab.selected_index


seen = {kept: selected_after(kept) for kept in (3, 2, 1)}
expected = {kept: kept - 1 for kept in (3, 2, 1)}
print("python", sys.version.split()[0], "ipywidgets", version("ipywidgets"), "traitlets", version("traitlets"))
print(f"pages kept of four -> selected: expected {expected}, seen {seen}")
assert seen == {3: 3, 2: 1, 1: 0}
other = ipywidgets.Tab([ipywidgets.Label() for _ in range(3)])
try:
    other.selected_index = 3
except traitlets.TraitError as error:
    print("by hand:", error)
else:
    raise AssertionError("an index out of bounds is taken now")
PY

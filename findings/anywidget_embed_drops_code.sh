#!/usr/bin/env bash
# ipywidgets.embed.embed_minimal_html leaves out, by its default drop_defaults=True, every trait that has its default
# value: the front end's class is taken to know the same defaults. anywidget makes _esm, _css, _view_name and the
# class's own synced traits such defaults, and AnyModel in the browser knows none of them. So the page has a widget
# without code: an empty place, and "Class null not found" in the console.
# One expects: a widget that shows in the notebook shows in the exported page, too.
# Seen: its state in the page has neither code nor view nor values; with drop_defaults=False all of them are there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  "anywidget==0.11.0" "ipywidgets==8.1.9" "traitlets==5.16.1" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import anywidget
import ipywidgets
import traitlets
from ipywidgets.embed import embed_data


class Counter(anywidget.AnyWidget):
    _esm = "export default { render({ model, el }) { el.textContent = model.get('n') } }"
    n = traitlets.Int(3).tag(sync=True)


print("python", sys.version.split()[0], *(f"{name} {version(name)}" for name in ("anywidget", "ipywidgets")))
counter, slider = Counter(), ipywidgets.IntSlider()
needed = {"_esm", "_view_name", "_view_module", "n"}
seen = {}
for drop_defaults in (True, False):
    state = embed_data(views=[counter], state=None, drop_defaults=drop_defaults)["manager_state"]["state"]
    seen[drop_defaults] = set(state[counter.model_id]["state"])
    print(f"drop_defaults={drop_defaults}: expected {sorted(needed)}, seen {sorted(needed & seen[drop_defaults])}")
assert not needed & seen[True], "the default now keeps what the view needs"
assert needed <= seen[False], "drop_defaults=False no longer keeps it"
PY

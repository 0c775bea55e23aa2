#!/usr/bin/env bash
# Two threads that each hold back what they set of one ipywidgets widget (hold_sync), as a background thread and the
# kernel's do. The widget has one mark and one set of names for both. A thread that comes second holds nothing of its
# own: when its block ends, nothing is sent. One that comes while the first is sending writes into the set that is
# being read, and the first ends in an error.
# One expects: each block sends what was set in it. Seen: the second sends nothing; or the first raises RuntimeError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ipywidgets==8.1.9" "traitlets==5.16.1" 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import sys
import threading
from importlib.metadata import version

import ipywidgets
import traitlets

while_sent = None  # called while the first trait is made ready to be sent


def ready(value, _widget):
    if while_sent is not None:
        while_sent()
    return value


class Two(ipywidgets.DOMWidget):
    one = traitlets.Int(0).tag(sync=True, to_json=ready)
    other = traitlets.Int(0).tag(sync=True)


def made():
    widget, sent = Two(), []
    widget._send = lambda message, buffers=None: sent.append(sorted(message["state"]))
    return widget, sent


def in_another_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def set_other(widget):
    with widget.hold_sync():
        widget.other += 1


print("python", sys.version.split()[0], "ipywidgets", version("ipywidgets"), "traitlets", version("traitlets"))

widget, sent = made()
with widget.hold_sync():
    widget.one = 1
    in_another_thread(lambda: set_other(widget))
    early = list(sent)
print("sent when the block of the second thread has ended: expected [['other']], seen", early)
assert early == []

widget, sent = made()


def once():
    global while_sent
    while_sent = None
    in_another_thread(lambda: set_other(widget))


error = None
try:
    with widget.hold_sync():
        widget.one = 1
        while_sent = once
except RuntimeError as raised:
    error = str(raised)
print("the first thread: expected no error, seen", repr(error))
assert error is not None and "changed size" in error
PY

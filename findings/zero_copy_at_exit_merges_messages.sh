#!/usr/bin/env bash
# A message of several parts that is sent while the interpreter ends: the first parts go, the last is refused where it
# is large, and the receiver gets the parts that went and the next message as one.
#
# pyzmq sends parts of 64 KiB and more without a copy, and keeps them alive by a thread that it ends by `atexit`. It
# registers that only with the first such part: so it goes before whatever was registered earlier, and all that still
# sends from then on (a handler, a thread that is a daemon, as Jupyter's IOPub thread) meets it. ipykernel sends what
# widgets set in this way.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pyzmq==27.3.0" 2>/dev/null
cat >"$folder/late.py" <<'PYTHON'
import atexit
import sys

import zmq

context = zmq.Context()
sender, receiver = context.socket(zmq.PUSH), context.socket(zmq.PULL)
sender.bind("inproc://messages")
receiver.connect("inproc://messages")


@atexit.register
def late() -> None:
    """Registered after pyzmq was imported, and before its first large message."""
    try:
        sender.send_multipart([b"large", bytes(100_000)], copy=False)
        print("the large message was sent")
    except RuntimeError as error:
        print("the large message was refused:", error)
    sender.send_multipart([b"small", b"1"], copy=False)
    print("received:", [bytes(part[:10]) for part in receiver.recv_multipart()])
    context.destroy(linger=0)


print("pyzmq", zmq.__version__, "Python", sys.version.split()[0])
sender.send_multipart([b"large", bytes(100_000)], copy=False)
print("while it runs:", [len(part) for part in receiver.recv_multipart()])
PYTHON
"$folder/venv/bin/python" "$folder/late.py" | tee "$folder/seen"
echo "expected: the large message is sent, or refused as a whole; then a message of the parts 'small' and '1'"
grep -q "refused: zmq gc socket requested during shutdown" "$folder/seen"
grep -qF "received: [b'large', b'small', b'1']" "$folder/seen"
echo "seen: its first part stays, and is received as the beginning of the next message"

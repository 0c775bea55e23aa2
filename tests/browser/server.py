"""Start a server for as long as a test needs it, and see that nothing of it is left."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

STARTUP_SECONDS = 300


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while True:
        try:
            urllib.request.urlopen(address, timeout=30).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                said = log.read_text()[-3000:]
                raise RuntimeError(f"Expected the server to answer at {address}. Received:\n{said}") from None
            time.sleep(0.1)


@contextlib.contextmanager
def running(
    command: Sequence[str], address: str, *, environment: Mapping[str, str], folder: Path, log: Path
) -> Iterator[None]:
    """Start a server in `folder` and wait until it answers at `address`; all it started ends with it.

    Args:
        command: The program and its arguments.
        address: Where it answers once it is up.
        environment: Variables beside those of this process.
        folder: Where it starts.
        log: File for what it prints.

    Raises:
        RuntimeError: It ended, or does not answer; with what it printed.
    """
    with log.open("wb") as output:
        # It leads a session of its own; kernels that it starts are in it.
        server = subprocess.Popen(
            list(command),
            env={**os.environ, **environment},
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_for(address, server, log)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()

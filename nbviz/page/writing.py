"""A file appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path


def writable(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a file that can be written, links followed.

    Raises:
        IsADirectoryError: It is a folder.
        FileNotFoundError, NotADirectoryError: Its folder does not exist.
        PermissionError: Its folder cannot be written to.
        TypeError: Not a path.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"Expected the path of a file. Received {type(path).__name__}.")
    target = Path(os.path.realpath(Path(path).expanduser()))
    if target.is_dir():
        raise IsADirectoryError(f"Expected the path of a file. Received the folder {path}; add a file name.")
    if not target.parent.exists():
        raise FileNotFoundError(
            f"Expected a path in a folder that exists. Received {path}; make {target.parent} first."
        )
    if not target.parent.is_dir():
        raise NotADirectoryError(f"Expected a path in a folder. Received {path}, but {target.parent} is a file.")
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(f"Expected a folder that can be written to. Received {path}; choose another folder.")
    return target


def write_whole(path: Path, text: str) -> None:
    """Write a file in one step; on an error the file that was there stays.

    Raises:
        OSError: It cannot be written.
    """
    part = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex[:8]}.part")
    try:
        # Not the system's line ends: the page's policy holds for its scripts as they are.
        part.write_text(text, "utf-8", newline="\n")
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        os.replace(part, path)
    except OSError as error:
        raise type(error)(f"Expected to write {path}. {error.strerror or error}; nothing was written.") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()

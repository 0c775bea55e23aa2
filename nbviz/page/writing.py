"""A file appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
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


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write what becomes the file in one step; on an error the file that was there stays.

    Args:
        path: Of the file, as `writable` returns it. One that is there already keeps its permissions.

    Yields:
        The path of a part file beside it, which is gone afterwards.

    Raises:
        OSError: It cannot be written.
    """
    part = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield part
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        os.replace(part, path)
    except OSError as error:
        raise type(error)(f"Expected to write {path}. {error.strerror or error}; nothing was written.") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()

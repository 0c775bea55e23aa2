"""Blocks of layers, and models inside the model, that are opened: their layers are drawn in their place."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nbviz.network.architecture import Architecture
from nbviz.picture.live_frames import LiveFrames


def opened_names(architecture: Architecture) -> list[str]:
    """What is opened in a picture."""
    return [name for name, _ in architecture.opened]


def check_opens(frames: LiveFrames, name: str) -> None:
    """Check that a block can be opened.

    Raises:
        ValueError: No such block in the picture; the message lists those that open.
    """
    if not isinstance(name, str) or name not in frames.reader.opening:
        raise ValueError(_expected_blocks(frames.architecture, frames.reader.opening, [name]))


def valid_opened(frames: LiveFrames, names: Sequence[str]) -> list[str]:
    """The blocks that are opened once these are, in the order of the picture; the picture stays as it is.

    Args:
        frames: Of the model.
        names: Of blocks; those inside others may be among them.

    Raises:
        ValueError: One of them opens nothing.
    """
    wanted = frames.reading(names)
    opened = opened_names(wanted.architecture)
    unknown = [name for name in names if name not in opened]
    if unknown:
        raise ValueError(_expected_blocks(wanted.architecture, wanted.opening, unknown))
    return opened


def still_open(architecture: Architecture, closed: str | None) -> list[str]:
    """What stays open when a block is closed, and what is opened inside it.

    Args:
        architecture: The present picture.
        closed: Name of an open block; None for all.

    Raises:
        ValueError: It is not open; the message lists those that are.
    """
    if closed is None:
        return []
    if closed not in opened_names(architecture):
        raise ValueError(f"Expected one of the open blocks {opened_names(architecture)}. Received {closed!r}.")
    gone = {closed}
    for name, around in architecture.opened:
        if around in gone:
            gone.add(name)
    return [name for name in opened_names(architecture) if name not in gone]


def redraw_opened(frames: LiveFrames, opened: Sequence[str], selected: int | None) -> tuple[int | None, bool]:
    """Draw a model with other blocks opened; what was pulled into view, or is selected, stays where it is drawn.

    Args:
        frames: Of the model; `arrange` makes the picture.
        opened: Names of what is opened.
        selected: Id of the selected unit in the present picture.

    Returns:
        Its id in the new picture, None where it is not drawn; whether the first output is the same as before.
    """
    before = frames.drawing
    reader = frames.reading(opened)
    later = reader.architecture
    found = [before.found_again(unit, later) for unit in [*before.pulled, selected]]
    frames.read_anew(reader, list(dict.fromkeys(unit for unit in found if unit is not None)))
    return found[-1], later.outputs[:1] == before.architecture.outputs[:1]


def _expected_blocks(architecture: Architecture, opening: Collection[str], received: Sequence[str]) -> str:
    """Which blocks open, and what was asked for instead."""
    names = [layer.name for layer in architecture.layers if layer.name in opening]
    choice = f"a block that opens, one of {names}" if names else "no name: the network has no more blocks that open"
    return f"Expected {choice}. Received {', '.join(map(repr, received))}."

"""What somebody may do with an explorer, drawn at random, in a page and in cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from hypothesis import strategies as st

from nbviz import ModelExplorer
from tests.explorer.page_of_links import PageOfLinks
from tests.explorer.small_classifier import LONG

Draw = Callable[[st.SearchStrategy[Any]], Any]
METHODS = ("expected_gradients", "ablation")
MEANINGS = ("weight", "weight_activation", "contribution", "path")


@dataclass
class Session:
    """An explorer in an open page, and what was done to it since its sliders were put to a sample.

    Attributes:
        explorer: The explorer.
        model: Its model.
        x: Rows, as `fit` takes them.
        y: Their answers.
        page: The page.
        trained: Whether the last action was one that changes the model,
        hidden: and this in a way of which nobody tells: outside a notebook it is only seen by who looks.
        done: Names of all actions, for whoever looks for what went wrong.
    """

    explorer: ModelExplorer
    model: keras.Model
    x: Any
    y: Any
    page: PageOfLinks = field(default_factory=PageOfLinks)
    trained: bool = False
    hidden: bool = False
    done: list[str] = field(default_factory=list)

    def act(self, draw: Draw) -> None:
        """Do something."""
        name = draw(st.sampled_from(sorted(ACTIONS)))
        self.trained, self.hidden = name in CHANGES_THE_MODEL, name in TELLS_NOBODY
        told = ACTIONS[name](self, draw)
        self.done.append(name if told is None else f"{name} {told}")
        self.page.settle()

    def settle(self, *, looks: bool) -> None:
        """Until nothing is under way, in the page or the kernel.

        Args:
            looks: Whether the explorer is asked to look at the model: what it is told of it follows by itself.
        """
        if looks:
            self.explorer._follower.look()
        for _ in range(3):
            assert self.explorer._follower.settle(LONG)
            self.page.settle()

    @property
    def moments(self) -> list[int]:
        """Steps of the moments recorded."""
        return [moment.step for moment in self.explorer.training.recording.moments]


def _one_of(draw: Draw, values: Iterable[Any]) -> Any:
    return draw(st.sampled_from(list(values)))


def _some_or_none(draw: Draw, values: Iterable[Any]) -> Any:
    return _one_of(draw, values) if _one_of(draw, [False, True, True]) else None


def _select_sample(session: Session, draw: Draw) -> int | None:
    sample = _some_or_none(draw, range(len(session.explorer.rows)))
    session.page.set(session.explorer.sample_picker, selected_sample=sample, compared_samples=[], mean=None)
    return sample


def _compare(session: Session, draw: Draw) -> list[int] | None:
    """As Ctrl + clicks in the picker."""
    explorer = session.explorer
    if explorer.comparison is None:
        return None
    rows = range(len(explorer.rows))
    samples = list(draw(st.lists(st.sampled_from(list(rows)), min_size=2, max_size=4, unique=True)))
    samples = samples if _one_of(draw, [False, True, True]) else []
    selected = explorer.sample_picker.selected_sample
    kept = selected if not samples or selected in samples else samples[0]
    session.page.set(explorer.sample_picker, selected_sample=kept, compared_samples=samples)
    return samples


def _mean(session: Session, draw: Draw) -> list[int] | None:
    """As a button of the confusion matrix."""
    confusion = session.explorer.confusion
    if confusion is None:
        return None
    cell = _one_of(draw, [None, *([index] for index in sorted(set(session.y.tolist())))])
    session.page.set(confusion, mean=cell)
    return cell  # type: ignore[no-any-return]


def _select_class(session: Session, draw: Draw) -> int | None:
    """As a click on a column of the matrix."""
    columns = len(session.explorer.matrix.tables[""]["columns"])
    chosen = _some_or_none(draw, range(columns))
    meaning = "weight" if chosen is None else "contribution"
    session.page.set(session.explorer.matrix, selected_unit=None, selected_class=chosen, edge_meaning=meaning)
    return chosen


def _select_cell(session: Session, draw: Draw) -> tuple[int, int]:
    wire = session.explorer.matrix.tables[session.explorer.matrix.layer]
    row, column = _one_of(draw, range(len(wire["rows"]))), _one_of(draw, range(len(wire["columns"])))
    session.page.set(
        session.explorer.matrix, selected_unit=wire["ids"][row], selected_class=column, edge_meaning="path"
    )
    return row, column


def _select_unit(session: Session, draw: Draw) -> int | None:
    layers = session.explorer.diagram.network["layers"]
    unit = _some_or_none(draw, range(sum(layer["units"] for layer in layers)))
    session.page.set(session.explorer.diagram, selected_unit=unit)
    return unit


def _clear(session: Session, _draw: Draw) -> None:
    """Esc."""
    session.page.set(session.explorer.diagram, selected_unit=None, selected_class=None, edge_meaning="weight")


def _select_in_python(session: Session, draw: Draw) -> str:
    name = _one_of(draw, ["selected_unit", "selected_class", "selected_sample"])
    counts = {
        "selected_unit": sum(layer["units"] for layer in session.explorer.diagram.network["layers"]),
        "selected_class": len(session.explorer.matrix.tables[""]["columns"]),
        "selected_sample": len(session.explorer.rows),
    }
    value = _some_or_none(draw, range(counts[name]))
    setattr(session.explorer, name, value)
    return f"{name} {value}"


def _meaning(session: Session, draw: Draw) -> str:
    meaning = str(_one_of(draw, MEANINGS))
    session.page.set(session.explorer.diagram, edge_meaning=meaning)
    return meaning


def _sort(session: Session, draw: Draw) -> str:
    sort = str(_one_of(draw, ["mean", "name", "given", "class:0"]))
    session.page.set(session.explorer.matrix, sort=sort)
    return sort


def _table(session: Session, draw: Draw) -> str:
    key = str(_one_of(draw, session.explorer.matrix.tables))
    session.page.set(session.explorer.matrix, layer=key)
    return key


def _method(session: Session, draw: Draw) -> str:
    method = str(_one_of(draw, METHODS))
    session.page.set(session.explorer.matrix, method=method)
    return method


def _tab(session: Session, draw: Draw) -> int:
    at = int(_one_of(draw, range(len(session.explorer.tabs.children))))
    session.page.set(session.explorer.tabs, selected_index=at)
    return at


def _open(session: Session, draw: Draw) -> str | None:
    blocks = sorted(session.explorer.diagram.frames.reader.opening)
    if not blocks:
        return None
    name = str(_one_of(draw, blocks))
    session.page.set(session.explorer.diagram, opened=[*session.explorer.diagram.opened, name])
    return name


def _fold(session: Session, draw: Draw) -> str | None:
    opened = session.explorer.diagram.opened
    if not opened:
        return None
    name = str(_one_of(draw, opened))
    session.explorer.diagram.close_block(name)
    return name


def _filter_samples(session: Session, draw: Draw) -> str:
    show = str(_one_of(draw, ["surest", "least_sure", "wrong"]))
    session.page.set(session.explorer.sample_picker, show=show)
    return show


def _cell_of_confusion(session: Session, draw: Draw) -> list[list[int]] | None:
    confusion = session.explorer.confusion
    if confusion is None:
        return None
    classes = len(confusion.counts)
    cells = _one_of(draw, [None, [[_one_of(draw, range(classes)), _one_of(draw, range(classes))]]])
    session.page.set(confusion, cells=cells)
    return cells  # type: ignore[no-any-return]


def _slide(session: Session, draw: Draw) -> str | None:
    what_if = session.explorer.what_if
    if what_if is None or what_if.row is None:
        return None
    place = _one_of(draw, range(len(what_if.sliders.sliders)))
    slider = what_if.sliders.sliders[place]
    if slider.disabled:
        return None
    at = _one_of(draw, [0.0, 0.5, 1.0])
    session.page.set(slider, value=slider.min + at * (slider.max - slider.min))
    return f"{place} to {at}"


def _slide_back(session: Session, _draw: Draw) -> None:
    if session.explorer.what_if is not None:
        session.explorer.what_if.reset()


def _response_to(session: Session, draw: Draw) -> int | None:
    what_if = session.explorer.what_if
    if what_if is None:
        return None
    feature = int(_one_of(draw, range(len(what_if._names))))
    session.page.set(what_if._chosen, index=[value for _, value in what_if._chosen.options].index(feature))
    return feature


def _maps(session: Session, draw: Draw) -> str | None:
    maps = session.explorer.layers.maps
    if maps is None:
        return None
    layer = str(_one_of(draw, maps.layers))
    session.page.set(maps, layer=layer, overlay=_one_of(draw, ["none", "grad_cam"]))
    return layer


def _kernels(session: Session, draw: Draw) -> str | None:
    kernels = session.explorer.weights.kernels
    if kernels is None:
        return None
    layer = str(_one_of(draw, kernels.layers))
    session.page.set(kernels, layer=layer)
    return layer


def _look_back(session: Session, draw: Draw) -> int | None:
    if not session.moments:
        return None
    step = _some_or_none(draw, session.moments)
    session.page.set(session.explorer.diagram, shown_frame=step)
    return step  # type: ignore[no-any-return]


def _train(session: Session, draw: Draw) -> str:
    size = _one_of(draw, ["batch", "batch", "epoch", "sample"])
    trainer = session.explorer.training.trainer
    trainer.step(size)
    assert trainer.wait(LONG)
    assert trainer.error is None
    return str(size)


def _reset(session: Session, _draw: Draw) -> None:
    session.explorer.training.trainer.reset()
    assert session.explorer.training.trainer.wait(LONG)


def _rewind(session: Session, draw: Draw) -> int | None:
    if not session.moments:
        return None
    step = int(_one_of(draw, session.moments))
    session.explorer.training.trainer.rewind(step)
    assert session.explorer.training.trainer.wait(LONG)
    return step


def _rewind_in_a_cell(session: Session, draw: Draw) -> int | None:
    if not session.moments:
        return None
    index = int(_one_of(draw, range(len(session.moments))))
    session.explorer.training.recording.rewind(index)
    return index


def _fit_in_a_cell(session: Session, draw: Draw) -> bool:
    recorded = bool(_one_of(draw, [False, True]))
    callbacks = [session.explorer.training.recording.callback()] if recorded else []
    session.model.fit(session.x, session.y, batch_size=8, epochs=1, verbose=0, callbacks=callbacks)
    return recorded


def _play_and_pause(session: Session, _draw: Draw) -> None:
    trainer = session.explorer.training.trainer
    trainer.play()
    trainer.pause()
    assert trainer.wait(LONG)


def _set_weights(session: Session, draw: Draw) -> float:
    factor = float(_one_of(draw, [0.5, 0.9, 1.3]))
    session.model.set_weights([factor * weight + 0.01 for weight in session.model.get_weights()])
    return factor


def _assign_one(session: Session, draw: Draw) -> str:
    variable = _one_of(draw, session.model.trainable_weights)
    variable.assign(np.roll(variable.numpy(), 1))
    return str(variable.path)


def _show(session: Session, draw: Draw) -> Any:
    sample = _some_or_none(draw, range(len(session.explorer.rows)))
    session.explorer.diagram.show(sample)
    return sample


def _show_values(session: Session, draw: Draw) -> float:
    """A row that is nobody's."""
    given, factor = session.x, float(_one_of(draw, [0.5, 2.0]))
    rows = [factor * array[:1] for array in given] if isinstance(given, list) else factor * given[:1]
    session.explorer.diagram.show(rows)
    return factor


def _update(session: Session, _draw: Draw) -> None:
    session.explorer.update()


def _wait(session: Session, _draw: Draw) -> None:
    session.explorer.wait(LONG)


CHANGES_THE_MODEL = {
    "assign": _assign_one,
    "fit": _fit_in_a_cell,
    "play and pause": _play_and_pause,
    "reset": _reset,
    "rewind": _rewind,
    "rewind in a cell": _rewind_in_a_cell,
    "set weights": _set_weights,
    "train": _train,
}
TELLS_NOBODY = ("assign", "fit", "set weights")
LOOKS: dict[str, Callable[[Session, Draw], Any]] = {
    "a wait": _wait,
    "cell": _select_cell,
    "cell of the confusion": _cell_of_confusion,
    "class": _select_class,
    "clear": _clear,
    "compare": _compare,
    "filter samples": _filter_samples,
    "fold": _fold,
    "kernels": _kernels,
    "look back": _look_back,
    "maps": _maps,
    "mean": _mean,
    "meaning": _meaning,
    "method": _method,
    "open": _open,
    "response to": _response_to,
    "sample": _select_sample,
    "select in Python": _select_in_python,
    "show": _show,
    "show values": _show_values,
    "slide": _slide,
    "slide back": _slide_back,
    "sort": _sort,
    "tab": _tab,
    "table": _table,
    "unit": _select_unit,
    "update": _update,
}
ACTIONS = CHANGES_THE_MODEL | LOOKS

"""Deep networks as a chain of named blocks: which layers are drawn as one.

Layers are folded where the network itself has joints: where all that flows passes through a single tensor (between
two residual blocks), and where names say so (`conv2_block1_1_conv` belongs to `conv2_block1`, and that to `conv2`).
A block is always a run of layers in topological order, so that no way leads out of a block and back into it.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from nbviz.network.architecture import Architecture, Connection, Layer, OpenedBlock
from nbviz.network.columns import columns

UNFOLDED_BLOCKS = 16  # a network with more layers than these, units not counted, is folded
MOST_COLUMNS = 16
MOST_COLUMNS_OF_CHANNELS = 14  # a network with more is drawn without them
FEWEST_COLUMNS = 6  # fewer say too little, where more are to be had
SMALLEST_GIANT = 8  # layers; what is larger, and a good part of the network, is looked into

_Span = range  # places in the order of layers
_Key = Callable[[_Span], object]  # neighbours with equal keys are one block; None stays alone


def fold_blocks(architecture: Architecture, opened: Collection[str] = ()) -> Architecture:
    """The same network with at most about 16 columns.

    Inputs, outputs and Dense layers through which all that flows passes stay as they are, and so does a network
    with few layers. Layers of channels are drawn channel by channel only where nothing is folded.

    Args:
        architecture: Every layer by itself.
        opened: Names of blocks whose layers are drawn one by one; of a large block the blocks inside it. Names
            that no block has do nothing.

    Returns:
        An architecture in which folded layers are a layer of kind `"block"`: `members` names them, `parameters` is
        their sum, `output_shape` that of the one whose output most others take in. Its name is what their names
        begin with (`conv2_block1`), else that of this one, where several ways meet, or `first … last`. `opened`
        are those of the names that a block had.
    """
    plain = without_channels(architecture)
    folded = _Folder(plain).fold(frozenset(opened))
    whole = not folded.opened and len(folded.layers) == len(architecture.layers)
    if whole and max(columns(architecture).values(), default=0) < MOST_COLUMNS_OF_CHANNELS:
        return architecture
    return folded


def without_channels(architecture: Architecture) -> Architecture:
    """The same network with layers of channels as blocks."""
    if all(layer.kind not in ("conv", "maps") for layer in architecture.layers):
        return architecture
    layers = {
        layer.name: dataclasses.replace(layer, kind="block", units=1, bias=False, window=(), strides=())
        if layer.kind in ("conv", "maps")
        else layer
        for layer in architecture.layers
    }
    connections = []
    for connection in architecture.connections:
        kind, weights = connection.kind, connection.weights
        if layers[connection.target].kind != "dense":
            kind, weights = "link", 0
        elif kind == "kernel" and not layers[connection.source].has_units:
            kind = "norm"
        connections.append(Connection(connection.source, connection.target, kind, weights, connection.notes))
    return dataclasses.replace(architecture, layers=tuple(layers.values()), connections=tuple(connections))


class _Folder:
    """One network, and where it may be cut."""

    def __init__(self, architecture: Architecture) -> None:
        self._architecture = architecture
        self._layers = architecture.layers
        place = {layer.name: index for index, layer in enumerate(self._layers)}
        self._targets: list[list[int]] = [[] for _ in self._layers]
        for connection in architecture.connections:
            self._targets[place[connection.source]].append(place[connection.target])
        last_use = [max(targets, default=index) for index, targets in enumerate(self._targets)]
        ends = Counter(last_use)
        # Between a layer and the next one: the number of layers whose output is still needed.
        self._crossing = list(itertools.accumulate(1 - ends[index] for index in range(len(self._layers))))
        answers = {place[connection.source] for connection in architecture.connections
                   if architecture.layers[place[connection.target]].kind == "output"}  # fmt: skip
        self._alone = [index in answers or self._stays_alone(index, last_use) for index in range(len(self._layers))]

    def fold(self, opened: frozenset[str]) -> Architecture:
        """Fold, and open what is to be opened."""
        spans = self._chosen(range(len(self._layers)))
        around: dict[str, _Span] = {}  # what is open, inner ones last
        while True:
            named = self._named(spans, around)
            wanted = opened - around.keys()
            hit = next((index for index, (name, span) in enumerate(named) if len(span) > 1 and name in wanted), None)
            if hit is None:
                return self._folded(named, around)
            around[named[hit][0]] = spans[hit]
            spans[hit : hit + 1] = self._inside(spans[hit])

    def _inside(self, block: _Span) -> list[_Span]:
        """What a block opens into."""
        spans = self._chosen(block)
        if len(spans) > 1:
            return spans
        one_by_one = [range(index, index + 1) for index in block]
        return one_by_one if self._count(one_by_one) <= MOST_COLUMNS else self._in_even_runs(one_by_one)

    def _named(self, spans: list[_Span], around: Collection[str] = ()) -> list[tuple[str, _Span]]:
        """Spans with names, each once and none of those around; a layer by itself has its own."""
        taken = {self._name(span) for span in spans if len(span) == 1} | {*around}
        return [(self._name(span) if len(span) == 1 else _unique(self._name(span), taken), span) for span in spans]

    def _stays_alone(self, index: int, last_use: Sequence[int]) -> bool:
        layer = self._layers[index]
        if layer.kind in ("input", "output") or layer.output is not None or last_use[index] == index:
            return True
        on_the_trunk = self._crossing[index] == 1 and (index == 0 or self._crossing[index - 1] == 1)
        return layer.kind == "dense" and len(layer.output_shape) == 1 and on_the_trunk

    def _chosen(self, whole: _Span) -> list[_Span]:
        """The finest of the ways to cut that leaves few enough columns."""
        one_by_one = [range(index, index + 1) for index in whole]
        foldable = sum(self._layers[index].kind == "block" for index in whole)
        if foldable <= UNFOLDED_BLOCKS or self._count(one_by_one) <= UNFOLDED_BLOCKS:
            return one_by_one
        joints = self._cut(whole, max(SMALLEST_GIANT, len(whole) // 4))
        finest = self._merged(joints, self._common_name)
        for spans in (finest, *self._coarser(joints, finest)):
            if FEWEST_COLUMNS <= self._count(spans) <= MOST_COLUMNS:
                return spans
        fallback = min((finest, *self._coarser(joints, finest)), key=self._count)
        return self._in_even_runs(finest if self._count(fallback) < FEWEST_COLUMNS else fallback)

    def _coarser(self, joints: list[_Span], finest: list[_Span]) -> Iterator[list[_Span]]:
        for depth in (3, 2, 1):
            yield self._merged(joints, lambda span, depth=depth: self._name_at(span, depth))  # type: ignore[misc]
        yield self._merged(finest, self._size_behind)
        yield self._merged(finest, lambda span: _without_number(self._layers[span[-1]].name))

    def _cut(self, whole: _Span, giant: int) -> list[_Span]:
        """Cut where one tensor passes; what is still large there, where the fewest tensors pass."""
        if len(whole) == 1:
            return [whole]
        cuts = whole[:-1]
        least = max(1, min(self._crossing[cut] for cut in cuts))
        spans, start = [], whole.start
        for cut in cuts:
            if self._crossing[cut] <= least or self._alone[cut] or self._alone[cut + 1]:
                spans.append(range(start, cut + 1))
                start = cut + 1
        spans.append(range(start, whole.stop))
        if len(spans) == 1:
            return spans
        return [
            part
            for span in spans
            for part in (self._cut(span, giant) if len(span) > giant or self._names_differ(span) else [span])
        ]

    def _names_differ(self, span: _Span) -> bool:
        named = sum(bool(_prefixes(self._layers[index].name)) for index in span)
        return 2 * named > len(span) and not self._shared_prefixes(span)

    def _merged(self, spans: list[_Span], key: _Key) -> list[_Span]:
        merged: list[_Span] = []
        last: object = None
        for span in spans:
            own = None if len(span) == 1 and self._alone[span[0]] else key(span)
            if own is not None and own == last:
                merged[-1] = range(merged[-1].start, span.stop)
            else:
                merged.append(span)
            last = own
        return merged

    def _in_even_runs(self, spans: list[_Span]) -> list[_Span]:
        """Neighbours put together, as many as it takes."""
        free = [span for span in spans if len(span) > 1 or not self._alone[span[0]]]
        for runs in range(MOST_COLUMNS, 0, -1):
            run = {span.start: number * runs // len(free) for number, span in enumerate(free)}
            merged = self._merged(spans, lambda span, run=run: (run[span.start], self._rank(span)))  # type: ignore[misc]
            if self._count(merged) <= MOST_COLUMNS:
                break
        return merged

    def _rank(self, span: _Span) -> int:
        return len(self._layers[span[-1]].output_shape)

    def _count(self, spans: list[_Span]) -> int:
        return max(columns(self._folded(self._named(spans))).values(), default=0) + 1

    def _size_behind(self, span: _Span) -> object:
        """Rows and columns, or length, of what leaves; padding belongs to what it is for."""
        last = span[-1]
        while self._layers[last].type.startswith("ZeroPadding") and not self._alone[last + 1]:
            last += 1
        return self._layers[last].output_shape[:-1] or None

    def _common_name(self, span: _Span) -> str | None:
        names = self._shared_prefixes(span)
        return names[-1] if names else None

    def _name_at(self, span: _Span, depth: int) -> str | None:
        names = self._shared_prefixes(span) or _prefixes(self._layers[span[-1]].name)
        return names[min(depth, len(names)) - 1] if names else None

    def _shared_prefixes(self, span: _Span) -> Sequence[str]:
        """What the names begin with, of those layers that the author named: at least two of several."""
        names = [self._layers[index].name for index in span]
        named = [prefixes for name in names if (prefixes := _prefixes(name))]
        if len(span) == 1 or len(named) < 2:
            return named[0] if len(span) == 1 and named else ()
        # `block35_1` is the end of the block of `block35_1_conv`.
        return [
            prefix
            for prefix in max(named, key=len)
            if all(prefix in [*own, name] for own, name in zip(map(_prefixes, names), names, strict=True) if own)
        ]

    def _name(self, span: _Span) -> str:
        if len(span) == 1:
            return self._layers[span[0]].name
        shared = self._shared_prefixes(span)
        # The network's own name before every block's would leave no room for what differs.
        shorter = [prefix.removeprefix(f"{self._architecture.name}_") for prefix in shared]
        if shorter:
            return shorter[-1]
        if any(self._crossing[cut] == 1 for cut in span[:-1]):
            first, last = self._layers[span[0]].name, self._layers[span[-1]].name
            around = first[: first.rfind("/") + 1]  # the model that they are inside of
            return f"{first} … {last.removeprefix(around)}"
        return self._layers[self._exit(span)].name

    def _exit(self, span: _Span) -> int:
        """The layer whose output most layers outside take in, the last of several."""
        return max(span, key=lambda index: (sum(target not in span for target in self._targets[index]), index))

    def _folded(self, named: list[tuple[str, _Span]], around: Mapping[str, _Span] | None = None) -> Architecture:
        around = around or {}
        layers = [self._joined(name, span, _innermost(span, around)) for name, span in named]
        home = {
            self._layers[index].name: layer for layer, (_, span) in zip(layers, named, strict=True) for index in span
        }
        connections: dict[tuple[str, str], Connection] = {}
        for connection in self._architecture.connections:
            source, target = home.get(connection.source), home.get(connection.target)
            if source is None or target is None or source is target:
                continue
            kind, weights = connection.kind, connection.weights
            if target.kind != "dense":
                kind, weights = "link", 0
            elif kind == "kernel" and not source.has_units:
                kind = "norm"
            before = connections.get((source.name, target.name))
            # What is passed through behind a layer of a block is inside the block.
            notes = () if source.group and source.kind == "block" else connection.notes
            notes = notes if before is None else tuple(dict.fromkeys(before.notes + notes))
            connections[source.name, target.name] = Connection(source.name, target.name, kind, weights, notes)
        opened = tuple(OpenedBlock(name, _innermost(span, around, name)) for name, span in around.items())
        return Architecture(self._architecture.name, tuple(layers), tuple(connections.values()), opened)

    def _joined(self, name: str, span: _Span, around: str | None) -> Layer:
        inside = [self._layers[index] for index in span]
        if len(inside) == 1:
            return inside[0] if around is None else dataclasses.replace(inside[0], inside=around)
        members = tuple(member for layer in inside for member in (layer.name, *layer.members))
        return Layer(
            name,
            "block",
            _kind_words(inside),
            self._layers[self._exit(span)].output_shape,
            1,
            parameters=sum(layer.parameters for layer in inside),
            members=members,
            group=True,
            inside=around,
        )


def _innermost(span: _Span, around: Mapping[str, _Span], itself: str | None = None) -> str | None:
    """Which of what is open, inner ones last, is directly around a run of layers."""
    found = None
    for name, other in around.items():
        if name == itself:
            break
        if other.start <= span.start and span.stop <= other.stop:
            found = name
    return found


def _kind_words(layers: Sequence[Layer]) -> str:
    """`3 × Conv2D`: the type that most layers with weights have, of equals the one with most weights."""
    # Without weights anywhere, the last: padding comes before what it is for.
    weighty = [layer for layer in layers if layer.parameters] or layers[-1:]
    count, weights = Counter[str](), Counter[str]()
    for layer in weighty:
        count[layer.type] += 1
        weights[layer.type] += layer.parameters
    kind = max(count, key=lambda kind: (count[kind], weights[kind]))
    return f"{count[kind]} × {kind}" if count[kind] > 1 else kind


@functools.lru_cache(maxsize=4096)
def _prefixes(name: str) -> tuple[str, ...]:
    """What a name begins with that has a number, shortest first: `block2`, `block2a` of `block2a_se_expand`."""
    found: list[str] = []
    for separator in re.finditer(r"[_/.\- ]", name):
        prefix = name[: separator.start()]
        token = re.split(r"[_/.\- ]", prefix)[-1]
        if not re.search(
            r"\d", re.sub(r"(conv|pool|pooling|padding|cropping|sampling|dropout|lstm)[123]d$", "", token)
        ):
            continue
        if lettered := re.fullmatch(r"[A-Za-z]+\d+([a-z])", token):
            found.append(prefix.removesuffix(lettered[1]))
        found.append(prefix)
    return tuple(found)


def _without_number(name: str) -> str:
    return re.sub(r"[_\-]?\d+$", "", name)


def _unique(name: str, taken: set[str]) -> str:
    unique, count = name, 2
    while unique in taken:
        unique, count = f"{name} ({count})", count + 1
    taken.add(unique)
    return unique

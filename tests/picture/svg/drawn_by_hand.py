"""Networks with channels, written down as layers and numbers: what is drawn of them needs no model."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

import numpy as np

from nbviz.network.architecture import Architecture, Connection, ConnectionKind, Layer, OutputKind
from nbviz.picture.edges import ONE
from nbviz.picture.fold import fold
from nbviz.picture.frame import ConnectionFrame, Frame, LayerFrame
from nbviz.picture.layout import layout
from nbviz.picture.snapshot import Snapshot
from nbviz.picture.svg.draw import draw

SVG = "{http://www.w3.org/2000/svg}"
IMAGE = Layer("image", "input", "InputLayer", (8, 8, 1), 1)


def conv(name: str, units: int, side: int = 8, **options: Any) -> Layer:
    """A convolution with a kernel of 3 x 3."""
    given: dict[str, Any] = {"steps": ("relu",), "activation": "relu", "window": (3, 3), "bias": True, **options}
    return Layer(name, "conv", "Conv2D", (side, side, units), units, **given)


def pool(name: str, units: int, side: int = 4, kind: str = "MaxPooling2D", **options: Any) -> Layer:
    """A layer that hands channels on."""
    return Layer(name, "maps", kind, (side, side, units), units, **{"window": (2, 2), **options})


def dense(name: str, units: int, output: OutputKind | None = None, **options: Any) -> Layer:
    """A Dense layer."""
    return Layer(name, "dense", "Dense", (units,), units, ("relu",), "relu", output=output, bias=True, **options)


def block(name: str, **options: Any) -> Layer:
    """An LSTM over 30 steps."""
    return Layer(name, "block", "LSTM", (30, 24), 1, **options)


def digits() -> Architecture:
    """A small image classifier, as most people start with."""
    layers = (
        IMAGE,
        conv("conv2d", 6, parameters=60),
        pool("max_pooling2d", 6),
        conv("conv2d_1", 8, 4, parameters=440),
        pool("max_pooling2d_1", 8, 2),
        dense("dense", 12, parameters=396),
        dense("dense_1", 10, "softmax"),
    )
    kinds: tuple[ConnectionKind, ...] = ("norm", "link", "norm", "link", "norm", "kernel")
    ways = zip(itertools.pairwise(layers), kinds, strict=True)
    return Architecture("digits", layers, tuple(Connection(a.name, b.name, kind) for (a, b), kind in ways))


class Drawn:
    """A network with numbers that are the same each time.

    `numbers` replaces arrays by their keys: `"layer/NAME/face"`, `"connection/I/kernel"`; `words` are those of blocks.
    """

    def __init__(
        self,
        architecture: Architecture,
        *,
        room: int = 10,
        data: bool = True,
        numbers: Mapping[str, np.ndarray] | None = None,
        words: Mapping[str, str] | None = None,
        height: float = 480.0,
    ) -> None:
        """Fold layers to `room` channels, place them in `height` px and make numbers up; without data some are NaN."""
        random = np.random.default_rng(0)
        self.architecture, self._numbers, self._data = architecture, numbers or {}, data
        words = words or {}
        self.folds = {
            layer.name: fold(np.arange(layer.units, 0, -1.0), room if layer.kind in ("conv", "maps") else 40)
            for layer in architecture.layers
            if layer.has_units
        }
        slots = {layer.name: 1 for layer in architecture.layers}
        slots |= {name: len(choice.shown) + choice.folded for name, choice in self.folds.items()}
        self.layout = layout(architecture, slots, height, False, tuple(words))
        self.frame = Frame(
            tuple(self._layer(layer, words.get(layer.name), random) for layer in architecture.layers),
            tuple(self._connection(index, way, random) for index, way in enumerate(architecture.connections)),
            sample_name="sample 44" if data else None,
        )

    def snapshot(self, **options: Any) -> Snapshot:
        """All that is drawn."""
        return Snapshot(self.architecture, self.folds, self.layout, self.frame, {}, **options)

    def svg(self, width: int = 960, **options: Any) -> str:
        """The picture, as text."""
        return draw(self.snapshot(**options), width)

    def root(self, width: int = 960, **options: Any) -> ET.Element:
        """The picture, read back as XML."""
        return ET.fromstring(self.svg(width, **options))

    def _layer(self, layer: Layer, words: str | None, random: np.random.Generator) -> LayerFrame:
        arrays: dict[str, np.ndarray] = {}
        if layer.has_units:
            choice = self.folds[layer.name]
            count = len(choice.candidates)
            arrays["a"] = random.random(count) if self._data else np.full(count, np.nan)
            if layer.kind in ("conv", "dense"):
                arrays["bias"] = random.normal(size=count)
            if layer.output is not None:
                arrays["value"] = arrays["a"] / arrays["a"].sum()
            if choice.folded:
                arrays["cells"] = np.resize(arrays["a"], layer.units)
            if layer.has_maps and self._data:
                rows, columns = (side or 1 for side in layer.output_shape[:2])
                arrays["face"] = np.round(255 * random.random((count, rows, columns))).astype(np.uint8)
        arrays |= self._given(f"layer/{layer.name}/")
        return LayerFrame(arrays, 1.0 if self._data else None, 1.0 if self._data else None, words)

    def _connection(self, index: int, way: Connection, random: np.random.Generator) -> ConnectionFrame:
        if way.kind == "link":
            return ConnectionFrame({})
        source, target = (self.folds.get(name, ONE) for name in (way.source, way.target))
        kernel = random.normal(size=(len(source.candidates), len(target.candidates)))
        arrays = {
            "kernel": kernel,
            **({"flow": kernel / 2} if len(kernel) > 1 else {}),
            "input": np.ones(len(kernel)),
            "sd": np.ones(len(kernel)),
        }
        arrays |= {"in_sum": kernel.sum(0), "in_sum_a": kernel.sum(0) / 2, "out_sum": kernel.sum(1)}
        arrays |= self._given(f"connection/{index}/")
        known = {"scale_a": 0.33, "sum_a": 1.0, "abs_sum_a": 10.0} if self._data else {}
        return ConnectionFrame(arrays, 2.13, abs_sum=float(np.abs(arrays["kernel"]).sum()), **known)

    def _given(self, start: str) -> dict[str, np.ndarray]:
        return {key.removeprefix(start): array for key, array in self._numbers.items() if key.startswith(start)}


def texts(root: ET.Element) -> list[str]:
    """All lines, without what one reads on hover only."""
    lines = [(node.text or "") + "".join(child.tail or "" for child in node) for node in root.iter(SVG + "text")]
    return [line.strip("\u2068\u2069") for line in lines]


def titles(root: ET.Element) -> list[str]:
    """What one reads on hover, and what a screen reader says."""
    return ["".join(node.itertext()) for node in root.iter(SVG + "title")]


def units(root: ET.Element) -> dict[int, ET.Element]:
    """Id -> the node of each unit."""
    return {int(node.get("data-unit", "")): node for node in root.iter() if node.get("data-unit")}


def ends(path: ET.Element) -> tuple[float, ...]:
    """(x0, y0, x1, y1) of a path."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d", ""))]
    return (*numbers[:2], *numbers[-2:])


def straight_links(root: ET.Element) -> list[tuple[float, ...]]:
    """Ends of the plain lines without a weight."""
    return [ends(path) for path in root.iter(SVG + "path") if path.get("stroke-opacity") in ("0.5", "0.12")
            and not path.get("data-source") and path.get("d", "").startswith("M ")]  # fmt: skip


def joined(room: int = 10) -> Drawn:
    """Two convolutions of 3 and 5 channels, one after the other in a Concatenate."""
    layers = IMAGE, conv("a", 3), conv("b", 5), pool("join", 8, 8, "Concatenate", window=()), dense("y", 2, "softmax")
    ways = Connection("image", "a", "norm"), Connection("a", "b", "norm"), Connection("a", "join", "link")
    ways += Connection("b", "join", "link", offset=3), Connection("join", "y", "norm")
    return Drawn(Architecture("m", layers, ways), room=room)

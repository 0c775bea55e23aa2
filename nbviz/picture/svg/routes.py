"""The ways of edges in the static picture: straight across a gap, or above the columns that a connection skips."""

from __future__ import annotations

from nbviz.network.architecture import Connection, Layer
from nbviz.picture.svg.scene import Scene

HIGHEST = 9.0  # px from the top of the drawing
AIR = 12.0  # px between a lane and the nodes beneath it
PITCH = 12.0  # px between lanes, less where there is no room


class Routes:
    """Which connections go above the columns between, and how high: the longer ones above the shorter."""

    def __init__(self, scene: Scene) -> None:
        """Give each connection that needs one a lane."""
        self._scene = scene
        self._edges = self._edges_of_columns()
        skipping = [connection for connection in scene.architecture.connections if self._in_the_way(connection)]
        skipping.sort(key=lambda connection: self._span(connection)[1] - self._span(connection)[0])
        level: dict[tuple[str, str], int] = {}
        for connection in skipping:
            below = [level[other.source, other.target] for other in skipping
                     if (other.source, other.target) in level and self._meet(connection, other)]  # fmt: skip
            level[connection.source, connection.target] = max(below, default=-1) + 1
        self._lanes: dict[tuple[str, str], float] = {}
        for connection in skipping:
            # Those that meet share the ceiling of the lowest room, so that none crosses another's nodes.
            met = [other for other in skipping if self._meet(connection, other)]
            ceiling = min(self._ceiling(other) for other in met)
            levels = max(level[other.source, other.target] for other in met) + 1
            pitch = min(PITCH, max(0.0, ceiling - HIGHEST) / levels)
            key = connection.source, connection.target
            self._lanes[key] = max(HIGHEST, ceiling - level[key] * pitch)

    def lane(self, connection: Connection) -> float | None:
        """Px at which a connection passes above the columns between; None where it goes straight."""
        return self._lanes.get((connection.source, connection.target))

    def path(self, source: Layer, target: Layer, y0: float, y1: float) -> str:
        """The `d` of an edge's path, from the right of one node to the left of another."""
        scene = self._scene
        x0, x1 = scene.x(source) + scene.reach(source), scene.x(target) - scene.reach(target)
        lane = self._lanes.get((source.name, target.name))
        if lane is None or not self._crosses(source, target, y0, y1):
            middle = (x0 + x1) / 2
            return _join("M", x0, y0, "C", middle, y0, middle, y1, x1, y1)
        places = scene.layout.places
        start, end = places[source.name].column, places[target.name].column
        at = scene.columns.at
        out = max(x0 + 8, min(x0 + (at[start + 1] - at[start]) * 0.6, self._edges[start + 1][0] - 2))
        back = min(x1 - 8, max(x1 - scene.gap_before(target) * 0.6, self._edges[end - 1][1] + 2))
        up, down = (x0 + out) / 2, (back + x1) / 2
        return _join("M", x0, y0, "C", up, y0, up, lane, out, lane, "H", back, "C", down, lane, down, y1, x1, y1)

    def _edges_of_columns(self) -> dict[int, tuple[float, float]]:
        """Px of the left and right end of the nodes in each column."""
        scene = self._scene
        found: dict[int, tuple[float, float]] = {}
        for layer in scene.architecture.layers:
            column, x, reach = scene.layout.places[layer.name].column, scene.x(layer), scene.reach(layer)
            left, right = found.get(column, (x, x))
            found[column] = min(left, x - reach), max(right, x + reach)
        return found

    def _span(self, connection: Connection) -> tuple[int, int]:
        places = self._scene.layout.places
        return places[connection.source].column, places[connection.target].column

    def _meet(self, one: Connection, other: Connection) -> bool:
        (start, end), (first, last) = self._span(one), self._span(other)
        return start < last and first < end

    def _in_the_way(self, connection: Connection) -> bool:
        first, last = self._span(connection)
        if last - first <= 1:
            return False
        architecture, places = self._scene.architecture, self._scene.layout.places
        source, target = architecture[connection.source], architecture[connection.target]
        return any(
            self._crosses(source, target, y0, y1) for y0 in places[source.name].y for y1 in places[target.name].y
        )

    def _crosses(self, source: Layer, target: Layer, y0: float, y1: float) -> bool:
        """Whether a straight way would run over a node of a column between."""
        low, high = min(y0, y1), max(y0, y1)
        return any(top - 8 < high and low < bottom + 8 for top, bottom in self._between(source, target))

    def _between(self, source: Layer, target: Layer) -> list[tuple[float, float]]:
        """Px from the upper to the lower end of each layer in the columns between."""
        scene = self._scene
        first, last = scene.layout.places[source.name].column, scene.layout.places[target.name].column
        found = []
        for layer in scene.architecture.layers:
            place = scene.layout.places[layer.name]
            if first < place.column < last and place.y:
                found.append((place.y[0] - scene.tall(layer), place.y[-1] + scene.tall(layer)))
        return found

    def _ceiling(self, connection: Connection) -> float:
        architecture = self._scene.architecture
        between = self._between(architecture[connection.source], architecture[connection.target])
        return max(HIGHEST, min(top for top, _ in between) - AIR)


def _join(*parts: str | float) -> str:
    return " ".join(part if isinstance(part, str) else f"{part:.1f}" for part in parts)

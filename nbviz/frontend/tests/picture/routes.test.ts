import { describe, expect, it } from "vitest";
import { freeSpans, heightAt, pointsAlong, routeOf } from "../../src/picture/routes.ts";
import { connection, layer, network } from "./network.ts";
import { sceneOf } from "./scene_of.ts";

describe("heightAt", () => {
  it("starts and ends level, and is half way up in the middle", () => {
    const route = [0, 10, 100, 50];
    expect(heightAt(route, 0)).toMatchObject({ y: 10, slope: 0 });
    expect(heightAt(route, 50)!.y).toBeCloseTo(30, 9);
    expect(heightAt(route, 100)!.y).toBeCloseTo(50, 9);
    expect(heightAt(route, 101)).toBeNull();
  });
});

describe("freeSpans", () => {
  it("finds the gaps between obstacles that are wide enough", () => {
    const obstacles = [
      { top: 100, bottom: 150 },
      { top: 30, bottom: 90 },
    ];
    expect(freeSpans(obstacles, 0, 300)).toEqual([
      { top: 0, bottom: 30 },
      { top: 150, bottom: 300 },
    ]);
  });
});

describe("a connection that skips a column", () => {
  it("runs past the nodes between", () => {
    const wire = network();
    wire.layers[2] = layer({ name: "out", first_unit: 6, units: 1, column: 2, y: [200] });
    wire.connections.push({ ...connection(0, 2, 0), kind: "link" });
    const scene = sceneOf(wire);
    const lane = scene.lanes.get(2)!;
    for (const { layer: at, y, tall } of scene.places) {
      if (at === 1) expect(Math.abs(lane.y - y)).toBeGreaterThan(tall + 6);
    }
  });

  it("lies above a shorter one, and both above the blocks between", () => {
    const wire = network();
    const block = (at: number) =>
      layer({ name: `b${at}`, kind: "block", face: "block", first_unit: at, units: 1, column: at, y: [150], size: 56 });
    wire.columns = 6;
    wire.layers = [0, 1, 2, 3, 4, 5].map((at) => ({ ...block(at), x: at / 5 }));
    const ways: [number, number][] = [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
      [0, 5],
      [1, 4],
    ];
    wire.connections = ways.map(([from, to]) => ({ ...connection(from, to, 0), kind: "link" }));
    const scene = sceneOf(wire);
    const [long, short] = [scene.lanes.get(5)!.y, scene.lanes.get(6)!.y];
    const top = Math.min(...scene.places.map(({ y, tall }) => y - tall));
    expect(short).toBeLessThan(top);
    expect(long).toBeLessThan(short);
  });

  it("runs level where nothing is in its way, as from one arm of a U to the other", () => {
    const wire = network();
    const heights = [100, 160, 220, 160, 100];
    wire.columns = 5;
    wire.layers = heights.map((y, at) => ({
      ...layer({
        name: `b${at}`,
        kind: "block",
        face: "block",
        first_unit: at,
        units: 1,
        column: at,
        y: [y],
        size: 56,
      }),
      x: at / 4,
      compact_caption: true,
      caption_y: y + 36,
    }));
    const ways: [number, number][] = [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [0, 4],
      [1, 3],
    ];
    wire.connections = ways.map(([from, to]) => ({ ...connection(from, to, 0), kind: "link" }));
    const scene = sceneOf(wire);
    expect([...scene.lanes.keys()]).toEqual([]);
    for (const across of [4, 5]) {
      const edge = scene.edges.find((one) => one.connection === across)!;
      const route = routeOf(edge, scene.places, (at) => [scene.places[at]!.x, scene.places[at]!.y], undefined);
      expect(pointsAlong(route).every(([, y]) => y === scene.places[edge.source]!.y)).toBe(true);
    }
  });
});

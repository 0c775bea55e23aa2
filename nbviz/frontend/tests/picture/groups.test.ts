import { describe, expect, it } from "vitest";
import { changedGroup, withoutGroup } from "../../src/picture/groups.ts";
import type { NetworkWire } from "../../src/wire.ts";
import { layer, network } from "./network.ts";
import { sceneOf } from "./scene_of.ts";

/** A chain of blocks, each by the name of the opened one that it is directly inside of. */
function chain(insides: (string | null)[], opened: NetworkWire["opened"]): NetworkWire {
  const blocks = insides.map((inside, column) =>
    layer({
      name: `${inside ?? "alone"}_${column}`,
      inside,
      first_unit: column,
      units: 1,
      column,
      ...({ kind: "block", face: "block", type: "Conv2D", size: 56 } as const),
      x: column / (insides.length - 1),
      y: [200],
    }),
  );
  const links = blocks.slice(1).map((_, at) => ({
    ...network().connections[0]!,
    source: at,
    target: at + 1,
    kind: "link" as const,
    weights: 0,
  }));
  return { ...network(), layers: blocks, connections: links, opened, columns: blocks.length, arrays: [] };
}

const NESTED = [
  { name: "stage", inside: null },
  { name: "stage/part", inside: "stage" },
];
const nested = () => chain([null, "stage", "stage/part", "stage/part", "stage", null], NESTED);

const inside = (outer: { x: number; width: number }, x: number) => x > outer.x && x < outer.x + outer.width;

describe("the frames of opened blocks", () => {
  it("surround the layers inside, and those of blocks opened inside of them, and no others", () => {
    const scene = sceneOf(nested());
    const [stage, part] = scene.groups;
    expect(scene.groups.map(({ label, layers }) => [label, [...layers]])).toEqual([
      ["stage", [1, 2, 3, 4]],
      ["part", [2, 3]],
    ]);
    expect(scene.places.map(({ x }) => inside(stage!, x))).toEqual([false, true, true, true, true, false]);
    expect(scene.places.map(({ x }) => inside(part!, x))).toEqual([false, false, true, true, false, false]);
  });

  it("stand around those of the blocks inside, with room for both names", () => {
    const [stage, part] = sceneOf(nested()).groups;
    expect(part!.y - stage!.y).toBeGreaterThanOrEqual(20);
    expect(stage!.y + stage!.height).toBeGreaterThan(part!.y + part!.height);
    expect(stage!.x).toBeLessThan(part!.x);
  });

  it("take in the captions and leave them apart from the next frame", () => {
    const scene = sceneOf(
      chain(
        ["a", "a", "b", "b"],
        [
          { name: "a", inside: null },
          { name: "b", inside: null },
        ],
      ),
    );
    const [a, b] = scene.groups;
    expect(a!.x + a!.width).toBeLessThan(b!.x);
    for (const { layer: at, x, y, width } of scene.captions.lines) {
      const frame = at < 2 ? a! : b!;
      expect(x - width / 2).toBeGreaterThan(frame.x);
      expect(x + width / 2).toBeLessThan(frame.x + frame.width);
      expect(y + 15).toBeLessThan(frame.y + frame.height);
    }
  });

  it("hold neither a neighbour nor a branch beside them, however close columns stand", () => {
    // Two branches; of the upper one two blocks in a row are opened.
    const wire = chain(
      ["a", "a", "b", "b", null, null],
      [
        { name: "a", inside: null },
        { name: "b", inside: null },
      ],
    );
    const shared = { compact_caption: true };
    wire.layers = wire.layers.map((one) => ({ ...one, ...shared, y: [120], caption_y: 156 }));
    const beside = wire.layers.slice(0, 5).map((one, at) => ({
      ...one,
      ...shared,
      name: `beside_${at}`,
      inside: null,
      first_unit: 6 + at,
      y: [320],
      caption_y: 356,
    }));
    wire.layers.push(...beside);
    for (const width of [560, 700, 960, 1600]) {
      const { groups, places } = sceneOf(wire, width);
      for (const { layers, x, y, width: wide, height } of groups) {
        for (const place of places) {
          const [dx, dy] = [Math.abs(place.x - x - wide / 2), Math.abs(place.y - y - height / 2)];
          const isApart = dx > wide / 2 + place.half || dy > height / 2 + place.tall;
          const isHeld = dx + place.half < wide / 2 && dy + place.tall < height / 2;
          expect([isApart, isHeld]).toEqual(layers.has(place.layer) ? [false, true] : [true, false]);
        }
      }
      const [a, b] = groups;
      expect(a!.x + a!.width).toBeLessThan(b!.x);
    }
  });

  it("take in the way past the layers inside", () => {
    const wire = chain([null, "a", "a", "a", null], [{ name: "a", inside: null }]);
    const flat = sceneOf(wire).groups[0]!;
    wire.connections.push({ ...wire.connections[0]!, source: 0, target: 3 });
    const scene = sceneOf(wire);
    const lane = scene.lanes.get(wire.connections.length - 1)!;
    const framed = scene.groups[0]!;
    expect(lane.y).toBeGreaterThan(framed.y + 20);
    expect(lane.y).toBeLessThan(framed.y + framed.height);
    expect(framed.height).toBeGreaterThan(flat.height);
  });

  it("are never cut at the top", () => {
    const wire = nested();
    for (const block of wire.layers) block.y = [30];
    const scene = sceneOf(wire);
    expect(scene.groups[0]!.y).toBeGreaterThan(0);
    expect(scene.places[0]!.y).toBeGreaterThan(30);
  });

  it("are not there where nothing is opened", () => {
    expect(sceneOf().groups).toEqual([]);
    expect(
      sceneOf(
        chain(
          ["gone", null],
          [
            { name: "gone", inside: null },
            { name: "b", inside: null },
          ],
        ),
      ).groups,
    ).toHaveLength(1);
  });
});

describe("opening and closing", () => {
  it("closes what is inside too", () => {
    const wire = nested();
    expect(withoutGroup(wire, "stage")).toEqual([]);
    expect(withoutGroup(wire, "stage/part")).toEqual(["stage"]);
  });

  it("finds what has changed; in a first picture nothing has", () => {
    const closed = chain([null, null], []);
    expect(changedGroup(null, nested())).toEqual({});
    expect(changedGroup(closed, nested())).toEqual({ opened: "stage" });
    expect(changedGroup(nested(), { ...nested(), opened: [NESTED[0]!] })).toEqual({ closed: "stage/part" });
    expect(changedGroup(nested(), nested())).toEqual({});
  });
});
